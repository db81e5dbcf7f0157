"""Selections under the rules of bodies that speak of less than the county does (各单位规则)."""

import re
from html import unescape
from pathlib import Path

import pytest
from django.test import Client

from selection import acts
from selection.enums import Act, Stage
from selection.rulebook.rules import in_force, working
from selection.web.selections import TABS, tab_url
from tests import factories
from tests.factories import AT, Point, run_to
from tests.selection.bodies import body
from tests.selection.stages import cases

STEPS = (Point.NOMINATION, Point.COUNTED, Point.INSPECTED, Point.CONSULTED, Point.CLOSED)


@pytest.fixture
def silent(tmp_path: Path, settings) -> str:
    """A body of the rulebook whose own file says no more than how long a department has for its answer."""
    return body(settings, tmp_path, "silent")


@pytest.mark.parametrize("name", working())
def test_every_body_has_what_a_selection_runs_by(name: str) -> None:
    assert in_force(name, cases.TODAY).lacking == []


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_body_that_is_silent_comes_to_its_end_by_the_rules_of_the_nation(silent: str, client: Client) -> None:
    course = run_to(Point.MOTION, rulebook=silent)
    client.force_login(course.county["jingban"])
    for step in STEPS:
        course.go_to(step)
        pages = [tab_url(tab, course.selection.number) for tab in TABS]
        shown = client.get(pages[0]).content.decode()
        forms = set(map(unescape, re.findall(r'href="(/office/act/[^"#]+)"', shown)))
        assert forms or step is Point.CLOSED, step
        for address in (*pages, *forms):
            assert client.get(address).status_code == 200, (step, address)
    assert course.now().stage == Stage.CLOSED
    asked = acts.requirements(
        Act.NOMINATE_CANDIDATE, course.now().case(), actor=course.county["jingban"], at=AT, person=course.people[0]
    )
    cited = {requirement.rule for requirement in asked}
    assert not {"ballot.bar", "qualification.assessment_floor", "motion.freeze"} & cited


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", working())
def test_every_body_fills_a_post_by_its_own_rules(name: str) -> None:
    course = run_to(Point.CLOSED, rulebook=name)
    assert course.now().stage == Stage.CLOSED
    assert course.now().rules.body == name


@pytest.mark.django_db
def test_no_site_is_founded_on_rules_that_lack_what_a_selection_runs_by() -> None:
    with pytest.raises(LookupError, match=r"inquiry\.due"):
        factories.founding(rulebook="national")


def test_a_motion_under_rules_that_lack_something_says_what_is_lacking() -> None:
    nation = cases.mandate_case(rules=in_force("national", cases.TODAY))
    assert "The rulebook of this body has all that a selection runs by" in cases.refused(Act.OPEN_SELECTION, nation)
