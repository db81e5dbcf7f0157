"""Inspection: pre-notice, four steps, four groups, opinions, the proposal (考察)."""

from copy import copy
from datetime import date

import pytest
from django.test import Client

from selection.documents import contexts
from selection.enums import Act, Check, ConsultedBody, Finding, InspectionStep, Stage, TalkGroup
from selection.models import CheckResult, Inquiry, Reply
from selection.stages import inspection
from tests import factories
from tests.factories import GROUPS, SCAN, SIGNED, Point
from tests.selection.stages import cases

ANNOUNCED = "The inspection was announced before"
PROPOSED_AGAINST = "Nobody is proposed against a check or an opinion that affects the use"
DIF = "附件3 差额考察办法"


def talk(case: cases.Case, held_on: date) -> dict[str, str]:
    """What recording a talk of that day is refused for."""
    given = {"candidacy": case.candidacies[0], "held_on": held_on, "notes": "作风正派"}
    return cases.refused(Act.RECORD_TALK, case, **given)


def propose(case: cases.Case, *chosen: int, **given: object) -> dict[str, str]:
    """What adopting the proposal with these candidates is refused for."""
    candidates = [case.candidacies[number - 1] for number in chosen or (1, 2)]
    return cases.refused(Act.OPEN_DELIBERATION, case, **{"candidates": candidates, "opinion": "同意"} | given)


@pytest.mark.covers("INS-01", refused=True)
def test_record_talk_before_the_pre_notice() -> None:
    case = cases.at(Stage.INSPECTION)
    announced = case.prenotices[0].published_on = cases.TODAY - cases.DAY
    assert talk(case, announced) == {}
    assert talk(case, announced - cases.DAY) == {ANNOUNCED: DIF}
    assert talk(case, cases.TODAY + cases.DAY) == {"The day is not in the future": ""}
    case.prenotices = []
    assert talk(case, cases.TODAY) == {ANNOUNCED: DIF}


@pytest.mark.covers("INS-01", refused=True)
def test_pre_notice_of_a_former_inspection_does_not_count() -> None:
    """The selection was returned and came here anew."""
    case = cases.at(Stage.INSPECTION)
    case.prenotices[0].published_at -= cases.DAY
    assert talk(case, cases.TODAY) == {ANNOUNCED: DIF}


@pytest.mark.covers("INS-01", refused=True)
def test_assessment_checks_and_report_wait_for_the_pre_notice_too() -> None:
    case = cases.at(Stage.INSPECTION)
    case.prenotices = []
    of = {"candidacy": case.candidacies[0], "held_on": cases.TODAY}
    for act, given in (
        (Act.RECORD_ASSESSMENT, {"issued": 40, "returned": 38, "excellent": 38} | of),
        (Act.RECORD_CHECK, {"finding": Finding.CLEAR} | of),
        (Act.WRITE_REPORT, dict.fromkeys(("performance", "shortcomings", "suggestion"), "有") | of),
    ):
        assert cases.refused(act, case, **given) == {ANNOUNCED: DIF}


@pytest.mark.covers("INS-03", refused=True)
@pytest.mark.parametrize(
    ("phone", "facts", "says"),
    [
        ("", "基本情况", {"A telephone is given": DIF}),
        ("0000-12380", " ", {"The basic facts of the inspected persons are given": DIF}),
        ("0000-12380", "基本情况", {}),
    ],
)
def test_publish_prenotice_with_its_three_fields(phone: str, facts: str, says: dict[str, str]) -> None:
    given = {"published_on": cases.TODAY, "phone": phone, "candidate_facts": facts}
    assert cases.refused(Act.PUBLISH_PRENOTICE, cases.at(Stage.INSPECTION), **given) == says


@pytest.mark.covers("INS-03", refused=True)
def test_publish_prenotice_without_team_or_before_the_persons_were_fixed() -> None:
    case = cases.at(Stage.INSPECTION)
    entered = case.entered(Stage.INSPECTION)
    assert entered is not None
    case.participations = []
    given = {"published_on": entered.date() - cases.DAY, "phone": "0000-12380", "candidate_facts": "基本情况"}
    assert cases.refused(Act.PUBLISH_PRENOTICE, case, **given) == {
        "The team is formed, so that its names can be published": DIF,
        "The pre-notice comes after the persons were fixed": "",
    }


