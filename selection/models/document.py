"""Papers and evidence (文书、材料), kept under their SHA-256 outside the static files."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import models
from django.db.models import Q

from selection import acts
from selection.enums import Act, DocumentState, Paper, Role
from selection.models.account import Account
from selection.models.candidacy import Appointment, Candidacy
from selection.models.meeting import Meeting
from selection.models.selection import Selection


class Document(acts.Subject, models.Model):
    """A paper that the system makes, or a file that somebody filed: of a selection, or of a whole meeting."""

    selection = models.ForeignKey(Selection, models.PROTECT, null=True, blank=True, related_name="documents")
    meeting = models.ForeignKey(Meeting, models.PROTECT, null=True, blank=True, related_name="documents")
    kind = models.CharField(max_length=20, choices=Paper.choices)
    title = models.CharField(max_length=120)
    appointment = models.ForeignKey(Appointment, models.PROTECT, null=True, blank=True, related_name="documents")
    candidacy = models.ForeignKey(Candidacy, models.PROTECT, null=True, blank=True, related_name="documents")
    round = models.ForeignKey("selection.Round", models.PROTECT, null=True, blank=True, related_name="documents")
    state = models.CharField(max_length=20, choices=DocumentState.choices, default=DocumentState.REQUESTED)
    problem = models.TextField(blank=True)
    name = models.CharField(max_length=120, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size = models.PositiveIntegerField(default=0)
    media_type = models.CharField(max_length=60, blank=True)
    requested_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    kept_at = models.DateTimeField(null=True, blank=True)
    #: Number of the checkpoint printed on it: none on evidence, on a blank ballot, and before the first one was signed.
    checkpoint = models.PositiveBigIntegerField(null=True, blank=True)
    #: SHA-256 of the paper without the seal behind it; empty where it carries none.
    unsealed = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-requested_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=DocumentState.KEPT) | ~Q(sha256=""), name="a_kept_document_has_its_hash"
            ),
            models.CheckConstraint(
                condition=Q(selection__isnull=True) ^ Q(meeting__isnull=True),
                name="a_document_is_of_a_selection_or_of_a_meeting",
            ),
        ]
        indexes = [
            models.Index(fields=["selection", "-requested_at"], name="document_by_selection"),
            models.Index(fields=["sha256"], name="document_by_its_content"),
            models.Index(fields=["unsealed"], name="document_without_its_seal"),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def of(self) -> Selection | Meeting:
        """What the document belongs to: its streams, permissions and lock are those of the document."""
        found = self.meeting if self.selection is None else self.selection
        assert found is not None
        return found

    def streams(self) -> tuple[str, ...]:
        return self.of.streams()

    def mandates(self) -> Iterable[int]:
        return self.of.mandates()

    def locked(self) -> Any:
        self.of.locked()
        return super().locked()

    def basis(self) -> str:
        return self.of.basis()

    def matter(self) -> str:
        return self.of.matter()

    def hides_from(self, actor: acts.Actor) -> bool:
        return self.of.hides_from(actor)

    def admits(self, act: Act, actor: acts.Actor, role: Role, at: Any) -> bool:
        return self.of.admits(act, actor, role, at)
