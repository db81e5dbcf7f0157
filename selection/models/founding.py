"""Founding (初始建制): what must be there before the first account can act.

A committee with its organisation department, its standing committee, the mandate under which it decides, the accounts
of the clock and of the public, and one administrator.  Nobody can perform an act yet, so this is recorded as itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

from django.contrib.auth.password_validation import validate_password
from django.db import connection, transaction

from selection import acts, clock, roles
from selection.enums import BodyKind, Grade, Role, UnitKind
from selection.models.account import CLOCK, PUBLIC, Account
from selection.models.body import Body
from selection.models.mandate import Holding, Mandate
from selection.register.models import Organisation
from selection.rulebook import rules

Row = TypeVar("Row", Organisation, Body, Mandate, Account)

GRADES = (Grade.TOWNSHIP_CHIEF, Grade.TOWNSHIP_DEPUTY)
_LOCK = 20110503
"""Number of the advisory lock, so that two foundings at once are one after the other."""


class AlreadyFounded(Exception):
    """A county is founded once; everything later is an act of its administrator."""


@dataclass(frozen=True)
class Founded:
    organisation: Organisation
    department: Organisation
    body: Body
    mandate: Mandate
    administrator: Account
    clock: Account
    public: Account


def found_county(
    *,
    committee: str,
    department: str,
    code: str,
    rulebook: str,
    administrator: Mapping[str, str],
    at: datetime,
    committee_short: str = "县委",
    department_short: str = "县委组织部",
    committee_code: str = "0101",
    department_code: str = "0202",
) -> Founded:
    """Make a committee that decides on the leading posts of its county, and its first administrator.

    ``committee`` and ``department`` are full names, ``code`` that of the mandate, ``rulebook`` a body of the rulebook;
    ``administrator`` has ``username``, ``name`` and ``password``.

    Raises:
        AlreadyFounded: there is a mandate.
        ValidationError: a name, or the password, cannot stand.
        LookupError: the rulebook has no such body, or its rules lack what every selection needs.
    """
    on = clock.day_of(at)
    if lacking := rules.in_force(rulebook, on).lacking:
        raise LookupError(f"no selection can run by the rules of {rulebook!r}, which lack {', '.join(lacking)}")
    with transaction.atomic(durable=True):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        if Mandate.objects.exists():
            raise AlreadyFounded
        top = _kept(
            Organisation(name=committee, short_name=committee_short, kind=UnitKind.COMMITTEE, code=committee_code)
        )
        office = _kept(
            Organisation(
                name=department,
                short_name=department_short,
                kind=UnitKind.PARTY_ORGAN,
                parent=top,
                code=department_code,
            )
        )
        body = _kept(Body(organisation=top, kind=BodyKind.STANDING_COMMITTEE, title=f"{committee_short}常委会"))
        mandate = _kept(
            Mandate(
                code=code,
                title=f"{committee_short}管理的领导职务",
                body=body,
                department=office,
                rulebook=rulebook,
                grades=list(GRADES),
            )
        )
        roles.grant(mandate)
        clock_account = _silent(CLOCK, "时钟", mandate, Role.CLOCK, on)
        public_account = _silent(PUBLIC, "公众", mandate, Role.PUBLIC, on)
        first = Account(username=administrator["username"], name=administrator["name"], department=department_short)
        validate_password(administrator["password"], first)
        first.set_password(administrator["password"])
        _kept(first)
        Holding.objects.create(account=first, mandate=mandate, role=Role.ADMINISTRATOR, from_on=on)
        acts.record_founding(
            streams=["system", *top.streams(), *office.streams()],
            made=[mandate, top, office, body, clock_account, public_account, first],
            at=at,
        )
    return Founded(top, office, body, mandate, first, clock_account, public_account)


def _silent(username: str, name: str, mandate: Mandate, role: Role, on: date) -> Account:
    """An account that nobody signs in with."""
    account = Account(username=username, name=name)
    account.set_unusable_password()
    _kept(account)
    Holding.objects.create(account=account, mandate=mandate, role=role, from_on=on)
    return account


def _kept(row: Row) -> Row:
    row.full_clean()
    row.save()
    return row
