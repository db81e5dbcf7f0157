"""Units, their approved numbers of posts and of people (单位、职数、编制)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from selection import acts
from selection.enums import EstablishmentKind, Grade, UnitKind
from selection.register.models.mandates import every_mandate


@dataclass(frozen=True)
class OrganisationCase:
    """What requirements see of a unit: itself, and how much still hangs on it when it is to be closed."""

    organisation: Organisation | None
    posts: int = 0
    people: int = 0
    units: int = 0

    def is_open(self, on: date) -> bool:
        """Whether the unit exists on that day; the register as a whole always does."""
        return self.organisation is None or self.organisation.is_open(on)


class Register(acts.Subject):
    """The register as a whole (名册): to it the unit at the top is added, which has no unit above it."""

    pk = 0
    _meta = SimpleNamespace(model_name="register")

    def streams(self) -> tuple[str, ...]:
        return ()

    def mandates(self) -> Iterable[int]:
        return every_mandate()

    def locked(self) -> Register:
        return self

    def case(self) -> OrganisationCase:
        return OrganisationCase(organisation=None)


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def open_on(self, on: date) -> OrganisationQuerySet:
        """Units that are not closed on that day."""
        return self.filter(Q(closed_on__isnull=True) | Q(closed_on__gt=on))


class Organisation(acts.Subject, models.Model):
    """A unit: a committee, an organ, a public institution, a township."""

    name = models.CharField(_("Full name"), max_length=100)
    short_name = models.CharField(_("Short name"), max_length=40)
    kind = models.CharField(_("Kind of unit"), max_length=20, choices=UnitKind.choices)
    parent = models.ForeignKey(
        "self", models.PROTECT, verbose_name=_("Unit above"), null=True, blank=True, related_name="units"
    )
    code = models.CharField(_("Unit code"), max_length=20, unique=True)
    closed_on = models.DateField(_("Closed on"), null=True, blank=True)

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(parent=models.F("id")),
                name="no_unit_is_above_itself",
                violation_error_message=_("A unit cannot stand above itself."),
            ),
        ]

    def __str__(self) -> str:
        return self.short_name

    def is_open(self, on: date) -> bool:
        """Whether the unit exists on that day."""
        return self.closed_on is None or on < self.closed_on

    def clean(self) -> None:
        above = self.parent
        while above is not None:
            if above.pk == self.pk and self.pk is not None:
                raise ValidationError({"parent": _("The unit above must not stand below this unit.")})
            above = above.parent

    def streams(self) -> tuple[str, ...]:
        return (f"organisation:{self.pk}",)

    def mandates(self) -> Iterable[int]:
        return every_mandate()

    def case(self) -> OrganisationCase:
        return OrganisationCase(organisation=self)

    def case_for(self, given: Mapping[str, Any], at: datetime) -> OrganisationCase:
        """With how much still hangs on the unit where it is to be closed; three queries then, else none."""
        if not given.get("values", {}).get("closed_on"):
            return self.case()
        return OrganisationCase(
            organisation=self,
            posts=self.posts.filter(abolished_on__isnull=True).count(),
            people=self.people.filter(gone_on__isnull=True).count(),
            units=self.units.filter(closed_on__isnull=True).count(),
        )


class Quota(models.Model):
    """How many posts of a grade a unit may have (核定职数)."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="quotas")
    grade = models.CharField(_("Grade"), max_length=20, choices=Grade.choices)
    approved = models.PositiveSmallIntegerField(_("Approved number"))

    class Meta:
        ordering = ["organisation", "grade"]
        constraints = [
            models.UniqueConstraint(fields=["organisation", "grade"], name="one_quota_per_unit_and_grade"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.get_grade_display()}: {self.approved}"


class EstablishmentQuerySet(models.QuerySet["Establishment"]):
    def in_force(self, on: date) -> EstablishmentQuerySet:
        """The number of each unit and kind that holds on that day."""
        rows = self.filter(from_on__lte=on).order_by("organisation_id", "kind", "-from_on")
        return rows.distinct("organisation_id", "kind")


class Establishment(models.Model):
    """How many people of a kind a unit may have from a day on (核定编制); a later row takes its place."""

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="establishments")
    kind = models.CharField(_("Kind of establishment"), max_length=20, choices=EstablishmentKind.choices)
    approved = models.PositiveSmallIntegerField(_("Approved number"))
    from_on = models.DateField(_("From"))
    basis = models.CharField(_("Number of the approving document"), max_length=60, blank=True)

    objects = EstablishmentQuerySet.as_manager()

    class Meta:
        ordering = ["organisation", "kind", "-from_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "kind", "from_on"], name="one_establishment_per_unit_kind_and_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organisation} {self.get_kind_display()}: {self.approved}"


@dataclass(frozen=True)
class Vacancy:
    """Approved and occupied posts of one grade in one unit; what running selections reserve is not known here."""

    approved: int = 0
    occupied: int = 0

    @property
    def free(self) -> int:
        """Approved minus occupied; below zero when a unit has more leaders than approved."""
        return self.approved - self.occupied


def establishment(organisation: Organisation, on: date) -> dict[str, Vacancy]:
    """Grade → approved and occupied on that day; holders on probation occupy their post.  Two queries."""
    approved = dict(organisation.quotas.values_list("grade", "approved"))
    occupied = dict(
        organisation.posts.filter(_held_on(on))
        .order_by()
        .values_list("grade")
        .annotate(number=Count("tenures"))
        .values_list("grade", "number")
    )
    return {
        grade: Vacancy(approved.get(grade, 0), occupied.get(grade, 0))
        for grade in Grade.values
        if grade in approved or grade in occupied
    }


def vacancies(organisation: Organisation, grade: str, on: date) -> Vacancy:
    """Approved and occupied posts of one grade on that day.  Two queries."""
    return establishment(organisation, on).get(grade, Vacancy())


def _held_on(on: date) -> Q:
    return Q(tenures__from_on__lte=on) & (Q(tenures__until_on__isnull=True) | Q(tenures__until_on__gt=on))
