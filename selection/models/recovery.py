"""A backup older than the record was restored, and what is lost by it (恢复旧备份)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext as _

from audit import tree
from selection import acts
from selection.models.account import Account


@dataclass(frozen=True)
class RecoveryCase:
    """What requirements see of a recovery: what the record has at this moment, and whether an auditor reported it."""

    recovery: Recovery
    loss: tree.Loss | None
    is_latest: bool
    by_auditor: bool


class Recovery(acts.Subject, models.Model):
    """That the record no longer has what a checkpoint covers: reported by one person, confirmed by another.

    ``note`` is the last checkpoint seen outside; of the ``size`` entries that it covers the tree has the first
    ``present``, up to the checkpoint signed at ``present_at``.
    """

    note = models.TextField()
    number = models.BigIntegerField()
    size = models.BigIntegerField()
    root = models.CharField(max_length=64)
    signed_at = models.DateTimeField()
    present = models.BigIntegerField()
    present_at = models.DateTimeField(null=True, blank=True)
    reason = models.TextField()
    by_auditor = models.BooleanField()
    proposed_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(present__lt=F("size")), name="a_recovery_is_about_entries_that_are_lost"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_by__isnull=True) | ~Q(confirmed_by=F("proposed_by")),
                name="a_recovery_is_confirmed_by_somebody_else",
            ),
        ]

    def __str__(self) -> str:
        return _("Checkpoint no. %(number)s") % {"number": self.number}

    @property
    def lost(self) -> int:
        """How many entries that the checkpoint covers are gone."""
        return self.size - self.present

    @property
    def last_lost(self) -> int:
        """The number of the last of them in the tree; the first is ``present``, since numbers begin with 0."""
        return self.size - 1

    def case(self) -> Any:
        is_latest = not Recovery.objects.filter(pk__gt=self.pk).exists()
        return RecoveryCase(self, tree.loss(self.note), is_latest, self.by_auditor)

    def case_for(self, given: Mapping[str, Any], at: datetime) -> Any:
        return self.case()

    def streams(self) -> tuple[str, ...]:
        return ("system",)

    def mandates(self) -> list[int]:
        return Account().mandates()
