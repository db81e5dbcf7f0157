"""The record (纪实速度): entries appended, entries verified, and in how much memory."""

import resource
from time import perf_counter

import pytest

from audit import reading
from tests.audit.entries import entry, remember
from tests.bench import scale
from tests.bench.measuring import scaled, seconds, tell

pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True)]


def test_appending() -> None:
    """An entry in a transaction of its own, and entries of a thousand streams in one."""
    single = 500
    took = seconds(lambda: [remember(entry("person:1", req=f"s{n}")) for n in range(single)])
    tell("append, one entry a transaction", f"{single / took:,.0f} entries/s")
    streams, each = 1000, 20
    many = [[entry(f"selection:{s}", req=f"b{s}-{n}") for s in range(1, streams + 1)] for n in range(each)]
    took = seconds(lambda: [remember(*batch) for batch in many])
    tell("append, a thousand streams at once", f"{streams * each / took:,.0f} entries/s")


def test_verifying() -> None:
    """The whole record of a large county, openings included."""
    grown = scale.grown()
    grown.grow_to(scaled(10_000, least=20))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    began = perf_counter()
    verdict = reading.verify()
    took = perf_counter() - began
    more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert verdict.whole, verdict.findings[:3]
    tell(
        f"verify {verdict.entries:,} entries, {verdict.opened:,} openings",
        f"{verdict.entries / took:,.0f} entries/s, {took:.1f} s, {more / 1024:.0f} MB more",
    )
