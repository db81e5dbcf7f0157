"""Who qualifies for a post, and what each of the others lacks, on one page (任职资格页面)."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit import reading
from selection.enums import Act
from selection.qualification import Verdict
from selection.register.models import Person
from selection.web.acts import act_url
from tests import factories
from tests.factories import Course, Point, run_to
from tests.selection.bodies import body
from tests.selection.web.standing import fill_in, signed_in

pytestmark = [pytest.mark.django_db, pytest.mark.covers("QUA-05", "QUA-08")]


@pytest.fixture
def course(settings: Any, tmp_path: Path) -> Course:
    """A selection under rules that ask for votes and for two years; four people are on both sides of them."""
    name = body(
        settings,
        tmp_path,
        "asking",
        qualification__assessment_floor="{ numerator = 2, denominator = 3, strict = false }",
        qualification__unfit_ceiling="{ numerator = 1, denominator = 3, strict = true }",
        qualification__veto="true",
        qualification__recent_competent="2",
    )
    course = run_to(Point.NOMINATION, rulebook=name)
    for person, votes, years in (
        ("周示合", (20, 8, 1, 1), ["competent", "excellent"]),
        ("吴示少", (10, 8, 11, 1), ["competent", "excellent"]),
        ("郑示缺", (20, 8, 1, 1), ["competent"]),
        ("王示无", None, []),
    ):
        given = dict(zip(VOTES, votes, strict=True)) if votes else {}
        rows = [{"year": 2025 - nth, "result": result, **({} if nth else given)} for nth, result in enumerate(years)]
        factories.person(course.county, person, at=course.at, appraisals=rows)
    return course


VOTES = ("votes_excellent", "votes_competent", "votes_basic", "votes_incompetent")


def here(course: Course, **query: Any) -> str:
    asked = "&".join(f"{key}={value}" for key, value in query.items())
    return f"{course.selection.get_absolute_url()}qualified/?{asked}"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_everybody_stands_in_one_of_three_lists(course: Course, language: str) -> None:
    client, url = signed_in(course, "jingban", language), course.selection.get_absolute_url()
    assert f"{url}qualified/" in client.get(url).content.decode()
    who = {
        verdict: {row["person"].name for row in client.get(here(course, verdict=verdict.value)).context["people"]}
        for verdict in Verdict
    }
    assert "周示合" in who[Verdict.MET]
    assert "吴示少" in who[Verdict.UNMET]
    assert {"郑示缺", "王示无"} <= who[Verdict.MISSING]
    assert not who[Verdict.MET] & who[Verdict.MISSING]
    page = client.get(here(course, verdict="", q="示少"))
    (one,) = page.context["people"]
    assert [requirement.rule for requirement in one["unmet"]] == ["qualification.assessment_floor"]
    in_order = Person.objects.filter(name__in=who[Verdict.MET]).in_stroke_order()
    assert [row["person"] for row in client.get(here(course)).context["people"]] == list(in_order)


def test_a_missing_fact_leads_to_where_it_is_entered_and_is_told_once(course: Course) -> None:
    client = signed_in(course, "jingban")
    page = client.get(here(course, verdict=Verdict.MISSING.value, q="示无"))
    (one,) = page.context["people"]
    assert len(one["unmet"]) == 2
    assert act_url(Act.ADD_APPRAISAL, one["person"]) in page.content.decode()
    given = {"person": "王示无", "proposed_on": course.day, "reason": "适合本职位。", "source": "department"}
    refused = fill_in(client, act_url(Act.NOMINATE_CANDIDATE, course.selection), **given)
    assert refused.status_code == 422
    assert act_url(Act.ADD_APPRAISAL, one["person"]) in refused.content.decode()


def test_looking_is_recorded_and_costs_the_same_for_many(course: Course) -> None:
    client, url = signed_in(course, "jingban"), here(course)
    client.get(url)
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    entry = reading.entries(stream="access", newest_first=True)[0]
    assert (entry.data["what"], entry.object) == ("qualified", ("selection", str(course.selection.pk)))
    for nth in range(30):
        row = {"year": 2025, "result": "competent", **dict(zip(VOTES, (20, 8, 1, 1), strict=True))}
        factories.person(course.county, f"冯示{nth}", at=course.at, appraisals=[row, {**row, "year": 2024}])
    with CaptureQueriesContext(connection) as many:
        page = client.get(url)
    assert len(page.context["people"]) > 30
    assert len(many) == len(few) <= 12


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_where_the_rules_ask_nothing_of_the_register_the_page_says_so(
    settings: Any, tmp_path: Path, language: str
) -> None:
    of = body(settings, tmp_path, "undemanding")
    nation = settings.RULEBOOK_ROOT / "national.toml"  # as it was before sanctions stood in the way
    without = re.sub(r"(?m)^\[\[sanction\..*\n(?:.+\n)+", "", nation.read_text(encoding="utf-8"))
    nation.write_text(without, encoding="utf-8")
    course = run_to(Point.NOMINATION, rulebook=of)
    page = signed_in(course, "jingban", language).get(here(course))
    said = "没有可由名册核对的资格条件" if language == "zh-hans" else "ask nothing that the register could answer"
    assert said in page.content.decode()
    assert page.context["asked"] == []


@pytest.mark.parametrize("username", ["changwei1", "kaocha1", "jipiao1", "lingdao"])
def test_whoever_does_not_see_the_selection_whole_sees_nobody(course: Course, username: str) -> None:
    answer = signed_in(course, username).get(here(course))
    assert answer.status_code == 404
    assert "周示合" not in answer.content.decode()
