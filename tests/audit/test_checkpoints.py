"""What the tree and its checkpoints add to the chains: whole rewritings, by whoever owns the database and even the key.

Each attack is tried by a superuser, and said of it is what the database with the notary's public key finds, and what
one checkpoint adds that left the building before.
"""

import json
import re
import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.contrib.messages import get_messages
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from audit import chain, reading, tree
from audit.models import Checkpoint, Entry, Imprint, Leaf
from selection.enums import Act, Role
from selection.web.acts import act_url
from tests.audit.entries import entry, remember
from tests.audit.notarising import Office, a_unit, guarded, many, tampered, unguarded
from tests.audit.test_pages import account
from tests.factories import Point, run_to
from tests.page_lint import LintingClient
from tests.selection.web.standing import fill_in, signed_in

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.tampers,
    pytest.mark.covers("WPR-20", refused=True),
]

Signer = Callable[[chain.Checkpoint], str]


def by_the_notary(office: Office) -> Signer:
    """Signs with the true key, which somebody has stolen."""
    key = Ed25519PrivateKey.from_private_bytes((office.folder / "key").read_bytes())
    (public,) = tree.known_keys()
    return lambda checkpoint: chain.sign_note(checkpoint, public.name, key.sign, public.public)


def by_a_stranger(office: Office) -> Signer:
    """Signs with a key of one's own in the name of the notary."""
    key = Ed25519PrivateKey.generate()
    (public,) = tree.known_keys()
    raw = key.public_key().public_bytes_raw()
    return lambda checkpoint: chain.sign_note(checkpoint, public.name, key.sign, raw)


def with_other_ends(office: Office) -> Signer:
    """Signs with the true key that the streams end elsewhere."""

    def sign(checkpoint: chain.Checkpoint) -> str:
        return by_the_notary(office)(replace(checkpoint, heads=chain.Heads(1, checkpoint.root[::-1])))

    return sign


def chained_anew() -> None:
    """Every hash of every chain computed again over what stands in the bodies now."""
    for stream in Entry.objects.order_by().values_list("stream", flat=True).distinct():
        prev = chain.origin(stream)
        for number, row in enumerate(Entry.objects.filter(stream=stream).order_by("seq")):
            content = json.loads(row.body) | {"prev": prev, "seq": number}
            body = chain.canonical(content).decode()
            prev = chain.leaf(body)
            Entry.objects.filter(pk=row.pk).update(body=body, leaf=prev, seq=number)


def sealed_anew(sign: Signer) -> None:
    """The tree computed again over what stands there now, and each checkpoint made again with its number and time."""
    entries = list(Entry.objects.order_by("pk").values_list("pk", "leaf"))
    Leaf.objects.all().delete()
    Leaf.objects.bulk_create(Leaf(index=nth, entry_id=pk, hash=leaf) for nth, (pk, leaf) in enumerate(entries))
    leaves = [bytes.fromhex(leaf) for _pk, leaf in entries]
    for row in Checkpoint.objects.order_by("number"):
        row.size = min(row.size, len(leaves))
        row.root = chain.tree_root(leaves[: row.size]).hex()
        old = chain.Note.parse(row.note).checkpoint
        row.note = sign(chain.Checkpoint(old.origin, row.size, bytes.fromhex(row.root), row.number, old.at))
        Checkpoint.objects.filter(pk=row.pk).update(size=row.size, root=row.root, note=row.note)


def entered_anew() -> None:
    """What entries say of their imprints computed again over those that stand there now."""
    for row in Entry.objects.filter(batch__isnull=False):
        lines = "\n".join(
            f"{one.pk} {one.of_table} {one.of_row} {one.digest}"
            for one in Imprint.objects.filter(batch=row.batch).order_by("pk")
        )
        content = json.loads(row.body)
        content["data"]["rows"]["sha256"] = sha256(lines.encode()).hexdigest()
        Entry.objects.filter(pk=row.pk).update(body=chain.canonical(content).decode())


RENAME = "UPDATE register_organisation SET name = '白石镇'"
DIGEST = "encode(sha256(convert_to(to_jsonb(o)::text, 'UTF8')), 'hex')"
IMPRINT = f"""
    UPDATE audit_imprint SET digest = {DIGEST} FROM register_organisation o WHERE of_row = o.id
        AND audit_imprint.id = (SELECT max(id) FROM audit_imprint)
"""
EDIT = """
    UPDATE audit_entry SET body = replace(body, '"seats":1', '"seats":2') WHERE stream = 'selection:17' AND seq = 1
"""
LEAVES = "UPDATE audit_leaf l SET hash = e.leaf FROM audit_entry e WHERE e.id = l.entry_id"
SWAP = """
    UPDATE audit_leaf SET entry_id = -entry_id WHERE index < 2;
    UPDATE audit_leaf l SET entry_id = -o.entry_id FROM audit_leaf o WHERE l.index < 2 AND o.index = 1 - l.index
"""
WHOLE_STREAM = "DELETE FROM audit_entry WHERE stream = 'person:5'"

