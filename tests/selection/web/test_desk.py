"""The desk of every role, and the search (工作台、搜索)."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from selection import clock
from selection.documents import filing
from selection.enums import Act, Channel, RecommendationForm, Trigger
from selection.models import Account, Deadline
from selection.register import keeping
from selection.stages import charge, inspection, motion, notice, recommendation, reports, way_back
from selection.stages import nomination as nominating
from selection.stages.deliberation import material, meeting
from selection.web.acts import act_url
from selection.web.desk import Desk
from tests import factories
from tests.factories import Course, Point
from tests.page_lint import LintingClient
from tests.selection.beside import beside_an_entry

pytestmark = pytest.mark.django_db
LANGUAGES = ("zh-hans", "en")
EVERYBODY = (*factories.OFFICERS, "shuji", "buzhang", "changwei1", "guanli")


def signed_in(course: Course, username: str, language: str = "zh-hans") -> LintingClient:
    client = LintingClient(headers={"accept-language": language})
    client.force_login(course.county[username])
    return client


def waiting(course: Course, username: str, language: str = "zh-hans") -> list[str]:
    """The addresses of what waits for somebody, in their order."""
    page = signed_in(course, username, language).get("/office/")
    assert page.status_code == 200
    return [row["url"] for row in page.context["waiting"]]


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_empty_desk_says_what_will_appear(language: str) -> None:
    course = factories.course()
    for username in EVERYBODY:
        assert waiting(course, username, language) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_row_opens_the_next_act(language: str) -> None:
    course = factories.run_to(Point.MOTION)
    assert waiting(course, "shuji", language) == [act_url(Act.APPROVE_MOTION, course.selection)]
    assert waiting(course, "jingban", language) == []
    course.go_to(Point.NOMINATION)
    assert waiting(course, "shuji", language) == []
    recommended = nominating.recommend_personally(
        course.selection,
        **course.by("lingdao"),
        person=course.person(0),
        reason="德才兼备。",
        signed=True,
        discipline=True,
    )
    assert waiting(course, "jingban", language) == [act_url(Act.REVIEW_RECOMMENDATION, recommended)]
    nominating.review_recommendation(recommended, **course.by("jingban"), outcome="declined", opinion="暂不列入。")
    assert waiting(course, "jingban", language) == [act_url(Act.FEED_BACK_RECOMMENDATION, recommended)]
    nominating.feed_back_recommendation(recommended, **course.by("jingban"), feedback="暂不列入。")
    course.go_to(Point.RECOMMENDATION)
    poll = course.hold(RecommendationForm.MEETING)
    assert waiting(course, "jipiao1", language) == [act_url(Act.ENTER_TALLY, poll)]
    course.count(poll, (40, 36, 30), by="jipiao1")
    assert waiting(course, "jipiao1", language) == []
    assert waiting(course, "jipiao2", language) == [act_url(Act.ENTER_TALLY, poll)]
    assert waiting(course, "jingban", language) == []
    course.count(poll, (40, 36, 30), by="jipiao2")
    assert waiting(course, "jingban", language) == [course.selection.get_absolute_url()]
    recommendation.confirm_tally(poll, **course.by("jingban"), evidence=factories.SCAN)
    assert waiting(course, "jingban", language) == []


def test_inquiries_wait_for_their_department_and_replies_come_back() -> None:
    course = factories.course(at=clock.now()).go_to(Point.INSPECTION)
    course.announce_inspection()
    inquiry = inspection.ask_opinion(
        course.selection,
        **course.by("jingban"),
        candidacy=course.candidacies[0],
        body="discipline",
        department=course.discipline,
    )
    page = signed_in(course, "jiwei").get("/office/")
    assert [row["url"] for row in page.context["waiting"]] == [act_url(Act.ANSWER_INQUIRY, inquiry)]
    assert page.context["waiting"][0]["number"] == ""
    assert course.selection.number not in page.content.decode()
    assert "融媒体" not in page.content.decode()
    assert waiting(course, "jisheng") == []
    soon = signed_in(course, "jingban").get("/office/").context["soon"]
    assert [(row["about"], row["left"] > 0) for row in soon] == [(f"{course.people[0].name} · 县纪委监委", True)]
    inspection.answer_inquiry(
        inquiry,
        **course.by("jiwei"),
        number="纪函1号",
        replied_on=course.day,
        finding="clear",
        opinion="无影响。",
        evidence=None,
    )
    assert waiting(course, "jiwei") == []
    staff = signed_in(course, "jingban").get("/office/")
    assert [row["name"] for row in staff.context["came_back"]] == [course.people[0].name]
    assert staff.context["soon"] == []


def test_a_notice_that_has_run_its_length_waits_for_staff_before_what_is_due_later() -> None:
    course = factories.run_to(Point.NOTICE, at=clock.now() - timedelta(days=60))
    objection = notice.file_objection(
        course.appointment,
        actor=Account.objects.public(),
        at=course.at,
        content="反映一个问题。",
        receipt_hash="7f" * 32,
    )
    page = signed_in(course, "jingban").get("/office/")
    found = {row["url"] for row in page.context["waiting"]}
    assert found == {act_url(Act.CLOSE_NOTICE, course.appointment), act_url(Act.SETTLE_OBJECTION, objection)}
    assert all(row["left"] < 0 for row in page.context["waiting"])
    assert "反映一个问题。" not in page.content.decode()
    assert page.context["due_today"] == 2
    assert waiting(course, "buzhang") == [act_url(Act.SETTLE_OBJECTION, objection)]
    way_back.suspend_selection(course.selection, **course.by("buzhang"), reason="核查期间暂停")
    assert waiting(course, "jingban") == []


def test_a_kind_of_which_nothing_is_among_the_most_urgent_is_counted_all_the_same() -> None:
    course = factories.run_to(Point.DECIDED)
    filed = reports.file_report(
        course.selection,
        **course.by("jingban"),
        channel=Channel.LETTER,
        content="反映一个问题。",
        receipt_hash="7f" * 32,
    )
    urls = [act_url(Act.PUBLISH_NOTICE, course.candidacy(0)), act_url(Act.SETTLE_OBJECTION, filed)]
    staff = course.county["jingban"]
    for at_most in (2, 1):
        desk = Desk(staff, clock.now(), at_most=at_most)
        assert [row["url"] for row in desk.waiting([])] == urls[:at_most]
        assert (desk.number, desk.pressing) == (2, 0)


def test_what_falls_due_soon_leads_to_the_selections_that_it_belongs_to() -> None:
    course = factories.run_to(Point.NOTICE, at=clock.now())
    with beside_an_entry(course.selection):
        Deadline.objects.filter(appointment=course.appointment).update(due_at=clock.now() + timedelta(days=3))
    client = signed_in(course, "jingban")
    desk = client.get("/office/").context
    assert [row["number"] for row in desk["soon"]] == [course.selection.number]
    assert (desk["coming"], desk["waiting"], desk["due_today"]) == (1, [], 0)
    found = client.get("/office/selections/?only=soon").context["rows"]
    assert [row["selection"].number for row in found] == [course.selection.number]
    way_back.suspend_selection(course.selection, **course.by("buzhang"), reason="核查期间暂停")
    assert client.get("/office/").context["soon"] == []
    assert client.get("/office/selections/?only=soon").context["rows"] == []


@pytest.mark.slow
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_desk_shows_the_most_urgent_and_leads_to_a_page_with_all(
    monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    course = factories.run_to(Point.MOTION)
    client = signed_in(course, "shuji", language)
    few = [queries(client, url) for url in ("/office/", "/office/waiting/")]
    assert "/office/waiting/" not in client.get("/office/").content.decode()
    opened = [course.selection]
    for n in range(24):
        at = course.at + timedelta(minutes=n + 1)
        by: dict[str, Any] = {"actor": course.county["jingban"], "at": at}
        unit = factories.unit(course.county, f"示范单位{n}", f"CX-09{n:02d}", at=at)
        keeping.set_quota(unit, **by, grade="township_chief", approved=1)
        post = keeping.add_post(unit, **by, values={"title": "主任", "grade": "township_chief", "seats": 1})
        opened.append(
            motion.open_selection(
                course.county.mandate, **by, post=post, seats=1, triggers=[Trigger.VACANCY], reason="职位空缺。"
            )
        )
    urls = [act_url(Act.APPROVE_MOTION, one) for one in opened]
    page = client.get("/office/")
    assert [row["url"] for row in page.context["waiting"]] == urls[:20]
    assert page.context["number"] == 25
    assert 'href="/office/waiting/"' in page.content.decode()
    assert (len(page.context["rails"]), page.context["running"]) == (8, 25)
    assert 'href="/office/selections/?only=running"' in page.content.decode()
    monkeypatch.setattr("selection.web.desk.PER_PAGE", 10)
    pages = [client.get(f"/office/waiting/?page={n}") for n in (1, 2, 3)]
    assert [row["url"] for page in pages for row in page.context["waiting"]] == urls
    assert [row["url"] for row in client.get("/office/waiting/?page=999").context["waiting"]] == urls[20:]
    assert [row["url"] for row in client.get("/office/waiting/?page=x").context["waiting"]] == urls[:10]
    assert [queries(client, url) for url in ("/office/", "/office/waiting/")] == few
    assert few == [10, 8]
    charge.recuse_person(opened[0], **course.by("jingban"), person=course.county["shuji"].person, reason="近姻亲")
    assert client.get("/office/").context["number"] == 24
    assert urls[0] not in client.get("/office/waiting/").content.decode()


def queries(client: LintingClient, url: str) -> int:
    client.get(url)
    with CaptureQueriesContext(connection) as caught:
        assert client.get(url).status_code == 200
    return len(caught)


def test_a_recused_person_finds_nothing_on_the_desk() -> None:
    course = factories.run_to(Point.MOTION)
    member = course.county["shuji"].person
    assert len(waiting(course, "shuji")) == 1
    charge.recuse_person(course.selection, **course.by("jingban"), person=member, reason="近姻亲")
    page = signed_in(course, "shuji").get("/office/")
    assert page.context["waiting"] == []
    assert page.context["rails"] == []
    assert course.selection.number not in page.content.decode()


def sent(course: Course, title: str) -> None:
    file = filing.keep(b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\nstartxref\n9\n%%EOF\n", "材料.pdf")
    material.send_material(course.selection, **course.by("jingban"), documents=[], upload=file, title=title)


@pytest.mark.covers("DEL-04")
@pytest.mark.parametrize("language", LANGUAGES)
def test_material_waits_for_each_member_until_acknowledged(settings: Any, tmp_path: Path, language: str) -> None:
    settings.PAPERS_ROOT = tmp_path / "papers"
    course = factories.run_to(Point.CONSULTED)
    course.meet()
    assert waiting(course, "changwei1", language) == []
    sent(course, "人选考察材料")
    here = reverse("materials", args=[course.meeting.pk])
    assert waiting(course, "changwei1", language) == [here]
    assert here in waiting(course, "buzhang", language)
    assert here not in waiting(course, "jingban", language)
    page = signed_in(course, "changwei1", language).get("/office/").content.decode()
    assert str(course.post) not in page
    assert course.selection.number not in page
    material.acknowledge_material(course.selection, **course.by("changwei1"))
    assert waiting(course, "changwei1", language) == []
    assert waiting(course, "changwei2", language) == [here]
    course.at += timedelta(hours=1)
    sent(course, "补充材料")
    assert waiting(course, "changwei1", language) == [here]
    meeting.close_meeting(course.meeting, **course.by("jingban"))
    assert waiting(course, "changwei1", language) == []


@pytest.mark.covers("DEL-04", refused=True)
def test_no_material_waits_for_a_recused_member_and_the_desk_costs_the_same_for_many(
    settings: Any, tmp_path: Path
) -> None:
    settings.PAPERS_ROOT = tmp_path / "papers"
    course = factories.run_to(Point.CONSULTED)
    course.meet()
    away = course.county["changwei2"].person
    charge.recuse_person(course.selection, **course.by("jingban"), person=away, reason="与人选有亲属关系。")
    sent(course, "人选考察材料")
    assert waiting(course, "changwei2") == []
    assert len(waiting(course, "changwei1")) == 1
    client = signed_in(course, "changwei1")

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/office/").status_code == 200
        return len(queries)

    cost()  # the first page after a log-in notes that the session is in use
    one = cost()
    for number in range(2, 13):
        sent(course, f"材料{number}")
    assert cost() == one <= 12
    assert len(waiting(course, "changwei1")) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_search_finds_only_what_may_be_seen(language: str) -> None:
    course = factories.run_to(Point.LISTED)

    def found(username: str, text: str) -> tuple[int, int, int]:
        page: Any = signed_in(course, username, language).get("/office/search/", {"q": text})
        assert page.status_code == 200
        return tuple(len(page.context[name]) for name in ("people", "posts", "selections"))  # type: ignore[return-value]

    assert found("jingban", "林示") == (3, 0, 0)
    assert found("jingban", "县融媒体中心主任") == (0, 1, 1)
    assert found("jingban", course.selection.number) == (0, 0, 1)
    assert found("jingban", "") == (0, 0, 0)
    assert found("jingban", "没有这个人") == (0, 0, 0)
    for username in ("lingdao", "jiwei", "changwei1", "guanli"):
        assert found(username, "林示") == (0, 0, 0)
        assert found(username, "县融媒体中心主任") == (0, 0, 0)
    assert found("jipiao1", "县融媒体中心主任") == (0, 0, 1)


@pytest.mark.parametrize(
    ("language", "hint"), [("zh-hans", "每类最多显示 20 条"), ("en", "Each list ends after 20 rows")]
)
def test_a_search_that_is_cut_off_says_so(language: str, hint: str) -> None:
    course = factories.course()
    for number in "一二三四五六七八九十甲乙丙丁戊己庚辛壬":
        factories.person(course.county, f"周示{number}")
    client = signed_in(course, "jingban", language)
    assert hint not in client.get("/office/search/", {"q": "周示"}).content.decode()
    for number in "癸子":
        factories.person(course.county, f"周示{number}")
    page = client.get("/office/search/", {"q": "周示"})
    assert len(page.context["people"]) == 20
    assert hint in page.content.decode()
