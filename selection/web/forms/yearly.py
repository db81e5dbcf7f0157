"""Form of the plan of a year (年度竞争上岗计划表单)."""

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from selection.enums import Act, Grade
from selection.register.models import Organisation
from selection.web.forms.act import ActForm, DayField, EnumField, RowField


class FileYearlyPlanForm(ActForm):
    act = Act.FILE_YEARLY_PLAN
    consequence = _("It stands beside what is run in that year. A later plan of the same unit takes its place.")

    unit = RowField(label=_("Unit"))
    year = forms.IntegerField(label=_("Year of the plan"), min_value=2000, max_value=2200)
    grade = EnumField(Grade, label=_("Grade"), widget=forms.Select)
    number = forms.IntegerField(
        label=_("Posts to be filled by competition"),
        min_value=0,
        max_value=999,
        help_text=_("0 where the unit plans to fill none."),
    )
    submitted_on = DayField(label=_("Handed in on"))

    def first_values(self) -> dict[str, Any]:
        return {"submitted_on": self.today, "year": self.today.year + 1}

    def prepare(self) -> None:
        self.fields["unit"].offer(Organisation.objects.open_on(self.today).order_by("code"))  # type: ignore[attr-defined]
        grades: Any = self.fields["grade"]
        grades.choices = [(one, Grade(one).label) for one in self.case.mandate.grades]

    def next_url(self, result: Any) -> str:
        return f"{reverse('yearly_plans')}?year={result.year}"
