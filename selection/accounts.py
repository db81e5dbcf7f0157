"""Accounts, roles and seats (账号、角色、席位).

The administrator opens accounts, gives roles for a mandate and seats in a body, each with dates, and ends them; nothing
is deleted.  An administrator does nothing to the own account but change its password, and holds no other role, so
nobody who decides who may act can act in a selection.  That a password was changed stands in the record; the password
enters neither the record nor what is kept apart from it.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from selection import clock, roles
from selection.acts import Actor, Facts, NotPermitted, Refused, Requirement, Secret, act
from selection.enums import Act, BodyKind, Duty, Role
from selection.models import Account, Body, Holding, Mandate, Seat
from selection.models.account import AccountCase
from selection.register.models import Person

ACCOUNT_FIELDS = ("name", "department", "person")
GIVEN_TO_PEOPLE = tuple(role for role in Role if role not in (Role.CLOCK, Role.PUBLIC))
"""Roles that a person can hold; the clock and the public have theirs from the founding."""

_ONE_DAY = timedelta(days=1)
_PLENUM = "全委会"  # titles of bodies are official Chinese


# --- accounts ----------------------------------------------------------------------------------------------------


@act(Act.CREATE_ACCOUNT, subject="mandate", plain=("username", "name", "department"))
def create_account(
    mandate: Mandate,
    *,
    actor: Actor,
    at: datetime,
    username: str,
    name: str,
    password: Secret,
    department: str = "",
    person: Person | None = None,
) -> Account:
    """Open an account; it can do nothing until it is given a role."""
    if Account.objects.filter(username=username).exists():
        raise Refused(
            Act.CREATE_ACCOUNT,
            [Requirement(_("The user name is not taken"), met=False, observed=username, field="username")],
        )
    account = Account(username=username, name=name, department=department, person=person)
    _keep_person_to_one_account(Act.CREATE_ACCOUNT, account)
    _set_password(account, password)
    account.full_clean()
    account.save()
    return account


def before_acting_on_account(case: AccountCase, *, actor: Actor, at: datetime) -> Iterator[Requirement]:
    yield Requirement(
        _("Administrators do nothing to their own account; another administrator has to"),
        met=case.account.pk != actor.pk,
    )


@act(
    Act.CORRECT_ACCOUNT,
    subject="account",
    requires=before_acting_on_account,
    plain=("name", "department"),
)
def correct_account(account: Account, *, actor: Actor, at: datetime, values: Mapping[str, Any], reason: str) -> Facts:
    """Correct the name, the department or the person of an account; the user name stays, it stands in the record."""
    changed = {name: value for name, value in values.items() if name in ACCOUNT_FIELDS}
    old = {name: getattr(account, name) for name in changed if getattr(account, name) != changed[name]}
    for name in old:
        setattr(account, name, changed[name])
    if "person" in old and account.is_active:
        _keep_person_to_one_account(Act.CORRECT_ACCOUNT, account)
    account.full_clean(exclude=["username", "password"])
    account.save(update_fields=list(ACCOUNT_FIELDS))
    return Facts({"old": old, "new": {name: changed[name] for name in old}})


def before_resetting_password(case: AccountCase, *, actor: Actor, at: datetime) -> Iterator[Requirement]:
    yield from before_acting_on_account(case, actor=actor, at=at)
    yield Requirement(_("The account is open"), met=case.account.is_active)


@act(Act.RESET_PASSWORD, subject="account", requires=before_resetting_password)
def reset_password(account: Account, *, actor: Actor, at: datetime, password: Secret, reason: str) -> None:
    """Give an account a new password; whoever is signed in with it is signed out."""
    _set_password(account, password)
    account.save(update_fields=["password"])


def before_changing_password(
    case: AccountCase, *, actor: Actor, at: datetime, old: Secret | None = None
) -> Iterator[Requirement]:
    yield Requirement(_("The account is open"), met=case.account.is_active)
    if old is not None:
        yield Requirement(_("The old password is right"), met=case.account.check_password(old.value), field="old")


@act(Act.CHANGE_PASSWORD, subject="account", requires=before_changing_password)
def change_password(account: Account, *, actor: Actor, at: datetime, old: Secret, password: Secret) -> None:
    """Change the password of the own account; whoever else is signed in with it is signed out."""
    _set_password(account, password)
    account.save(update_fields=["password"])


def before_closing_account(case: AccountCase, *, actor: Actor, at: datetime) -> Iterator[Requirement]:
    yield from before_resetting_password(case, actor=actor, at=at)
    is_administrator = any(held.role == Role.ADMINISTRATOR for held in case.holdings)
    yield _an_administrator_remains(case, is_administrator=is_administrator)


@act(Act.CLOSE_ACCOUNT, subject="account", requires=before_closing_account)
def close_account(account: Account, *, actor: Actor, at: datetime, reason: str) -> None:
    """Close an account: nobody signs in with it any more; what it did stays in the record under its name."""
    if account.holdings.filter(role=Role.ADMINISTRATOR).exists():
        _keep_an_administrator(Act.CLOSE_ACCOUNT, account)
    account.is_active = False
    account.save(update_fields=["is_active"])


def before_reopening_account(case: AccountCase, *, actor: Actor, at: datetime) -> Iterator[Requirement]:
    yield from before_acting_on_account(case, actor=actor, at=at)
    yield Requirement(_("The account is closed"), met=not case.account.is_active)


@act(Act.REOPEN_ACCOUNT, subject="account", requires=before_reopening_account)
def reopen_account(account: Account, *, actor: Actor, at: datetime, reason: str) -> None:
    """Open a closed account again, with the roles that have not ended meanwhile."""
    account.is_active = True
    _keep_person_to_one_account(Act.REOPEN_ACCOUNT, account)
    account.save(update_fields=["is_active"])


# --- roles -------------------------------------------------------------------------------------------------------


def before_granting_role(
    case: AccountCase,
    *,
    actor: Actor,
    at: datetime,
    mandate: Mandate | None = None,
    role: str = "",
    from_on: date | None = None,
    until_on: date | None = None,
) -> Iterator[Requirement]:
    yield from before_resetting_password(case, actor=actor, at=at)
    if mandate is None or not role or from_on is None:
        return
    today = clock.day_of(at)
    yield Requirement(_("The role is one that a person can hold"), met=role in GIVEN_TO_PEOPLE, field="role")
    yield Requirement(
        _("The role begins today or later"), met=from_on >= today, observed=from_on, required=today, field="from_on"
    )
    yield _ends_after_it_begins(from_on, until_on)
    at_once = [held for held in case.holdings if _overlap(held, from_on, until_on)]
    again = [held for held in at_once if held.role == role and held.mandate_id == mandate.pk]
    yield Requirement(
        _("The account does not hold this role at the same time"),
        met=not again,
        observed=[held.from_on for held in again],
        field="role",
    )
    apart = [held for held in at_once if (held.role == Role.ADMINISTRATOR) != (role == Role.ADMINISTRATOR)]
    yield Requirement(
        _("An administrator holds no other role"),
        met=not apart,
        observed=[Role(held.role).label for held in apart],
        field="role",
    )


@act(Act.GRANT_ROLE, subject="account", requires=before_granting_role, plain=("role",))
def grant_role(
    account: Account,
    *,
    actor: Actor,
    at: datetime,
    mandate: Mandate,
    role: str,
    from_on: date,
    until_on: date | None = None,
) -> Holding:
    """Give an account a role for a mandate, from a day on, the last day included."""
    _is_administrator_of(Act.GRANT_ROLE, mandate, actor=actor, at=at)
    holding = Holding(account=account, mandate=mandate, role=Role(role), from_on=from_on, until_on=until_on)
    holding.full_clean()
    holding.save()
    return holding


def before_ending_role(
    case: AccountCase, *, actor: Actor, at: datetime, holding: Holding | None = None, until_on: date | None = None
) -> Iterator[Requirement]:
    yield from before_acting_on_account(case, actor=actor, at=at)
    if holding is None or until_on is None:
        return
    yesterday = clock.day_of(at) - _ONE_DAY
    yield Requirement(
        _("The role has not ended yet"),
        met=holding.until_on is None or holding.until_on >= yesterday,
        observed=holding.until_on,
        field="holding",
    )
    yield Requirement(
        _("The last day of the role is yesterday or later"),
        met=until_on >= yesterday,
        observed=until_on,
        required=yesterday,
        field="until_on",
    )
    yield _ends_after_it_begins(holding.from_on, until_on)
    yield Requirement(
        _("The role does not become longer; a longer one is given anew"),
        met=holding.until_on is None or until_on <= holding.until_on,
        observed=until_on,
        required=holding.until_on,
        field="until_on",
    )
    yield _an_administrator_remains(case, is_administrator=holding.role == Role.ADMINISTRATOR)


@act(Act.END_ROLE, subject="account", requires=before_ending_role)
def end_role(account: Account, *, actor: Actor, at: datetime, holding: Holding, until_on: date, reason: str) -> Facts:
    """Set the last day of a role."""
    holding = _own(Act.END_ROLE, account.holdings, holding)
    _is_administrator_of(Act.END_ROLE, holding.mandate, actor=actor, at=at)
    if holding.role == Role.ADMINISTRATOR:
        _keep_an_administrator(Act.END_ROLE, account)
    old, holding.until_on = holding.until_on, until_on
    holding.full_clean()
    holding.save()
    return Facts({"role": holding.role, "old": old}, made=[holding])


# --- seats -------------------------------------------------------------------------------------------------------


@act(Act.ADD_PLENUM, subject="mandate")
def add_plenum(mandate: Mandate, *, actor: Actor, at: datetime) -> Body:
    """Keep the seats of the plenary committee beside those of the body that decides; how many it has is read there."""
    committee = mandate.body.organisation
    return Body.objects.create(organisation=committee, kind=BodyKind.PLENUM, title=f"{committee.short_name}{_PLENUM}")


def before_seating_member(
    case: Body,
    *,
    actor: Actor,
    at: datetime,
    person: Person | None = None,
    duty: str = "",
    from_on: date | None = None,
    until_on: date | None = None,
) -> Iterator[Requirement]:
    if person is None or from_on is None:
        return
    yield Requirement(
        _("Administrators give no seat to themselves"),
        met=getattr(actor, "person_id", None) != person.pk,
        field="person",
    )
    yield _ends_after_it_begins(from_on, until_on)
    at_once = [seat for seat in case.seats.all() if _overlap(seat, from_on, until_on)]
    again = [seat for seat in at_once if seat.person_id == person.pk]
    yield Requirement(
        _("The person has one seat in the body at a time"),
        met=not again,
        observed=[seat.from_on for seat in again],
        field="person",
    )
    chiefs = [seat for seat in at_once if seat.is_chief] if duty == Duty.SECRETARY else []
    yield Requirement(
        _("The body has one secretary at a time"),
        met=not chiefs,
        observed=[seat.person.name for seat in chiefs],
        field="duty",
    )
    yield Requirement(
        _("The person has not left the service"),
        met=person.is_in_service(from_on),
        observed=person.gone_on,
        field="person",
    )


@act(Act.SEAT_MEMBER, subject="body", requires=before_seating_member, plain=("duty",))
def seat_member(
    body: Body,
    *,
    actor: Actor,
    at: datetime,
    person: Person,
    duty: str,
    rank: int,
    from_on: date,
    until_on: date | None = None,
) -> Seat:
    """Give a person a seat in the body; ``rank`` is the place in its lists, the secretary first."""
    seat = Seat(
        body=body,
        organisation_id=body.organisation_id,
        person=person,
        duty=duty,
        rank=rank,
        from_on=from_on,
        until_on=until_on,
    )
    seat.full_clean()
    seat.save()
    return seat


def before_ending_seat(
    case: Body, *, actor: Actor, at: datetime, seat: Seat | None = None, until_on: date | None = None
) -> Iterator[Requirement]:
    if seat is None or until_on is None:
        return
    yield Requirement(_("The seat has not ended yet"), met=seat.until_on is None, observed=seat.until_on, field="seat")
    yield _ends_after_it_begins(seat.from_on, until_on)


@act(Act.END_SEAT, subject="body", requires=before_ending_seat)
def end_seat(body: Body, *, actor: Actor, at: datetime, seat: Seat, until_on: date, reason: str) -> Facts:
    """Set the last day of a seat."""
    seat = _own(Act.END_SEAT, body.seats, seat)
    seat.until_on = until_on
    seat.full_clean()
    seat.save()
    return Facts(made=[seat])


# --- what several of them rest on --------------------------------------------------------------------------------


def _overlap(held: Holding | Seat, from_on: date, until_on: date | None) -> bool:
    """Whether a role or seat, its last day included, shares a day with the time given."""
    return (held.until_on is None or held.until_on >= from_on) and (until_on is None or until_on >= held.from_on)


def _ends_after_it_begins(from_on: date, until_on: date | None) -> Requirement:
    return Requirement(
        _("The last day is not before the first"),
        met=until_on is None or until_on >= from_on,
        observed=until_on,
        required=from_on,
        field="until_on",
    )


def _an_administrator_remains(case: AccountCase, *, is_administrator: bool) -> Requirement:
    return Requirement(
        _("Another administrator remains, whose role has no end"),
        met=not is_administrator or case.other_administrators > 0,
        observed=case.other_administrators,
        required=1,
    )


def _keep_an_administrator(name: Act, account: Account) -> None:
    """Count again when no other administrator can be ended at the same time."""
    list(Holding.objects.select_for_update().filter(role=Role.ADMINISTRATOR).order_by("pk"))
    remains = _an_administrator_remains(account.case(), is_administrator=True)
    if not remains.met:
        raise Refused(name, [remains])


def _keep_person_to_one_account(name: Act, account: Account) -> None:
    """Refuse a second open account of one person, so that roles kept apart cannot be held by way of two accounts."""
    if account.person_id is None:
        return
    person = Person.objects.select_for_update(of=("self",)).get(pk=account.person_id)
    others: Iterable[Account] = Account.objects.filter(person=person, is_active=True).exclude(pk=account.pk)
    found = Requirement(
        _("The person has no other open account"),
        met=not others,
        observed=[other.username for other in others],
        field="person",
    )
    if not found.met:
        raise Refused(name, [found])


def _set_password(account: Account, password: Secret) -> None:
    """Raises ``ValidationError`` for a password that is too easily guessed."""
    validate_password(password.value, account)
    account.set_password(password.value)


def _is_administrator_of(name: Act, mandate: Mandate, *, actor: Actor, at: datetime) -> None:
    if Role.ADMINISTRATOR not in roles.roles_for(name, [mandate.pk], actor=actor, at=at):
        raise NotPermitted(name)


def _own(name: Act, rows: Any, given: Model) -> Any:
    """The row read anew, which must be one of ``rows``."""
    found = rows.filter(pk=given.pk).first()
    if found is None:
        raise NotPermitted(name, hidden=True)
    return found
