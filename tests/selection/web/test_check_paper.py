"""Checking a paper: the kept file is told from an altered, a lengthened and a foreign one, and hides whose it is."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit import reading
from selection.enums import DocumentState
from selection.models import Document
from selection.stages import charge
from selection.web import check_paper
from tests.factories import Course, Point, person
from tests.selection.beside import beside_an_entry
from tests.selection.web.standing import signed_in, standing_at
from tests.selection.web.test_papers import PDF, file_document

pytestmark = [pytest.mark.django_db, pytest.mark.covers("WPR-20", refused=True)]

LANGUAGES = pytest.mark.parametrize("language", ["zh-hans", "en"])
SAME, LONGER, UNKNOWN = "与纪实中的文书逐字节一致", "这份文书在留存之后被添加了内容", "不是纪实中的文书"
LARGE = b"%PDF-" + b"0" * 20 * 1024 * 1024
UPDATE = b"9 0 obj<</Type/Annot>>endobj\nxref\n0 0\ntrailer<</Prev 9>>\nstartxref\n60\n%%EOF\n"


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
    assert file_document(course).status_code == 302
    return Document.objects.get(title="会议纪要")


def answer(course: Course, content: bytes, username: str = "jiandu", language: str = "zh-hans") -> Any:
    client = signed_in(course, username, language)
    return client.post(reverse("check_paper"), {"file": SimpleUploadedFile("收到的文件.pdf", content)})


@LANGUAGES
def test_the_kept_file_is_the_paper_of_the_record(course: Course, filed: Document, language: str) -> None:
    page = answer(course, PDF, language=language).content.decode()
    assert {"zh-hans": SAME, "en": "This is the paper of the record, byte for byte"}[language] in page
    assert filed.title in page
    assert course.selection.number in page
    entry = reading.entries(stream=course.selection.streams()[0], naming=filed.sha256).first()
    assert entry is not None
    assert reverse("audit:entry", args=[entry.stream, entry.seq]) in page


ALTERED = {
    "a bit flipped": (PDF.replace(b"1 0 obj", b"1 0 obk"), UNKNOWN),
    "painted over by an incremental update": (PDF + UPDATE, LONGER),
    "updated twice": (PDF + UPDATE + UPDATE, LONGER),
    "something after its end": (PDF + b"\0" * 40, LONGER),
    "one line feed more": (PDF + b"\n", LONGER),
    "without its last line feed": (PDF[:-1], UNKNOWN),
    "cut off": (PDF[:20], UNKNOWN),
    "saved anew": (PDF.replace(b"\n", b"\r\n"), UNKNOWN),
    "something before it": (b"%PDF-1.7\n" + PDF, UNKNOWN),
    "another paper": (b"%PDF-1.7\nelse\nstartxref\n9\n%%EOF\n", UNKNOWN),
    "no PDF": (b"hello", UNKNOWN),
}


@pytest.mark.parametrize("how", ALTERED)
def test_a_file_that_is_not_the_kept_one_is_told_as_such(course: Course, filed: Document, how: str) -> None:
    content, verdict = ALTERED[how]
    page = answer(course, content).content.decode()
    assert [word for word in (SAME, LONGER, UNKNOWN) if word in page] == [verdict]
    assert (filed.title in page) is (verdict == LONGER)
    if verdict == LONGER:
        assert f"其后添加了 {len(content) - len(PDF)} 字节" in page


def test_each_bit_counts(filed: Document, course: Course) -> None:
    for place in range(len(PDF)):
        mutated = bytearray(PDF)
        mutated[place] ^= 1
        found = check_paper.known(bytes(mutated), course.county["jiandu"])
        assert not any(one.is_it for one in found), place


def test_whoever_is_recused_learns_that_it_is_a_paper_and_nothing_else(course: Course, filed: Document) -> None:
    own = person(course.county, "郑示监", at=course.at)
    auditor = course.county["jiandu"]
    with beside_an_entry():
        auditor.person = own
        auditor.save(update_fields=["person"])
    charge.recuse_person(course.selection, **course.by("jingban"), person=own, reason="系考察对象的亲属。")
    for content, verdict in ((PDF, SAME), (PDF + UPDATE, LONGER)):
        page = answer(course, content).content.decode()
        assert verdict in page
        assert "对您不开放" in page
        for hidden in (filed.title, course.selection.number, str(course.selection.post), reverse("document", args=[1])):
            assert hidden not in page


def test_a_file_that_a_row_names_and_no_entry_is_no_paper_of_the_record(course: Course, filed: Document) -> None:
    """Somebody with the database has put a file in and made a row for it."""
    forged = PDF.replace(b"1 0 obj", b"2 0 obj")
    digest = next(iter(check_paper.beginnings(forged)))[0]
    with beside_an_entry():
        Document.objects.create(
            selection=course.selection, kind=filed.kind, title="伪造", state=DocumentState.KEPT, sha256=digest,
            size=len(forged), requested_by=filed.requested_by, requested_at=timezone.now(), kept_at=timezone.now(),
        )  # fmt: skip
    page = answer(course, forged).content.decode()
    assert "没有任何纪实记录提到它" in page
    assert SAME not in page


@pytest.mark.parametrize("username", ["jingban", "shuji", "jiandu"])
def test_staff_and_auditors_may_check(course: Course, filed: Document, username: str) -> None:
    assert SAME in answer(course, PDF, username).content.decode()


@pytest.mark.parametrize("username", ["changwei1", "guanli"])
def test_others_may_not(course: Course, filed: Document, username: str) -> None:
    refused = answer(course, PDF, username)
    assert refused.status_code == 403
    assert filed.title not in refused.content.decode()


@LANGUAGES
def test_what_cannot_be_compared_gets_a_sentence(course: Course, language: str, settings: Any) -> None:
    client = signed_in(course, "jiandu", language)
    for given, word in (
        ({}, {"zh-hans": "必填", "en": "required"}),
        ({"file": SimpleUploadedFile("空.pdf", b"")}, {"zh-hans": "文件是空的", "en": "The file is empty"}),
        (
            {"file": SimpleUploadedFile("大.pdf", b"%PDF-" + b"0" * 20 * 1024 * 1024)},
            {"zh-hans": "20 MB", "en": "20 MB"},
        ),
    ):
        page = client.post(reverse("check_paper"), given)
        assert page.status_code == 422
        assert word[language] in page.content.decode()


def test_nothing_of_it_is_kept_and_the_check_is_recorded(course: Course, filed: Document, tmp_path: Any) -> None:
    before = sorted(path for path in (tmp_path / "papers").rglob("*") if path.is_file())
    answer(course, PDF + UPDATE)
    answer(course, b"%PDF-1.7 secret name\n%%EOF")
    assert sorted(path for path in (tmp_path / "papers").rglob("*") if path.is_file()) == before
    looked = [entry for entry in reading.entries(stream="access") if "paper_checked" in entry.body]
    assert [entry.object for entry in looked] == [("document", str(filed.pk)), ("document", "")]
    assert "secret" not in "".join(entry.body for entry in looked)


def test_the_page_costs_the_same_for_a_file_with_many_endings(course: Course, filed: Document) -> None:
    client = signed_in(course, "jiandu")

    def cost(content: bytes) -> int:
        with CaptureQueriesContext(connection) as asked:
            client.post(reverse("check_paper"), {"file": SimpleUploadedFile("收到的文件.pdf", content)})
        return len(asked)

    cost(PDF)
    assert cost(PDF + UPDATE * 150) == cost(PDF + UPDATE) <= 16
