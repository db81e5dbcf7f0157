"""Deliberation: consultation in order, quorum, opinions, the ballot's limits (酝酿、讨论决定)."""

from datetime import date

import pytest
from django.utils import translation

from selection import acts
from selection.acts import Secret
from selection.enums import (
    Act,
    AttendanceKind,
    CandidacyState,
    ConsultationLevel,
    Duty,
    Opinion,
    Part,
    RecusedCount,
    RoundState,
    Stage,
)
from selection.models import Announcement, Attendance, Candidacy, Consultation, Participation
from selection.rulebook.keys import KEYS
from tests.factories import LEVELS
from tests.selection.stages import cases

IN_ORDER = "The levels of consultation before this one are done, in order"
CON = "附件3 差额酝酿办法"
QUORUM = {"Enough members attend": "条例 第三十八条"}
ASKED = {"It is settled whether a recused member counts among those who should attend": "自定参数 回避人员是否计入应到"}
HOLDS_NONE = "The member holds no ballot yet"
ALL_HOLD_ONE = "Every member present holds a ballot"
SPOKEN = "Every member present has spoken on every candidate, the chief last"
FOUR = [duty for duty in Duty if duty != Duty.MEMBER]


def consult(case: cases.Case, level: ConsultationLevel, held_on: date = cases.TODAY, **given: object) -> dict[str, str]:
    """What recording a consultation is refused for."""
    values = {"duties": FOUR, "convener": "书记", "present": "名单", "opinions": "一致"}
    return cases.refused(Act.RECORD_CONSULTATION, case, level=level, held_on=held_on, **values | given)


def held(*days: tuple[ConsultationLevel, date]) -> cases.Case:
    """A selection at the committee with these consultations behind it."""
    case = cases.at(Stage.DELIBERATION)
    case.consultations = [Consultation(level=level, held_on=day, recorded_at=cases.NOW) for level, day in days]
    return case


@pytest.mark.covers("DIF-06", "CON-03", refused=True)
@pytest.mark.parametrize("before", range(3))
@pytest.mark.parametrize("level", LEVELS)
def test_record_consultation_in_order(before: int, level: ConsultationLevel) -> None:
    case = held(*[(one, cases.TODAY) for one in LEVELS[:before]])
    refused = {} if LEVELS.index(level) <= before else {IN_ORDER: CON}
    assert consult(case, level) == refused


@pytest.mark.covers("CON-03", refused=True)
def test_record_consultation_dated_before_the_level_below() -> None:
    yesterday = cases.TODAY - cases.DAY
    assert consult(held((LEVELS[0], cases.TODAY)), LEVELS[1], yesterday) == {IN_ORDER: CON}
    assert consult(held((LEVELS[0], yesterday)), LEVELS[1], yesterday) == {}


@pytest.mark.covers("CON-03", refused=True)
def test_consultations_of_a_former_deliberation_do_not_count() -> None:
    case = held((LEVELS[0], cases.TODAY))
    case.consultations[0].recorded_at = cases.NOW - cases.DAY
    assert consult(case, LEVELS[1]) == {IN_ORDER: CON}


@pytest.mark.covers("CON-01", refused=True)
@pytest.mark.parametrize("absent", FOUR)
def test_record_consultation_of_the_secretaries_without_one_of_the_four(absent: Duty) -> None:
    case = held((LEVELS[0], cases.TODAY))
    present = [duty for duty in FOUR if duty != absent]
    assert consult(case, LEVELS[1], duties=present) == {"All whom the rule names took part": "附件2 第七条"}
    assert consult(case, LEVELS[0], duties=[]) == {}


