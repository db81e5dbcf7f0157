"""Where the papers of the bodies disagree: each keeps its own value, against a table kept apart from the data."""

import tomllib
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation import override

from selection.rulebook.rules import in_force

DAY = date(2026, 3, 2)
CONFLICTS = tomllib.loads((Path(__file__).parent / "conflicts.toml").read_text(encoding="utf-8"))["conflict"]
IDS = [conflict["id"] for conflict in CONFLICTS]
SETTLED = [
    pytest.param(key, expected, id=f"{conflict['id']}-{key}")
    for conflict in CONFLICTS
    for key, expected in conflict.get("settled", {}).items()
]
ROWS = {
    line.split()[1]: line
    for line in (settings.BASE_DIR / "docs" / "rulebook.md").read_text(encoding="utf-8").splitlines()
    if line.startswith("| C-")
}


def test_the_thirty_eight_conflicts_stand_in_their_order():
    assert [f"C-{n:02}" for n in range(1, 39)] == IDS == list(ROWS)


@pytest.mark.parametrize(("key", "expected"), SETTLED)
def test_where_the_papers_disagree_each_body_keeps_its_own(key, expected):
    with override("zh-hans"):
        found = {body: in_force(body, DAY).get(key) for body in expected}
        assert {body: rule.shown if rule else "" for body, rule in found.items()} == expected


@pytest.mark.parametrize("conflict", CONFLICTS, ids=IDS)
def test_a_conflict_is_settled_by_keys_or_says_why_not_and_the_document_shows_it(conflict):
    row = ROWS[conflict["id"]]
    assert ("settled" in conflict) is not ("unsettled" in conflict)
    assert "unsettled" not in conflict or row.endswith(f"| not settled: {conflict['unsettled']} |")
    for key in conflict.get("settled", {}):
        assert f"`{key}`" in row or f"`{key.partition('.')[2]}`" in row
