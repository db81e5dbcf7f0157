"""Inspection (考察): pre-notice, talks, democratic assessment, checks, report."""

from typing import Any

from django.db import models
from django.db.models import F, Q

from selection.enums import Act, Check, Finding, Stage, TalkGroup
from selection.models.account import Account
from selection.models.candidacy import Candidacy
from selection.models.correction import Correctable, OnRecord
from selection.models.document import Document
from selection.models.selection import Selection


class Prenotice(models.Model):
    """The inspection announced in advance, with its team, its telephone and who is inspected (考察预告)."""

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="prenotices")
    published_on = models.DateField()
    team_names = models.TextField()
    phone = models.CharField(max_length=40)
    candidate_facts = models.TextField()
    published_at = models.DateTimeField()

    class Meta:
        ordering = ["published_at"]

    def __str__(self) -> str:
        return f"{self.selection_id} {self.published_on}"


class Talk(OnRecord, models.Model):
    """One individual talk about one inspected person (个别谈话)."""

    correctable = Correctable(Act.RECORD_TALK, Stage.INSPECTION, ("held_on", "group", "notes"), ("people",))

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="talks")
    candidacy = models.ForeignKey(Candidacy, models.PROTECT, related_name="talks")
    group = models.CharField(max_length=20, choices=TalkGroup.choices)
    held_on = models.DateField()
    people = models.PositiveSmallIntegerField(default=1)
    notes = models.TextField()
    recorded_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["held_on", "pk"]
        constraints = [models.CheckConstraint(condition=Q(people__gte=1), name="a_talk_has_a_partner")]

    def __str__(self) -> str:
        return f"{self.candidacy_id} {self.held_on}"


class Assessment(OnRecord, models.Model):
    """The democratic assessment of one inspected person, in counts (民主测评).

    ``trust`` is how many of the forms that came back trust the person (信任票), where the rules ask for that.
    """

    correctable = Correctable(
        Act.RECORD_ASSESSMENT,
        Stage.INSPECTION,
        ("held_on",),
        ("issued", "returned", "excellent", "competent", "basically_competent", "incompetent", "trust"),
    )

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="assessments")
    candidacy = models.ForeignKey(Candidacy, models.PROTECT, related_name="assessments")
    held_on = models.DateField()
    issued = models.PositiveIntegerField()
    returned = models.PositiveIntegerField()
    excellent = models.PositiveIntegerField()
    competent = models.PositiveIntegerField()
    basically_competent = models.PositiveIntegerField()
    incompetent = models.PositiveIntegerField()
    trust = models.PositiveIntegerField(null=True, blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["held_on", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(returned__lte=F("issued")), name="no_more_forms_returned_than_issued"),
            models.CheckConstraint(
                condition=Q(trust__isnull=True) | Q(trust__lte=F("returned")), name="no_more_trust_than_forms_returned"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.candidacy_id} {self.held_on}"

    @property
    def rated(self) -> int:
        return self.excellent + self.competent + self.basically_competent + self.incompetent

    def facts(self) -> tuple[str, ...]:
        """As of any row; the votes of trust only where they were counted."""
        return tuple(fact for fact in super().facts() if fact != "trust" or self.trust is not None)

    def stands(self, case: Any) -> bool:
        return self.rated <= self.returned <= self.issued and (self.trust or 0) <= self.returned


class CheckResult(OnRecord, models.Model):
    """A check of one inspected person: archive, visit, report on personal matters; conclusion and day only (核查).

    A conclusion on integrity names who signed it: the party secretary of the unit, and the secretary of discipline.
    """

    correctable = Correctable(
        Act.RECORD_CHECK, Stage.INSPECTION, ("held_on", "note", "signed_by", "countersigned_by"), ("finding",)
    )

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="checks")
    candidacy = models.ForeignKey(Candidacy, models.PROTECT, related_name="checks")
    check_kind = models.CharField(max_length=20, choices=Check.choices)
    held_on = models.DateField()
    finding = models.CharField(max_length=20, choices=Finding.choices)
    note = models.TextField(blank=True)
    signed_by = models.CharField(max_length=60, blank=True)
    countersigned_by = models.CharField(max_length=60, blank=True)
    document = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["held_on", "pk"]

    def __str__(self) -> str:
        return f"{self.candidacy_id} {self.check_kind}"


class Report(models.Model):
    """The team's analysis of one inspected person and its suggestion (考察材料)."""

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="reports")
    candidacy = models.ForeignKey(Candidacy, models.PROTECT, related_name="reports")
    performance = models.TextField()
    shortcomings = models.TextField()
    suggestion = models.TextField()
    written_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["written_at", "pk"]

    def __str__(self) -> str:
        return f"{self.candidacy_id} {self.written_at}"
