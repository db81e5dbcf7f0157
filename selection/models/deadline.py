"""Deadlines (期限): a row per entry into what has one, and the heartbeat of the process that watches them."""

from django.db import models
from django.db.models import Q

from selection.enums import DeadlineKind
from selection.models.candidacy import Appointment, Nomination
from selection.models.consultation import Inquiry
from selection.models.selection import OfSelection, Selection


class Deadline(OfSelection, models.Model):
    """Something that comes due; ``met_at`` is set once by the clock, ``ended_at`` when it no longer matters."""

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="deadlines")
    kind = models.CharField(max_length=30, choices=DeadlineKind.choices)
    appointment = models.ForeignKey(Appointment, models.PROTECT, null=True, blank=True, related_name="deadlines")
    inquiry = models.ForeignKey(Inquiry, models.PROTECT, null=True, blank=True, related_name="deadlines")
    nomination = models.ForeignKey(Nomination, models.PROTECT, null=True, blank=True, related_name="deadlines")
    due_at = models.DateTimeField()
    provisional = models.BooleanField(default=False)
    expected_at = models.DateTimeField()
    met_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["due_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "appointment"],
                condition=Q(ended_at__isnull=True, appointment__isnull=False),
                name="one_open_deadline_per_kind_and_appointment",
            ),
            models.UniqueConstraint(
                fields=["kind", "inquiry"],
                condition=Q(ended_at__isnull=True, inquiry__isnull=False),
                name="one_open_deadline_per_kind_and_inquiry",
            ),
            models.UniqueConstraint(
                fields=["kind", "nomination"],
                condition=Q(ended_at__isnull=True, nomination__isnull=False),
                name="one_open_deadline_per_kind_and_nomination",
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(met_at__isnull=True, ended_at__isnull=True), name="deadline_to_meet"
            ),
            models.Index(fields=["selection", "due_at"], name="deadline_by_selection"),
        ]

    def __str__(self) -> str:
        return f"{self.selection_id} {self.kind}"


class Heartbeat(models.Model):
    """When a background process last did its round; the status page and readiness look at it."""

    name = models.CharField(max_length=40, primary_key=True)
    beaten_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
