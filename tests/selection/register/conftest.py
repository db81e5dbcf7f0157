"""A founded county, and an officer of its organisation department who keeps the register."""

from datetime import date, datetime

import pytest

from selection.enums import Grade, Role, UnitKind
from selection.models import Account
from selection.register import keeping
from selection.register.models import Organisation, Person, Post
from tests import factories
from tests.factories import AT


@pytest.fixture
def at() -> datetime:
    return AT


@pytest.fixture
def founded(db: None) -> factories.County:
    return factories.County(factories.founding())


@pytest.fixture
def officer(founded: factories.County) -> Account:
    return founded.hold("officer", Role.STAFF)


@pytest.fixture
def others(founded: factories.County) -> list[Account]:
    """Everybody else with a role, and a superuser without one."""
    superuser = founded.hold("superuser")
    Account.objects.filter(pk=superuser.pk).update(is_superuser=True)
    made = [founded.hold(role.value, role) for role in Role if role not in (Role.STAFF, Role.CLOCK, Role.PUBLIC)]
    return [*made, founded["superuser"], founded["clock"], founded["public"], founded.administrator]


@pytest.fixture
def department(founded: factories.County) -> Organisation:
    return founded.department


@pytest.fixture
def unit(department: Organisation, officer: Account) -> Organisation:
    return keeping.add_organisation(
        department.parent,
        actor=officer,
        at=AT,
        values={
            "name": "澄溪县融媒体中心",
            "short_name": "县融媒体中心",
            "kind": UnitKind.INSTITUTION,
            "code": "CX-0401",
        },
    )


@pytest.fixture
def post(unit: Organisation, officer: Account) -> Post:
    return keeping.add_post(
        unit,
        actor=officer,
        at=AT,
        values={"title": "副主任", "grade": Grade.TOWNSHIP_DEPUTY, "is_probationary": True},
    )


VALUES = {
    "name": "赵示一",
    "sex": "female",
    "ethnicity": "汉族",
    "native_place": "澄溪甲湾",
    "born_on": date(1985, 6, 1),
    "party": "中共党员",
    "joined_party_on": date(2006, 6, 1),
    "education": "大学",
    "degree": "学士",
    "joined_work_on": date(2008, 7, 1),
    "grade": Grade.TOWNSHIP_DEPUTY,
    "grade_since": date(2019, 5, 1),
}


@pytest.fixture
def values() -> dict[str, object]:
    return dict(VALUES)


@pytest.fixture
def person(unit: Organisation, officer: Account) -> Person:
    return keeping.add_person(unit, actor=officer, at=AT, values=VALUES)


@pytest.fixture
def colleague(unit: Organisation, officer: Account) -> Person:
    return keeping.add_person(unit, actor=officer, at=AT, values=VALUES | {"name": "钱例"})
