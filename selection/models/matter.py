"""Important matters (重要情况): what an auditor must find without searching."""

from django.db import models
from django.db.models import Q

from selection.enums import Matter
from selection.models.account import Account
from selection.models.candidacy import Candidacy
from selection.models.selection import Selection


class ImportantMatter(models.Model):
    """One of the eight important matters, with time, cause and result (附件4 第四条(三), 第五条).

    Where it is a requirement that was passed with a reason, ``rule`` is the key of the rule, ``act`` what was done and
    ``noted_by`` who passed it.
    """

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="matters")
    candidacy = models.ForeignKey(Candidacy, models.PROTECT, null=True, blank=True, related_name="matters")
    kind = models.CharField(max_length=30, choices=Matter.choices)
    noted_at = models.DateTimeField()
    cause = models.TextField()
    result = models.TextField(blank=True)
    by_itself = models.BooleanField(default=True)
    rule = models.CharField(max_length=60, blank=True)
    act = models.CharField(max_length=40, blank=True)
    noted_by = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["noted_at", "pk"]
        indexes = [
            models.Index(fields=["-noted_at", "-id"], condition=~Q(rule=""), name="matter_waived"),
            models.Index(fields=["kind", "-noted_at", "-id"], name="matter_by_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.selection_id} {self.kind}"
