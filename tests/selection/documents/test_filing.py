"""Files are known by their content: what is kept, what is refused, and that nothing half is ever left."""

import hashlib
import io
import os
import resource
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image

from selection.documents import filing


def everything_below(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


@contextmanager
def a_disk_with_room_for(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.covers("WPR-21")
def test_keep_puts_a_file_under_its_hash(papers: Path, pdf: bytes) -> None:
    upload = filing.keep(pdf, "考察材料.pdf")
    digest = hashlib.sha256(pdf).hexdigest()
    assert (upload.name, upload.sha256, upload.size) == ("考察材料.pdf", digest, len(pdf))
    assert upload.media_type == "application/pdf"
    assert everything_below(papers) == [papers / digest[:2] / digest[2:]]
    assert everything_below(papers)[0].stat().st_mode & 0o777 == 0o600
    assert filing.read(digest) == pdf


def test_keep_takes_the_same_bytes_once(papers: Path, pdf: bytes, jpeg: bytes) -> None:
    first, again = filing.keep(pdf, "甲.pdf"), filing.keep(pdf, "乙.pdf")
    assert first.sha256 == again.sha256
    assert (first.name, again.name) == ("甲.pdf", "乙.pdf")
    assert len(everything_below(papers)) == 1
    filing.keep(jpeg, "照片.jpg")
    assert len(everything_below(papers)) == 2


def test_keep_mends_a_damaged_file(papers: Path, pdf: bytes) -> None:
    upload = filing.keep(pdf, "甲.pdf")
    filing.place_of(upload.sha256).write_bytes(pdf[:-1])
    assert filing.keep(pdf, "甲.pdf") == upload
    assert filing.read(upload.sha256) == pdf


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "empty"),
        (b"<!doctype html><script>alert(1)</script>", "other_type"),
        (b"<html>%PDF-1.7\nstartxref\n9\n%%EOF", "other_type"),
        (b"%PDF-1.7\nonly the head of a document", "broken"),
        (b"%PDF-1.7\nstartxref\n9\n%%EOF" + b"\n<html>" * 2000, "broken"),
        (b"PK\x03\x04word/document.xml", "broken"),
        (b"\x89PNG\r\n\x1a\n", "broken"),
        (b"GIF89a", "other_type"),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00", "broken"),
    ],
)
def test_keep_refuses_what_it_cannot_read_whatever_its_name(papers: Path, content: bytes, code: str) -> None:
    with pytest.raises(filing.Unfit) as refusal:
        filing.keep(content, "证明.pdf")
    assert refusal.value.code == code
    assert refusal.value.messages[0]
    assert everything_below(papers) == []


