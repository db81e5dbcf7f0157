"""Mandates (干部管理权限): which body decides on which posts, and who holds which role there."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from selection import acts
from selection.enums import Act, Grade, Role
from selection.models.account import Account
from selection.models.body import Body
from selection.register.models import Organisation


class Mandate(acts.Subject, models.Model):
    """A body with a class of posts; guardian's permissions are given on these rows."""

    code = models.SlugField(max_length=40, unique=True)
    title = models.CharField(max_length=80)
    body = models.ForeignKey(Body, models.PROTECT)
    department = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    rulebook = models.CharField(max_length=60)
    grades = ArrayField(models.CharField(max_length=20, choices=Grade.choices))

    class Meta:
        permissions = [(act.value, act.name.replace("_", " ").capitalize()) for act in Act]
        default_permissions = ()

    def __str__(self) -> str:
        return self.title

    @property
    def organisation_id(self) -> int:
        return self.body.organisation_id

    def streams(self) -> tuple[str, ...]:
        return self.body.streams()

    def mandates(self) -> list[int]:
        return [self.pk]

    def covers(self, grade: str) -> bool:
        """Whether posts of this grade are decided under this mandate."""
        return grade in self.grades


class Holding(models.Model):
    """A role that an account holds for a mandate, with dates."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="holdings")
    mandate = models.ForeignKey(Mandate, models.PROTECT, related_name="holdings")
    role = models.CharField(max_length=20, choices=Role.choices)
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["account", "role"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "mandate", "role"],
                condition=Q(until_on__isnull=True),
                name="one_open_holding_per_account_mandate_and_role",
            ),
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gte=F("from_on")), name="a_holding_ends_after_it_begins"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account}: {self.get_role_display()}"


class Freeze(models.Model):
    """A time in which no motion may be raised: institutions change, or the secretary is about to leave (附件2 第十条)."""

    mandate = models.ForeignKey(Mandate, models.PROTECT, related_name="freezes")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    ground = models.TextField()
    from_on = models.DateField()
    lifted_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["mandate"], condition=Q(lifted_on__isnull=True), name="one_open_freeze_per_mandate"
            )
        ]

    def __str__(self) -> str:
        return f"{self.mandate}: {self.from_on}"
