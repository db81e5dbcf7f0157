"""Corrections of recorded facts (更正): old value, new value, reason, and a second person where it counts."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q

from selection.acts import Text
from selection.enums import Act, CorrectionState, Stage
from selection.models.account import Account
from selection.models.candidacy import Candidacy
from selection.models.selection import OfSelection, Selection

if TYPE_CHECKING:
    from selection.models.case import Case


@dataclass(frozen=True)
class Correctable:
    """Which facts of a model may be corrected.

    ``recorded_by`` put them on file: its form gives each of them its label and its kind.  ``stage`` rests on them.
    Counts and conclusions are ``weighty``: a second person confirms them.  A fact ``votes-31`` is one of ``votes``.
    """

    recorded_by: Act
    stage: Stage
    facts: tuple[str, ...] = ()
    weighty: tuple[str, ...] = ()

    def has(self, fact: str) -> bool:
        return fact.partition("-")[0] in (*self.facts, *self.weighty)

    def is_weighty(self, fact: str) -> bool:
        return fact.partition("-")[0] in self.weighty


class OnRecord:
    """A row with facts that may be corrected: a mixin for models, beside their declaration ``correctable``."""

    correctable: ClassVar[Correctable]
    pk: Any
    _meta: Any

    def facts(self) -> tuple[str, ...]:
        """The facts of this very row that may be corrected, in the order of the form."""
        return (*self.correctable.facts, *self.correctable.weighty)

    def fact(self, name: str) -> Any:
        return getattr(self, name)

    def read(self, name: str, text: str) -> Any:
        """A value from the text in which a correction keeps it."""
        return self._meta.get_field(name).to_python(text)

    def put(self, name: str, value: Any) -> None:
        """Let the row have this value, without saving it."""
        setattr(self, name, value)

    def correct(self, name: str, value: Any) -> None:
        """Save the row with this value."""
        self.put(name, value)
        self.save()  # type: ignore[attr-defined]

    def with_fact(self, name: str, value: Any) -> Self:
        """A copy of the row with this value."""
        other = copy.copy(self)
        other.put(name, value)
        return other

    def stands(self, case: Case) -> bool:
        """Whether the facts of the row are possible together and beside the rest of the case."""
        return True

    def out_of_reach(self, case: Case) -> Text:
        """Why this row is not corrected here, or an empty text."""
        return ""


def written(value: Any) -> str:
    """A value as the text in which a correction keeps it."""
    if isinstance(value, Enum):
        return str(value.value)
    return value.isoformat() if isinstance(value, date) else str(value)


class Correction(OfSelection, models.Model):
    """One recorded fact put right; ``previous`` is the correction that is corrected by it.

    ``late`` says that the stage which rested on the fact had been passed: nothing was computed anew by itself.
    """

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="corrections")
    candidacy = models.ForeignKey(Candidacy, models.PROTECT, null=True, blank=True, related_name="corrections")
    kind = models.CharField(max_length=40)
    row = models.BigIntegerField()
    fact = models.CharField(max_length=40)
    old = models.TextField(blank=True)
    new = models.TextField(blank=True)
    reason = models.TextField()
    weighty = models.BooleanField()
    late = models.BooleanField(default=False)
    previous = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=20, choices=CorrectionState.choices, default=CorrectionState.PROPOSED)
    proposed_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    refusal = models.TextField(blank=True)

    class Meta:
        ordering = ["proposed_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["selection", "kind", "row", "fact"],
                condition=Q(state="proposed"),
                name="one_waiting_correction_per_fact",
            ),
            models.CheckConstraint(
                condition=~Q(state="in_force") | Q(weighty=False) | ~Q(decided_by=F("proposed_by")),
                name="a_weighty_correction_is_confirmed_by_somebody_else",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.row} {self.fact}"
