"""Deadlines (期限): a row per entry into what has one, and the heartbeat of the process that watches them."""

from django.db import models
from django.db.models import Exists, OuterRef, Q

from selection.enums import DeadlineKind
from selection.models.candidacy import Appointment, Nomination
from selection.models.consultation import Inquiry
from selection.models.selection import OfSelection, Selection
from selection.register.models import Training


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

    def is_trained(self) -> bool:
        """Whether the training that this deadline waits for is in the file by now (QUA-06)."""
        return Deadline.objects.filter(pk=self.pk).filter(trained()).exists()


def trained() -> Q:
    """Deadlines for a training that has been finished since the appointment."""
    since = {"person": OuterRef("appointment__person"), "until_on__gte": OuterRef("appointment__appointed_on")}
    return Q(Exists(Training.objects.filter(**since)), kind=DeadlineKind.TRAINING_DUE)


class Heartbeat(models.Model):
    """When a background process last did its round; the status page and readiness look at it."""

    name = models.CharField(max_length=40, primary_key=True)
    beaten_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