OLD_BACKUP = [
    "DELETE FROM audit_checkpoint WHERE number > 0",
    "DELETE FROM audit_leaf WHERE index > 2",
    "DELETE FROM audit_entry WHERE stream <> 'selection:17'",
    "DELETE FROM audit_imprint",
    "DELETE FROM register_organisation",
]

UNDER_ANOTHER_KEY = "edit, everything anew under a key of one's own"
"""Found by whoever knows the notary's key, and by nobody else."""

#: What somebody does → what is found in the database, and what with a checkpoint kept elsewhere.
ATTACKS: dict[str, tuple[list[Any], set[str], set[str]]] = {
    "edit": ([EDIT], {"edited"}, set()),
    "edit, chains computed anew": ([EDIT, chained_anew], {"resealed"}, set()),
    "edit, chains and leaves anew": (
        [EDIT, chained_anew, LEAVES],
        {"root", "heads"},
        {"forked"},
    ),
    "edit, everything anew, no checkpoint left": (
        [EDIT, chained_anew, LEAVES,
         "DELETE FROM audit_checkpoint", "UPDATE audit_entry SET recorded_at = recorded_at - interval '1 day'"],
        {"columns", "unsigned"},
        {"forked"},
    ),
    UNDER_ANOTHER_KEY: (
        [EDIT, chained_anew, (sealed_anew, by_a_stranger)], {"note"}, {"forked"},
    ),
    "edit, everything anew under the stolen key": (
        [EDIT, chained_anew, (sealed_anew, by_the_notary)], set(), {"forked"},
    ),
    "a stream taken away": ([WHOLE_STREAM], {"leafless"}, set()),
    "a stream taken away, everything anew under the stolen key": (
        [WHOLE_STREAM, (sealed_anew, by_the_notary)], set(), {"forked"},
    ),
    "the end of a stream cut off": (
        ["DELETE FROM audit_entry WHERE stream = 'selection:17' AND seq = 2"], {"leafless", "heads"}, set(),
    ),
    "an old backup": (OLD_BACKUP, set(), {"forked"}),
    "two leaves changed places": (
        [SWAP],
        {"resealed"},
        set(),
    ),
    "a leaf taken away": (["DELETE FROM audit_leaf WHERE index = 3"], {"leaves", "root"}, {"forked"}),
    "the last leaf taken away": (["DELETE FROM audit_leaf WHERE index = 6"], {"root"}, {"forked"}),
    "a checkpoint taken away": (["DELETE FROM audit_checkpoint WHERE number = 0"], {"unnumbered"}, set()),
    "columns of a checkpoint": (
        ["UPDATE audit_checkpoint SET at = at - interval '1 hour' WHERE number = 1"], {"note", "untimely"}, set(),
    ),
    "the note of a checkpoint": (
        ["UPDATE audit_checkpoint SET note = replace(note, 'cp 1 ', 'cp 2 ') WHERE number = 1"], {"note"}, set(),
    ),
    "other ends of the streams under the stolen key": ([(sealed_anew, with_other_ends)], {"heads"}, set()),
    "a row of business": ([RENAME], {"row_altered"}, set()),
    "a row of business and its imprint": ([RENAME, IMPRINT], {"imprint"}, set()),
    "a row of business under a new imprint": (
        [RENAME, "INSERT INTO audit_imprint (batch, of_table, of_row, digest) SELECT 999, of_table, of_row,"
         f" {DIGEST} FROM register_organisation o, audit_imprint WHERE of_row = o.id ORDER BY 1 LIMIT 1"],
        {"unentered"},
        set(),
    ),
    "a row of business as it was before": (
        ["UPDATE register_organisation SET name = '青石镇'",
         "DELETE FROM audit_imprint WHERE id = (SELECT max(id) FROM audit_imprint)"],
        {"imprint"},
        set(),
    ),
    "a row of business, everything anew under the stolen key": (
        [RENAME, IMPRINT, entered_anew, chained_anew, (sealed_anew, by_the_notary)], set(), {"forked"},
    ),
    "another row of business": (
        ["INSERT INTO register_organisation (name, short_name, kind, code) VALUES ('白石镇', '白石', 'town', '4')"],
        {"row_added"},
        set(),
    ),
    "a row of business taken away": (["DELETE FROM register_organisation"], {"row_gone"}, set()),
    "a row of business and its imprints taken away": (
        ["DELETE FROM register_organisation", "DELETE FROM audit_imprint"], {"imprint"}, set(),
    ),
    "a row of business and all that tells of it": (
        ["DELETE FROM register_organisation", "DELETE FROM audit_imprint", "UPDATE audit_entry SET batch = NULL"],
        {"columns"},
        set(),
    ),
    "the note of another time": (
        ["UPDATE audit_checkpoint SET note = (SELECT note FROM audit_checkpoint WHERE number = 0) WHERE number = 1"],
        {"note"},
        set(),
    ),
}  # fmt: skip


