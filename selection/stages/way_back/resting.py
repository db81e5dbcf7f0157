"""A selection rests and goes on (暂停、恢复).

No clock acts while it rests: deadlines that have not come due end, and begin anew when it goes on.  A department and a
reviewer have their whole time again; a public notice has the days that were left to it, or its whole length, as the
rulebook says; probation runs on, since the person holds the post.
Rulebook keys: ``notice.after_suspension``, ``notice.length``, ``inquiry.due``, ``nomination.feedback_due``.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from selection import clock, deadlines
from selection.acts import Facts, Requirement, act
from selection.documents import requests
from selection.enums import Act, AppointmentState, DeadlineKind, Paper
from selection.models import Account, Appointment, Deadline, Inquiry, Selection
from selection.models.case import Case
from selection.rulebook import workdays
from selection.rulebook.rules import Period, Rules
from selection.standing import no_ballot_under_way, running, with_reason


def before_suspending(case: Case, *, actor: Account, at: datetime, reason: str | None = None) -> Iterator[Requirement]:
    yield running(case)
    yield no_ballot_under_way(case)
    yield from with_reason(reason)


@act(Act.SUSPEND_SELECTION, subject="selection", requires=before_suspending)
def suspend_selection(selection: Selection, *, reason: str, actor: Account, at: datetime) -> Facts:
    """Let the selection rest; its deadlines end and its clocks act on nothing until it is resumed."""
    selection.suspended_at = at
    selection.save()
    return Facts({"deadlines_ended": deadlines.rest(selection, at=at)})


def before_resuming(case: Case, *, actor: Account, at: datetime, reason: str | None = None) -> Iterator[Requirement]:
    yield Requirement(_("The selection is suspended"), met=case.selection.suspended_at is not None)
    yield from with_reason(reason)


@act(Act.RESUME_SELECTION, subject="selection", requires=before_resuming)
def resume_selection(selection: Selection, *, reason: str, actor: Account, at: datetime) -> Facts:
    """Resume a suspended selection; the deadlines that ended begin anew."""
    suspended_at, rested = selection.suspended_at, deadlines.rested(selection)
    assert suspended_at is not None
    selection.suspended_at = None
    selection.save()
    begun = 0
    touched: list[models.Model] = []
    for deadline in rested:
        if not _still_matters(deadline):
            continue
        ends = _ends_anew(deadline, selection.rules, suspended_at, clock.day_of(at))
        deadlines.expect(
            selection,
            DeadlineKind(deadline.kind),
            ends.at,
            at=at,
            provisional=ends.provisional,
            appointment=deadline.appointment,
            inquiry=deadline.inquiry,
            nomination=deadline.nomination,
        )
        begun += 1
        touched += _moved(deadline, ends, actor, at)
    return Facts({"deadlines_begun": begun}, touched)


def _still_matters(deadline: Deadline) -> bool:
    """Whether what comes due was not settled, cancelled or withdrawn while the selection rested."""
    appointment, inquiry = deadline.appointment, deadline.inquiry
    if appointment is not None:
        on_notice = deadline.kind == DeadlineKind.NOTICE_END
        return bool(appointment.state == (AppointmentState.ON_NOTICE if on_notice else AppointmentState.APPOINTED))
    return inquiry is None or bool(inquiry.candidacy.is_live and not hasattr(inquiry, "reply"))


def _ends_anew(deadline: Deadline, rules: Rules, suspended_at: datetime, today: date) -> workdays.Ends:
    """When something comes due that rested until today."""
    kind = DeadlineKind(deadline.kind)
    as_before = workdays.Ends(deadline.due_at, clock.last_day_before(deadline.due_at), deadline.provisional)
    if deadline.due_at <= suspended_at or kind in (DeadlineKind.PROBATION_REMINDER, DeadlineKind.PROBATION_END):
        return as_before
    if kind is DeadlineKind.NOTICE_END:
        return workdays.ends(_length_left(rules, clock.day_of(suspended_at), as_before.last_day), today)
    return workdays.ends(rules[_WHOLE[kind]].value, today)


_WHOLE = {DeadlineKind.REPLY_DUE: "inquiry.due", DeadlineKind.FEEDBACK_DUE: "nomination.feedback_due"}


def _length_left(rules: Rules, suspended_on: date, last_day: date) -> Period:
    """How long a notice still runs; the day on which it was suspended was no whole day and is run again."""
    whole: Period = rules["notice.length"].value
    rule = rules.get("notice.after_suspension")
    if rule is not None and rule.value == "whole_length":
        return whole
    day_before = suspended_on - timedelta(days=1)
    if whole.unit == "working_day":
        return Period(workdays.working_days_between(day_before, last_day), "working_day", "next")
    return Period((last_day - day_before).days, "day", "next")


def _moved(deadline: Deadline, ends: workdays.Ends, actor: Account, at: datetime) -> list[models.Model]:
    """What carries the day on which it ends itself is brought up to it; a notice is printed with its new last day."""
    appointment, inquiry = deadline.appointment, deadline.inquiry
    if inquiry is not None:
        Inquiry.objects.filter(pk=inquiry.pk).update(due_at=ends.at)
    if appointment is None or deadline.kind != DeadlineKind.NOTICE_END or appointment.notice_ends_at == ends.at:
        return []
    selection = deadline.selection
    appointment = Appointment.objects.select_for_update(of=("self",)).get(pk=appointment.pk)
    appointment.notice_ends_at, appointment.notice_is_provisional = ends.at, ends.provisional
    appointment.save()
    requests.request(
        selection, Paper.NOTICE, actor=actor, at=at, candidacy=appointment.candidacy, appointment=appointment
    )
    return [appointment]
