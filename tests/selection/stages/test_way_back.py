"""The way back, and people in charge: withdraw, end, return, suspend, resume, recuse (撤回、退回、暂停、终止)."""

import pytest

from selection.enums import Act, AppointmentState, CandidacyState, Part, Role, RoundState, Stage
from selection.models import Participation
from tests.selection.stages import cases

REASON = {"The reason is written down": ""}
RUNNING = {"The selection is neither suspended nor closed": ""}
NO_BALLOT = {"No ballot is under way": ""}
BACK = [Stage.NOMINATION, Stage.RECOMMENDATION, Stage.INSPECTION, Stage.DELIBERATION]
OPEN = [stage for stage in Stage if stage is not Stage.CLOSED]
ON_SELECTION = [Act.RETURN_SELECTION, Act.SUSPEND_SELECTION, Act.END_SELECTION]


@pytest.mark.parametrize("act", ON_SELECTION)
@pytest.mark.parametrize("stage", OPEN)
def test_no_way_back_without_a_reason(act: Act, stage: Stage) -> None:
    case = cases.at(stage)
    assert cases.refused(act, case) == {}
    assert cases.refused(act, case, reason=" ") == REASON
    assert cases.refused(act, case, reason="情况有变") == {}


@pytest.mark.parametrize("act", ON_SELECTION)
def test_no_way_back_from_a_closed_selection(act: Act) -> None:
    closed = {"The selection is not closed yet": ""} if act is Act.END_SELECTION else RUNNING
    assert cases.refused(act, cases.at(Stage.CLOSED), reason="情况有变") == closed


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize("target", list(Stage))
def test_return_selection_only_to_an_earlier_stage(stage: Stage, target: Stage) -> None:
    order = list(Stage)
    allowed = target in BACK and order.index(target) < order.index(stage) and stage is not Stage.CLOSED
    refused = cases.refused(Act.RETURN_SELECTION, cases.at(stage), stage=target, reason="情况有变")
    assert (refused == {}) == allowed


@pytest.mark.parametrize("act", [*ON_SELECTION, Act.RECUSE_PERSON])
@pytest.mark.parametrize("state", list(RoundState))
def test_no_way_back_while_a_ballot_is_under_way(act: Act, state: RoundState) -> None:
    case = cases.with_round(cases.at(Stage.DELIBERATION), state)
    under_way = state in (RoundState.PREPARED, RoundState.OPEN, RoundState.CLOSED)
    assert cases.refused(act, case, reason="情况有变") == (NO_BALLOT if under_way else {})


@pytest.mark.parametrize("state", list(AppointmentState))
def test_return_and_end_with_somebody_on_notice_or_in_office(state: AppointmentState) -> None:
    live = state not in (AppointmentState.CANCELLED, AppointmentState.RELIEVED)
    case = cases.with_appointment(state)
    assert cases.refused(Act.RETURN_SELECTION, case, stage=Stage.DELIBERATION, reason="情况有变") == (
        {"No appointment of this selection is on notice or in force": ""} if live else {}
    )
    assert cases.refused(Act.END_SELECTION, case, reason="情况有变") == (
        {"Nobody of this selection is on probation": ""} if state is AppointmentState.APPOINTED else {}
    )


@pytest.mark.parametrize("act", [Act.WITHDRAW_CANDIDACY, Act.END_CANDIDACY])
@pytest.mark.parametrize("state", list(CandidacyState))
def test_withdraw_and_end_candidacy_in_each_state(act: Act, state: CandidacyState) -> None:
    case = cases.at(Stage.DECIDED, candidates=0)
    cases.add_candidates(case, 1, state)
    case.subject = case.candidacies[0]
    gone = state in (CandidacyState.WITHDRAWN, CandidacyState.ENDED)
    assert cases.refused(act, case, reason="本人申请") == ({"The candidate is still in": ""} if gone else {})
    if not gone:
        assert cases.refused(act, case, reason="") == REASON


@pytest.mark.parametrize("act", [Act.WITHDRAW_CANDIDACY, Act.END_CANDIDACY])
def test_withdraw_and_end_candidacy_of_somebody_on_notice_or_on_a_ballot(act: Act) -> None:
    case = cases.with_appointment()
    case.subject = case.candidacies[0]
    assert cases.refused(act, case, reason="本人申请") == {"The candidate is neither on notice nor appointed": ""}
    case = cases.with_round(cases.at(Stage.DELIBERATION), RoundState.OPEN)
    case.subject = case.candidacies[0]
    assert cases.refused(act, case, reason="本人申请") == NO_BALLOT


