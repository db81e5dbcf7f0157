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
from selection.documents import filing, making, seal
from selection.enums import DocumentState
from selection.models import Document
from selection.stages import charge
from selection.web import check_paper
from tests.factories import Course, Point, person
from tests.selection.beside import beside_an_entry
from tests.selection.documents.test_examiner import (
    annotate,
    catalogue,
    contents,
    flipped,
    look_alike,
    paint_over,
    saved_anew,
    updated,
)
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


# --- what the seal explains --------------------------------------------------------------------------------------

STRIPPED = "这是纪实中的文书，但印章已被去掉"
REPLACED = "这份文书的印章被改动或者替换"
TOLD = (SAME, LONGER, STRIPPED, REPLACED, UNKNOWN)


@pytest.fixture
def made(course: Course) -> Document:
    """A paper that the site has made and sealed."""
    waiting = Document.objects.filter(selection=course.selection, state=DocumentState.REQUESTED).order_by("pk").last()
    assert waiting is not None
    assert making.make(waiting.pk, at=course.at)
    waiting.refresh_from_db()
    assert waiting.unsealed
    return waiting


def verdicts(page: str) -> list[str]:
    return [word for word in TOLD if word in page]


@pytest.mark.slow
def test_a_sealed_paper_is_told_from_each_of_its_mutations(course: Course, made: Document) -> None:
    kept = filing.read(made.sha256)
    bare = kept[: kept.index(b"%%EOF") + 6]
    assert next(check_paper.beginnings(bare))[0] == made.unsealed
    padding = contents(kept).stop - 2
    mutations = {
        "kept": (kept, SAME),
        "catalogue": (updated(kept, catalogue), LONGER),
        "painted over": (updated(kept, paint_over), LONGER),
        "annotated": (updated(kept, annotate), LONGER),
        "garbage": (kept + b"\0" * 40, LONGER),
        "stripped": (bare, STRIPPED),
        "a flip in the padding": (flipped(kept, padding), REPLACED),
        "a flip in the signature": (flipped(kept, contents(kept).start + 300), REPLACED),
        "stripped and painted over": (updated(bare, paint_over), REPLACED),
        "a flip in a page": (flipped(kept, len(bare) // 2), UNKNOWN),
        "saved anew": (saved_anew(kept), UNKNOWN),
        "cut off": (kept[: len(bare) - 9], UNKNOWN),
    }
    for how, (content, verdict) in mutations.items():
        page = answer(course, content).content.decode()
        assert verdicts(page) == [verdict], how
        assert (made.title in page) is (verdict != UNKNOWN), how
    assert "盖章后被改动过" in answer(course, mutations["a flip in a page"][0]).content.decode()
    assert "没有印章" in answer(course, mutations["stripped and painted over"][0]).content.decode()


@pytest.mark.slow
@LANGUAGES
def test_a_look_alike_seal_is_told_on_a_paper_of_ours_and_on_any_other(
    course: Course, made: Document, language: str, settings: Any, tmp_path: Any
) -> None:
    kept = filing.read(made.sha256)
    bare = kept[: kept.index(b"%%EOF") + 6]
    foreign = {"zh-hans": "其证书都不是本站的", "en": "none of this site"}[language]
    page = answer(course, look_alike(bare, settings, tmp_path), language=language).content.decode()
    assert made.title in page
    assert foreign in page
    page = answer(course, look_alike(saved_anew(bare), settings, tmp_path), language=language).content.decode()
    assert made.title not in page
    assert foreign in page


@pytest.mark.slow
@LANGUAGES
def test_a_sealed_file_that_the_record_does_not_know_is_no_paper_of_it(
    course: Course, made: Document, language: str
) -> None:
    """The key was used past the record, or another site has the same."""
    kept = filing.read(made.sha256)
    page = answer(course, seal.sealed(saved_anew(kept[: kept.index(b"%%EOF") + 6]), at=course.at), language=language)
    said = {"zh-hans": "盖有本站印章，但纪实中没有这份文件", "en": "the record does not know it"}[language]
    assert said in page.content.decode()
    assert SAME not in page.content.decode()
    assert made.title not in page.content.decode()


@pytest.mark.slow
def test_whoever_is_recused_does_not_learn_whose_seal_was_taken_off(course: Course, made: Document) -> None:
    kept = filing.read(made.sha256)
    own = person(course.county, "郑示监", at=course.at)
    auditor = course.county["jiandu"]
    with beside_an_entry():
        auditor.person = own
        auditor.save(update_fields=["person"])
    charge.recuse_person(course.selection, **course.by("jingban"), person=own, reason="系考察对象的亲属。")
    for content, verdict in ((kept[: kept.index(b"%%EOF") + 6], STRIPPED), (flipped(kept, len(kept) - 900), REPLACED)):
        page = answer(course, content).content.decode()
        assert verdicts(page) == [verdict]
        assert "对您不开放" in page
        for hidden in (made.title, course.selection.number, str(course.selection.post)):
            assert hidden not in page


@pytest.mark.slow
def test_two_papers_are_each_told_by_their_own_name(course: Course, made: Document, filed: Document) -> None:
    """Whoever puts one in the place of the other is found by the title."""
    for paper, other in ((made, filed), (filed, made)):
        page = answer(course, filing.read(paper.sha256)).content.decode()
        assert (paper.title in page, other.title in page) == (True, False)


@pytest.mark.slow
def test_a_row_that_claims_a_file_as_its_unsealed_paper_is_not_believed(course: Course, made: Document) -> None:
    forged = saved_anew(filing.read(made.sha256))
    with beside_an_entry(course.selection):
        Document.objects.filter(pk=made.pk).update(unsealed=next(check_paper.beginnings(forged))[0])
    page = answer(course, forged).content.decode()
    assert verdicts(page) == [UNKNOWN]
    assert made.title not in page
