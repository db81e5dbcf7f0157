"""Public notice (任前公示).

After the committee decides, the appointment is announced and anyone may object.  The notice ends when it has run its
full length and every report on the person is settled; what an investigation does is in ``reports``.  Where the rules
name the changes of post that are made public, any other one may go without.
Rulebook keys: ``notice.*``, ``appointment.talk_before``, ``post.competition_mode``.
"""

import secrets
from collections.abc import Iterator, Mapping
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from selection import clock, deadlines, tenures
from selection.acts import UNASKED, Facts, Requirement, Upload, act
from selection.documents import requests
from selection.documents.filing import PICTURES
from selection.enums import (
    Act,
    AppointmentState,
    CandidacyState,
    Channel,
    Competition,
    DeadlineKind,
    EarlyEnd,
    Evidence,
    Paper,
    PostClass,
    Stage,
)
from selection.models import Account, Appointment, Candidacy, Objection
from selection.models.case import Case
from selection.register.models import Tenure
from selection.rulebook import workdays
from selection.rulebook.keys import KEYS, NOTICE_FACTS
from selection.standing import at_stage, given, not_in_future, nothing_reported, running, to_appoint

_BEFORE_OFFICE = (AppointmentState.ON_NOTICE, AppointmentState.CLEARED)
_NOT_LEADING = (PostClass.NON_LEADING, PostClass.RESERVE)


def change_of(case: Case, candidacy: Candidacy) -> str:
    """NOT-04: which change of post it is, as ``notice.changes`` names them; empty for any other.

    Whose grade the register does not know is taken to be promoted, so that nobody goes without a notice by a gap.
    """
    post, person = candidacy.post or case.selection.post, candidacy.person
    if case.rises(candidacy):
        return "promotion"
    held = [row.post.post_class for row in case.served if row.person_id == person.pk and row.until_on is None]
    if post.post_class not in _NOT_LEADING and all(one in _NOT_LEADING for one in held):
        return "to_leading"
    return "lateral_to_key" if post.key_kind else ""


def is_made_public(case: Case, candidacy: Candidacy) -> bool:
    """Whether the rules ask for a public notice of this change of post; they do where they name none."""
    changes = case.rules.value("notice.changes")
    return changes is None or change_of(case, candidacy) in changes


def talks_first(case: Case) -> bool:
    """Whether the talk is held before the notice, and not before the appointment."""
    return bool(case.rules.value("appointment.talk_before") == "notice")


def before_publishing(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    phone: str | None = None,
    channels: list[str] | None = None,
    talked_on: date | None = None,
    talked_by: str = "",
    achievements: str = "",
    rewards: str = "",
    conduct: str = "",
    photo: Upload | None = UNASKED,
) -> Iterator[Requirement]:
    candidacy: Candidacy = case.subject
    yield at_stage(case, Stage.DECIDED)
    yield running(case)
    yield to_appoint(case)
    yield Requirement(
        _("The person has passed the vote"),
        met=candidacy.state == CandidacyState.PASSED,
        observed=CandidacyState(candidacy.state).label,
        required=CandidacyState.PASSED.label,
    )
    if case.selection.competition == Competition.GRADE:
        yield Requirement.under(
            case.rules.get("post.competition_mode"),
            _("The post that the person gets is decided on"),
            met=candidacy.post is not None,
            required=_("a post"),
        )
    live = [
        row for row in case.appointments if row.candidacy_id == candidacy.pk and row.state != AppointmentState.CANCELLED
    ]
    yield Requirement(_("The person is not on notice yet"), met=not live, observed=len(live), required=0)
    yield from nothing_reported(case, [candidacy])
    if phone is not None and (channels or is_made_public(case, candidacy)):
        yield Requirement.under(
            case.rules.get("notice.fields"),
            _("A telephone for objections is given"),
            met=given(phone),
            required=_("a telephone"),
            field="phone",
        )
    if channels is not None:
        if is_made_public(case, candidacy):
            change = change_of(case, candidacy)
            yield Requirement.under(
                case.rules.get("notice.changes"),
                _("At least one channel is chosen"),
                met=bool(channels),
                observed=KEYS["notice.changes"].choices.get(change),
                field="channels",
            )
        if talks_first(case):
            yield Requirement.under(
                case.rules["appointment.talk_before"],
                _("The talk with the person was held before the notice"),
                met=talked_on is not None and given(talked_by),
                observed=talked_on,
                required=_("a talk"),
                field="talked_on",
            )
        yield not_in_future(talked_on, at, field="talked_on")
    if channels:
        texts = {"achievements": achievements, "rewards": rewards, "conduct": conduct}
        yield from _told(case, texts, photo)
        if case.is_secret(candidacy):
            yield Requirement.under(
                case.rules.get("nomination.exceptions"),
                _("Who was nominated in confidence appears on no public page"),
                met="page" not in channels,
                required=_("without the public page"),
                field="channels",
            )


