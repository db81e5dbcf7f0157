"""Letters under the committee's red heading (红头文件): the notice of appointment."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.utils import translation

from selection import clock
from selection.documents.contexts import day
from selection.documents.render import OFFICIAL
from selection.enums import RoundState
from selection.models import Appointment, Document, Selection
from selection.models.case import Case
from selection.register.models import Tenure


def of(document: Document, *, at: datetime) -> tuple[str, dict[str, Any]]:
    """Template and context of a requested letter, in official Chinese whatever the reader's language."""
    assert document.selection_id is not None
    case = Selection.objects.whole(document.selection_id)
    appointment = next(row for row in case.appointments if row.pk == document.appointment_id)
    with translation.override(OFFICIAL):
        return "documents/appointment.html", notice_of_appointment(case, appointment, at=at)


def notice_of_appointment(case: Case, appointment: Appointment, *, at: datetime) -> dict[str, Any]:
    """APT-05: the notice (任职通知) with number and day: who gets which post from when, and who leaves which."""
    selection, person = case.selection, case.people[appointment.person_id]
    committee, post = selection.mandate.body.organisation, appointment.candidacy.post or selection.post
    assert appointment.appointed_on is not None
    assert appointment.published_on is not None
    return {
        "title": f"关于{person.name}{'任免职' if (left := list(_left(case, appointment))) else '任职'}的通知",
        "selection": selection,
        "department": committee.name,
        "committee": committee.name,
        "number": appointment.document_number,
        "addressee": post.organisation.name,
        "body": selection.mandate.body.title,
        "decided_on": _decided_on(case, appointment),
        "person": person,
        "post": post.full_title,
        "probation": _probation(case, appointment),
        "appointed_on": day(appointment.appointed_on),
        "published_on": day(appointment.published_on),
        "left": left,
        "created": at.astimezone(clock.LOCAL).isoformat(),
    }


def _decided_on(case: Case, appointment: Appointment) -> str:
    """The day of the ballot by which the person passed."""
    passed = {row.round_id for row in case.round_items if row.candidacy_id == appointment.candidacy_id and row.passed}
    announced = [row for row in case.rounds if row.pk in passed and row.state == RoundState.ANNOUNCED]
    meetings = {row.pk: row for row in case.meetings}
    items: dict[int | None, int] = {row.pk: row.meeting_id for row in case.items}
    held = [meetings[items[row.poll.item_id]].held_on for row in announced]
    return day(max(held)) if held else ""


def _probation(case: Case, appointment: Appointment) -> str:
    if appointment.probation_ends_at is None or "probation.length" not in case.rules:
        return ""
    last = clock.day_of(appointment.probation_ends_at - timedelta(microseconds=1))
    length = str(case.rules["probation.length"].value).replace(" ", "")  # official papers write figure and unit closely
    return f"{length}，至{day(last)}"


def _left(case: Case, appointment: Appointment) -> Iterable[str]:
    """Whose posts end by the same decision, in the order in which they were begun."""
    removed = [row.tenure_id for row in case.removals_with(appointment.candidacy)]
    pks = {*(appointment.former or ()), *removed}
    for row in (
        Tenure.objects.filter(pk__in=pks).select_related("person", "post__organisation").order_by("from_on", "pk")
    ):
        yield f"免去{row.person.name}的{row.post.full_title}职务。"
