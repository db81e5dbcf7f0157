"""Acts that say on which day something was done: never on a day to come (补录日期)."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import translation

from selection import acts
from selection.enums import Act, AppointmentState, NamesKind, Role, Stage
from selection.models import Inquiry, Liability, Plan, Sitting, SittingItem
from selection.models.meeting import Removal
from selection.register.models import Tenure
from tests.selection.stages import cases

DAY = timedelta(days=1)

#: Days that lie ahead by their nature: from or until when something holds, or for when a meeting is called.
AHEAD = {
    (Act.GRANT_ROLE, "from_on"),
    (Act.GRANT_ROLE, "until_on"),
    (Act.RECORD_FORMALITY, "until_on"),
    (Act.END_ROLE, "until_on"),
    (Act.SEAT_MEMBER, "from_on"),
    (Act.SEAT_MEMBER, "until_on"),
    (Act.END_SEAT, "until_on"),
    (Act.FREEZE_MOTIONS, "from_on"),
    (Act.CALL_MEETING, "held_on"),
}
#: Asked of the register, where each has a test of its own.
OF_THE_REGISTER = {"selection.register.keeping"}


def at(stage: Stage) -> Callable[[], Any]:
    return lambda: cases.at(stage)


def about(stage: Stage, subject: Any) -> Callable[[], Any]:
    """A selection at the stage, whose row of that kind the act is done to."""

    def made() -> Any:
        case = cases.at(stage)
        case.subject = subject(case)
        return case

    return made


def _item(case: Any) -> SittingItem:
    held = Sitting(pk=1, round=1, kind=NamesKind.OPEN, held_on=cases.TODAY, roll={}, opened_at=cases.NOW)
    item = SittingItem(pk=1, selection=case.selection, sitting=held, settled_at=cases.NOW, confirmed_at=cases.NOW)
    case.sitting_items.append(item)
    return item


def _inquiry(case: Any) -> Inquiry:
    case.replies = []
    return case.inquiries[0]  # type: ignore[no-any-return]


def _removal(case: Any) -> Removal:
    tenure = Tenure(pk=1, person=cases.person(80), post=cases.POST)
    removal = Removal(pk=1, selection=case.selection, item=case.items[0], tenure=tenure)
    case.removals = [removal]
    return removal


def _plan(case: Any) -> Plan:
    return Plan(pk=1, selection=case.selection, submitted_on=cases.TODAY)


def _liability(case: Any) -> Liability:
    return Liability(selection=case.selection, person=cases.person(50), opened_at=cases.NOW, handed_to="discipline")


def appointment(state: AppointmentState) -> Callable[[], Any]:
    return lambda: cases.with_appointment(state, published_on=cases.TODAY, probation_ends_at=cases.NOW)


CASES: dict[tuple[Act, str], Callable[[], Any]] = {
    (Act.OPEN_SELECTION, "moved_on"): cases.mandate_case,
    (Act.OPEN_REMOVAL, "moved_on"): cases.mandate_case,
    (Act.FILE_YEARLY_PLAN, "submitted_on"): cases.mandate_case,
    (Act.SUBMIT_PLAN, "submitted_on"): at(Stage.NOMINATION),
    (Act.ANSWER_PLAN, "answered_on"): about(Stage.NOMINATION, _plan),
    (Act.ANNOUNCE_POST, "published_on"): at(Stage.NOMINATION),
    (Act.OPEN_SITTING, "held_on"): cases.mandate_case,
    (Act.DECIDE_TIE, "decided_on"): about(Stage.NOMINATION, _item),
    (Act.PUBLISH_NAMES, "published_on"): about(Stage.NOMINATION, _item),
    (Act.SIGN_OFF_NAMES, "signed_off_on"): about(Stage.NOMINATION, _item),
    (Act.NOMINATE_CANDIDATE, "proposed_on"): at(Stage.NOMINATION),
    (Act.REVIEW_QUALIFICATION, "reviewed_on"): about(Stage.NOMINATION, lambda case: case.candidacies[0]),
    (Act.HOLD_RECOMMENDATION, "held_on"): at(Stage.RECOMMENDATION),
    (Act.OPEN_INSPECTION, "result_reviewed_on"): lambda: cases.at(Stage.RECOMMENDATION, body="company"),
    (Act.OPEN_DELIBERATION, "report_reviewed_on"): lambda: cases.at(Stage.INSPECTION, body="company"),
    (Act.OPEN_DELIBERATION, "findings_told_on"): lambda: cases.at(Stage.INSPECTION, body="recognition-county"),
    (Act.PUBLISH_PRENOTICE, "published_on"): at(Stage.INSPECTION),
    (Act.RECORD_TALK, "held_on"): at(Stage.INSPECTION),
    (Act.RECORD_ASSESSMENT, "held_on"): at(Stage.INSPECTION),
    (Act.RECORD_CHECK, "held_on"): at(Stage.INSPECTION),
    (Act.ANSWER_INQUIRY, "replied_on"): about(Stage.INSPECTION, _inquiry),
    (Act.FILE_REPLY, "replied_on"): about(Stage.INSPECTION, _inquiry),
    (Act.RECORD_CONSULTATION, "held_on"): at(Stage.DELIBERATION),
    (Act.REMOVE_HOLDER, "removed_on"): about(Stage.DELIBERATION, _removal),
    (Act.ASSIGN_POST, "decided_on"): about(Stage.DECIDED, lambda case: case.candidacies[0]),
    (Act.PUBLISH_NOTICE, "talked_on"): about(Stage.DECIDED, lambda case: case.candidacies[0]),
    (Act.HOLD_APPOINTMENT_TALK, "talked_on"): appointment(AppointmentState.CLEARED),
    (Act.APPOINT_CANDIDATE, "published_on"): appointment(AppointmentState.CLEARED),
    (Act.RECORD_FORMALITY, "done_on"): appointment(AppointmentState.CLEARED),
    (Act.ASSESS_PROBATION, "assessed_on"): appointment(AppointmentState.APPOINTED),
    (Act.HAND_OVER_LIABILITY, "handed_on"): about(Stage.NOMINATION, _liability),
    (Act.SETTLE_LIABILITY, "settled_on"): about(Stage.NOMINATION, _liability),
}
#: Held by another day of the same act: what was confirmed before the plan went above, notice and statements before a
#: recommendation was held, a term that begins no later than it is made public.
HELD_BY_ANOTHER = {
    (Act.SUBMIT_PLAN, "quota_confirmed_on"),
    (Act.HOLD_RECOMMENDATION, "called_on"),
    (Act.HOLD_RECOMMENDATION, "statements_on"),
    (Act.APPOINT_CANDIDATE, "appointed_on"),
}
#: What else an act has to be given before it asks about the day.
BESIDES: dict[Act, dict[str, Any]] = {
    Act.SUBMIT_PLAN: {"superior": "区公务员局"},
    Act.OPEN_INSPECTION: {"candidates": [], "opinion": "同意"},
    Act.PUBLISH_NOTICE: {"channels": ["poster"]},
    Act.APPOINT_CANDIDATE: {"appointed_on": cases.TODAY, "published_on": cases.TODAY},
}
SAYS = "The day is not in the future"


def asked_on(act: Act, field: str, case: Any, **given: Any) -> bool:
    """Whether the act refuses the day because it lies ahead."""
    actor = cases.account()
    actor.__dict__["_roles"] = {cases.TODAY: [(Role.STAFF, 1)]}
    with translation.override("en"):
        asked = acts.requirements(act, case, actor=actor, at=cases.NOW, **given)
        return any(not one.met and one.field == field and one.says == SAYS for one in asked)


@pytest.mark.parametrize(("act", "field"), CASES, ids=str)
def test_no_act_says_that_it_was_done_on_a_day_to_come(act: Act, field: str) -> None:
    besides = BESIDES.get(act, {})
    assert asked_on(act, field, CASES[act, field](), **besides | {field: cases.TODAY + DAY})
    assert not asked_on(act, field, CASES[act, field](), **besides | {field: cases.TODAY})
    assert not asked_on(act, field, CASES[act, field](), **besides | {field: cases.TODAY - DAY})


def test_every_act_with_a_day_is_tried_or_looks_ahead() -> None:
    days = {
        (act, name)
        for act, performed in acts.CATALOGUE.items()
        if performed.module not in OF_THE_REGISTER
        for name in performed.parameters
        if name.endswith("_on")
    }
    assert days == set(CASES) | AHEAD | HELD_BY_ANOTHER
