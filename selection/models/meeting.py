"""Meetings of a deciding body (会议、议题、到会、发言)."""

from __future__ import annotations

from collections.abc import Container, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q

from selection import acts
from selection.enums import Act, AttendanceKind, ItemKind, Opinion, Part, Role, Stage
from selection.models.account import Account
from selection.models.body import Body, Seat
from selection.models.candidacy import Candidacy
from selection.models.correction import Correctable, OnRecord
from selection.models.participation import Participation
from selection.models.selection import OfSelection, Selection
from selection.register.models import Organisation, Person, Tenure

if TYPE_CHECKING:
    from selection.models.poll import Round


@dataclass
class MeetingCase:
    """What requirements see of a meeting: its members, who is there, and its ballots."""

    meeting: Meeting
    seats: list[Seat] = field(default_factory=list)
    attendances: list[Attendance] = field(default_factory=list)
    movements: list[Movement] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=list)


class MeetingQuerySet(models.QuerySet["Meeting"]):
    def minutes_open_to(self, account: Account) -> MeetingQuerySet:
        """Meetings of which the account may have the minutes, which tell of every item.

        It may read everything of the meeting; or it is a member who was there, the meeting is closed, and the account
        is apart from no item.
        """
        whole = Q(pk__in=self.whole_to(account).order_by().values("pk"))
        if account.person_id is None or not account.holds(Role.MEMBER):
            return self.filter(whole)
        came = Attendance.objects.filter(Q(present=True) | Q(movements__arrived=True), person=account.person_id)
        known = Selection.objects.open_to(account).order_by().values("pk")
        apart = AgendaItem.objects.exclude(selection__in=known).values("meeting")
        there = Q(pk__in=came.filter(kind=AttendanceKind.VOTING).order_by().values("meeting"), closed_at__isnull=False)
        return self.filter(whole | there & ~Q(pk__in=apart))

    def whole_to(self, account: Account) -> MeetingQuerySet:
        """Meetings of which the account may read everything: it sees each selection on their agenda."""
        seen = Selection.objects.visible_to(account, taking_part=()).order_by().values("pk")
        closed = AgendaItem.objects.exclude(selection__in=seen).values("meeting")
        return self.filter(items__isnull=False).exclude(pk__in=closed).distinct()


class Meeting(acts.Subject, models.Model):
    """One meeting of a body; its entries stand in the record of the body and of each selection on its agenda."""

    body = models.ForeignKey(Body, models.PROTECT, related_name="meetings")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    number = models.CharField(max_length=40)
    held_on = models.DateField()
    place = models.CharField(max_length=80)
    chair = models.ForeignKey(Seat, models.PROTECT, null=True, blank=True, related_name="+")
    called_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = MeetingQuerySet.as_manager()

    class Meta:
        ordering = ["-held_on", "-pk"]
        constraints = [models.UniqueConstraint(fields=["body", "number"], name="one_meeting_per_number_and_body")]
        indexes = [models.Index(fields=["-held_on", "-id"], name="meeting_by_day")]

    def __str__(self) -> str:
        return f"{self.body} {self.number}"

    @property
    def full_title(self) -> str:
        """The meeting as it is called in a document."""
        return f"{self.body.title}{self.number}" + ("" if self.number.endswith("会议") else "会议")

    def streams(self) -> tuple[str, ...]:
        items = sorted(self.items.values_list("selection_id", flat=True))
        return (f"organisation:{self.organisation_id}", *(f"selection:{pk}" for pk in items))

    def mandates(self) -> list[int]:
        return self.body.mandates()

    def case(self) -> MeetingCase:
        from selection.models.poll import Round

        return MeetingCase(
            meeting=self,
            seats=list(self.body.seats.in_force(self.held_on).select_related("person")),
            attendances=list(self.attendances.select_related("person", "seat")),
            movements=list(self.movements.all()),
            rounds=list(Round.objects.filter(poll__item__meeting=self)),
        )

    def locked(self) -> Meeting:
        """The meeting and the selections on its agenda, these first and in key order."""
        list(Selection.objects.select_for_update(of=("self",)).filter(agenda_items__meeting_id=self.pk).order_by("pk"))
        return Meeting.objects.select_for_update(of=("self",)).select_related("body").get(pk=self.pk)


