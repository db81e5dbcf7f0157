"""A superuser tampers with the stored record: command and page find it and name the place (核验)."""

import io
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

from audit import chain, reading
from audit.models import Entry, Opening
from tests.audit.entries import entry, remember

pytestmark = [pytest.mark.django_db, pytest.mark.tampers]

WITHOUT_GUARDS = "ALTER TABLE audit_entry DISABLE TRIGGER USER; ALTER TABLE audit_opening DISABLE TRIGGER USER;"
WITH_GUARDS = (
    "ALTER TABLE audit_entry ENABLE ALWAYS TRIGGER audit_entry_append_only;"
    "ALTER TABLE audit_entry ENABLE ALWAYS TRIGGER audit_entry_destroys_texts;"
    "ALTER TABLE audit_opening ENABLE ALWAYS TRIGGER audit_opening_unaltered;"
    "ALTER TABLE audit_opening ENABLE ALWAYS TRIGGER audit_opening_destroyed_by_entry;"
)
LEAF = "encode(sha256('\\x00'::bytea || convert_to(body, 'UTF8')), 'hex')"
EDIT = "UPDATE audit_entry SET body = replace(body, '\"seats\":1', '\"seats\":2')"
THIRD = "WHERE stream = 'selection:17' AND seq = 2"


def sql(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(WITHOUT_GUARDS + statement + ";" + WITH_GUARDS)


def a_record() -> None:
    """Five entries of selection 17, the third with a sealed text; three of person 5."""
    for seq in range(5):
        sealed = {"reason": "举报人反映的情况"} if seq == 2 else {}
        remember(entry("selection:17", req=f"r{seq}", sealed=sealed, data={"given": {"seats": 1}}))
    for seq in range(3):
        remember(entry("person:5", req=f"p{seq}"))


def destroy(stream: str = "selection:17") -> None:
    """The entry by which the one sealed text is destroyed."""
    remember(entry(stream, action=reading.DESTROYS, data={"facts": {"texts": [["selection:17", 2, "reason"]]}}))


def destroy_from_elsewhere() -> None:
    sql("DELETE FROM audit_opening")
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER audit_entry_destroys_texts")
    destroy("selection:18")
    sql("SELECT 1")


def keep_what_is_destroyed() -> None:
    kept = Opening.objects.get()
    destroy()
    Opening.objects.bulk_create([kept])


def swap() -> None:
    sql(
        "UPDATE audit_entry SET seq = 1000 WHERE stream = 'selection:17' AND seq = 1;"
        f"UPDATE audit_entry SET seq = 1 {THIRD};"
        "UPDATE audit_entry SET seq = 2 WHERE stream = 'selection:17' AND seq = 1000"
    )


def swap_contents() -> None:
    sql(
        "UPDATE audit_entry a SET body = b.body, leaf = b.leaf, req = b.req, recorded_at = b.recorded_at"
        " FROM audit_entry b WHERE a.stream = b.stream AND a.stream = 'selection:17'"
        " AND (a.seq, b.seq) IN ((1, 3), (3, 1))"
    )


def forged(seq: int, follows: str) -> str:
    """The body of an entry that nobody made, well formed and rightly hashed."""
    after = Entry.objects.get(stream="selection:17", seq=seq - 1)
    content = chain.parse(after.body) | {"seq": seq, "prev": follows, "req": "forged", "action": "forged"}
    content["data"] = {}
    return chain.canonical(content).decode()


def insert_forged(seq: int) -> str:
    previous = Entry.objects.get(stream="selection:17", seq=seq - 1)
    body = forged(seq, previous.leaf)
    return (
        "INSERT INTO audit_entry (stream, seq, recorded_at, leaf, body, at, action, actor_id, actor_name, case_name,"
        f" object_type, object_id, req, txid) SELECT stream, {seq}, recorded_at, '{chain.leaf(body)}', '{body}', at,"
        f" 'forged', actor_id, actor_name, case_name, object_type, object_id, 'forged', txid"
        f" FROM audit_entry WHERE stream = 'selection:17' AND seq = {seq - 1}"
    )


def insert_between() -> None:
    """A forged entry takes number 3; those after it are pushed on by one."""
    sql(
        "UPDATE audit_entry SET seq = seq + 1001 WHERE stream = 'selection:17' AND seq >= 3;"
        f"{insert_forged(3)};"
        "UPDATE audit_entry SET seq = seq - 1000 WHERE stream = 'selection:17' AND seq > 1000"
    )


def insert_twin() -> None:
    sql(f"ALTER TABLE audit_entry DROP CONSTRAINT one_entry_per_number_of_a_stream; {insert_forged(3)}")


def copy_to_another_stream() -> None:
    sql(
        "INSERT INTO audit_entry (stream, seq, recorded_at, leaf, body, at, action, actor_id, actor_name, case_name,"
        " object_type, object_id, req, txid) SELECT 'person:5', 3, recorded_at, leaf, body, at, action, actor_id,"
        f" actor_name, case_name, object_type, object_id, req, txid FROM audit_entry {THIRD}"
    )


Found = list[tuple[str, int | None, str]]
S = "selection:17"

ATTACKS: dict[str, tuple[str | Callable[[], None], Found]] = {
    "edit a body": (f"{EDIT} {THIRD}", [(S, 2, "edited")]),
    "edit a body and its hash": (
        f"{EDIT} {THIRD};"
        f"UPDATE audit_entry SET leaf = {LEAF} {THIRD}",
        [(S, 2, "rewritten")],
    ),
    "edit the first body and its hash": (
        f"{EDIT} WHERE stream = 'person:5' AND seq = 0;"
        f"UPDATE audit_entry SET leaf = {LEAF} WHERE stream = 'person:5' AND seq = 0",
        [("person:5", 0, "rewritten")],
    ),
    "edit only the hash": (f"UPDATE audit_entry SET leaf = repeat('ab', 32) {THIRD}", [(S, 2, "edited")]),
    "delete a middle entry": (f"DELETE FROM audit_entry {THIRD}", [("-", None, "orphan"), (S, 2, "missing")]),
    "delete a middle entry and its text": (
        f"DELETE FROM audit_opening; DELETE FROM audit_entry {THIRD}", [(S, 2, "missing")]),
    "delete a middle entry and close the gap": (
        f"DELETE FROM audit_opening; DELETE FROM audit_entry {THIRD};"
        "UPDATE audit_entry SET seq = seq - 1 WHERE stream = 'selection:17' AND seq = 3;"
        "UPDATE audit_entry SET seq = seq - 1 WHERE stream = 'selection:17' AND seq = 4",
        [(S, 2, "moved"), (S, 3, "moved")],
    ),
    "delete the first entry": (
        "DELETE FROM audit_entry WHERE stream = 'person:5' AND seq = 0", [("person:5", 0, "missing")]),
    "swap two entries": (swap, [(S, 1, "moved"), (S, 2, "moved")]),
    "swap the contents of two entries": (swap_contents, [(S, 1, "moved"), (S, 3, "moved")]),
    "move to another stream": (
        f"DELETE FROM audit_opening; UPDATE audit_entry SET stream = 'person:5', seq = 3 {THIRD}",
        [("person:5", 3, "moved"), (S, 2, "missing")],
    ),
    "copy to another stream": (copy_to_another_stream, [("person:5", 3, "moved")]),
    "rename a stream": (
        "UPDATE audit_entry SET stream = 'person:6' WHERE stream = 'person:5'",
        [("person:6", 0, "moved"), ("person:6", 1, "moved"), ("person:6", 2, "moved")],
    ),
    "insert an entry and push the rest on": (
        insert_between, [(S, 3, "inserted"), (S, 4, "moved"), (S, 5, "moved")]),
    "insert a second entry of one number": (insert_twin, [(S, 3, "duplicate")]),
    "alter a column for searching": (
        f"UPDATE audit_entry SET actor_name = '吴平', action = 'x' {THIRD}", [(S, 2, "columns")]),
    "alter the time beside the body": (
        f"UPDATE audit_entry SET recorded_at = recorded_at - interval '3 days' {THIRD}", [(S, 2, "columns")]),
    "spell a body differently": (
        f"UPDATE audit_entry SET body = replace(body, ',', ', ') {THIRD};"
        f"UPDATE audit_entry SET leaf = {LEAF} {THIRD}",
        [(S, 2, "opening"), (S, 2, "unreadable"), (S, 2, "rewritten")],
    ),
    "replace a body by rubbish": (
        "UPDATE audit_entry SET body = 'rubbish' WHERE stream = 'person:5' AND seq = 1",
        [("person:5", 1, "unreadable")],
    ),
    "alter a kept text": ("UPDATE audit_opening SET value = '另一种说法'", [(S, 2, "opening")]),
    "alter the salt of a kept text": ("UPDATE audit_opening SET salt = repeat('a', 32)::bytea", [(S, 2, "opening")]),
    "give a text to another entry": (
        "UPDATE audit_opening SET entry_id = (SELECT id FROM audit_entry WHERE stream = 'person:5' AND seq = 1)",
        [("person:5", 1, "opening"), (S, 2, "textless")],
    ),
    "delete a kept text": ("DELETE FROM audit_opening", [(S, 2, "textless")]),
    "put a kept text under another field": (
        "UPDATE audit_opening SET field = 'cause'", [(S, 2, "opening"), (S, 2, "textless")]),
    "say in another matter that a text is destroyed": (destroy_from_elsewhere, [(S, 2, "textless")]),
    "keep a text that is destroyed": (
        keep_what_is_destroyed, [(S, 2, "revived")]),
    "delete a last entry whose text is kept": (
        "DELETE FROM audit_entry WHERE stream = 'selection:17' AND seq >= 2", [("-", None, "orphan")]),
}  # fmt: skip


def attack(name: str) -> Found:
    a_record()
    assert found(reading.verify()) == []
    how, expected = ATTACKS[name]
    sql(how) if isinstance(how, str) else how()
    return sorted(expected, key=str)


def found(verdict: chain.Verdict) -> Found:
    return sorted(((finding.stream, finding.seq, finding.kind) for finding in verdict.findings), key=str)


def command(**options: Any) -> tuple[int, str]:
    output = io.StringIO()
    try:
        call_command("verify_record", stdout=output, stderr=output, **options)
    except SystemExit as stop:
        return int(str(stop.code)), output.getvalue()
    return 0, output.getvalue()


@pytest.mark.parametrize("name", ATTACKS)
def test_tampering_is_found_and_the_command_names_its_place(name: str) -> None:
    expected = attack(name)
    verdict = reading.verify()
    assert (found(verdict), verdict.whole) == (expected, False)
    assert verdict.guarded
    code, output = command()
    assert code == 1
    assert f"发现 {len(expected)} 处问题" in output
    assert f"NOT whole: {len(expected)} finding" in output
    for stream, seq, kind in expected:
        assert f"[{kind}] {stream if seq is None else f'{stream} {seq}'}  " in output


def test_a_whole_record_is_called_whole() -> None:
    a_record()
    verdict = reading.verify()
    assert (verdict.whole, verdict.entries, verdict.streams, verdict.sealed, verdict.opened) == (True, 8, 2, 1, 1)
    code, output = command()
    assert code == 0
    assert "记录完整：2 个流、8 条逐条重算" in output
    assert "A chain alone cannot find" in output


def test_a_record_without_entries_is_whole_and_a_stream_without_entries_is_not() -> None:
    assert reading.verify().whole
    a_record()
    assert found(reading.verify(stream="selection:18")) == [("selection:18", None, "empty")]
    assert command(stream="selection:18")[0] == 1


def test_one_stream_can_be_verified_by_itself() -> None:
    attack("edit a body")
    assert found(reading.verify(stream="person:5")) == []
    assert found(reading.verify(stream="selection:17")) == [("selection:17", 2, "edited")]
    assert command(stream="person:5")[0] == 0
    assert command(stream="selection:17")[0] == 1


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM audit_entry WHERE stream = 'selection:17' AND seq = 4",
        "DELETE FROM audit_entry WHERE stream = 'person:5'",
        f"{EDIT} WHERE stream = 'selection:17' AND seq = 4;"
        f"UPDATE audit_entry SET leaf = {LEAF} WHERE stream = 'selection:17' AND seq = 4",
    ],
    ids=["last entry deleted", "whole stream deleted", "last entry rewritten with its hash"],
)
def test_what_a_chain_cannot_find_is_said_beside_the_answer(statement: str) -> None:
    a_record()
    sql(statement)
    code, output = command()
    assert code == 0
    assert re.search("某流末尾几条被删或连同摘要改写，以及整流重写", output)
    assert re.search("last entries of a stream cut off or rewritten, nor a stream rewritten as a whole", output)


