"""The queue is gone or silent, the disk is full, clocks and workers are too many: on a whole site (停摆与并发)."""

import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psutil
import pytest

from tests.faults import looking, walking
from tests.faults.killing import processes
from tests.faults.visiting import Ledger, Visitor, until
from tests.faults.walking import Matter
from tests.served import ROOT, Site, gone, scratch
from tools import servers

pytestmark = [pytest.mark.journey, pytest.mark.slow]

CELERY = ("-m", "celery", "--app", "cadre")
WORKER = ("worker", "--concurrency", "1", "--hostname")
#: A worker whose files end after 24 KiB, which no paper fits into: what the end of a disk looks like to it.
NO_ROOM = (
    "-c",
    "import os, resource, sys;"
    "resource.setrlimit(resource.RLIMIT_FSIZE, (24576, resource.getrlimit(resource.RLIMIT_FSIZE)[1]));"
    "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])",
)
SCANS = 12


@pytest.fixture(scope="module")
def place() -> Iterator[tuple[Site, Matter]]:
    """A site whose clock can be moved, and a selection in it."""
    with scratch() as data:
        site = Site(data, DEMONSTRATION="no").until_it_answers()
        (matter,) = walking.prepare(site, 1)
        assert site.end(signal.SIGTERM) == 0
        site = Site(data, DEMONSTRATION="yes").until_it_answers()
        try:
            assert site.until_ready()
            yield site, matter
            verified = site.run("verify_record")
            assert verified.returncode == 0, verified.stdout + verified.stderr
        finally:
            family = site.family()
            assert site.end(signal.SIGTERM) == 0
            assert gone(family) == []


@pytest.fixture
def site(place: tuple[Site, Matter]) -> Site:
    return place[0]


@pytest.fixture
def matter(place: tuple[Site, Matter]) -> Matter:
    return place[1]


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def officer(site: Site, ledger: Ledger) -> Visitor:
    return Visitor(site.address, ledger, "jingban")


def one(site: Site, kind: str) -> psutil.Process:
    """The process of this kind, as soon as there is one."""
    (found,) = until(lambda: processes(site, kind), f"{kind} is there")
    return found


@contextmanager
def asleep(process: psutil.Process) -> Iterator[None]:
    """The process is there and does nothing."""
    process.suspend()
    try:
        yield
    finally:
        process.resume()


def unmade(officer: Visitor, matter: Matter) -> list[str]:
    """What the page of the papers says of those that are not kept."""
    rows = officer.look(f"{matter.page}papers/").page.select(".paper")
    return [said for row in rows if "SHA-256" not in (said := row.get_text(" ", strip=True))]


def is_waiting(officer: Visitor, matter: Matter, *, because: str = "") -> bool:
    """Whether one paper is waiting and all the others are kept."""
    (said,) = unmade(officer, matter)
    return "等待生成" in said and because in said


def requested(officer: Visitor, matter: Matter, ledger: Ledger) -> None:
    """A paper is asked for and the act succeeds at the first attempt."""
    officer.do("request_document", "selection", matter.selection, kind="record_form")
    assert ledger.counted["lost"] == ledger.counted["faults"] == 0


def test_without_a_queue_the_site_works_and_the_paper_is_made_when_it_is_back(
    site: Site, matter: Matter, officer: Visitor, ledger: Ledger
) -> None:
    serve = psutil.Process(site.process.pid)
    with asleep(serve):  # or it would start the queue again at once
        one(site, "Valkey").kill()
        until(lambda: officer.ask("/readyz").status == 503, "the site says that the queue is gone")
        assert officer.ask("/readyz").text.startswith("not ready: broker\n")
        ledger.counted.clear()
        requested(officer, matter, ledger)
        assert is_waiting(officer, matter)
        officer.move_clock("next_working_day")
        assert is_waiting(officer, matter, because="正在等待后台处理"), "what has waited for long says why"
        for page in ("/office/", matter.page, f"{matter.page}record/", "/office/status/", "/notices/"):
            assert officer.look(page).status == 200
        assert ledger.counted["lost"] == ledger.counted["faults"] == 0
    until(lambda: not unmade(officer, matter), "the paper is made without anybody's asking again")
    assert site.until_ready()


