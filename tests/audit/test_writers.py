"""Many writers at once, with the notary beside them: no gap, no fork, no deadlock, nothing lost (并发写入)."""

import os
import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from time import monotonic

import pytest
from django.db import connections

from audit import reading
from audit.models import Entry, Leaf
from tests.audit.entries import entry, remember
from tests.audit.notarising import Office

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.covers("WPR-20")]

WRITERS = 8
SECONDS = float(os.environ.get("SECONDS", "60"))


def write(writer: int, streams: int, goes_on: Callable[[int], bool]) -> Counter[str]:
    """Write until told otherwise, every second time to two streams in an order of chance; what was answered to."""
    dice, done = random.Random(writer), Counter[str]()
    try:
        while goes_on(done["times"]):
            chosen = dice.sample(range(streams), min(streams, 1 + done["times"] % 2))
            names = [f"selection:{number}" for number in chosen]
            remember(*(entry(name, req=f"{writer} {done['times']} {name}") for name in names))
            done.update(["times", *names])
    finally:
        connections.close_all()
    return done


def run(office: Office, streams: int, goes_on: Callable[[int], bool]) -> int:
    """Eight at once while the notary signs; checks what they leave, and says how many entries there are."""
    checkpoints = []
    with ThreadPoolExecutor(WRITERS) as pool:
        writing: list[Future[Counter[str]]] = [pool.submit(write, one, streams, goes_on) for one in range(WRITERS)]
        while not all(one.done() for one in writing):
            office.at = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=1)  # the step adds it again
            checkpoints.append(office.step())
        answered = sum((one.result() for one in writing), Counter[str]())
    checkpoints.append(office.step())
    del answered["times"]
    assert {stream: len(reading.entries(stream=stream)) for stream in answered} == answered
    number = Entry.objects.count()
    assert Leaf.objects.count() == number == answered.total()
    signed = [one for one in checkpoints if one is not None]
    assert signed[-1].size == number
    assert reading.verify(kept=signed).whole
    return number


@pytest.mark.parametrize("streams", [1, 2, 200])
def test_eight_writers_leave_no_gap_and_no_fork(office: Office, streams: int) -> None:
    assert run(office, streams, lambda times: times < 30) >= WRITERS * 30


@pytest.mark.faults
@pytest.mark.parametrize("streams", [1, 2, 200])
def test_eight_writers_for_a_minute(office: Office, streams: int) -> None:
    end = monotonic() + SECONDS
    number = run(office, streams, lambda _times: monotonic() < end)
    print(f"\n    {WRITERS} writers on {streams} streams: {number:,} entries in {SECONDS:.0f} s")
