"""What one person is told and what all are counted by agree, for everybody (任职资格)."""

import random
from collections import Counter
from datetime import date
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from selection import qualification
from selection.enums import (
    AppraisalResult,
    EducationLevel,
    EducationMode,
    EstablishmentKind,
    Grade,
    PersonnelStatus,
    PostClass,
    UnitKind,
)
from selection.qualification import Verdict
from selection.register.models import (
    Appraisal,
    Education,
    Organisation,
    Person,
    PersonCase,
    Post,
    Sanction,
    Tenure,
)
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
        qualification__grassroots=Period(2, "year", "counted"),
        qualification__status=("civil_servant", "on_establishment"),
        qualification__establishment=("administrative",),
        qualification__age_most=30,
        qualification__education="bachelor",
        qualification__full_time_first=True,
        qualification__kinds_excluded=("adult", "party_school"),
        sanction__demerit=Period(12, "month", "counted"),
        sanction__relieved=Period(1, "year", "counted"),
        sanction__relieved_higher=Period(2, "year", "counted"),
    )


def reserve() -> Post:
    return Post(grade=Grade.TOWNSHIP_CHIEF, post_class=PostClass.RESERVE)


def of_county_level(grade: Grade) -> list[qualification.Condition]:
    """What the nation asks of whoever is promoted to a post of this grade, as it stands in its rulebook."""
    organ = Organisation(kind=UnitKind.PARTY_ORGAN)
    return qualification.conditions(in_force("national", DAY), Post(grade=grade, organisation=organ), DAY)


