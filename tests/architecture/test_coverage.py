"""Tests name rows that exist, and the tables of rows are whole (测试覆盖)."""

import tomllib
from pathlib import Path

import pytest

from tools import generate_docs

ROOT = Path(__file__).resolve().parents[2]
AREAS = tomllib.loads((ROOT / "tests" / "catalogue.toml").read_text(encoding="utf-8"))
PLAN = tomllib.loads((ROOT / "tests" / "plan.toml").read_text(encoding="utf-8"))
VERBS = {"enforce", "compute", "record", "remind", "report", "display"}


def named() -> set[tuple[str, str]]:
    """(row, file) of every mark in the tests."""
    found: set[tuple[str, str]] = set()
    for file in (ROOT / "tests").rglob("test_*.py"):
        found |= {(row, file.name) for row, _refused, _test in generate_docs.covered(file)}
    return found


def test_every_mark_names_a_row_that_exists() -> None:
    known = {f"{area}-{number}" for table in (AREAS, PLAN) for area, rows in table.items() for number in rows}
    strange = {(row, file) for row, file in named() if row.partition("-")[0] in {*AREAS, *PLAN} and row not in known}
    assert not strange


@pytest.mark.parametrize("area", AREAS)
def test_rows_are_numbered_without_a_gap_and_say_what_must_be_done(area: str) -> None:
    rows = {number: row for number, row in AREAS[area].items() if number != "title"}
    assert list(rows) == [f"{n:02}" for n in range(1, len(rows) + 1)]
    for number, row in rows.items():
        assert row["name"], number
        assert set() < set(row["must"]) <= VERBS, number
        if "reason" in row:
            assert not {"enforce", "compute", "remind"} & set(row["must"]), f"{number} needs a test and not a reason"
