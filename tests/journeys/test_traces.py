"""What a vote leaves on the disk and in the memory of a whole site (票码与选票的痕迹).

Slips are printed and members collect their electronic ballots through the pages, as everywhere; then every file of the
site is read, the databases' own and their write-ahead log among them, and the memory of every process.
"""

import base64
import contextlib
import json
import re
import signal
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil
import pytest

from selection.ballots import blind, credential
from selection.ballots.codes import tracker_of
from selection.ballots.sheet import packed
from tests.faults import looking
from tests.faults.killing import processes
from tests.faults.visiting import Ledger, Visitor, values_of
from tests.selection.ballots.voter import Voter
from tests.served import Site, gone, scratch
from tools import servers

pytestmark = [pytest.mark.journey, pytest.mark.slow]

ONLINE = ("changwei1", "changwei2", "changwei3")
SLIPS = 3
OF_THE_SITE = ("web", "web process", "worker", "worker process", "clock")
OF_THE_BOX = ("box", "box process")
_REGION = re.compile(r"([0-9a-f]+)-([0-9a-f]+) rw")


@dataclass
class Vote:
    """A vote in which everybody has cast, with what only the voters have in hand; the box is still open."""

    site: Site
    codes: list[str] = field(default_factory=list)
    ballots: list[dict[str, bytes]] = field(default_factory=list)


@pytest.fixture(scope="module")
def vote() -> Iterator[Vote]:
    with scratch() as data:
        site = Site(data, DEMONSTRATION="no").until_it_answers()
        try:
            assert site.until_ready()
            yield held(site)
        finally:
            family = site.family()
            assert site.end(signal.SIGTERM) == 0
            assert gone(family) == []
            assert site.process.stdout is not None
            site.process.stdout.close()


def held(site: Site) -> Vote:
    """Prepared, collected and drawn, opened, cast, each by a page of the site or of the box."""
    made = site.run_python("-m", "tests.faults.preparing", "discussed", timeout=600)
    assert made.returncode == 0, made.stderr[-3000:]
    known: Mapping[str, Any] = json.loads(made.stdout.splitlines()[-1])
    vote, ledger = Vote(site), Ledger()
    officer = Visitor(site.address, ledger, "jingban")
    vote.codes = printed(officer, f"/office/selections/{known['number']}/ballot/")
    ((round_, box, public),) = looking.rows(
        site,
        "SELECT r.id, r.box::text, k.public FROM selection_round r JOIN selection_ballotkey k ON k.round_id = r.id",
    )
    key = blind.PublicKey.from_der(bytes(public))
    voters = [collected(site, ledger, name, known["meeting"], Voter(UUID(box), key)) for name in ONLINE]
    left = "SELECT seat_id FROM selection_rollmember WHERE round_id = %s AND channel = 'none' ORDER BY seat_id"
    for (seat,) in looking.rows(site, left, round_):
        officer.do("issue_slip", "round", round_, seat=seat)
    for name in ("jianpiao1", "jianpiao2"):
        Visitor(site.address, ledger, name).do("check_box", "round", round_)
    Visitor(site.address, ledger, "shuji").do("open_ballot", "round", round_)
    candidates = [
        str(pk) for (pk,) in looking.rows(site, "SELECT candidacy_id FROM selection_rounditem ORDER BY candidacy_id")
    ]
    choices = dict.fromkeys(candidates, "disagree") | {candidates[0]: "agree"}
    for voter, signature in voters:
        vote.ballots.append(cast(site, UUID(box), voter, signature, choices))
    booth = Visitor(site.box_address, ledger)
    for code in vote.codes:
        booth.cast(box, code, {f"choice-{key}": option for key, option in choices.items()})
    counted = "SELECT count(*) FROM ballots_ballot"
    assert looking.number(site, counted, database="box") == len(ONLINE) + SLIPS
    return vote


def printed(officer: Visitor, path: str) -> list[str]:
    """The page of the slips, which is shown once."""
    form = values_of(officer.look(path).page, "form#act")
    answer = officer.ask(path, form | {"slips": SLIPS})
    assert answer.status == 200, answer.text[:2000]
    codes = [one.get_text(strip=True) for one in answer.page.select(".slip-code")]
    assert len(codes) == SLIPS
    return codes


def collected(site: Site, ledger: Ledger, username: str, meeting: int, voter: Voter) -> tuple[Voter, bytes]:
    """What the member's browser does on the page of collecting."""
    member, round_ = Visitor(site.address, ledger, username), voter.credential.round_id
    path = f"/office/meetings/{meeting}/collect/"
    place = member.look(path).page.select_one("#collecting")
    assert place is not None
    body = json.dumps({"blinded": {str(round_): base64.b64encode(voter.blinded).decode()}}).encode()
    head = {"Content-Type": "application/json", "X-CSRFToken": str(place["data-csrf"])}
    with member.opener.open(urllib.request.Request(f"{member.root}{path}", body, head), timeout=60) as answer:
        signed = json.loads(answer.read())["signed"][str(round_)]
    return voter, voter.collect(base64.b64decode(signed))


