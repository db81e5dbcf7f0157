"""What deliberation and the way after the vote need (讨论决定、公示、任职)."""

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from selection import clock
from selection.enums import (
    Act,
    AppointmentState,
    CandidacyState,
    DeadlineKind,
    Effect,
    FormalityItem,
    RoundState,
)
from selection.models import Appointment, Formality, Round
from selection.models.case import Case
from selection.rulebook import workdays
from selection.stages.formality import BEFORE, when
from selection.standing import formalities_after, formalities_before
from selection.web.forms.formality import RESULTS
from selection.web.next_acts import Seen, after_the_vote, appointment_of, consultation_levels
from selection.web.tabs.links import person_url


def deliberation(seen: Seen) -> dict[str, Any]:
    """Consultation level by level, the meeting, introductions and opinions, the sittings."""
    if not seen.sees_whole:
        return {}
    case, item = seen.case, seen.case.item
    levels = [
        {
            "label": one["level"].label,
            "row": one["row"],
            "url": seen.url(Act.RECORD_CONSULTATION, case.selection, level=one["level"]),
        }
        for one in consultation_levels(case)
        if not case.selection.is_removal
    ]
    found: dict[str, Any] = {"deciding": True, "consultation": levels, "item": item}
    if item is None:
        return found | {"agenda_url": seen.url(Act.PUT_ON_AGENDA, case.selection)}
    voters = case.present_voters(item)
    introduced = {row.candidacy_id for row in case.introductions if row.item_id == item.pk}
    return found | {
        "meeting_url": reverse("meeting", args=[item.meeting_id]),
        "opinions_url": reverse("opinions", args=[item.pk]) if seen.url(Act.RECORD_OPINION, case.selection) else "",
        "voters": len(voters),
        "discussed": [
            {
                "name": row.person.name,
                "introduced": row.pk in introduced,
                "introduce_url": seen.url(Act.INTRODUCE_CANDIDATE, case.selection, candidacy=row.pk),
                "spoken": len(case.opinions_on(item, row)),
            }
            for row in case.at(CandidacyState.PROPOSED, CandidacyState.PASSED, CandidacyState.NOT_PASSED)
        ],
        "sittings": [sitting(case, row) for row in case.rounds if row.poll.item_id == item.pk],
    }


def sitting(case: Case, round_: Round) -> dict[str, Any]:
    """One sitting; counts only once it is announced."""
    announced = round_.state == RoundState.ANNOUNCED
    rule = case.selection.pass_rule
    return {
        "seq": round_.seq,
        "label": round_.get_state_display(),
        "tone": "good" if announced else "muted" if round_.state == RoundState.VOID else "info",
        "url": reverse("ballot", args=[round_.pk]),
        "held_on": round_.poll.held_on,
        "meeting": str(round_.poll.item.meeting) if round_.poll.item else "",
        "announced": announced,
        "due": round_.due_count,
        "present": round_.present_count,
        "issued": case.issued(round_),
        "returned": round_.returned,
        "valid": round_.valid,
        "least": rule.value.least(round_.due_count),
        "citation": rule.citation,
        "void_reason": round_.void_reason,
        "decision": round_.another_round_decision,
        "items": [
            {
                "name": item.candidacy.person.name,
                "agree": item.agree,
                "disagree": item.disagree,
                "abstain": item.abstain,
                "passed": item.passed,
            }
            for item in case.round_items
            if announced and item.round_id == round_.pk
        ],
    }