@pytest.mark.parametrize(
    ("members", "leader", "refused"),
    [
        ((31, 32), 31, {}),
        ((31,), 31, {"The team has enough members": "条例 第三十三条"}),
        ((31, 32), 33, {"The head belongs to the team": ""}),
        ((31, 40), 31, {"No member of the team is a candidate or recused": ""}),
    ],
)
def test_form_team(members: tuple[int, ...], leader: int, refused: dict[str, str]) -> None:
    case = cases.at(Stage.INSPECTION)
    accounts = {pk: cases.account(pk) for pk in (31, 32, 33)} | {40: cases.account(40, person=case.people[1])}
    given = {"members": [accounts[pk] for pk in members], "leader": accounts[leader]}
    assert cases.refused(Act.FORM_TEAM, case, **given) == refused


@pytest.mark.covers("INS-08", "INS-12", "DIF-05", refused=True)
@pytest.mark.parametrize("step", list(InspectionStep))
@pytest.mark.parametrize("nth", [1, 2])
def test_open_deliberation_with_a_step_missing(step: InspectionStep, nth: int) -> None:
    case = cases.at(Stage.INSPECTION)
    assert propose(case) == {}
    if step is InspectionStep.ASSESSMENT:
        case.assessments = [row for row in case.assessments if row.candidacy_id != nth]
    elif step is InspectionStep.TALK:
        case.talks = [row for row in case.talks if row.candidacy_id != nth]
    else:
        case.checks = [row for row in case.checks if (row.candidacy_id, row.check_kind) != (nth, step.value)]
    groups = {f"All groups were talked with about 林示{nth}": DIF} if step is InspectionStep.TALK else {}
    assert propose(case) == {f"All steps of the inspection are done for 林示{nth}": DIF} | groups


@pytest.mark.covers("INS-09", refused=True)
@pytest.mark.parametrize("group", GROUPS)
def test_open_deliberation_with_a_group_not_talked_with(group: TalkGroup) -> None:
    case = cases.at(Stage.INSPECTION)
    case.talks = [row for row in case.talks if (row.candidacy_id, row.group) != (1, group)]
    assert propose(case) == {"All groups were talked with about 林示1": DIF}


@pytest.mark.covers("INS-22", refused=True)
def test_open_deliberation_without_the_report_on_personal_matters() -> None:
    case = cases.at(Stage.INSPECTION)
    case.checks = [row for row in case.checks if row.check_kind != Check.PERSONAL_MATTERS or row.candidacy_id != 2]
    assert propose(case) == {"The report on personal matters is on file for 林示2": "实施方案 三（一）5"}


@pytest.mark.covers("INS-24", "CON-04", refused=True)
@pytest.mark.parametrize(
    ("body", "name"),
    [
        (ConsultedBody.DISCIPLINE, "Discipline inspection commission"),
        (ConsultedBody.FAMILY_PLANNING, "Family planning bureau"),
    ],
)
def test_open_deliberation_with_an_opinion_missing(body: ConsultedBody, name: str) -> None:
    case = cases.at(Stage.INSPECTION)
    inquiry = next(row for row in case.inquiries if (row.candidacy_id, row.body) == (1, body))
    case.replies = [row for row in case.replies if row.inquiry is not inquiry]
    refused = {f"{name} has answered on 林示1": "实施方案 三（一）5"}
    assert propose(case) == refused
    case.inquiries.remove(inquiry)
    assert propose(case) == refused


@pytest.mark.covers("CON-08", refused=True)
def test_the_street_decides_on_nobody_of_whom_the_discipline_has_not_answered_in_writing() -> None:
    case = cases.at(Stage.INSPECTION, body="subdistrict")
    case.replies = [row for row in case.replies if row.inquiry.body != ConsultedBody.DISCIPLINE]
    owed = "Discipline inspection commission has answered on 林示1"
    assert propose(case)[owed] == "街道方案 五、（二）6"
    assert owed not in propose(cases.at(Stage.INSPECTION, body="subdistrict"))


@pytest.mark.covers("POS-20", refused=True)
def test_open_deliberation_without_having_asked_the_party_that_manages_the_post_jointly() -> None:
    case = cases.at(Stage.INSPECTION)
    case.selection.post = copy(case.selection.post)
    case.selection.post.co_manager = "市广播电视局党组"
    names = ["林示1", "林示2"]
    says = "市广播电视局党组, which manages the post jointly, was asked about %s"
    assert propose(case) == {says % name: "" for name in names}
    for candidacy in case.candidacies:
        case.inquiries.append(
            Inquiry(
                pk=90 + candidacy.pk,
                candidacy=candidacy,
                candidacy_id=candidacy.pk,
                body=ConsultedBody.CO_MANAGER,
                department="市广播电视局党组",
                asked_at=cases.NOW,
            )
        )
    assert propose(case) == {}


