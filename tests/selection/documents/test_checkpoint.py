"""What a paper carries of the record: the last checkpoint, in words and as a code that a telephone reads."""

import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from pypdf import PdfReader

from audit import tree
from selection.documents import checkpoint, filing, making, requests
from selection.enums import DocumentState, Paper
from selection.models import Document
from tests.audit.notarising import Office
from tests.factories import Course, Point, run_to
from tests.selection.documents.printed import words, words_of
from tests.selection.documents.test_ballots import announced as counted

pytestmark = [pytest.mark.django_db(transaction=True, databases=["default", "box"]), pytest.mark.slow]

NONE_YET = "本文书制作时，系统记录尚无封签。"


@pytest.fixture
def office(tmp_path: Path, settings: Any) -> Iterator[Office]:
    settings.NOTARY_STATE, settings.NOTARY_KEY = tmp_path / "notary", ""
    one = Office(tmp_path / "notary")
    yield one
    one.end()


def made(course: Course, kind: Paper) -> Document:
    """The last paper of this kind, made now."""
    document = Document.objects.filter(kind=kind).latest("pk")
    assert making.make(document.pk, at=course.at)
    document.refresh_from_db()
    assert (document.state, document.problem) == (DocumentState.KEPT, "")
    return document


def published() -> tuple[Course, Paper]:
    return run_to(Point.NOTICE), Paper.NOTICE


def listed() -> tuple[Course, Paper]:
    course = run_to(Point.LISTED)
    requests.request_document(course.selection, **course.by("jingban"), kind=Paper.RECORD_FORM)
    return course, Paper.RECORD_FORM


def announced() -> tuple[Course, Paper]:
    course = run_to(Point.DECIDED)
    requests.request_count_report(course.round, **course.by("jingban"))
    return course, Paper.COUNT_REPORT


def closed() -> tuple[Course, Paper]:
    course = run_to(Point.DECIDED)
    requests.request_minutes(course.meeting, **course.by("jingban"))
    return course, Paper.MINUTES


def codes_on_last_page(content: bytes) -> list[str]:
    """What the codes on the last page say, as a scanner of 200 dots to the inch sees it."""
    with pypdfium2.PdfDocument(content) as paper:
        page = paper[len(paper) - 1].render(scale=200 / 72, grayscale=True).to_pil()
    return [found.text for found in zxingcpp.read_barcodes(page, formats=zxingcpp.BarcodeFormat.QRCode)]


@pytest.mark.parametrize("asked", [listed, announced, closed])
def test_a_paper_carries_the_last_checkpoint_in_words_and_whole_as_a_code(asked: Any, office: Office) -> None:
    course, kind = asked()
    office.step()
    document = made(course, kind)
    last = tree.latest()
    assert last is not None
    assert document.checkpoint == last.number
    content = filing.read(document.sha256)
    said = words_of(content)
    assert f"第{last.number}号，收入记录{last.size}条" in said
    assert last.root in said
    assert NONE_YET not in said
    assert last.note in codes_on_last_page(content)


def test_a_notice_stays_one_page_and_its_only_code_leads_to_its_page(office: Office) -> None:
    course, kind = published()
    office.step()
    document, last = made(course, kind), tree.latest()
    content = filing.read(document.sha256)
    assert last is not None
    assert document.checkpoint == last.number
    assert f"第{last.number}号，收入记录{last.size}条" in words_of(content)
    assert last.root in words_of(content)
    assert [code.rpartition("/notices/")[2].strip("/") for code in codes_on_last_page(content)] == [
        course.appointment.notice_slug
    ]
    with pypdfium2.PdfDocument(content) as paper:
        assert len(paper) == 1


@pytest.mark.parametrize("number", [1, 4, 5, 6, 7, 8, 9, 10])
def test_the_code_of_a_report_never_stands_apart_from_the_lines_to_sign(number: int, office: Office) -> None:
    course = counted(number)
    office.step()
    requests.request_count_report(course.round, **course.by("jingban"))
    content = filing.read(made(course, Paper.COUNT_REPORT).sha256)
    last = tree.latest()
    assert last is not None
    assert codes_on_last_page(content) == [last.note]
    assert "主持人（签名）" in words(PdfReader(io.BytesIO(content)).pages[-1].extract_text())


def test_a_paper_made_again_with_the_checkpoint_it_carried_has_the_same_bytes(office: Office) -> None:
    course, kind = published()
    office.step()
    document = made(course, kind)
    kept, carried = filing.read(document.sha256), tree.latest()
    office.step()  # what keeping the paper recorded
    assert tree.latest() != carried
    assert document.kept_at is not None
    again = making.pdf(document, checkpoint.of(document), at=document.kept_at)
    assert kept.startswith(again)  # and then comes the seal
    assert hashlib.sha256(again).hexdigest() == document.unsealed
    assert not kept.startswith(making.pdf(document, checkpoint.last_for(document), at=document.kept_at))


def test_a_paper_made_before_the_first_checkpoint_says_so() -> None:
    course, kind = listed()
    document = made(course, kind)
    content = filing.read(document.sha256)
    assert document.checkpoint is None
    assert NONE_YET in words_of(content)
    assert codes_on_last_page(content) == []


def test_blank_ballots_printed_under_different_checkpoints_do_not_differ(office: Office) -> None:
    course = run_to(Point.PREPARED)
    printed = []
    for _time in range(2):
        office.step()
        requests.request_ballot_paper(course.round, **course.by("jingban"))
        document = made(course, Paper.BALLOT_PAPER)
        assert (document.checkpoint, document.unsealed) == (None, "")
        printed.append(filing.read(document.sha256))
    assert printed[0] == printed[1]
    assert b"/ByteRange" not in printed[0]
    said = words_of(printed[0])
    assert "封签" not in said
    assert codes_on_last_page(printed[0]) == []
    assert tree.latest() is not None