@pytest.mark.parametrize(
    "act",
    [
        Act.APPROVE_MOTION,
        Act.NOMINATE_CANDIDATE,
        Act.OPEN_RECOMMENDATION,
        Act.HOLD_RECOMMENDATION,
        Act.OPEN_INSPECTION,
        Act.FORM_TEAM,
        Act.RECORD_TALK,
        Act.ASK_OPINION,
        Act.OPEN_DELIBERATION,
        Act.RECORD_CONSULTATION,
        Act.PUT_ON_AGENDA,
        Act.PREPARE_BALLOT,
        Act.RETURN_SELECTION,
        Act.SUSPEND_SELECTION,
        Act.ASSIGN_OFFICER,
        Act.RECUSE_PERSON,
    ],
)
def test_a_suspended_selection_rests(act: Act) -> None:
    case = cases.at(Stage.DELIBERATION)
    case.selection.suspended_at = cases.NOW
    assert RUNNING.items() <= cases.refused(act, case).items()
    case.selection.suspended_at = None
    assert not RUNNING.items() & cases.refused(act, case).items()


def test_a_suspended_selection_is_resumed_or_ended() -> None:
    case = cases.at(Stage.DELIBERATION)
    assert cases.refused(Act.RESUME_SELECTION, case, reason="条件具备") == {"The selection is suspended": ""}
    case.selection.suspended_at = cases.NOW
    assert cases.refused(Act.RESUME_SELECTION, case, reason="条件具备") == {}
    assert cases.refused(Act.RESUME_SELECTION, case, reason="") == REASON
    assert cases.refused(Act.END_SELECTION, case, reason="条件不再具备") == {}


def recused(case: cases.Case, pk: int) -> None:
    person = case.people.setdefault(pk, cases.person(pk))
    case.participations.append(Participation(person=person, part=Part.RECUSED, from_on=cases.TODAY))


class Teller(cases.Account):
    """An account whose roles are known without a database."""

    class Meta:
        proxy = True
        app_label = "selection"

    def holds(self, role: Role, on: object = None) -> bool:
        return role is Role.TELLER


def test_assign_officer_who_holds_the_role_and_stands_apart() -> None:
    case = cases.at(Stage.RECOMMENDATION)
    teller = Teller(pk=40, username="jipiao", name="计票人")
    assert cases.refused(Act.ASSIGN_OFFICER, case, account=teller, part=Part.TELLER) == {}
    says = "The account holds the role that the part needs"
    assert cases.refused(Act.ASSIGN_OFFICER, case, account=teller, part=Part.OFFICER) == {says: ""}
    closed = Teller(pk=41, username="closed", name="计票人", is_active=False)
    assert cases.refused(Act.ASSIGN_OFFICER, case, account=closed, part=Part.TELLER) == {says: ""}
    assert cases.refused(Act.ASSIGN_OFFICER, case, account=teller, part=Part.RECUSED) == {
        "The part is one of case officer and teller": "",
        says: "",
    }
    apart = {"The person is neither a candidate nor recused": ""}
    for pk in (1, 60):
        recused(case, 60)
        other = Teller(pk=42, username="other", name="计票人", person=case.people[pk])
        assert cases.refused(Act.ASSIGN_OFFICER, case, account=other, part=Part.TELLER) == apart
    again = Teller(pk=21, username="again", name="计票人")
    assert cases.refused(Act.ASSIGN_OFFICER, case, account=again, part=Part.TELLER) == {
        "The account does not have this part yet": ""
    }


def test_recuse_person_once_with_a_reason() -> None:
    case = cases.at(Stage.INSPECTION)
    given = {"person": cases.person(60), "reason": "与考察对象有亲属关系"}
    assert cases.refused(Act.RECUSE_PERSON, case, **given) == {}
    assert cases.refused(Act.RECUSE_PERSON, case, **given | {"reason": ""}) == REASON
    recused(case, 60)
    assert cases.refused(Act.RECUSE_PERSON, case, **given) == {"The person is not recused yet": ""}


@pytest.mark.covers("WPR-18", refused=True)
def test_note_matter_says_what_happened() -> None:
    case = cases.at(Stage.INSPECTION)
    assert cases.refused(Act.NOTE_MATTER, case, cause=" ") == {"What happened is written down": "附件4 第四条（三）1"}
    assert cases.refused(Act.NOTE_MATTER, case, cause="已报市委组织部") == {}
