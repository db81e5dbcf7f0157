"""Selections under the rules of bodies that speak of less than the county does (各单位规则)."""

import re
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from audit import reading
from selection import acts
from selection.acts import Refused
from selection.enums import Act, Grade, Paper, Stage
from selection.models import Document
from selection.register import keeping
from selection.rulebook.rules import in_force, working
from selection.stages import nomination, way_back
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


#: What every body does until its unit recommends.
BY_ALL = {
    Act.OPEN_SELECTION,
    Act.APPROVE_MOTION,
    Act.ASSIGN_OFFICER,
    Act.NOMINATE_CANDIDATE,
    Act.RECOMMEND_PERSONALLY,
    Act.REVIEW_RECOMMENDATION,
    Act.FEED_BACK_RECOMMENDATION,
    Act.OPEN_RECOMMENDATION,
}
PLAN = {Act.SUBMIT_PLAN, Act.ANSWER_PLAN}
#: What a body does besides.
BY_ITSELF: dict[str, set[Act]] = {
    "company": set(),
    "credibility-county": {Act.CHOOSE_ROUTE, Act.REVIEW_QUALIFICATION},
    "first-nominator-city": set(),
    "jinchang": {Act.ANNOUNCE_POST},
    "kunming": {
        Act.SUBMIT_PLAN,
        Act.ANNOUNCE_POST,
        Act.OPEN_SITTING,
        Act.ENTER_NAMES,
        Act.CONFIRM_NAMES,
        Act.RESOLVE_NAMES,
        Act.SETTLE_NAMES,
        Act.PUBLISH_NAMES,
        Act.SIGN_OFF_NAMES,
    },
    "recognition-county": {Act.ANNOUNCE_POST},
    "section-officer": PLAN | {Act.REVIEW_QUALIFICATION},
    "subdistrict": {Act.ANNOUNCE_POST, Act.REVIEW_QUALIFICATION},
    "trainees": PLAN | {Act.REVIEW_QUALIFICATION},
    "xiamen": PLAN,
}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.covers("DEL-17", "DEL-18", "DEL-19")
@pytest.mark.parametrize("name", working())
def test_every_body_fills_a_post_by_its_own_rules(name: str) -> None:
    course = run_to(Point.CLOSED, rulebook=name)
    assert Document.objects.filter(meeting=course.meeting, kind=Paper.MINUTES).exists()
    assert course.round.items.filter(passed=True).count() == course.now().seats
    assert course.now().stage == Stage.CLOSED
    assert course.now().rules.body == name
    entries = reading.entries(stream=f"selection:{course.selection.pk}")
    done = [entry.action for entry in entries]
    before = {Act(action) for action in done[: done.index(Act.OPEN_RECOMMENDATION) + 1]}
    assert before == BY_ALL | BY_ITSELF[name]
    assert [entry.seq for entry in entries if entry.data.get("waived")] == []


def test_every_body_is_told_what_it_does_by_itself() -> None:
    assert set(BY_ITSELF) == set(working())


