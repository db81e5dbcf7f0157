"""The committee's meeting: agenda, attendance, introduction, opinions (会议、议题、到会、介绍、发言)."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from selection import clock
from selection.acts import Facts, Requirement, act
from selection.documents import requests
from selection.enums import (
    Act,
    AttendanceKind,
    BodyKind,
    CandidacyState,
    ConsultationLevel,
    ConsultedBody,
    Grade,
    Matter,
    Opinion,
    RoundState,
    Stage,
)
from selection.models import (
    Account,
    AgendaItem,
    Attendance,
    Body,
    Candidacy,
    ImportantMatter,
    Introduction,
    Meeting,
    Movement,
    Removal,
    RollMember,
    Round,
    Seat,
    Selection,
    StatedOpinion,
)
from selection.models.case import Case
from selection.models.meeting import MeetingCase, is_there
from selection.register.models import Person
from selection.rulebook.keys import KEYS
from selection.stages.deliberation.consultation import levels_asked, levels_held
from selection.standing import (
    UNDER_WAY,
    at_stage,
    consulted_one_by_one,
    given,
    no_ballot_under_way,
    no_kin,
    not_in_future,
    nothing_reported,
    of_a_township_chief,
    on_the_agenda,
    running,
)


@act(Act.CALL_MEETING, subject="body", plain=["number", "place"])
def call_meeting(body: Body, *, number: str, held_on: date, place: str, actor: Account, at: datetime) -> Meeting:
    """Call a meeting of a deciding body."""
    return Meeting.objects.create(
        body=body, organisation_id=body.organisation_id, number=number, held_on=held_on, place=place, called_at=at
    )


def _prepared(case: Case) -> Iterator[Requirement]:
    """Whom the leaders consulted on, and what the superior department said, before the committee decides."""
    held = levels_held(case)
    asked = levels_asked(case)
    for rule in dict.fromkeys(rule for _level, rule in asked):
        before = [level for level, _rule in asked if level != ConsultationLevel.STANDING_COMMITTEE]
        yield Requirement.under(
            rule,
            _("The levels of consultation before the committee are done"),
            met=all(level in held for level in before),
            observed=[level.label for level in before if level in held] or _("none"),
            required=[level.label for level in before],
        )
    yield from consulted_one_by_one(case, "before_decision")
    proposed = case.at(CandidacyState.PROPOSED)
    reported = {
        row.pk: [
            case.reply_to(inquiry)
            for inquiry in case.counting(case.inquiries, row)
            if inquiry.body == ConsultedBody.SUPERIOR
        ]
        for row in proposed
    }
    waiting = [str(row) for row in proposed if not all(reported[row.pk])]
    yield Requirement.under(
        case.rules.get("record.important_matters"),
        _("The superior department has answered wherever it was asked"),
        met=not waiting,
        observed=waiting or _("nothing is open"),
    )
    chiefs = case.selection.post.grade == Grade.TOWNSHIP_CHIEF
    for rule in case.rules.asking("deliberation.filed_before") if chiefs else ():
        lacking = [str(row) for row in proposed if not any(reported[row.pk])]
        yield Requirement.under(
            rule,
            _("The persons were reported to the superior department, which has answered"),
            met=not lacking,
            observed=lacking or _("nothing is open"),
        )


def before_putting_on_agenda(
    case: Case, *, actor: Account, at: datetime, meeting: Meeting | None = None
) -> Iterator[Requirement]:
    no_ad_hoc = case.rules.get("motion.no_ad_hoc")
    removal = case.selection.is_removal
    yield Requirement.under(
        no_ad_hoc,
        _("The removal was moved and agreed to before")
        if removal
        else _("The selection has come through motion, nomination, recommendation and inspection"),
        met=case.selection.is_at(Stage.DELIBERATION),
        observed=Stage(case.selection.stage).label,
        required=Stage.DELIBERATION.label,
    )
    yield running(case)
    yield from nothing_reported(case, case.live)
    if not removal:
        yield from _prepared(case)
    for rule in case.rules.asking("deliberation.body_of_township_chiefs") if of_a_township_chief(case) else ():
        kind = case.selection.mandate.body.kind
        yield Requirement.under(
            rule,
            _("The body that decides on chiefs of townships meets"),
            met=kind == rule.value,
            observed=BodyKind(kind).label,
            required=BodyKind(rule.value).label,
        )
    if meeting is not None:
        yield Requirement(
            _("The meeting is one of the deciding body and is not closed"),
            met=meeting.body_id == case.selection.mandate.body_id and meeting.closed_at is None,
            field="meeting",
        )
        yield Requirement(
            _("The selection is not on the agenda of a meeting that is still to be held"),
            met=case.item is None,
            observed=str(case.item.meeting) if case.item else None,
            field="meeting",
        )


@act(Act.PUT_ON_AGENDA, subject="selection", requires=before_putting_on_agenda)
def put_on_agenda(selection: Selection, *, meeting: Meeting, actor: Account, at: datetime) -> AgendaItem:
    """Put the selection on the agenda of a meeting; nothing comes there that did not go through the stages."""
    item = AgendaItem.objects.create(meeting=meeting, selection=selection, position=meeting.items.count() + 1)
    if selection.tenure is not None:
        Removal.objects.create(
            selection=selection,
            item=item,
            candidacy=selection.candidacies.get(),
            person_id=selection.tenure.person_id,
            tenure=selection.tenure,
            reason=selection.reason,
            proposed_at=at,
        )
    return item


def before_recording_attendance(
    case: MeetingCase,
    *,
    actor: Account,
    at: datetime,
    present: list[Seat] | None = None,
    chair: Seat | None = None,
    observers: list[Person] | None = None,
) -> Iterator[Requirement]:
    yield Requirement(_("The meeting is not closed"), met=case.meeting.closed_at is None)
    yield not_in_future(case.meeting.held_on, at, field="present")
    busy = [round_ for round_ in case.rounds if round_.state in UNDER_WAY]
    yield Requirement(_("No ballot of this meeting is under way"), met=not busy)
    yield Requirement(
        _("Nobody has come or left since the attendance was recorded"),
        met=not case.movements,
        observed=len(case.movements),
        required=0,
    )
    if present is not None:
        seats = {seat.pk for seat in case.seats}
        yield Requirement(
            _("Whoever is present as a member has a seat in the body"),
            met=all(seat.pk in seats for seat in present),
            field="present",
        )
        yield Requirement(
            _("One of the members who are present presides"),
            met=chair is not None and chair.pk in {seat.pk for seat in present},
            observed=chair.person.name if chair else _("nobody"),
            field="chair",
        )
        members = {seat.person_id for seat in case.seats}
        yield Requirement(
            _("Whoever attends without a vote is no member"),
            met=not any(person.pk in members for person in observers or []),
            field="observers",
        )


@act(Act.RECORD_ATTENDANCE, subject="meeting", requires=before_recording_attendance)
def record_attendance(
    meeting: Meeting, *, present: list[Seat], chair: Seat, observers: list[Person], actor: Account, at: datetime
) -> Facts:
    """Record who is there as the meeting begins: members present and absent, who presides, who attends without a vote.

    Over an item from which that member is recused another presides (``name_chair``).
    """
    here = {seat.pk for seat in present}
    meeting.chair = chair
    meeting.save()
    seats = list(meeting.body.seats.in_force(meeting.held_on))
    meeting.attendances.all().delete()
    made = [
        Attendance.objects.create(
            meeting=meeting,
            organisation_id=meeting.organisation_id,
            person_id=seat.person_id,
            seat=seat,
            kind=AttendanceKind.VOTING,
            present=seat.pk in here,
        )
        for seat in seats
    ]
    made += [
        Attendance.objects.create(
            meeting=meeting,
            organisation_id=meeting.organisation_id,
            person=person,
            kind=AttendanceKind.OBSERVER,
            present=True,
        )
        for person in observers
    ]
    return Facts({"due": len(seats), "present": len(here), "observers": len(observers)}, made)


def before_naming_chair(case: Case, *, actor: Account, at: datetime, seat: Seat | None = None) -> Iterator[Requirement]:
    yield from _on_the_agenda(case)
    yield no_ballot_under_way(case)
    item = case.item
    if item is None or seat is None:
        return
    voters = {one.pk for one in case.present_voters(item)}
    chair = item.meeting.chair
    yield Requirement(
        _("Whoever presides over the meeting is recused from this item or not in the room"),
        met=chair is None or chair.pk not in voters or seat.pk == chair.pk,
        observed=chair.person.name if chair else None,
        field="seat",
    )
    yield Requirement(
        _("The member is present and not recused"), met=seat.pk in voters, observed=seat.person.name, field="seat"
    )


@act(Act.NAME_CHAIR, subject="selection", requires=before_naming_chair)
def name_chair(selection: Selection, *, seat: Seat, actor: Account, at: datetime) -> None:
    """Name who presides over this one item, where whoever presides over the meeting is recused from it or has left."""
    item = AgendaItem.of(selection)
    item.chair = seat
    item.save()


def _before_moving(
    case: MeetingCase, at: datetime, attendance: Attendance | None, moved_at: datetime | None, *, arriving: bool
) -> Iterator[Requirement]:
    yield Requirement(_("The meeting is not closed"), met=case.meeting.closed_at is None)
    yield Requirement(
        _("Attendance has been recorded"), met=bool(case.attendances), observed=len(case.attendances), required=1
    )
    if attendance is None or moved_at is None:
        return
    of_this = attendance.pk in {row.pk for row in case.attendances}
    yield Requirement(
        _("The person is not in the room") if arriving else _("The person is in the room"),
        met=of_this and is_there(attendance, case.movements) is not arriving,
        field="attendance",
    )
    before = [row.moved_at for row in case.movements if row.attendance_id == attendance.pk]
    yield Requirement(
        _("The time is on the day of the meeting, not in the future, and not before the last one of this person"),
        met=clock.day_of(moved_at) == case.meeting.held_on
        and moved_at <= at
        and all(one <= moved_at for one in before),
        observed=moved_at,
        required=case.meeting.held_on,
        field="moved_at",
    )


def before_recording_arrival(
    case: MeetingCase,
    *,
    actor: Account,
    at: datetime,
    attendance: Attendance | None = None,
    moved_at: datetime | None = None,
) -> Iterator[Requirement]:
    yield from _before_moving(case, at, attendance, moved_at, arriving=True)


@act(Act.RECORD_ARRIVAL, subject="meeting", requires=before_recording_arrival)
def record_arrival(
    meeting: Meeting, *, attendance: Attendance, moved_at: datetime, actor: Account, at: datetime
) -> Facts:
    """Record when somebody came late, or came back.  The roll of a ballot that is prepared stays as it was frozen."""
    _move(meeting, attendance, moved_at, arrived=True)
    on_roll = RollMember.objects.filter(seat=attendance.seat, present=True, left_at__isnull=True).values("round")
    without = _rolls(meeting, UNDER_WAY).exclude(pk__in=on_roll).count() if attendance.seat else 0
    return Facts({"person": attendance.person, "too_late_for": without})


def before_recording_departure(
    case: MeetingCase,
    *,
    actor: Account,
    at: datetime,
    attendance: Attendance | None = None,
    moved_at: datetime | None = None,
) -> Iterator[Requirement]:
    yield from _before_moving(case, at, attendance, moved_at, arriving=False)


@act(Act.RECORD_DEPARTURE, subject="meeting", requires=before_recording_departure)
def record_departure(
    meeting: Meeting, *, attendance: Attendance, moved_at: datetime, actor: Account, at: datetime
) -> Facts:
    """Record when somebody left.

    Where a ballot is prepared and not open yet, the slip of a member who leaves is one that nobody may cast: it has to
    be handed back before the ballot opens.  An electronic ballot cannot be taken back, so that round is prepared anew.
    An open ballot goes on, since nobody knows whether the member has voted.
    """
    _move(meeting, attendance, moved_at, arrived=False)
    on_roll = RollMember.objects.filter(
        seat=attendance.seat, present=True, left_at__isnull=True, round__in=_rolls(meeting, [RoundState.PREPARED])
    )
    left = list(on_roll.select_related("round")) if attendance.seat else []
    for row in left:
        row.left_at = moved_at
        row.save()
    return Facts({"person": attendance.person, "slips_to_hand_back": len(left)})


def _move(meeting: Meeting, attendance: Attendance, moved_at: datetime, *, arrived: bool) -> None:
    Movement.objects.create(
        meeting=meeting,
        organisation_id=meeting.organisation_id,
        attendance=attendance,
        arrived=arrived,
        moved_at=moved_at,
    )


def _rolls(meeting: Meeting, states: Iterable[RoundState]) -> QuerySet[Round]:
    return Round.objects.filter(poll__item__meeting=meeting, state__in=list(states)).order_by("pk")


def _on_the_agenda(case: Case) -> Iterator[Requirement]:
    yield at_stage(case, Stage.DELIBERATION)
    yield running(case)
    yield on_the_agenda(case)


def before_introducing(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    candidacy: Candidacy | None = None,
    introducer: str | None = None,
    basic_facts: str | None = None,
    recommendation: str | None = None,
    assessment: str | None = None,
    strengths_and_shortcomings: str | None = None,
    reason: str | None = None,
) -> Iterator[Requirement]:
    yield from _on_the_agenda(case)
    if candidacy is None:
        return
    proposed = {row.pk for row in case.at(CandidacyState.PROPOSED)}
    yield Requirement(_("The person is proposed to the committee"), met=candidacy.pk in proposed, field="candidacy")
    item = case.item
    for rule in case.rules.asking("deliberation.foretold"):
        sent = [row.sent_at for row in case.materials if item and row.item_id == item.pk]
        yield Requirement.under(
            rule,
            _("The members were told of the item before: its material was sent to them"),
            met=bool(sent),
            observed=min(sent, default=None) or _("nothing was sent"),
            required=_("material of the item"),
        )
    for rule in case.rules.asking("deliberation.observers") if of_a_township_chief(case) else ():
        there = [row for row in case.attendances if item and row.meeting_id == item.meeting_id]
        beside = [row for row in there if row.kind == AttendanceKind.OBSERVER]
        yield Requirement.under(
            rule,
            _("Those who attend without a vote are on the list of the meeting"),
            met=bool(beside),
            observed=len(beside),
            required=[KEYS[rule.key].choices[one] for one in rule.value],
        )
    done = {row.candidacy_id for row in case.introductions if item and row.item_id == item.pk}
    yield Requirement(_("The person has not been introduced yet"), met=candidacy.pk not in done, field="candidacy")
    sections = [basic_facts, recommendation, assessment, strengths_and_shortcomings, reason]
    removal = case.selection.is_removal
    sections = [basic_facts, reason] if removal else sections
    yield Requirement.under(
        case.rules.first("removal.introduction", "deliberation.introduction")
        if removal
        else case.rules.get("deliberation.introduction"),
        _("The basic facts and the reasons for the removal are filled in, and who introduces is named")
        if removal
        else _("All five sections of the introduction are filled in, and who introduces is named"),
        met=given(introducer) and all(given(section) for section in sections),
        observed=sum(given(section) for section in sections),
        required=len(sections),
        field="basic_facts",
    )


@act(Act.INTRODUCE_CANDIDATE, subject="selection", requires=before_introducing, plain=["introducer"])
def introduce_candidate(
    selection: Selection,
    *,
    candidacy: Candidacy,
    introducer: str,
    basic_facts: str,
    recommendation: str = "",
    assessment: str = "",
    strengths_and_shortcomings: str = "",
    reason: str,
    actor: Account,
    at: datetime,
) -> Introduction:
    """Introduce one candidate to the meeting, in five sections; whoever is to be removed, in two."""
    return Introduction.objects.create(
        selection=selection,
        item=AgendaItem.of(selection),
        candidacy=candidacy,
        introducer=introducer,
        basic_facts=basic_facts,
        recommendation=recommendation,
        assessment=assessment,
        strengths_and_shortcomings=strengths_and_shortcomings,
        reason=reason,
        introduced_at=at,
    )


def before_recording_opinion(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    candidacy: Candidacy | None = None,
    seat: Seat | None = None,
    opinion: Opinion | None = None,
    remark: str = "",
) -> Iterator[Requirement]:
    yield from _on_the_agenda(case)
    item = case.item
    if item is None or candidacy is None or seat is None:
        return
    rule = case.rules.get("deliberation.opinions")
    voters = {one.pk: one for one in case.present_voters(item)}
    introduced = {row.candidacy_id for row in case.introductions if row.item_id == item.pk}
    yield Requirement.under(
        case.rules.get("deliberation.introduction"),
        _("The person has been introduced"),
        met=candidacy.pk in introduced,
        required=_("introduced"),
        field="candidacy",
    )
    yield Requirement(_("The member is present and not recused"), met=seat.pk in voters, field="seat")
    yield from no_kin(case, [(seat.person_id, seat.person.name)], field="seat")
    said = case.opinions_on(item, candidacy)
    yield Requirement(_("The member has not spoken on this person yet"), met=seat.pk not in said, field="seat")
    if seat.is_chief:
        silent = [one for one in voters.values() if not one.is_chief and one.pk not in said]
        yield Requirement.under(
            rule,
            _("The chief speaks last"),
            met=not silent,
            observed=_("%(number)s members have not spoken") % {"number": len(silent)},
            required=_("everybody else before"),
            field="seat",
        )
    if opinion in (Opinion.DISAGREE, Opinion.DEFER):
        yield Requirement(_("A dissenting opinion says why"), met=given(remark), field="remark")


@act(Act.RECORD_OPINION, subject="selection", requires=before_recording_opinion)
def record_opinion(
    selection: Selection,
    *,
    candidacy: Candidacy,
    seat: Seat,
    opinion: Opinion,
    remark: str = "",
    actor: Account,
    at: datetime,
) -> Facts:
    """Record what a member says of one candidate; the vote is secret, the opinion is not."""
    item = AgendaItem.of(selection)
    stated = StatedOpinion.objects.create(
        selection=selection,
        item=item,
        candidacy=candidacy,
        seat=seat,
        opinion=opinion,
        remark=remark,
        stated_at=at,
        position=StatedOpinion.objects.filter(item=item, candidacy=candidacy).count() + 1,
    )
    made: list[StatedOpinion | ImportantMatter] = [stated]
    noted = selection.matters.filter(kind=Matter.DISSENT, candidacy=candidacy)
    if opinion != Opinion.AGREE and not noted.exists():
        made.append(
            ImportantMatter.objects.create(
                selection=selection, candidacy=candidacy, kind=Matter.DISSENT, noted_at=at, cause=remark
            )
        )
    return Facts({}, made)


def before_closing_meeting(case: MeetingCase, *, actor: Account, at: datetime) -> Iterator[Requirement]:
    yield Requirement(_("The meeting is not closed yet"), met=case.meeting.closed_at is None)
    busy = [round_ for round_ in case.rounds if round_.state in UNDER_WAY]
    # How many are under way is not said: whoever closes the meeting may be recused from one of its items.
    yield Requirement(_("Every ballot of the meeting is announced or void"), met=not busy)


@act(Act.CLOSE_MEETING, subject="meeting", requires=before_closing_meeting)
def close_meeting(meeting: Meeting, *, actor: Account, at: datetime) -> Facts:
    """Close the meeting; its minutes are made."""
    meeting.closed_at = at
    meeting.save()
    return Facts(made=[meeting, requests.request_minutes_of(meeting, actor=actor, at=at)])