@pytest.mark.parametrize(
    ("table", "trigger"),
    [
        ("audit_entry", "audit_entry_append_only"),
        ("audit_entry", "audit_entry_destroys_texts"),
        ("audit_opening", "audit_opening_unaltered"),
        ("audit_opening", "audit_opening_destroyed_by_entry"),
    ],
)
def test_a_guard_that_is_off_is_said_beside_the_answer(table: str, trigger: str) -> None:
    a_record()
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {trigger}")
    verdict = reading.verify()
    assert (verdict.whole, verdict.guarded) == (True, False)
    assert "not all of the triggers" in command()[1]


@pytest.mark.parametrize("stream", [None, S])
def test_a_text_that_an_entry_destroyed_leaves_the_record_whole(stream: str | None) -> None:
    a_record()
    destroy()
    assert not Opening.objects.exists()
    verdict = reading.verify(stream=stream)
    assert (verdict.whole, verdict.sealed, verdict.opened, verdict.destroyed) == (True, 1, 0, 1)


def test_of_many_texts_only_the_one_that_nobody_destroyed_is_missing() -> None:
    a_record()
    for field in ("content", "reporter"):
        remember(entry("person:5", req=field, sealed={field: "实名反映"}))
    destroy()
    sql("DELETE FROM audit_opening WHERE field = 'content'")
    verdict = reading.verify()
    assert found(verdict) == [("person:5", 3, "textless")]
    assert (verdict.sealed, verdict.opened, verdict.destroyed) == (3, 1, 1)
    assert found(reading.verify(stream="person:5")) == [("person:5", 3, "textless")]
    assert reading.verify(stream=S).whole


