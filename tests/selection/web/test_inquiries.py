"""What departments are asked, and how they answer (征求意见页面)."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit import reading
from selection import accounts, acts, deadlines
from selection.enums import Act, CandidacyState, ConsultedBody, Finding, Matter, Role, Stage, UnitKind
from selection.models import Deadline, ImportantMatter, Inquiry
from selection.stages import charge, inspection
from selection.web.acts import act_url
from tests import factories
from tests.factories import Course, Point
from tests.page_lint import LintingClient

pytestmark = pytest.mark.django_db(databases=["default", "box"])
LANGUAGES = ("zh-hans", "en")


def signed_in(course: Course, username: str, language: str = "zh-hans") -> LintingClient:
    client = LintingClient(headers={"accept-language": language})
    client.force_login(course.county[username])
    return client


def words(response: Any) -> str:
    return str(response.content.decode())


@pytest.fixture
def asked() -> Course:
    """Both departments asked about the first inspected person, nobody asked about the second."""
    course = factories.run_to(Point.INSPECTION)
    course.announce_inspection()
    for body, department in (
        (ConsultedBody.DISCIPLINE, course.discipline),
        (ConsultedBody.FAMILY_PLANNING, course.family_planning),
    ):
        course.inquiries.append(
            inspection.ask_opinion(
                course.selection,
                **course.by("jingban"),
                candidacy=course.candidacies[0],
                body=body,
                department=department,
            )
        )
    return course


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_department_sees_what_it_is_asked_and_nothing_else(asked: Course, language: str) -> None:
    for url in ("/office/inquiries/", act_url(Act.ANSWER_INQUIRY, asked.inquiries[0]), "/office/"):
        text = words(signed_in(asked, "jiwei", language).get(url))
        assert asked.people[0].name in text
        for hidden in (asked.people[1].name, asked.people[2].name, asked.selection.number, "融媒体", "原主任退休"):
            assert hidden not in text, (url, hidden)
    listed = signed_in(asked, "jiwei", language).get("/office/inquiries/").context["rows"]
    assert [row["url"] for row in listed] == [act_url(Act.ANSWER_INQUIRY, asked.inquiries[0])]
    assert listed[0]["post"] == "县委办公室副主任"


def test_another_departments_inquiry_is_refused_without_a_hint(asked: Course) -> None:
    found = signed_in(asked, "jisheng").get(act_url(Act.ANSWER_INQUIRY, asked.inquiries[0]))
    assert found.status_code == 403
    assert asked.people[0].name not in words(found)
    for username in ("lingdao", "changwei1", "jipiao1", "guanli"):
        page = signed_in(asked, username).get("/office/inquiries/")
        assert page.context["rows"] == []


def test_an_answer_is_given_once_and_cannot_be_older_than_the_question(asked: Course) -> None:
    client = signed_in(asked, "jiwei")
    url = act_url(Act.ANSWER_INQUIRY, asked.inquiries[0])
    sent = {"token": "a1", "number": "纪函7号", "replied_on": "2025-01-01", "finding": "explain", "opinion": "需说明。"}
    found = client.post(url, sent)
    assert found.status_code == 422
    assert list(found.context["form"].errors) == ["replied_on"]
    assert "纪函7号" in words(found)
    assert "需说明。" in words(found)
    done = client.post(url, sent | {"replied_on": asked.day.isoformat()})
    assert (done.status_code, done["Location"]) == (302, "/office/inquiries/")
    assert client.post(url, sent | {"replied_on": asked.day.isoformat()}).status_code == 409
    row = client.get("/office/inquiries/").context["rows"][0]
    assert (row["finding"], row["url"]) == ("需要说明", "")
    staff = signed_in(asked, "jingban").get("/office/inquiries/").context["rows"]
    assert [bool(row["reply"]) for row in staff] == [False, True]
    assert staff[0]["url"] == act_url(Act.FILE_REPLY, asked.inquiries[1])


def test_a_recused_reviewer_is_asked_nothing(asked: Course) -> None:
    person = factories.person(asked.county, "赵示避")
    accounts.correct_account(
        asked.county["jiwei"],
        actor=asked.county.administrator,
        at=asked.at,
        values={"name": "jiwei", "person": person},
        reason="关联本人",
    )
    assert len(signed_in(asked, "jiwei").get("/office/inquiries/").context["rows"]) == 1
    charge.recuse_person(asked.selection, **asked.by("jingban"), person=person, reason="近姻亲")
    assert signed_in(asked, "jiwei").get("/office/inquiries/").context["rows"] == []
    assert signed_in(asked, "jiwei").get(act_url(Act.ANSWER_INQUIRY, asked.inquiries[0])).status_code == 404


def test_a_department_that_does_not_answer_is_reminded_by_the_clock_and_by_hand(asked: Course, settings: Any) -> None:
    inquiry = asked.fresh(asked.inquiries[0])
    asked.at = inquiry.due_at
    assert deadlines.keep(asked.at) == 2
    inquiry = asked.fresh(inquiry)
    assert (inquiry.reminders, inquiry.reminded_at) == (1, asked.at)
    entry = reading.entries(stream=asked.selection.streams()[0], newest_first=True)[0]
    assert (entry.action, entry.data["facts"]["reminders"]) == ("meet_deadline", 1)
    asked.at += timedelta(days=1)
    inspection.remind_department(inquiry, **asked.by("jingban"))
    with pytest.raises(acts.Refused):
        inspection.remind_department(asked.fresh(inquiry), **asked.by("buzhang"))
    with pytest.raises(acts.NotPermitted):
        inspection.remind_department(asked.fresh(inquiry), **asked.by("jiwei"))
    for language, notice in (("zh-hans", "已催办 2 次"), ("en", "reminded 2 times")):
        assert notice in words(signed_in(asked, "jiwei", language).get("/office/inquiries/"))
    assert "催办：请贵单位尽快回复意见" in words(signed_in(asked, "jiwei").get("/office/"))
    assert "催办" not in words(signed_in(asked, "lingdao").get("/office/"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_overdue_is_listed_for_staff_until_it_is_answered(asked: Course, language: str) -> None:
    client = signed_in(asked, "jingban", language)
    assert [row["overdue"] for row in client.get("/office/inquiries/?show=overdue").context["rows"]] == [True, True]
    assert asked.people[0].name not in words(signed_in(asked, "lingdao").get("/office/inquiries/?show=overdue"))
    asked.at = asked.fresh(asked.inquiries[0]).due_at
    answer = {"replied_on": asked.day, "finding": "clear", "opinion": "未发现影响使用的情况。", "evidence": None}
    for inquiry, username in zip(asked.inquiries, ("jiwei", "jisheng"), strict=True):
        inspection.answer_inquiry(asked.fresh(inquiry), **asked.by(username), number=f"函{inquiry.pk}号", **answer)
    late = client.get("/office/inquiries/?show=overdue")
    assert late.context["rows"] == []
    with pytest.raises(acts.Refused):
        inspection.remind_department(asked.fresh(asked.inquiries[0]), **asked.by("jingban"))


def test_the_own_unit_and_a_superior_outside_the_county_are_asked(asked: Course) -> None:
    candidacy = asked.candidacies[0]
    client = signed_in(asked, "jingban")
    own = act_url(Act.ASK_OPINION, asked.selection, candidacy=candidacy.pk, body="unit")
    form = client.get(own).context["form"]
    assert form.initial["department"] == candidacy.person.organisation_id
    sent = {"token": "o1", "candidacy": candidacy.pk, "body": "superior"}
    url = act_url(Act.ASK_OPINION, asked.selection)
    assert "department" in client.post(url, sent).context["form"].errors
    assert client.post(url, sent | {"outside": "示范市委组织部"}).status_code == 302
    assert Inquiry.objects.latest("pk").department == "示范市委组织部"
    for body in ConsultedBody:
        shown = client.get(act_url(Act.ASK_OPINION, asked.selection, candidacy=candidacy.pk, body=body.value))
        assert shown.status_code == 200


def test_more_inquiries_cost_no_more_queries(asked: Course) -> None:
    def queries(username: str) -> int:
        client = signed_in(asked, username)
        client.get("/office/inquiries/")
        with CaptureQueriesContext(connection) as caught:
            client.get("/office/inquiries/")
        return len(caught)

    few = [queries("jiwei"), queries("jingban")]
    inspection.ask_opinion(
        asked.selection,
        **asked.by("jingban"),
        candidacy=asked.candidacies[1],
        body=ConsultedBody.DISCIPLINE,
        department=asked.discipline,
    )
    inspection.ask_opinion(
        asked.selection,
        **asked.by("jingban"),
        candidacy=asked.candidacies[1],
        body=ConsultedBody.FAMILY_PLANNING,
        department=asked.family_planning,
    )
    assert [queries("jiwei"), queries("jingban")] == few
    assert max(few) <= 12


@pytest.mark.covers("INS-24")
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reply_straight_after_the_decision_is_kept_and_its_page_says_what_follows(language: str) -> None:
    """It is late, an important matter though it says nothing bad, and takes nobody out by itself."""
    course = factories.run_to(Point.INSPECTED)
    course.county.hold("shenji", Role.REVIEWER, department="县审计局")
    bureau = factories.unit(course.county, "县审计局", "CX-0306", kind=UnitKind.GOVERNMENT_ORGAN)
    asked = [
        inspection.ask_opinion(
            course.selection,
            **course.by("jingban"),
            candidacy=candidacy,
            body=ConsultedBody.AUDIT_OFFICE,
            department=bureau,
        )
        for candidacy in course.inspected
    ]
    course.go_to(Point.DECIDED)
    assert course.selection.stage == Stage.DECIDED
    url = act_url(Act.FILE_REPLY, asked[0])
    says = "其本身不改变已形成的结果" if language == "zh-hans" else "changes nothing by itself"
    assert says in words(signed_in(course, "jingban", language).get(url))
    said = {"replied_on": course.day, "opinion": "任期内有需要说明的事项。", "evidence": factories.SCAN}
    for inquiry, finding, username in ((asked[0], Finding.CLEAR, "jingban"), (asked[1], Finding.BAR, "shenji")):
        answer = inspection.file_reply if username == "jingban" else inspection.answer_inquiry
        fresh = course.fresh(inquiry)
        reply = answer(fresh, **course.by(username), number=f"审函{inquiry.pk}号", finding=finding, **said)
        assert reply.late
        entry = reading.entries(stream=course.selection.streams()[0], newest_first=True)[0]
        assert entry.data["facts"] == {"late": True}
        assert [dict(one)["sha256"] for one in entry.files] == [factories.SCAN.sha256]
    noted = ImportantMatter.objects.filter(kind=Matter.OPINION_EXPLAINED, cause__contains="讨论决定后收到")
    assert [row.candidacy for row in noted.order_by("pk")] == course.inspected
    assert [course.candidacy(nth).state for nth in (0, 1)] == [CandidacyState.PASSED, CandidacyState.NOT_PASSED]
    told = words(signed_in(course, "jingban", language).get(f"/office/selections/{course.selection.number}/people/"))
    assert "讨论决定后收到" in told
    assert not Deadline.objects.filter(inquiry__in=asked, ended_at__isnull=True).exists()
    course.go_to(Point.NOTICE)
