"""Objections during a public notice, and reports at any stage before it (公示期间反映、举报)."""

from django.db import models
from django.db.models import Q

from selection.enums import Breach, Channel, Effect
from selection.models.account import Account
from selection.models.candidacy import Appointment, Candidacy
from selection.models.selection import OfSelection, Selection


class Objection(OfSelection, models.Model):
    """What somebody reported, named or not; it holds the notice until it is settled.

    It concerns an appointment, or before there is one a candidate, or else the selection as a whole.  ``late`` says
    that no notice was running when it came: it is received as a report, and holds the appointment only where its
    investigation says so.
    """

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="objections")
    appointment = models.ForeignKey(Appointment, models.PROTECT, null=True, blank=True, related_name="objections")
    candidacy = models.ForeignKey(Candidacy, models.PROTECT, null=True, blank=True, related_name="objections")
    channel = models.CharField(max_length=20, choices=Channel.choices, blank=True)
    breach = models.CharField(max_length=20, choices=Breach.choices, blank=True)
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
        constraints = [
            models.CheckConstraint(
                condition=Q(appointment__isnull=True) | Q(candidacy__isnull=True),
                name="a_report_concerns_an_appointment_or_a_candidate",
            )
        ]

    def __str__(self) -> str:
        return f"{self.selection_id} {self.filed_at:%Y-%m-%d}"

    @property
    def candidate(self) -> Candidacy | None:
        """Whom it concerns; None for the selection as a whole."""
        return self.appointment.candidacy if self.appointment else self.candidacy

    def concerns(self, candidacy: int) -> bool:
        """Whether it concerns the candidate with this key, also as a part of the whole selection."""
        if self.appointment is not None:
            return self.appointment.candidacy_id == candidacy
        return self.candidacy_id in (None, candidacy)

    @property
    def holds(self) -> bool:
        """Whether what it concerns goes no further until the investigation is concluded."""
        return self.settled_at is None and self.effect == Effect.HELD

    def streams(self) -> tuple[str, ...]:
        about = self.candidate
        return (f"selection:{self.selection_id}", *([f"person:{about.person_id}"] if about else []))


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
