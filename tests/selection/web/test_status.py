"""The status page: what is well and what is not, in words, and one button for the record (运行状态页面)."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit import reading
from selection.models import Heartbeat
from tests.audit.test_verification import sql
from tests.factories import AT, County, county
from tests.page_lint import LintingClient

pytestmark = pytest.mark.django_db

LANGUAGES = pytest.mark.parametrize("language", ["zh-hans", "en"])
STATUS = "/office/status/"


@pytest.fixture
def office() -> County:
    return county(AT, members=1)


def signed_in(office: County, username: str, language: str = "zh-hans") -> LintingClient:
    client = LintingClient()
    client.force_login(office[username])
    client.cookies["language"] = language
    return client


@LANGUAGES
@pytest.mark.parametrize("username", ["jingban", "jiwei", "jiandu", "guanli"])
def test_everybody_who_is_logged_in_sees_how_the_site_is(office: County, username: str, language: str) -> None:
    answer = signed_in(office, username, language).get(STATUS)
    assert answer.status_code == 200
    assert len(answer.context["findings"]) == 17
    assert ("/office/record/verify/" in answer.content.decode()) is (username == "jiandu")


def test_a_clock_that_has_not_beaten_is_named_and_one_that_has_is_shown(office: County) -> None:
    client = signed_in(office, "jingban")
    clock = {str(finding.name): finding for finding in client.get(STATUS).context["troubles"]}["时钟"]
    assert '<span class="digest">make run</span>' in client.get(STATUS).content.decode()
    assert str(clock.what_to_do).partition("`")[0] in client.get(STATUS).content.decode()
    Heartbeat.objects.create(name="deadlines", beaten_at=timezone.now())
    answer = client.get(STATUS)
    assert "时钟" not in {str(finding.name) for finding in answer.context["troubles"]}
    assert "最近一次检查期限" in answer.content.decode()


def test_the_page_asks_little_of_the_database(office: County) -> None:
    client = signed_in(office, "jingban")
    client.get(STATUS)
    with CaptureQueriesContext(connection) as captured:
        client.get(STATUS)
    assert len(captured) <= 12, "\n".join(query["sql"][:90] for query in captured)


def test_somebody_who_is_not_logged_in_is_asked_to(office: County) -> None:
    answer = LintingClient().get(STATUS)
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/office/log-in/")


@LANGUAGES
def test_the_button_answers_for_the_whole_record_and_is_recorded(office: County, language: str) -> None:
    answer = signed_in(office, "jingban", language).post(STATUS)
    assert answer.context["verdict"].whole
    last = reading.entries(stream="access", newest_first=True).first()
    assert last is not None
    assert last.data["what"] == "record_verified"


@LANGUAGES
@pytest.mark.tampers
def test_a_record_that_was_altered_is_said_to_be_without_particulars(office: County, language: str) -> None:
    sql("UPDATE audit_entry SET actor_name = '某某人' WHERE stream = 'system' AND seq = 1")
    answer = signed_in(office, "jingban", language).post(STATUS)
    assert not answer.context["verdict"].whole
    assert "某某人" not in answer.content.decode()


def test_a_form_from_elsewhere_starts_nothing(office: County) -> None:
    client: Any = LintingClient(enforce_csrf_checks=True)
    client.force_login(office["jingban"])
    before = len(reading.entries(stream="access"))
    assert client.post(STATUS).status_code == 403
    assert len(reading.entries(stream="access")) == before
