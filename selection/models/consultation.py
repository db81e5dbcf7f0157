"""Opinions of departments and consultation among leaders (征求意见、酝酿)."""

from datetime import datetime
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from selection import acts, clock
from selection.enums import Act, ConsultationLevel, ConsultedBody, Finding, Role, Stage
from selection.models.account import Account
from selection.models.candidacy import Candidacy
from selection.models.correction import Correctable, OnRecord
from selection.models.document import Document
from selection.models.selection import OfSelection, Selection


class Inquiry(OfSelection, models.Model):
    """A department asked in writing for its opinion on one candidate, with a due date (征求意见函)."""

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="inquiries")
    candidacy = models.ForeignKey(Candidacy, models.PROTECT, related_name="inquiries")
    body = models.CharField(max_length=20, choices=ConsultedBody.choices)
    department = models.CharField(max_length=80)
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    reminders = models.PositiveSmallIntegerField(default=0)
    reminded_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["due_at", "pk"]
        indexes = [models.Index(fields=["department", "due_at"], name="inquiry_by_department")]

    def __str__(self) -> str:
        return f"{self.candidacy_id} {self.body}"

    def remind(self, at: datetime) -> None:
        """Note that the department is reminded; it finds so on its desk."""
        self.reminders, self.reminded_at = self.reminders + 1, at
        self.save(update_fields=["reminders", "reminded_at"])

    def admits(self, act: Act, actor: acts.Actor, role: Role, at: Any) -> bool:
        """A consulted department answers only what was asked of it."""
        if role is Role.REVIEWER:
            return actor.department == self.department
        return super().admits(act, actor, role, at)


class Reply(OnRecord, models.Model):
    """The department's written opinion, given by itself or filed from paper by the staff (回复).

    ``late`` says that it came when the proposal was adopted already: it is on file, and was weighed by nobody.
    """

    correctable = Correctable(Act.FILE_REPLY, Stage.INSPECTION, ("number", "replied_on", "opinion"), ("finding",))

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="replies")
    inquiry = models.OneToOneField(Inquiry, models.PROTECT, related_name="reply")
    number = models.CharField(max_length=40)
    replied_on = models.DateField()
    finding = models.CharField(max_length=20, choices=Finding.choices)
    opinion = models.TextField()
    filed_from_paper = models.BooleanField(default=False)
    late = models.BooleanField(default=False)
    document = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")
    replied_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    replied_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["-replied_at", "-id"], name="replies_by_arrival")]

    def __str__(self) -> str:
        return f"{self.inquiry_id} {self.number}"

    def stands(self, case: Any) -> bool:
        return self.replied_on >= clock.day_of(self.inquiry.asked_at)

    def out_of_reach(self, case: Any) -> acts.Text:
        """What a department said in its own name is corrected by nobody else."""
        return "" if self.filed_from_paper else _("The department answered in its own name")


class Consultation(OnRecord, models.Model):
    """One level of consultation held before the committee decides (酝酿)."""

    correctable = Correctable(
        Act.RECORD_CONSULTATION, Stage.DELIBERATION, ("held_on", "convener", "present", "opinions")
    )

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="consultations")
    level = models.CharField(max_length=20, choices=ConsultationLevel.choices)
    held_on = models.DateField()
    convener = models.CharField(max_length=60, blank=True)
    duties = ArrayField(models.CharField(max_length=20), default=list)
    present = models.TextField()
    opinions = models.TextField()
    dissent = models.BooleanField(default=False)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["held_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["selection", "level", "held_on"], name="one_consultation_per_level_and_day")
        ]

    def __str__(self) -> str:
        return f"{self.selection_id} {self.level}"

    def stands(self, case: Any) -> bool:
        """One consultation per level and day."""
        return not any(
            row.pk != self.pk and (row.level, row.held_on) == (self.level, self.held_on) for row in case.consultations
        )