def appointments(seen: Seen) -> dict[str, Any]:
    """What follows the vote, person by person: notice, objections, talk, appointment, probation."""
    if not seen.sees_whole:
        return {}
    case = seen.case
    found: list[dict[str, Any]] = []
    if case.selection.is_removal:
        return {"appointed": found}
    for candidacy in case.at(CandidacyState.PASSED):
        appointment = appointment_of(case, candidacy)
        state = AppointmentState(appointment.state) if appointment else None
        due = _due_of(appointment)
        found.append(
            {
                "name": candidacy.person.name,
                "url": person_url(seen, candidacy.person_id),
                "state": state.label if state else _("Passed the vote, not announced yet"),
                "tone": "good" if state in (AppointmentState.CONFIRMED, AppointmentState.CLEARED) else "info",
                "appointment": appointment,
                "assigned": candidacy.post,
                "assigned_on": candidacy.assigned_on,
                "due_on": clock.last_day_before(due) if due else None,
                "left": workdays.working_days_left(seen.at, due) if due else 0,
                "due_label": _("Notice runs until")
                if state == AppointmentState.ON_NOTICE
                else _("Probation runs until"),
                "provisional": bool(appointment and appointment.notice_is_provisional),
                "objections": [
                    {
                        "filed_at": row.filed_at,
                        "effect": Effect(row.effect).label if row.effect else "",
                        "late": row.late,
                        "holds": row.holds,
                        "url": "" if row.settled_at else seen.url(Act.SETTLE_OBJECTION, row),
                        "note_url": "" if row.settled_at else seen.url(Act.INVESTIGATE_OBJECTION, row),
                    }
                    for row in case.objections
                    if appointment and row.appointment_id == appointment.pk
                ],
                "formalities": formalities(seen, appointment) if appointment else [],
                "term_ends_on": _last_day(case, appointment, DeadlineKind.TERM_END),
                "acts": [seen.button(step) for step in after_the_vote(case, candidacy)],
                "notice_url": reverse("notice", args=[appointment.notice_slug])
                if appointment and not case.is_secret(candidacy)
                else "",
                "objection_url": seen.url(Act.FILE_OBJECTION, appointment) if appointment else "",
            }
        )
    return {"appointed": found}


def formalities(seen: Seen, appointment: Appointment) -> list[dict[str, Any]]:
    """What is or was done around an appointment, item by item: what the rules ask for, and what else is on file."""
    case, state = seen.case, AppointmentState(appointment.state)
    asked = dict(formalities_before(case, appointment))
    if state not in BEFORE:
        asked |= formalities_after(case)
    if "probation.review" in case.rules and appointment.probation_ends_at:
        asked[FormalityItem.REVIEW] = case.rules["probation.review"]
    on_file = [row for row in case.formalities if row.appointment_id == appointment.pk]
    found = []
    for item in FormalityItem:
        rows = [row for row in on_file if row.item == item]
        if not rows and item not in asked:
            continue
        last, open_ = rows[-1] if rows else None, state in when(item)
        due = {FormalityItem.HANDOVER: DeadlineKind.HANDOVER_DUE, FormalityItem.REVIEW: DeadlineKind.REVIEW_DUE}.get(
            item
        )
        found.append(
            {
                "label": item.label,
                "rows": [_put_on_file(row) for row in rows],
                "failed": last is not None and last.passed is False,
                "rule": asked.get(item),
                "due_on": _last_day(case, appointment, due) if due else None,
                "url": seen.url(Act.RECORD_FORMALITY, appointment, item=item.value) if open_ else "",
                "again": last is not None,
            }
        )
    return found


def _put_on_file(row: Formality) -> dict[str, Any]:
    fit, unfit = RESULTS.get(FormalityItem(row.item), ("", ""))
    return {
        "on": row.done_on,
        "until_on": row.until_on,
        "by": row.in_charge,
        "score": row.score,
        "result": "" if row.passed is None else fit if row.passed else unfit,
        "fits": row.passed,
        "notes": row.notes,
    }


def _last_day(case: Case, appointment: Appointment | None, kind: DeadlineKind) -> date | None:
    """The last day of an open deadline of an appointment."""
    rows = [row for row in case.deadlines if appointment and row.appointment_id == appointment.pk and row.kind == kind]
    return next((clock.last_day_before(row.due_at) for row in rows if row.ended_at is None), None)


def _due_of(appointment: Any) -> Any:
    if appointment is None:
        return None
    if appointment.state == AppointmentState.ON_NOTICE:
        return appointment.notice_ends_at
    return appointment.probation_ends_at if appointment.state == AppointmentState.APPOINTED else None
