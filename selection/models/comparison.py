"""The candidates of one selection held against each other and against the post (比较)."""

from __future__ import annotations

from django.db import models

from selection.enums import Aspect, Stage
from selection.models.account import Account
from selection.models.candidacy import Candidacy
from selection.models.selection import OfSelection, Selection


class Comparison(OfSelection, models.Model):
    """How one candidate stands in one aspect, in words; a later one of the same stage takes its place."""

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="comparisons")
    candidacy = models.ForeignKey(Candidacy, models.PROTECT, related_name="comparisons")
    stage = models.CharField(max_length=20, choices=Stage.choices)
    aspect = models.CharField(max_length=20, choices=Aspect.choices)
    judgement = models.TextField()
    compared_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    compared_at = models.DateTimeField()

    class Meta:
        ordering = ["compared_at", "pk"]

    def __str__(self) -> str:
        return f"{self.candidacy} {self.get_aspect_display()}"