def _told(case: Case, texts: Mapping[str, str], photo: Upload | None) -> Iterator[Requirement]:
    """NOT-09, NOT-10: what the rules want told beyond the register, each in words, and the photograph."""
    rule = case.rules.get("notice.fields")
    asked = rule.value if rule else ()
    for name, text in texts.items():
        if name in asked:
            yield Requirement.under(
                rule,
                _("The notice says all that the rules want told of the person"),
                met=given(text),
                required=NOTICE_FACTS[name],
                field=name,
            )
    if "photo" in asked and photo is not UNASKED:
        yield Requirement.under(
            rule,
            _("The photograph is uploaded, as a JPEG or PNG picture"),
            met=photo is not None and photo.media_type in PICTURES,
            observed=photo.name if photo else _("no file"),
            field="photo",
        )


@act(Act.PUBLISH_NOTICE, subject="candidacy", requires=before_publishing, plain=["phone", "address", "talked_by"])
def publish_notice(
    candidacy: Candidacy,
    *,
    phone: str,
    address: str,
    channels: list[str],
    text: str = "",
    talked_on: date | None = None,
    talked_by: str = "",
    talk_notes: str = "",
    achievements: str = "",
    rewards: str = "",
    conduct: str = "",
    photo: Upload | None = None,
    actor: Account,
    at: datetime,
) -> Facts:
    """Announce the appointment; the notice runs for the days that the rule gives, and its paper is made.

    Without a channel nothing is announced: the rules let this change of post go without, and the notice may be closed
    at once.
    """
    selection = candidacy.selection
    ends = workdays.ends(selection.rules["notice.length"].value, clock.day_of(at))
    appointment = Appointment(
        selection=selection,
        candidacy=candidacy,
        person=candidacy.person,
        notice_slug=secrets.token_urlsafe(9),
        notice_at=at,
        notice_ends_at=ends.at if channels else at,
        notice_is_provisional=bool(channels) and ends.provisional,
        notice_channels=channels,
        notice_phone=phone,
        notice_address=address,
        notice_text=text,
        talked_on=talked_on,
        talked_by=talked_by,
        talk_notes=talk_notes,
        notice_achievements=achievements,
        notice_rewards=rewards,
        notice_conduct=conduct,
    )
    papers = requests.attach(
        selection, Evidence.PHOTO, photo, candidacy.person.name, actor=actor, at=at, candidacy=candidacy
    )
    appointment.notice_photo = papers[0] if papers else None
    appointment.save()
    if not channels:
        return Facts({"made_public": False}, [appointment, *papers])
    deadlines.expect(
        selection, DeadlineKind.NOTICE_END, ends.at, at=at, provisional=ends.provisional, appointment=appointment
    )
    requests.request(selection, Paper.NOTICE, actor=actor, at=at, candidacy=candidacy, appointment=appointment)
    found = {"last_day": ends.last_day, "provisional": ends.provisional, "template": requests.version(Paper.NOTICE)}
    return Facts(found, [appointment, *papers])


def before_objecting(case: Case, *, actor: Account, at: datetime, content: str | None = None) -> Iterator[Requirement]:
    if content is not None:
        yield Requirement(_("What is objected to is written down"), met=given(content), field="content")


@act(Act.FILE_OBJECTION, subject="appointment", requires=before_objecting)
def file_objection(
    appointment: Appointment,
    *,
    content: str,
    reporter: str = "",
    contact: str = "",
    receipt_hash: str,
    channel: Channel = Channel.ONLINE,
    actor: Account,
    at: datetime,
) -> Facts:
    """Object to an appointment, named or not; what was said and who said it enter the record as commitments only.

    What comes when no notice is running is lost neither: it is received as a report.
    """
    late = not is_running(appointment, at)
    objection = Objection.objects.create(
        selection=appointment.selection,
        appointment=appointment,
        receipt_hash=receipt_hash,
        channel=channel,
        reporter=reporter,
        contact=contact,
        content=content,
        filed_at=at,
        late=late,
    )
    return Facts({"named": bool(reporter), "late": late}, [objection])