def archive(*names: str, content: bytes = b"<xml/>") -> bytes:
    """A container as office programs write it, with these parts."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as parts:
        for name in names:
            parts.writestr(name, content)
    return kept.getvalue()


WORD = ("[Content_Types].xml", "word/document.xml")


@pytest.mark.parametrize(
    ("names", "media_type", "kept_as"),
    [
        (("OFD.xml", "Doc_0/Document.xml"), filing.OFD, "批复.ofd"),
        (WORD, filing.DOCX, "批复.docx"),
    ],
)
def test_keep_takes_ofd_and_docx_by_what_lies_in_them(
    papers: Path, names: tuple[str, ...], media_type: str, kept_as: str
) -> None:
    upload = filing.keep(archive(*names), kept_as)
    assert (upload.media_type, upload.name) == (media_type, kept_as)
    assert filing.keep(archive(*names), "批复").name == kept_as


def test_keep_takes_a_png(papers: Path) -> None:
    kept = io.BytesIO()
    Image.new("RGB", (40, 30), "white").save(kept, "PNG")
    assert filing.keep(kept.getvalue(), "扫描.PNG").name == "扫描.png"
    with pytest.raises(filing.Unfit) as refusal:
        filing.keep(kept.getvalue()[:60], "扫描.png")
    assert refusal.value.code == "broken"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (archive("xl/workbook.xml", "[Content_Types].xml"), "other_type"),
        (archive(*WORD, "word/vbaProject.bin"), "macros"),
        (archive(*WORD, "../../etc/cron.d/task"), "broken"),
        (archive(*WORD)[:-30], "broken"),
        (archive(*WORD, content=b"0" * 110 * 1024 * 1024), "too_large"),
        (archive(*WORD).replace(b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01"), "locked"),
    ],
    ids=["spreadsheet", "macros", "outside", "torn", "bomb", "locked"],
)
def test_keep_refuses_a_container_that_may_do_harm(papers: Path, content: bytes, code: str) -> None:
    with pytest.raises(filing.Unfit) as refusal:
        filing.keep(content, "批复.docx")
    assert refusal.value.code == code
    assert everything_below(papers) == []


def test_keep_refuses_a_picture_that_breaks_off(papers: Path, jpeg: bytes) -> None:
    with pytest.raises(filing.Unfit) as refusal:
        filing.keep(jpeg[: len(jpeg) // 2], "照片.jpg")
    assert refusal.value.code == "broken"
    assert everything_below(papers) == []


def test_keep_takes_20_mb_and_not_a_byte_more(papers: Path, pdf: bytes) -> None:
    head, tail = pdf[:9], pdf[9:]
    largest = head + b"%" * (filing.MOST_BYTES - len(pdf)) + tail
    assert len(largest) == 20 * 1024 * 1024
    assert filing.keep(largest, "大.pdf").size == len(largest)
    with pytest.raises(filing.Unfit) as refusal:
        filing.keep(head + b"%" + largest[9:], "太大.pdf")
    assert refusal.value.code == "too_large"
    assert len(everything_below(papers)) == 1


def test_keep_leaves_nothing_half_on_a_full_disk(papers: Path, pdf: bytes) -> None:
    large = pdf[:9] + b"%" * 100_000 + pdf[9:]
    with a_disk_with_room_for(50_000), pytest.raises(OSError, match="File too large"):
        filing.keep(large, "甲.pdf")
    assert everything_below(papers) == []
    assert filing.read(filing.keep(large, "甲.pdf").sha256) == large


def test_sweep_removes_what_a_killed_process_left_and_nothing_that_is_being_written(papers: Path, pdf: bytes) -> None:
    kept = filing.keep(pdf, "甲.pdf")
    left, being_written = papers / "fresh" / "0123", papers / "fresh" / "4567"
    for path in (left, being_written):
        path.write_bytes(b"%PDF-1.7 half")
    an_hour_ago = time.time() - filing.LEFT_BEHIND - 60
    for old in (left, filing.place_of(kept.sha256)):
        os.utime(old, (an_hour_ago, an_hour_ago))
    assert filing.sweep() == 1
    assert everything_below(papers) == sorted([being_written, filing.place_of(kept.sha256)])


def test_has_room_says_whether_another_file_could_be_kept(papers: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert filing.has_room()
    monkeypatch.setattr(filing, "MOST_BYTES", 2**62)
    assert not filing.has_room()


def test_read_refuses_a_file_that_was_altered_or_is_gone(pdf: bytes) -> None:
    upload = filing.keep(pdf, "甲.pdf")
    filing.place_of(upload.sha256).write_bytes(pdf.replace(b"1 0 obj", b"2 0 obj"))
    with pytest.raises(filing.Damaged):
        filing.read(upload.sha256)
    filing.place_of(upload.sha256).unlink()
    with pytest.raises(filing.Damaged):
        filing.read(upload.sha256)


@pytest.mark.parametrize("name", ["../../etc/passwd", "", "0" * 63, "A" * 64, "0" * 64 + "/.."])
def test_place_of_takes_nothing_but_a_hash(name: str) -> None:
    with pytest.raises(ValueError, match="SHA-256"):
        filing.place_of(name)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("任免表.pdf", "任免表.pdf"),
        ("任免表.PDF", "任免表.pdf"),
        ("C:\\文件\\任免表.pdf", "任免表.pdf"),
        ("../../etc/cron.pdf", "cron.pdf"),
        ("任免表.jpg", "任免表.jpg.pdf"),
        ("任免\r\n表\u202e.pdf", "任免表.pdf"),
        ("", "file.pdf"),
        ("..", "file.pdf"),
        ("长" * 200 + ".pdf", "长" * 116 + ".pdf"),
    ],
)
def test_name_for_is_short_plain_and_ends_as_its_type(given: str, kept: str) -> None:
    assert filing.name_for(given, filing.PDF) == kept
