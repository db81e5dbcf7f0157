"""Important matters (重要情况): what an auditor must find without searching."""

from django.db import models

from selection.enums import Matter
from selection.models.candidacy import Candidacy
from selection.models.selection import Selection


class ImportantMatter(models.Model):
    """One of the eight important matters, with time, cause and result (附件4 第四条(三), 第五条)."""

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="matters")
    candidacy = models.ForeignKey(Candidacy, models.PROTECT, null=True, blank=True, related_name="matters")
    kind = models.CharField(max_length=30, choices=Matter.choices)
    noted_at = models.DateTimeField()
    cause = models.TextField()
    result = models.TextField(blank=True)
    by_itself = models.BooleanField(default=True)

    class Meta:
        ordering = ["noted_at", "pk"]

    def __str__(self) -> str:
        return f"{self.selection_id} {self.kind}"
