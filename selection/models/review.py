"""Whether a candidate qualifies, as somebody has looked at it item by item (资格审查)."""

from __future__ import annotations

from django.db import models

from selection.enums import ReviewStep
from selection.models.account import Account
from selection.models.candidacy import Candidacy
from selection.models.document import Document
from selection.models.selection import OfSelection, Selection


class Review(OfSelection, models.Model):
    """One review of one candidate, by the own unit or by the department; a later one of the step takes its place.

    An item is None where the rules or the post did not ask for it.  ``exam`` is the score, or the number of the paper
    that gives it.
    """

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="reviews")
    candidacy = models.ForeignKey(Candidacy, models.PROTECT, related_name="reviews")
    step = models.CharField(max_length=20, choices=ReviewStep.choices)
    basic = models.BooleanField(null=True)
    archive = models.BooleanField(null=True)
    health = models.BooleanField(null=True)
    post_conditions = models.BooleanField(null=True)
    exam = models.CharField(max_length=40, blank=True)
    qualified = models.BooleanField()
    reason = models.TextField(blank=True)
    document = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")
    reviewed_on = models.DateField()
    reviewed_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    reviewed_at = models.DateTimeField()

    class Meta:
        ordering = ["reviewed_at", "pk"]

    def __str__(self) -> str:
        return f"{self.candidacy} {self.get_step_display()}"