@pytest.fixture
def notes(office: Office) -> list[chain.Checkpoint]:
    """Seven entries under two checkpoints, of which the second has left the building."""
    many(3)
    office.step()
    many(2, "person:5")
    a_unit()
    a_unit(name="青石镇人民政府")
    kept = office.step()
    assert kept is not None
    assert reading.verify(kept=[kept]).whole
    return [kept]


@pytest.mark.parametrize("attack", ATTACKS)
def test_what_is_found(office: Office, notes: list[chain.Checkpoint], attack: str, settings: Any) -> None:
    """With the notary's key, with a checkpoint kept elsewhere as well, and by somebody who has neither."""
    steps, alone, besides = ATTACKS[attack]
    unguarded()
    with connection.cursor() as cursor:
        for step in steps:
            if isinstance(step, str):
                cursor.execute(step)
            elif isinstance(step, tuple):
                step[0](step[1](office))
            else:
                step()
    assert set(reading.verify().by_kind) == alone
    assert set(reading.verify(kept=notes).by_kind) == alone | besides
    settings.NOTARY_STATE = office.folder.with_name("nowhere")
    assert set(reading.verify().by_kind) == (set() if attack == UNDER_ANOTHER_KEY else alone)
    guarded()


def test_an_entry_with_a_time_of_three_days_ago(office: Office, notes: list[chain.Checkpoint]) -> None:
    """Put in by hand with a chain of its own, and taken into the tree as what it is: new."""
    old = chain.stamp(datetime.now(UTC) - timedelta(days=3))
    remember(entry("person:9"))
    row = Entry.objects.get(stream="person:9")
    body = chain.canonical(json.loads(row.body) | {"recorded_at": old}).decode()
    tampered()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE audit_entry SET body = %s, leaf = %s, recorded_at = %s WHERE id = %s",
            [body, chain.leaf(body), old, row.pk],
        )
    tampered()
    assert office.step() is not None
    assert set(reading.verify().by_kind) == {"untimely"}


def test_more_entries_than_a_subtree_and_a_root_of_one_that_was_altered(office: Office) -> None:
    many(300)
    first = office.step()
    many(300, "person:5")
    second = office.step()
    assert first is not None
    assert second is not None
    assert reading.verify(kept=[first, second]).whole
    for level, number in ((0, 5), (3, 7), (8, 0), (8, 1), (9, 0)):
        leaves = Leaf.objects.filter(index__gte=number << level, index__lt=(number + 1) << level).order_by("index")
        assert tree.subtree(level, number) == chain.tree_root([bytes.fromhex(leaf.hash) for leaf in leaves])
    path = chain.consistency_path(300, 600, tree.subtree)
    assert chain.extends(300, 600, first.root, second.root, path)
    one = Leaf.objects.get(index=411)
    path = chain.inclusion_path(411, 600, tree.subtree)
    assert chain.included(bytes.fromhex(one.hash), 411, 600, path, second.root)
    tampered("UPDATE audit_subtree SET root = repeat('0', 64) WHERE number = 1")
    assert set(reading.verify().by_kind) == {"subtree"}


# --- the command -----------------------------------------------------------------------------------------------------


def said(*arguments: str) -> tuple[int, str]:
    out = StringIO()
    try:
        call_command("verify_record", *arguments, stdout=out, stderr=out)
    except SystemExit as ended:
        return int(str(ended.code)), out.getvalue()
    return 0, out.getvalue()


