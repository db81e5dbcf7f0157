"""Log-in, lock-out, log-out, password, doors and the clock of the demonstration (登录与导航)."""

import uuid
from typing import Any

import pytest
from django.conf import settings as site
from django.test import RequestFactory
from django.urls import reverse

from audit import reading
from selection import accounts, clock, demonstration
from selection.acts import Secret
from selection.enums import Act, Role
from selection.models import Account
from selection.web import doors
from selection.web.acts import act_url
from tests import factories
from tests.factories import PASSWORD, County
from tests.page_lint import LintingClient

pytestmark = pytest.mark.django_db
MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"
NEW = "xin-mima-2027"


@pytest.fixture
def county() -> County:
    return factories.county(factories.BEGUN, members=1)


@pytest.fixture
def client() -> LintingClient:
    return LintingClient()


def log_in(client: LintingClient, username: str, password: str = PASSWORD, **more: Any) -> Any:
    return client.post(reverse("login"), {"username": username, "password": password}, **more)


def is_in(client: LintingClient) -> bool:
    return "_auth_user_id" in client.session


def noted() -> list[str]:
    return [entry.data["what"] for entry in reading.entries(stream="access") if entry.data["kind"] == "read"]


# --- in and out --------------------------------------------------------------------------------------------------


def test_log_in_leads_to_the_desk_and_is_recorded(county: County, client: LintingClient) -> None:
    response = log_in(client, "jingban")
    assert (response.status_code, response["Location"]) == (302, site.LOGIN_REDIRECT_URL)
    entry = reading.entries(stream="access", newest_first=True)[0]
    assert (entry.data["what"], entry.object[0], entry.actor["name"]) == ("log_in", "account", "jingban")
    assert client.cookies["office"]["path"] == "/office/"


def test_log_in_goes_on_to_the_page_that_was_asked_for(county: County, client: LintingClient) -> None:
    asked = client.get(reverse("accounts"))
    assert asked["Location"] == f"{reverse('login')}?next={reverse('accounts')}"
    response = client.post(asked["Location"], {"username": "guanli", "password": PASSWORD})
    assert response["Location"] == reverse("accounts")


def test_log_in_never_leads_to_another_site(county: County, client: LintingClient) -> None:
    response = client.post(
        f"{reverse('login')}?next=https://elsewhere.example/", {"username": "guanli", "password": PASSWORD}
    )
    assert response["Location"] == site.LOGIN_REDIRECT_URL


@pytest.mark.parametrize("username", ["jingban", "nobody", "clock", "public", ""])
def test_wrong_password_is_refused_and_keeps_the_user_name(
    county: County, client: LintingClient, username: str
) -> None:
    response = log_in(client, username, "wrong")
    assert response.status_code == 200
    assert not is_in(client)
    assert "wrong" not in response.content.decode()
    assert f'value="{username}"' in response.content.decode() or not username
    assert noted() == []


def test_refusal_does_not_tell_which_user_names_exist(county: County, client: LintingClient) -> None:
    accounts.close_account(county["jipiao1"], actor=county.administrator, at=clock.now(), reason="调离")
    pages = {log_in(client, name, "wrong").context["form"].non_field_errors()[0] for name in ("jingban", "nobody")}
    pages.add(log_in(client, "jipiao1", PASSWORD).context["form"].non_field_errors()[0])
    assert len(pages) == 1


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_account_is_shut_after_five_failures(county: County, client: LintingClient, language: str) -> None:
    client.cookies["language"] = language
    assert [log_in(client, "jingban", "wrong").status_code for _attempt in range(5)] == [200, 200, 200, 200, 429]
    shut = log_in(client, "jingban")
    assert shut.status_code == 429
    says = {"zh-hans": "登录失败次数过多", "en": "Too many failed log-ins"}[language]
    assert f"<h1>{says}</h1>" in shut.content.decode()
    assert not is_in(client)
    assert log_in(client, "jingban2").status_code == 302


def test_four_failures_shut_nothing(county: County, client: LintingClient) -> None:
    for _attempt in range(4):
        log_in(client, "jingban", "wrong")
    assert log_in(client, "jingban").status_code == 302
    for _attempt in range(4):
        assert log_in(client, "jingban", "wrong").status_code == 200


def test_log_out_is_recorded_and_only_by_post(county: County, client: LintingClient) -> None:
    log_in(client, "jingban")
    assert client.get(reverse("logout")).status_code == 405
    assert is_in(client)
    assert client.post(reverse("logout"))["Location"] == reverse("login")
    assert not is_in(client)
    client.post(reverse("logout"))
    assert noted() == ["log_in", "log_out"]