@pytest.mark.covers("CON-03", "MOT-06", refused=True)
@pytest.mark.parametrize("before", range(3))
def test_put_on_agenda_and_prepare_ballot_after_the_levels(before: int) -> None:
    case = cases.at(Stage.DELIBERATION)
    case.consultations = case.consultations[:before]
    meeting, case.items = case.items[0].meeting, []
    says = "The levels of consultation before the committee are done"
    assert cases.refused(Act.PUT_ON_AGENDA, case, meeting=meeting) == ({} if before == 2 else {says: CON})
    case = cases.at(Stage.DELIBERATION)
    case.consultations = case.consultations[:before]
    assert cases.refused(Act.PREPARE_BALLOT, case) == {"All levels of consultation are done": CON}


@pytest.mark.covers("DEL-01", refused=True)
def test_put_on_agenda_once_and_of_the_deciding_body() -> None:
    case = cases.at(Stage.DELIBERATION)
    meeting = case.items[0].meeting
    assert cases.refused(Act.PUT_ON_AGENDA, case, meeting=meeting) == {
        "The selection is not on the agenda of a meeting that is still to be held": ""
    }
    meeting.closed_at = cases.NOW
    assert cases.refused(Act.PUT_ON_AGENDA, case, meeting=meeting) == {
        "The meeting is one of the deciding body and is not closed": ""
    }
    other = cases.Meeting(pk=2, body=cases.Body(pk=9), number="第2次", held_on=cases.TODAY)
    assert cases.refused(Act.PUT_ON_AGENDA, case, meeting=other) == {
        "The meeting is one of the deciding body and is not closed": ""
    }


@pytest.mark.covers("DEL-05", refused=True)
@pytest.mark.parametrize(
    ("members", "present", "enough"),
    [
        (11, 7, False),
        (11, 8, True),
        (12, 7, False),
        (12, 8, True),
        (9, 5, False),
        (9, 6, True),
        (13, 8, False),
        (13, 9, True),
    ],
)
def test_prepare_and_open_ballot_below_quorum(members: int, present: int, enough: bool) -> None:
    case = cases.at(Stage.DELIBERATION, members=members, present=present)
    refused = {} if enough else QUORUM
    codes = Secret(["code"] * present)
    assert cases.refused(Act.PREPARE_BALLOT, case, codes=codes) == refused
    assert cases.refused(Act.OPEN_BALLOT, cases.with_round(case, RoundState.PREPARED, drawn=present)) == refused


@pytest.mark.covers("DEL-05", refused=True)
def test_quorum_counts_members_only() -> None:
    """A dozen others in the room do not make up for the members who are away."""
    case = cases.at(Stage.DELIBERATION, present=7)
    case.attendances += [
        Attendance(meeting=case.meetings[0], person_id=900 + n, kind=AttendanceKind.OBSERVER, present=True)
        for n in range(12)
    ]
    assert cases.refused(Act.PREPARE_BALLOT, case) == QUORUM


def recuse(case: cases.Case, nth: int) -> None:
    case.participations.append(Participation(person=case.seats[nth].person, part=Part.RECUSED, from_on=cases.TODAY))


@pytest.mark.covers("DEL-05", refused=True)
@pytest.mark.parametrize(
    ("present", "counted", "refused"),
    [
        (9, None, ASKED),
        (9, RecusedCount.COUNTED, {}),
        (8, RecusedCount.COUNTED, QUORUM),
        (8, RecusedCount.NOT_COUNTED, {}),
        (7, RecusedCount.NOT_COUNTED, QUORUM),
    ],
)
def test_prepare_ballot_with_a_recused_member(
    present: int, counted: RecusedCount | None, refused: dict[str, str]
) -> None:
    """Of eleven, one is recused and in the room; 9 present are 8 who vote, of 11 or of 10 who should attend."""
    case = cases.at(Stage.DELIBERATION, present=present)
    recuse(case, 1)
    assert cases.refused(Act.PREPARE_BALLOT, case, recused_count=counted) == refused


