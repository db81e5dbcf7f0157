"""A committee with its department, and an officer of that department who keeps the register."""

from datetime import UTC, date, datetime

import pytest
from django.db import transaction

from audit import record
from selection import roles
from selection.enums import Grade, Role, UnitKind
from selection.models import Account, Body, Holding, Mandate
from selection.models.body import BodyKind
from selection.register import keeping
from selection.register.models import Organisation, Person, Post

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
FROM = date(2026, 1, 1)


@pytest.fixture
def at() -> datetime:
    return AT


@pytest.fixture
def department(db: None) -> Organisation:
    """What stands before the first act: written with an entry of each stream, as founding a county does."""
    with transaction.atomic():
        committee = Organisation.objects.create(
            name="中共澄溪县委员会（演示）", short_name="县委", kind=UnitKind.COMMITTEE, code="CX-0101"
        )
        department = Organisation.objects.create(
            name="中共澄溪县委组织部（演示）",
            short_name="县委组织部",
            kind=UnitKind.PARTY_ORGAN,
            code="CX-0202",
            parent=committee,
        )
        body = Body.objects.create(organisation=committee, kind=BodyKind.STANDING_COMMITTEE, title="县委常委会")
        mandate = Mandate.objects.create(
            code="county",
            title="县管干部",
            body=body,
            department=department,
            rulebook="credibility-county",
            grades=[Grade.TOWNSHIP_CHIEF, Grade.TOWNSHIP_DEPUTY],
        )
        roles.grant(mandate)
        for username, role in (("officer", Role.STAFF), ("auditor", Role.AUDITOR), ("boss", Role.ADMINISTRATOR)):
            account = Account.objects.create(username=username, name=username)
            Holding.objects.create(account=account, mandate=mandate, role=role, from_on=FROM)
        record.append([_founding(stream) for stream in ("system", *committee.streams(), *department.streams())])
    return department


def _founding(stream: str) -> record.Entry:
    return record.Entry(
        stream=stream,
        action="founded",
        actor={"id": "", "name": "", "dept": "", "role": "", "auth": "test"},
        at=AT,
        basis="",
        case="",
        object=("county", "1"),
        data={},
        files=[],
        req="founding",
        state="",
        sealed={},
    )


@pytest.fixture
def officer(department: Organisation) -> Account:
    return Account.objects.get(username="officer")


@pytest.fixture
def auditor(department: Organisation) -> Account:
    return Account.objects.get(username="auditor")


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
