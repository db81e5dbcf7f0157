"""An installation may hash its whole record by SM3, from the first entry on and never mixed with another (国密杂凑)."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import new as new_hash
from hashlib import sha256
from importlib import import_module
from pathlib import Path

import pytest
from django.db import DatabaseError, connection

from audit import chain, reading, tree
from audit.dossier import dossier
from audit.models import Checkpoint, Entry, Opening
from audit.notary import Refuses
from tests.audit.entries import entry, remember
from tests.audit.notarising import Office, a_unit, many, tampered

CHOSEN = import_module("audit.migrations.0010_hash_of_the_record").CHOSEN
PAPER = b"%PDF-1.7 inspection"


@contextmanager
def chosen(name: str) -> Iterator[None]:
    """What the settings say, and the migration of a database without entries."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('audit.hash', %s, false)", [name])
        cursor.execute(CHOSEN)
    chain.hash_with(name)
    try:
        yield
    finally:
        chain.hash_with("sha256")
        with connection.cursor() as cursor:
            cursor.execute("RESET audit.hash")
            cursor.execute(CHOSEN)


@pytest.fixture
def by_sm3(transactional_db: None) -> Iterator[None]:
    with chosen("sm3"):
        yield


# --- the hash itself -------------------------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("message", "digest"),
    [  # GB/T 32905-2016, appendix A
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
)
def test_the_database_computes_sm3_as_the_standard_does(message: bytes, digest: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT encode(audit_sm3(%s), 'hex')", [message])
        assert cursor.fetchone() == (digest,)


@pytest.mark.django_db
def test_the_database_and_the_verifier_compute_the_same_at_every_length() -> None:
    messages = [os.urandom(length) for length in range(200)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_sm3(m) FROM unnest(%s) WITH ORDINALITY AS t (m, n) ORDER BY n", [messages])
        assert [bytes(found) for (found,) in cursor.fetchall()] == [new_hash("sm3", one).digest() for one in messages]


# --- a record by SM3 -------------------------------------------------------------------------------------------------


def test_every_hash_of_such_a_record_is_by_sm3(by_sm3: None, office: Office) -> None:
    a_unit()
    (place,) = remember(entry(sealed={"reason": "工作需要。"}))
    body = Entry.objects.get(pk=place.entry_id).body
    assert place.leaf == new_hash("sm3", b"\x00" + body.encode()).hexdigest()
    assert chain.parse(body)["prev"] == new_hash("sm3", b"cadre-v1-genesis\x00selection:17").hexdigest()
    opening = Opening.objects.get()
    committed = new_hash("sm3", b"\x02" + bytes(opening.salt) + opening.value.encode()).hexdigest()
    assert chain.parse(body)["data"]["sealed"] == {"reason": committed}
    (unit,) = reading.entries(stream="organisation:3")
    assert set(unit.data["rows"]) == {"batch", "sm3"}
    signed = office.step()
    assert signed is not None
    left, right = [bytes.fromhex(one.leaf) for one in Entry.objects.order_by("pk")]
    assert signed.root == new_hash("sm3", b"\x01" + left + right).digest()
    assert signed.origin.startswith("cadre-record-sm3/")
    verdict = reading.verify()
    assert (verdict.whole, verdict.entries, verdict.opened, verdict.rows) == (True, 2, 1, 1)


@pytest.mark.tampers
@pytest.mark.parametrize(
    ("statement", "kinds"),
    [
        ("UPDATE audit_entry SET body = replace(body, '\"seats\":1', '\"seats\":2')", {"edited"}),
        ("UPDATE register_organisation SET name = '白石镇'", {"row_altered"}),
        ("UPDATE audit_imprint SET digest = repeat('0', 64)", {"imprint", "row_altered"}),
        ("UPDATE audit_opening SET value = '另有原因。'", {"opening"}),
    ],
    ids=["entry", "row", "imprint", "text"],
)  # fmt: skip
def test_what_is_altered_in_it_is_found(by_sm3: None, office: Office, statement: str, kinds: set[str]) -> None:
    a_unit()
    remember(entry(sealed={"reason": "工作需要。"}))
    office.step()
    tampered(
        "ALTER TABLE audit_opening DISABLE TRIGGER audit_opening_unaltered",
        statement,
        "ALTER TABLE audit_opening ENABLE ALWAYS TRIGGER audit_opening_unaltered",
    )
    assert set(reading.verify().by_kind) == kinds


def run(*arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-I", "-S", chain.__file__, *arguments],
        capture_output=True, encoding="utf-8", check=False, env={"LC_ALL": "C"},
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def stick(by_sm3: None, office: Office, tmp_path: Path) -> Path:
    """The dossier of one matter, the whole record, and the last checkpoint."""
    digest = sha256(PAPER).hexdigest()
    remember(entry(files=[{"name": "考察材料.pdf", "sha256": digest, "bytes": len(PAPER)}]))
    many(300, "person:5")
    many(2)
    office.step()
    made = dossier("selection:17", {digest: PAPER}.__getitem__, [])
    (tmp_path / "dossier.zip").write_bytes(b"".join(made.packed()))
    (tmp_path / "events.jsonl").write_bytes(b"".join(f"{one.body}\n".encode() for one in reading.entries()))
    (tmp_path / "note.txt").write_text(Checkpoint.objects.get().note)
    return tmp_path


def test_the_auditor_says_nothing_of_the_hash_and_has_it_verified(stick: Path) -> None:
    key = tree.known_keys()[0].text
    code, said = run(str(stick / "dossier.zip"), "--key", key, "--checkpoint", str(stick / "note.txt"))
    assert (code, "Whole: 3 entries and 1 files of selection:17" in said) == (0, True)
    code, said = run(str(stick / "events.jsonl"), "--processes", "2")
    assert (code, "Whole: 303 entries of 2 streams" in said) == (0, True)


def test_what_is_altered_on_the_stick_is_found(stick: Path) -> None:
    events = stick / "events.jsonl"
    events.write_bytes(events.read_bytes().replace(b'"seats":1', b'"seats":2', 1))
    code, said = run(str(events))
    assert (code, "NOT whole" in said) == (1, True)
    packed = stick / "dossier.zip"
    packed.write_bytes(packed.read_bytes().replace(b"inspection", b"inspectiom"))
    assert run(str(packed), "--key", tree.known_keys()[0].text)[0] == 1


def test_a_key_of_another_record_does_not_open_it(stick: Path) -> None:
    """The name of a notary is signed with the rest: the same key under the name for SHA-256 is another one."""
    ours = tree.known_keys()[0]
    name = ours.name.replace("cadre-record-sm3/", "cadre-record/")
    other = chain.Key(name, chain.key_id(name, ours.public), ours.public)
    assert run(str(stick / "dossier.zip"), "--key", other.text)[0] == 1


# --- never mixed -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["sha256", ""])
def test_the_database_takes_no_entry_from_a_site_whose_settings_say_another(by_sm3: None, said: str) -> None:
    remember(entry())
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('audit.hash', %s, false)", [said])
    with pytest.raises(DatabaseError, match="this record is hashed by sm3, RECORD_HASH says sha256"):
        remember(entry())
    assert len(reading.entries()) == 1


@pytest.mark.django_db(transaction=True)
def test_a_record_that_has_begun_stays_with_its_hash() -> None:
    remember(entry())
    with pytest.raises(DatabaseError, match="has begun with SHA-256 and stays with it"), chosen("sm3"):
        pass
    with connection.cursor() as cursor:
        cursor.execute("SELECT audit_hash_name()")
        assert cursor.fetchone() == ("sha256",)
        cursor.execute("RESET audit.hash")
    remember(entry())
    assert reading.verify().whole


@pytest.mark.django_db(transaction=True)
def test_the_notary_signs_nothing_by_another_hash_than_that_of_the_database(office: Office) -> None:
    remember(entry())
    chain.hash_with("sm3")
    try:
        with pytest.raises(Refuses, match="is hashed by sha256, while RECORD_HASH says sm3"):
            office.step()
    finally:
        chain.hash_with("sha256")
    assert not Checkpoint.objects.exists()


def test_an_unknown_hash_is_refused() -> None:
    with pytest.raises(ValueError, match="'md5' is not one of sha256, sm3"):
        chain.hash_with("md5")
    assert chain.hash_name() == "sha256"