@pytest.mark.covers("DEL-08", refused=True)
def test_record_opinion_chief_last() -> None:
    case = cases.at(Stage.DELIBERATION)
    candidacy, chief, last = case.candidacies[0], case.seats[0], case.seats[10]
    silent = {chief.pk, last.pk}
    case.opinions = [row for row in case.opinions if row.candidacy is not candidacy or row.seat_id not in silent]
    given = {"candidacy": candidacy, "opinion": Opinion.AGREE}
    assert cases.refused(Act.RECORD_OPINION, case, seat=chief, **given) == {
        "The chief speaks last": "附件3 差额票决办法"
    }
    assert cases.refused(Act.RECORD_OPINION, case, seat=last, **given) == {}
    case.opinions.append(cases.StatedOpinion(item=case.items[0], candidacy=candidacy, seat=last))
    assert cases.refused(Act.RECORD_OPINION, case, seat=chief, **given) == {}
    assert cases.refused(Act.RECORD_OPINION, case, seat=last, **given) == {
        "The member has not spoken on this person yet": ""
    }


@pytest.mark.covers("DEL-08", refused=True)
def test_record_opinion_of_somebody_absent_recused_or_on_a_person_not_introduced() -> None:
    case = cases.at(Stage.DELIBERATION, present=9)
    candidacy = case.candidacies[0]
    given = {"candidacy": candidacy, "opinion": Opinion.AGREE}
    assert cases.refused(Act.RECORD_OPINION, case, seat=case.seats[10], **given) == {
        "The member is present and not recused": ""
    }
    recuse(case, 3)
    case.opinions = []
    assert cases.refused(Act.RECORD_OPINION, case, seat=case.seats[3], **given) == {
        "The member is present and not recused": ""
    }
    case.introductions = []
    assert cases.refused(Act.RECORD_OPINION, case, seat=case.seats[4], **given) == {
        "The person has been introduced": "附件2 第九条"
    }


@pytest.mark.parametrize("opinion", [Opinion.DISAGREE, Opinion.DEFER])
def test_record_opinion_against_with_its_remark(opinion: Opinion) -> None:
    case = cases.at(Stage.DELIBERATION)
    case.opinions = []
    given = {"candidacy": case.candidacies[0], "seat": case.seats[4], "opinion": opinion}
    assert cases.refused(Act.RECORD_OPINION, case, **given) == {"A dissenting opinion says why": ""}
    assert cases.refused(Act.RECORD_OPINION, case, **given, remark="经历单一") == {}


@pytest.mark.covers("DEL-04", "DEL-07", refused=True)
@pytest.mark.parametrize(
    "empty", ["introducer", "basic_facts", "recommendation", "assessment", "strengths_and_shortcomings", "reason"]
)
def test_introduce_candidate_in_all_five_sections(empty: str) -> None:
    case = cases.at(Stage.DELIBERATION)
    case.introductions = []
    sections = ["introducer", "basic_facts", "recommendation", "assessment", "strengths_and_shortcomings", "reason"]
    given = dict.fromkeys(sections, "介绍") | {"candidacy": case.candidacies[0]}
    assert cases.refused(Act.INTRODUCE_CANDIDATE, case, **given) == {}
    assert cases.refused(Act.INTRODUCE_CANDIDATE, case, **given | {empty: " "}) == {
        "All five sections of the introduction are filled in, and who introduces is named": "附件2 第九条"
    }


@pytest.mark.covers("DEL-04", "DEL-08", refused=True)
def test_prepare_ballot_before_everybody_is_introduced_and_spoken_on() -> None:
    case = cases.at(Stage.DELIBERATION)
    assert cases.refused(Act.PREPARE_BALLOT, case) == {}
    case.opinions = case.opinions[:-1]
    assert cases.refused(Act.PREPARE_BALLOT, case) == {SPOKEN: "附件3 差额票决办法"}
    case.introductions = case.introductions[:-1]
    assert cases.refused(Act.PREPARE_BALLOT, case) == {
        SPOKEN: "附件3 差额票决办法",
        "Every candidate has been introduced": "附件2 第九条",
    }


