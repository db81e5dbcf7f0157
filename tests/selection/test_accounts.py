"""Accounts, roles and seats: what an administrator can do, and what nobody can."""

import io
import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, connections
from django.test import Client
from django.urls import reverse
from django.utils import translation

from audit import reading
from selection import accounts, acts, clock, demonstration
from selection.acts import Conflict, NotPermitted, Refused, Secret
from selection.enums import Act, Duty, Role
from selection.models import Account, Body, Holding, Mandate, Seat
from selection.models.founding import AlreadyFounded
from selection.register import invented
from selection.register.models import Organisation, Person
from tests import factories
from tests.audit.notarising import guarded, unguarded
from tests.factories import AT, County

pytestmark = pytest.mark.django_db

TODAY = clock.day_of(AT)
DAY = timedelta(days=1)
NEW = "xin-mima-2027"


@pytest.fixture
def county() -> County:
    return factories.county(members=3)


@pytest.fixture
def second_administrator(county: County) -> Account:
    return county.hold("guanli2", Role.ADMINISTRATOR)


def by(county: County, **more: Any) -> dict[str, Any]:
    return {"actor": county.administrator, "at": AT, **more}


def unmet(refusal: Any) -> list[str]:
    with translation.override("en"):
        return [str(requirement.says) for requirement in refusal.value.unmet]


