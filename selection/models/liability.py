"""Cases against whoever answers for a nomination (推荐提名责任追究)."""

from django.db import models
from django.db.models import Q

from selection.enums import LiabilityBody, LiabilityGround
from selection.models.account import Account
from selection.models.candidacy import Nomination
from selection.models.document import Document
from selection.models.selection import OfSelection, Selection
from selection.register.models import Person


class Liability(OfSelection, models.Model):
    """One case: on which ground, against whom, to which authority it went and with what result."""

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="liabilities")
    nomination = models.ForeignKey(Nomination, models.PROTECT, related_name="liabilities")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    ground = models.CharField(max_length=20, choices=LiabilityGround.choices)
    facts = models.TextField()
    document = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")
    opened_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField()
    handed_to = models.CharField(max_length=20, choices=LiabilityBody.choices, blank=True)
    handed_on = models.DateField(null=True, blank=True)
    result = models.TextField(blank=True)
    settled_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["opened_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(handed_to="", handed_on__isnull=True) | (~Q(handed_to="") & Q(handed_on__isnull=False)),
                name="a_case_is_handed_to_somebody_on_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.get_ground_display()}"