def people_at_the_limits(unit: Organisation, number: int, seed: int) -> None:
    """So many persons whose votes, years, months and days lie at the limits of a rule or one beside them."""
    drawn = random.Random(seed)
    rows, rated, held, schooled, sanctioned = [], [], [], [], []
    grades = (Grade.STAFF_GRADE, Grade.TOWNSHIP_DEPUTY, Grade.TOWNSHIP_CHIEF, Grade.COUNTY_DEPUTY)
    posts = [Post(organisation=unit, title=f"示例{one}", grade=one, seats=9999) for one in grades]
    Post.objects.bulk_create(posts)
    for nth in range(number):
        rows.append(
            Person(
                organisation=unit,
                name=f"示例{nth}",
                sex="male",
                ethnicity="汉族",
                native_place="示例",
                born_on=drawn.choice([date(1995, 2, 1), date(1995, 3, 1), date(1999, 1, 1)]),
                joined_party_on=[None, date(2023, 3, 1), date(2023, 4, 1), date(2020, 1, 1)][nth % 4],
                joined_work_on=[date(2019, 7, 1), date(2021, 3, 1), date(2021, 4, 1)][nth % 3],
                education="大学",
                status=drawn.choice(["", "civil_servant", "civil_servant", *PersonnelStatus.values]),
                establishment=drawn.choice(["", "administrative", "administrative", *EstablishmentKind.values]),
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
        for post in drawn.sample(posts, drawn.randint(0, 3)):
            held.append(
                Tenure(
                    person=person,
                    post=post,
                    from_on=drawn.choice([date(2023, 3, 15), date(2024, 3, 15), date(2024, 3, 16), date(2024, 3, 17)]),
                    until_on=drawn.choice([None, date(2025, 3, 16), date(2026, 3, 15), date(2026, 3, 16)]),
                    is_grassroots=drawn.choice([None, True, True, False]),
                )
            )
        for _nth in range(drawn.randint(0, 2)):
            schooled.append(
                Education(
                    person=person,
                    level=drawn.choice(EducationLevel.values),
                    mode=drawn.choice(EducationMode.values),
                    kind=drawn.choice(["regular", "adult", "party_school"]),
                    graduated_on=drawn.choice([date(2019, 6, 1), date(2019, 7, 1), date(2019, 8, 1)]),
                )
            )
        for _nth in range(drawn.choice([0, 0, 0, 1, 2])):
            day = drawn.choice([date(2024, 3, 16), date(2024, 3, 17), date(2025, 3, 16), date(2025, 3, 17)])
            sanctioned.append(
                Sanction(
                    person=person,
                    kind=drawn.choice(["demerit", "relieved", "admonition"]),
                    decided_on=day,
                    until_on=drawn.choice([None, None, date(2026, 3, 15), date(2026, 3, 16)]),
                    lifted_on=drawn.choice([None, None, date(2026, 3, 16), date(2026, 3, 17)]),
                )
            )
    fit = {"grade": Grade.TOWNSHIP_CHIEF, "status": "civil_servant", "establishment": "administrative"}
    for person in rows[::10]:  # whom chance would not make meet all at once
        Person.objects.filter(pk=person.pk).update(**fit, joined_work_on=date(2019, 7, 1), born_on=date(1999, 1, 1))
        rated = [row for row in rated if row.person != person]
        good = dict(zip(VOTES, (20, 8, 1, 1), strict=True))
        rated += [Appraisal(person=person, year=year, result="excellent", **good) for year in (2024, 2025)]
        held = [row for row in held if row.person != person]
        held.append(Tenure(person=person, post=posts[0], from_on=date(2024, 3, 16), is_grassroots=True))
        schooled.append(
            Education(person=person, level="doctor", mode="full_time", kind="regular", graduated_on=date(2019, 6, 1))
        )
    Appraisal.objects.bulk_create(rated)
    Education.objects.bulk_create(schooled)
    Sanction.objects.bulk_create(sanctioned)
    Tenure.objects.bulk_create(held)


@pytest.mark.django_db(transaction=True)
@pytest.mark.tampers
@pytest.mark.covers("QUA-02", "QUA-03", "QUA-04", "QUA-05", "QUA-08", "QUA-09", "QUA-10", "QUA-11", "QUA-16", "QUA-21")
def test_one_person_is_judged_as_all_are_counted() -> None:
    unit = factories.county().department
    tables = [f"register_{name}" for name in ("person", "appraisal", "post", "tenure", "education", "sanction")]
    # a population of rows, whom no act has entered
    with transaction.atomic(), connection.cursor() as cursor, always_asleep(cursor, tables):
        people_at_the_limits(unit, 1500, seed=20260316)
    lacking = {
        "good_votes",
        "competent_in_row",
        "grassroots",
        "of_status",
        "on_establishment",
        "educated",
    }
    compare(qualification.conditions(everything(), reserve(), DAY), lacking | {"overall"})
    of_tenures = {"promoted_grassroots", "promoted_lower_posts", "promoted_party_years"}
    for grade in (Grade.COUNTY_DEPUTY, Grade.COUNTY_CHIEF):
        compare(of_county_level(grade), of_tenures | {"promoted_educated", "overall"})


def compare(asked: list[qualification.Condition], lacking: set[str]) -> None:
    """One by one and all at once, everybody in the register; of some conditions the register lacks the fact."""
    people = Person.objects.with_files()
    names = [*(one.name for one in asked), "overall"]
    shown = qualification.with_verdicts(Person.objects.all(), asked, DAY).values_list("pk", *names)
    found = {pk: dict(zip(names, verdicts, strict=True)) for pk, *verdicts in shown}
    counts: dict[str, Counter[Verdict]] = {name: Counter() for name in names}
    for person in people:
        file = person.file()
        each = {one.name: one.judge(file).verdict for one in asked}
        worst = Verdict.UNMET if Verdict.UNMET in each.values() else max(each.values())
        assert found[person.pk] == {**each, "overall": worst}, file
        for name, verdict in {**each, "overall": worst}.items():
            counts[name][verdict] += 1
    with CaptureQueriesContext(connection) as queries:
        counted = qualification.counted(Person.objects.all(), asked, DAY)
    assert len(queries) == 1
    assert counted == {name: {verdict: counts[name][verdict] for verdict in Verdict} for name in names}
    for name in names:
        assert counted[name][Verdict.MET], f"nobody meets {name}: the population proves nothing"
        assert counted[name][Verdict.UNMET], name
    for name in lacking:
        assert counted[name][Verdict.MISSING], name


def test_rules_from_before_sanctions_stood_in_the_way_ask_nothing() -> None:
    assert qualification.conditions(in_force("kunming", date(2013, 5, 6)), Post(grade=Grade.TOWNSHIP_CHIEF), DAY) == []


def test_what_is_missing_for_several_conditions_is_told_once() -> None:
    asked = qualification.conditions(everything(), reserve(), DAY)
    person = cases.person(9)
    told = [one for one in qualification.judged(asked, PersonCase(person, (), ())) if one.verdict is Verdict.MISSING]
    assert sorted(one.fact for one in told) == [
        "appraisals",
        "education",
        "establishment",
        "grade",
        "status",
        "tenures",
        "votes",
    ]
    assert [one.requirement(person).met for one in told] == [False] * 7
