"""Plans of a year (年度竞争上岗计划).

Each unit looks at its posts once a year and hands in, in the month that the rules name, how many of each grade it means
to fill by competition.  What is planned binds nobody; it is held against what was run.
Rulebook key: ``plan.annual_month``.
"""

from collections.abc import Iterator
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from selection import clock
from selection.acts import Requirement, act
from selection.enums import Act, Grade
from selection.models import Account, Mandate, YearlyPlan
from selection.models.mandate import MandateCase
from selection.register.models import Organisation
from selection.standing import not_in_future


def before_filing_yearly_plan(
    case: MandateCase,
    *,
    actor: Account,
    at: datetime,
    unit: Organisation | None = None,
    year: int | None = None,
    grade: Grade | None = None,
    number: int | None = None,
    submitted_on: date | None = None,
) -> Iterator[Requirement]:
    rule = case.rules.get("plan.annual_month")
    yield Requirement.under(rule, _("The rules want a plan of the year"), met=rule is not None)
    yield not_in_future(submitted_on, at, field="submitted_on")
    if unit is not None:
        yield Requirement(
            _("The unit is not closed"), met=unit.is_open(clock.day_of(at)), observed=unit.short_name, field="unit"
        )
    if grade is not None:
        yield Requirement(
            _("Posts of this grade are decided under this mandate"),
            met=case.mandate.covers(grade),
            observed=Grade(grade).label,
            required=[Grade(one).label for one in case.mandate.grades],
            field="grade",
        )
    if number is not None and unit is not None and grade is not None:
        yield Requirement.under(
            rule,
            _("No more posts are planned than the unit has of this grade"),
            met=0 <= number <= case.vacancy.approved,
            observed=number,
            required=case.vacancy.approved,
            field="number",
        )
    if year is not None and submitted_on is not None:
        yield Requirement.under(
            rule,
            _("The plan is for the year in which it is handed in, or for the next"),
            met=submitted_on.year <= year <= submitted_on.year + 1,
            observed=year,
            required=[submitted_on.year, submitted_on.year + 1],
            field="year",
        )


@act(Act.FILE_YEARLY_PLAN, subject="mandate", requires=before_filing_yearly_plan)
def file_yearly_plan(
    mandate: Mandate,
    *,
    unit: Organisation,
    year: int,
    grade: Grade,
    number: int,
    submitted_on: date,
    actor: Account,
    at: datetime,
) -> YearlyPlan:
    """Take down how many posts of a grade a unit means to fill in a year; a later plan takes the place of this one."""
    return YearlyPlan.objects.create(
        mandate=mandate,
        organisation_id=mandate.organisation_id,
        unit=unit,
        year=year,
        grade=grade,
        number=number,
        submitted_on=submitted_on,
        filed_at=at,
        filed_by=actor,
    )
