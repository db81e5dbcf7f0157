"""What was seen elsewhere shows what a chain alone cannot: an old backup, an end cut off, a stream gone (别处所见)."""

import io
import json
from pathlib import Path

import pytest
from django.core.management import call_command

from audit import extent
from tests.audit.entries import entry, remember
from tests.audit.test_verification import sql

pytestmark = [pytest.mark.django_db, pytest.mark.tampers]


def a_record() -> None:
    for seq in range(4):
        remember(entry("selection:17", req=f"r{seq}"))
    file = {"name": "考察报告.pdf", "sha256": "ab" * 32, "bytes": 7}
    for seq in range(3):
        remember(entry("person:5", req=f"p{seq}", files=[file]))


def verify(**options: object) -> tuple[int, str]:
    output = io.StringIO()
    try:
        call_command("verify_record", stdout=output, stderr=output, **options)
    except SystemExit as ended:
        return int(ended.code or 0), output.getvalue()
    return 0, output.getvalue()


@pytest.fixture(params=["heads", "dump"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """What an auditor took away one day, in either form."""
    a_record()
    file = tmp_path / "kept"
    assert verify(**{request.param: file})[0] == 0
    return file


def test_a_record_that_has_grown_extends_what_was_seen(kept: Path) -> None:
    remember(entry("selection:17", req="later"), entry("organisation:3", req="later"))
    code, said = verify(seen=kept)
    assert code == 0
    assert "The record extends all that has been seen of 2 streams." in said


@pytest.mark.parametrize(
    ("attack", "says"),
    [
        (
            "DELETE FROM audit_entry WHERE stream = 'selection:17' AND seq > 1",
            "selection:17：缺少末尾 2 条（曾见到第 3 条） / the last 2 entries are missing (entry 3 has been seen)",
        ),
        (
            "DELETE FROM audit_entry WHERE stream = 'person:5'",
            "person:5：缺少末尾 3 条（曾见到第 2 条） / the last 3 entries are missing (entry 2 has been seen)",
        ),
    ],
)
def test_what_is_missing_at_the_end_is_named_and_counted(kept: Path, attack: str, says: str) -> None:
    """The chain itself finds nothing: what is left is whole."""
    sql(attack)
    assert verify()[0] == 0
    code, said = verify(seen=kept)
    assert code == 1
    assert "The record is older than the one seen elsewhere, or is another one:" in said
    assert [line.strip() for line in said.splitlines() if "：缺" in line or "：第" in line] == [says]


def test_a_stream_that_went_another_way_is_named(kept: Path) -> None:
    """Cut off and continued, so that it is as long as before, and its own chain is whole."""
    sql("DELETE FROM audit_entry WHERE stream = 'selection:17' AND seq > 1")
    for number in range(3):
        remember(entry("selection:17", req=f"other{number}"))
    assert verify()[0] == 0
    code, said = verify(seen=kept)
    assert code == 1
    assert "selection:17：第 3 条不是曾见到的那一条 / entry 3 is not the one that has been seen" in said


def test_one_stream_alone_can_be_compared(kept: Path) -> None:
    sql("DELETE FROM audit_entry WHERE stream = 'selection:17' AND seq > 1")
    assert verify(seen=kept, stream="person:5")[0] == 0
    assert verify(seen=kept, stream="selection:17")[0] == 1


@pytest.mark.parametrize("content", ["", "{", '{"heads": {"selection:17": [1]}}', '{"heads": 3}', "gone"])
def test_what_cannot_be_read_is_no_proof(tmp_path: Path, content: str) -> None:
    a_record()
    file = tmp_path / "kept"
    if content != "gone":
        file.write_text(content)
    code, said = verify(seen=file)
    assert code == 2
    assert "what was seen cannot be read" in said


def test_heads_hold_numbers_and_hashes_alone(tmp_path: Path) -> None:
    a_record()
    verify(heads=tmp_path / "kept")
    assert json.loads((tmp_path / "kept").read_text()) == {
        "heads": {stream: list(head) for stream, head in extent.heads().items()}
    }
    assert {stream: head.seq for stream, head in extent.heads().items()} == {"person:5": 2, "selection:17": 3}
    assert verify(heads=tmp_path / "kept")[0] == 2, "an older file is never overwritten"


def test_the_files_that_entries_name_are_listed_once() -> None:
    a_record()
    assert extent.files() == {"ab" * 32}
