"""The notary: all that is committed comes into the tree once; nothing is signed that does not extend the last note."""

import json
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.db import connection

from audit import chain, record, tree
from audit.models import Checkpoint, Entry, Leaf, Subtree
from audit.notary import HERE, Folder, Refuses
from audit.privileges import NOTARY
from tests.audit.entries import entry
from tests.audit.notarising import GUARDED, Office, many, reached, tampered

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.covers("WPR-20")]


def found(*kept: chain.Checkpoint) -> set[str]:
    """What the verification of the tree finds."""
    findings = chain.Findings()
    tree.verify(findings, kept)
    return set(findings.by_kind)


def test_what_is_committed_comes_into_the_tree_in_the_order_of_its_numbers_and_is_signed(office: Office) -> None:
    many(3)
    first = office.step()
    assert first is not None
    assert (first.number, first.size, first.at) == (0, 3, office.at)
    assert first.heads is not None  # the first of its day
    assert office.step() is None  # nothing new, nothing signed
    many(2, "person:5")
    second = office.step()
    assert second is not None
    assert (second.number, second.size) == (1, 5)
    entries = list(Entry.objects.order_by("pk").values_list("pk", "leaf"))
    assert list(Leaf.objects.order_by("index").values_list("entry_id", "hash")) == entries
    leaves = [bytes.fromhex(leaf) for _pk, leaf in entries]
    assert (first.root, second.root) == (chain.tree_root(leaves[:3]), chain.tree_root(leaves))
    (key,) = tree.known_keys()
    for number, size in enumerate((3, 5)):
        row = Checkpoint.objects.get(number=number)
        assert chain.opened_note(row.note, [key])[0] == (first, second)[number]
        assert row.size == size
    assert found(first, second) == set()


def test_an_entry_that_commits_after_ones_with_higher_numbers_is_taken_all_the_same(office: Office) -> None:
    """However many steps lie between: what the notary has looked through is settled only when nobody can add to it."""
    pieces, _texts = record._envelope(entry("person:7"))
    with closing(reached()) as slow, slow.cursor() as cursor:
        cursor.execute("SELECT entry_id FROM audit_append('person:7', %s, %s, %s, %s)", pieces)
        (late,) = cursor.fetchone()
        for size in range(1, 5):
            many(1)
            signed = office.step()
            assert signed is not None
            assert signed.size == size
        slow.commit()
    signed = office.step()
    assert signed is not None
    assert signed.size == 5
    assert Leaf.objects.get(entry_id=late).index == 4
    many(1)
    assert office.step() is not None
    assert office.step() is None


def test_a_step_that_could_not_be_committed_takes_the_same_entries_again(office: Office) -> None:
    pieces, _texts = record._envelope(entry("person:7"))
    with closing(reached()) as slow, slow.cursor() as cursor:
        cursor.execute("SELECT audit_append('person:7', %s, %s, %s, %s)", pieces)
        many(1)
        office.step()
        slow.commit()  # whatever could come late has come: the next step looks for it for the last time
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION fails() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'the disk is full' USING ERRCODE = 'disk_full'; END $$;"
            "CREATE CONSTRAINT TRIGGER fails AFTER INSERT ON audit_leaf DEFERRABLE INITIALLY DEFERRED"
            " FOR EACH ROW EXECUTE FUNCTION fails()"
        )
    try:
        with pytest.raises(psycopg2.OperationalError, match="the disk is full"):
            office.step()
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP FUNCTION fails() CASCADE")
    signed = office.step()
    assert signed is not None
    assert signed.size == 2


def test_the_account_of_the_notary_reads_entries_adds_leaves_and_can_do_nothing_else(office: Office) -> None:
    many(1)
    office.step()
    refused = [
        "SELECT actor_name FROM audit_entry",
        "SELECT * FROM audit_opening",
        "SELECT * FROM selection_account",
        "INSERT INTO audit_entry (stream) VALUES ('x')",
        "UPDATE audit_leaf SET hash = ''",
        "DELETE FROM audit_checkpoint",
        "TRUNCATE audit_subtree",
        "SELECT nextval('audit_entry_id_seq')",
        "ALTER TABLE audit_leaf DISABLE TRIGGER USER",
    ]
    for statement in refused:
        other = reached(NOTARY)
        with pytest.raises(psycopg2.errors.InsufficientPrivilege), other.cursor() as cursor:
            cursor.execute(statement)
        other.close()