@pytest.mark.covers("INS-10", "INS-11", refused=True)
def test_open_deliberation_without_report_or_opinion() -> None:
    case = cases.at(Stage.INSPECTION)
    case.reports = case.reports[1:]
    assert propose(case, opinion="") == {
        "The team's report on 林示1 is written": "",
        "The opinion of the meeting of department heads is written down": "",
    }


@pytest.mark.covers("INS-24", refused=True)
def test_open_deliberation_against_an_opinion_or_a_check_that_bars() -> None:
    case = cases.at(Stage.INSPECTION)
    case.replies[0].finding = Finding.BAR
    assert propose(case) == {PROPOSED_AGAINST: "实施方案 三（一）5"}
    assert propose(case, 2, equal_number_reason="合适人选只有一名") == {}
    case.replies[0].finding = Finding.EXPLAIN
    assert propose(case) == {}
    case.checks.append(
        CheckResult(candidacy=case.candidacies[1], check_kind=Check.ARCHIVE, finding=Finding.BAR, held_on=cases.TODAY)
    )
    assert propose(case) == {PROPOSED_AGAINST: "实施方案 三（一）5"}


@pytest.mark.covers("DIF-04", refused=True)
def test_open_deliberation_with_as_many_as_posts_and_no_reason() -> None:
    case = cases.at(Stage.INSPECTION)
    assert propose(case, 1) == {
        "More persons than posts, or an equal number with a written reason": "附件3 差额票决办法"
    }
    assert propose(case, 1, equal_number_reason="合适人选只有一名") == {}


def test_ask_opinion_once_of_each_department() -> None:
    case = cases.at(Stage.INSPECTION)
    given = {"candidacy": case.candidacies[0], "body": ConsultedBody.DISCIPLINE}
    assert cases.refused(Act.ASK_OPINION, case, **given) == {
        "This department has not been asked about this person yet": ""
    }
    assert cases.refused(Act.ASK_OPINION, case, **given | {"body": ConsultedBody.AUDIT_OFFICE}) == {}


@pytest.mark.covers("INS-24", refused=True)
def test_answer_once_with_number_and_opinion_not_before_it_was_asked() -> None:
    case = cases.at(Stage.INSPECTION)
    case.subject, case.replies = case.inquiries[0], []
    given = {"number": "纪函1号", "opinion": "无影响使用的情况", "replied_on": cases.TODAY}
    assert cases.refused(Act.ANSWER_INQUIRY, case, **given) == {}
    paper = {"The paper on which this rests is uploaded": "附件4 第六条"}
    assert cases.refused(Act.FILE_REPLY, case, **given, evidence=None) == paper
    assert cases.refused(Act.ANSWER_INQUIRY, case, **given | {"opinion": ""}) == {
        "The reply has a number and an opinion": ""
    }
    assert cases.refused(Act.ANSWER_INQUIRY, case, **given | {"replied_on": cases.TODAY - cases.DAY}) == {
        "The reply is not older than the inquiry": ""
    }
    case.replies = [Reply(inquiry=case.inquiries[0])]
    assert cases.refused(Act.ANSWER_INQUIRY, case, **given) == {"The inquiry has not been answered yet": ""}


@pytest.mark.parametrize(
    ("given", "refused"),
    [
        ({"returned": 41}, {"No more forms came back than were issued": ""}),
        ({"excellent": 39}, {"No more ratings than forms that came back": ""}),
        ({"excellent": 0}, {"No more ratings than forms that came back": ""}),
        ({"incompetent": 8}, {}),
    ],
)
def test_record_assessment_of_impossible_numbers(given: dict[str, int], refused: dict[str, str]) -> None:
    case = cases.at(Stage.INSPECTION)
    numbers = {"issued": 40, "returned": 38, "excellent": 30}
    values = {"candidacy": case.candidacies[0], "held_on": cases.TODAY} | numbers | given
    assert cases.refused(Act.RECORD_ASSESSMENT, case, **values) == refused


def test_record_check_that_is_not_clear_needs_its_explanation() -> None:
    case = cases.at(Stage.INSPECTION)
    given = {"candidacy": case.candidacies[0], "held_on": cases.TODAY, "finding": Finding.EXPLAIN}
    assert cases.refused(Act.RECORD_CHECK, case, **given) == {"A finding that is not clear is explained": ""}
    assert cases.refused(Act.RECORD_CHECK, case, **given, note="出生月份记载不一致，已认定") == {}


