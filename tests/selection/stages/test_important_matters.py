"""Important matters that note themselves, and requirements that a role may pass with a reason (重要情况、放行)."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from audit import reading
from selection import acts
from selection.acts import Refused, Requirement
from selection.documents import contexts
from selection.enums import Act, ConsultedBody, Finding, Matter, Role, Trigger
from selection.models import ImportantMatter, Reply, RuleSet, Selection
from selection.register import keeping
from selection.rulebook.rules import Rule, Rules, in_force
from selection.stages import inspection, motion, probation, way_back
from selection.standing import matter_of_opinion
from selection.web.oversight import BY_KEY, Asked
from tests import factories
from tests.factories import SCAN, Course, Point, run_to
from tests.selection.beside import beside_an_entry

BODIES = ("credibility-county", "national")
ON = date(2026, 3, 2)
REASON = "经部长办公会研究，原文核对前按此执行。"


# --- the eight, from what happened -------------------------------------------------------------------------------


@pytest.mark.covers("WPR-12", "WPR-16", "WPR-17")
@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("finding", list(Finding))
@pytest.mark.parametrize("body", list(ConsultedBody))
def test_an_opinion_is_an_important_matter_of_its_kind(body: ConsultedBody, finding: Finding, late: bool) -> None:
    kind = matter_of_opinion(body, finding, late=late)
    if body is ConsultedBody.SUPERIOR:
        assert kind is Matter.SUPERIOR_CONSULTED
    elif finding is Finding.CLEAR:
        assert kind is (Matter.OPINION_EXPLAINED if late else None)
    else:
        explained = Matter.DUAL_MANAGEMENT if body is ConsultedBody.CO_MANAGER else Matter.OPINION_EXPLAINED
        assert kind is explained


@pytest.mark.django_db
@pytest.mark.covers("WPR-12", "WPR-16", "WPR-17", "WPR-20", "CON-07")
def test_opinions_are_noted_with_time_cause_and_result_in_record_and_form() -> None:
    course = run_to(Point.INSPECTION)
    asked = {
        ConsultedBody.SUPERIOR: (Finding.CLEAR, Matter.SUPERIOR_CONSULTED),
        ConsultedBody.CO_MANAGER: (Finding.EXPLAIN, Matter.DUAL_MANAGEMENT),
        ConsultedBody.DISCIPLINE: (Finding.EXPLAIN, Matter.OPINION_EXPLAINED),
        ConsultedBody.AUDIT_OFFICE: (Finding.CLEAR, None),
    }
    candidacy = course.candidacies[0]
    for body, (finding, kind) in asked.items():
        inquiry = inspection.ask_opinion(
            course.selection, **course.by("jingban"), candidacy=candidacy, body=body, department=course.discipline
        )
        inspection.file_reply(
            inquiry,
            **course.by("jingban"),
            number=f"函{body.value}",
            replied_on=course.day,
            finding=finding,
            opinion=f"{body.value}的意见。",
            evidence=SCAN,
        )
        made = ImportantMatter.objects.filter(cause__contains=f"函{body.value}")
        if kind is None:
            assert not made.exists()
            continue
        matter = made.get()
        assert (matter.kind, matter.candidacy, matter.noted_at) == (kind, candidacy, course.at)
        assert matter.result == f"{body.value}的意见。"
        entry = reading.entries(stream=course.selection.streams()[0], newest_first=True)[0]
        assert ["importantmatter", str(matter.pk)] in entry.data["made"]
    form = contexts.record_form(course.selection.case(), [candidacy], at=course.at)["forms"][0]
    told = {part.title: [line.text for line in part.lines] for part in form["matters"]}
    for body, (_finding, kind) in asked.items():
        if kind:
            assert f"{body.value}的意见。" in told[str(kind.label)]
    assert told[str(Matter.OVER_QUOTA.label)] == []


def explained(course: Course) -> list[ImportantMatter]:
    return list(ImportantMatter.objects.filter(selection=course.selection, kind=Matter.OPINION_EXPLAINED))


@pytest.mark.django_db
@pytest.mark.covers("WPR-16")
@pytest.mark.parametrize(("days", "noted"), [(0, False), (60, True)])
@pytest.mark.parametrize("on_paper", [False, True])
def test_an_answer_after_its_day_needs_explaining(days: int, noted: bool, on_paper: bool) -> None:
    course = run_to(Point.INSPECTION)
    asked = inspection.ask_opinion(
        course.selection,
        **course.by("jingban"),
        candidacy=course.candidacies[0],
        body=ConsultedBody.DISCIPLINE,
        department=course.discipline,
    )
    course.at += timedelta(days=days)
    answer = {"number": "纪函7号", "replied_on": course.day, "finding": Finding.CLEAR, "opinion": "未发现问题。"}
    if on_paper:
        inspection.file_reply(asked, **course.by("jingban"), evidence=SCAN, **answer)
    else:
        inspection.answer_inquiry(asked, **course.by("jiwei"), evidence=None, **answer)
    assert [row.cause for row in explained(course)] == ["县纪委监委 纪函7号（超过回复期限收到）"] * noted


@pytest.mark.django_db
@pytest.mark.covers("WPR-16")
def test_who_has_not_answered_when_the_proposal_is_adopted_needs_explaining() -> None:
    course = run_to(Point.INSPECTED)
    assert not explained(course)
    inspection.ask_opinion(
        course.selection,
        **course.by("jingban"),
        candidacy=course.candidacies[0],
        body=ConsultedBody.AUDIT_OFFICE,
        department=None,
        outside="县审计局",
    )
    course.open_deliberation()
    (matter,) = explained(course)
    assert (matter.candidacy, matter.noted_at) == (course.candidacies[0], course.at)
    assert "县审计局" in matter.cause
    entry = reading.entries(stream=course.selection.streams()[0], actions=["open_deliberation"])[0]
    assert ["importantmatter", str(matter.pk)] in entry.data["made"]


@pytest.mark.django_db
@pytest.mark.covers("WPR-16")
def test_an_opinion_that_turns_out_to_be_another_one_needs_explaining() -> None:
    course = run_to(Point.INSPECTED)
    reply = Reply.objects.filter(filed_from_paper=True).earliest("pk")
    given = {"row": reply, "fact": "finding", "value": Finding.EXPLAIN, "reason": "录入有误。"}
    made = way_back.correct_fact(course.selection, **course.by("jingban"), **given)
    assert not explained(course)  # it waits for a second person
    way_back.confirm_correction(made, **course.by("jingban2"))
    (matter,) = explained(course)
    assert (matter.candidacy_id, matter.result) == (reply.inquiry.candidacy_id, reply.opinion)
    assert "录入有误。" in matter.cause


@pytest.mark.django_db
@pytest.mark.covers("WPR-12")
@pytest.mark.parametrize("frozen", [False, True])
def test_a_motion_that_the_superior_department_approved_is_noted(frozen: bool) -> None:
    course = factories.course()
    if frozen:
        motion.freeze_motions(
            course.county.mandate, **course.by("jingban"), ground="机构改革方案已经公布。", from_on=course.day
        )
    given: dict[str, Any] = {"superior_approval": SCAN} if frozen else {}
    selection = motion.open_selection(
        course.county.mandate,
        **course.by("jingban"),
        post=course.post,
        seats=1,
        triggers=[Trigger.VACANCY],
        reason="职位空缺。",
        **given,
    )
    rows = list(ImportantMatter.objects.filter(selection=selection).values_list("kind", "cause", "result"))
    assert rows == ([(Matter.SUPERIOR_CONSULTED, "机构改革方案已经公布。", SCAN.name)] if frozen else [])


# --- waivers: the role that the rulebook names -------------------------------------------------------------------


def rules_of(body: str) -> list[Rule]:
    return list(in_force(body, ON).values())


@pytest.mark.parametrize(
    "rule", [pytest.param(rule, id=f"{body}-{rule.key}") for body in BODIES for rule in rules_of(body)]
)
def test_only_the_role_that_the_rulebook_names_may_waive(rule: Rule) -> None:
    requirement = Requirement.under(rule, "", met=False)
    assert requirement.rule == rule.key
    waiving = {role.value for role in Role if acts._may_waive(requirement, role)}
    assert waiving == ({rule.waived_by} if rule.level == "waivable" else set())


def under_other_rules(course: Course, key: str, *, waived_by: str | None) -> None:
    """The selection is judged by rules in which this one may be waived by that role, or by nobody."""
    rules = course.selection.rules
    changed = replace(rules[key], level="waivable" if waived_by else "stop", waived_by=waived_by)
    kept = RuleSet.keep(Rules(rules.body, rules.title, rules.on, {**rules, key: changed}))
    with beside_an_entry(course.selection):
        Selection.objects.filter(pk=course.selection.pk).update(rule_set=kept)


def unmet(act: Act, subject: Any, course: Course, username: str) -> dict[str, int]:
    """Key of the rule → place of the requirement that is not met."""
    found = acts.requirements(act, subject.case(), **course.by(username))
    return {one.rule: place for place, one in enumerate(found) if not one.met}


@pytest.mark.django_db
@pytest.mark.covers("WPR-14", "WPR-18")
@pytest.mark.parametrize("waived_by", ["secretary", "department_head", None])
@pytest.mark.parametrize("reason", [REASON, " ", None])
def test_post_quota_is_passed_by_its_role_with_a_reason_and_is_listed(
    waived_by: str | None, reason: str | None
) -> None:
    """The secretary agrees to a motion although the number of posts was lowered meanwhile."""
    course = run_to(Point.MOTION)
    selection = course.selection
    keeping.set_quota(course.unit, **course.by("jingban"), grade=course.post.grade, approved=0)
    under_other_rules(course, "post.quota", waived_by=waived_by)
    (place,) = unmet(Act.APPROVE_MOTION, course.selection, course, "shuji").values()
    reasons = {} if reason is None else {place: reason}
    if waived_by != "secretary" or reason != REASON:
        with pytest.raises(Refused):
            motion.approve_motion(course.selection, **course.by("shuji"), opinion="同意。", reasons=reasons)
        assert not ImportantMatter.objects.exists()
        assert course.selection.approved_at is None
        return
    motion.approve_motion(course.selection, **course.by("shuji"), opinion="同意。", reasons=reasons)
    matter = ImportantMatter.objects.get()
    assert (matter.kind, matter.rule, matter.act) == (Matter.OVER_QUOTA, "post.quota", Act.APPROVE_MOTION)
    assert (matter.noted_by, matter.result) == (course.county["shuji"], REASON)
    entry = reading.entries(stream=selection.streams()[0], newest_first=True)[0]
    assert ["importantmatter", str(matter.pk)] in entry.data["made"]
    assert entry.opened[f"waived.{place}"] == REASON
    asked = Asked(course.county["jiandu"], course.at)
    (row,) = BY_KEY["waived"].tell(list(BY_KEY["waived"].rows(asked)), asked)
    assert (row["selection"], row["who"]) == (selection, course.county["shuji"].name)
    assert REASON in row["says"]


@pytest.mark.django_db
@pytest.mark.covers("WPR-14")
@pytest.mark.parametrize(("approved", "beyond"), [(0, True), (1, False)])
def test_beyond_the_quota_begins_one_post_below(approved: int, beyond: bool) -> None:
    course = run_to(Point.MOTION)
    keeping.set_quota(course.unit, **course.by("jingban"), grade=course.post.grade, approved=approved)
    assert ("post.quota" in unmet(Act.APPROVE_MOTION, course.selection, course, "shuji")) is beyond


@pytest.mark.django_db
def test_probation_that_is_not_over_is_passed_by_the_head_alone() -> None:
    """The one requirement of the county's own rulebook whose words have not been compared yet."""
    course = run_to(Point.APPOINTED)
    rule = course.selection.rules["probation.length"]
    assert (rule.level, rule.waived_by) == ("waivable", "department_head")
    course.at = course.appointment.probation_ends_at - timedelta(days=10)
    probation.assess_probation(
        course.appointment, **course.by("jingban"), assessed_on=course.day, fit=True, opinion="胜任。"
    )
    place = unmet(Act.CONFIRM_APPOINTMENT, course.appointment, course, "buzhang")["probation.length"]
    with pytest.raises(Refused):
        probation.confirm_appointment(course.appointment, **course.by("buzhang"))
    probation.confirm_appointment(course.appointment, **course.by("buzhang"), reasons={place: REASON})
    assert ImportantMatter.objects.get().rule == "probation.length"
