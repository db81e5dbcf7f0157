"""Appointment and probation (任职、试用期).

After the notice and the talk the person is appointed: former posts end and the new one begins in one transaction.
Probation runs from the day of publication; when it is over the person is assessed, then confirmed or relieved.
What else has to be on file before the appointment is put there by ``formality``.
Rulebook keys: ``appointment.talk``, ``post.quota``, ``handover.due``, ``term.length``, ``probation.*``.
"""

from collections.abc import Iterator
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from selection import clock, deadlines, tenures
from selection.acts import Facts, Requirement, act
from selection.documents import requests
from selection.enums import Act, AppointmentState, DeadlineKind, FormalityItem, Paper, Stage
from selection.models import Account, Appointment, Selection
from selection.models.case import Case
from selection.qualification import is_trained, sanctioned
from selection.register.models import Tenure
from selection.rulebook import workdays
from selection.standing import (
    audited_on_leaving,
    formalities_done,
    given,
    not_ended_early,
    not_in_future,
    nothing_held,
    nothing_held_elsewhere,
    nothing_reported,
    running,
)


def in_state(case: Case, *states: AppointmentState) -> Requirement:
    """The appointment stands in one of these states."""
    appointment: Appointment = case.subject
    return Requirement(
        _("The appointment is at the right point"),
        met=appointment.state in states,
        observed=AppointmentState(appointment.state).label,
        required=[state.label for state in states],
    )


def before_talking(
    case: Case, *, actor: Account, at: datetime, talked_on: date | None = None, talked_by: str | None = None
) -> Iterator[Requirement]:
    yield running(case)
    yield in_state(case, AppointmentState.ON_NOTICE, AppointmentState.CLEARED)
    yield not_in_future(talked_on, at, field="talked_on")
    if talked_by is not None:
        yield Requirement(_("Who held the talk is named"), met=given(talked_by), field="talked_by")


@act(Act.HOLD_APPOINTMENT_TALK, subject="appointment", requires=before_talking, plain=["talked_by"])
def hold_appointment_talk(
    appointment: Appointment, *, talked_on: date, talked_by: str, talk_notes: str, actor: Account, at: datetime
) -> None:
    """Record the talk with the person before the appointment."""
    appointment.talked_on, appointment.talked_by, appointment.talk_notes = talked_on, talked_by, talk_notes
    appointment.save()


def before_appointing(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    document_number: str | None = None,
    appointed_on: date | None = None,
    published_on: date | None = None,
    ended: list[Tenure] | None = None,
) -> Iterator[Requirement]:
    appointment: Appointment = case.subject
    leaving = sum(row.candidacy_id is None for row in case.removals_with(appointment.candidacy))
    post = appointment.candidacy.post or case.selection.post
    yield running(case)
    yield in_state(case, AppointmentState.CLEARED)
    yield from nothing_reported(case, [appointment.candidacy])
    yield from sanctioned(case, [appointment.person], clock.day_of(at))
    yield from formalities_done(case, appointment)
    election = case.formality_of(appointment, FormalityItem.ELECTION)
    yield Requirement(
        _("Whoever stood for election was elected"),
        met=election is None or election.passed is True,
        observed=None if election is None else election.done_on,
    )
    for talk in case.rules.asking("appointment.talk"):
        yield Requirement.under(
            talk,
            _("The talk before appointment is on file"),
            met=appointment.talked_on is not None,
            observed=appointment.talked_on,
            required=_("a talk"),
        )
    for quota in case.rules.asking("post.quota"):
        yield Requirement.under(
            quota,
            _("The unit has a free post of this grade"),
            met=case.vacancy.free + leaving >= 1,
            observed=case.vacancy.free + leaving,
            required=1,
        )
    yield Requirement(
        _("The holder of the post has left, or is removed by the same decision")
        if case.selection.departure
        else _("The post has a seat for one more holder"),
        met=case.held[post.pk] - leaving < post.seats,
        observed=case.held[post.pk] - leaving,
        required=post.seats - 1,
    )
    if document_number is not None:
        yield Requirement(
            _("The appointment document has a number"), met=given(document_number), field="document_number"
        )
    yield not_in_future(published_on, at, field="published_on")
    if appointed_on is not None and published_on is not None and appointment.cleared_at is not None:
        yield Requirement.under(
            case.rules["notice.length"],
            _("The appointment is published after the notice was closed"),
            met=published_on >= clock.day_of(appointment.cleared_at),
            observed=published_on,
            required=clock.day_of(appointment.cleared_at),
            field="published_on",
        )
        yield Requirement(
            _("The term of office does not begin after its publication"),
            met=appointed_on <= published_on,
            observed=appointed_on,
            required=published_on,
            field="appointed_on",
        )
    decided = case.entered(Stage.DECIDED)
    if appointed_on is not None and decided is not None:
        yield Requirement(
            _("The term of office does not begin before the decision"),
            met=appointed_on >= clock.day_of(decided),
            observed=appointed_on,
            required=clock.day_of(decided),
            field="appointed_on",
        )
    if ended is not None:
        known = {row.pk: row for row in case.served}
        removed = [row.tenure for row in case.removals_with(appointment.candidacy)]
        yield from audited_on_leaving(case, [*(known.get(row.pk, row) for row in ended), *removed])
        yield Requirement(
            _("Only running posts of this person are ended"),
            met=all(row.person_id == appointment.person_id and row.until_on is None for row in ended),
            field="ended",
        )


