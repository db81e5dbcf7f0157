"""The page on which a selection is rehearsed (预演页面)."""

from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from selection.rulebook.rules import working
from tests import factories
from tests.factories import County
from tests.selection.web.test_rules import signed_in

pytestmark = pytest.mark.django_db
LANGUAGES = pytest.mark.parametrize("language", ["zh-hans", "en"])


@pytest.fixture
def office() -> County:
    return factories.county()


def rows() -> dict[str, int]:
    return {model._meta.db_table: model._base_manager.count() for model in apps.get_models() if model._meta.managed}


@LANGUAGES
@pytest.mark.parametrize("body", working())
def test_each_body_is_rehearsed_and_nothing_is_written(office: County, body: str, language: str) -> None:
    client = signed_in(office, language=language)
    client.get(reverse("rules"))
    before = rows()
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(reverse("rehearsal"), {"body": body, "on": "2026-03-02"})
    assert answer.status_code == 200
    assert len(captured) <= 3, [query["sql"][:90] for query in captured]
    assert len(answer.context["stations"]) == 6
    assert rows() == before


@LANGUAGES
@pytest.mark.parametrize(
    "wrong", [{"body": "national"}, {"on": "31.2.2026"}, {"on": "1990-01-01"}, {"seats": "0"}, {"post_class": "king"}]
)
def test_a_wrong_question_is_said_to_be_wrong(office: County, wrong: dict[str, str], language: str) -> None:
    asked: dict[str, Any] = {"body": "credibility-county", "on": "2026-03-02", **wrong}
    answer = signed_in(office, language=language).get(reverse("rehearsal"), asked)
    assert answer.status_code == 422
    assert f'href="#id_{next(iter(wrong))}"' in answer.content.decode()


def test_the_page_begins_with_the_body_of_the_site_and_is_for_those_who_are_logged_in(
    office: County, client: Any
) -> None:
    assert signed_in(office).get(reverse("rehearsal")).context["rules"].body == office.mandate.rulebook
    assert client.get(reverse("rehearsal")).status_code == 302
