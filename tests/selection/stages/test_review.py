"""The review of qualification: item by item, by the own unit and by the department (资格审查)."""

from typing import Any

import pytest

from audit import reading
from selection import acts
from selection.enums import Act, CandidacyState, Grade, ReviewStep, Stage, UnitKind
from selection.models import Document, Review
from selection.models.case import Case
from selection.register import keeping
from selection.register.models import Organisation, Post
from selection.stages import nomination, review
from selection.web.acts import act_url
from selection.web.selections import tab_url
from tests import factories
from tests.factories import Point, run_to
from tests.selection.stages import cases
from tests.selection.web.standing import fill_in, signed_in

BASIC, HEALTH = "The basic conditions are met", "The candidate is in good health"
POST, EXAM = "The conditions of the post are met", "Whoever is transferred into an organ has passed an examination"
ARCHIVE = "The personal archive has been looked at"
UNIT_FIRST = "The candidate's own unit has reviewed the qualification first, from the archive"
PAPER, WHY = "The opinion of the unit is uploaded", "Why the candidate does not qualify is written down"
LISTED = "Everybody on the list whose qualification is to be reviewed was found to qualify"
ALL = {"qualified": True, "basic": True, "archive": True, "health": True, "post_conditions": True, "exam": "86分"}


def listed(**values: Any) -> Case:
    """A list under these rules besides the county's, seen by its first candidate."""
    case = cases.under(Stage.NOMINATION, **values)
    case.reviews.clear()
    case.subject = case.candidacies[0]
    return case


def refused(case: Case, step: ReviewStep = ReviewStep.DEPARTMENT, **given: Any) -> dict[str, str]:
    return cases.refused(Act.REVIEW_QUALIFICATION, case, step=step, **{**ALL, **given})


def reviewed(case: Case, of: int, step: ReviewStep = ReviewStep.DEPARTMENT, *, qualified: bool = True) -> None:
    case.reviews.append(
        Review(
            candidacy_id=case.candidacies[of].pk,
            step=step,
            qualified=qualified,
            post_conditions=True,
            reviewed_at=cases.NOW,
        )
    )


@pytest.mark.covers("QUA-01", refused=True)
def test_the_basic_conditions_are_an_item_of_their_own() -> None:
    case = listed()
    assert refused(case) == {}
    assert refused(case, basic=False) == {BASIC: "附件1 第三条"}
    assert refused(case, basic=None, qualified=False, reason="不符合") == {}
    assert refused(case, qualified=False) == {WHY: ""}


def test_only_what_the_rules_ask_is_asked() -> None:
    case = listed()
    assert refused(case, health=False, archive=False, post_conditions=False, exam="") == {}
    assert HEALTH in refused(listed(qualification__health=True), health=False)


@pytest.mark.covers("QUA-12", "QUA-13", refused=True)
def test_the_conditions_of_the_post_are_asked_where_it_has_any() -> None:
    case = listed()
    case.selection.post = Post(
        pk=3, organisation=cases.UNIT, title="校长", grade=Grade.TOWNSHIP_DEPUTY, conditions="从事教学工作八年以上"
    )
    assert refused(case, post_conditions=False) == {POST: "附件1 第三条"}
    assert refused(case) == {}
    assert LISTED in cases.refused(Act.OPEN_RECOMMENDATION, case)
    for nth in range(len(case.candidacies)):
        reviewed(case, nth)
    assert LISTED not in cases.refused(Act.OPEN_RECOMMENDATION, case)


@pytest.mark.covers("QUA-07", refused=True)
def test_only_who_was_reviewed_and_qualifies_is_recommended() -> None:
    case = listed(qualification__reviewed=True)
    last = len(case.candidacies) - 1
    for nth in range(last):
        reviewed(case, nth)
    assert LISTED in cases.refused(Act.OPEN_RECOMMENDATION, case)
    reviewed(case, last, ReviewStep.UNIT)
    assert LISTED in cases.refused(Act.OPEN_RECOMMENDATION, case)
    reviewed(case, last, qualified=False)
    assert LISTED in cases.refused(Act.OPEN_RECOMMENDATION, case)
    reviewed(case, last)
    assert LISTED not in cases.refused(Act.OPEN_RECOMMENDATION, case)
    reviewed(case, 0, qualified=False)
    assert LISTED in cases.refused(Act.OPEN_RECOMMENDATION, case)