#: What is tried before a body has done its own part, with what else is left out, and by which rules it is refused.
LEFT_OUT: dict[str, tuple[Act, dict[str, Any], set[str]]] = {
    "company": (Act.NOMINATE_CANDIDATE, {"origin": None}, {"post.sources"}),
    "credibility-county": (Act.NOMINATE_CANDIDATE, {"discipline": False}, {"nomination.discipline"}),
    "first-nominator-city": (
        Act.NOMINATE_CANDIDATE,
        {"signed_form": None},
        {"nomination.form", "nomination.first_responsible"},
    ),
    "jinchang": (Act.NOMINATE_CANDIDATE, {}, {"qualification.grassroots"}),
    "kunming": (Act.NOMINATE_CANDIDATE, {}, {"post.documents", "nomination.rounds"}),
    "recognition-county": (Act.OPEN_RECOMMENDATION, {}, {"post.announcement"}),
    "section-officer": (Act.NOMINATE_CANDIDATE, {}, {"plan.gate"}),
    "subdistrict": (Act.OPEN_RECOMMENDATION, {}, {"post.announcement", "qualification.basic"}),
    "trainees": (Act.NOMINATE_CANDIDATE, {}, {"plan.gate"}),
    "xiamen": (Act.NOMINATE_CANDIDATE, {}, {"plan.gate"}),
}


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.covers("REC-08")
def test_where_nobody_suits_after_the_recommendation_the_company_looks_further() -> None:
    course = run_to(Point.COUNTED, rulebook="company")
    for nth in range(len(course.candidacies)):
        way_back.end_candidacy(course.candidacy(nth), **course.by("buzhang"), reason="民主推荐、个别谈话后认为不合适")
    way_back.return_selection(
        course.selection, **course.by("buzhang"), stage=Stage.NOMINATION, reason="部门内仍无合适人选"
    )
    elsewhere = factories.unit(course.county, "示例子公司", "CX-0909", at=course.at)
    by_staff = {"actor": course.county.registrar, "at": course.at}
    keeping.set_quota(elsewhere, **by_staff, grade=Grade.TOWNSHIP_DEPUTY, approved=1)
    deputy = keeping.add_post(elsewhere, **by_staff, values={"title": "副主任", "grade": Grade.TOWNSHIP_DEPUTY})
    found = factories.able(course.county, "何示一", deputy, at=course.at)
    with pytest.raises(Refused) as refused:
        course.nominate(found, nobody_nearer="", evidence=None)
    assert {one.rule for one in refused.value.unmet} == {"post.sources", "nomination.fallback"}
    taken = course.nominate(found, nobody_nearer="部门民主推荐、个别谈话后仍无合适人选")
    nominated = taken.nominations.get()
    assert (nominated.origin, nominated.nobody_nearer) == ("company", "部门民主推荐、个别谈话后仍无合适人选")
    actions = [entry.action for entry in reading.entries(stream=f"selection:{course.selection.pk}")]
    assert actions[-2:] == ["return_selection", "nominate_candidate"]


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("name", working())
@pytest.mark.covers("POS-07", "POS-08", "POS-12", "POS-13", "QUA-16", "NOM-16", "FNR-12", "TRN-10", refused=True)
def test_no_body_goes_on_without_its_own_part(name: str) -> None:
    act, without, refused = LEFT_OUT[name]
    course = run_to(Point.MOTION, rulebook=name)
    course.agree()
    somebody = course.people[0]
    if name == "jinchang":
        somebody = factories.person(course.county, "何示一", of=course.unit, at=course.at)  # has held no post
    if act is Act.OPEN_RECOMMENDATION:
        course.nominate(somebody)
    tries = {
        Act.NOMINATE_CANDIDATE: lambda: course.nominate(somebody, **without),
        Act.OPEN_RECOMMENDATION: lambda: nomination.open_recommendation(course.selection, **course.by("jingban")),
    }
    with pytest.raises(Refused) as found:
        tries[act]()
    assert found.value.act is act
    assert {one.rule for one in found.value.unmet} == refused
    own = {course.selection.rules[key].citation.label for key in refused}
    assert {one.citation.label for one in found.value.unmet if one.citation} == own
    assert act.value not in [entry.action for entry in reading.entries(stream=f"selection:{course.selection.pk}")]


@pytest.mark.django_db
def test_no_site_is_founded_on_rules_that_lack_what_a_selection_runs_by() -> None:
    with pytest.raises(LookupError, match=r"inquiry\.due"):
        factories.founding(rulebook="national")


def test_a_motion_under_rules_that_lack_something_says_what_is_lacking() -> None:
    nation = cases.mandate_case(rules=in_force("national", cases.TODAY))
    assert "The rulebook of this body has all that a selection runs by" in cases.refused(Act.OPEN_SELECTION, nation)
