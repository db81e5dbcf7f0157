"""Ballots a second (投票速度): in the box, through the web server beside a bare page, and what a dump tells."""

import http.client
import random
import re
from collections.abc import Callable
from threading import Barrier, Thread
from time import perf_counter
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.db import connections
from django.db.transaction import atomic

from selection.ballots import box
from selection.ballots.codes import nullifier_of
from tests.bench.measuring import at_once, seconds, tell
from tests.bench.served import web_server
from tests.selection.ballots.linking import link
from tests.selection.ballots.rounds import VOTE, opened, prepared

pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True)]

THREADS = 16
VOTERS = 400
AT_ONCE = 100
ATTEMPT = re.compile(rb'name="attempt" value="([^"]+)"')
FORM = {f"choice-{candidate}": option for candidate, option in VOTE.items()}


def test_casting() -> None:
    """Four hundred members cast at once, without pages."""
    round_ = opened(slips=VOTERS)
    calls = [lambda code=code: box.cast(code, VOTE, attempt=uuid4().hex) for code in round_.codes]  # type: ignore[misc]
    took = seconds(lambda: at_once(calls, THREADS))
    assert box.standing(round_.id).returned == VOTERS
    tell(f"cast by {THREADS} threads", f"{VOTERS / took:,.0f} votes/s")


class Voter:
    """One browser with one connection."""

    def __init__(self, address: str) -> None:
        self._connection = http.client.HTTPConnection(address, timeout=60)

    def close(self) -> None:
        self._connection.close()

    def get(self, path: str) -> bytes:
        return self._answer("GET", path, None)

    def post(self, path: str, form: dict[str, str]) -> bytes:
        return self._answer("POST", path, urlencode(form))

    def _answer(self, method: str, path: str, body: str | None) -> bytes:
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
        for attempt in (0, 1):  # a kept connection may have been closed by the server
            try:
                self._connection.request(method, path, body, headers)
                answer = self._connection.getresponse()
                content = answer.read()
                break
            except (http.client.RemoteDisconnected, ConnectionResetError):
                assert attempt == 0
                self._connection.close()
        assert answer.status == 200, f"{path}: {answer.status}"
        return content


def votes(address: str, number: int, vote: Callable[[Voter, int], None]) -> float:
    """Votes a second when so many voters begin at the same moment."""
    ready, faults = Barrier(number + 1), []

    def one(place: int) -> None:
        voter = Voter(address)
        ready.wait()
        try:
            vote(voter, place)
        except BaseException as fault:
            faults.append(fault)
        finally:
            voter.close()

    threads = [Thread(target=one, args=(place,)) for place in range(number)]
    for thread in threads:
        thread.start()
    ready.wait()
    began = perf_counter()
    for thread in threads:
        thread.join()
    took = perf_counter() - began
    assert not faults, faults[0]
    return number / took


@pytest.mark.parametrize(
    ("workers", "threads", "seconds_kept"), [(2, 4, "60"), (2, 1, "60"), (2, 2, "60"), (2, 8, "60"), (2, 4, "0")]
)
def test_from_page_to_receipt(workers: int, threads: int, seconds_kept: str) -> None:
    """A hundred voters at once: none refused, lost or doubled; the same of a bare page, in turns."""
    with connections["box"].cursor() as cursor:
        cursor.execute("CREATE TABLE bare_ballot (id bigserial PRIMARY KEY, choices text)")
    given = {"workers": workers, "threads": threads, "BENCH_CONN_MAX_AGE": seconds_kept}
    ours, whole, bare = [], [], []
    try:
        with (
            web_server("cadre.wsgi", DOOR="box", **given) as site,  # type: ignore[arg-type]
            web_server("tests.bench.bare_site:application", **given) as floor,  # type: ignore[arg-type]
        ):
            for _ in range(5):
                ours.append(_page_and_post(site))
                bare.append(votes(floor, AT_ONCE, _bare))
                whole.append(_whole_way(site))
        with connections["box"].cursor() as cursor:
            cursor.execute("SELECT count(*) FROM bare_ballot")
            assert cursor.fetchone()[0] == 5 * AT_ONCE
    finally:
        with connections["box"].cursor() as cursor:
            cursor.execute("DROP TABLE bare_ballot")
    mine, least, way = sorted(ours)[2], sorted(bare)[2], sorted(whole)[2]
    tell(
        f"{workers} × {threads} threads, connections kept {seconds_kept} s",
        f"sheet and vote {mine:,.0f}/s · bare {least:,.0f}/s · ratio {mine / least:.2f} · with code page and review {way:,.0f}/s",  # noqa: E501
    )


def _page_and_post(site: str) -> float:
    round_ = opened(slips=AT_ONCE)

    def vote(voter: Voter, place: int) -> None:
        code = round_.codes[place]
        voter.post("/box/sheet/", {"code": code})
        voter.post("/box/cast/", {"code": code, "attempt": uuid4().hex, **FORM})

    rate = votes(site, AT_ONCE, vote)
    assert box.standing(round_.id).returned == AT_ONCE
    return rate


def _whole_way(site: str) -> float:
    round_ = opened(slips=AT_ONCE)

    def vote(voter: Voter, place: int) -> None:
        code = round_.codes[place]
        voter.get("/box/")
        voter.post("/box/sheet/", {"code": code})
        found = ATTEMPT.search(voter.post("/box/review/", {"code": code, **FORM}))
        assert found is not None
        voter.post("/box/cast/", {"code": code, "attempt": found[1].decode(), **FORM})

    rate = votes(site, AT_ONCE, vote)
    assert box.standing(round_.id).returned == AT_ONCE
    return rate


def _bare(voter: Voter, _place: int) -> None:
    voter.get("/bare/")
    voter.post("/bare/", FORM)


def test_linking_when_many_cast_at_once() -> None:
    """The whole dump names nobody either when ballots fall in at the same time."""
    members = [f"voter-{number:03d}" for number in range(VOTERS)]
    round_ = prepared(slips=VOTERS)
    drawn = dict(zip(members, round_.codes, strict=True))
    with connections["default"].cursor() as site:
        site.execute("CREATE TABLE specimen_roll (id bigserial PRIMARY KEY, member text UNIQUE, drawn_at timestamptz)")
        site.execute("INSERT INTO specimen_roll (member) SELECT unnest(%s)", [members])

    def check_in() -> list[str]:
        for member in random.sample(members, VOTERS):
            with atomic(), connections["default"].cursor() as site:
                site.execute("UPDATE specimen_roll SET drawn_at = clock_timestamp() WHERE member = %s", [member])
        return members

    def cast() -> dict[str, bytes]:
        box.open(round_.id)
        coming = random.sample(members, VOTERS)
        at_once([lambda code=drawn[one]: box.cast(code, VOTE, attempt=uuid4().hex) for one in coming], THREADS)  # type: ignore[misc]
        return {member: nullifier_of(code) for member, code in drawn.items()}

    try:
        report = link(connections["default"], connections["box"], check_in, cast)
    finally:
        with connections["default"].cursor() as site:
            site.execute("DROP TABLE specimen_roll")
    name, found = report.best
    tell(f"best of {len(report.hits)} attacks on {VOTERS} ballots", f"{found:.2%} linked, chance {report.chance:.2%}")
    assert found <= report.chance, name
