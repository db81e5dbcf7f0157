"""The recount of a large vote without the site (复核速度)."""

import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

import pytest

from selection.ballots import package, verify_ballots
from selection.ballots.package import Issued, Online
from tests.bench.measuring import scaled, tell
from tests.selection.ballots import packages

pytestmark = pytest.mark.bench

BALLOTS = 3000


def test_recounting(tmp_path: Path) -> None:
    """Three thousand ballots cast online, every signature checked in plain Python: five seconds on two cores."""
    number = scaled(BALLOTS, least=50)
    vote = packages.honest().but(
        ballots=tuple(_cast(number)), paper=(), issued=Issued(online=number), present=number, due=number
    )
    path = tmp_path / "package.json"
    path.write_bytes(package.write(vote.package()))
    for processes in (1, os.cpu_count()):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        began = perf_counter()
        command = [sys.executable, "-I", "-S", verify_ballots.__file__, str(path), "--processes", str(processes)]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
        took, after = perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        assert (done.returncode, f"Clean: {number} ballots" in done.stdout) == (0, True)
        used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        tell(
            f"recount of {number:,} ballots, {path.stat().st_size / 2**20:.1f} MB, processes: {processes}",
            f"{took:.1f} s, {used:.1f} s of a core",
        )
    assert took <= 3 * 5


def _cast(number: int) -> Iterator[Online]:
    choices = (packages.AGREE_FIRST, packages.AGREE_SECOND, packages.NEITHER)
    for at in range(number):
        yield packages.online(choices[at % len(choices)])