def test_closed_account_is_out_at_once(county: County, client: LintingClient) -> None:
    log_in(client, "jiandu")
    assert client.get(reverse("accounts")).status_code == 200
    accounts.close_account(county["jiandu"], actor=county.administrator, at=clock.now(), reason="调离")
    assert client.get(reverse("accounts")).status_code == 302


# --- the list of accounts to try ---------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_demonstration_shows_the_accounts_to_try(client: LintingClient, language: str) -> None:
    client.cookies["language"] = language
    page = client.get(reverse("login")).content.decode()
    assert all(f"<code>{username}</code>" in page for username, _role, _what in demonstration.ACCOUNTS)
    assert demonstration.PASSWORD in page


def test_real_site_shows_no_account(client: LintingClient, settings: Any) -> None:
    settings.DEMONSTRATION = False
    page = client.get(reverse("login")).content.decode()
    assert demonstration.PASSWORD not in page
    assert not any(username in page for username, _role, _what in demonstration.ACCOUNTS)


# --- the password ------------------------------------------------------------------------------------------------


def change_password(client: LintingClient, whose: Account, old: str, new: str, again: str = "") -> Any:
    given = {"old": old, "password": new, "password_again": again or new, "token": uuid.uuid4().hex}
    return client.post(act_url(Act.CHANGE_PASSWORD, whose), given)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("username", ["jiandu", "jingban", "guanli", "jiwei"])
def test_change_password_ends_the_other_sessions_and_is_recorded_without_it(
    county: County, client: LintingClient, username: str, language: str
) -> None:
    elsewhere = LintingClient()
    log_in(client, username)
    log_in(elsewhere, username)
    client.cookies["language"] = language
    offered = act_url(Act.CHANGE_PASSWORD, county[username])
    assert f'href="{offered}"' in client.get(reverse("desk")).content.decode()
    assert client.get(offered).status_code == 200
    response = change_password(client, county[username], PASSWORD, NEW)
    assert response.status_code == 302
    assert client.get(response["Location"]).status_code == 200
    assert elsewhere.get(reverse("desk")).status_code == 302
    assert county[username].check_password(NEW)
    assert noted() == ["log_in", "log_in"]
    entry = reading.entries(stream="system", newest_first=True)[0]
    assert (entry.action, entry.actor["name"], entry.object) == (
        "change_password",
        county[username].name,
        ("account", str(county[username].pk)),
    )
    assert not any(NEW in entry.body or PASSWORD in entry.body for entry in reading.entries())


@pytest.mark.parametrize(
    ("old", "new", "again", "field"),
    [
        ("wrong", NEW, NEW, "old"),
        ("", NEW, NEW, "old"),
        (PASSWORD, "short", "short", "password"),
        (PASSWORD, "12345678901", "12345678901", "password"),
        (PASSWORD, "jingban-12", "jingban-12", "password"),
        (PASSWORD, NEW, "xin-mima-2028", "password_again"),
    ],
)
def test_change_password_is_refused(
    county: County, client: LintingClient, old: str, new: str, again: str, field: str
) -> None:
    log_in(client, "jingban")
    response = change_password(client, county["jingban"], old, new, again)
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert not any(word in response.content.decode() for word in (PASSWORD, new, again))
    assert county["jingban"].check_password(PASSWORD)
    assert not reading.entries(stream="system", actions=["change_password"])
    assert is_in(client)


def test_nobody_changes_the_password_of_another(county: County, client: LintingClient) -> None:
    log_in(client, "guanli")
    assert client.get(act_url(Act.CHANGE_PASSWORD, county["jingban"])).status_code == 403
    assert change_password(client, county["jingban"], PASSWORD, NEW).status_code == 403
    assert client.get(act_url(Act.CHANGE_PASSWORD, county["clock"])).status_code == 404
    assert county["jingban"].check_password(PASSWORD)


def test_whoever_has_no_role_is_offered_nothing(county: County, client: LintingClient) -> None:
    newcomer = county.hold("xinren", at=clock.now())
    log_in(client, "xinren")
    offered = act_url(Act.CHANGE_PASSWORD, newcomer)
    assert offered not in client.get(reverse("desk")).content.decode()
    assert client.get(offered).status_code == 403


def test_new_password_given_by_the_administrator_ends_every_session(county: County, client: LintingClient) -> None:
    log_in(client, "jiandu")
    accounts.reset_password(
        county["jiandu"], actor=county.administrator, at=clock.now(), password=Secret(NEW), reason="忘记"
    )
    assert client.get(reverse("accounts")).status_code == 302
    assert log_in(client, "jiandu").status_code == 200
    assert log_in(client, "jiandu", NEW).status_code == 302