@pytest.mark.parametrize("table", GUARDED[1:])
def test_leaves_and_checkpoints_only_grow_for_their_owner_too(office: Office, table: str) -> None:
    many(257)
    office.step()
    for statement in (f"DELETE FROM {table}", f"TRUNCATE {table}"):
        with pytest.raises(Exception, match="only grows"), connection.cursor() as cursor:
            cursor.execute(statement)
    assert (Leaf.objects.count(), Subtree.objects.count(), Checkpoint.objects.count()) == (257, 1, 1)


def the_day_before(office: Office) -> None:
    """The last checkpoint that says where streams end is one of yesterday."""
    state = office.folder / "state.json"
    kept = json.loads(state.read_text())
    yesterday = office.at.astimezone(HERE).date() - timedelta(days=1)
    state.write_text(json.dumps(kept | {"heads_on": yesterday.isoformat()}))


def test_the_first_checkpoint_of_a_day_says_where_the_streams_end_though_nothing_is_new(office: Office) -> None:
    many(3)
    many(2, "person:5")
    first = office.step()
    many(1)
    second = office.step()
    assert office.step() is None
    the_day_before(office)
    third = office.step()
    assert office.step() is None
    assert first is not None
    assert second is not None
    assert third is not None
    ends = {
        stream: bytes.fromhex(Entry.objects.filter(stream=stream).latest("seq").leaf)
        for stream in ("selection:17", "person:5")
    }
    assert second.heads is None
    assert third.heads == chain.Heads(2, chain.tree_root(ends.values()))
    assert first.heads != third.heads
    assert (third.number, third.size, third.root) == (2, second.size, second.root)
    office.start()  # the day is in its folder
    assert office.step() is None
    assert found(third) == set()


def test_a_state_of_before_heads_were_given_is_read(office: Office) -> None:
    many(2)
    office.step()
    state = office.folder / "state.json"
    kept = json.loads(state.read_text())
    del kept["heads_on"]
    state.write_text(json.dumps(kept))
    office.start()
    again = office.step()
    assert again is not None
    assert again.heads == chain.Note.parse(Checkpoint.objects.get(number=0).note).checkpoint.heads


# --- ended at any moment ---------------------------------------------------------------------------------------------


def test_ended_after_the_leaves_and_before_the_note_it_signs_them_next_time(office: Office, monkeypatch: Any) -> None:
    many(2)
    office.step()
    many(2, "person:5")

    def full(_self: Folder, _state: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as disk:
        disk.setattr(Folder, "keep", full)
        with pytest.raises(OSError, match="No space"):
            office.step()
    assert (Leaf.objects.count(), Checkpoint.objects.count()) == (4, 1)
    many(1)
    office.start()
    checkpoint = office.step()
    assert checkpoint is not None
    assert (checkpoint.number, checkpoint.size) == (1, 5)
    assert found(checkpoint) == set()


def test_ended_after_the_note_and_before_its_publication_it_publishes_it_next_time(office: Office) -> None:
    many(2)
    office.step()
    many(1)
    office.step()
    tampered("DELETE FROM audit_checkpoint WHERE number = 1")  # as if it had never been written
    office.start()
    assert office.step() is None
    assert list(Checkpoint.objects.order_by("number").values_list("number", "size")) == [(0, 2), (1, 3)]
    assert found() == set()


# --- what it does not sign -------------------------------------------------------------------------------------------


def refused(office: Office) -> str:
    """Why nothing is signed, after a new start too; and nothing was."""
    before = Checkpoint.objects.count()
    state = office.folder.joinpath("state.json").read_bytes() if (office.folder / "state.json").exists() else b""
    many(1, "person:6")
    with pytest.raises(Refuses) as why:
        office.step()
    office.end()
    with pytest.raises(Refuses):
        office.start().step()
    assert Checkpoint.objects.count() <= before
    assert (office.folder / "state.json").read_bytes() == state if state else True
    return str(why.value)


OLD = (
    "DELETE FROM audit_checkpoint WHERE number > 0",
    "DELETE FROM audit_leaf WHERE index > 1",
    "DELETE FROM audit_entry WHERE stream = 'person:5'",
)


@pytest.mark.tampers
def test_an_old_backup_in_the_place_of_the_record(office: Office) -> None:
    many(2)
    office.step()
    many(3, "person:5")
    office.step()
    tampered(*OLD)
    assert "older than what was signed" in refused(office)


@pytest.mark.tampers
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET body = replace(body, '\"seats\":1', '\"seats\":2')",
        "DELETE FROM audit_entry WHERE id = (SELECT max(id) FROM audit_entry)",
        "UPDATE audit_leaf SET hash = repeat('0', 64) WHERE index = 1",
    ],
)
def test_the_last_entry_altered_after_it_was_signed(office: Office, statement: str) -> None:
    many(2)
    office.step()
    tampered(statement)
    assert "not the one that was signed" in refused(office)


