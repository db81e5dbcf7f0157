"""Counties for tests (测试用县), made by founding one and performing acts, never by writing rows.

``county`` has an account for every role and a standing committee; each later state is reached by the acts that lead
there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from selection import accounts, clock
from selection.acts import Secret
from selection.enums import Duty, Grade, Role, Sex, UnitKind
from selection.models import Account, Body, Mandate, Seat
from selection.models.founding import Founded, found_county
from selection.register import keeping
from selection.register.models import Organisation, Person

AT = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
"""A Monday, nine in the morning in Shanghai."""
PASSWORD = "yanshi-2026"

#: User name → role and department, for everybody who has no seat.
OFFICERS = {
    "jingban": (Role.STAFF, "县委组织部"),
    "jingban2": (Role.STAFF, "县委组织部"),
    "jipiao1": (Role.TELLER, "县委组织部"),
    "jipiao2": (Role.TELLER, "县纪委监委"),
    "kaocha1": (Role.INSPECTOR, "县委组织部"),
    "kaocha2": (Role.INSPECTOR, "县纪委监委"),
    "lingdao": (Role.LEADER, "县政府"),
    "jiwei": (Role.REVIEWER, "县纪委监委"),
    "jisheng": (Role.REVIEWER, "县计划生育局"),
    "jiandu": (Role.AUDITOR, "县委组织部"),
}
#: Duty of the seat → user name and role; the other members are changwei1, changwei2, …
LEADERS = {
    Duty.SECRETARY: ("shuji", Role.SECRETARY),
    Duty.ORGANISATION: ("buzhang", Role.DEPARTMENT_HEAD),
}
DUTIES = [Duty.SECRETARY, Duty.DEPUTY_SECRETARY, Duty.DEPUTY_SECRETARY, Duty.ORGANISATION, Duty.DISCIPLINE]


@dataclass
class County:
    """A founded county; ``county["jingban"]`` is an account, read anew so that it knows its roles of today."""

    founded: Founded
    seats: list[Seat] = field(default_factory=list)

    def __getitem__(self, username: str) -> Account:
        return Account.objects.select_related("person").get(username=username)

    @property
    def mandate(self) -> Mandate:
        return self.founded.mandate

    @property
    def body(self) -> Body:
        return self.founded.body

    @property
    def organisation(self) -> Organisation:
        return self.founded.organisation

    @property
    def department(self) -> Organisation:
        return self.founded.department

    @property
    def administrator(self) -> Account:
        return Account.objects.get(pk=self.founded.administrator.pk)

    def hold(self, username: str, *held: Role, at: datetime = AT, **account: Any) -> Account:
        """A new account with these roles from the day of ``at`` on."""
        values = {"name": username, "password": Secret(PASSWORD), **account}
        made = accounts.create_account(self.mandate, actor=self.administrator, at=at, username=username, **values)
        for role in held:
            grant(self, username, role, at=at)
        return self[made.username]


def county(at: datetime = AT, *, members: int = 11) -> County:
    """A county with an account for every role and a committee of so many members, each with an account."""
    made = County(founding(at))
    for username, (role, department) in OFFICERS.items():
        made.hold(username, role, at=at, department=department)
    others = 0
    for rank in range(1, members + 1):
        duty = DUTIES[rank - 1] if rank <= len(DUTIES) else Duty.MEMBER
        member = person(
            made, f"赵示{'一二三四五六七八九十甲乙丙丁戊己庚辛壬癸'[rank - 1]}", at=at, grade=Grade.COUNTY_DEPUTY
        )
        made.seats.append(seat(made, member, duty, rank, at=at))
        username, *held = LEADERS.get(duty, ("",))
        if not username:
            others += 1
            username = f"changwei{others}"
        made.hold(username, *held, Role.MEMBER, at=at, name=member.name, person=member)
    return made


def founding(at: datetime = AT) -> Founded:
    """A county with nobody but its administrator ``guanli``."""
    return found_county(
        committee="中共澄溪县委员会",
        department="中共澄溪县委组织部",
        code="county",
        rulebook="credibility-county",
        administrator={"username": "guanli", "name": "管理员", "password": PASSWORD},
        at=at,
        committee_code="CX-0101",
        department_code="CX-0202",
    )


def grant(
    in_county: County,
    username: str,
    role: Role,
    *,
    at: datetime = AT,
    from_on: date | None = None,
    until_on: date | None = None,
) -> Any:
    """A role for an account, given by the administrator."""
    return accounts.grant_role(
        in_county[username],
        actor=in_county.administrator,
        at=at,
        mandate=in_county.mandate,
        role=role,
        from_on=from_on or clock.day_of(at),
        until_on=until_on,
    )


def seat(in_county: County, member: Person, duty: Duty, rank: int, *, at: datetime = AT) -> Seat:
    """A seat in the standing committee since the beginning of 2024."""
    made: Seat = accounts.seat_member(
        in_county.body,
        actor=in_county.administrator,
        at=at,
        person=member,
        duty=duty,
        rank=rank,
        from_on=date(2024, 1, 2),
    )
    return made


def unit(
    in_county: County, short_name: str, code: str, *, kind: UnitKind = UnitKind.INSTITUTION, at: datetime = AT
) -> Organisation:
    """A unit below the committee."""
    values = {"name": f"澄溪{short_name}", "short_name": short_name, "kind": kind, "code": code}
    made: Organisation = keeping.add_organisation(
        in_county.organisation, actor=in_county["jingban"], at=at, values=values
    )
    return made


def person(in_county: County, name: str, *, of: Organisation | None = None, at: datetime = AT, **values: Any) -> Person:
    """Somebody in the service of a unit, by default of the committee."""
    given = {
        "name": name,
        "sex": Sex.MALE,
        "ethnicity": "汉族",
        "native_place": "澄溪甲湾",
        "born_on": date(1980, 6, 1),
        "party": "中共党员",
        "joined_party_on": date(2001, 6, 1),
        "education": "大学",
        "degree": "学士",
        "joined_work_on": date(2003, 7, 1),
        "grade": Grade.TOWNSHIP_DEPUTY,
        "grade_since": date(2018, 5, 1),
    } | values
    made: Person = keeping.add_person(of or in_county.organisation, actor=in_county["jingban"], at=at, values=given)
    return made
