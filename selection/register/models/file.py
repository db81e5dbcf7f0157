"""What lies in a personnel file besides posts and appraisals (干部人事档案材料).

Schooling, training, sanctions, how the file itself was audited, and audits of economic responsibility.  Each is an
entry of one kind, kept by one act.
"""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from selection.enums import (
    AuditOutcome,
    AuditResult,
    EconomicAuditKind,
    EducationKind,
    EducationLevel,
    EducationMode,
    FileKind,
    SanctionKind,
)
from selection.register.models.person import Person, first_of_month


class Entry(models.Model):
    """A row of a file.  ``begins`` is the column whose day says when it happened."""

    person_id: int
    person = models.ForeignKey(Person, models.PROTECT, related_name="%(class)ss")
    begins = ""

    class Meta:
        abstract = True

    @property
    def day(self) -> date:
        """When it happened."""
        day: date = getattr(self, self.begins)
        return day


class Education(Entry):
    """A course of study that was finished (学历); ``graduated_on`` is the month, as its first day."""

    level = models.CharField(_("Level of education"), max_length=20, choices=EducationLevel.choices)
    mode = models.CharField(_("Mode of study"), max_length=20, choices=EducationMode.choices)
    kind = models.CharField(_("Kind of study"), max_length=20, choices=EducationKind.choices)
    school = models.CharField(_("School"), max_length=60, blank=True)
    subject = models.CharField(_("Subject"), max_length=60, blank=True)
    graduated_on = models.DateField(_("Graduated in"), validators=[first_of_month])

    begins = "graduated_on"

    class Meta:
        ordering = ["-graduated_on", "-pk"]
        indexes = [models.Index(fields=["person", "level"], name="education_by_person")]

    def __str__(self) -> str:
        return " ".join(filter(None, [self.school, self.subject, self.get_level_display()]))


class Training(Entry):
    """A training (培训); ``hours`` where they were counted."""

    title = models.CharField(_("Training"), max_length=80)
    from_on = models.DateField(_("Began on"))
    until_on = models.DateField(_("Finished on"))
    hours = models.PositiveSmallIntegerField(
        _("Hours of study"), null=True, blank=True, validators=[MinValueValidator(1)]
    )

    begins = "from_on"

    class Meta:
        ordering = ["-until_on", "-pk"]
        indexes = [models.Index(fields=["person", "until_on"], name="training_by_person")]
        constraints = [
            models.CheckConstraint(
                condition=Q(until_on__gte=F("from_on")),
                name="a_training_ends_after_it_begins",
                violation_error_message=_("A training cannot end before it begins."),
            )
        ]

    def __str__(self) -> str:
        return self.title


class Sanction(Entry):
    """A sanction or another decision against the person (处分、组织处理).

    How long it counts is a matter of rules, unless ``until_on`` gives the last day that the decision itself names;
    it counts no longer from ``lifted_on`` on.
    """

    kind = models.CharField(_("Sanction"), max_length=30, choices=SanctionKind.choices)
    decided_on = models.DateField(_("Decided on"))
    until_on = models.DateField(_("Last day, where the decision names one"), null=True, blank=True)
    lifted_on = models.DateField(_("Lifted on"), null=True, blank=True)
    basis = models.CharField(_("Document number"), max_length=60, blank=True)

    begins = "decided_on"

    class Meta:
        ordering = ["-decided_on", "-pk"]
        indexes = [models.Index(fields=["person", "kind", "decided_on"], name="sanction_by_person")]
        constraints = [
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gte=F("decided_on")),
                name="a_sanction_ends_after_it_begins",
                violation_error_message=_("A sanction cannot end before it was decided."),
            ),
            models.CheckConstraint(
                condition=Q(lifted_on__isnull=True) | Q(lifted_on__gte=F("decided_on")),
                name="a_sanction_is_lifted_after_it_begins",
                violation_error_message=_("A sanction cannot be lifted before it was decided."),
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()


class ArchiveAudit(Entry):
    """An audit of the file itself (审档)."""

    audited_on = models.DateField(_("Audited on"))
    result = models.CharField(_("Result of the audit"), max_length=20, choices=AuditResult.choices)
    remark = models.CharField(_("What was found"), max_length=200, blank=True)

    begins = "audited_on"

    class Meta:
        ordering = ["-audited_on", "-pk"]
        indexes = [models.Index(fields=["person", "audited_on"], name="archive_audit_by_person")]

    def __str__(self) -> str:
        return self.get_result_display()

    def clean(self) -> None:
        if self.result == AuditResult.DOUBTFUL and not self.remark.strip():
            raise ValidationError({"remark": _("Say what is in doubt.")})


class EconomicAudit(Entry):
    """An audit of a leader's economic responsibility (经济责任审计), as the audit organ reported it.

    ``notified_on`` is the day on which the audit organ told the organisation department of it (审计通报).  A joint
    review has two more sections: how people were appointed, and how the establishment was kept.  ``amount`` is in yuan.
    """

    kind = models.CharField(_("Occasion of the audit"), max_length=20, choices=EconomicAuditKind.choices)
    reported_on = models.DateField(_("Report of the audit of"))
    number = models.CharField(_("Number of the report"), max_length=60)
    notified_on = models.DateField(_("Told by the audit organ on"), null=True, blank=True)
    conclusion = models.CharField(_("Economic responsibility"), max_length=200)
    appointing = models.CharField(_("Responsibility for appointments"), max_length=200, blank=True)
    staffing = models.CharField(_("Responsibility for the establishment"), max_length=200, blank=True)
    outcome = models.CharField(_("What the audit led to"), max_length=20, choices=AuditOutcome.choices, blank=True)
    amount = models.PositiveBigIntegerField(_("Amount concerned, in yuan"), null=True, blank=True)

    begins = "reported_on"

    class Meta:
        ordering = ["-reported_on", "-pk"]
        indexes = [models.Index(fields=["person", "reported_on"], name="economic_audit_by_person")]
        constraints = [
            models.CheckConstraint(
                condition=Q(notified_on__isnull=True) | Q(notified_on__gte=F("reported_on")),
                name="an_audit_is_told_of_after_its_report",
                violation_error_message=_("The audit organ cannot tell of a report before its day."),
            )
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    def clean(self) -> None:
        if self.kind == EconomicAuditKind.JOINT:
            lacking = [name for name in ("appointing", "staffing") if not getattr(self, name).strip()]
            if lacking:
                raise ValidationError({name: _("A joint review has all three sections.") for name in lacking})


#: Kind of entry → its rows, and the name by which a person has them.
ENTRIES: dict[FileKind, type[Entry]] = {
    FileKind.EDUCATION: Education,
    FileKind.TRAINING: Training,
    FileKind.SANCTION: Sanction,
    FileKind.ARCHIVE_AUDIT: ArchiveAudit,
    FileKind.ECONOMIC_AUDIT: EconomicAudit,
}
