"""Papers: who may fetch one, what is recorded of it, how far it is, and how it is filed and asked for (材料页面)."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from audit import reading
from selection import clock
from selection.documents import filing, making
from selection.enums import Act, DocumentState, Paper
from selection.models import Account, Document
from selection.stages import charge
from selection.web.acts import act_url
from tests.factories import Course, Point, person
from tests.page_lint import LintingClient
from tests.selection.beside import beside_an_entry
from tests.selection.web.standing import fill_in, signed_in, standing_at

pytestmark = pytest.mark.django_db

LANGUAGES = pytest.mark.parametrize("language", ["zh-hans", "en"])
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\nstartxref\n9\n%%EOF\n"


@pytest.fixture(scope="module")
def standing(django_db_setup: None, django_db_blocker: Any) -> Iterator[Course]:
    with standing_at(Point.NOTICE, django_db_blocker) as course:
        yield course


@pytest.fixture
def course(standing: Course, db: None, settings: Any, tmp_path: Any) -> Course:
    settings.PAPERS_ROOT = tmp_path / "papers"
    return standing


@pytest.fixture
def filed(course: Course) -> Document:
    """A document that staff have filed on the page of the act."""
    answer = file_document(course)
    assert answer.status_code == 302
    return Document.objects.get(title="会议纪要")


def file_document(course: Course, content: bytes = PDF, language: str = "zh-hans", **given: Any) -> Any:
    upload = SimpleUploadedFile("纪要 1.pdf", content)
    return fill_in(
        signed_in(course, "jingban", language),
        act_url(Act.FILE_DOCUMENT, course.selection),
        **{"title": "会议纪要", "upload": upload, **given},
    )


def fetch(course: Course, username: str, paper: Document) -> Any:
    return signed_in(course, username).get(reverse("document", args=[paper.pk]))


@pytest.mark.parametrize("username", ["jingban", "buzhang", "shuji", "jiandu"])
@pytest.mark.covers("WPR-21")
def test_whoever_sees_the_selection_fetches_its_papers(course: Course, filed: Document, username: str) -> None:
    answer = fetch(course, username, filed)
    assert b"".join(answer.streaming_content) == PDF
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer["Cache-Control"]
    last = reading.entries(stream="access", newest_first=True).first()
    assert last is not None
    assert (last.data["what"], last.object, last.case, last.actor["name"]) == (
        "document",
        ("document", str(filed.pk)),
        course.selection.streams()[0],
        course.county[username].name,
    )


@pytest.mark.parametrize("username", ["jiwei", "jisheng", "lingdao", "changwei1", "guanli", "jipiao1"])
@pytest.mark.covers("WPR-21", refused=True)
def test_nobody_else_fetches_or_learns_of_one(course: Course, filed: Document, username: str) -> None:
    before = len(reading.entries(stream="access"))
    client = signed_in(course, username)
    for where in (reverse("document", args=[filed.pk]), reverse("document_state", args=[filed.pk])):
        answer = client.get(where)
        assert answer.status_code == 404
        assert filed.title not in answer.content.decode()
    assert len(reading.entries(stream="access")) == before


def test_somebody_who_is_recused_fetches_nothing(course: Course, filed: Document) -> None:
    own = person(course.county, "郑示监", at=course.at)
    with beside_an_entry():
        Account.objects.filter(username="jiandu").update(person=own)
    charge.recuse_person(course.selection, **course.by("jingban"), person=own, reason="系考察对象的亲属。")
    assert fetch(course, "jiandu", filed).status_code == 404


@pytest.mark.covers("WPR-21", refused=True)
def test_a_paper_of_nobody_and_one_that_is_not_made_are_not_there(course: Course) -> None:
    waiting = Document.objects.get(kind=Paper.NOTICE)
    assert waiting.state == DocumentState.REQUESTED
    client = signed_in(course, "jingban")
    for pk in (waiting.pk, 999_999):
        assert client.get(reverse("document", args=[pk])).status_code == 404


@LANGUAGES
@pytest.mark.parametrize("damage", [b"%PDF-1.7 another file", None])
@pytest.mark.covers("WPR-21", refused=True)
def test_a_file_that_was_exchanged_or_lost_is_not_handed_out(
    course: Course, filed: Document, damage: bytes | None, language: str
) -> None:
    place = filing.place_of(filed.sha256)
    place.unlink() if damage is None else place.write_bytes(damage)
    answer = signed_in(course, "jingban", language).get(reverse("document", args=[filed.pk]))
    assert answer.status_code == 500
    assert filed.sha256 in answer.content.decode()
    assert "another file" not in answer.content.decode()
    assert not [one for one in reading.entries(stream="access") if one.data.get("what") == "document"]


@LANGUAGES
def test_the_row_of_a_paper_is_asked_until_it_is_made(course: Course, filed: Document, language: str) -> None:
    client = signed_in(course, "jingban", language)
    waiting = Document.objects.get(kind=Paper.NOTICE)
    rows = {
        paper: client.get(reverse("document_state", args=[paper.pk])).content.decode() for paper in (waiting, filed)
    }
    assert f'hx-get="{reverse("document_state", args=[waiting.pk])}"' in rows[waiting]
    assert reverse("document", args=[waiting.pk]) + '"' not in rows[waiting]
    assert ("等待生成" if language == "zh-hans" else "Waiting to be made") in rows[waiting]
    with making._alone_with(waiting.pk):
        row = client.get(reverse("document_state", args=[waiting.pk])).content.decode()
    assert ("正在生成" if language == "zh-hans" else "Being made") in row
    assert f'hx-get="{reverse("document_state", args=[waiting.pk])}"' in row
    assert "hx-get" not in rows[filed]
    assert reverse("document", args=[filed.pk]) + '"' in rows[filed]


@LANGUAGES
def test_a_paper_that_waits_for_long_says_why(
    course: Course, language: str, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    client = signed_in(course, "jingban", language)
    waiting = Document.objects.get(kind=Paper.NOTICE)
    page, row = reverse("selection_papers", args=[course.now().number]), reverse("document_state", args=[waiting.pk])
    for_worker, no_room = {
        "zh-hans": ("等待后台处理", "磁盘空间不足"),
        "en": ("It waits for the worker", "There is no room for papers on the disk."),
    }[language]

    def said(address: str) -> list[bool]:
        content = client.get(address).content.decode()
        return [words in content for words in (for_worker, no_room)]

    assert said(page) == said(row) == [True, False]
    with making._alone_with(waiting.pk):
        assert said(row) == [False, False]
    monkeypatch.setattr(filing, "MOST_BYTES", 2**62)
    assert said(page) == said(row) == [False, True]
    monkeypatch.setattr(clock, "now", lambda: waiting.requested_at + timedelta(seconds=50))
    assert said(row) == [False, False]


@LANGUAGES
@pytest.mark.covers("WPR-21", refused=True)
def test_what_is_no_pdf_and_no_jpeg_is_not_filed(course: Course, language: str) -> None:
    answer = file_document(course, b"<html><script>alert(1)</script></html>", language)
    assert answer.status_code == 422
    assert 'href="#id_upload"' in answer.content.decode()
    assert not Document.objects.filter(title="会议纪要").exists()


def test_a_document_is_filed_for_one_candidate(course: Course) -> None:
    candidacy = course.candidacies[1]
    assert file_document(course, candidacy=str(candidacy.pk)).status_code == 302
    assert Document.objects.get(title="会议纪要").candidacy_id == candidacy.pk


@LANGUAGES
@pytest.mark.parametrize("username", ["jingban", "jiandu"])
@pytest.mark.covers("WPR-19")
def test_the_record_form_is_asked_for_anew(course: Course, username: str, language: str) -> None:
    client = signed_in(course, username, language)
    where = act_url(Act.REQUEST_DOCUMENT, course.selection, kind=Paper.RECORD_FORM.value)
    assert client.get(where).context["form"]["kind"].value() == "record_form"
    assert fill_in(client, where).status_code == 302
    (paper,) = Document.objects.filter(kind=Paper.RECORD_FORM)
    assert paper.state == DocumentState.REQUESTED
    assert fill_in(client, act_url(Act.REQUEST_DOCUMENT, course.selection), kind=Paper.NOTICE.value).status_code == 422


def test_whoever_is_not_logged_in_fetches_nothing(course: Course, filed: Document) -> None:
    answer = LintingClient().get(reverse("document", args=[filed.pk]))
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/office/log-in/")
