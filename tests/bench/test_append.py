"""What an entry costs beside a bare write, and what three packages cost that keep a history of rows (写入开销)."""

import json
import os
import statistics
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connections

from tests.bench.measuring import scaled, tell

pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True)]

ROOT = Path(__file__).resolve().parents[2]


def test_append() -> None:
    found = connections["default"].settings_dict
    name = f"peers_{os.getpid()}"
    with connections["default"].cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name}")
    try:
        said = subprocess.run(
            [sys.executable, "-m", "tests.bench.peers.measure", str(scaled(20, least=3)), str(scaled(250, least=20))],
            cwd=ROOT,
            env={**os.environ, "PEERS_DATABASE": name, "PEERS_USER": found["USER"], "PEERS_HOST": found["HOST"]},
            stdout=subprocess.PIPE,
            check=True,
        ).stdout
    finally:
        with connections["default"].cursor() as cursor:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
    told = json.loads(said)
    bare = told["alone"]["bare"]
    for way, took in told["alone"].items():
        ratios = (
            statistics.median(took) / statistics.median(bare),
            min(took) / min(bare),
            statistics.median(one / other for one, other in zip(took, bare, strict=True)),
        )
        tell(f"one writer, {way}", " / ".join(f"{ratio:.2f}" for ratio in ratios) + f"  ({sum(took):.1f} s)")
    for way, by_writers in told["together"].items():
        each = [f"{rate:,.0f} ({rate / told['together']['bare'][writers]:.2f})" for writers, rate in by_writers.items()]
        tell(f"1, 2, 8 writers, {way}, transactions/s", ", ".join(each))
