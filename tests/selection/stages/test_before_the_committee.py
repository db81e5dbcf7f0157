"""What lies between inspection and vote by the rules of each body: reviews, consultation, notice to the members."""

from datetime import date
from typing import Any

import pytest

from selection.enums import (
    Act,
    AppointmentState,
    AttendanceKind,
    BodyKind,
    ConsultationLevel,
    ConsultedBody,
    FormalityItem,
    PostClass,
    RoundState,
    Stage,
    UnitKind,
)
from selection.models import Attendance, Formality, Inquiry, Material, Reply
from selection.models.meeting import MeetingCase
from tests.factories import SCAN
from tests.selection.stages import cases

YESTERDAY = cases.TODAY - cases.DAY
JINCHANG = "金昌实施意见 二、（二）1"
BEFORE_INSPECTION = "Leaders and departments were asked one by one before the inspection"
BEFORE_DECISION = "Leaders and departments were asked one by one before the decision"
LEVELS = "The levels of consultation before the committee are done"


def agenda(case: cases.Case) -> dict[str, str]:
    """What putting the selection on the agenda is refused for, while it is on none."""
    meeting, case.items = case.items[0].meeting, []
    return cases.refused(Act.PUT_ON_AGENDA, case, meeting=meeting)


def township(case: cases.Case) -> cases.Case:
    """The post is that of a township's chief."""
    post = case.selection.post
    post.post_class, post.organisation.kind = PostClass.CHIEF, UnitKind.TOWNSHIP
    return case


@pytest.fixture
def unit() -> Any:
    """The unit of the post, as it was once the test is over: cases share it."""
    organisation = cases.at(Stage.DELIBERATION).selection.post.organisation
    kind = organisation.kind
    yield organisation
    organisation.kind = kind


# --- the report of the inspection -----------------------------------------------------------------------------------


def proposing(case: cases.Case, **given: Any) -> dict[str, str]:
    usual = {"candidates": case.candidacies[:2], "opinion": "同意"}
    return cases.refused(Act.OPEN_DELIBERATION, case, **usual | given)


@pytest.mark.covers("CON-09", refused=True)
def test_the_company_proposes_nobody_before_its_leaders_reviewed_the_report() -> None:
    case = cases.at(Stage.INSPECTION, body="company")
    reviewed, paper = (
        "The leaders have reviewed the report of the inspection",
        "The paper on which this rests is uploaded",
    )
    article = "公司方案 四、（二）"
    assert proposing(case) == {reviewed: article, paper: article}
    assert proposing(case, report_reviewed_on=YESTERDAY, evidence=SCAN) == {reviewed: article}, "before it was written"
    assert proposing(case, report_reviewed_on=cases.TODAY) == {paper: article}
    assert proposing(case, report_reviewed_on=cases.TODAY, evidence=SCAN) == {}
    assert proposing(cases.at(Stage.INSPECTION)) == {}, "the county does not ask for it"


@pytest.mark.covers("INS-05", refused=True)
def test_the_result_of_an_inspection_is_told_where_the_rules_say_so() -> None:
    case = cases.at(Stage.INSPECTION, body="recognition-county")
    told_on, told_to = "It is said when the result of the inspection was told", "It is said to whom the result was told"
    article = proposing(case)[told_on]
    assert proposing(case) == {told_on: article, told_to: article}
    to = {"findings_told_to": "县农业农村局党组"}
    assert proposing(case, findings_told_on=YESTERDAY, **to) == {told_on: article}
    assert proposing(case, findings_told_on=cases.TODAY, findings_told_to=" ") == {told_to: article}
    assert proposing(case, findings_told_on=cases.TODAY, **to) == {}


# --- consultation ---------------------------------------------------------------------------------------------------


@pytest.mark.covers("CON-02", refused=True)
def test_whoever_is_promoted_is_asked_about_one_by_one_before_inspection_and_decision() -> None:
    case = cases.at(Stage.RECOMMENDATION, body="jinchang")
    fixing = {"candidates": case.candidacies[:2], "opinion": "同意"}
    assert BEFORE_INSPECTION not in cases.refused(Act.OPEN_INSPECTION, case, **fixing)
    early, case.consultations = case.consultations, []
    assert cases.refused(Act.OPEN_INSPECTION, case, **fixing)[BEFORE_INSPECTION] == JINCHANG
    at_committee = cases.at(Stage.DELIBERATION, body="jinchang")
    late = [row for row in at_committee.consultations if row.level != ConsultationLevel.INDIVIDUAL]
    for row in early:
        row.recorded_at = at_committee.entered(Stage.DELIBERATION) - cases.DAY
    at_committee.consultations = late + early
    assert agenda(at_committee) == {BEFORE_DECISION: JINCHANG}, "what was said before the inspection is not enough"


