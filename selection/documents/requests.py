"""Requests for papers and filing of evidence (文书办理).

A requested paper is a row first; the worker is nudged when the row is committed, and where the queue does not answer,
the next scan of the clock sends it again.  So no page ever waits for a paper, and none is lost.
"""

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.template.loader import get_template
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError

from selection import acts
from selection.acts import Requirement, Upload, act
from selection.documents.render import OFFICIAL
from selection.enums import Act, DocumentState, Evidence, Paper, RoundState
from selection.models import Appointment, Candidacy, Document, Meeting, Round, Selection
from selection.models.case import Case
from selection.models.meeting import MeetingCase

RENDER = "selection.tasks.render_document"
PATIENCE = timedelta(minutes=1)
AT_ONCE = 50
_LONGEST_TITLE = 120

#: Papers of one appointment → what must be there for them.
_OF_APPOINTMENT: dict[Paper, tuple[acts.Text, Callable[[Appointment], Any]]] = {
    Paper.NOTICE: (_("A public notice has been published for this person"), lambda row: True),
    Paper.APPOINTMENT_TALK: (_("The talk before the appointment is on file"), lambda row: row.talked_on),
    Paper.INTEGRITY_REPORT: (_("A public notice has been published for this person"), lambda row: True),
    Paper.PLEDGE: (_("A public notice has been published for this person"), lambda row: True),
    Paper.APPOINTMENT: (_("The person has been appointed"), lambda row: row.appointed_on),
    Paper.PROBATION_FORM: (_("The person has been appointed on probation"), lambda row: row.probation_ends_at),
}
#: Papers of a whole selection → what must be there for them.
_OF_SELECTION: dict[Paper, tuple[acts.Text, Callable[[Case], Sequence[Any]]]] = {
    Paper.PRENOTICE: (_("A pre-notice has been published"), lambda case: case.prenotices),
    Paper.INSPECTED: (_("A pre-notice has been published"), lambda case: case.prenotices),
    Paper.CONSULTATION: (_("A consultation is on file"), lambda case: case.consultations),
}
#: Papers of one candidate, or of each → what must be there of him or her.
_OF_CANDIDATES: dict[Paper, tuple[acts.Text, Callable[[Case], Sequence[Any]]]] = {
    Paper.TALK_RECORD: (_("A talk is on file"), lambda case: case.talks),
    Paper.ASSESSMENT: (_("An assessment is on file"), lambda case: case.assessments),
    Paper.INQUIRY: (_("An opinion has been asked"), lambda case: case.inquiries),
    Paper.INSPECTION_REPORT: (_("A report of the inspection is on file"), lambda case: case.reports),
}
#: Papers of a selection that staff may have made at any time, in the order of the work.
ON_REQUEST = (
    *(Paper.RECORD_FORM, Paper.NOMINATION_FORM, *_OF_SELECTION, *_OF_CANDIDATES, Paper.APPROVAL_FORM),
    *_OF_APPOINTMENT,
)

log = logging.getLogger(__name__)


def file(
    selection: Selection,
    upload: Upload,
    title: str,
    *,
    actor: acts.Actor,
    at: datetime,
    candidacy: Candidacy | None = None,
    appointment: Appointment | None = None,
) -> Document:
    """A file that ``filing.keep`` has kept, as evidence of the selection; called inside an act."""
    return Document.objects.create(
        selection=selection,
        kind=Paper.EVIDENCE,
        title=title,
        candidacy=candidacy,
        appointment=appointment,
        state=DocumentState.KEPT,
        name=upload.name,
        sha256=upload.sha256,
        size=upload.size,
        media_type=upload.media_type,
        requested_by_id=actor.pk,
        requested_at=at,
        kept_at=at,
    )


def attach(
    selection: Selection,
    paper: Evidence,
    upload: Upload | None,
    about: object = "",
    *,
    actor: acts.Actor,
    at: datetime,
    candidacy: Candidacy | None = None,
    appointment: Appointment | None = None,
) -> list[Document]:
    """The paper on which an act rests, as evidence under its official name; an empty list where there is none."""
    if upload is None:
        return []
    with translation.override(OFFICIAL):
        title = f"{paper.label}：{about}" if about else str(paper.label)
    return [
        file(
            selection,
            upload,
            title[:_LONGEST_TITLE],
            actor=actor,
            at=at,
            candidacy=candidacy,
            appointment=appointment,
        )
    ]


