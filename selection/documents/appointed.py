"""Papers of whoever is appointed (任职文书): talk, report on integrity, commitment, end of probation."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.utils import translation

from selection import clock
from selection.documents.contexts import UNRECORDED, Line, day, facts, paragraphs, posts_held, within
from selection.documents.render import OFFICIAL
from selection.enums import FormalityItem, Paper
from selection.models import Appointment, Document, Selection
from selection.models.case import Case

_WHO = ("name", "sex", "born", "joined_party", "current_post", "proposed_post")
_TRIED = ("name", "sex", "born", "education", "joined_party", "started_work")


def of(document: Document, *, at: datetime) -> tuple[str, dict[str, Any]]:
    """Template and context of a paper of an appointment, in official Chinese whatever the reader's language."""
    assert document.selection_id is not None
    case = Selection.objects.whole(document.selection_id)
    appointment = next(row for row in case.appointments if row.pk == document.appointment_id)
    with translation.override(OFFICIAL):
        return f"documents/{document.kind}.html", {
            "title": str(Paper(document.kind).label),
            "selection": case.selection,
            "department": case.selection.mandate.department.name,
            "name": case.people[appointment.person_id].name,
            "post": appointment.proposed_post.full_title,
            "created": at.astimezone(clock.LOCAL).isoformat(),
            **_WORDS[Paper(document.kind)](case, appointment),
        }


def appointment_talk(case: Case, appointment: Appointment) -> dict[str, Any]:
    """APT-01: the talk before the appointment (任前谈话记录), to be signed by both."""
    assert appointment.talked_on is not None
    return {
        "facts": _facts(case, appointment, _WHO),
        "lines": [Line("谈话时间", day(appointment.talked_on)), Line("谈话人", appointment.talked_by)],
        "notes": paragraphs(appointment.talk_notes) or [UNRECORDED],
    }


def pledge(case: Case, appointment: Appointment) -> dict[str, Any]:
    """The commitment to integrity (廉政承诺书), to be signed by the person; with the day where it is on file."""
    signed = case.formality_of(appointment, FormalityItem.COMMITMENT)
    return {
        "committee": case.selection.mandate.body.organisation.name,
        "signed_on": day(signed.done_on) if signed else "",
    }


def integrity_report(case: Case, appointment: Appointment) -> dict[str, Any]:
    """INS-23: the person's own report on integrity (廉政报告) in its four parts.

    The third, on what was reported during the public notice, is told from what is on file; who reported is not.
    """
    reports = [row for row in case.objections if row.appointment_id == appointment.pk]
    told = [
        f"{day(clock.day_of(row.filed_at))}收到反映，"
        + (f"{day(clock.day_of(row.settled_at))}核查结论：{row.get_effect_display()}" if row.settled_at else "正在核查")
        for row in reports
    ]
    return {
        "facts": _facts(case, appointment, _WHO),
        "department": case.selection.mandate.department.name,
        "noticed": f"{day(clock.day_of(appointment.notice_at))}发布公示"
        + (f"，{day(clock.day_of(appointment.cleared_at))}公示结束" if appointment.cleared_at else "，公示尚未结束"),
        "reports": told or ["公示期间未收到反映"],
    }


def probation_form(case: Case, appointment: Appointment) -> dict[str, Any]:
    """The assessment at the end of probation (试用期满考核表): what is recorded, and room for what is still to come."""
    assert appointment.probation_ends_at is not None
    begun = appointment.published_on or appointment.appointed_on
    assert begun is not None
    last = clock.day_of(appointment.probation_ends_at - timedelta(microseconds=1))
    return {
        "facts": _facts(case, appointment, _TRIED),
        "citation": rule.citation if (rule := case.rules.get("probation.assessment")) else None,
        "appointed": f"{day(appointment.appointed_on or begun)}，文号：{appointment.document_number or UNRECORDED}",
        "span": f"{day(begun)}至{day(last)}",
        "reviews": list(_reviews(case, appointment)),
        "assessed_on": day(appointment.assessed_on) if appointment.assessed_on else "",
        "fit": appointment.assessed_fit,
        "opinion": paragraphs(appointment.assessment_opinion),
    }


def _reviews(case: Case, appointment: Appointment) -> Iterable[str]:
    for row in case.formalities:
        if row.appointment_id == appointment.pk and row.item == FormalityItem.REVIEW:
            found = "" if row.passed is None else "，符合要求" if row.passed else "，不符合要求"
            yield f"{day(row.done_on)}，{row.in_charge}{found}" + (f"：{within(row.notes)}" if row.notes else "")


def _facts(case: Case, appointment: Appointment, keys: tuple[str, ...]) -> list[Line]:
    on, person = clock.day_of(appointment.notice_at), case.people[appointment.person_id]
    posts = posts_held([person.pk], on).get(person.pk, "")
    return facts(person, keys, posts=posts, proposed=appointment.proposed_post.full_title)


_WORDS: dict[Paper, Callable[[Case, Appointment], dict[str, Any]]] = {
    Paper.APPOINTMENT_TALK: appointment_talk,
    Paper.PLEDGE: pledge,
    Paper.INTEGRITY_REPORT: integrity_report,
    Paper.PROBATION_FORM: probation_form,
}
