"""Approved, occupied and free posts of a unit."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from selection.enums import Grade
from selection.models import Account
from selection.register import keeping
from selection.register.models import Organisation, Person, Post, Vacancy, establishment, vacancies

DAY = date(2026, 3, 2)
DEPUTY = Grade.TOWNSHIP_DEPUTY


@pytest.mark.covers("POS-01")
def test_a_unit_without_number_and_posts_has_nothing_free(unit: Organisation) -> None:
    assert vacancies(unit, DEPUTY, DAY) == Vacancy(0, 0)
    assert vacancies(unit, DEPUTY, DAY).free == 0


@pytest.mark.covers("POS-01", "POS-03")
def test_holders_occupy_from_the_first_day_until_the_day_of_being_relieved(
    unit: Organisation, post: Post, person: Person, officer: Account, at: datetime
) -> None:
    keeping.set_quota(unit, actor=officer, at=at, grade=DEPUTY, approved=2)
    keeping.set_quota(unit, actor=officer, at=at, grade=Grade.TOWNSHIP_CHIEF, approved=1)
    ends = DAY + timedelta(days=10)
    values = {"post": post, "from_on": DAY, "until_on": ends, "on_probation": True}
    keeping.add_tenure(person, actor=officer, at=at, values=values)
    assert [
        vacancies(unit, DEPUTY, day).occupied for day in (DAY - timedelta(days=1), DAY, ends - timedelta(days=1), ends)
    ] == [
        0,
        1,
        1,
        0,
    ]
    assert establishment(unit, DAY) == {Grade.TOWNSHIP_DEPUTY: Vacancy(2, 1), Grade.TOWNSHIP_CHIEF: Vacancy(1, 0)}


@pytest.mark.covers("POS-03", "POS-04")
def test_more_leaders_than_approved_are_shown_and_not_hidden(
    unit: Organisation, post: Post, person: Person, officer: Account, at: datetime
) -> None:
    keeping.add_tenure(person, actor=officer, at=at, values={"post": post, "from_on": DAY})
    assert vacancies(unit, DEPUTY, DAY).free == -1


def test_queries_do_not_grow_with_posts(
    unit: Organisation, post: Post, person: Person, officer: Account, at: datetime, django_assert_num_queries: Any
) -> None:
    for number in range(30):
        values = {"title": f"副主任（{number}）", "grade": DEPUTY}
        more = keeping.add_post(unit, actor=officer, at=at, values=values)
        keeping.add_tenure(person, actor=officer, at=at, values={"post": more, "from_on": DAY})
    with django_assert_num_queries(2):
        assert vacancies(unit, DEPUTY, DAY).occupied == 30


def test_people_come_with_their_titles_in_stroke_order(
    unit: Organisation,
    post: Post,
    person: Person,
    colleague: Person,
    officer: Account,
    at: datetime,
    django_assert_num_queries: Any,
) -> None:
    keeping.add_tenure(person, actor=officer, at=at, values={"post": post, "from_on": DAY})
    ended = keeping.add_post(
        unit, actor=officer, at=at, values={"title": "科员", "grade": Grade.STAFF_GRADE, "seats": 5}
    )
    past = {"post": ended, "from_on": date(2009, 1, 1), "until_on": DAY}
    keeping.add_tenure(person, actor=officer, at=at, values=past)
    with django_assert_num_queries(2):
        people = list(Person.objects.in_service(DAY).with_posts(DAY).in_stroke_order())
        found = [(somebody.name, somebody.title, somebody.organisation.short_name) for somebody in people]
    assert found == [("赵示一", "县融媒体中心副主任", "县融媒体中心"), ("钱例", "", "县融媒体中心")]


def test_database_sorts_names_as_the_key_does(unit: Organisation, officer: Account, at: datetime, values: dict) -> None:
    names = ["蔡示", "欧阳样林", "王示一", "王瀚", "丁拟永", "欧示", "张例", "李演"]
    for name in names:
        keeping.add_person(unit, actor=officer, at=at, values=values | {"name": name})
    found = [person.name for person in Person.objects.in_stroke_order()]
    assert found == ["丁拟永", "王瀚", "王示一", "李演", "张例", "欧示", "欧阳样林", "蔡示"]
