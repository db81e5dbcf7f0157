"""How fast it is (`make bench`): figures printed, limits generous (性能测量)."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from uuid import uuid4

import pytest
from django.db import connection, connections
from django.db.transaction import atomic
from django.test import Client
from django.test.utils import CaptureQueriesContext

from audit import reading
from selection.ballots import box
from selection.ballots.codes import nullifier_of
from selection.models import Selection
from tests.audit.entries import entry, remember
from tests.factories import Point, run_to
from tests.selection.ballots.linking import link
from tests.selection.ballots.rounds import VOTE, opened, prepared

pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True)]

THREADS = 16
VOTERS = 400


def tell(what: str, figure: str) -> None:
    print(f"\n    {what:<52}{figure}", end="", flush=True)


def seconds(call: Callable[[], object]) -> float:
    began = perf_counter()
    call()
    return perf_counter() - began


def at_once(calls: list[Callable[[], object]]) -> None:
    """Make all calls, sixteen at a time, each thread on connections of its own."""

    def one(call: Callable[[], object]) -> None:
        try:
            call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(one, calls))


def test_record() -> None:
    """An entry in a transaction of its own, entries by the thousand, and the verification of twenty thousand."""
    single = 500
    took = seconds(lambda: [remember(entry("person:1", req=f"s{n}")) for n in range(single)])
    tell("append, one entry a transaction", f"{single / took:,.0f} entries/s")
    streams, each = 1000, 20
    many = [[entry(f"selection:{s}", req=f"b{s}-{n}") for s in range(1, streams + 1)] for n in range(each)]
    took = seconds(lambda: [remember(*batch) for batch in many])
    tell("append, a thousand streams at once", f"{streams * each / took:,.0f} entries/s")
    began = perf_counter()
    verdict = reading.verify()
    took = perf_counter() - began
    assert verdict.whole
    assert verdict.entries >= streams * each
    tell(f"verify {verdict.entries:,} entries", f"{verdict.entries / took:,.0f} entries/s, {took:.1f} s")
    assert took < 60


def test_case_and_pages() -> None:
    """A selection read whole, and its pages, at the end of its inspection."""
    course = run_to(Point.INSPECTED)
    selection, times = course.selection.pk, 50
    with CaptureQueriesContext(connection) as asked:
        Selection.objects.whole(selection)
    took = seconds(lambda: [Selection.objects.whole(selection) for _ in range(times)])
    tell("case read whole", f"{len(asked)} queries, {1000 * took / times:.1f} ms")
    client = Client()
    client.force_login(course.county["jingban"])
    for page in ("/office/", "/office/selections/", f"/office/selections/{course.now().number}/"):
        client.get(page)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(page).status_code == 200
        number = len(asked)
        took = seconds(lambda page=page: [client.get(page) for _ in range(20)])  # type: ignore[misc]
        tell(page, f"{number} queries, {1000 * took / 20:.1f} ms")
        assert took / 20 < 1


def test_casting() -> None:
    """Four hundred members cast at once."""
    round_ = opened(slips=VOTERS)
    calls = [lambda code=code: box.cast(code, VOTE, attempt=uuid4().hex) for code in round_.codes]  # type: ignore[misc]
    took = seconds(lambda: at_once(calls))
    assert box.standing(round_.id).returned == VOTERS
    tell(f"cast by {THREADS} threads", f"{VOTERS / took:,.0f} votes/s")


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
        at_once([lambda code=drawn[one]: box.cast(code, VOTE, attempt=uuid4().hex) for one in coming])  # type: ignore[misc]
        return {member: nullifier_of(code) for member, code in drawn.items()}

    try:
        report = link(connections["default"], connections["box"], check_in, cast)
    finally:
        with connections["default"].cursor() as site:
            site.execute("DROP TABLE specimen_roll")
    name, found = report.best
    tell(f"best of {len(report.hits)} attacks on {VOTERS} ballots", f"{found:.2%} linked, chance {report.chance:.2%}")
    assert found <= report.chance, name