@act(Act.APPOINT_CANDIDATE, subject="appointment", requires=before_appointing, plain=["document_number"])
def appoint_candidate(
    appointment: Appointment,
    *,
    document_number: str,
    appointed_on: date,
    published_on: date,
    ended: list[Tenure],
    actor: Account,
    at: datetime,
) -> Facts:
    """Appoint: former posts end, the new one begins and fills the quota; probation runs from publication.

    Posts that the committee removed with the same decision end as well, whether chosen here or not.
    """
    selection = appointment.selection
    post = appointment.candidacy.post or selection.post
    removals = selection.case().removals_with(appointment.candidacy)
    left = {row.pk for row in ended} | {row.tenure_id for row in removals}
    for tenure in Tenure.objects.filter(pk__in=left, until_on__isnull=True):
        tenure.until_on, tenure.on_probation = max(appointed_on, tenure.from_on), False
        tenure.save()
    for removal in removals:
        removal.ended_on = appointed_on
        removal.save()
    for rule in selection.rules.asking("qualification.training_within"):
        if not is_trained(appointment.person.case(), appointment.person.grade_since):
            ends = workdays.ends(rule.value, appointed_on)
            deadlines.expect(selection, DeadlineKind.TRAINING_DUE, ends.at, at=at, appointment=appointment)
    probation = post.is_probationary
    tenure = Tenure.objects.create(
        person=appointment.person, post=post, from_on=appointed_on, on_probation=probation, basis=document_number
    )
    appointment.tenure = tenure
    own = [row.tenure_id for row in removals if row.candidacy_id is not None]
    appointment.former = list(dict.fromkeys([*(row.pk for row in ended), *own]))
    appointment.former_grade, appointment.former_grade_since = appointment.person.grade, appointment.person.grade_since
    appointment.document_number = document_number
    appointment.appointed_on, appointment.published_on = appointed_on, published_on
    facts: dict[str, object] = {"probation": probation}
    if probation:
        ends = workdays.ends(selection.rules["probation.length"].value, published_on)
        appointment.probation_ends_at = ends.at
        for reminder in selection.rules.asking("probation.reminder"):
            deadlines.expect(
                selection,
                DeadlineKind.PROBATION_REMINDER,
                workdays.begins(reminder.value, ends.last_day),
                at=at,
                appointment=appointment,
            )
        deadlines.expect(selection, DeadlineKind.PROBATION_END, ends.at, at=at, appointment=appointment)
        facts["probation_until"] = ends.last_day
    _expect(appointment, at)
    appointment.appoint_candidate(probation=probation)
    appointment.save()
    if not probation:
        _finish(selection, at)
    for paper in (Paper.APPOINTMENT, Paper.RECORD_FORM):
        requests.request(selection, paper, actor=actor, at=at, candidacy=appointment.candidacy, appointment=appointment)
    if removals:
        facts["posts_left"] = len(removals)
    return Facts(facts, [appointment, *removals])


def _expect(appointment: Appointment, at: datetime) -> None:
    """What comes due once somebody is appointed: handing the former post over, a first review, the end of the term."""
    selection, published_on, appointed_on = appointment.selection, appointment.published_on, appointment.appointed_on
    assert published_on is not None
    assert appointed_on is not None
    due = {}
    if appointment.former:
        due[DeadlineKind.HANDOVER_DUE] = "handover.due", published_on
    if appointment.probation_ends_at:
        due[DeadlineKind.REVIEW_DUE] = "probation.review", published_on
    due[DeadlineKind.TERM_END] = "term.length", appointed_on
    for kind, (key, since) in due.items():
        for rule in selection.rules.asking(key):
            deadlines.expect(selection, kind, workdays.ends(rule.value, since).at, at=at, appointment=appointment)


def _finish(selection: Selection, at: datetime) -> None:
    """Close the selection when its last seat has its holder for good."""
    last = tenures.seats_settled(selection) >= selection.seats
    selection.confirm_appointment(last=last)
    if last:
        selection.enter(at)