def test_the_command_holds_the_record_against_a_checkpoint_that_somebody_kept(
    office: Office,
    notes: list[chain.Checkpoint],
    tmp_path: Path,
    settings: Any,
) -> None:
    kept = tmp_path / "kept.txt"
    kept.write_text(Checkpoint.objects.get(number=1).note)
    code, words = said("--checkpoint", str(kept))
    assert (code, "up to no. 1 (7 entries, signed by the notary's key)" in words) == (0, True)
    other = tmp_path / "other.txt"
    other.write_text(kept.read_text().replace("\n7\n", "\n6\n"))
    assert said("--checkpoint", str(other))[0] == 2
    tampered(*OLD_BACKUP)
    assert said()[0] == 0
    code, words = said("--checkpoint", str(kept))
    assert (code, "[forked]" in words) == (1, True)
    settings.NOTARY_STATE = tmp_path / "nowhere"
    assert "signatures not checked" in said()[1]


# --- the pages -------------------------------------------------------------------------------------------------------


@pytest.fixture
def auditor() -> LintingClient:
    client = LintingClient()
    with transaction.atomic():
        client.force_login(account("auditor", Role.AUDITOR))
    return client


@pytest.mark.urls("tests.audit.urls")
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_checkpoints_are_copied_from_their_page_and_held_against_the_record_on_another(
    office: Office, auditor: LintingClient, language: str
) -> None:
    auditor.cookies["language"] = language
    assert office.step() is not None
    shown = auditor.get("/office/record/checkpoints/")
    note = BeautifulSoup(shown.content, "html.parser").find(id="id_note").text.lstrip("\n")
    assert note == Checkpoint.objects.get(number=0).note
    assert tree.known_keys()[0].text in shown.content.decode().replace("&#x2B;", "+")
    verify = "/office/record/verify/"
    as_browsers_send = note.replace("\n", "\r\n")
    page = auditor.post(verify, {"kept": as_browsers_send}, follow=True)
    assert (page.status_code, "verdict-bad" in page.content.decode()) == (200, False)
    assert {"zh-hans": "第 0 号封签", "en": "Checkpoint no. 0"}[language] in page.content.decode()
    for wrong in ("something else", note.replace("\n\n", "\nmore\n\n"), note[:-10]):
        page = auditor.post(verify, {"kept": wrong})
        assert (page.status_code, "verdict-" in page.content.decode()) == (422, False)
        assert wrong.split()[0] in page.content.decode()  # nothing that was pasted is lost
    many(2)
    kept = office.step()
    assert kept is not None
    note = Checkpoint.objects.get(number=kept.number).note
    tampered(
        f"DELETE FROM audit_checkpoint WHERE number = {kept.number}",
        "DELETE FROM audit_leaf WHERE entry_id IN (SELECT id FROM audit_entry WHERE stream = 'selection:17')",
        "DELETE FROM audit_entry WHERE stream = 'selection:17'",
    )
    page = auditor.post(verify, {"kept": note}, follow=True).content.decode()
    assert 'data-kind="forked"' in page


@pytest.mark.urls("tests.audit.urls")
def test_the_page_of_checkpoints_costs_the_same_for_many(office: Office, auditor: LintingClient) -> None:
    office.step()

    def cost() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert auditor.get("/office/record/checkpoints/").status_code == 200
        return len(asked)

    cost()
    one = cost()
    for _nth in range(25):
        many(1)
        office.step()
    assert cost() == one <= 14


# --- 已存证 ----------------------------------------------------------------------------------------------------------


def test_what_is_covered_by_a_checkpoint_and_what_is_not_yet(office: Office) -> None:
    remember(entry("selection:17", req="r9"), entry("person:5", req="r9"))
    assert tree.covering("r9", patience=60) is None  # at once: nobody signs here
    assert office.step() is not None
    assert tree.covering("r9", patience=0) == 0
    many(1)
    remember(entry("selection:17", req="r10"))
    assert tree.covering("r10", patience=0) is None
    assert tree.covering("never", patience=0) is None


def test_whoever_ends_a_selection_is_told_under_which_checkpoint(office: Office) -> None:
    course = run_to(Point.MOTION)
    assert office.step() is not None
    client, url = signed_in(course, "buzhang"), act_url(Act.END_SELECTION, course.selection)
    done = threading.Event()

    def keep_signing() -> None:
        while not done.wait(0.05):
            office.step()

    signing = threading.Thread(target=keep_signing)
    signing.start()
    try:
        ended = fill_in(client, url, reason="职位撤销。")
    finally:
        done.set()
        signing.join()
    assert ended.status_code == 302
    said = [str(message) for message in get_messages(ended.wsgi_request)]
    assert any(re.fullmatch(r"已存证，第 \d+ 号封签。", one) for one in said), said
