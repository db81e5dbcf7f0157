"""A selection ends without an appointment (终止)."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from selection import deadlines
from selection.acts import Facts, Requirement, act
from selection.enums import Act, AppointmentState, Stage
from selection.models import Account, Appointment, Selection
from selection.models.case import Case
from selection.standing import no_ballot_under_way, with_reason


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
    yield from with_reason(reason)


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