def test_where_nobody_is_there_no_number_of_opinions_is_enough() -> None:
    case = cases.at(Stage.DELIBERATION)
    case.attendances = []
    with translation.override("en"):
        asked = acts.requirements(Act.PREPARE_BALLOT, case, actor=cases.ACTOR, at=cases.NOW)
        (spoken,) = [one for one in asked if str(one.says) == SPOKEN]
        assert (spoken.met, spoken.observed, str(spoken.required)) == (False, 0, "each member present")


@pytest.mark.parametrize("slips", [0, 10, 12])
def test_prepare_ballot_with_any_number_of_slips(slips: int) -> None:
    """Whoever draws none collects an electronic ballot; slips beyond the members are handed back."""
    case = cases.at(Stage.DELIBERATION)
    assert cases.refused(Act.PREPARE_BALLOT, case, codes=Secret(["code"] * slips)) == {}


@pytest.mark.covers("DIF-04", refused=True)
def test_prepare_ballot_on_one_candidate_for_one_post() -> None:
    case = cases.at(Stage.DELIBERATION, candidates=1)
    says = "A ballot with no more candidates than posts has its written reason"
    assert cases.refused(Act.PREPARE_BALLOT, case) == {says: "附件3 差额票决办法"}
    case.selection.equal_number_reason = "合适人选只有一名"
    assert cases.refused(Act.PREPARE_BALLOT, case) == {}


def test_prepare_ballot_twice_or_on_nobody() -> None:
    case = cases.with_round(cases.at(Stage.DELIBERATION), RoundState.OPEN)
    assert cases.refused(Act.PREPARE_BALLOT, case) == {"No other ballot of this item is under way": ""}
    case = cases.at(Stage.DELIBERATION, candidates=0)
    assert "There are candidates to vote on" in cases.refused(Act.PREPARE_BALLOT, case)


def test_issue_slip_one_to_each_member_who_is_there() -> None:
    case = cases.with_round(cases.at(Stage.DELIBERATION, present=9), RoundState.PREPARED, drawn=1)
    assert cases.refused(Act.ISSUE_SLIP, case, seat=case.seats[1]) == {}
    assert cases.refused(Act.ISSUE_SLIP, case, seat=case.seats[0]) == {"The member holds no ballot yet": ""}
    away = "The member was there when the roll was fixed, and has not left since"
    assert cases.refused(Act.ISSUE_SLIP, case, seat=case.seats[10]) == {away: ""}


@pytest.mark.parametrize("state", list(RoundState))
def test_verbs_of_a_round_in_each_state(state: RoundState) -> None:
    case = cases.with_round(cases.at(Stage.DELIBERATION), state, drawn=11)
    allowed = {
        RoundState.PREPARED: {Act.OPEN_BALLOT, Act.VOID_BALLOT},  # every slip is drawn
        RoundState.OPEN: {Act.CLOSE_BALLOT, Act.VOID_BALLOT},
        RoundState.CLOSED: {Act.ANNOUNCE_RESULT, Act.VOID_BALLOT},
        RoundState.ANNOUNCED: {Act.DECIDE_REVOTE},
        RoundState.VOID: set(),
    }[state]
    verbs = [Act.OPEN_BALLOT, Act.CLOSE_BALLOT, Act.VOID_BALLOT, Act.ISSUE_SLIP, Act.ANNOUNCE_RESULT, Act.DECIDE_REVOTE]
    assert {act for act in verbs if not cases.refused(act, case)} == allowed


def test_open_ballot_before_everybody_has_drawn() -> None:
    case = cases.with_round(cases.at(Stage.DELIBERATION), RoundState.PREPARED, drawn=10)
    assert cases.refused(Act.OPEN_BALLOT, case) == {"Every member present holds a ballot": ""}


def announced() -> cases.Case:
    """A round announced in which both candidates have failed."""
    case = cases.with_round(cases.at(Stage.DELIBERATION), RoundState.ANNOUNCED, drawn=11)
    case.candidacies = []
    cases.add_candidates(case, 2, CandidacyState.NOT_PASSED)
    return case