def in_the_record(words: str) -> bool:
    """Whether the words stand in any entry or in anything kept apart from an entry."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_entry WHERE body LIKE %s", [f"%{words}%"])
        entries = cursor.fetchone()[0]
        cursor.execute("SELECT count(*) FROM audit_opening WHERE value LIKE %s", [f"%{words}%"])
        return bool(entries or cursor.fetchone()[0])


# --- founding ----------------------------------------------------------------------------------------------------


def test_county_is_founded_with_one_entry_a_stream() -> None:
    founded = factories.founding()
    streams = ["system", *founded.organisation.streams(), *founded.department.streams()]
    for stream in streams:
        (entry,) = reading.entries(stream=stream)
        assert (entry.action, entry.actor["auth"], entry.at) == ("found_county", "founding", AT)
        assert entry.object == ("mandate", str(founded.mandate.pk))
    assert founded.mandate.grades == ["township_chief", "township_deputy"]
    held = {(holding.account.username, holding.role) for holding in Holding.objects.select_related("account")}
    assert held == {("guanli", "administrator"), ("clock", "clock"), ("public", "public")}
    assert not founded.clock.has_usable_password()
    assert not founded.public.has_usable_password()
    assert founded.administrator.check_password(factories.PASSWORD)
    assert not in_the_record(factories.PASSWORD)


def test_county_is_founded_once() -> None:
    factories.founding()
    with pytest.raises(AlreadyFounded):
        factories.founding()
    assert Mandate.objects.count() == Body.objects.count() == 1


def test_founding_leaves_nothing_when_the_password_is_too_easy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(factories, "PASSWORD", "1234567890")
    with pytest.raises(ValidationError):
        factories.founding()
    assert not Mandate.objects.exists()
    assert not Organisation.objects.exists()


def first_administrator(password: str = NEW, **more: Any) -> str:
    said = io.StringIO()
    given = {
        "committee": "中共澄溪县委员会",
        "department": "中共澄溪县委组织部",
        "rulebook": "credibility-county",
        "username": "guanli",
        "name": "管理员",
    }
    call_command("first_administrator", password_stdin=True, stdout=said, **{**given, **more})
    return said.getvalue()


def typed(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{line}\n" for line in lines)))


def test_first_administrator_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, NEW)
    assert "guanli can log in" in first_administrator()
    assert Account.objects.get(username="guanli").check_password(NEW)
    typed(monkeypatch, NEW)
    with pytest.raises(CommandError, match=r"founded already.*guanli"):
        first_administrator(username="another")
    assert not Account.objects.filter(username="another").exists()


def test_first_administrator_asks_for_what_is_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    typed(monkeypatch, "guanli", "张管理", NEW)
    assert "Name of the administrator" in first_administrator(username="", name="")
    assert Account.objects.get(username="guanli").name == "张管理"


@pytest.mark.parametrize(
    ("password", "more", "says"),
    [
        ("short", {}, "too short"),
        (NEW, {"rulebook": "nowhere"}, "no rulebook 'nowhere'"),
        (NEW, {"username": "Guan Li"}, "Small letters"),
    ],
)
def test_first_administrator_refuses_in_words(
    monkeypatch: pytest.MonkeyPatch, password: str, more: dict[str, str], says: str
) -> None:
    typed(monkeypatch, password)
    with pytest.raises(CommandError, match=says):
        first_administrator(**more)
    assert not Account.objects.exists()


# --- accounts ----------------------------------------------------------------------------------------------------


def test_create_account_is_recorded_without_its_password(county: County) -> None:
    member = county.seats[0].person
    made = county.hold("xinren", password=Secret(NEW), department="县委办公室")
    entry = reading.entries(stream="system", newest_first=True)[0]
    assert (entry.action, entry.actor["id"], entry.actor["role"]) == (
        "create_account",
        str(county.administrator.pk),
        "administrator",
    )
    assert entry.data["given"] == {
        "username": "xinren",
        "name": "xinren",
        "department": "县委办公室",
    }
    assert entry.data["made"] == [["account", str(made.pk)]]
    assert made.check_password(NEW)
    assert made.roles_in_force(TODAY) == []
    assert member.accounts.count() == 1


def test_no_password_reaches_the_record(county: County) -> None:
    county.hold("xinren", password=Secret(NEW))
    accounts.reset_password(county["xinren"], **by(county), password=Secret("you-yige-2028"), reason="本人忘记")
    assert county["xinren"].check_password("you-yige-2028")
    assert in_the_record("本人忘记")
    assert in_the_record("xinren")
    assert not any(in_the_record(password) for password in (NEW, "you-yige-2028", factories.PASSWORD))
    assert not in_the_record(county["xinren"].password)
    assert NEW not in repr(Secret(NEW))


def change(county: County, username: str, old: str, new: str, whose: str = "") -> None:
    account = county[whose or username]
    accounts.change_password(account, actor=county[username], at=AT, old=Secret(old), password=Secret(new))


def test_change_password_is_an_act_on_the_own_account(county: County) -> None:
    change(county, "jingban", factories.PASSWORD, NEW)
    account = county["jingban"]
    entry = reading.entries(stream="system", newest_first=True)[0]
    assert (entry.action, entry.actor["id"], entry.object) == (
        "change_password",
        str(account.pk),
        ("account", str(account.pk)),
    )
    assert entry.data.keys() == {"given", "rows"}
    assert entry.data["given"] == {}
    assert account.check_password(NEW)
    assert not any(in_the_record(words) for words in (factories.PASSWORD, NEW, account.password))


def test_change_password_needs_the_old_one(county: County) -> None:
    with pytest.raises(Refused) as refusal:
        change(county, "jingban", "wrong-mima-2026", NEW)
    assert unmet(refusal) == ["The old password is right"]
    assert county["jingban"].check_password(factories.PASSWORD)
    assert not in_the_record("wrong-mima-2026")


def test_change_password_refuses_an_easy_one(county: County) -> None:
    with pytest.raises(ValidationError):
        change(county, "jingban", factories.PASSWORD, "password123")
    assert county["jingban"].check_password(factories.PASSWORD)


@pytest.mark.parametrize("username", ["guanli", "jingban2", "shuji", "jiandu", "clock", "public"])
def test_nobody_changes_the_password_of_another_account(county: County, username: str) -> None:
    with pytest.raises(NotPermitted):
        change(county, username, factories.PASSWORD, NEW, whose="jingban")
    assert county["jingban"].check_password(factories.PASSWORD)


@pytest.mark.parametrize("username", ["clock", "public"])
def test_the_clock_and_the_public_have_no_password_to_change(county: County, username: str) -> None:
    with pytest.raises(NotPermitted) as refusal:
        change(county, username, "", NEW)
    assert refusal.value.hidden
    assert not county[username].has_usable_password()


@pytest.mark.parametrize("password", ["short", "1234567890123", "password123", "xinren-2026"])
def test_create_account_refuses_an_easy_password(county: County, password: str) -> None:
    with pytest.raises(ValidationError):
        county.hold("xinren", password=Secret(password))
    assert not Account.objects.filter(username="xinren").exists()


def test_create_account_refuses_a_user_name_that_is_taken(county: County) -> None:
    with pytest.raises(Refused) as refusal:
        county.hold("jingban")
    assert unmet(refusal) == ["The user name is not taken"]
    assert refusal.value.unmet[0].field == "username"


@pytest.mark.parametrize("username", ["Xinren", "新人", "1x", "x y", ""])
def test_create_account_refuses_a_user_name_of_another_kind(county: County, username: str) -> None:
    with pytest.raises(ValidationError):
        county.hold(username)


def test_create_account_refuses_a_second_open_account_of_a_person(county: County) -> None:
    person = county["shuji"].person
    with pytest.raises(Refused) as refusal:
        county.hold("shuji2", person=person)
    assert refusal.value.unmet[0].observed == ["shuji"]
    accounts.close_account(county["shuji"], **by(county), reason="换号")
    assert county.hold("shuji2", person=person).person == person
    with pytest.raises(Refused):
        accounts.reopen_account(county["shuji"], **by(county), reason="再开")


def test_correct_account_records_old_and_new(county: County) -> None:
    account = county["jiwei"]
    accounts.correct_account(
        account, **by(county), values={"name": "刘示", "department": "县纪委监委"}, reason="登记有误"
    )
    entry = reading.entries(stream="system", newest_first=True)[0]
    assert county["jiwei"].name == "刘示"
    assert entry.opened == {"old.name": "jiwei", "new.name": "刘示", "reason": "登记有误"}
    assert entry.object == ("account", str(account.pk))


def test_correct_account_changes_neither_user_name_nor_standing(county: County) -> None:
    accounts.correct_account(
        county["jiwei"],
        **by(county),
        values={"username": "other", "is_superuser": True, "is_active": False},
        reason="试",
    )
    account = county["jiwei"]
    assert (account.is_superuser, account.is_active) == (False, True)


def test_closed_account_keeps_its_roles_and_can_be_reopened(county: County) -> None:
    accounts.close_account(county["jingban"], **by(county), reason="调离")
    assert not county["jingban"].is_active
    with pytest.raises(Refused):
        accounts.close_account(county["jingban"], **by(county), reason="再关")
    with pytest.raises(Refused):
        accounts.grant_role(county["jingban"], **by(county, mandate=county.mandate, role=Role.TELLER, from_on=TODAY))
    with pytest.raises(Refused):
        accounts.reset_password(county["jingban"], **by(county), password=Secret(NEW), reason="试")
    accounts.reopen_account(county["jingban"], **by(county), reason="调回")
    assert acts.permitted(Act.OPEN_SELECTION, county.mandate, actor=county["jingban"], at=AT) is Role.STAFF
    with pytest.raises(Refused):
        accounts.reopen_account(county["jingban"], **by(county), reason="再开")


ON_ACCOUNT: dict[Act, Callable[[County, Account], Any]] = {
    Act.CORRECT_ACCOUNT: lambda c, a: accounts.correct_account(a, **by(c), values={"name": "某"}, reason="试"),
    Act.RESET_PASSWORD: lambda c, a: accounts.reset_password(a, **by(c), password=Secret(NEW), reason="试"),
    Act.CLOSE_ACCOUNT: lambda c, a: accounts.close_account(a, **by(c), reason="试"),
    Act.REOPEN_ACCOUNT: lambda c, a: accounts.reopen_account(a, **by(c), reason="试"),
    Act.GRANT_ROLE: lambda c, a: accounts.grant_role(a, **by(c, mandate=c.mandate, role=Role.STAFF, from_on=TODAY)),
    Act.END_ROLE: lambda c, a: accounts.end_role(a, **by(c, holding=a.holdings.get(), until_on=TODAY, reason="试")),
}


def state() -> list[Any]:
    return [
        list(Account.objects.order_by("pk").values()),
        list(Holding.objects.order_by("pk").values()),
        list(Seat.objects.order_by("pk").values()),
    ]


@pytest.mark.parametrize("name", list(ON_ACCOUNT))
def test_administrator_does_nothing_to_the_own_account(
    county: County, second_administrator: Account, name: Act
) -> None:
    before = state()
    with pytest.raises(Refused) as refusal:
        ON_ACCOUNT[name](county, county.administrator)
    assert unmet(refusal)[0].startswith("Administrators do nothing to their own account")
    assert state() == before
    assert reading.entries(stream="access", newest_first=True)[0].action == name.value


@pytest.mark.parametrize("name", list(ON_ACCOUNT))
@pytest.mark.parametrize("username", ["clock", "public"])
def test_system_accounts_are_untouchable_and_unseen(county: County, name: Act, username: str) -> None:
    before = state()
    with pytest.raises(NotPermitted) as refusal:
        ON_ACCOUNT[name](county, county[username])
    assert refusal.value.hidden
    assert state() == before


@pytest.mark.parametrize("username", ["jingban", "shuji", "jiandu", "changwei1"])
@pytest.mark.parametrize("name", list(ON_ACCOUNT))
def test_nobody_but_an_administrator_touches_accounts(county: County, name: Act, username: str) -> None:
    target = county["jiwei"]
    actor, before = county[username], state()
    assert acts.permitted(name, target, actor=actor, at=AT) is None
    county.founded = county.founded.__class__(**{**vars(county.founded), "administrator": actor})
    with pytest.raises(NotPermitted):
        ON_ACCOUNT[name](county, target)
    assert state() == before


# --- a password never changes unnoticed ----------------------------------------------------------------------------


def in_sql(account: Account) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE selection_account SET password = %s WHERE id = %s", [make_password(NEW), account.pk])


def by_update(account: Account) -> None:
    Account.objects.filter(pk=account.pk).update(password=make_password(NEW))


def by_saving(account: Account) -> None:
    account.set_password(NEW)
    account.save()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("way", [in_sql, by_update, by_saving])
def test_a_password_set_beside_the_acts_is_refused_by_the_database(
    county: County, way: Callable[[Account], None]
) -> None:
    with pytest.raises(IntegrityError, match="UPDATE of selection_account refused: no entry of system"):
        way(county["jingban"])
    assert county["jingban"].check_password(factories.PASSWORD)


@pytest.mark.django_db(transaction=True)
def test_logging_in_writes_the_day_and_never_the_password(county: County, client: Client, settings: Any) -> None:
    """Also where the cost of hashing was raised since the password was stored: Django would store it anew."""
    before = county["jingban"]
    settings.PASSWORD_HASHERS = ["cadre.hashers.SmallArgon2", *settings.PASSWORD_HASHERS]
    given = {"username": "jingban", "password": factories.PASSWORD}
    assert client.post(reverse("login"), given).status_code == 302
    after = county["jingban"]
    assert (after.password, after.last_login) != (before.password, before.last_login)
    assert after.password == before.password
    assert not after.password.startswith("argon2")
    change(county, "jingban", factories.PASSWORD, NEW)
    assert county["jingban"].password.startswith("argon2")


@pytest.mark.tampers
@pytest.mark.django_db(transaction=True)
def test_with_the_triggers_off_a_password_changes_and_verification_finds_it_while_it_stands(county: County) -> None:
    """What docs/verifying.md says of it: whoever puts the old one back in time is not found."""
    account = county["jingban"]
    unguarded()
    in_sql(account)
    guarded()
    assert county["jingban"].check_password(NEW)
    assert set(reading.verify().by_kind) == {"row_altered"}
    unguarded()
    Account.objects.filter(pk=account.pk).update(password=account.password)
    guarded()
    assert reading.verify().whole


# --- roles -------------------------------------------------------------------------------------------------------


def give(county: County, username: str, role: str, from_on: date = TODAY, until_on: date | None = None) -> Any:
    return accounts.grant_role(
        county[username], **by(county, mandate=county.mandate, role=role, from_on=from_on, until_on=until_on)
    )


def test_grant_role_is_recorded(county: County) -> None:
    holding = give(county, "jiwei", Role.TELLER, until_on=TODAY + 30 * DAY)
    entry = reading.entries(stream="system", newest_first=True)[0]
    assert entry.data["given"] == {
        "mandate": ["mandate", str(county.mandate.pk)],
        "role": "teller",
        "from_on": "2026-03-02",
        "until_on": "2026-04-01",
    }
    assert entry.data["made"] == [["holding", str(holding.pk)]]


@pytest.mark.parametrize(
    ("role", "from_on", "until_on", "says"),
    [
        (Role.REVIEWER, TODAY, None, "The account does not hold this role at the same time"),
        (Role.REVIEWER, TODAY + 400 * DAY, None, "The account does not hold this role at the same time"),
        (Role.TELLER, TODAY - DAY, None, "The role begins today or later"),
        (Role.TELLER, TODAY + DAY, TODAY, "The last day is not before the first"),
        (Role.CLOCK, TODAY, None, "The role is one that a person can hold"),
        (Role.PUBLIC, TODAY, None, "The role is one that a person can hold"),
        ("superuser", TODAY, None, "The role is one that a person can hold"),
        (Role.ADMINISTRATOR, TODAY, None, "An administrator holds no other role"),
    ],
)
def test_grant_role_is_refused(county: County, role: str, from_on: date, until_on: date | None, says: str) -> None:
    before = state()
    with pytest.raises(Refused) as refusal:
        give(county, "jiwei", role, from_on, until_on)
    assert unmet(refusal) == [says]
    assert state() == before


def test_roles_that_follow_each_other_do_not_meet(county: County) -> None:
    holding = county["jiwei"].holdings.get()
    accounts.end_role(county["jiwei"], **by(county, holding=holding, until_on=TODAY, reason="到期"))
    with pytest.raises(Refused):
        give(county, "jiwei", Role.REVIEWER, TODAY)
    assert give(county, "jiwei", Role.REVIEWER, TODAY + DAY)
    assert [role for role, _mandate in county["jiwei"].roles_in_force(TODAY + DAY)] == [Role.REVIEWER]


@pytest.mark.parametrize("role", [role for role in accounts.GIVEN_TO_PEOPLE if role is not Role.ADMINISTRATOR])
def test_administrator_is_given_no_other_role(county: County, second_administrator: Account, role: Role) -> None:
    with pytest.raises(Refused) as refusal:
        give(county, "guanli2", role)
    assert unmet(refusal) == ["An administrator holds no other role"]


def test_administrator_whose_role_ends_may_take_another_afterwards(
    county: County, second_administrator: Account
) -> None:
    holding = second_administrator.holdings.get()
    accounts.end_role(second_administrator, **by(county, holding=holding, until_on=TODAY + DAY, reason="转岗"))
    with pytest.raises(Refused):
        give(county, "guanli2", Role.STAFF, TODAY + DAY)
    assert give(county, "guanli2", Role.STAFF, TODAY + 2 * DAY)


@pytest.mark.parametrize(
    ("days", "says"),
    [
        (-2, ["The last day of the role is yesterday or later", "The last day is not before the first"]),
        (-1, ["The last day is not before the first"]),
        (0, []),
        (5, []),
    ],
)
def test_end_role_on_a_day(county: County, days: int, says: list[str]) -> None:
    holding = county["jiwei"].holdings.get()
    end = by(county, holding=holding, until_on=TODAY + days * DAY, reason="不再担任")
    if not says:
        accounts.end_role(county["jiwei"], **end)
        assert county["jiwei"].holdings.get().until_on == TODAY + days * DAY
        return
    with pytest.raises(Refused) as refusal:
        accounts.end_role(county["jiwei"], **end)
    assert unmet(refusal) == says


def test_ended_role_gives_nothing_the_day_after(county: County) -> None:
    later = AT + 10 * DAY
    holding = county["jingban"].holdings.get()
    accounts.end_role(
        county["jingban"],
        actor=county.administrator,
        at=later,
        holding=holding,
        until_on=clock.day_of(later) - DAY,
        reason="昨日已离岗",
    )
    assert acts.permitted(Act.OPEN_SELECTION, county.mandate, actor=county["jingban"], at=later) is None
    assert acts.permitted(Act.OPEN_SELECTION, county.mandate, actor=county["jingban"], at=later - DAY) is Role.STAFF


def test_end_role_never_makes_a_role_longer(county: County) -> None:
    holding = give(county, "jiwei", Role.TELLER, until_on=TODAY + 5 * DAY)
    with pytest.raises(Refused) as refusal:
        accounts.end_role(county["jiwei"], **by(county, holding=holding, until_on=TODAY + 6 * DAY, reason="延长"))
    assert unmet(refusal) == ["The role does not become longer; a longer one is given anew"]


def test_end_role_of_another_account_is_not_found(county: County) -> None:
    holding = county["jingban"].holdings.get()
    with pytest.raises(NotPermitted) as refusal:
        accounts.end_role(county["jiwei"], **by(county, holding=holding, until_on=TODAY, reason="错"))
    assert refusal.value.hidden
    assert county["jingban"].holdings.get().until_on is None


def test_an_administrator_without_end_always_remains(county: County) -> None:
    visiting = county.hold("guanli2")
    give(county, "guanli2", Role.ADMINISTRATOR, until_on=TODAY + 30 * DAY)
    for do in (
        lambda: accounts.close_account(county.administrator, actor=county["guanli2"], at=AT, reason="试"),
        lambda: accounts.end_role(
            county.administrator,
            actor=county["guanli2"],
            at=AT,
            holding=county.administrator.holdings.get(),
            until_on=TODAY,
            reason="试",
        ),
    ):
        with pytest.raises(Refused) as refusal:
            do()
        assert unmet(refusal) == ["Another administrator remains, whose role has no end"]
    accounts.close_account(county[visiting.username], **by(county), reason="期满")


@pytest.mark.django_db(transaction=True)
def test_two_administrators_cannot_close_each_other_at_once() -> None:
    county = County(factories.founding())
    second = county.hold("guanli2", Role.ADMINISTRATOR)
    first = county.administrator
    outcomes: list[str] = []
    ready = threading.Barrier(2)

    def close(actor: Account, target: Account) -> None:
        try:
            ready.wait(timeout=20)
            accounts.close_account(target, actor=actor, at=AT, reason="互关")
            outcomes.append("closed")
        except (Refused, NotPermitted, Conflict) as refusal:
            outcomes.append(type(refusal).__name__)
        finally:
            connections.close_all()

    pair = [threading.Thread(target=close, args=sides) for sides in ((first, second), (second, first))]
    for thread in pair:
        thread.start()
    for thread in pair:
        thread.join(timeout=60)
    assert sorted(outcomes) in (["Refused", "closed"], ["NotPermitted", "closed"])
    assert Account.objects.filter(holdings__role=Role.ADMINISTRATOR, is_active=True).count() == 1


@pytest.mark.django_db(transaction=True)
def test_same_form_twice_gives_one_role() -> None:
    county = County(factories.founding())
    account = county.hold("jingban")
    given = by(county, mandate=county.mandate, role=Role.STAFF, from_on=TODAY)
    accounts.grant_role(account, token="form-1", **given)
    with pytest.raises(Conflict):
        accounts.grant_role(account, token="form-1", **given)
    assert account.holdings.count() == 1


# --- seats -------------------------------------------------------------------------------------------------------


@pytest.fixture
def newcomer(county: County) -> Person:
    return factories.person(county, "钱示例")


def seat(county: County, person: Person, **more: Any) -> Any:
    return accounts.seat_member(
        county.body, **by(county, **{"person": person, "duty": Duty.MEMBER, "rank": 9, "from_on": TODAY, **more})
    )


def test_seat_member_and_end_seat_are_recorded_with_the_committee(county: County, newcomer: Person) -> None:
    made = seat(county, newcomer)
    assert made in county.body.seats.in_force(TODAY)
    accounts.end_seat(county.body, **by(county, seat=made, until_on=TODAY + DAY, reason="调离"))
    assert made not in county.body.seats.in_force(TODAY + 2 * DAY)
    entries = reading.entries(stream=county.organisation.streams()[0], newest_first=True)
    assert [entry.action for entry in entries[0:2]] == ["end_seat", "seat_member"]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"duty": Duty.SECRETARY}, "The body has one secretary at a time"),
        ({"until_on": TODAY - DAY}, "The last day is not before the first"),
    ],
)
def test_seat_member_is_refused(county: County, newcomer: Person, more: dict[str, Any], says: str) -> None:
    with pytest.raises(Refused) as refusal:
        seat(county, newcomer, **more)
    assert unmet(refusal) == [says]
    assert county.body.seats.count() == 3


def test_person_has_one_seat_at_a_time(county: County) -> None:
    taken = county.seats[2]
    with pytest.raises(Refused) as refusal:
        seat(county, taken.person)
    assert unmet(refusal) == ["The person has one seat in the body at a time"]
    accounts.end_seat(county.body, **by(county, seat=taken, until_on=TODAY, reason="改选"))
    with pytest.raises(Refused):
        seat(county, taken.person)
    assert seat(county, taken.person, from_on=TODAY + DAY)


def test_seat_ends_once_and_not_before_it_began(county: County) -> None:
    taken = county.seats[2]
    with pytest.raises(Refused):
        accounts.end_seat(county.body, **by(county, seat=taken, until_on=taken.from_on - DAY, reason="试"))
    accounts.end_seat(county.body, **by(county, seat=taken, until_on=TODAY, reason="改选"))
    with pytest.raises(Refused):
        accounts.end_seat(county.body, **by(county, seat=Seat.objects.get(pk=taken.pk), until_on=TODAY, reason="再次"))


def test_administrator_takes_no_seat(county: County, second_administrator: Account, newcomer: Person) -> None:
    accounts.correct_account(
        county.administrator, actor=second_administrator, at=AT, values={"person": newcomer}, reason="关联本人"
    )
    county.founded.administrator.person = newcomer
    with pytest.raises(Refused) as refusal:
        seat(county, newcomer)
    assert unmet(refusal) == ["Administrators give no seat to themselves"]


# --- the demonstration -------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_demonstration_has_an_account_for_every_role_and_eleven_seats() -> None:
    founded = demonstration.load(AT)
    on = clock.day_of(AT)
    held = {
        account.username: {role for role, _mandate in account.roles_in_force(on)}
        for account in Account.objects.prefetch_related("holdings")
    }
    assert {role for roles in held.values() for role in roles} == set(Role)
    for username, label, _try_this in demonstration.ACCOUNTS:
        assert label in {role.label for role in held[username]}
        assert Account.objects.get(username=username).check_password(demonstration.PASSWORD)
    assert held["guanli"] == {Role.ADMINISTRATOR}
    seats = list(founded.body.seats.in_force(on))
    assert [each.rank for each in seats] == list(range(1, 12))
    assert [each.duty for each in seats[:5]] == [
        Duty.SECRETARY,
        Duty.DEPUTY_SECRETARY,
        Duty.DEPUTY_SECRETARY,
        Duty.ORGANISATION,
        Duty.DISCIPLINE,
    ]
    assert sum(Role.MEMBER in roles for roles in held.values()) == 11
    members = Account.objects.filter(holdings__role=Role.MEMBER)
    assert set(members.values_list("person", flat=True)) == {each.person_id for each in seats}
    assert Account.objects.get(username="jisheng").department == "县计划生育局"
    assert Person.objects.count() == invented.PEOPLE
    assert not in_the_record(demonstration.PASSWORD)


@pytest.mark.parametrize(
    ("step", "on", "days"),
    [
        ("next_working_day", date(2026, 3, 2), 1),
        ("next_working_day", date(2026, 3, 6), 3),
        ("end_of_notice", date(2026, 3, 2), 8),
        ("end_of_notice", date(2026, 9, 28), 13),
        ("one_year", date(2026, 3, 2), 366),
    ],
)
def test_steps_of_the_clock(step: str, on: date, days: int) -> None:
    assert demonstration.days_of(step, on) == days


@pytest.fixture
def clock_file(settings: Any, tmp_path: Any) -> Any:
    settings.CLOCK_FILE = tmp_path / "clock"
    return settings


def test_move_clock_is_an_act(county: County, clock_file: Any) -> None:
    demonstration.move_clock(county.mandate, actor=county["jingban"], at=AT, step="next_working_day")
    assert clock.ahead() == DAY
    entry = reading.entries(stream=county.organisation.streams()[0], newest_first=True)[0]
    assert (entry.action, entry.data["facts"]) == ("move_clock", {"from": "2026-03-02", "days": 1})


def test_clock_of_a_real_site_does_not_move(county: County, clock_file: Any) -> None:
    clock_file.DEMONSTRATION = False
    with pytest.raises(Refused) as refusal:
        demonstration.move_clock(county.mandate, actor=county["jingban"], at=AT, step="next_working_day")
    assert unmet(refusal) == ["This is a demonstration site"]
    clock_file.DEMONSTRATION = True
    assert clock.ahead() == timedelta(0)


def test_clock_refuses_a_step_that_is_none(county: County, clock_file: Any) -> None:
    with pytest.raises(Refused):
        demonstration.move_clock(county.mandate, actor=county["jingban"], at=AT, step="back")
    assert clock.ahead() == timedelta(0)