def test_a_review_from_before_somebody_came_back_counts_no_more() -> None:
    case = listed(qualification__reviewed=True)
    for nth in range(len(case.candidacies)):
        reviewed(case, nth)
    assert LISTED not in cases.refused(Act.OPEN_RECOMMENDATION, case)
    case.candidacies[0].nominated_at = cases.NOW + cases.DAY
    assert LISTED in cases.refused(Act.OPEN_RECOMMENDATION, case)


@pytest.mark.covers("QUA-14", refused=True)
def test_the_own_unit_reviews_first_and_from_the_archive() -> None:
    case = listed(qualification__unit_review=True)
    assert set(refused(case)) == {UNIT_FIRST}
    assert set(refused(case, ReviewStep.UNIT, archive=False, evidence=factories.SCAN)) == {ARCHIVE}
    assert set(refused(case, ReviewStep.UNIT, evidence=None)) == {PAPER}
    assert refused(case, ReviewStep.UNIT, evidence=factories.SCAN) == {}
    reviewed(case, 0, ReviewStep.UNIT, qualified=False)
    assert set(refused(case)) == {UNIT_FIRST}
    reviewed(case, 0, ReviewStep.UNIT)
    assert refused(case) == {}
    assert LISTED in cases.refused(Act.OPEN_RECOMMENDATION, case)


@pytest.mark.covers("QUA-17", refused=True)
@pytest.mark.parametrize(
    ("kind", "own", "asked"),
    [
        (UnitKind.GOVERNMENT_ORGAN, False, True),
        (UnitKind.PARTY_ORGAN, False, True),
        (UnitKind.GOVERNMENT_ORGAN, True, False),
        (UnitKind.INSTITUTION, False, False),
        (UnitKind.TOWNSHIP, False, False),
    ],
)
def test_nobody_is_transferred_into_an_organ_without_an_examination(kind: UnitKind, own: bool, asked: bool) -> None:
    case = listed(qualification__exam_for_transfer=True)
    unit = Organisation(pk=77, name="演示局", short_name="演示局", kind=kind)
    case.selection.post = Post(pk=3, organisation=unit, title="副局长", grade=Grade.TOWNSHIP_DEPUTY)
    for candidacy in case.candidacies:
        candidacy.person.organisation = unit if own else Organisation(pk=78, short_name="别处", kind=kind)
    assert (EXAM in refused(case, exam=" ")) is asked
    assert EXAM not in refused(case)
    basic = {LISTED: "附件1 第三条"}
    assert (basic.items() <= cases.refused(Act.OPEN_RECOMMENDATION, case).items()) is not asked


def test_who_does_not_qualify_by_the_register_passes_no_review() -> None:
    case = listed(qualification__recent_competent=2)
    case.appraisals = [cases.appraisal(case.subject.person_id, 20, 8, 1, 1, result="competent")]
    says = "The appraisals of the latest years are as good as the rules ask"
    assert set(refused(case)) == {says}
    assert refused(case, qualified=False, reason="年度考核不足两年") == {}


def test_nobody_is_reviewed_who_has_left_or_at_another_stage() -> None:
    case = listed()
    case.subject.__dict__["state"] = CandidacyState.WITHDRAWN
    assert "The candidate is still in" in refused(case)
    later = cases.at(Stage.RECOMMENDATION)
    later.subject = later.candidacies[0]
    assert "The selection is at the right stage" in refused(later)


# --- through acts and pages ----------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.covers("QUA-01", "QUA-07")
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_review_is_shown_by_the_candidate_and_kept_with_its_items(language: str) -> None:
    course = run_to(Point.LISTED, rulebook="section-officer")
    candidacy = course.candidacy(0)
    client = signed_in(course, "jingban", language)
    page = client.get(course.selection.get_absolute_url()).content.decode()
    assert ("组织部审核" if language == "zh-hans" else "Review by the department") in page
    form = act_url(Act.REVIEW_QUALIFICATION, candidacy)
    shown = client.get(form).content.decode()
    assert "主任科员方案 三、（一）" in shown
    assert 'name="health"' not in shown
    given = {"step": "department", "reviewed_on": course.day}
    answer = fill_in(client, form, **given, qualified="yes")
    assert answer.status_code == 422
    assert "basic" in answer.context["form"].errors
    assert fill_in(client, form, **given, qualified="no", reason="档案材料不全").status_code == 302
    last = Review.objects.filter(candidacy=candidacy).last()
    assert last is not None
    assert (last.qualified, last.basic, last.reviewed_by) == (False, False, course.county["jingban"])
    with pytest.raises(acts.Refused):
        nomination.open_recommendation(course.now(), **course.by("jingban"))
    entry = reading.entries(stream=f"selection:{course.selection.pk}", actions=["review_qualification"])[0]
    assert "档案材料不全" not in str(entry.body)


