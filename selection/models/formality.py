"""What is done around an appointment besides notice and talk (任职事项)."""

from __future__ import annotations

from django.db import models

from selection.enums import FormalityItem
from selection.models.account import Account
from selection.models.candidacy import Appointment
from selection.models.document import Document
from selection.models.selection import OfSelection, Selection


class Formality(OfSelection, models.Model):
    """One thing that was done, by whom and when; a later one of the same item takes its place.

    ``passed`` is what came of an examination, an approval or a review, ``score`` that of an examination, and
    ``until_on`` the last day of a service.
    """

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="formalities")
    appointment = models.ForeignKey(Appointment, models.PROTECT, related_name="formalities")
    item = models.CharField(max_length=20, choices=FormalityItem.choices)
    done_on = models.DateField()
    in_charge = models.CharField(max_length=60)
    score = models.CharField(max_length=20, blank=True)
    passed = models.BooleanField(null=True)
    until_on = models.DateField(null=True, blank=True)
    notes = models.TextField(blank=True)
    document = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")
    recorded_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["recorded_at", "pk"]

    def __str__(self) -> str:
        return f"{self.appointment} {self.get_item_display()}"