def test_a_queue_that_says_nothing_holds_up_no_page(
    site: Site, matter: Matter, officer: Visitor, ledger: Ledger
) -> None:
    with asleep(one(site, "Valkey")):
        requested(officer, matter, ledger)
        assert officer.ask("/readyz").text.startswith("not ready: broker\n")
        assert officer.look("/office/status/").status == 200
        assert is_waiting(officer, matter)
    officer.move_clock("next_working_day")
    until(lambda: not unmade(officer, matter), "the paper is made without anybody's asking again")


def test_on_a_full_disk_no_half_paper_is_left_and_it_is_made_when_there_is_room(
    site: Site, matter: Matter, officer: Visitor, ledger: Ledger
) -> None:
    folder, cramped = site.data / "papers", site.data / "log" / "cramped.log"
    before = files_in(folder)
    with ExitStack() as worker:
        for kind in ("worker process", "worker"):
            worker.enter_context(asleep(one(site, kind)))
        with beside(site, *NO_ROOM, *CELERY, *WORKER, "cramped@site", log=cramped):
            requested(officer, matter, ledger)
            until(lambda: "OSError" in cramped.read_text(), "a worker without room has tried")
            until(lambda: is_waiting(officer, matter), "the paper waits")
            assert files_in(folder) == before
    officer.move_clock("next_working_day")
    until(lambda: not unmade(officer, matter), "the paper is made without anybody's asking again")
    assert len(files_in(folder)) == len(before) + 1
    assert looking.no_half_paper(folder) == []


def files_in(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def test_two_clocks_and_three_workers_meet_every_deadline_once(site: Site, officer: Visitor) -> None:
    made = site.run_python("-m", "tests.faults.preparing", "deadlines", timeout=walking.PREPARING_TAKES)
    assert made.returncode == 0, made.stderr[-3000:]
    due = "SELECT id FROM selection_deadline WHERE kind = 'feedback_due' AND ended_at IS NULL"
    expected = {pk for (pk,) in looking.rows(site, due)}
    assert len(expected) >= 30
    assert looking.rows(site, f"{due} AND met_at IS NOT NULL") == []
    with ExitStack() as more:
        more.enter_context(beside(site, *CELERY, "beat", "--schedule", str(site.data / "beat2"), "--pidfile", ""))
        for name in ("second@site", "third@site"):
            more.enter_context(beside(site, *CELERY, *WORKER, name))
        until(lambda: len(rounds(site)) == 3, "three workers answer")
        officer.move_clock("one_year")
        shell(site, f"[app.send_task('selection.tasks.keep_deadlines') for _ in range({SCANS})]")
        until(lambda: looking.waiting(site) == 0, "every deadline is met")
        until(lambda: sum(rounds(site).values()) >= SCANS, "every scan is done")
        assert all(rounds(site).values()), rounds(site)
    assert {pk for (pk,) in looking.rows(site, f"{due} AND met_at IS NOT NULL")} == expected
    assert looking.check_deadlines(site) >= len(expected)


@contextmanager
def beside(site: Site, *command: str, log: Path | None = None) -> Iterator[None]:
    """Another process of the site, which `serve` knows nothing of."""
    with (log or site.data / "log" / "beside.log").open("ab") as said:
        child = servers.start(
            [sys.executable, *command],
            to=servers.account(site.data),
            farewell=signal.SIGTERM,
            log=said,
            cwd=ROOT,
            env=site.environment | {"HOME": str(site.data)},
        )
    try:
        yield
    finally:
        servers.stop(child, signal.SIGTERM)


def rounds(site: Site) -> dict[str, int]:
    """Worker → how often it has looked at the deadlines."""
    found = shell(
        site,
        "stats = app.control.inspect(timeout=2).stats() or {}",
        "print('|'.join(f'{name} {said[\"total\"].get(\"selection.tasks.keep_deadlines\", 0)}' for name, said in"
        " stats.items()))",
    )
    return {name: int(times) for name, times in (one.split(" ") for one in found.strip().split("|") if one)}


def shell(site: Site, *lines: str) -> str:
    done = site.run_python("-c", "\n".join(["from cadre.celery import app", *lines]))
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout
