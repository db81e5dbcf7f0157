"""The record (纪实速度): entries appended, entries verified, and in how much memory."""

import os
import resource
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from time import perf_counter, sleep

import psutil
import pytest

from audit import chain, reading
from tests.audit.entries import entry, remember
from tests.bench import scale
from tests.bench.measuring import scaled, seconds, tell
from tests.bench.served import address_of
from tests.served import ROOT

pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True)]


ADDRESSES = {"default": "DATABASE_URL", "box": "BOX_DATABASE_URL"}


def test_appending() -> None:
    """An entry in a transaction of its own, and entries of a thousand streams in one."""
    single = 500
    took = seconds(lambda: [remember(entry("person:1", req=f"s{n}")) for n in range(single)])
    tell("append, one entry a transaction", f"{single / took:,.0f} entries/s")
    streams, each = 1000, 20
    many = [[entry(f"selection:{s}", req=f"b{s}-{n}") for s in range(1, streams + 1)] for n in range(each)]
    took = seconds(lambda: [remember(*batch) for batch in many])
    tell("append, a thousand streams at once", f"{streams * each / took:,.0f} entries/s")


def test_verifying(tmp_path: Path) -> None:
    """The whole record of a large county: by the command of the site, and by the auditor's file over a dump."""
    grown = scale.grown()
    grown.grow_to(scaled(10_000, least=20))
    number, dump = len(reading.entries()), tmp_path / "events.jsonl"
    with dump.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{body}\n" for body in reading.bodies())
    site = {name: address_of(alias, name) for alias, name in ADDRESSES.items()}
    for what, command in (
        ("verify_record", [sys.executable, "manage.py", "verify_record"]),
        ("chain.py, one process", [sys.executable, "-I", "-S", chain.__file__, str(dump), "--processes", "1"]),
        ("chain.py", [sys.executable, "-I", "-S", chain.__file__, str(dump), "--processes", str(os.cpu_count())]),
    ):
        took, used, largest = _run(command, site)
        tell(
            f"{what}, {number:,} entries of {dump.stat().st_size / 2**20:,.0f} MB",
            f"{number / took:,.0f} entries/s, {took:.1f} s, {used:.1f} s of a core, {largest:.0f} MB",
        )


def _run(command: list[str], variables: dict[str, str]) -> tuple[float, float, float]:
    """Seconds that it took, seconds of a core that it and its children used, and the most MB that these had at once.

    What the system itself says of the memory of a child begins with the memory of this process, which is large.
    """
    before, began, most = _used(), perf_counter(), 0
    process = psutil.Popen(command, cwd=ROOT, env=os.environ | variables, stdout=subprocess.DEVNULL)
    while process.poll() is None:
        with suppress(psutil.Error):
            most = max(most, sum(one.memory_info().rss for one in (process, *process.children(recursive=True))))
        sleep(0.02)
    took = perf_counter() - began
    assert process.returncode == 0, command
    return took, _used() - before, most / 2**20


def _used() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
