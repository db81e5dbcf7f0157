"""Plans of a year: how many posts of a grade a unit means to fill by competition (年度竞争上岗计划)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from selection.enums import Grade
from selection.models.account import Account
from selection.models.mandate import Mandate
from selection.register.models import Organisation


class YearlyPlan(models.Model):
    """What a unit handed in for one year and grade; a later row takes its place, and none is a plan of nothing.

    ``organisation`` is the one whose committee holds the mandate, ``unit`` the one whose posts are planned.
    """

    mandate = models.ForeignKey(Mandate, models.PROTECT, related_name="yearly_plans")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    unit = models.ForeignKey(Organisation, models.PROTECT, related_name="yearly_plans")
    year = models.PositiveSmallIntegerField()
    grade = models.CharField(max_length=20, choices=Grade.choices)
    number = models.PositiveSmallIntegerField()
    submitted_on = models.DateField()
    filed_at = models.DateTimeField()
    filed_by = models.ForeignKey(Account, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["mandate", "year", "unit", "grade", "-id"], name="yearly_plan_by_year"),
            models.Index(fields=["unit", "submitted_on"], name="yearly_plan_by_unit"),
        ]
        constraints = [models.CheckConstraint(condition=Q(year__gte=2000), name="a_yearly_plan_is_of_a_year")]

    def __str__(self) -> str:
        return f"{self.unit} {self.year} {self.grade}: {self.number}"
