"""What a body asks of a candidate's appraisals and time in the grade (任职资格)."""

from datetime import date
from typing import Any

import pytest
from django.utils import translation

from selection import acts
from selection.enums import Act, Grade, Stage
from selection.register.models import Appraisal
from selection.rulebook.rules import Period
from tests.selection.stages import cases

RATED = "The appraisals of the latest years are as good as the rules ask"
LONG_ENOUGH = "The grade below has been held long enough"
E, C, B, N = "excellent", "competent", "basically_competent", "not_rated"


def nominated(case: Any, results: list[str], newest: int = 2025, **facts: Any) -> dict[str, str]:
    """Why somebody with these results, the latest first, may not be nominated on 16 March 2026."""
    person = cases.person(9)
    for name, value in facts.items():
        setattr(person, name, value)
    case.people[9] = person
    case.appraisals = [cases.appraisal(9, 20, 8, 1, 1, year=newest, result=results[0] if results else "")] + [
        Appraisal(person_id=9, year=newest - nth, result=result) for nth, result in enumerate(results) if nth
    ]
    return cases.refused(Act.NOMINATE_CANDIDATE, case, person=person, reason="适合本职位", discipline=True)


@pytest.mark.covers("QUA-05", refused=True)
@pytest.mark.parametrize(
    ("results", "newest", "passes"),
    [
        ([E, C, C], 2025, True),
        ([E, E, B], 2025, True),
        ([E, E], 2025, True),
        ([C, C, C], 2025, True),
        ([C, C], 2025, False),
        ([C, E, E], 2025, True),
        ([C, B, E], 2025, False),
        ([E, N, E], 2025, False),
        ([E, C, C], 2024, True),
        ([E, C, C], 2023, False),
    ],
)
def test_two_years_excellent_or_three_competent_one_after_another(
    results: list[str], newest: int, passes: bool
) -> None:
    case = cases.under(qualification__excellent_in_row=2, qualification__competent_in_row=3)
    assert (RATED in nominated(case, results, newest)) is not passes


@pytest.mark.covers("QUA-11", refused=True)
@pytest.mark.parametrize(
    ("results", "passes"), [([C, C], True), ([E, C], True), ([C, B], False), ([C], False), ([B, C], False)]
)
def test_the_last_two_years_are_competent_or_better(results: list[str], passes: bool) -> None:
    assert (RATED in nominated(cases.under(qualification__recent_competent=2), results)) is not passes


@pytest.mark.covers("QUA-11", refused=True)
def test_a_year_that_the_register_lacks_is_named_and_never_counts_as_met() -> None:
    case = cases.under(qualification__recent_competent=2)
    nominated(case, [C])
    with translation.override("en"):
        asked = acts.requirements(Act.NOMINATE_CANDIDATE, case, actor=cases.ACTOR, at=cases.NOW, person=case.people[9])
        lacking = next(one for one in asked if one.rule == "qualification.recent_competent")
        assert lacking.observed == ["2025: Competent", "2024: not in the register"]


@pytest.mark.covers("QUA-04", refused=True)
@pytest.mark.parametrize(
    ("grade", "since", "passes"),
    [
        (Grade.TOWNSHIP_DEPUTY, date(2023, 3, 16), True),
        (Grade.TOWNSHIP_DEPUTY, date(2023, 3, 17), False),
        (Grade.TOWNSHIP_DEPUTY, date(2023, 4, 1), False),
        (Grade.TOWNSHIP_DEPUTY, None, False),
        (Grade.TOWNSHIP_CHIEF, None, True),
        (Grade.STAFF_GRADE, date(2001, 1, 1), False),
        ("", None, False),
    ],
)
def test_three_years_in_the_grade_below(grade: str, since: date | None, passes: bool) -> None:
    case = cases.under(qualification__grade_years=Period(3, "year", "counted"))
    assert (LONG_ENOUGH in nominated(case, [C], grade=grade, grade_since=since)) is not passes


@pytest.mark.covers("QUA-09", refused=True)
@pytest.mark.parametrize("veto", [False, True])
def test_a_matter_of_veto_bars_from_promotion(veto: bool) -> None:
    case = cases.at(Stage.NOMINATION)
    person = cases.person(9)
    case.people[9] = person
    case.appraisals = [cases.appraisal(9, 20, 8, 1, 1, veto=veto)]
    refused = cases.refused(Act.NOMINATE_CANDIDATE, case, person=person, reason="适合本职位", discipline=True)
    assert ("No matter of veto stands in the latest appraisal" in refused) is veto
