"""What one person is told and what all are counted by agree, for everybody (任职资格)."""

import random
from collections import Counter
from datetime import date
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from selection import qualification
from selection.enums import AppraisalResult, Grade
from selection.qualification import Verdict
from selection.register.models import Appraisal, Organisation, Person
from selection.rulebook.rules import Period, Rules, in_force
from selection.rulebook.values import Share
from tests import factories
from tests.kept import always_asleep
from tests.selection.stages import cases

DAY = date(2026, 3, 16)
VOTES = ("votes_excellent", "votes_competent", "votes_basic", "votes_incompetent")


def rules(**values: Any) -> Rules:
    return cases.under(**values).rules


def everything() -> Rules:
    return rules(
        qualification__assessment_floor=Share(2, 3, strict=False),
        qualification__unfit_ceiling=Share(1, 3, strict=True),
        qualification__veto=True,
        qualification__excellent_in_row=2,
        qualification__competent_in_row=3,
        qualification__recent_competent=2,
        qualification__grade_years=Period(3, "year", "counted"),
    )


def people_at_the_limits(unit: Organisation, number: int, seed: int) -> None:
    """So many persons whose votes, years and months lie at the limits of a rule or one beside them."""
    drawn = random.Random(seed)
    rows, rated = [], []
    for nth in range(number):
        rows.append(
            Person(
                organisation=unit,
                name=f"示例{nth}",
                sex="male",
                ethnicity="汉族",
                native_place="示例",
                born_on=date(1980, 1, 1),
                joined_work_on=date(2001, 7, 1),
                education="大学",
                party="中共党员",
                grade=drawn.choice(Grade.values),
                grade_since=date(2023, drawn.choice([2, 3, 4, 12]), 1),
                stroke_key=f"{nth:06}",
            )
        )
    Person.objects.bulk_create(rows)
    for person in rows:
        for year in range(2020, 2027):
            if drawn.random() < 0.25:
                continue
            votes: dict[str, int | None] = dict.fromkeys(VOTES)
            if drawn.random() < 0.6:
                cast = drawn.choice([0, 1, 3, 30, 31])
                good = drawn.choice([0, cast * 2 // 3, (cast * 2 + 2) // 3, cast])
                unfit = min(cast - good, drawn.choice([0, cast // 3, cast // 3 + 1]))
                excellent = drawn.randint(0, good)
                votes = dict(zip(VOTES, (excellent, good - excellent, cast - good - unfit, unfit), strict=True))
            rated.append(
                Appraisal(
                    person=person,
                    year=year,
                    result=drawn.choice([*AppraisalResult.values, "excellent", "competent"]),
                    veto=drawn.random() < 0.2,
                    **votes,
                )
            )
    Appraisal.objects.bulk_create(rated)


@pytest.mark.django_db(transaction=True)
@pytest.mark.tampers
@pytest.mark.covers("QUA-04", "QUA-05", "QUA-08", "QUA-09", "QUA-11")
def test_one_person_is_judged_as_all_are_counted() -> None:
    unit = factories.county().department
    tables = ["register_person", "register_appraisal"]
    # a population of rows, whom no act has entered
    with transaction.atomic(), connection.cursor() as cursor, always_asleep(cursor, tables):
        people_at_the_limits(unit, 600, seed=20260316)
    asked = qualification.conditions(everything(), Grade.TOWNSHIP_CHIEF, DAY)
    people = Person.objects.prefetch_related("appraisals")
    names = [*(one.name for one in asked), "overall"]
    shown = qualification.with_verdicts(Person.objects.all(), asked, DAY).values_list("pk", *names)
    found = {pk: dict(zip(names, verdicts, strict=True)) for pk, *verdicts in shown}
    counts: dict[str, Counter[Verdict]] = {name: Counter() for name in names}
    for person in people:
        rows = sorted(person.appraisals.all(), key=lambda row: -row.year)
        each = {one.name: one.judge(person, rows).verdict for one in asked}
        worst = Verdict.UNMET if Verdict.UNMET in each.values() else max(each.values())
        assert found[person.pk] == {**each, "overall": worst}, (person.pk, rows)
        for name, verdict in {**each, "overall": worst}.items():
            counts[name][verdict] += 1
    with CaptureQueriesContext(connection) as queries:
        counted = qualification.counted(Person.objects.all(), asked, DAY)
    assert len(queries) == 1
    assert counted == {name: {verdict: counts[name][verdict] for verdict in Verdict} for name in names}
    for name in ("good_votes", "competent_in_row", "overall"):
        assert counted[name][Verdict.MET], f"nobody meets {name}: the population proves nothing"
        assert counted[name][Verdict.MISSING], name


def test_a_body_that_asks_for_nothing_asks_nobody() -> None:
    assert qualification.conditions(in_force("kunming", DAY), Grade.TOWNSHIP_CHIEF, DAY) == []


def test_what_is_missing_for_several_conditions_is_told_once() -> None:
    asked = qualification.conditions(everything(), Grade.TOWNSHIP_CHIEF, DAY)
    person = cases.person(9)
    told = [one for one in qualification.judged(asked, person, []) if one.verdict is Verdict.MISSING]
    assert sorted(one.fact for one in told) == ["appraisals", "grade", "votes"]
    assert [one.requirement(person).met for one in told] == [False] * 3
