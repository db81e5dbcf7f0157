"""What stands in both databases and in the folder of papers after a run of faults (故障后的核对)."""

import contextlib
import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
from bs4 import BeautifulSoup

from tests.faults.visiting import Ledger, until
from tests.served import Site
from tools import servers

DIGEST = re.compile(r"[0-9a-f]{2}/[0-9a-f]{62}")


def rows(site: Site, sql: str, *values: Any, database: str = "site") -> list[tuple[Any, ...]]:
    """What a query finds, however often the database has just been ended."""

    def found() -> list[tuple[Any, ...]] | None:
        try:
            with contextlib.closing(servers.connect(site.data, database)) as connection, connection.cursor() as cursor:
                cursor.execute(sql, values)
                return [(), *cursor.fetchall()]
        except (psycopg2.OperationalError, psycopg2.InterfaceError):
            return None

    answered: list[tuple[Any, ...]] = until(found, "the database answers")
    return answered[1:]


def number(site: Site, sql: str, *values: Any, database: str = "site") -> int:
    return int(rows(site, sql, *values, database=database)[0][0])


def waiting(site: Site) -> int:
    """Papers not made, deadlines not met and ballots not destroyed, though they should be."""
    papers = number(site, "SELECT count(*) FROM selection_document WHERE state = 'requested'")
    ahead = int((site.data / "clock").read_text()) if (site.data / "clock").exists() else 0
    due = "SELECT count(*) FROM selection_deadline WHERE met_at IS NULL AND ended_at IS NULL AND due_at <= now() + %s"
    over = (
        "SELECT count(*) FROM selection_round r JOIN selection_appointment a USING (selection_id)"
        " WHERE r.state = 'announced' AND r.destroyed_at IS NULL AND a.state <> 'on_notice'"
    )
    return papers + number(site, due, f"{ahead} days") + number(site, over)


def check_acts(site: Site, ledger: Ledger, since: int) -> None:
    """Every act that was answered with success stands in the record once, and no other was done."""
    entries = rows(
        site,
        "SELECT req, action, stream FROM audit_entry WHERE id > %s AND stream <> 'access' AND action = ANY(%s)",
        since,
        sorted(set(ledger.acts.values())),
    )
    twice = {entry: times for entry, times in Counter(entries).items() if times > 1}
    assert not twice, f"recorded twice: {twice}"
    recorded = {req: action for req, action, _stream in entries}
    lost = {token: act for token, act in ledger.acts.items() if token not in recorded}
    assert not lost, f"answered with success and not in the record: {lost}"
    assert recorded == ledger.acts, "done without anybody's having been told"


def check_receipts(page: BeautifulSoup, receipts: list[str], voters: int) -> None:
    """Behind every receipt is one ballot, and there is none without: the box's page lists them while they are kept."""
    assert len(set(receipts)) == len(receipts) == voters
    assert [one.get_text(strip=True) for one in page.select(".trackers li")] == sorted(receipts)


def check_ballots(site: Site, ledger: Ledger, voters: int) -> None:
    """What was counted of every round stays; its ballots are destroyed, once by the record, and none is left behind."""
    lines = rows(site, "SELECT round, count(*) FROM ballots_line GROUP BY round", database="box")
    assert {str(box): times for box, times in lines} == dict.fromkeys(ledger.ballots, 2 * voters)
    returned = rows(site, "SELECT box::text, returned FROM selection_round WHERE returned IS NOT NULL")
    assert dict(returned) == dict.fromkeys(ledger.ballots, voters)
    assert rows(site, "SELECT round FROM ballots_ballot", database="box") == []
    sealed = "SELECT round::text FROM ballots_boxstate WHERE destroyed"
    gone = "SELECT box::text FROM selection_round WHERE destroyed_at IS NOT NULL"
    assert set(rows(site, sealed, database="box")) == set(rows(site, gone)) == {(box,) for box in ledger.ballots}
    told = "SELECT object_id, count(*) FROM audit_entry WHERE action = 'destroy_sheets' AND stream LIKE 'selection:%%'"
    assert [times for _round, times in rows(site, f"{told} GROUP BY object_id")] == [1] * len(ledger.ballots)


def check_papers(site: Site, ledger: Ledger) -> int:
    """Every paper that was asked for is made, once, and lies whole under its hash; how many there are."""
    asked = Counter(ledger.acts.values())
    kinds = dict(rows(site, "SELECT kind, count(*) FROM selection_document WHERE kind <> 'evidence' GROUP BY kind"))
    assert kinds == {"record_form": asked["request_document"], "notice": asked["publish_notice"]}
    papers = rows(site, "SELECT id, state, problem, sha256, size FROM selection_document WHERE kind <> 'evidence'")
    unmade = [paper for paper in papers if paper[1] != "kept"]
    assert not unmade, unmade
    kept = rows(
        site,
        "SELECT object_id::bigint, body::jsonb -> 'files' -> 0 ->> 'sha256' FROM audit_entry"
        " WHERE action = 'keep_document' AND stream LIKE 'selection:%%'",
    )
    assert sorted(kept) == sorted((pk, sha256) for pk, _state, _problem, sha256, _size in papers)
    for _pk, _state, _problem, sha256, size in papers:
        content = (site.data / "papers" / sha256[:2] / sha256[2:]).read_bytes()
        assert (len(content), hashlib.sha256(content).hexdigest()) == (size, sha256)
    assert no_half_paper(site.data / "papers") == []
    return len(papers)


def no_half_paper(folder: Path) -> list[Path]:
    """Files under the name of a hash that is not theirs."""
    return [
        path
        for path in folder.rglob("*")
        if path.is_file()
        and DIGEST.fullmatch(str(path.relative_to(folder)))
        and hashlib.sha256(path.read_bytes()).hexdigest() != path.parent.name + path.name
    ]


def check_deadlines(site: Site) -> int:
    """Every deadline that was met was met by one act; how many were."""
    met = rows(site, "SELECT id FROM selection_deadline WHERE met_at IS NOT NULL")
    acts = rows(site, "SELECT object_id::bigint, stream FROM audit_entry WHERE action = 'meet_deadline'")
    assert len(acts) == len(set(acts)), "a deadline acted twice"
    assert {pk for pk, _stream in acts} == {pk for (pk,) in met}
    doubled = rows(
        site,
        "SELECT count(*) FROM audit_entry WHERE action = 'meet_deadline' AND stream LIKE 'selection:%%'"
        " GROUP BY object_id HAVING count(*) > 1",
    )
    assert doubled == []
    return len(met)


def unsigned(site: Site) -> int:
    """Entries that no checkpoint covers yet."""
    return number(
        site,
        "SELECT (SELECT count(*) FROM audit_entry) - (SELECT coalesce(max(size), 0) FROM audit_checkpoint)",
    )


def check_record(site: Site) -> Iterator[str]:
    """The record is whole, tree and every checkpoint, by the command that an administrator would run; what it says."""
    until(lambda: unsigned(site) == 0, "the notary signs all that was recorded")
    verified = site.run("verify_record")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    yield from verified.stdout.strip().splitlines()
