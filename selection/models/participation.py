"""Who takes part in one selection, and who must not (经办、考察组、计票、回避)."""

from django.db import models
from django.db.models import Q

from selection.enums import Part, RecusalOrigin
from selection.models.account import Account
from selection.models.selection import Selection
from selection.register.models import Person


class Participation(models.Model):
    """An account that has a part, or a person who is recused, with dates and the reason.

    Whoever declares himself recused is named by account too, so that an account without a person is kept out as well.
    """

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="participations")
    account = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="participations")
    person = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="participations")
    part = models.CharField(max_length=20, choices=Part.choices)
    leads = models.BooleanField(default=False)
    reason = models.TextField(blank=True)
    origin = models.CharField(max_length=20, choices=RecusalOrigin.choices, blank=True)
    end_reason = models.TextField(blank=True)
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["part", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["selection", "account", "part"],
                condition=Q(until_on__isnull=True, account__isnull=False),
                name="one_open_part_per_account_and_selection",
            ),
            models.UniqueConstraint(
                fields=["selection", "person", "part"],
                condition=Q(until_on__isnull=True, person__isnull=False),
                name="one_open_part_per_person_and_selection",
            ),
            models.CheckConstraint(
                condition=Q(account__isnull=False) | Q(person__isnull=False), name="a_part_belongs_to_somebody"
            ),
        ]
        indexes = [models.Index(fields=["account", "part"], name="participation_by_account")]

    def __str__(self) -> str:
        return f"{self.selection_id} {self.part}"
