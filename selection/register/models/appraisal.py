"""Annual appraisals with the votes of the democratic assessment (年度考核、民主测评)."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from selection.enums import AppraisalResult
from selection.register.models.person import Person

_VOTES = ("votes_excellent", "votes_competent", "votes_basic", "votes_incompetent")


class Appraisal(models.Model):
    """The result of one year; the votes are given together or not at all."""

    person_id: int
    person = models.ForeignKey(Person, models.PROTECT, related_name="appraisals")
    year = models.PositiveSmallIntegerField(_("Year"), validators=[MinValueValidator(1949), MaxValueValidator(2200)])
    result = models.CharField(_("Result of the year"), max_length=20, choices=AppraisalResult.choices)
    votes_excellent = models.PositiveIntegerField(_("Votes: excellent"), null=True, blank=True)
    votes_competent = models.PositiveIntegerField(_("Votes: competent"), null=True, blank=True)
    votes_basic = models.PositiveIntegerField(_("Votes: basically competent"), null=True, blank=True)
    votes_incompetent = models.PositiveIntegerField(_("Votes: incompetent"), null=True, blank=True)
    veto = models.BooleanField(_("A matter of veto"), default=False)

    class Meta:
        ordering = ["-year"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "year"],
                name="one_appraisal_per_person_and_year",
                violation_error_message=_("The appraisal of this year is already in the register."),
            ),
            models.CheckConstraint(
                condition=Q(**{f"{votes}__isnull": True for votes in _VOTES})
                | Q(**{f"{votes}__isnull": False for votes in _VOTES}),
                name="votes_are_given_together",
                violation_error_message=_("Give the votes of all four kinds, or none."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year}: {self.get_result_display()}"

    @property
    def votes(self) -> int | None:
        """How many votes were cast, or None where no assessment by vote was held."""
        return None if self.votes_excellent is None else sum(getattr(self, votes) for votes in _VOTES)