# --- doors -------------------------------------------------------------------------------------------------------


def names(account: Account, here: str = "/office/") -> list[str]:
    addresses = {reverse(name): name for name, _label, _who in doors.DOORS}
    return [addresses[address] for address, _label, _current in doors.doors_of(account, here)]


@pytest.mark.parametrize(
    ("username", "open_"),
    [
        ("guanli", ["desk", "accounts", "status"]),
        ("jingban", ["desk", "selections", "inquiries", "meetings", "people", "units", "rules", "status"]),
        ("jiwei", ["desk", "inquiries"]),
        ("jipiao1", ["desk", "selections"]),
        ("lingdao", ["desk", "recommend"]),
        (
            "jiandu",
            ["desk", "selections", "meetings", "people", "units", "rules", "record", "oversight", "accounts", "status"],
        ),
    ],
)
def test_doors_are_those_of_the_roles_of_today(county: County, username: str, open_: list[str]) -> None:
    assert names(county[username]) == open_


def test_door_behind_which_the_page_lies_is_marked(county: County) -> None:
    found = doors.doors_of(county["guanli"], reverse("account", args=[1]))
    assert [address for address, _label, current in found if current] == [reverse("accounts")]


def test_every_role_has_a_door() -> None:
    assert all(reverse(name) for name, _label, _who in doors.DOORS)
    assert set().union(*(who for _name, _label, who in doors.DOORS)) == set(Role)


def test_context_needs_neither_account_nor_demonstration(settings: Any) -> None:
    request = RequestFactory().get("/notices/")
    settings.DEMONSTRATION = False
    assert doors.doors(request) == {"demonstration": None}
    settings.DEMONSTRATION = True
    assert doors.doors(request)["demonstration"]["today"] == clock.today()


# --- the clock of the demonstration ------------------------------------------------------------------------------


@pytest.fixture
def nudges(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the tasks that were sent; the broker of the tests has no worker behind it."""
    sent: list[str] = []
    monkeypatch.setattr(doors.current_app, "send_task", sent.append)
    return sent


@pytest.fixture
def clock_file(settings: Any, tmp_path: Any) -> Any:
    settings.CLOCK_FILE = tmp_path / "clock"
    return settings.CLOCK_FILE


def test_move_clock_goes_back_to_the_page(
    county: County, client: LintingClient, clock_file: Any, nudges: list[str]
) -> None:
    client.force_login(county["jiandu"], backend=MODEL_BACKEND)
    before = clock.today()
    response = client.post(reverse("move_clock"), {"step": "next_working_day", "next": reverse("accounts")})
    assert (response.status_code, response["Location"]) == (302, reverse("accounts"))
    assert clock.today() > before
    assert nudges == ["selection.tasks.keep_deadlines"]
    assert reading.entries(newest_first=True, actions=["move_clock"])[0].actor["name"] == "jiandu"


def test_move_clock_leaves_the_site_for_nobody(
    county: County, client: LintingClient, clock_file: Any, nudges: list[str]
) -> None:
    client.force_login(county["jiandu"], backend=MODEL_BACKEND)
    response = client.post(reverse("move_clock"), {"step": "one_year", "next": "//elsewhere.example/"})
    assert response["Location"] == reverse("desk")


@pytest.mark.parametrize("step", ["", "back", "-5"])
def test_move_clock_refuses_a_step_that_is_none(
    county: County, client: LintingClient, clock_file: Any, nudges: list[str], step: str
) -> None:
    client.force_login(county["jiandu"], backend=MODEL_BACKEND)
    assert client.post(reverse("move_clock"), {"step": step, "next": reverse("accounts")}).status_code == 422
    assert clock.ahead().days == 0
    assert nudges == []


def test_clock_of_a_real_site_is_not_moved(
    county: County, client: LintingClient, clock_file: Any, nudges: list[str], settings: Any
) -> None:
    client.force_login(county["jiandu"], backend=MODEL_BACKEND)
    settings.DEMONSTRATION = False
    assert client.post(reverse("move_clock"), {"step": "one_year"}).status_code == 422
    settings.DEMONSTRATION = True
    assert clock.ahead().days == 0


def test_account_without_a_role_moves_no_clock(
    county: County, client: LintingClient, clock_file: Any, nudges: list[str]
) -> None:
    client.force_login(county.hold("wuzhi", at=clock.now()), backend=MODEL_BACKEND)
    assert client.post(reverse("move_clock"), {"step": "one_year"}).status_code == 403
    assert client.get(reverse("move_clock")).status_code == 405
    assert clock.ahead().days == 0