def cast(site: Site, round_: UUID, voter: Voter, signature: bytes, choices: dict[str, str]) -> dict[str, bytes]:
    payload = packed(round_, choices)
    parts = {
        "message": voter.message,
        "signature": signature,
        "payload": payload,
        "payload_signature": voter.sign(payload),
    }
    body = json.dumps({name: base64.b64encode(part).decode() for name, part in parts.items()}).encode()
    address = f"http://{site.box_address}/box/rounds/{round_}/ballots/"
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
        assert answer.status == 200
    return parts


# --- the disk ----------------------------------------------------------------------------------------------------


def forms(code: str) -> list[bytes]:
    """A code as somebody may have written it down."""
    plain = code.replace("-", "")
    spelt = {code, plain, code.lower(), plain.lower()}
    return [one.encode(encoding) for one in spelt for encoding in ("ascii", "utf-16-le")]


def files_with(folder: Path, words: list[bytes]) -> list[str]:
    """Every file below the folder that holds one of these."""
    found = []
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # a server has just thrown it away
            content = path.read_bytes() if path.is_file() else b""
            if any(word in content for word in words):
                found.append(str(path.relative_to(folder)))
    return found


@pytest.mark.covers("BOX-19")
def test_no_file_of_the_site_holds_a_code_of_a_slip(vote: Vote) -> None:
    """The write-ahead log keeps whatever was in a database before, while and after the slips were printed."""
    with contextlib.closing(servers.connect(vote.site.data, "site")) as connection, connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")
        words = [form for code in vote.codes for form in forms(code)]
        assert files_with(vote.site.data, words) == []
        # What is written down is found, and is still found when it has been thrown away.
        cursor.execute("CREATE TABLE specimen (code text)")
        cursor.execute("INSERT INTO specimen VALUES (%s)", [vote.codes[0]])
        cursor.execute("DROP TABLE specimen")
        cursor.execute("CHECKPOINT")
    assert any("pg_wal" in path for path in files_with(vote.site.data, forms(vote.codes[0])))


# --- the memory --------------------------------------------------------------------------------------------------


def memory_of(site: Site, *kinds: str) -> Iterator[bytes]:
    """All that the processes of these kinds can write to, region by region."""
    for kind in kinds:
        for process in processes(site, kind):
            with contextlib.suppress(psutil.NoSuchProcess, FileNotFoundError, ProcessLookupError):
                yield from regions_of(process.pid)


def regions_of(pid: int) -> Iterator[bytes]:
    with Path(f"/proc/{pid}/maps").open() as maps, Path(f"/proc/{pid}/mem").open("rb", 0) as memory:
        for line in maps:
            if (region := _REGION.match(line)) is not None:
                begin, end = (int(one, 16) for one in region.groups())
                with contextlib.suppress(OSError, OverflowError):  # such as what the kernel itself keeps there
                    memory.seek(begin)
                    yield memory.read(end - begin)


def found_in(memory: Iterator[bytes], words: Mapping[str, bytes]) -> set[str]:
    found: set[str] = set()
    for region in memory:
        found |= {name for name, word in words.items() if word in region}
    return found


def of_the_ballots(vote: Vote) -> dict[str, bytes]:
    """What tells each ballot, raw and as it was sent."""
    words = {}
    for nth, parts in enumerate(vote.ballots):
        for name, part in parts.items():
            words[f"{name} {nth}"] = part[:48]
            words[f"{name} {nth}, as sent"] = base64.b64encode(part)[:60]
        nullifier = credential.nullifier(parts["message"])
        words |= {f"key {nth}": nullifier, f"tracking code {nth}": tracker_of(nullifier).encode()}
    return words


@pytest.mark.covers("BOX-12")
def test_the_memory_of_the_site_holds_no_ballot_while_all_lie_in_the_box(vote: Vote) -> None:
    words = of_the_ballots(vote)
    assert found_in(memory_of(vote.site, *OF_THE_SITE), words) == set()
    assert found_in(memory_of(vote.site, *OF_THE_BOX), words), "what is there is found"


@pytest.mark.covers("BOX-12")
def test_the_box_has_no_key_of_the_site_and_no_session_in_its_memory_or_environment(vote: Vote) -> None:
    kept = vote.site.data / "secrets"
    sessions = looking.rows(vote.site, "SELECT session_key FROM django_session")
    passwords = looking.rows(vote.site, "SELECT username, password FROM selection_account WHERE password LIKE '%%$%%'")
    words = {name: (kept / name).read_bytes() for name in ("secret_key", "ballot_key")}
    words |= {f"session {nth}": key.encode() for nth, (key,) in enumerate(sessions)}
    words |= {f"password of {username}": hashed.encode() for username, hashed in passwords}
    assert len(sessions) >= len(ONLINE)
    assert found_in(memory_of(vote.site, *OF_THE_BOX), words) == set()
    of_the_site = found_in(memory_of(vote.site, *OF_THE_SITE), words)
    assert "secret_key" in of_the_site
    assert any(word.startswith("session") for word in of_the_site), "what is there is found"
    for kind in OF_THE_BOX:
        for process in processes(vote.site, kind):
            told = process.environ()
            assert {"SECRET_KEY", "BALLOT_KEY", "DATABASE_URL", "REDIS_URL"} & set(told) == set()
            assert [
                name for name, value in told.items() if any(word.decode() in value for word in words.values())
            ] == []