@pytest.mark.covers("DEL-15", "DEL-16", refused=True)
def test_decide_revote_with_decision_on_those_who_failed_and_are_not_barred() -> None:
    case = announced()
    given = {"another": True, "decision": "常委会决定再次票决", "candidates": case.candidacies}
    assert cases.refused(Act.DECIDE_REVOTE, case, **given) == {}
    assert cases.refused(Act.DECIDE_REVOTE, case, **given | {"decision": ""}) == {
        "The committee's decision is written down": "附件3 差额票决办法"
    }
    assert cases.refused(Act.DECIDE_REVOTE, case, **given | {"candidates": []}) == {
        "The candidates of another ballot failed this one": ""
    }
    assert cases.refused(Act.DECIDE_REVOTE, case, another=False, decision="不再票决", candidates=[]) == {}
    cases.bar(case, 1, cases.TODAY, from_on=cases.TODAY)
    assert cases.refused(Act.DECIDE_REVOTE, case, **given) == {
        "Nobody on another ballot is barred from the post": "附件3 差额票决办法"
    }
    assert cases.refused(Act.DECIDE_REVOTE, case, **given | {"candidates": case.candidacies[1:]}) == {}
    case.subject.another_round = True
    assert cases.refused(Act.DECIDE_REVOTE, case) == {
        "The result is announced and leaves a seat empty": "附件3 差额票决办法"
    }


def test_prepare_ballot_waits_for_the_decision_on_another_round() -> None:
    case = announced()
    case.subject = None
    assert cases.refused(Act.PREPARE_BALLOT, case)["There are candidates to vote on"] == ""


POINTS = ("posts", "information", "recommended", "inspected", "consulted")


def told(**texts: str) -> Announcement:
    given = {"conditions": "副科级满三年", "scope": "县直单位", "procedure": "推荐、考察、讨论决定"} | texts
    return Announcement(published_on=cases.TODAY - cases.DAY, posts="示例职位", seats=1, **given)


@pytest.mark.covers("DIF-02", refused=True)
@pytest.mark.parametrize(
    ("announced_as", "recommended", "left", "live", "reason", "lacking"),
    [
        (told(), 3, Stage.INSPECTION, 2, "", set()),
        (None, 3, Stage.INSPECTION, 2, "", {"posts", "information"}),
        (told(scope=" "), 3, Stage.INSPECTION, 2, "", {"information"}),
        (told(), 1, "", 1, "合适人选只有一名", {"recommended"}),
        (told(), 3, Stage.INSPECTION, 1, "合适人选只有一名", set()),
        (told(), 3, Stage.INSPECTION, 1, "", {"consulted"}),
        (told(), 3, Stage.RECOMMENDATION, 1, "", {"inspected", "consulted"}),
        (None, 1, "", 1, "", set(POINTS)),
    ],
)
def test_prepare_ballot_after_two_things_made_public_and_three_choices(
    announced_as: Announcement | None, recommended: int, left: str, live: int, reason: str, lacking: set[str]
) -> None:
    case = cases.at(Stage.DELIBERATION, body="jinchang")
    case.candidacies = []
    cases.add_candidates(case, live, CandidacyState.PROPOSED)
    for pk in range(live + 1, recommended + 1):
        gone = Candidacy(pk=pk, selection=case.selection, person=cases.person(pk), state=CandidacyState.ENDED)
        gone.ended_stage = left
        case.candidacies.append(gone)
    case.announcements = [announced_as] if announced_as else []
    case.selection.equal_number_reason = reason
    with translation.override("en"):
        words = {str(KEYS["deliberation.differential"].choices[point]): point for point in POINTS}
    refused = cases.refused(Act.PREPARE_BALLOT, case)
    assert {words[says] for says in refused if says in words} == lacking
    assert {refused[says] for says in refused if says in words} <= {"金昌实施意见 二、（一）2"}
    of_the_county = cases.at(Stage.DELIBERATION)
    of_the_county.announcements = []
    assert not set(words) & set(cases.refused(Act.PREPARE_BALLOT, of_the_county))