def request(
    selection: Selection,
    kind: Paper,
    title: str = "",
    *,
    actor: acts.Actor,
    at: datetime,
    candidacy: Candidacy | None = None,
    appointment: Appointment | None = None,
) -> Document:
    """A paper to be made once the act that asks for it is committed; called inside an act."""
    document = Document.objects.create(
        selection=selection,
        kind=kind,
        title=title or title_for(selection, kind, candidacy=candidacy, appointment=appointment),
        candidacy=candidacy,
        appointment=appointment,
        requested_by_id=actor.pk,
        requested_at=at,
    )
    transaction.on_commit(partial(send, document.pk))
    return document


def request_minutes_of(meeting: Meeting, *, actor: acts.Actor, at: datetime) -> Document:
    """The minutes of a meeting, to be made once the act that asks for them is committed; called inside an act."""
    document = Document.objects.create(
        meeting=meeting,
        kind=Paper.MINUTES,
        title=f"{meeting.full_title}纪要",
        requested_by_id=actor.pk,
        requested_at=at,
    )
    transaction.on_commit(partial(send, document.pk))
    return document


def request_of_round(round_: Round, kind: Paper, *, actor: acts.Actor, at: datetime) -> Document:
    """A paper of one ballot, to be made once the act that asks for it is committed; called inside an act."""
    with translation.override(OFFICIAL):
        what = str(kind.label)
    document = Document.objects.create(
        selection=round_.selection,
        round=round_,
        kind=kind,
        title=f"{what}（{round_.selection.number}第{round_.seq}次表决）",
        requested_by_id=actor.pk,
        requested_at=at,
    )
    transaction.on_commit(partial(send, document.pk))
    return document


def before_requesting_ballot_paper(case: Case, *, actor: acts.Actor, at: datetime) -> Iterator[Requirement]:
    round_: Round = case.subject
    yield Requirement(
        _("The ballot is prepared and not open yet"),
        met=round_.state == RoundState.PREPARED,
        observed=RoundState(round_.state).label,
    )


@act(Act.REQUEST_BALLOT_PAPER, subject="round", requires=before_requesting_ballot_paper)
def request_ballot_paper(round_: Round, *, actor: acts.Actor, at: datetime) -> acts.Facts:
    """Have the blank paper ballot made; every sheet printed of it is like every other."""
    return acts.Facts(made=[request_of_round(round_, Paper.BALLOT_PAPER, actor=actor, at=at)])


def before_requesting_count_report(case: Case, *, actor: acts.Actor, at: datetime) -> Iterator[Requirement]:
    round_: Round = case.subject
    yield Requirement(
        _("The result is announced"),
        met=round_.state == RoundState.ANNOUNCED,
        observed=RoundState(round_.state).label,
        required=RoundState.ANNOUNCED.label,
    )


@act(Act.REQUEST_COUNT_REPORT, subject="round", requires=before_requesting_count_report)
def request_count_report(round_: Round, *, actor: acts.Actor, at: datetime) -> acts.Facts:
    """Have the report of an announced count made, to be signed by chair, scrutineers and tellers."""
    return acts.Facts(made=[request_of_round(round_, Paper.COUNT_REPORT, actor=actor, at=at)])


def before_requesting_minutes(case: MeetingCase, *, actor: acts.Actor, at: datetime) -> Iterator[Requirement]:
    yield Requirement(_("The meeting is closed"), met=case.meeting.closed_at is not None)


@act(Act.REQUEST_MINUTES, subject="meeting", requires=before_requesting_minutes)
def request_minutes(meeting: Meeting, *, actor: acts.Actor, at: datetime) -> acts.Facts:
    """Have the minutes made again, from what is recorded now; earlier ones are kept."""
    return acts.Facts(made=[request_minutes_of(meeting, actor=actor, at=at)])


def title_for(
    selection: Selection,
    kind: Paper,
    *,
    candidacy: Candidacy | None = None,
    appointment: Appointment | None = None,
) -> str:
    """The official title of a paper of this kind: what it is, and of whom."""
    if kind == Paper.RECORD_FORM and "record.title" in selection.rules:
        what = str(selection.rules["record.title"].value)
    else:
        with translation.override(OFFICIAL):
            what = str(Paper(kind).label)
    who = appointment or candidacy
    return f"{what}（{who.person.name}）" if who else f"{what}（{selection.number}）"


def version(kind: Paper) -> str:
    """NOT-11: the version of the template of a paper: the first twelve hex digits of the SHA-256 of its text."""
    source: str = get_template(f"documents/{kind.value}.html").template.source  # type: ignore[attr-defined]
    return hashlib.sha256(source.encode()).hexdigest()[:12]


