"""Processes are ended at random moments of ballots, notices and papers: nothing is lost, nothing is doubled (故障演练).

``make faults`` ends a hundred of them and prints what it saw; ``SEED`` repeats an order, ``KILLS`` changes the number.
One of each kind is ended in ``make test``.
"""

import os
import signal
import statistics
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import looking, walking
from tests.faults.killing import STARTED, SUPERVISED, Death, Killer
from tests.faults.visiting import Ledger, Visitor, until
from tests.served import Site, gone, scratch

HUNDRED = int(os.environ.get("KILLS", "100"))
SEED = int(os.environ.get("SEED", "0")) or time.time_ns() % 1_000_000


@pytest.fixture
def data() -> Iterator[Path]:
    with scratch() as folder:
        yield folder


@pytest.mark.journey
@pytest.mark.slow
def test_nothing_is_lost_or_doubled_when_one_process_of_each_kind_is_killed(data: Path) -> None:
    run(data, [*SUPERVISED, *STARTED], matters=2, between=(0.1, 1.0))


@pytest.mark.faults
def test_nothing_is_lost_or_doubled_when_a_hundred_processes_are_killed(data: Path) -> None:
    twice_as_often = [*SUPERVISED, *SUPERVISED, *STARTED]
    run(data, twice_as_often, number=HUNDRED, matters=max(4, HUNDRED // 10), between=(0.1, 2.0))


def run(data: Path, kinds: list[str], *, matters: int, between: tuple[float, float], number: int | None = None) -> None:
    """Walk, kill meanwhile, wait until all is done that was waiting, and look.

    ``between`` is how long to wait for the next one, in papers: as long as this machine needs for one in peace.
    """
    site = Site(data, DEMONSTRATION="no").until_it_answers()
    prepared = walking.prepare(site, matters)
    assert end(site) == 0
    site = Site(data, DEMONSTRATION="yes").until_it_answers()  # whose clock can be moved; the county stays as it is
    try:
        since = looking.number(site, "SELECT max(id) FROM audit_entry")
        ledger = Ledger()
        office = walking.Office(site, ledger)
        paper = office.time_of_a_paper(prepared[0])
        killer, began = Killer(site, SEED, (between[0] * paper, between[1] * paper)), time.monotonic()
        deaths = threading.Thread(target=killing, args=(killer, office, kinds, number))
        deaths.start()
        try:
            office.walk(prepared, at_once=min(matters, 3))
        finally:
            office.stop.set()
            deaths.join()
        assert len(killer.deaths) == (number or len(kinds)), "the killing broke off"
        walked, ended = time.monotonic() - began, time.monotonic()
        settle(site, ledger)
        caught_up = time.monotonic() - ended
        checked = check(site, ledger, since, prepared)
        checked["seconds of one paper in peace"] = f"{paper:.1f}"
        tell(site, ledger, killer.deaths, walked, caught_up, checked)
    finally:
        family = site.family()
        assert end(site) == 0
        assert gone(family) == []


def killing(killer: Killer, office: walking.Office, kinds: list[str], number: int | None) -> None:
    try:
        killer.run(kinds, number)
    finally:
        office.stop.set()


def settle(site: Site, ledger: Ledger) -> None:
    """Nobody asks again for anything: the clock does what is left.  Its next round is a step of the demonstration."""
    officer = Visitor(site.address, ledger, "jingban")
    officer.move_clock("next_working_day")
    until(lambda: looking.waiting(site) == 0, "papers are made and deadlines are met", patience=600)
    assert site.until_ready()


def check(site: Site, ledger: Ledger, since: int, prepared: list[walking.Matter]) -> dict[str, object]:
    """Everything that a success was answered to is there, once, and the record is whole."""
    looking.check_acts(site, ledger, since)
    looking.check_ballots(site, ledger, walking.VOTERS)
    papers, met = looking.check_papers(site, ledger), looking.check_deadlines(site)
    officer = Visitor(site.address, ledger, "jingban")
    walked = [matter for matter in prepared if matter.box in ledger.ballots]
    assert sum(walking.fetch_papers(officer, matter) for matter in walked) == papers
    verified = list(looking.check_record(site))
    return {"papers made": papers, "deadlines met": met, "record": verified[0]}


def end(site: Site) -> int:
    code = site.end(signal.SIGTERM)
    assert site.process.stdout is not None
    site.process.stdout.close()
    return code


def tell(
    site: Site,
    ledger: Ledger,
    deaths: list[Death],
    walked: float,
    caught_up: float,
    checked: dict[str, object],
) -> None:
    """The figures as a table, for whoever ran this with ``-s``."""
    print(f"\n    seed {SEED}\n    {'killed':<18}{'times':>6}{'back after, median':>22}{'worst':>10}")
    for kind in [*SUPERVISED, *STARTED]:
        found = [death.back_after or 0.0 for death in deaths if death.kind == kind]
        if found:
            print(f"    {kind:<18}{len(found):>6}{statistics.median(found):>20.1f} s{max(found):>8.1f} s")
    print(f"    {'together':<18}{len(deaths):>6}")
    figures: dict[str, object] = {
        **dict(sorted(ledger.counted.items())),
        "acts answered with success": len(ledger.acts),
        "ballots answered with a receipt": sum(map(len, ledger.ballots.values())),
        **checked,
        "seconds of walking": f"{walked:.0f}",
        "seconds until nothing was waiting": f"{caught_up:.0f}",
    }
    for what, figure in figures.items():
        print(f"    {what:<44}{figure}")
