"""What is done around an appointment besides notice and talk (任职事项).

Before the appointment: an examination or a report on integrity, a pledge, what warns and teaches, the approval of a
superior, the election where a congress elects.  Afterwards: the report to the superior, the handover of the former
post, a training, a service; and while probation runs, its reviews.  The report on integrity comes after the notice,
since it speaks of what was reported then.
What has to be there before an appointment is asked where somebody is appointed.
Rulebook keys: ``integrity.items``, ``appointment.approval``, ``appointment.followed_by``, ``probation.review``.
"""

from collections.abc import Iterator
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from selection import clock, deadlines
from selection.acts import UNASKED, Facts, Requirement, Upload, act
from selection.documents import requests
from selection.enums import Act, AppointmentState, DeadlineKind, Evidence, FormalityItem
from selection.models import Account, Appointment, Formality
from selection.models.case import Case
from selection.rulebook import workdays
from selection.standing import FOR_INTEGRITY, given, not_in_future

BEFORE = (AppointmentState.ON_NOTICE, AppointmentState.CLEARED)
#: Speaks of the notice, or is asked for once it has passed.
AFTER_NOTICE = (FormalityItem.EXAM, FormalityItem.REPORT, FormalityItem.APPROVAL, FormalityItem.ELECTION)
#: Rests on a signed paper.
SIGNED = (FormalityItem.PLEDGE, FormalityItem.COMMITMENT, FormalityItem.APPROVAL)
#: Is passed or not.
JUDGED = (FormalityItem.EXAM, FormalityItem.APPROVAL, FormalityItem.REVIEW, FormalityItem.ELECTION)
#: Is counted in figures.
SCORED = (FormalityItem.EXAM, FormalityItem.ELECTION)


def when(item: FormalityItem) -> tuple[AppointmentState, ...]:
    """At which points of an appointment an item is put on file."""
    if item in AFTER_NOTICE:
        return (AppointmentState.CLEARED,)
    if item in FOR_INTEGRITY:
        return BEFORE
    if item == FormalityItem.REVIEW:
        return (AppointmentState.APPOINTED,)
    return (AppointmentState.APPOINTED, AppointmentState.CONFIRMED)


def before_recording(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    item: FormalityItem | None = None,
    done_on: date | None = None,
    in_charge: str = "",
    score: str = "",
    passed: bool | None = None,
    until_on: date | None = None,
    notes: str = "",
    evidence: Upload | None = UNASKED,
) -> Iterator[Requirement]:
    appointment: Appointment = case.subject
    yield Requirement(_("The selection is not suspended"), met=case.selection.suspended_at is None)
    yield Requirement(
        _("The appointment is at the right point"),
        met=appointment.state in (when(item) if item else (*BEFORE, *when(FormalityItem.HANDOVER))),
        observed=AppointmentState(appointment.state).label,
        required=[state.label for state in when(item)] if item else None,
        field="item",
    )
    yield not_in_future(done_on, at, field="done_on")
    if item is None:
        return
    yield Requirement(_("Who was in charge is named"), met=given(in_charge), field="in_charge")
    if done_on is not None and (since := _since(appointment, item)):
        yield Requirement(
            _("The day does not lie before that from which it can be done"),
            met=done_on >= since,
            observed=done_on,
            required=since,
            field="done_on",
        )
    if item in JUDGED:
        yield Requirement(_("What came of it is said"), met=passed is not None, field="passed")
    if item in SCORED:
        yield Requirement(
            _("The score of the examination is given")
            if item == FormalityItem.EXAM
            else _("The votes of the election are given"),
            met=given(score),
            field="score",
        )
    if item in SIGNED and evidence is not UNASKED:
        yield Requirement(
            _("The signed paper is uploaded"),
            met=evidence is not None,
            required=Evidence.FORMALITY.label,
            field="evidence",
        )
    if item == FormalityItem.REVIEW:
        yield Requirement(_("Achievements and integrity are both judged in words"), met=given(notes), field="notes")
    if item == FormalityItem.REPORT and (reported := _reported(case, appointment)):
        yield Requirement(
            _("It is written down what the report says of what was reported about the person"),
            met=given(notes),
            observed=_("%(number)s reports") % {"number": len(reported)},
            field="notes",
        )
    if item == FormalityItem.PETITION_DUTY:
        yield Requirement(
            _("The last day of the service is given"),
            met=until_on is not None and (done_on is None or until_on >= done_on),
            observed=until_on,
            field="until_on",
        )


def _since(appointment: Appointment, item: FormalityItem) -> date | None:
    """From which day on an item can be done; None for any day."""
    if item in AFTER_NOTICE:
        return clock.day_of(appointment.cleared_at) if appointment.cleared_at else None
    return appointment.published_on if item == FormalityItem.REVIEW else None


def _reported(case: Case, appointment: Appointment) -> list[int]:
    """The reports on the person, by their keys."""
    return [row.pk for row in case.objections if row.concerns(appointment.candidacy_id)]


@act(Act.RECORD_FORMALITY, subject="appointment", requires=before_recording, plain=["in_charge", "score"])
def record_formality(
    appointment: Appointment,
    *,
    item: FormalityItem,
    done_on: date,
    in_charge: str,
    score: str = "",
    passed: bool | None = None,
    until_on: date | None = None,
    notes: str = "",
    evidence: Upload | None = None,
    actor: Account,
    at: datetime,
) -> Facts:
    """Put on file what was done around an appointment; what it was to be done by ends, or comes due anew."""
    selection = appointment.selection
    papers = requests.attach(
        selection,
        Evidence.FORMALITY,
        evidence,
        f"{item.label} {appointment.person.name}",
        actor=actor,
        at=at,
        appointment=appointment,
    )
    made = Formality.objects.create(
        selection=selection,
        appointment=appointment,
        item=item,
        done_on=done_on,
        in_charge=in_charge.strip(),
        score=score,
        passed=passed,
        until_on=until_on,
        notes=notes,
        document=papers[0] if papers else None,
        recorded_by=actor,
        recorded_at=at,
    )
    facts: dict[str, object] = {}
    if item == FormalityItem.REPORT:
        facts["reports"] = len(_reported(selection.case(), appointment))
    if item == FormalityItem.HANDOVER:
        deadlines.end(selection, at=at, kinds=[DeadlineKind.HANDOVER_DUE], appointment=appointment)
    if item == FormalityItem.REVIEW:
        deadlines.end(selection, at=at, kinds=[DeadlineKind.REVIEW_DUE], appointment=appointment)
        for rule in selection.rules.asking("probation.review"):
            due = workdays.ends(rule.value, done_on).at
            if appointment.probation_ends_at is not None and due < appointment.probation_ends_at:
                deadlines.expect(selection, DeadlineKind.REVIEW_DUE, due, at=at, appointment=appointment)
    return Facts(facts, [made, *papers])