def send(pk: int) -> None:
    """Nudge the worker; a queue that does not answer is no obstacle."""
    try:
        with current_app.connection_for_write(transport_options=settings.QUEUE_BRIEFLY) as connection:
            current_app.send_task(RENDER, args=[pk], connection=connection)
    except OperationalError:
        log.warning("paper %s waits for the next scan: the queue does not answer", pk)


def send_waiting(at: datetime) -> int:
    """Send again what has been waiting for more than a minute; how many."""
    waiting = Document.objects.filter(state=DocumentState.REQUESTED, requested_at__lt=at - PATIENCE)
    pks = list(waiting.order_by("requested_at", "pk").values_list("pk", flat=True)[:AT_ONCE])
    for pk in pks:
        send(pk)
    return len(pks)


@act(Act.FILE_DOCUMENT, subject="selection")
def file_document(
    selection: Selection,
    *,
    actor: acts.Actor,
    at: datetime,
    title: str,
    upload: Upload,
    candidacy: Candidacy | None = None,
) -> acts.Facts:
    """File a document as evidence of the selection."""
    return acts.Facts(made=[file(selection, upload, title, actor=actor, at=at, candidacy=candidacy)])


def before_requesting(
    case: Case,
    *,
    actor: acts.Actor,
    at: datetime,
    kind: Paper | None = None,
    appointment: Appointment | None = None,
    candidacy: Candidacy | None = None,
) -> Iterator[Requirement]:
    if kind is None:
        return
    yield Requirement(_("The system makes this kind of paper"), met=kind in ON_REQUEST, field="kind")
    if kind == Paper.NOMINATION_FORM:
        yield Requirement(
            _("The rules ask for a form of nomination"), met="nomination.form" in case.rules, field="kind"
        )
    if kind in _OF_APPOINTMENT:
        label, done = _OF_APPOINTMENT[kind]
        known = {row.pk for row in case.appointments if done(row)}
        yield Requirement(label, met=appointment is not None and appointment.pk in known, field="appointment")
    if kind in _OF_SELECTION:
        label, there = _OF_SELECTION[kind]
        yield Requirement(label, met=bool(there(case)), field="kind")
        yield Requirement(
            _("No person is chosen, since the paper is about the whole selection"),
            met=candidacy is None,
            field="candidacy",
        )
    if kind in _OF_CANDIDATES:
        label, there = _OF_CANDIDATES[kind]
        rows = there(case)
        yield Requirement(label, met=bool(rows if candidacy is None else case.of(rows, candidacy)), field="kind")
    if kind in (Paper.RECORD_FORM, Paper.APPROVAL_FORM):
        yield Requirement(
            _("There is a candidate of whom to make it"),
            met=bool(case.candidacies) and not case.selection.is_removal,
            observed=len(case.candidacies),
            required=1,
            field="kind",
        )
    if candidacy is not None:
        yield Requirement(
            _("The person is a candidate of this selection"),
            met=candidacy.pk in {row.pk for row in case.candidacies},
            field="candidacy",
        )


@act(Act.REQUEST_DOCUMENT, subject="selection", requires=before_requesting)
def request_document(
    selection: Selection,
    *,
    actor: acts.Actor,
    at: datetime,
    kind: Paper,
    appointment: Appointment | None = None,
    candidacy: Candidacy | None = None,
) -> acts.Facts:
    """Have a paper made, or made again; it is ready a few seconds later."""
    paper = request(selection, Paper(kind), actor=actor, at=at, appointment=appointment, candidacy=candidacy)
    return acts.Facts(made=[paper])


@act(Act.KEEP_DOCUMENT, subject="document", plain=["unsealed"])
def keep_document(
    document: Document,
    *,
    actor: acts.Actor,
    at: datetime,
    upload: Upload | None = None,
    checkpoint: int | None = None,
    unsealed: str = "",
    problem: str = "",
) -> Document:
    """Keep the finished paper under its hash, with the checkpoint it carries, or say why it could not be made."""
    if document.state != DocumentState.REQUESTED:
        raise acts.Conflict(Act.KEEP_DOCUMENT.value)
    if upload is None:
        document.state, document.problem = DocumentState.FAILED, problem
    else:
        document.state, document.kept_at = DocumentState.KEPT, at
        document.name, document.sha256 = upload.name, upload.sha256
        document.size, document.media_type = upload.size, upload.media_type
        document.checkpoint, document.unsealed = checkpoint, unsealed
    document.save()
    return document