@pytest.mark.tampers
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET body = replace(body, '\"seats\":1', '\"seats\":2') WHERE seq = 0",
        "DELETE FROM audit_entry WHERE seq = 0",
        "UPDATE audit_leaf SET hash = repeat('0', 64) WHERE index = 0",
        "UPDATE audit_leaf SET index = 99 WHERE index = 0",
    ],
)
def test_an_entry_altered_long_after_it_was_signed_is_met_at_the_next_start(office: Office, statement: str) -> None:
    many(3)
    office.step()
    tampered(statement)
    office.start()
    assert "altered or gone" in refused(office)


@pytest.mark.tampers
def test_entries_altered_before_they_were_signed(office: Office, monkeypatch: Any) -> None:
    many(2)
    office.step()
    many(2, "person:5")
    with monkeypatch.context() as disk:
        disk.setattr(Folder, "keep", lambda *_: (_ for _ in ()).throw(OSError(28, "full")))
        with pytest.raises(OSError, match="full"):
            office.step()
    tampered("UPDATE audit_entry SET body = replace(body, '\"seats\":1', '\"seats\":2') WHERE stream = 'person:5'")
    assert "have been altered" in refused(office)


@pytest.mark.tampers
def test_checkpoints_that_somebody_else_has_made(office: Office) -> None:
    many(2)
    checkpoint = office.step()
    assert checkpoint is not None
    tampered(
        "INSERT INTO audit_checkpoint SELECT 1, size, root, at, note FROM audit_checkpoint WHERE number = 0",
    )
    assert "not those that this notary signed" in refused(office)


def test_a_folder_that_was_lost(office: Office, tmp_path: Path) -> None:
    many(2)
    office.step()
    office.end()
    (office.folder / "state.json").unlink()
    assert "state is lost" in refused(office)


def test_a_key_that_was_lost(office: Office) -> None:
    many(2)
    office.step()
    office.end()
    (office.folder / "key").unlink()
    with pytest.raises(Refuses, match="key is gone"):
        office.start()


@pytest.mark.parametrize("change", [{"size": 1}, {"hashes": []}, {"note": "nothing"}, {"number": "x"}])
def test_a_state_that_was_altered(office: Office, change: dict[str, Any]) -> None:
    many(2)
    office.step()
    office.end()
    kept = office.folder / "state.json"
    kept.write_text(json.dumps(json.loads(kept.read_text()) | change))
    assert refused(office)


def test_a_clock_that_was_set_back(office: Office) -> None:
    many(2)
    office.step()
    office.at -= timedelta(hours=1)
    assert "clock is earlier" in refused(office)


def test_two_notaries_at_once(office: Office) -> None:
    many(1)
    other = reached(NOTARY)
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('audit notary', 0))")
        with pytest.raises(Refuses, match="Another notary"):
            office.step()
    other.rollback()  # answered once the lock is free; a connection is closed without an answer
    other.close()
    assert office.step() is not None


@pytest.mark.tampers
def test_a_successor_signs_under_a_key_of_its_own_and_the_old_checkpoints_still_count(
    office: Office, settings: Any
) -> None:
    many(2)
    old = office.step()
    office.end()
    before = (office.folder / "key.pub").read_text()
    office.folder = settings.NOTARY_STATE = office.folder.with_name("successor")
    many(1)
    with pytest.raises(Refuses, match="state is lost"):
        office.step()
    (office.folder / "key.pub").unlink()
    office.start(before)
    new = office.step()
    assert old is not None
    assert new is not None
    assert (new.number, new.size, new.origin != old.origin) == (1, 3, True)
    assert found(old, new) == set()
    settings.NOTARY_KEY = tree.known_keys()[1].text  # whoever knows the new one alone cannot tell who made the old one
    assert found() == {"note"}
