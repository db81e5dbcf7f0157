"""Children come back after a pause that grows, and the end of the site is the end of all of them."""

import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation

from cadre import supervision
from cadre.supervision import LONGEST_PAUSE, STEADY, Child, Supervisor


class Hands:
    """A clock that the test moves by hand."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def hands(monkeypatch: pytest.MonkeyPatch) -> Hands:
    clock = Hands()
    monkeypatch.setattr(supervision, "time", clock)
    return clock


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def supervisor(tmp_path: Path, said: list[str]) -> Supervisor:
    return Supervisor(pwd.getpwuid(os.geteuid()), tmp_path, said.append)


def ends_at_once(tmp_path: Path) -> Child:
    return Child(
        "The worker",
        lambda: subprocess.Popen([sys.executable, "-c", "raise SystemExit(3)"], process_group=0),
        signal.SIGTERM,
        tmp_path / "worker.log",
    )


def end(child: Child) -> None:
    assert child.process is not None
    child.process.wait()


def test_a_child_that_keeps_ending_comes_back_after_a_growing_pause(
    supervisor: Supervisor, hands: Hands, said: list[str], tmp_path: Path
) -> None:
    child = ends_at_once(tmp_path)
    supervisor.add(child)
    pauses = []
    for _ in range(6):
        end(child)
        supervisor.look_after(child)
        assert child.process is None
        pauses.append(child.pause)
        hands.now = child.due - 0.01
        supervisor.look_after(child)
        assert child.process is None, "it came back before its pause was over"
        hands.now = child.due
        supervisor.look_after(child)
        assert child.process is not None
    end(child)
    assert pauses == [2, 4, 8, 16, LONGEST_PAUSE, LONGEST_PAUSE]
    assert said[0] == f"The worker ended (3) and starts again in 2 s; see {tmp_path / 'worker.log'}."


def test_a_child_that_was_well_for_long_comes_back_soon(supervisor: Supervisor, hands: Hands, tmp_path: Path) -> None:
    child = ends_at_once(tmp_path)
    supervisor.add(child)
    child.pause = LONGEST_PAUSE
    end(child)
    hands.now += STEADY
    supervisor.look_after(child)
    assert child.pause == supervision.SHORTEST_PAUSE


def test_a_child_that_cannot_be_started_is_tried_again_and_the_others_stay(
    supervisor: Supervisor, hands: Hands, said: list[str], tmp_path: Path
) -> None:
    """A machine that is out of memory or room refuses a start; before, that was the end of the whole site."""
    child = ends_at_once(tmp_path)
    supervisor.add(child)
    end(child)
    supervisor.look_after(child)
    launch, refused = child.launch, tmp_path / "nothing" / "here"
    child.launch = lambda: subprocess.Popen([str(refused)], process_group=0)
    hands.now = child.due
    supervisor.look_after(child)
    assert child.process is None
    assert said[-1].startswith("The worker could not be started (")
    assert child.due == hands.now + 4
    child.launch = launch
    supervisor.look_after(child)
    assert child.process is None, "it came back before its pause was over"
    hands.now = child.due
    supervisor.look_after(child)
    assert child.process is not None
    end(child)


STUBBORN = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    signal.pause()
print("deaf", flush=True)
signal.pause()
"""


def test_a_child_that_does_not_end_is_ended_with_all_it_has_started(tmp_path: Path) -> None:
    def launch() -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE, process_group=0)

    child = Child("The worker", launch, signal.SIGTERM, tmp_path / "worker.log", patience=0.1)
    child.start()
    process = child.process
    assert process is not None
    assert process.stdout is not None
    with process.stdout:
        assert process.stdout.readline() == b"deaf\n"
        child.stop()
        assert process.stdout.read() == b"", "the pipe closes when the last process of the group is gone"
    assert process.returncode == -signal.SIGKILL
