"""The demonstration (演示): an invented county with one account for every role, and a clock that can be moved.

``load`` founds the county, enters the register, opens the accounts and gives the seats of the standing committee and of
the plenary committee, all by acts, so that the record of the demonstration is a record like any other.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from selection import accounts, clock
from selection.acts import Actor, Facts, Requirement, Secret, act
from selection.enums import Act, Duty, Grade, Role, UnitKind
from selection.models import Account, Mandate
from selection.models.founding import Founded, found_county
from selection.register import invented
from selection.register.models import Organisation, Person, Tenure
from selection.rulebook import workdays
from selection.rulebook.values import Period

PASSWORD: Final = "yanshi-2026"  # noqa: S105 - printed on the log-in page of the demonstration
ADMINISTRATOR: Final = "guanli"
REGISTRAR: Final = "jingban"
"""The case officer who enters the register of the demonstration."""


@dataclass(frozen=True)
class Visitor:
    """An account that a visitor may try: the person is the ``nth`` of the staff of the unit with this code."""

    username: str
    role: Role
    unit: str
    nth: int
    try_this: Promise


VISITORS = (
    Visitor(
        REGISTRAR,
        Role.STAFF,
        invented.DEPARTMENT,
        0,
        _("Open a selection and carry it through every stage; keep the register"),
    ),
    Visitor(
        "jingban2", Role.STAFF, invented.DEPARTMENT, 1, _("The second case officer: confirm what the first entered")
    ),
    Visitor("jipiao1", Role.TELLER, invented.DEPARTMENT, 2, _("Enter the count of a recommendation from paper")),
    Visitor("jipiao2", Role.TELLER, invented.DISCIPLINE, 0, _("Enter the same count without seeing the other figures")),
    Visitor(
        "jianpiao1",
        Role.SCRUTINEER,
        invented.DISCIPLINE,
        3,
        _("Check the box before a ballot opens, agree to close it; confirm the count of paper ballots"),
    ),
    Visitor("jianpiao2", Role.SCRUTINEER, invented.DEPARTMENT, 5, _("The second scrutineer")),
    Visitor(
        "kaocha1", Role.INSPECTOR, invented.DEPARTMENT, 3, _("Record talks and checks, write the inspection report")
    ),
    Visitor("kaocha2", Role.INSPECTOR, invented.DISCIPLINE, 1, _("The second member of the inspection team")),
    Visitor(
        "jiwei", Role.REVIEWER, invented.DISCIPLINE, 2, _("Answer what the discipline inspection commission is asked")
    ),
    Visitor(
        "jisheng", Role.REVIEWER, invented.FAMILY_PLANNING, 0, _("Answer what the family planning bureau is asked")
    ),
    Visitor("jiandu", Role.AUDITOR, invented.DEPARTMENT, 4, _("Read the whole process record and verify it")),
)

#: Members of the committee who have a role besides: duty of their seat, user name, role, what to try.
_LEADERS = {
    Duty.SECRETARY: ("shuji", Role.SECRETARY, _("Agree to motions; open, close and announce the ballot")),
    Duty.ORGANISATION: (
        "buzhang",
        Role.DEPARTMENT_HEAD,
        _("Fix the persons to be inspected, adopt the proposal, confirm after probation"),
    ),
}

#: What the log-in page and the README list: user name, role, what to try.  All have the same password.
ACCOUNTS: list[tuple[str, Promise | str, Promise | str]] = [
    *((visitor.username, visitor.role.label, visitor.try_this) for visitor in VISITORS[:2]),
    *((username, role.label, try_this) for username, role, try_this in _LEADERS.values()),
    ("lingdao", Role.LEADER.label, _("Recommend a person under one's own name")),
    *((visitor.username, visitor.role.label, visitor.try_this) for visitor in VISITORS[2:]),
    ("changwei1", Role.MEMBER.label, _("A member of the standing committee; the others are changwei2 to changwei9")),
    (ADMINISTRATOR, Role.ADMINISTRATOR.label, _("Open accounts, give roles and seats; sees no selection")),
]


def found(at: datetime) -> Founded:
    """The demonstration county with its administrator, and nothing in its register yet."""
    units = {unit.code: unit for unit in invented.county(clock.day_of(at)).units}
    committee, department = units[invented.COMMITTEE], units[invented.DEPARTMENT]
    return found_county(
        committee=committee.name,
        committee_short=committee.short_name,
        committee_code=committee.code,
        department=department.name,
        department_short=department.short_name,
        department_code=department.code,
        code="county",
        rulebook="credibility-county",
        administrator={"username": ADMINISTRATOR, "name": "系统管理员", "password": PASSWORD},
        at=at,
    )


def load(at: datetime) -> Founded:
    """Found the county and fill it: register, accounts, roles, seats.

    Raises:
        AlreadyFounded: there is a county already.
    """
    county = found(at)
    registrar = _open(county, REGISTRAR, "经办人", county.department, None, [Role.STAFF], at)
    invented.load(registrar, at)
    units = {unit.code: unit for unit in Organisation.objects.all()}
    for visitor in VISITORS:
        unit = units[visitor.unit]
        person = _staff(unit)[visitor.nth]
        if visitor.username == REGISTRAR:
            accounts.correct_account(
                registrar,
                actor=county.administrator,
                at=at,
                values={"name": person.name, "person": person},
                reason="名册建成后关联本人",
            )
        else:
            _open(county, visitor.username, person.name, unit, person, [visitor.role], at)
    _seat(county, at)
    _seat_plenum(county, at)
    government = units[invented.GOVERNMENT]
    seated = county.body.seats.values("person")
    leader = government.people.filter(grade=Grade.COUNTY_DEPUTY).exclude(pk__in=seated).order_by("pk")[0]
    _open(county, "lingdao", leader.name, government, leader, [Role.LEADER], at)
    return county


def _staff(unit: Organisation) -> list[Person]:
    return list(unit.people.filter(grade=Grade.STAFF_GRADE, gone_on__isnull=True).order_by("pk")[:8])


def _open(
    county: Founded,
    username: str,
    name: str,
    unit: Organisation,
    person: Person | None,
    held: list[Role],
    at: datetime,
) -> Account:
    """An account with its roles from today on."""
    by: dict[str, Any] = {"actor": county.administrator, "at": at}
    account: Account = accounts.create_account(
        county.mandate,
        **by,
        username=username,
        name=name,
        password=Secret(PASSWORD),
        department=unit.short_name,
        person=person,
    )
    for role in held:
        accounts.grant_role(account, **by, mandate=county.mandate, role=role, from_on=clock.day_of(at))
    return Account.objects.get(pk=account.pk)


def _seat(county: Founded, at: datetime) -> None:
    """Seats and accounts of those who hold a post in the committee: secretary, deputies, then the others."""
    others = 0
    for rank, (tenure, duty) in enumerate(_committee(county.organisation, clock.day_of(at)), start=1):
        accounts.seat_member(
            county.body,
            actor=county.administrator,
            at=at,
            person=tenure.person,
            duty=duty,
            rank=rank,
            from_on=tenure.from_on,
        )
        if duty in _LEADERS:
            username, role, _try = _LEADERS[duty]
            held = [role, Role.MEMBER]
        else:
            others += 1
            username, held = f"changwei{others}", [Role.MEMBER]
        _open(county, username, tenure.person.name, tenure.person.organisation, tenure.person, held, at)


def _seat_plenum(county: Founded, at: datetime) -> None:
    """The plenary committee: the standing committee, then the party secretaries of the townships."""
    by: dict[str, Any] = {"actor": county.administrator, "at": at}
    on = clock.day_of(at)
    plenum = accounts.add_plenum(county.mandate, **by)
    secretaries = Tenure.objects.held(on).filter(
        post__organisation__kind=UnitKind.TOWNSHIP, post__title=invented.TOWNSHIP_SECRETARY
    )
    members = [(seat.person, seat.duty, seat.from_on) for seat in county.body.seats.in_force(on)]
    members += [(row.person, Duty.MEMBER, row.from_on) for row in secretaries.order_by("person__stroke_key", "pk")]
    for rank, (person, duty, from_on) in enumerate(members, start=1):
        accounts.seat_member(plenum, **by, person=person, duty=duty, rank=rank, from_on=from_on)


def _committee(committee: Organisation, on: date) -> list[tuple[Tenure, Duty]]:
    """The tenures in the committee with the duty of the seat, in the order in which its members are listed."""
    order = list(Duty)
    tenures = (
        Tenure.objects.held(on).filter(post__organisation=committee).select_related("post", "person__organisation")
    )
    members = [(tenure, _duty(tenure)) for tenure in tenures.order_by("person__stroke_key", "pk")]
    return sorted(members, key=lambda member: order.index(member[1]))


def _duty(tenure: Tenure) -> Duty:
    if tenure.post.title == "书记":
        return Duty.SECRETARY
    if tenure.post.title == "副书记":
        return Duty.DEPUTY_SECRETARY
    head_of = {invented.DEPARTMENT: Duty.ORGANISATION, invented.DISCIPLINE: Duty.DISCIPLINE}
    return head_of.get(tenure.person.organisation.code, Duty.MEMBER)


# --- the clock ---------------------------------------------------------------------------------------------------

STEPS = {
    "next_working_day": Period(1, "working_day", "next"),
    "end_of_notice": Period(5, "working_day", "next"),
    "one_year": Period(1, "year", "next"),
}


def days_of(step: str, on: date) -> int:
    """How many days a step of the demonstration clock is: to the next working day, or past the end of a period."""
    last_day = workdays.ends(STEPS[step], on).last_day
    return (last_day - on).days + (0 if step == "next_working_day" else 1)


def before_moving_clock(case: Mandate, *, actor: Actor, at: datetime, step: str | None = None) -> Iterator[Requirement]:
    yield Requirement(_("This is a demonstration site"), met=settings.DEMONSTRATION)
    if step is not None:
        yield Requirement(_("The clock has such a step"), met=step in STEPS, observed=step, required=list(STEPS))


@act(Act.MOVE_CLOCK, subject="mandate", requires=before_moving_clock, plain=("step",))
def move_clock(mandate: Mandate, *, actor: Actor, at: datetime, step: str) -> Facts:
    """Move the clock of the demonstration forward; what falls due meanwhile is met within a minute."""
    on = clock.day_of(at)
    days = days_of(step, on)
    clock.move(days)
    return Facts({"from": on, "days": days})