def is_running(appointment: Appointment, at: datetime) -> bool:
    """Whether the notice is public at that time, so that an objection holds it."""
    return (
        appointment.state == AppointmentState.ON_NOTICE
        and appointment.selection.suspended_at is None
        and appointment.notice_at <= at < appointment.notice_ends_at
    )


def before_closing(case: Case, *, actor: Account, at: datetime) -> Iterator[Requirement]:
    appointment: Appointment = case.subject
    length, objections = case.rules["notice.length"], case.rules.get("notice.objections")
    waiting = [row for row in case.objections if row.concerns(appointment.candidacy_id) and row.settled_at is None]
    yield running(case)
    yield Requirement(
        _("The appointment is on public notice"),
        met=appointment.state == AppointmentState.ON_NOTICE,
        observed=AppointmentState(appointment.state).label,
    )
    yield Requirement.under(
        length,
        _("The notice has run its full length"),
        met=at >= appointment.notice_ends_at,
        observed=_("not made public")
        if appointment.notice_ends_at == appointment.notice_at
        else _("runs until %(day)s") % {"day": clock.worded(clock.last_day_before(appointment.notice_ends_at))},
    )
    yield Requirement.under(
        objections,
        _("Every objection has been settled"),
        met=not waiting,
        observed=_("%(number)s not done") % {"number": len(waiting)} if waiting else _("all done"),
        required=_("all done"),
    )


@act(Act.CLOSE_NOTICE, subject="appointment", requires=before_closing)
def close_notice(appointment: Appointment, *, actor: Account, at: datetime) -> None:
    """End the notice: nobody's objection stands."""
    appointment.close_notice()
    appointment.cleared_at = at
    appointment.save()
    deadlines.end(appointment.selection, at=at, kinds=[DeadlineKind.NOTICE_END], appointment=appointment)


def before_cancelling(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    ground: EarlyEnd | None = None,
    restored: list[Tenure] | None = None,
    reason: str | None = None,
) -> Iterator[Requirement]:
    appointment: Appointment = case.subject
    on_probation = appointment.state == AppointmentState.APPOINTED
    yield Requirement(
        _("The appointment has not taken effect, or is on probation"),
        met=appointment.state in _BEFORE_OFFICE or on_probation,
        observed=AppointmentState(appointment.state).label,
    )
    if reason is not None:
        yield Requirement(_("The reason is written down"), met=given(reason), field="reason")
        if on_probation:
            yield _early_end(case, ground)
            yield tenures.posts_are_free(case, restored)


def _early_end(case: Case, ground: EarlyEnd | None) -> Requirement:
    says = _("The ground is one on which probation ends early")
    rule = case.rules.get("probation.early_end")
    if rule is None:  # rules stored before this one was known
        return Requirement(says, met=ground is not None, field="ground")
    return Requirement.under(
        rule,
        says,
        met=ground is not None and ground in rule.value,
        observed=EarlyEnd(ground).label if ground else None,
        required=[EarlyEnd(one).label for one in rule.value],
        field="ground",
    )


@act(Act.CANCEL_APPOINTMENT, subject="appointment", requires=before_cancelling)
def cancel_appointment(
    appointment: Appointment,
    *,
    reason: str,
    ground: EarlyEnd | None = None,
    restored: list[Tenure] | None = None,
    actor: Account,
    at: datetime,
) -> Facts:
    """Cancel the appointment before it takes effect or on probation; then the trial post ends with it.

    The quota is free again, the grade is the one from before, and the person returns to the posts chosen.
    """
    on_probation = appointment.state == AppointmentState.APPOINTED
    appointment.cancel_appointment()
    appointment.early_end = ground or ""
    appointment.ended_at, appointment.end_reason = at, reason
    appointment.save()
    deadlines.end(appointment.selection, at=at, appointment=appointment)
    deadlines.end(appointment.selection, at=at, kinds=deadlines.IN_OFFICE, appointment=appointment)
    if not on_probation:
        return Facts({}, [appointment])
    undone = tenures.undo(appointment, restored or [], reason, act=Act.CANCEL_APPOINTMENT, at=at)
    selection, candidacy = appointment.selection, appointment.candidacy
    candidacy.cancel_appointment()
    candidacy.leave(at=at, stage=selection.stage, reason=reason)
    candidacy.save()
    selection.cancel_appointment(last=tenures.seats_settled(selection) >= selection.seats)
    if selection.stage == Stage.CLOSED:
        selection.enter(at)
    facts = {"posts_restored": len(undone.posts), "grade_restored": undone.grade}
    return Facts(facts, [appointment, *undone.posts, undone.matter])
