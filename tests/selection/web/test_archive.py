"""The index of a selection's file, and what is missing before it goes to the archive (卷内目录、完整性)."""

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit import reading
from selection.documents import filing
from selection.enums import DocumentState, Paper, Part
from selection.models import Document, Participation, Talk
from tests.factories import Course, Point
from tests.selection.beside import beside_an_entry
from tests.selection.web.standing import signed_in, standing_at, words

pytestmark = pytest.mark.django_db

LANGUAGES = pytest.mark.parametrize("language", ["zh-hans", "en"])


@pytest.fixture(scope="module")
def standing(django_db_setup: None, django_db_blocker: Any) -> Iterator[Course]:
    with standing_at(Point.CLOSED, django_db_blocker) as course:
        yield course


@pytest.fixture
def course(standing: Course, db: None) -> Course:
    return standing


def page(course: Course) -> str:
    return reverse("archive", args=[course.selection.number])


def put_on_file(course: Course) -> None:
    """Every paper of the selection and of its meeting is made, and its file lies where it should."""
    for row in [*course.selection.documents.all(), *course.meeting.documents.all()]:
        content = f"{row.pk} {row.title}".encode()
        digest = row.sha256 or hashlib.sha256(content).hexdigest()
        place = filing.place_of(digest)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
        with beside_an_entry():
            Document.objects.filter(pk=row.pk).update(
                state=DocumentState.KEPT, sha256=digest, size=place.stat().st_size, kept_at=row.requested_at
            )
    for row in Document.objects.exclude(sha256=""):  # one file may stand for several papers
        with beside_an_entry():
            Document.objects.filter(pk=row.pk).update(size=filing.place_of(row.sha256).stat().st_size)


def gaps(answer: Any) -> list[str]:
    return [str(one["says"]) for _name, found in answer.context["gaps"] for one in found]


@pytest.mark.parametrize(
    ("username", "status"),
    [("jiandu", 200), ("jingban", 200), ("shuji", 200), ("kaocha1", 404), ("jipiao1", 404), ("jiwei", 404)],
)
@pytest.mark.covers("WPR-22", refused=True)
def test_who_sees_the_selection_whole_reads_the_index(course: Course, username: str, status: int) -> None:
    answer = signed_in(course, username).get(page(course))
    assert answer.status_code == status
    assert (str(course.post) in words(answer)) is (status == 200)


def test_reading_it_is_recorded(course: Course) -> None:
    signed_in(course, "jiandu").get(page(course))
    last = reading.entries(stream="access", newest_first=True)[0]
    assert (last.data["what"], last.object) == ("archive_index", ("selection", str(course.selection.pk)))


@LANGUAGES
@pytest.mark.covers("WPR-21")
def test_every_paper_is_numbered_in_the_order_of_its_entry(course: Course, language: str) -> None:
    put_on_file(course)
    answer = signed_in(course, "jiandu", language).get(page(course))
    rows = answer.context["rows"]
    assert len(rows) == course.selection.documents.count() + course.meeting.documents.count()
    assert [row["number"] for row in rows] == list(range(1, len(rows) + 1))
    own = [row["entry"].seq for row in rows if row["entry"]]
    assert own == sorted(own)
    assert len(own) > 5
    titles = [row["title"] for row in rows]
    for candidacy in course.inspected:
        assert f"民主测评汇总表（{candidacy.person.name}）" in titles
    for row in rows:
        assert row["digest"][:16] in words(answer)
        assert row["size"] > 0
        assert row["who"] or not row["entry"]
    assert answer.context["entries"] == len(list(reading.entries(stream=course.selection.streams()[0])))


@pytest.mark.covers("WPR-21")
def test_a_whole_file_lacks_nothing(course: Course) -> None:
    put_on_file(course)
    answer = signed_in(course, "jiandu").get(page(course))
    assert gaps(answer) == []
    assert "无缺失" in words(answer)


def test_what_is_not_made_failed_or_gone_is_named(course: Course) -> None:
    put_on_file(course)
    form = course.selection.documents.filter(kind=Paper.RECORD_FORM).earliest("pk")
    notice = course.selection.documents.get(kind=Paper.NOTICE)
    scan = course.selection.documents.filter(kind=Paper.EVIDENCE).earliest("pk")
    with beside_an_entry():
        Document.objects.filter(pk=form.pk).update(state=DocumentState.REQUESTED)
        Document.objects.filter(pk=notice.pk).update(state=DocumentState.FAILED)
    filing.place_of(scan.sha256).unlink()
    told = gaps(signed_in(course, "jiandu").get(page(course)))
    assert f"{form.title}：尚未生成。" in told
    assert f"{notice.title}：生成失败。" in told
    assert f"{scan.title}：文件缺失或大小不符。" in told


@pytest.mark.tampers
def test_a_file_that_an_entry_names_and_no_paper_stands_for_is_named(course: Course) -> None:
    put_on_file(course)
    scan = course.selection.documents.filter(kind=Paper.EVIDENCE).earliest("pk")
    with beside_an_entry():
        Document.objects.filter(sha256=scan.sha256).update(sha256="ab" * 32)
    told = gaps(signed_in(course, "jiandu").get(page(course)))
    assert any(one.endswith("未归卷。") for one in told)


def test_what_one_candidate_lacks_stands_under_that_name(course: Course) -> None:
    """Of those who left at an earlier stage nothing later is asked."""
    put_on_file(course)
    inspected = course.inspected[1]
    with beside_an_entry():
        Talk.objects.filter(candidacy=inspected, group="middle").delete()
    answer = signed_in(course, "jiandu").get(page(course))
    ((name, found),) = answer.context["gaps"]
    assert (name, len(found)) == (inspected.person.name, 1)
    assert "未与此类对象谈话" in found[0]["says"]


def test_what_all_lack_is_said_once(course: Course) -> None:
    put_on_file(course)
    with beside_an_entry():
        type(course.selection).objects.filter(pk=course.selection.pk).update(approved_by=None)
        Participation.objects.filter(part=Part.OFFICER).delete()
    ((name, found),) = signed_in(course, "jiandu").get(page(course)).context["gaps"]
    assert name == ""
    assert [one["says"] for one in found] == ["没有动议同意人记录。", "没有经办人记录。"]


def test_it_is_reached_from_the_papers_and_from_the_record(course: Course) -> None:
    number = course.selection.number
    for username, where in (("jingban", "selection_papers"), ("jiandu", "record_of")):
        assert page(course) in words(signed_in(course, username).get(reverse(where, args=[number])))


def test_a_longer_file_takes_no_more_queries(course: Course) -> None:
    client, where = signed_in(course, "jiandu"), page(course)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(where)
        return len([query for query in captured if "SAVEPOINT" not in query["sql"]])

    queries()
    before = queries()
    for nth in range(30):
        Document.objects.create(
            selection=course.selection,
            kind=Paper.EVIDENCE,
            title=f"补充材料{nth}",
            state=DocumentState.KEPT,
            name="补充材料.pdf",
            sha256=hashlib.sha256(str(nth).encode()).hexdigest(),
            requested_by=course.county["jingban"],
            requested_at=course.at,
            kept_at=course.at,
        )
    assert (before, queries()) == (12, 12)
    assert "补充材料29" in words(client.get(where))
