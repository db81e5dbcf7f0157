"""A made-up selection is asked what a real one is, by the rules of each body, and leaves nothing behind (预演)."""

import re
from typing import Any

import pytest
from django.utils import translation

from selection import rehearsal
from selection.enums import Act, PostClass, Stage
from selection.rulebook.rules import in_force, working
from tests.selection.stages import cases


def walked(
    body: str, post_class: PostClass = PostClass.CHIEF, seats: int = 1
) -> dict[tuple[Stage, Act], dict[str, Any]]:
    """(stage, act) → rule → what it requires."""
    made = rehearsal.Made(in_force(body, cases.TODAY), post_class, seats, cases.NOW)
    with translation.override("en"):
        return {
            (stage, one.act): {requirement.rule: requirement.required for requirement in one.requirements}
            for stage, asked in rehearsal.walk(made, actor=cases.ACTOR).items()
            for one in asked
        }


@pytest.mark.parametrize("post_class", PostClass)
@pytest.mark.parametrize("body", working())
def test_every_body_is_walked_from_the_motion_to_the_end_without_a_database(body: str, post_class: PostClass) -> None:
    found = walked(body, post_class)
    assert {stage for stage, _act in found} == set(Stage) - {Stage.CLOSED}
    assert all(rules for rules in found.values())


CODE = re.compile(r"[a-z]+(_[a-z]+)*")


@pytest.mark.parametrize("body", working())
def test_no_requirement_shows_the_codes_of_the_rulebook(body: str) -> None:
    made = rehearsal.Made(in_force(body, cases.TODAY), PostClass.CHIEF, 1, cases.NOW)
    with translation.override("zh-hans"):
        for asked in rehearsal.walk(made, actor=cases.ACTOR).values():
            for one in (requirement for each in asked for requirement in each.requirements):
                values = [
                    part
                    for value in (one.observed, one.required)
                    for part in (value if isinstance(value, (list, tuple)) else [value])
                ]
                assert not [value for value in map(str, values) if CODE.fullmatch(value)], (one.rule, values)


def test_bodies_are_asked_each_its_own() -> None:
    county, section, city = map(walked, ("credibility-county", "section-officer", "first-nominator-city"))
    assert (Stage.NOMINATION, Act.SUBMIT_PLAN) not in county
    assert "post.quota_confirmed_by" in section[Stage.NOMINATION, Act.SUBMIT_PLAN]
    assert "recommendation.majority" in section[Stage.RECOMMENDATION, Act.OPEN_INSPECTION]
    assert {"nomination.form", "nomination.first_responsible"} <= set(city[Stage.NOMINATION, Act.NOMINATE_CANDIDATE])
    assert "nomination.two_kinds" in county[Stage.NOMINATION, Act.CHOOSE_ROUTE]
    assert county[Stage.NOMINATION, Act.OPEN_RECOMMENDATION]["nomination.list_ratio"] == 3


def test_it_grows_with_the_number_of_posts() -> None:
    three = walked("credibility-county", seats=3)
    assert three[Stage.NOMINATION, Act.OPEN_RECOMMENDATION]["nomination.list_ratio"] == 9
