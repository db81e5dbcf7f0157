"""Objections during a public notice (公示期间反映)."""

from django.db import models

from selection.enums import Effect
from selection.models.account import Account
from selection.models.candidacy import Appointment
from selection.models.selection import OfSelection, Selection


class Objection(OfSelection, models.Model):
    """What somebody reported, named or not; it holds the notice until it is settled.

    ``late`` says that no notice was running when it came: it is received as a report, and holds the appointment only
    where its investigation says so.
    """

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="objections")
    appointment = models.ForeignKey(Appointment, models.PROTECT, related_name="objections")
    receipt_hash = models.CharField(max_length=64, unique=True)
    reporter = models.CharField(max_length=60, blank=True)
    contact = models.CharField(max_length=120, blank=True)
    content = models.TextField()
    filed_at = models.DateTimeField()
    late = models.BooleanField(default=False)
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    effect = models.CharField(max_length=20, choices=Effect.choices, blank=True)
    investigation = models.TextField(blank=True)
    answer = models.TextField(blank=True)

    class Meta:
        ordering = ["filed_at", "pk"]

    def __str__(self) -> str:
        return f"{self.appointment_id} {self.filed_at:%Y-%m-%d}"

    @property
    def holds(self) -> bool:
        """Whether the investigation holds the appointment until it is concluded."""
        return self.settled_at is None and self.effect == Effect.HELD

    def streams(self) -> tuple[str, ...]:
        return (f"selection:{self.selection_id}", f"person:{self.appointment.person_id}")


class InvestigationNote(models.Model):
    """What an investigation found on the way to its conclusion (核查记录)."""

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="investigation_notes")
    objection = models.ForeignKey(Objection, models.PROTECT, related_name="notes")
    notes = models.TextField()
    noted_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    noted_at = models.DateTimeField()

    class Meta:
        ordering = ["noted_at", "pk"]

    def __str__(self) -> str:
        return f"{self.objection_id} {self.noted_at:%Y-%m-%d}"
