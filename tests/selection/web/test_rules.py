"""The rulebook on its pages: what is in force, what differs, what a selection has kept (选任依据页面)."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from django.utils.html import escape

from selection.models import RuleSet
from selection.rulebook.rules import KEYS, Rules, in_force
from selection.web.rules import STAGES
from tests.audit.entries import entry, remember
from tests.factories import AT, County, county
from tests.page_lint import LintingClient
from tests.selection.web.standing import words

pytestmark = pytest.mark.django_db

LANGUAGES = pytest.mark.parametrize("language", ["zh-hans", "en"])
BODY = "credibility-county"


@pytest.fixture
def office() -> Iterator[County]:
    return county(AT, members=1)


def signed_in(office: County, username: str = "jingban", language: str = "zh-hans") -> LintingClient:
    client = LintingClient()
    client.force_login(office[username])
    client.cookies["language"] = language
    return client


def every_line(answer: Any) -> dict[str, Any]:
    return {line.key: line for group in answer.context["groups"] for line in group.lines}


@LANGUAGES
def test_every_rule_in_force_stands_there_with_its_value_date_and_source(office: County, language: str) -> None:
    answer = signed_in(office, language=language).get(reverse("rules"), {"body": BODY, "on": "2026-03-02"})
    lines, rules = every_line(answer), in_force(BODY, date(2026, 3, 2))
    assert set(lines) == set(rules)
    html = answer.content.decode()
    for key, rule in rules.items():
        assert lines[key].rule == rule
        assert f">{key}<" in html
        for citation in rule.citations:
            assert citation.article in html
    assert {key.partition(".")[0] for key in KEYS} == set(STAGES)


@pytest.mark.parametrize(("language", "words"), [("zh-hans", "尚未据此核查"), ("en", "not yet checked against")])
def test_what_is_only_written_down_says_that_nothing_is_checked_against_it(
    office: County, language: str, words: str
) -> None:
    answer = signed_in(office, language=language).get(reverse("rules"), {"body": BODY, "on": "2026-03-02"})
    rows = {key: answer.content.decode().split(f">{key}<")[1].partition("</tr>")[0] for key in every_line(answer)}
    assert {key for key, row in rows.items() if words in row} == {key for key in rows if KEYS[key].kept}
    assert words in rows["motion.consent"]
    assert words not in rows["motion.freeze"]


CONDUCT = {
    "secretary.principles": 5,
    "secretary.powers": 7,
    "secretary.responsibilities": 5,
    "secretary.discipline": 7,
}


@pytest.mark.covers("SEC-02", "SEC-03", "SEC-05")
@LANGUAGES
def test_how_the_secretary_conducts_selections_stands_there_item_by_item(office: County, language: str) -> None:
    answer = signed_in(office, "shuji", language).get(reverse("rules"), {"body": BODY, "on": "2026-03-02"})
    said, rules = words(answer), in_force(BODY, date(2026, 3, 2))
    for key, items in CONDUCT.items():
        assert len(rules[key].value) == items
        for one in rules[key].value:
            with translation.override(language):
                assert escape(str(KEYS[key].choices[one])) in said
        for citation in rules[key].citations:
            assert escape(str(citation.quote)) in said
    assert "关于规范县委书记选人用人行为办法" in said
    kept = RuleSet.keep(rules)
    assert Rules.load(kept.content)["secretary.responsibilities"].value == rules["secretary.responsibilities"].value


@LANGUAGES
def test_two_days_and_two_bodies_stand_side_by_side(office: County, language: str) -> None:
    client = signed_in(office, language=language)
    for query in (
        {"body": BODY, "on": "2026-03-02", "other_body": "national"},
        {"body": BODY, "on": "2026-03-02", "other_on": "2003-01-01"},
    ):
        answer = client.get(reverse("rules"), query)
        differing = {key for key, line in every_line(answer).items() if line.differs}
        assert differing
        assert answer.context["differences"] == len(differing)
        assert answer.content.decode().count('class="differs"') == len(differing)
        assert set(every_line(answer)) == differing, "what both say alike is shown when it is asked for"
        everything = set(every_line(client.get(reverse("rules"), {**query, "same": "on"})))
        assert everything > differing
    same = client.get(reverse("rules"), {"body": BODY, "on": "2026-03-02", "other_on": "2026-03-02"})
    assert not same.context["comparing"]


@LANGUAGES
@pytest.mark.parametrize("wrong", [{"on": "31.2.2026"}, {"body": "atlantis"}, {"other_on": "tomorrow"}])
def test_a_wrong_question_is_said_to_be_wrong(office: County, wrong: dict[str, str], language: str) -> None:
    answer = signed_in(office, language=language).get(reverse("rules"), {"body": BODY, "on": "2026-03-02", **wrong})
    assert answer.status_code == 422
    assert f'href="#id_{next(iter(wrong))}"' in answer.content.decode()


def test_before_there_was_any_rule_the_page_is_empty_and_not_broken(office: County) -> None:
    answer = signed_in(office).get(reverse("rules"), {"body": BODY, "on": "1900-01-01"})
    assert answer.status_code == 200
    assert not every_line(answer)


@pytest.mark.parametrize("username", ["jingban", "jiandu", "jiwei", "lingdao", "guanli"])
def test_the_rules_are_open_to_everybody_who_is_logged_in(office: County, username: str) -> None:
    assert signed_in(office, username).get(reverse("rules")).status_code == 200


def test_the_rules_ask_the_database_nothing(office: County) -> None:
    client = signed_in(office)
    client.get(reverse("rules"))
    with CaptureQueriesContext(connection) as captured:
        client.get(reverse("rules"), {"body": BODY, "on": "2026-03-02", "other_body": "national"})
    assert len(captured) <= 3, [query["sql"][:90] for query in captured]


# --- what a selection has kept ---------------------------------------------------------------------------------------


@pytest.fixture
def kept(office: County) -> RuleSet:
    return RuleSet.keep(in_force(BODY, date(2026, 3, 2)))


@LANGUAGES
def test_a_kept_set_is_shown_and_checked_against_its_digest(office: County, kept: RuleSet, language: str) -> None:
    answer = signed_in(office, language=language).get(reverse("rule_set", args=[kept.digest]))
    assert answer.context["same"]
    assert set(every_line(answer)) == set(kept.rules)


@LANGUAGES
@pytest.mark.parametrize("how", ["altered", "illegible"])
@pytest.mark.covers("NOT-18", refused=True)
def test_a_set_that_somebody_altered_is_named(office: County, kept: RuleSet, how: str, language: str) -> None:
    content = dict(kept.content)
    if how == "altered":
        content["rules"]["notice.length"]["value"]["n"] = 1
    else:
        del content["rules"]["notice.length"]["value"]
    RuleSet.objects.filter(pk=kept.pk).update(content=content)
    remember(entry("system"))
    answer = signed_in(office, language=language).get(reverse("rule_set", args=[kept.digest]))
    assert answer.status_code == 200
    assert not answer.context["same"]


def test_an_unknown_set_is_not_there(office: County) -> None:
    assert signed_in(office).get(reverse("rule_set", args=["0" * 64])).status_code == 404


def test_the_page_opens_with_the_rules_of_the_site(office: County) -> None:
    answer = signed_in(office).get(reverse("rules"))
    assert answer.context["rules"].body == office.mandate.rulebook == BODY


@LANGUAGES
@pytest.mark.parametrize("other", ["credibility-county", "kunming", "national"])
def test_any_two_bodies_are_compared_with_as_many_queries(office: County, language: str, other: str) -> None:
    client = signed_in(office, language=language)
    client.get(reverse("rules"))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = client.get(
            reverse("rules"), {"body": "company", "on": "2026-03-02", "other_body": other, "same": "on"}
        )
    lines = every_line(answer)
    assert len(queries) <= 3
    assert lines["notice.fields"].differs
    assert lines["notice.length"].rule.body == "company"
