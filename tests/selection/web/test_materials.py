"""Material of a meeting: read under the own account, acknowledged, and shut for whoever is recused (会议材料)."""

from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit import reading
from selection.acts import Refused
from selection.documents import filing
from selection.enums import Act, ExceptionGround
from selection.models import Acknowledgement, Material, Nomination
from selection.stages import charge
from selection.stages.deliberation import material
from selection.web.acts import act_url
from tests.factories import DAY, Course, Point, run_to
from tests.page_lint import LintingClient
from tests.selection.beside import beside_an_entry

pytestmark = [pytest.mark.django_db(databases=["default", "box"]), pytest.mark.covers("DEL-04")]

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\nstartxref\n9\n%%EOF\n"


def signed_in(course: Course, username: str, language: str = "zh-hans") -> LintingClient:
    client = LintingClient(headers={"accept-language": language})
    client.force_login(course.county[username])
    return client


@pytest.fixture
def course(settings: Any, tmp_path: Path) -> Course:
    settings.PAPERS_ROOT = tmp_path / "papers"
    course = run_to(Point.CONSULTED)
    course.meet()
    return course


def send(course: Course, title: str = "人选考察材料") -> Material:
    made: Material = material.send_material(
        course.selection, **course.by("jingban"), documents=[], upload=filing.keep(PDF, "材料.pdf"), title=title
    )
    return made


def here(course: Course) -> str:
    return f"/office/meetings/{course.meeting.pk}/materials/"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_member_reads_and_acknowledges_and_staff_see_who_has_not(course: Course, language: str) -> None:
    sent = send(course)
    member = signed_in(course, "changwei1", language)
    page = member.get(here(course))
    assert page.context["new"]
    assert "人选考察材料" in page.content.decode()
    assert page.context["items"][0]["members"] == []  # who else has received it is the staff's business
    paper = member.get(f"/office/meetings/materials/{sent.pk}/")
    assert b"".join(paper) == PDF  # type: ignore[call-overload]
    entry = reading.entries(stream="access", newest_first=True)[0]
    assert (entry.data["what"], entry.object) == ("material", ("document", str(sent.document_id)))
    assert member.post(here(course)).status_code == 302
    assert not member.get(here(course)).context["new"]
    (row,) = signed_in(course, "jingban", language).get(here(course)).context["items"]
    due = {one["name"] for one in row["members"] if one["due"]}
    assert len(row["members"]) == 11
    assert len(due) == 10
    assert course.county["changwei1"].name not in due


@pytest.mark.covers("FNR-15", "FNR-20")
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_members_are_told_how_those_to_be_decided_on_were_nominated(
    settings: Any, tmp_path: Path, language: str
) -> None:
    settings.PAPERS_ROOT = tmp_path / "papers"
    course = run_to(Point.CONSULTED, rulebook="first-nominator-city")
    course.meet()
    told = signed_in(course, "changwei1", language).get(here(course)).content.decode()
    assert told.count("钱示首") == 2, "both who are proposed were nominated by the department, whose head answers"
    assert course.people[0].name in told
    assert course.people[2].name not in told, "the third was not proposed"
    with beside_an_entry(course.selection):
        Nomination.objects.filter(person=course.people[1]).update(ground=ExceptionGround.STATE_SECRET)
    assert course.people[1].name not in signed_in(course, "changwei1", language).get(here(course)).content.decode()


def test_what_is_sent_later_is_acknowledged_anew(course: Course) -> None:
    send(course)
    member: dict[str, Any] = course.by("changwei1")
    material.acknowledge_material(course.selection, **member)
    with pytest.raises(Refused):
        material.acknowledge_material(course.selection, **course.by("changwei1"))
    course.at += DAY
    send(course, "补充材料")
    assert signed_in(course, "changwei1").get(here(course)).context["new"]
    material.acknowledge_material(course.selection, **course.by("changwei1"))
    assert Acknowledgement.objects.count() == 2


def test_whoever_is_recused_sees_neither_item_nor_paper_and_is_not_asked_to_acknowledge(course: Course) -> None:
    sent = send(course)
    away = course.county["changwei2"].person
    charge.recuse_person(course.selection, **course.by("jingban"), person=away, reason="与人选有亲属关系。")
    client = signed_in(course, "changwei2")
    page = client.get(here(course))
    assert page.context["items"] == []
    assert str(course.post) not in page.content.decode()
    assert "人选考察材料" not in page.content.decode()
    assert client.get(f"/office/meetings/materials/{sent.pk}/").status_code == 404
    client.post(here(course))
    assert not Acknowledgement.objects.exists()
    (row,) = signed_in(course, "jingban").get(here(course)).context["items"]
    assert len(row["members"]) == 10


@pytest.mark.parametrize("username", ["jiwei", "lingdao", "jipiao1", "kaocha1"])
def test_nobody_else_opens_a_paper(course: Course, username: str) -> None:
    sent = send(course)
    client = signed_in(course, username)
    assert client.get(here(course)).status_code == 404
    assert client.get(f"/office/meetings/materials/{sent.pk}/").status_code == 404


def test_staff_do_not_acknowledge_for_a_member(course: Course) -> None:
    send(course)
    assert signed_in(course, "jingban").post(here(course)).status_code == 403
    assert not Acknowledgement.objects.exists()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_forms_of_sending_and_acknowledging(course: Course, language: str) -> None:
    client = signed_in(course, "jingban", language)
    address = act_url(Act.SEND_MATERIAL, course.selection)
    assert client.get(address).status_code == 200
    assert client.post(address, {"token": "a" * 32}).status_code == 422
    send(course)
    member = signed_in(course, "changwei1", language)
    assert member.get(act_url(Act.ACKNOWLEDGE_MATERIAL, course.selection)).status_code == 200
    assert member.post(act_url(Act.ACKNOWLEDGE_MATERIAL, course.selection), {"token": "b" * 32}).status_code == 302


def test_the_page_costs_the_same_for_one_paper_and_for_twelve(course: Course) -> None:
    send(course)
    client = signed_in(course, "jingban")

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(here(course)).status_code == 200
        return len(queries)

    cost()  # the first page after a log-in notes that the session is in use
    one = cost()
    for number in range(2, 13):
        send(course, f"材料{number}")
    assert cost() == one <= 13


@pytest.mark.covers("DEL-22")
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_members_read_how_each_person_is_introduced_part_by_part(language: str) -> None:
    course = run_to(Point.CONSULTED)
    course.meet()
    first, second = course.candidacies[:2]
    course.introduce(first)
    told = signed_in(course, "changwei1", language).get(here(course)).content.decode()
    headings = {
        "zh-hans": ("基本情况", "民主推荐", "民主测评", "主要特点及不足", "任用理由"),
        "en": ("Basic facts", "Democratic recommendation", "Democratic assessment", "Main traits", "Reasons for the"),
    }
    for heading in headings[language]:
        assert heading in told
    assert told.count("情况介绍。") == 5
    assert first.person.name in told
    assert second.person.name not in told, "who has not been introduced yet"