@pytest.mark.covers("CON-02", refused=True)
def test_a_lateral_move_to_another_post_is_not_asked_about_but_one_to_a_chiefs_post_is() -> None:
    case = cases.at(Stage.DELIBERATION, body="jinchang")
    case.consultations = [row for row in case.consultations if row.level != ConsultationLevel.INDIVIDUAL]
    for candidacy in case.candidacies:
        candidacy.person.grade = case.selection.post.grade
    case.selection.post.post_class = PostClass.CHIEF
    assert agenda(case) == {BEFORE_DECISION: JINCHANG}
    case = cases.at(Stage.DELIBERATION, body="jinchang")
    case.consultations = [row for row in case.consultations if row.level != ConsultationLevel.INDIVIDUAL]
    for candidacy in case.candidacies:
        candidacy.person.grade = case.selection.post.grade
    case.selection.post.post_class = PostClass.OTHER
    assert agenda(case) == {}


@pytest.mark.covers("CON-13", refused=True)
def test_the_secretaries_consult_before_the_agenda_where_the_rules_name_no_levels() -> None:
    case = cases.at(Stage.DELIBERATION, body="jinchang")
    case.consultations = [row for row in case.consultations if row.level != ConsultationLevel.SECRETARIES]
    assert agenda(case) == {LEVELS: JINCHANG}


@pytest.mark.covers("CON-12")
def test_a_consultation_names_who_convened_it() -> None:
    case = cases.at(Stage.DELIBERATION)
    given = {"level": ConsultationLevel.INDIVIDUAL, "held_on": cases.TODAY, "present": "名单", "opinions": "一致"}
    assert cases.refused(Act.RECORD_CONSULTATION, case, **given, convener=" ") == {"Who convened it is named": ""}
    assert cases.refused(Act.RECORD_CONSULTATION, case, **given, convener="县委书记") == {}


def asked(case: cases.Case, body: ConsultedBody, *, answered: bool) -> None:
    for candidacy in case.candidacies:
        inquiry = Inquiry(
            pk=900 + candidacy.pk, candidacy=candidacy, body=body, department="市委组织部", asked_at=cases.NOW
        )
        case.inquiries.append(inquiry)
        if answered:
            case.replies.append(Reply(inquiry=inquiry, replied_on=cases.TODAY, finding="clear"))


@pytest.mark.covers("CON-11", refused=True)
def test_nothing_comes_to_the_committee_while_the_superior_has_not_answered() -> None:
    case, waits = cases.at(Stage.DELIBERATION), "The superior department has answered wherever it was asked"
    asked(case, ConsultedBody.SUPERIOR, answered=False)
    article = cases.rules()["record.important_matters"].citation.label
    assert agenda(case) == {waits: article}
    case = cases.at(Stage.DELIBERATION)
    asked(case, ConsultedBody.SUPERIOR, answered=True)
    assert agenda(case) == {}


@pytest.mark.covers("DEL-20", refused=True)
def test_trainees_for_township_chiefs_are_filed_before_the_committee_decides() -> None:
    case = cases.at(Stage.DELIBERATION, body="trainees")
    filed = "The persons were reported to the superior department, which has answered"
    asked(case, ConsultedBody.DISCIPLINE, answered=True)
    assert agenda(case) == {filed: "培养对象方案 三、6"}, "another body's answer is none of the superior"
    case = cases.at(Stage.DELIBERATION, body="trainees")
    asked(case, ConsultedBody.SUPERIOR, answered=True)
    assert agenda(case) == {}


# --- the meeting ----------------------------------------------------------------------------------------------------


@pytest.mark.covers("CON-10", refused=True)
def test_nobody_is_introduced_before_the_members_were_told() -> None:
    case = cases.at(Stage.DELIBERATION, body="jinchang")
    case.introductions = []
    sections = ("basic_facts", "recommendation", "assessment", "strengths_and_shortcomings", "reason")
    given = {"candidacy": case.candidacies[0], "introducer": "部长", **dict.fromkeys(sections, "介绍")}
    told = "The members were told of the item before: its material was sent to them"
    case.materials = [Material(item_id=99, sent_at=cases.NOW)]
    assert cases.refused(Act.INTRODUCE_CANDIDATE, case, **given) == {told: JINCHANG}, "that of another item"
    case.materials.append(Material(item=case.items[0], sent_at=cases.NOW))
    assert cases.refused(Act.INTRODUCE_CANDIDATE, case, **given) == {}


