"""Papers and evidence (文书、材料), kept under their SHA-256 outside the static files."""

from django.db import models
from django.db.models import Q

from selection.enums import DocumentState, Paper
from selection.models.account import Account
from selection.models.candidacy import Appointment, Candidacy
from selection.models.selection import OfSelection, Selection


class Document(OfSelection, models.Model):
    """A paper that the system makes, or a file that somebody filed."""

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="documents")
    kind = models.CharField(max_length=20, choices=Paper.choices)
    title = models.CharField(max_length=120)
    appointment = models.ForeignKey(Appointment, models.PROTECT, null=True, blank=True, related_name="documents")
    candidacy = models.ForeignKey(Candidacy, models.PROTECT, null=True, blank=True, related_name="documents")
    state = models.CharField(max_length=20, choices=DocumentState.choices, default=DocumentState.REQUESTED)
    problem = models.TextField(blank=True)
    name = models.CharField(max_length=120, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(default=0)
    media_type = models.CharField(max_length=60, blank=True)
    requested_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    kept_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-requested_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=DocumentState.KEPT) | ~Q(sha256=""), name="a_kept_document_has_its_hash"
            )
        ]
        indexes = [models.Index(fields=["selection", "-requested_at"], name="document_by_selection")]

    def __str__(self) -> str:
        return self.title