def before_assessing(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    assessed_on: date | None = None,
    fit: bool | None = None,
    opinion: str | None = None,
) -> Iterator[Requirement]:
    appointment: Appointment = case.subject
    found_wanting = _found_wanting(case, appointment)
    yield running(case)
    yield in_state(case, AppointmentState.APPOINTED)
    yield not_in_future(assessed_on, at, field="assessed_on")
    if appointment.published_on and appointment.probation_ends_at:
        for reminder in case.rules.asking("probation.reminder"):
            opens = workdays.begins(reminder.value, clock.last_day_before(appointment.probation_ends_at))
            yield Requirement.under(
                case.rules.get("probation.assessment"),
                _("Probation is about to end"),
                met=at >= opens or found_wanting,
                observed=clock.day_of(at),
                required=clock.day_of(opens),
            )
    if fit:
        yield not_ended_early(case, appointment, field="fit")
    if opinion is not None:
        yield Requirement(_("The opinion is written down"), met=given(opinion), field="opinion")


def _found_wanting(case: Case, appointment: Appointment) -> bool:
    """PRO-08: whether the last review found the person not fit, so that the assessment does not wait."""
    last = case.formality_of(appointment, FormalityItem.REVIEW)
    return last is not None and last.passed is False


@act(Act.ASSESS_PROBATION, subject="appointment", requires=before_assessing)
def assess_probation(
    appointment: Appointment, *, assessed_on: date, fit: bool, opinion: str, actor: Account, at: datetime
) -> None:
    """Record the assessment at the end of probation."""
    appointment.assessed_on, appointment.assessed_fit, appointment.assessment_opinion = assessed_on, fit, opinion
    appointment.save()


def before_confirming(case: Case, *, actor: Account, at: datetime) -> Iterator[Requirement]:
    appointment: Appointment = case.subject
    yield running(case)
    yield in_state(case, AppointmentState.APPOINTED)
    yield not_ended_early(case, appointment)
    yield nothing_held(case, [appointment.candidacy])
    yield from nothing_held_elsewhere(case, [appointment.person_id])
    ends = appointment.probation_ends_at
    yield Requirement.under(
        case.rules["probation.length"],
        _("Probation is over"),
        met=ends is not None and at >= ends,
        observed=_("runs until %(day)s") % {"day": clock.worded(clock.last_day_before(ends))} if ends else None,
    )
    yield Requirement.under(
        case.rules.get("probation.assessment"),
        _("The person was assessed as fit"),
        met=bool(appointment.assessed_fit),
        observed=appointment.assessed_on,
        required=_("fit"),
    )


@act(Act.CONFIRM_APPOINTMENT, subject="appointment", requires=before_confirming)
def confirm_appointment(appointment: Appointment, *, actor: Account, at: datetime) -> None:
    """Confirm the appointment: probation was passed."""
    tenure = appointment.tenure
    assert tenure is not None
    tenure.on_probation = False
    tenure.save()
    appointment.confirm_appointment()
    appointment.save()
    deadlines.end(appointment.selection, at=at, appointment=appointment)
    _finish(appointment.selection, at)
    requests.request(
        appointment.selection,
        Paper.RECORD_FORM,
        actor=actor,
        at=at,
        candidacy=appointment.candidacy,
        appointment=appointment,
    )


def before_relieving(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    reason: str | None = None,
    restored: list[Tenure] | None = None,
) -> Iterator[Requirement]:
    appointment: Appointment = case.subject
    yield running(case)
    yield in_state(case, AppointmentState.APPOINTED)
    yield Requirement.under(
        case.rules.get("probation.assessment"),
        _("The person was assessed as not fit"),
        met=appointment.assessed_fit is False,
        observed=appointment.assessed_on,
        required=_("not fit"),
    )
    if reason is not None:
        yield Requirement(_("The reason is written down"), met=given(reason), field="reason")
        yield tenures.posts_are_free(case, restored)


@act(Act.RELIEVE_APPOINTMENT, subject="appointment", requires=before_relieving)
def relieve_appointment(
    appointment: Appointment,
    *,
    reason: str,
    restored: list[Tenure] | None = None,
    actor: Account,
    at: datetime,
) -> Facts:
    """Relieve the person of the trial post: probation was not passed.

    The quota is free again, the grade is the one from before, and the person returns to the posts chosen.
    """
    undone = tenures.undo(appointment, restored or [], reason, act=Act.RELIEVE_APPOINTMENT, at=at)
    appointment.relieve_appointment()
    appointment.ended_at, appointment.end_reason = at, reason
    appointment.save()
    selection = appointment.selection
    deadlines.end(selection, at=at, appointment=appointment)
    deadlines.end(selection, at=at, kinds=deadlines.IN_OFFICE, appointment=appointment)
    selection.relieve_appointment(last=tenures.seats_settled(selection) >= selection.seats)
    if selection.stage == Stage.CLOSED:
        selection.enter(at)
    facts = {"posts_restored": len(undone.posts), "grade_restored": undone.grade}
    return Facts(facts, [appointment, *undone.posts, undone.matter])