@pytest.mark.covers("DEL-02", refused=True)
def test_chiefs_of_townships_are_decided_on_by_the_plenum_with_observers(unit: Any) -> None:
    case = township(cases.at(Stage.DELIBERATION, body="recognition-county"))
    body = case.selection.mandate.body
    before, says = body.kind, "The body that decides on chiefs of townships meets"
    try:
        body.kind = BodyKind.STANDING_COMMITTEE
        assert list(agenda(case)) == [says]
        body.kind = BodyKind.PLENUM
        assert agenda(township(cases.at(Stage.DELIBERATION, body="recognition-county"))) == {}
    finally:
        body.kind = before
    case = township(cases.at(Stage.DELIBERATION, body="recognition-county"))
    case.introductions = []
    sections = ("basic_facts", "recommendation", "assessment", "strengths_and_shortcomings", "reason")
    given = {"candidacy": case.candidacies[0], "introducer": "部长", **dict.fromkeys(sections, "介绍")}
    alone = "Those who attend without a vote are on the list of the meeting"
    assert list(cases.refused(Act.INTRODUCE_CANDIDATE, case, **given)) == [alone]
    case.attendances.append(
        Attendance(meeting=case.meetings[0], person_id=900, kind=AttendanceKind.OBSERVER, present=True)
    )
    assert cases.refused(Act.INTRODUCE_CANDIDATE, case, **given) == {}
    unit.kind = UnitKind.GOVERNMENT_ORGAN
    case.attendances = [row for row in case.attendances if row.kind == AttendanceKind.VOTING]
    assert cases.refused(Act.INTRODUCE_CANDIDATE, case, **given) == {}, "of a bureau's chief nobody else is asked"


@pytest.mark.covers("DIF-08", refused=True)
@pytest.mark.parametrize("kind", list(BodyKind))
def test_both_bodies_choose_among_more_persons_than_posts(kind: BodyKind) -> None:
    case = cases.at(Stage.DELIBERATION, body="jinchang", candidates=1)
    body = case.selection.mandate.body
    before = body.kind
    try:
        body.kind = kind
        says = "A ballot with no more candidates than posts has its written reason"
        assert says in cases.refused(Act.PREPARE_BALLOT, case)
    finally:
        body.kind = before


@pytest.mark.covers("DEL-03", refused=True)
@pytest.mark.parametrize("state", [RoundState.OPEN, RoundState.CLOSED])
def test_no_meeting_closes_before_the_result_of_its_ballot_is_announced(state: RoundState) -> None:
    case = cases.with_round(cases.at(Stage.DELIBERATION), state, drawn=11)
    meeting = case.meetings[0]
    held = MeetingCase(meeting=meeting, seats=case.seats, rounds=case.rounds)
    says = "Every ballot of the meeting is announced or void"
    assert list(cases.refused(Act.CLOSE_MEETING, held)) == [says]
    case.rounds[0].state = RoundState.ANNOUNCED
    assert cases.refused(Act.CLOSE_MEETING, held) == {}


# --- the election ---------------------------------------------------------------------------------------------------


@pytest.mark.covers("DEL-25", "REC-22")
def test_whom_the_committee_recommends_is_elected_after_its_decision_and_before_the_appointment() -> None:
    given: dict[str, Any] = {
        "item": FormalityItem.ELECTION,
        "done_on": cases.TODAY,
        "in_charge": "县人民代表大会",
        "score": "赞成180票，反对3票",
        "passed": True,
    }
    early = cases.with_appointment(AppointmentState.ON_NOTICE)
    assert "The appointment is at the right point" in cases.refused(Act.RECORD_FORMALITY, early, **given)
    case = cases.with_appointment(AppointmentState.CLEARED, cleared_at=cases.NOW, talked_on=cases.TODAY)
    assert cases.refused(Act.RECORD_FORMALITY, case, **given) == {}
    assert cases.refused(Act.RECORD_FORMALITY, case, **given | {"score": ""}) == {
        "The votes of the election are given": ""
    }
    day = date(2026, 3, 30)
    appointing = {
        "document_number": "1号",
        "appointed_on": day,
        "published_on": day,
        "ended": [],
        "at": cases.NOW + 20 * cases.DAY,
    }
    lost = Formality(appointment=case.appointments[0], item=FormalityItem.ELECTION, done_on=cases.TODAY, passed=False)
    case.formalities = [lost]
    assert "Whoever stood for election was elected" in cases.refused(Act.APPOINT_CANDIDATE, case, **appointing)
    lost.passed = True
    assert "Whoever stood for election was elected" not in cases.refused(Act.APPOINT_CANDIDATE, case, **appointing)
