"""Deadlines (期限): what is to come due, and the clock that watches it.

Time lives in rows, never in a queue.  ``expect`` and ``end`` are called by acts, inside their transaction; ``keep`` is
called every minute and meets what has come due, each deadline once, however many clocks run.
"""

import logging
from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from selection import acts
from selection.acts import Requirement, act
from selection.enums import Act, DeadlineKind
from selection.models import Account, Appointment, Deadline, Heartbeat, Inquiry, Nomination, Selection
from selection.models.case import Case

HEARTBEAT = "deadlines"
AT_ONCE = 200

#: What runs on while a selection rests and after it has ended.
OUTLAST = (
    *(DeadlineKind.NOMINATION_ENDS, DeadlineKind.TRAINING_DUE, DeadlineKind.HANDOVER_DUE, DeadlineKind.TERM_END),
)
#: What ends with an appointment that is undone.
IN_OFFICE = (DeadlineKind.TRAINING_DUE, DeadlineKind.HANDOVER_DUE, DeadlineKind.TERM_END)
#: What is over once its day has come.
_ENDS_BY_ITSELF = (DeadlineKind.NOMINATION_ENDS, DeadlineKind.TERM_END)

log = logging.getLogger(__name__)


def expect(
    selection: Selection,
    kind: DeadlineKind,
    due_at: datetime,
    *,
    at: datetime,
    provisional: bool = False,
    appointment: Appointment | None = None,
    inquiry: Inquiry | None = None,
    nomination: Nomination | None = None,
) -> Deadline:
    """A new deadline in place of the one of this kind for the same thing, if there is one."""
    _open(selection).filter(kind=kind, appointment=appointment, inquiry=inquiry, nomination=nomination).update(
        ended_at=at
    )
    return Deadline.objects.create(
        selection=selection,
        kind=kind,
        appointment=appointment,
        inquiry=inquiry,
        nomination=nomination,
        due_at=due_at,
        provisional=provisional,
        expected_at=at,
    )


def end(
    selection: Selection,
    *,
    at: datetime,
    kinds: Iterable[DeadlineKind] | None = None,
    appointment: Appointment | None = None,
    inquiry: Inquiry | None = None,
    nominations: Iterable[Nomination] | None = None,
) -> int:
    """End the deadlines of the selection that are open, all or those of these kinds and these things.

    Without kinds those stay that outlast the selection.
    """
    rows = _open(selection)
    rows = rows.exclude(kind__in=OUTLAST) if kinds is None else rows.filter(kind__in=list(kinds))
    for name, thing in (("appointment", appointment), ("inquiry", inquiry)):
        if thing is not None:
            rows = rows.filter(**{name: thing})
    if nominations is not None:
        rows = rows.filter(nomination__in=nominations)
    return rows.update(ended_at=at)


def rest(selection: Selection, *, at: datetime) -> int:
    """End the deadlines that have not come due yet and do not outlast it, for as long as the selection rests."""
    return _open(selection).filter(met_at__isnull=True).exclude(kind__in=OUTLAST).update(ended_at=at)


def rested(selection: Selection) -> list[Deadline]:
    """The deadlines that ended when the selection was suspended, to begin anew."""
    rows = Deadline.objects.filter(selection=selection, ended_at=selection.suspended_at, met_at__isnull=True)
    return list(rows.select_related("appointment", "inquiry__candidacy", "nomination"))


def before_meeting(case: Case, *, actor: acts.Actor, at: datetime) -> Iterator[Requirement]:
    deadline: Deadline = case.subject
    yield Requirement(_("The deadline has come"), met=deadline.due_at <= at, observed=at, required=deadline.due_at)
    if deadline.kind not in OUTLAST:
        yield Requirement(_("The selection is not suspended"), met=case.selection.suspended_at is None)


@act(Act.MEET_DEADLINE, subject="deadline", requires=before_meeting)
def meet_deadline(deadline: Deadline, *, actor: acts.Actor, at: datetime) -> acts.Facts:
    """The day has come; whoever is concerned finds it on the desk, and a department that owes a reply is reminded."""
    if deadline.met_at is not None or deadline.ended_at is not None:
        raise acts.Conflict(Act.MEET_DEADLINE.value)
    deadline.met_at = at
    deadline.ended_at = at if deadline.kind in _ENDS_BY_ITSELF or deadline.is_trained() else None
    deadline.save(update_fields=["met_at", "ended_at"])
    facts: dict[str, object] = {"kind": deadline.kind, "due_at": deadline.due_at}
    if deadline.inquiry is not None and deadline.kind == DeadlineKind.REPLY_DUE:
        deadline.inquiry.remind(at)
        facts |= {"department": deadline.inquiry.department, "reminders": deadline.inquiry.reminders}
    return acts.Facts(facts)


def keep(at: datetime) -> int:
    """Meet what has come due, and leave a heartbeat; how many were met.

    A deadline that another process is meeting at this moment is left to it; one that cannot be met stops no other and
    is tried again on the next round.
    """
    met = 0
    tried: set[int] = set()
    while due := _due(at, tried):
        keeper = Account.objects.clock()
        for deadline in due:
            tried.add(deadline.pk)
            met += _meet(deadline, keeper, at)
    beat(HEARTBEAT)
    return met


def beat(name: str) -> None:
    """Note that a background process has done its round, by the real time, which no demonstration moves."""
    Heartbeat.objects.update_or_create(name=name, defaults={"beaten_at": Now()})


def last_beat(name: str = HEARTBEAT) -> datetime | None:
    """When the process last did its round, by the real time; None if it never has."""
    return Heartbeat.objects.filter(name=name).values_list("beaten_at", flat=True).first()


def _open(selection: Selection) -> QuerySet[Deadline]:
    return Deadline.objects.filter(selection=selection, ended_at__isnull=True)


def _due(at: datetime, tried: set[int]) -> list[Deadline]:
    """Some of the deadlines that have come due and that nobody is meeting at this moment."""
    running = Q(selection__suspended_at__isnull=True, selection__closed_at__isnull=True) | Q(kind__in=OUTLAST)
    with transaction.atomic():
        return list(
            Deadline.objects.select_for_update(skip_locked=True, of=("self",))
            .filter(running, due_at__lte=at, met_at__isnull=True, ended_at__isnull=True)
            .exclude(pk__in=tried)
            .select_related("selection")[:AT_ONCE]
        )


def _meet(deadline: Deadline, keeper: Account, at: datetime) -> bool:
    try:
        meet_deadline(deadline, actor=keeper, at=at)
    except (acts.Conflict, acts.Refused):
        return False  # another clock was faster, or the selection was suspended meanwhile
    except acts.NotPermitted:
        log.error("deadline %s cannot be met: the clock holds no role for its mandate", deadline.pk)
        return False
    except Exception:  # whatever is wrong with one row, the others are due as well
        log.exception("deadline %s cannot be met", deadline.pk)
        return False
    return True
