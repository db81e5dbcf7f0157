"""Deciding bodies and their seats (决策机构、席位)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import models
from django.db.models import Q

from selection import acts
from selection.enums import Act, BodyKind, Duty, Role
from selection.register.models import Organisation, Person

_ABOUT_SEATS = (Act.SEAT_MEMBER, Act.END_SEAT)


class Body(acts.Subject, models.Model):
    """A body with seats: one that meets and decides, such as the standing committee of a county.

    One that decides under no mandate is known by its seats alone: how many members the plenary committee has on a day.
    """

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="bodies")
    kind = models.CharField(max_length=20, choices=BodyKind.choices)
    title = models.CharField(max_length=80)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organisation", "kind"], name="one_body_of_a_kind_per_organisation")
        ]

    def __str__(self) -> str:
        return self.title

    def streams(self) -> tuple[str, ...]:
        return (f"organisation:{self.organisation_id}",)

    @property
    def decided(self) -> list[int]:
        """The mandates under which this body decides."""
        kept: list[int] | None = self.__dict__.get("_decided")
        if kept is None:
            kept = self.__dict__["_decided"] = list(self.mandate_set.values_list("pk", flat=True))
        return kept

    def mandates(self) -> list[int]:
        """Its own mandates; those of the other bodies of its committee, where it has none."""
        kept: list[int] | None = self.__dict__.get("_mandates")
        if kept is None:
            beside = Body.objects.filter(organisation=self.organisation_id, mandate__isnull=False)
            kept = self.__dict__["_mandates"] = self.decided or list(beside.values_list("mandate", flat=True))
        return kept

    def admits(self, act: Act, actor: acts.Actor, role: Role, at: datetime) -> bool:
        return act in _ABOUT_SEATS or bool(self.decided)

    def case(self) -> Body:
        """The body with all its seats, read here so that requirements ask nothing of the database."""
        models.prefetch_related_objects([self], models.Prefetch("seats", Seat.objects.select_related("person")))
        return self


class SeatQuerySet(models.QuerySet["Seat"]):
    def in_force(self, on: date) -> SeatQuerySet:
        """Seats held on that day, in their order, the chief first."""
        return self.filter(Q(until_on__isnull=True) | Q(until_on__gte=on), from_on__lte=on).order_by("rank", "pk")


def seats_on(seats: Iterable[Seat], on: date) -> list[Seat]:
    """As ``in_force``, but among seats that were read already."""
    held = [seat for seat in seats if seat.from_on <= on and (seat.until_on is None or on <= seat.until_on)]
    return sorted(held, key=lambda seat: (seat.rank, seat.pk))


class Seat(models.Model):
    """One person's seat in a body, with dates."""

    body = models.ForeignKey(Body, models.PROTECT, related_name="seats")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, related_name="seats")
    duty = models.CharField(max_length=20, choices=Duty.choices, default=Duty.MEMBER)
    rank = models.PositiveSmallIntegerField()
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)

    objects = SeatQuerySet.as_manager()

    class Meta:
        ordering = ["rank", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["body", "person"], condition=Q(until_on__isnull=True), name="one_open_seat_per_person_and_body"
            ),
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gte=models.F("from_on")),
                name="a_seat_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.body}: {self.person}"

    @property
    def is_chief(self) -> bool:
        return self.duty == Duty.SECRETARY
