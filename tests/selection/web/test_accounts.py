"""Pages of accounts and seats (账号页面)."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit import reading
from selection import clock
from selection.enums import Act, Duty, Role
from selection.models import Account, Holding
from selection.web.acts import act_url
from tests import factories
from tests.factories import County
from tests.page_lint import LintingClient

pytestmark = pytest.mark.django_db
MODEL_BACKEND = "django.contrib.auth.backends.ModelBackend"
NEW = "xin-mima-2027"


@pytest.fixture
def county() -> County:
    return factories.county(factories.BEGUN, members=3)


@pytest.fixture
def client() -> LintingClient:
    return LintingClient()


@pytest.fixture
def administrator(county: County, client: LintingClient) -> LintingClient:
    client.force_login(county["guanli"], backend=MODEL_BACKEND)
    return client


def send(client: LintingClient, name: Act, subject: Any, /, **given: Any) -> Any:
    """Open the form of an act, fill it in and send it."""
    address = act_url(name, subject)
    page = client.get(address)
    assert page.status_code == 200, name
    token = page.context["form"]["token"].value()
    return client.post(address, {"token": token, **given})


def shown(response: Any) -> str:
    return response.content.decode()


# --- lists and pages ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_pages_speak_both_languages(county: County, administrator: LintingClient, language: str) -> None:
    administrator.cookies["language"] = language
    addresses = [
        reverse("accounts"),
        reverse("account", args=[county["shuji"].pk]),
        reverse("account", args=[county["jiwei"].pk]),
        reverse("seats", args=[county.body.pk]),
        act_url(Act.CREATE_ACCOUNT, county.mandate),
        *(act_url(name, county["shuji"]) for name in (Act.GRANT_ROLE, Act.END_ROLE, Act.CORRECT_ACCOUNT)),
        *(act_url(name, county["shuji"]) for name in (Act.RESET_PASSWORD, Act.CLOSE_ACCOUNT, Act.REOPEN_ACCOUNT)),
        *(act_url(name, county.body) for name in (Act.SEAT_MEMBER, Act.END_SEAT)),
    ]
    assert [administrator.get(address).status_code for address in addresses] == [200] * len(addresses)


def listed(client: LintingClient, **wanted: str) -> set[str]:
    return {account.username for account in client.get(reverse("accounts"), wanted).context["page"]}


def test_accounts_are_filtered(county: County, administrator: LintingClient) -> None:
    assert len(listed(administrator)) == Account.objects.count() - 2
    assert listed(administrator, role="staff") == {"jingban", "jingban2"}
    assert listed(administrator, q="纪委") == {"jipiao2", "jianpiao1", "kaocha2", "jiwei"}
    assert listed(administrator, q="jipiao", state="open") == {"jipiao1", "jipiao2"}
    assert listed(administrator, state="closed") == set()
    assert "clock" not in listed(administrator, q="c")
    assert len(listed(administrator, role="nonsense")) == Account.objects.count() - 2


@pytest.mark.parametrize("name", ["accounts", "account", "seats"])
def test_number_of_queries_does_not_grow(county: County, administrator: LintingClient, name: str) -> None:
    shuji = county["shuji"]
    address = {
        "accounts": reverse("accounts"),
        "account": reverse("account", args=[shuji.pk]),
        "seats": reverse("seats", args=[county.body.pk]),
    }[name]

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as found:
            assert administrator.get(address).status_code == 200
        return len(found)

    administrator.get(address)
    few = queries()
    for n in range(27):
        member = factories.person(county, f"孙示{chr(0x4E00 + n)}", at=clock.now())
        factories.seat(county, member, Duty.MEMBER, 20 + n, at=clock.now())
        county.hold(f"duo{n}", Role.TELLER, Role.MEMBER, at=clock.now())
    assert queries() == few
    assert few <= 12


@pytest.mark.parametrize("username", ["jingban", "shuji", "changwei1", "jiwei", "lingdao"])
def test_only_administrators_and_auditors_see_accounts(county: County, client: LintingClient, username: str) -> None:
    client.force_login(county[username], backend=MODEL_BACKEND)
    addresses = [
        reverse("accounts"),
        reverse("account", args=[county["jiandu"].pk]),
        reverse("seats", args=[county.body.pk]),
        act_url(Act.GRANT_ROLE, county["jiandu"]),
        act_url(Act.CREATE_ACCOUNT, county.mandate),
        act_url(Act.SEAT_MEMBER, county.body),
    ]
    for address in addresses:
        response = client.get(address)
        assert response.status_code == 403
        assert "jiandu" not in shown(response)


def test_auditor_reads_and_does_nothing(county: County, client: LintingClient) -> None:
    client.force_login(county["jiandu"], backend=MODEL_BACKEND)
    page = client.get(reverse("account", args=[county["jingban"].pk]))
    assert page.context["acts"] == []
    assert client.get(reverse("accounts")).context["create_url"] == ""
    assert client.get(act_url(Act.GRANT_ROLE, county["jingban"])).status_code == 403


@pytest.mark.parametrize("username", ["clock", "public"])
def test_system_accounts_are_not_there(county: County, administrator: LintingClient, username: str) -> None:
    account = county[username]
    assert administrator.get(reverse("account", args=[account.pk])).status_code == 404
    assert administrator.get(act_url(Act.GRANT_ROLE, account)).status_code == 404
    assert administrator.get(reverse("account", args=[10**9])).status_code == 404


# --- acts through their forms ------------------------------------------------------------------------------------


def test_create_account_and_give_a_role(county: County, administrator: LintingClient) -> None:
    person = factories.person(county, "钱示例", at=clock.now())
    response = send(
        administrator,
        Act.CREATE_ACCOUNT,
        county.mandate,
        username="qian",
        name="钱示例",
        department="县委办公室",
        person="钱示例",
        password=NEW,
        password_again=NEW,
    )
    made = county["qian"]
    assert response["Location"] == reverse("account", args=[made.pk])
    assert (made.person, made.check_password(NEW)) == (person, True)
    response = send(
        administrator,
        Act.GRANT_ROLE,
        made,
        role="teller",
        mandate=county.mandate.pk,
        from_on=clock.today().isoformat(),
        until_on="",
    )
    assert response["Location"] == reverse("account", args=[made.pk])
    assert county["qian"].holds(Role.TELLER)
    assert not any(NEW in entry.body or NEW in entry.opened.values() for entry in reading.entries())


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"username": "jingban"}, "username"),
        ({"username": "Qian"}, "username"),
        ({"name": ""}, "name"),
        ({"password_again": "xin-mima-2028"}, "password_again"),
        ({"password": "short", "password_again": "short"}, "password"),
        ({"password": "qian-2026-qian", "password_again": "qian-2026-qian", "username": "qian-2026-qian"}, "password"),
        ({"person": "无此人"}, "person"),
        ({"person": "赵示一"}, "person"),
    ],
)
def test_create_account_refuses_and_keeps_what_was_typed(
    county: County, administrator: LintingClient, changed: dict[str, str], field: str
) -> None:
    given = {"username": "qian", "name": "钱示例", "department": "县委办公室", "password": NEW, "password_again": NEW}
    response = send(administrator, Act.CREATE_ACCOUNT, county.mandate, **{**given, **changed})
    assert response.status_code == 422
    assert list(response.context["form"].errors) == [field]
    assert "县委办公室" in shown(response)
    assert NEW not in shown(response)
    assert not Account.objects.filter(name="钱示例").exists()


def test_correct_account_page_starts_from_what_stands(county: County, administrator: LintingClient) -> None:
    account = county["shuji"]
    form = administrator.get(act_url(Act.CORRECT_ACCOUNT, account)).context["form"]
    assert form.initial["person"] == "赵示一 县委"
    response = send(
        administrator,
        Act.CORRECT_ACCOUNT,
        account,
        name="赵示一",
        department="县委",
        person=form.initial["person"],
        reason="补登单位",
    )
    assert response.status_code == 302
    assert county["shuji"].department == "县委"
    assert county["shuji"].person == account.person


def test_end_role_and_close_account(county: County, administrator: LintingClient) -> None:
    account = county["jingban2"]
    holding = account.holdings.get()
    today = clock.today()
    send(administrator, Act.END_ROLE, account, holding=holding.pk, until_on=today.isoformat(), reason="轮岗")
    assert Holding.objects.get(pk=holding.pk).until_on == today
    send(administrator, Act.CLOSE_ACCOUNT, account, reason="调离")
    assert not county["jingban2"].is_active
    send(administrator, Act.REOPEN_ACCOUNT, account, reason="调回")
    assert county["jingban2"].is_active


def test_end_role_offers_only_roles_of_the_account(county: County, administrator: LintingClient) -> None:
    other = county["jingban"].holdings.get()
    response = send(
        administrator,
        Act.END_ROLE,
        county["jingban2"],
        holding=other.pk,
        until_on=clock.today().isoformat(),
        reason="试",
    )
    assert response.status_code == 422
    assert Holding.objects.get(pk=other.pk).until_on is None


def test_reset_password_by_form(county: County, administrator: LintingClient) -> None:
    response = send(
        administrator, Act.RESET_PASSWORD, county["jiwei"], password=NEW, password_again=NEW, reason="本人忘记"
    )
    assert response.status_code == 302
    assert county["jiwei"].check_password(NEW)


def test_administrator_cannot_raise_himself_by_any_form(county: County, administrator: LintingClient) -> None:
    own = county["guanli"]
    response = send(
        administrator,
        Act.GRANT_ROLE,
        own,
        role="staff",
        mandate=county.mandate.pk,
        from_on=clock.today().isoformat(),
    )
    assert response.status_code == 422
    assert own.holdings.count() == 1
    assert {button["unmet"] for button in administrator.get(reverse("account", args=[own.pk])).context["acts"]} <= {
        1,
        2,
        3,
    }


def test_same_form_twice_is_told(county: County, administrator: LintingClient) -> None:
    address = act_url(Act.GRANT_ROLE, county["jiwei"])
    given = {
        "token": "one-and-the-same",
        "role": "teller",
        "mandate": county.mandate.pk,
        "from_on": clock.today().isoformat(),
    }
    assert administrator.post(address, given).status_code == 302
    assert administrator.post(address, given).status_code == 409
    assert county["jiwei"].holdings.count() == 2


def test_seat_member_and_end_seat(county: County, administrator: LintingClient) -> None:
    factories.person(county, "钱示例", at=clock.now())
    page = administrator.get(act_url(Act.SEAT_MEMBER, county.body))
    assert page.context["form"].initial["rank"] == 4
    today = clock.today().isoformat()
    response = send(
        administrator, Act.SEAT_MEMBER, county.body, person="钱示例", duty="member", rank="4", from_on=today
    )
    assert response["Location"] == reverse("seats", args=[county.body.pk])
    seat = county.body.seats.get(rank=4)
    assert "钱示例" in shown(administrator.get(response["Location"]))
    again = send(administrator, Act.SEAT_MEMBER, county.body, person="钱示例", duty="member", rank="5", from_on=today)
    assert again.status_code == 422
    assert list(again.context["form"].errors) == ["person"]
    send(administrator, Act.END_SEAT, county.body, seat=seat.pk, until_on=today, reason="调离")
    assert county.body.seats.get(pk=seat.pk).until_on == clock.today()
