"""Recommending under one's own name (署名推荐页面)."""

from typing import Any

import pytest

from selection.enums import Act
from selection.stages import charge, way_back
from selection.stages import nomination as nominating
from selection.web.acts import act_url
from tests import factories
from tests.factories import Course, Point
from tests.page_lint import LintingClient

pytestmark = pytest.mark.django_db
LANGUAGES = ("zh-hans", "en")


def signed_in(course: Course, username: str, language: str = "zh-hans") -> LintingClient:
    client = LintingClient(headers={"accept-language": language})
    client.force_login(course.county[username])
    return client


def words(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture
def course() -> Course:
    return factories.run_to(Point.NOMINATION)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.covers("NOM-15", refused=True)
def test_a_leader_recommends_signed_and_reads_the_outcome(course: Course, language: str) -> None:
    client = signed_in(course, "lingdao", language)
    page = client.get("/office/recommend/")
    assert [row["url"] for row in page.context["open"]] == [act_url(Act.RECOMMEND_PERSONALLY, course.selection)]
    url = page.context["open"][0]["url"]
    assert client.get(url).status_code == 200
    sent = {"token": "r1", "person": course.people[0].name, "reason": "主持过融媒体改革。"}
    refused = client.post(url, sent)
    assert refused.status_code == 422
    assert "signed" in refused.context["form"].errors
    assert "主持过融媒体改革。" in words(refused)
    assert course.selection.rules["nomination.signed"].citation.article in words(refused)
    done = client.post(url, sent | {"signed": "on", "discipline": "on"})
    assert (done.status_code, done["Location"]) == (302, "/office/recommend/")
    mine = client.get("/office/recommend/")
    nomination = mine.context["mine"][0]
    by = course.by("jingban")
    nominating.review_recommendation(nomination, **by, outcome="declined", opinion="内部意见：任职年限不足。")
    assert "内部意见" not in words(client.get("/office/recommend/"))
    nominating.feed_back_recommendation(nomination, **by, feedback="经研究，暂不列入。")
    text = words(client.get("/office/recommend/"))
    assert "经研究，暂不列入。" in text
    assert "内部意见" not in text


def test_a_leader_sees_neither_candidates_nor_recommendations_of_others(course: Course) -> None:
    nominating.recommend_personally(
        course.selection,
        **course.by("lingdao"),
        person=course.person(1),
        reason="德才兼备。",
        signed=True,
        discipline=True,
    )
    course.nominate(course.person(0))
    text = words(signed_in(course, "shuji").get("/office/recommend/"))
    assert course.people[0].name not in text
    assert course.people[1].name not in text
    assert signed_in(course, "lingdao").get(f"/office/selections/{course.selection.number}/").status_code == 404


def test_the_same_person_twice_is_refused_and_a_namesake_is_asked_for(course: Course) -> None:
    client = signed_in(course, "lingdao")
    url = act_url(Act.RECOMMEND_PERSONALLY, course.selection)
    sent = {"token": "r1", "person": course.people[0].name, "reason": "德才兼备。", "signed": "on", "discipline": "on"}
    assert client.post(url, sent).status_code == 302
    again = client.post(url, sent | {"token": "r2"})
    assert again.status_code == 422
    assert list(again.context["form"].errors) == ["person"]
    unknown = client.post(url, sent | {"token": "r3", "person": "查无此人"})
    assert unknown.status_code == 422
    assert "查无此人" in words(unknown)


def test_only_open_and_only_to_those_who_may(course: Course) -> None:
    for username in ("jingban", "changwei1", "jiwei", "guanli"):
        assert signed_in(course, username).get("/office/recommend/").context["open"] == []
        assert signed_in(course, username).get(act_url(Act.RECOMMEND_PERSONALLY, course.selection)).status_code == 403
    charge.recuse_person(
        course.selection, **course.by("jingban"), person=course.county["shuji"].person, reason="近姻亲"
    )
    assert signed_in(course, "shuji").get("/office/recommend/").context["open"] == []
    way_back.suspend_selection(course.selection, **course.by("buzhang"), reason="机构改革")
    assert signed_in(course, "lingdao").get("/office/recommend/").context["open"] == []
