"""Batches of motions (动议批次): posts that are filled together, for one reason."""

from __future__ import annotations

from django.db import models

from selection import acts
from selection.models.account import Account
from selection.models.mandate import Mandate
from selection.register.models import Organisation


class Batch(acts.Subject, models.Model):
    """Motions that the department raises together; each stays a selection of its own."""

    mandate = models.ForeignKey(Mandate, models.PROTECT, related_name="batches")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    number = models.CharField(max_length=20)
    title = models.CharField(max_length=80)
    grounds = models.TextField()
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(Account, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-opened_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["mandate", "number"], name="one_batch_per_number_and_mandate")]
        indexes = [models.Index(fields=["mandate", "-opened_at"], name="batch_by_mandate")]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def streams(self) -> tuple[str, ...]:
        return (f"organisation:{self.organisation_id}",)

    def mandates(self) -> list[int]:
        return [self.mandate_id]