@pytest.mark.covers("INS-06", "INS-15", refused=True)
@pytest.mark.parametrize(
    ("body", "known"),
    [
        ("recognition-county", {Check.OPINION_FORMS, Check.SURVEY}),
        ("jinchang", {Check.EXTENDED}),
        ("credibility-county", set()),
    ],
)
@pytest.mark.parametrize("kind", [Check.OPINION_FORMS, Check.SURVEY, Check.EXTENDED, Check.ARCHIVE])
def test_record_check_by_the_means_that_the_rules_name(body: str, known: set[Check], kind: Check) -> None:
    case = cases.at(Stage.INSPECTION, body=body)
    says = "This means of inspection is one that the rules name"
    refused = cases.refused(Act.RECORD_CHECK, case, check_kind=kind)
    assert (says in refused) is (kind is not Check.ARCHIVE and kind not in known)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.covers("INS-06", "INS-15")
@pytest.mark.parametrize(
    ("body", "kind", "label"),
    [("recognition-county", Check.SURVEY, "专项调查"), ("jinchang", Check.EXTENDED, "延伸考察")],
)
def test_further_means_are_on_record_with_their_paper_and_stand_side_by_side(
    body: str, kind: Check, label: str
) -> None:
    course = factories.run_to(Point.INSPECTION, rulebook=body)
    course.announce_inspection()
    given = {"held_on": course.day, "finding": Finding.CLEAR, "note": "示例情况", "evidence": factories.SCAN}
    first = course.inspected[0]
    check = inspection.record_check(course.selection, **course.by("kaocha1"), candidacy=first, check_kind=kind, **given)
    assert check.document is not None
    form = contexts.record_form(course.now().case(), [course.fresh(first)], at=course.at)["forms"][0]
    lines = {line.label: line.text for part in form["procedures"] for line in part.lines}
    assert lines[label].startswith(f"{course.day.year}年")
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(course.county["jingban"])
    assert label in client.get(f"/office/selections/{course.selection.number}/compare/").content.decode()


@pytest.mark.covers("INS-18", refused=True)
@pytest.mark.parametrize("silent", ["middle", "section", "related"])
def test_a_bureau_talks_with_the_three_groups_of_its_plan(silent: str) -> None:
    case = cases.at(Stage.INSPECTION, body="section-officer")
    given = {"candidates": case.candidacies[:2], "opinion": "同意"}
    before = cases.refused(Act.OPEN_DELIBERATION, case, **given)
    case.talks = [row for row in case.talks if row.group != silent or row.candidacy_id != 2]
    refused = cases.refused(Act.OPEN_DELIBERATION, case, **given)
    assert refused.keys() - before.keys() == {"All groups were talked with about 林示2"}
    assert refused["All groups were talked with about 林示2"].endswith("五、7")


def test_a_conclusion_on_integrity_is_signed_by_two_and_on_paper() -> None:
    case = cases.at(Stage.INSPECTION)
    two, paper = (
        "Both who signed the conclusion are named, and they are two",
        "The paper on which this rests is uploaded",
    )
    given = {
        "candidacy": case.candidacies[0],
        "held_on": cases.TODAY,
        "check_kind": Check.INTEGRITY,
        "finding": Finding.CLEAR,
    }

    def refused(**more: object) -> set[str]:
        return set(cases.refused(Act.RECORD_CHECK, case, actor=cases.account(31), **given, **more))

    assert refused(evidence=None) == {two, paper}
    assert refused(evidence=SCAN, signed_by="党组书记") == {two}
    assert refused(evidence=SCAN, signed_by="党组书记", countersigned_by="党组书记 ") == {two}, "one is not two"
    assert refused(evidence=None, **SIGNED) == {paper}
    assert refused(evidence=SCAN, **SIGNED) == set()


def test_nobody_is_proposed_without_the_signed_conclusion_on_integrity() -> None:
    case = cases.at(Stage.INSPECTION)
    given = {"candidates": case.candidacies[:2], "opinion": "同意"}
    assert cases.refused(Act.OPEN_DELIBERATION, case, **given) == {}
    case.checks = [row for row in case.checks if row.check_kind != Check.INTEGRITY or row.candidacy_id != 2]
    says = "The signed conclusion on the integrity of 林示2 is on file"
    assert cases.refused(Act.OPEN_DELIBERATION, case, **given) == {says: "条例 第三十一条"}


@pytest.mark.covers("INS-26")
@pytest.mark.django_db
def test_whoever_manages_the_trainees_sends_the_team_which_reports_on_each() -> None:
    course = factories.run_to(Point.INSPECTED, rulebook="trainees")
    case = course.now().case()
    department = course.selection.mandate.department
    assert department.short_name in {row.account.department for row in case.team() if row.account}
    assert {row.candidacy_id for row in case.reports} == {row.pk for row in course.inspected}
