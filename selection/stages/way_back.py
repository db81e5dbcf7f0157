"""The way back, at any stage (撤回、退回、暂停、终止).

A candidate withdraws or is taken no further, a selection returns to an earlier stage, rests or ends: each with its
reason.  Deadlines of what was left behind end; new ones begin on the next entry.
"""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from selection import deadlines
from selection.acts import Facts, Requirement, act
from selection.enums import Act, AppointmentState, CandidacyState, Stage
from selection.models import Account, Appointment, Candidacy, Selection
from selection.models.case import Case
from selection.standing import given, no_ballot_under_way, running


def _with_reason(reason: str | None) -> Iterator[Requirement]:
    if reason is not None:
        yield Requirement(_("The reason is written down"), met=given(reason), field="reason")


def before_leaving(case: Case, *, actor: Account, at: datetime, reason: str | None = None) -> Iterator[Requirement]:
    candidacy: Candidacy = case.subject
    yield running(case)
    yield Requirement(
        _("The candidate is still in"), met=candidacy.is_live, observed=CandidacyState(candidacy.state).label
    )
    yield no_ballot_under_way(case)
    live = [row for row in case.appointments if row.candidacy_id == candidacy.pk and row.is_live]
    yield Requirement(
        _("The candidate is neither on notice nor appointed"), met=not live, observed=len(live), required=0
    )
    yield from _with_reason(reason)


@act(Act.WITHDRAW_CANDIDACY, subject="candidacy", requires=before_leaving)
def withdraw_candidacy(candidacy: Candidacy, *, reason: str, actor: Account, at: datetime) -> None:
    """The candidate withdraws."""
    candidacy.withdraw_candidacy()
    _leave(candidacy, reason, at)


@act(Act.END_CANDIDACY, subject="candidacy", requires=before_leaving)
def end_candidacy(candidacy: Candidacy, *, reason: str, actor: Account, at: datetime) -> None:
    """Take the candidate no further."""
    candidacy.end_candidacy()
    _leave(candidacy, reason, at)


def _leave(candidacy: Candidacy, reason: str, at: datetime) -> None:
    candidacy.leave(at=at, stage=candidacy.selection.stage, reason=reason)
    candidacy.save()
    for inquiry in candidacy.inquiries.filter(reply__isnull=True):
        deadlines.end(candidacy.selection, at=at, inquiry=inquiry)


def before_returning(
    case: Case, *, actor: Account, at: datetime, stage: Stage | None = None, reason: str | None = None
) -> Iterator[Requirement]:
    yield running(case)
    yield no_ballot_under_way(case)
    live = [row for row in case.appointments if row.is_live]
    yield Requirement(
        _("No appointment of this selection is on notice or in force"), met=not live, observed=len(live), required=0
    )
    if stage is not None:
        returnable: list[Stage] = [one for one in Stage if one not in (Stage.MOTION, Stage.DECIDED, Stage.CLOSED)]
        yield Requirement(
            _("The stage lies before the present one"),
            met=stage in returnable and returnable.index(stage) < _index(case.selection, returnable),
            observed=Stage(stage).label,
            required=[one.label for one in returnable[: _index(case.selection, returnable)]],
            field="stage",
        )
    yield from _with_reason(reason)


def _index(selection: Selection, stages: list[Stage]) -> int:
    if selection.stage == Stage.DECIDED:
        return len(stages)
    return stages.index(Stage(selection.stage)) if selection.stage in stages else 0


_STATE_AT = {
    Stage.NOMINATION: CandidacyState.NOMINATED,
    Stage.RECOMMENDATION: CandidacyState.NOMINATED,
    Stage.INSPECTION: CandidacyState.INSPECTED,
    Stage.DELIBERATION: CandidacyState.PROPOSED,
}


@act(Act.RETURN_SELECTION, subject="selection", requires=before_returning)
def return_selection(selection: Selection, *, stage: Stage, reason: str, actor: Account, at: datetime) -> Facts:
    """Return the selection to an earlier stage; who is still in stands there anew."""
    left = selection.stage
    state = _STATE_AT[stage]
    for candidacy in selection.candidacies.all():
        if candidacy.is_live and candidacy.state != state:
            candidacy.return_selection(state=state)
            candidacy.leave(at=None, stage="", reason="")
            candidacy.save()
    selection.return_selection(stage=stage)
    selection.enter(at, returned=True)
    ended = deadlines.end(selection, at=at)
    return Facts({"from": left, "to": stage, "deadlines_ended": ended})


def before_suspending(case: Case, *, actor: Account, at: datetime, reason: str | None = None) -> Iterator[Requirement]:
    yield running(case)
    yield no_ballot_under_way(case)
    yield from _with_reason(reason)


@act(Act.SUSPEND_SELECTION, subject="selection", requires=before_suspending)
def suspend_selection(selection: Selection, *, reason: str, actor: Account, at: datetime) -> None:
    """Let the selection rest; its clocks act on nothing until it is resumed."""
    selection.suspended_at = at
    selection.save()


def before_resuming(case: Case, *, actor: Account, at: datetime, reason: str | None = None) -> Iterator[Requirement]:
    yield Requirement(_("The selection is suspended"), met=case.selection.suspended_at is not None)
    yield from _with_reason(reason)


@act(Act.RESUME_SELECTION, subject="selection", requires=before_resuming)
def resume_selection(selection: Selection, *, reason: str, actor: Account, at: datetime) -> None:
    """Resume a suspended selection."""
    selection.suspended_at = None
    selection.save()


def before_ending(case: Case, *, actor: Account, at: datetime, reason: str | None = None) -> Iterator[Requirement]:
    yield Requirement(
        _("The selection is not closed yet"),
        met=case.selection.stage != Stage.CLOSED,
        observed=Stage(case.selection.stage).label,
    )
    yield no_ballot_under_way(case)
    on_trial = [row for row in case.appointments if row.state == AppointmentState.APPOINTED]
    yield Requirement(
        _("Nobody of this selection is on probation"), met=not on_trial, observed=len(on_trial), required=0
    )
    yield from _with_reason(reason)


@act(Act.END_SELECTION, subject="selection", requires=before_ending)
def end_selection(selection: Selection, *, reason: str, actor: Account, at: datetime) -> Facts:
    """End the selection without an appointment, or with those seats empty that nobody fills."""
    stage = selection.stage
    touched: list[Appointment] = []
    for appointment in selection.appointments.filter(state__in=[AppointmentState.ON_NOTICE, AppointmentState.CLEARED]):
        appointment.end_selection()
        appointment.ended_at, appointment.end_reason = at, reason
        appointment.save()
        touched.append(appointment)
    for candidacy in selection.candidacies.all():
        if candidacy.is_live:
            candidacy.end_selection()
            candidacy.leave(at=at, stage=stage, reason=reason)
            candidacy.save()
    selection.end_reason = reason
    selection.suspended_at = None
    selection.end_selection()
    selection.enter(at)
    deadlines.end(selection, at=at)
    return Facts({"stage": stage}, touched)
