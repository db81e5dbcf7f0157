"""Who is related to whom (家庭主要成员及亲属关系), as far as the register was told."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from selection.enums import Kin
from selection.register.models.person import Person


class KinshipQuerySet(models.QuerySet["Kinship"]):
    def standing(self) -> KinshipQuerySet:
        """Those that have not ended."""
        return self.filter(until_on__isnull=True)

    def of(self, people: Any) -> KinshipQuerySet:
        """Those in the files of these people (keys, or a subquery), and those in which one of them is the relative."""
        return self.filter(Q(person__in=people) | Q(relative__in=people))


class Kinship(models.Model):
    """A relative of a person: somebody of the register, or a name with a unit.

    It is kept in the file of one of the two and holds for both.
    """

    person_id: int
    relative_id: int | None
    person = models.ForeignKey(Person, models.PROTECT, related_name="kinships")
    called = models.CharField(_("Form of address"), max_length=20)
    kind = models.CharField(_("Kind of relation"), max_length=20, choices=Kin.choices)
    relative = models.ForeignKey(
        Person, models.PROTECT, null=True, blank=True, verbose_name=_("In the register as"), related_name="kinships_of"
    )
    relative_name = models.CharField(_("Name of the relative"), max_length=50, blank=True)
    relative_unit = models.CharField(_("Unit and post of the relative"), max_length=120, blank=True)
    until_on = models.DateField(_("Relation ended on"), null=True, blank=True)

    objects = KinshipQuerySet.as_manager()

    class Meta:
        ordering = ["person", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(relative__isnull=True) | ~Q(relative=F("person")),
                name="nobody_is_his_own_relative",
                violation_error_message=_("Nobody is his or her own relative."),
            ),
            models.UniqueConstraint(
                fields=["person", "relative"],
                condition=Q(until_on__isnull=True, relative__isnull=False),
                name="one_standing_kinship_per_pair",
                violation_error_message=_("This relative stands in the file already."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.called} {self.name}"

    def clean(self) -> None:
        if self.relative_id is None and not self.relative_name.strip():
            raise ValidationError(
                {"relative_name": _("Give the name of the relative, or find the relative in the register.")}
            )

    @property
    def name(self) -> str:
        """What the relative is called."""
        return self.relative.name if self.relative is not None else self.relative_name

    def other(self, person: int) -> int | None:
        """The person of the register on the other side, seen from one of the two."""
        return self.relative_id if self.person_id == person else self.person_id