def test_an_exception_on_the_way_is_not_a_pass(caplog: pytest.LogCaptureFixture) -> None:
    a_record()

    def interrupted(entries: int) -> None:
        raise RuntimeError("stopped")

    verdict = reading.verify(progress=interrupted)
    assert (found(verdict), verdict.whole) == ([("-", None, "failed")], False)
    assert "could not be verified" in caplog.text


def test_progress_is_told_as_entries_are_read() -> None:
    a_record()
    told: list[int] = []
    reading.verify(progress=told.append)
    assert told == [8]


def test_a_tampered_entry_can_still_be_read() -> None:
    attack("replace a body by rubbish")
    read = reading.entries(stream="person:5")[1]
    assert (read.legible, read.action, read.actor["name"], read.pretty) == (False, "open_notice", "周勤", "rubbish")


# --- the dump -------------------------------------------------------------------------------------------------------


def offline(dump: Path) -> subprocess.CompletedProcess[str]:
    script = [sys.executable, "-I", "-S", chain.__file__, str(dump)]
    return subprocess.run(script, capture_output=True, encoding="utf-8", check=False)


def test_a_dump_is_verified_by_the_auditors_copy(tmp_path: Path) -> None:
    a_record()
    assert command(dump=tmp_path / "events.jsonl")[0] == 0
    done = offline(tmp_path / "events.jsonl")
    assert (done.returncode, done.stderr) == (0, "")
    assert "2 个流、8 条" in done.stdout
    assert "举报人" not in (tmp_path / "events.jsonl").read_text()


def test_a_dump_of_a_tampered_record_fails_there_too(tmp_path: Path) -> None:
    attack("edit a body and its hash")
    assert command(dump=tmp_path / "events.jsonl")[0] == 1
    done = offline(tmp_path / "events.jsonl")
    assert (done.returncode, "[rewritten] selection:17 2" in done.stdout) == (1, True)


def test_a_dump_never_overwrites_a_file(tmp_path: Path) -> None:
    a_record()
    kept = tmp_path / "events.jsonl"
    kept.write_text("kept")
    code, output = command(dump=kept)
    assert (code, kept.read_text()) == (2, "kept")
    assert "events.jsonl" in output