@pytest.mark.django_db
@pytest.mark.covers("QUA-12")
def test_conditions_of_a_post_stand_on_its_page_and_in_the_review() -> None:
    course = run_to(Point.LISTED)
    by = course.by("jingban")
    conditions = "从事教学工作八年以上\n具有高级职称"
    keeping.correct_post(course.post, **by, values={"conditions": conditions}, reason="补充岗位条件")
    client = signed_in(course, "jingban")
    for url in (act_url(Act.REVIEW_QUALIFICATION, course.candidacy(0)), f"/office/units/{course.unit.pk}/"):
        page = client.get(url).content.decode()
        assert "从事教学工作八年以上" in page, url
        assert "具有高级职称" in page, url
    with pytest.raises(acts.Refused):
        nomination.open_recommendation(course.now(), **by)
    course.review()
    nomination.open_recommendation(course.now(), **by)


@pytest.mark.django_db
def test_the_opinion_of_the_unit_is_kept_as_a_paper() -> None:
    course = run_to(Point.LISTED)
    by = {**course.by("jingban"), "reviewed_on": course.day}
    review.review_qualification(
        course.candidacy(0), **by, **ALL, step=ReviewStep.UNIT, evidence=factories.SCAN, reason=""
    )
    kept = Document.objects.get(pk=Review.objects.get(step=ReviewStep.UNIT).document_id)
    assert kept.title == f"所在单位资格初审意见：{course.people[0].name}"


@pytest.mark.django_db
@pytest.mark.covers("QUA-07")
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_review_is_shown_with_its_reason_and_may_be_done_anew(language: str) -> None:
    course = run_to(Point.LISTED, rulebook="trainees")
    candidacy = course.candidacy(0)
    by = {**course.by("jingban"), "reviewed_on": course.day}
    review.review_qualification(
        candidacy, **by, **ALL | {"qualified": False, "health": False}, step="department", reason="体检结论未出。"
    )
    client = signed_in(course, "jingban", language)
    tab = tab_url("candidates", course.selection.number)
    page = client.get(tab).content.decode()
    assert "体检结论未出。" in page
    assert ("身体健康：否" if language == "zh-hans" else "Health: no") in page
    assert ("所在单位初审" if language == "zh-hans" else "First review by the own unit") in page
    assert act_url(Act.REVIEW_QUALIFICATION, candidacy) in page
    for stranger in ("jipiao1", "kaocha1"):
        assert "体检结论未出" not in signed_in(course, stranger, language).get(tab).content.decode()
    review.review_qualification(candidacy, **by, **ALL, step="department", reason="")
    nomination.open_recommendation(course.now(), **course.by("jingban"))
    page = client.get(tab).content.decode()
    assert "体检结论未出。" in page, "what was replaced stays"
    assert act_url(Act.REVIEW_QUALIFICATION, candidacy) not in page


@pytest.mark.django_db
@pytest.mark.parametrize(("language", "told"), [("zh-hans", "按名册登记"), ("en", "By the register")])
def test_the_form_says_what_the_register_answers(language: str, told: str) -> None:
    course = run_to(Point.LISTED, rulebook="section-officer")
    person = course.people[0]
    client = signed_in(course, "jingban", language)
    url = act_url(Act.REVIEW_QUALIFICATION, course.candidacy(0))
    met = client.get(url).content.decode()
    assert told in met
    values = {"grade_since": course.day.replace(day=1)}
    keeping.correct_person(person, **course.by("jingban"), values=values, reason="登记有误")
    unmet = client.get(url).content.decode()
    assert told in unmet
    assert met != unmet
