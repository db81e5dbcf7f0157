"""Plans of a year, as units hand them in (年度竞争上岗计划)."""

from datetime import date
from typing import Any

import pytest

from selection.acts import NotPermitted, Refused
from selection.enums import Act, Grade
from selection.models import YearlyPlan
from selection.register.models import Organisation, Vacancy
from selection.stages import yearly
from tests.factories import course
from tests.selection.stages import cases

NEXT = cases.TODAY.year + 1
PLAN: dict[str, Any] = {
    "unit": cases.UNIT,
    "year": NEXT,
    "grade": Grade.TOWNSHIP_DEPUTY,
    "number": 2,
    "submitted_on": cases.TODAY,
}


def filing(**given: Any) -> set[str]:
    """What a plan is refused for, of a unit that has three posts of the grade."""
    rules = given.pop("rules", cases.rules_with(plan__annual_month=1))
    case = cases.mandate_case(rules=rules, vacancy=Vacancy(approved=3))
    return set(cases.refused(Act.FILE_YEARLY_PLAN, case, **{**PLAN, **given}))


@pytest.mark.covers("POS-21", refused=True)
def test_a_plan_of_a_year_is_one_that_can_be_run() -> None:
    assert filing() == filing(number=0) == filing(number=3) == filing(year=NEXT - 1) == set()
    assert filing(number=4) == filing(number=-1) == {"No more posts are planned than the unit has of this grade"}
    wrong_year = {"The plan is for the year in which it is handed in, or for the next"}
    assert filing(year=NEXT + 1) == filing(year=NEXT - 2) == wrong_year
    assert filing(grade=Grade.COUNTY_DEPUTY) == {"Posts of this grade are decided under this mandate"}
    closed = Organisation(pk=9, short_name="县示范站", closed_on=date(2025, 1, 1))
    assert filing(unit=closed) == {"The unit is not closed"}
    assert filing(rules=cases.rules()) == {"The rules want a plan of the year"}


@pytest.mark.django_db
def test_a_later_plan_stands_beside_the_former_and_staff_alone_files_it() -> None:
    made = course(rulebook="xiamen")
    plan = {**PLAN, "unit": made.unit, "grade": Grade.TOWNSHIP_CHIEF, "submitted_on": made.day, "year": made.day.year}
    with pytest.raises(NotPermitted):
        yearly.file_yearly_plan(made.county.mandate, **made.by("jipiao1"), **{**plan, "number": 1})
    for number in (1, 0):
        yearly.file_yearly_plan(made.county.mandate, **made.by("jingban"), **{**plan, "number": number})
    with pytest.raises(Refused) as refusal:
        yearly.file_yearly_plan(made.county.mandate, **made.by("jingban"), **{**plan, "number": 2})
    assert [row.citation.label for row in refusal.value.unmet if row.citation] == ["厦门材料 一、三是"]
    assert list(YearlyPlan.objects.values_list("number", flat=True)) == [1, 0]
