"""The checks over the regulation of 2019: each has its keys in the rulebook, or the reason why it has none."""

import tomllib
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings

from selection.rulebook.keys import KEYS
from selection.rulebook.rules import bodies, history, in_force

CHECKS = tomllib.loads((Path(__file__).parent / "checks.toml").read_text(encoding="utf-8"))["check"]
DAY = date(2026, 3, 2)
IDS = [check["id"] for check in CHECKS]


def test_the_forty_two_checks_stand_in_their_order():
    counted = {"Q": 8, "D": 2, "R": 6, "K": 9, "M": 7, "A": 6, "X": 4}
    assert [f"{letter}{n}" for letter, most in counted.items() for n in range(1, most + 1)] == IDS


@pytest.mark.parametrize("check", CHECKS, ids=IDS)
def test_a_check_has_the_keys_of_the_nation_with_their_level(check):
    rules = in_force("national", DAY)
    assert {key: rules[key].level for key in check["keys"]} == check["keys"]


@pytest.mark.parametrize("check", CHECKS, ids=IDS)
def test_what_only_bodies_have_is_no_rule_of_the_nation(check):
    for key in check["elsewhere"]:
        assert key in KEYS
        assert {rule.body for rule in history(key)} & set(bodies()) - {"national"}
        assert key not in in_force("national", DAY)


@pytest.mark.parametrize("check", CHECKS, ids=IDS)
def test_a_check_without_a_key_of_the_nation_says_why(check):
    assert check["keys"] or check["lacking"]


def test_every_rule_of_the_nation_belongs_to_a_check_or_is_named_here():
    unnamed = set(in_force("national", DAY)) - {key for check in CHECKS for key in check["keys"]}
    assert unnamed == {"nomination.signed", "deliberation.introduction", "qualification.county_party_years"}


@pytest.mark.parametrize("check", CHECKS, ids=IDS)
def test_the_document_shows_the_check(check):
    keys, elsewhere = (", ".join(f"`{key}`" for key in check[part]) for part in ("keys", "elsewhere"))
    cells = [*(check[part] for part in ("id", "says", "level", "article", "read")), keys, elsewhere, check["lacking"]]
    document = (settings.BASE_DIR / "docs" / "rulebook.md").read_text(encoding="utf-8")
    assert f"| {' | '.join(cells)} |" in document
