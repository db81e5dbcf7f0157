"""What departments are asked, and how they answer (征求意见页面)."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from selection import accounts
from selection.enums import Act, ConsultedBody
from selection.stages import charge, inspection
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