class AgendaItem(models.Model):
    """One selection on the agenda of one meeting (议题); ``chair`` presides over it instead of who does otherwise."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="items")
    selection = models.ForeignKey(Selection, models.PROTECT, related_name="agenda_items")
    position = models.PositiveSmallIntegerField()
    chair = models.ForeignKey(Seat, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "selection"], name="one_item_per_meeting_and_selection")
        ]

    def __str__(self) -> str:
        return f"{self.meeting_id}/{self.position}"

    @property
    def kind(self) -> ItemKind:
        """What is asked of the committee: an item at which posts are left removes as well."""
        if self.selection.is_removal:
            return ItemKind.REMOVE
        return ItemKind.APPOINT_AND_REMOVE if self.removals.all() else ItemKind.APPOINT

    @property
    def presiding(self) -> Seat | None:
        """Who presides over the item; nobody is known of meetings held before that was recorded."""
        return self.chair or self.meeting.chair

    def lacks_chair(self, voters: Container[int | None]) -> bool:
        """Whether who presides is not among these seats, of those who are in the room and may vote on the item."""
        return self.presiding is not None and self.presiding.pk not in voters

    @classmethod
    def of(cls, selection: Selection) -> AgendaItem:
        """The item under which the committee deals with the selection now; a case has the same one as ``item``."""
        running = cls.objects.filter(selection=selection, meeting__closed_at__isnull=True)
        return running.order_by("meeting__held_on", "pk").reverse()[0]


class Removal(OfSelection, models.Model):
    """A post that somebody leaves by the decision that appoints (免去职务).

    With a candidacy it is another post of that candidate and is left if he or she is appointed; without one it is the
    very post to be filled, left by its holder as soon as somebody is appointed to it.  Where the selection itself is a
    removal, the candidate is the one who leaves, by a document of its own.
    """

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="removals")
    item = models.ForeignKey(AgendaItem, models.PROTECT, related_name="removals")
    candidacy = models.ForeignKey(Candidacy, models.PROTECT, null=True, blank=True, related_name="removals")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    tenure = models.ForeignKey(Tenure, models.PROTECT, related_name="+")
    reason = models.TextField()
    proposed_at = models.DateTimeField()
    ended_on = models.DateField(null=True, blank=True)
    document_number = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["item", "tenure"], name="one_removal_per_item_and_tenure")]

    def __str__(self) -> str:
        return f"{self.person}：{self.tenure.post.full_title}"

    def streams(self) -> tuple[str, ...]:
        return (f"selection:{self.selection_id}", f"person:{self.person_id}")


class Attendance(models.Model):
    """Who was there when the meeting began: members with a vote and persons who attend without one (到会、列席)."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="attendances")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    seat = models.ForeignKey(Seat, models.PROTECT, null=True, blank=True, related_name="attendances")
    kind = models.CharField(max_length=20, choices=AttendanceKind.choices)
    present = models.BooleanField()

    class Meta:
        ordering = ["seat__rank", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "person"], name="one_attendance_per_meeting_and_person")
        ]

    def __str__(self) -> str:
        return f"{self.meeting_id} {self.person_id}"


class Movement(models.Model):
    """Somebody came after the meeting had begun or left before its end, and when (到会时间、离会时间)."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="movements")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    attendance = models.ForeignKey(Attendance, models.PROTECT, related_name="movements")
    arrived = models.BooleanField()
    moved_at = models.DateTimeField()

    class Meta:
        ordering = ["moved_at", "pk"]

    def __str__(self) -> str:
        return f"{self.attendance_id} {self.moved_at:%H:%M}"


def apart_from(selections: Iterable[int]) -> dict[int, set[int | None]]:
    """Selection → persons who must have no part in it today: recused, or candidates.  One query."""
    found: dict[int, set[int | None]] = {pk: set() for pk in selections}
    recused = Participation.objects.filter(
        selection__in=found, part=Part.RECUSED, until_on__isnull=True, person__isnull=False
    )
    candidates = Candidacy.objects.filter(selection__in=found)
    rows = recused.order_by().values_list("selection", "person")
    for pk, person in rows.union(candidates.order_by().values_list("selection", "person")):
        found[pk].add(person)
    return found


def is_there(attendance: Attendance, movements: Iterable[Movement]) -> bool:
    """Whether somebody is in the room: as the last movement left it, or else as the meeting began."""
    mine = [row for row in movements if row.attendance_id == attendance.pk]
    return max(mine, key=lambda row: (row.moved_at, row.pk)).arrived if mine else attendance.present


class Introduction(OnRecord, models.Model):
    """One candidate introduced to the meeting, in five sections (介绍情况)."""

    correctable = Correctable(
        Act.INTRODUCE_CANDIDATE,
        Stage.DELIBERATION,
        ("introducer", "basic_facts", "recommendation", "assessment", "strengths_and_shortcomings", "reason"),
    )

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="introductions")
    item = models.ForeignKey(AgendaItem, models.PROTECT, related_name="introductions")
    candidacy = models.ForeignKey(Candidacy, models.PROTECT, related_name="introductions")
    introducer = models.CharField(max_length=60)
    basic_facts = models.TextField()
    recommendation = models.TextField()
    assessment = models.TextField()
    strengths_and_shortcomings = models.TextField()
    reason = models.TextField()
    introduced_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "candidacy"], name="one_introduction_per_item_and_candidate")
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.candidacy_id}"


class StatedOpinion(models.Model):
    """What a member said of one candidate before the vote: by name, since the vote is secret and the opinion is not."""

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="opinions")
    item = models.ForeignKey(AgendaItem, models.PROTECT, related_name="opinions")
    candidacy = models.ForeignKey(Candidacy, models.PROTECT, related_name="opinions")
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="opinions")
    opinion = models.CharField(max_length=20, choices=Opinion.choices)
    remark = models.TextField(blank=True)
    stated_at = models.DateTimeField()
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["item", "candidacy", "seat"], name="one_opinion_per_item_candidate_and_member"
            )
        ]

    def __str__(self) -> str:
        return f"{self.item_id} {self.seat_id} {self.opinion}"
