"""What the rules of each body ask of a recommendation, on the pages (民主推荐页面)."""

from typing import Any

import pytest

from audit import reading
from selection.acts import Refused
from selection.enums import Act, RecommendationForm
from selection.models import Document, Poll
from selection.register.models import Post
from selection.web.acts import act_url
from selection.web.forms.recommendation import scope_like
from selection.web.tags import rate_of
from tests import factories
from tests.factories import Point
from tests.selection.web.standing import fill_in, signed_in, words

pytestmark = pytest.mark.django_db(databases=["default", "box"])
GROUPS = ("group-meeting-function_heads", "group-meeting-backbone", "group-meeting-workers")
TALKED = ("group-talk-backbone", "group-talk-workers")


@pytest.mark.covers("REC-04", "REC-06", refused=True)
def test_the_groups_of_a_company_are_asked_and_who_is_missing_is_said_beside_the_field() -> None:
    course = factories.run_to(Point.RECOMMENDATION, rulebook="company")
    url = act_url(Act.HOLD_RECOMMENDATION, course.selection, form="meeting")
    client = signed_in(course, "jingban", "zh-hans")
    asked = client.get(url).context["form"].fields
    assert {*GROUPS, *TALKED, "called_on"} <= set(asked)
    assert {"names", "unsigned", "statements_on"} & set(asked) == set()
    sent: dict[str, Any] = {"form": "meeting", "held_on": course.day, "scope": "本部门职工", "called_on": course.day}
    sent |= {"due_count": 60, "present_count": 54, GROUPS[0]: 6, GROUPS[1]: 40, GROUPS[2]: 0}
    refused = fill_in(client, url, **sent)
    assert refused.status_code == 422
    assert list(refused.context["form"].errors) == [GROUPS[2]]
    assert "无人参加：一线职工代表" in words(refused)
    assert not Poll.objects.exists()
    assert fill_in(client, url, **sent | {GROUPS[2]: 8}).status_code == 302
    held = Poll.objects.get()
    assert held.groups == {"function_heads": 6, "backbone": 40, "workers": 8}
    shown = words(client.get(f"/office/selections/{course.selection.number}/"))
    assert "一线职工代表：8" in shown
    assert "会议通知" in shown


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.covers("REC-23")
def test_the_floor_is_told_before_the_ballots_and_beside_the_result(language: str) -> None:
    course = factories.run_to(Point.RECOMMENDATION, rulebook="recognition-county")
    client = signed_in(course, "jingban", language)
    asked = words(client.get(act_url(Act.HOLD_RECOMMENDATION, course.selection, form="meeting")))
    assert "30%" in asked
    assert "60%" in asked
    course.go_to(Point.COUNTED)
    shown = words(client.get(f"/office/selections/{course.selection.number}/"))
    assert ("得票率下限：60%" if language == "zh-hans" else "Nobody goes on with less than: 60%") in shown


@pytest.mark.covers("REC-12", "REC-18")
def test_both_rounds_stay_on_the_page_with_the_statements_between_them() -> None:
    course = factories.run_to(Point.COUNTED, rulebook="jinchang")
    meetings = Poll.objects.filter(form="meeting").order_by("held_at", "pk")
    assert [poll.statements_on for poll in meetings] == [None, course.day]
    shown = words(signed_in(course, "jingban", "zh-hans").get(f"/office/selections/{course.selection.number}/"))
    assert "轮次：1" in shown
    assert "轮次：2" in shown
    assert "个人陈述" in shown


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.covers("REC-11", "REC-10", refused=True)
def test_nobody_is_inspected_before_the_office_of_the_civil_service_has_reviewed_the_result(language: str) -> None:
    course = factories.run_to(Point.COUNTED, rulebook="section-officer")
    url = act_url(Act.OPEN_INSPECTION, course.selection)
    client = signed_in(course, "buzhang", language)
    shown = words(client.get(url))
    who = (
        ("党组研究意见", "由公务员局审核")
        if language == "zh-hans"
        else ("Party group", "Reviewed by: Office of the civil")
    )
    assert all(said in shown for said in who)
    sent = {"candidates": [row.pk for row in course.inspected], "opinion": "党组会议集体研究确定。"}
    refused = fill_in(client, url, **sent, result_reviewed_on=course.day)
    assert refused.status_code == 422
    assert list(refused.context["form"].errors) == ["evidence"]
    assert course.now().stage == "recommendation"
    with pytest.raises(Refused) as found:
        course.open_inspection(result_reviewed_on=None)
    assert [one.rule for one in found.value.unmet] == ["recommendation.confirmed_by"]
    course.open_inspection()
    assert course.now().result_reviewed_on == course.day
    filed = Document.objects.get(title="民主推荐结果审核意见")
    entry = reading.entries(stream=course.selection.streams()[0], newest_first=True)[0]
    assert [file["sha256"] for file in entry.files] == [filed.sha256]


@pytest.mark.covers("REC-16")
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_who_takes_part_is_filled_in_from_the_last_recommendation_for_such_a_post(language: str) -> None:
    course = factories.run_to(Point.COUNTED)
    address = act_url(Act.HOLD_RECOMMENDATION, course.selection, form="talk")
    client = signed_in(course, "jingban", language)
    said = "本单位全体干部职工和服务对象代表"
    assert client.get(address).context["form"]["scope"].value() == said
    of_the_plenum = act_url(Act.HOLD_RECOMMENDATION, course.selection, form="plenum")
    assert client.get(of_the_plenum).context["form"]["scope"].value() == "县委全委会成员"
    other = course.now()
    other.post = Post(organisation=course.unit, title="示例副职", grade=course.post.grade, post_class="deputy")
    assert scope_like(other, RecommendationForm.TALK) == ""


@pytest.mark.covers("REC-13")
@pytest.mark.parametrize(("language", "says"), [("zh-hans", "加权后"), ("en", "weighted")])
def test_the_weighted_result_stands_where_persons_are_fixed_and_side_by_side(language: str, says: str) -> None:
    course = factories.run_to(Point.COUNTED, rulebook="jinchang")
    client = signed_in(course, "buzhang", language)
    offered = words(client.get(act_url(Act.OPEN_INSPECTION, course.selection)))
    weighted = course.now().case().weighted(course.candidacy(0))
    assert weighted is not None
    assert offered.count(says) == len(course.candidacies)
    assert rate_of(weighted) in words(client.get(f"/office/selections/{course.selection.number}/compare/"))
