"""The dossier: taken away as one file, verified without the site, and nothing in it altered unnoticed (卷宗)."""

import json
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.core.management import CommandError, call_command
from django.db import transaction

from audit import chain, tree
from audit.dossier import NotSealed, dossier
from audit.models import Checkpoint, Entry
from selection.documents import filing
from selection.enums import Role
from tests.audit.entries import entry, remember
from tests.audit.notarising import Office, many, tampered
from tests.audit.test_pages import account
from tests.page_lint import LintingClient

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.covers("WPR-20", refused=True)]

STREAM = "selection:17"
PAPERS = [("考察材料.pdf", b"%PDF-1.7 inspection"), ("谈话记录.JPG", b"\xff\xd8\xff talk"), ("扫描", b"no ending")]
FILES = {sha256(content).hexdigest(): content for _name, content in PAPERS}
Members = list[tuple[str, bytes]]


@dataclass(frozen=True)
class Taken:
    """A dossier on an auditor's stick, beside the key and the checkpoints that he keeps."""

    path: Path
    key: str
    early: str
    late: str

    def members(self) -> Members:
        with zipfile.ZipFile(self.path) as file:
            return [(one.filename, file.read(one)) for one in file.infolist()]

    def write(self, content: bytes) -> None:
        self.path.write_bytes(content)

    def repack(self, changed: Callable[[Members], Iterable[tuple[str, bytes]]]) -> None:
        """What somebody makes who knows the form well: the list of files is made to fit."""
        members = [one for one in changed(self.members()) if one[0] != chain.MANIFEST]
        said = json.loads(dict(self.members())[chain.MANIFEST])
        said["files"] = [
            {"bytes": len(content), "name": name, "sha256": sha256(content).hexdigest()} for name, content in members
        ]
        manifest = (chain.MANIFEST, chain.canonical(said) + b"\n")
        self.write(b"".join(chain.packed([manifest, *members])))

    def verdict(self, *kept: str, key: str = "") -> chain.Dossier:
        return chain.verify_dossier(str(self.path), [chain.read_key(key or self.key)], [note.encode() for note in kept])

    def kinds(self, *kept: str) -> set[str]:
        verdict = self.verdict(*kept)
        assert verdict.whole is not bool(verdict.verdict.by_kind)
        return set(verdict.verdict.by_kind)

    def run(self, *options: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-I", "-S", chain.__file__, str(self.path), *options],
            capture_output=True, encoding="utf-8", check=False, env={"LC_ALL": "C"},
        )  # fmt: skip
        assert "Traceback" not in done.stderr
        return done.returncode, done.stdout + done.stderr


def with_papers() -> None:
    for name, content in PAPERS:
        digest = sha256(content).hexdigest()
        remember(entry(STREAM, files=[{"name": name, "sha256": digest, "bytes": len(content)}], req=f"paper {name}"))


def note(number: int) -> str:
    return Checkpoint.objects.get(number=number).note


@pytest.fixture
def taken(office: Office, tmp_path: Path) -> Taken:
    """Seven entries of the stream, three with a file, among those of others; two more since the day began."""
    many(300, "person:5")
    with_papers()
    many(2)
    office.step()
    many(250, "person:6")
    many(2)
    last = office.step()
    assert last is not None
    early = chain.Note.parse(note(0)).checkpoint
    made = dossier(STREAM, FILES.__getitem__, [early, last])
    path = tmp_path / made.name
    path.write_bytes(b"".join(made.packed()))
    return Taken(path, tree.known_keys()[0].text, note(0), note(1))


def test_a_dossier_is_verified_without_the_site(taken: Taken) -> None:
    assert taken.path.name == "selection-17-cp1.zip"
    verdict = taken.verdict(taken.early, taken.late)
    assert verdict.verdict.findings == ()
    assert (verdict.verdict.entries, verdict.papers, verdict.kept) == (7, 3, 2)
    assert verdict.ended is not None
    assert (verdict.ended[0].number, verdict.ended[1]) == (0, 4)
    (taken.path.parent / "kept.txt").write_text(taken.early)
    code, said = taken.run("--key", taken.key, "--checkpoint", str(taken.path.parent / "kept.txt"))
    assert code == 0
    assert "卷宗完整：selection:17，7 条记录、3 份材料，未见增、删、改、换序。" in said
    assert "Whole: 7 entries and 3 files of selection:17" in said
    assert "另存封签相符 1 张" in said
    assert "末条为第 4 条，此前没有漏列" in said
    names = [name for name, _content in taken.members()]
    assert names[0] == chain.MANIFEST
    assert {f"papers/{digest}" for digest in FILES} == {name.partition(".")[0] for name in names if "papers/" in name}
    with zipfile.ZipFile(taken.path) as file:
        assert file.testzip() is None
        assert file.read("verify.py") == Path(chain.__file__).read_bytes()


def test_the_verifier_in_a_dossier_verifies_it(taken: Taken, tmp_path: Path) -> None:
    own = tmp_path / "verify.py"
    own.write_bytes(dict(taken.members())["verify.py"])
    command = [sys.executable, "-I", "-S", str(own), str(taken.path), "--key", taken.key]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


def test_the_same_record_gives_the_same_bytes(taken: Taken) -> None:
    early = chain.Note.parse(taken.early).checkpoint
    assert b"".join(dossier(STREAM, FILES.__getitem__, [early]).packed()) == taken.path.read_bytes()


def test_a_dossier_needs_a_key_that_was_kept_elsewhere(taken: Taken) -> None:
    code, said = taken.run()
    assert (code, "--key" in said) == (2, True)
    private = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    stranger = chain.Key("another", chain.key_id("another", private), private)
    assert set(taken.verdict(key=stranger.text).verdict.by_kind) == {"proof"}
    assert taken.run("--key", stranger.text)[0] == 1


def test_a_stream_that_began_after_the_day_did_is_whole_but_its_end_is_not_shown(office: Office, taken: Taken) -> None:
    many(3, "selection:18")
    office.step()
    made = dossier("selection:18", FILES.__getitem__)
    taken.write(b"".join(made.packed()))
    verdict = taken.verdict()
    assert (verdict.whole, verdict.ended, verdict.papers) == (True, None, 0)
    code, said = taken.run("--key", taken.key)
    assert (code, "末尾是否漏列，本卷宗不能证明" in said) == (0, True)


def test_nothing_under_a_checkpoint_yet(office: Office) -> None:
    many(2)
    with pytest.raises(NotSealed):
        dossier(STREAM, FILES.__getitem__)
    office.step()
    with pytest.raises(NotSealed):
        dossier("selection:99", FILES.__getitem__)
    many(3)
    made = dossier(STREAM, FILES.__getitem__)
    assert dict(made.texts)[chain.EVENTS].count(b"\n") == 2  # what is not signed yet stays out


# --- what somebody does to it ----------------------------------------------------------------------------------------


def without(name: str) -> Callable[[Members], Members]:
    return lambda members: [one for one in members if not one[0].startswith(name)]


def changed(name: str, how: Callable[[bytes], bytes]) -> Callable[[Members], Members]:
    return lambda members: [(one, how(content) if one.startswith(name) else content) for one, content in members]


def said_anew(name: str, **keys: Any) -> Callable[[Members], Members]:
    return changed(name, lambda raw: chain.canonical(json.loads(raw) | keys) + b"\n")


def with_another_hash(raw: bytes) -> bytes:
    content = json.loads(raw)
    content["paths"][0][1] = content["paths"][0][1][::-1]
    return chain.canonical(content) + b"\n"


def cut(raw: bytes) -> bytes:
    return b"".join(raw.splitlines(keepends=True)[:-1])


ALTERED: Mapping[str, tuple[Callable[[Members], Members], set[str]]] = {
    "an entry altered": (changed(chain.EVENTS, lambda raw: raw.replace(b'"seats":1', b'"seats":2', 1)),
                         {"rewritten", "proof"}),
    "the last entry left out": (changed(chain.EVENTS, cut), {"proof"}),
    "entries in another order": (
        changed(chain.EVENTS, lambda raw: b"".join(sorted(raw.splitlines(keepends=True)))), {"proof", "ends"},
    ),
    "no entry": (changed(chain.EVENTS, lambda _raw: b""), {"empty", "proof", "ends", "unnamed"}),
    "a paper left out": (without("papers/"), {"paperless"}),
    "papers exchanged": (changed("papers/", lambda raw: raw + b"!"), {"repapered"}),
    "a paper put in": (lambda members: [*members, (f"papers/{'0' * 64}", b"forged")], {"unnamed"}),
    "a file put in": (lambda members: [*members, ("../evil.py", b"")], {"packing"}),
    "no proof": (without(chain.PROOF), {"packing"}),
    "another end": (said_anew(chain.ENDS, seq=5), {"ends"}),
    "another place": (said_anew(chain.ENDS, place=0), {"ends"}),
    "a future version": (said_anew(chain.ENDS, v=2), {"packing"}),
    "a note altered": (changed(chain.CHECKPOINT, lambda raw: raw.replace(b"cp 1 ", b"cp 9 ")), {"proof"}),
    "no way from the kept checkpoint": (without(chain.KEPT), {"unproved"}),
    "another way from it": (changed(chain.KEPT, with_another_hash), {"forked"}),
}  # fmt: skip


@pytest.mark.parametrize("attack", ALTERED)
def test_an_altered_dossier_is_found(taken: Taken, attack: str) -> None:
    how, found = ALTERED[attack]
    taken.repack(how)
    kinds = taken.kinds(taken.early)
    assert kinds >= found
    assert taken.run("--key", taken.key, "--checkpoint", written(taken))[0] == 1


def written(taken: Taken) -> str:
    kept = taken.path.parent / "kept.txt"
    kept.write_text(taken.early)
    return str(kept)


def test_the_end_left_out_by_whoever_makes_dossiers_is_found_from_the_day_on_which_it_was_signed(
    office: Office, taken: Taken
) -> None:
    """Events, proof and list all fit; only the notary knows where the stream ended."""
    rows = list(Entry.objects.filter(stream=STREAM).order_by("seq")[:3])
    places = list(tree.Leaf.objects.filter(entry_id__in=[row.pk for row in rows]).values_list("index", flat=True))
    latest = tree.latest()
    assert latest is not None
    near = tree.subtrees_near(places, latest.size)
    proof = chain.Proof.of(sorted(places), latest.size, near).text.encode()
    events = "".join(f"{row.body}\n" for row in rows).encode()
    parts = {chain.EVENTS: events, chain.PROOF: proof}
    taken.repack(lambda members: [(name, parts.get(name, content)) for name, content in members])
    assert taken.kinds() == {"ends"}
    taken.repack(without(chain.ENDS))
    verdict = taken.verdict()
    assert (verdict.whole, verdict.ended) == (True, None)  # and then the report says that the end is not shown


@pytest.mark.tampers
def test_a_record_written_anew_does_not_fit_the_checkpoint_that_somebody_kept(office: Office, taken: Taken) -> None:
    """By somebody who has the database and the notary's key: everything fits but what left the building."""
    tampered(
        "DELETE FROM audit_checkpoint", "DELETE FROM audit_subtree", "DELETE FROM audit_leaf",
        "DELETE FROM audit_entry WHERE stream = 'person:5'",
    )  # fmt: skip
    (office.folder / "state.json").unlink()
    office.end()
    assert office.step() is not None
    early = chain.Note.parse(taken.early).checkpoint
    taken.write(b"".join(dossier(STREAM, FILES.__getitem__, [early]).packed()))
    assert taken.verdict().whole
    assert taken.kinds(taken.early) == {"unproved"} or taken.kinds(taken.early) == {"forked"}
    tampered()


def test_a_paper_that_is_gone_or_is_another_one_is_named(taken: Taken) -> None:
    first, second, _third = FILES
    damaged = {**FILES, second: b"another one"}
    del damaged[first]
    taken.write(b"".join(dossier(STREAM, damaged.__getitem__).packed()))
    verdict = taken.verdict().verdict
    assert verdict.by_kind == {"paperless": 2}
    assert [finding.says_zh for finding in verdict.findings] == [
        "材料“考察材料.pdf”不在卷宗内", "材料“谈话记录.JPG”不在卷宗内",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "made",
    [
        lambda whole: whole[: len(whole) // 2],
        lambda whole: whole[:-1],
        lambda whole: whole + b"\0",
        lambda whole: b"PK" + whole,
        lambda whole: b"PK",
        lambda whole: whole[:-2] + b"\x01\x00!",  # a comment
    ],
)
def test_a_truncated_or_padded_dossier_is_told_as_such(taken: Taken, made: Callable[[bytes], bytes]) -> None:
    taken.write(made(taken.path.read_bytes()))
    assert taken.kinds() == {"packing"}
    code, said = taken.run("--key", taken.key)
    assert (code, "卷宗包本身有问题" in said) == (1, True)


def test_the_same_files_packed_by_another_program_are_not_taken_for_the_dossier(taken: Taken) -> None:
    members = taken.members()
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        target = BytesIO()
        with zipfile.ZipFile(target, "w", method) as file:
            for name, content in members:
                file.writestr(name, content)
        taken.write(target.getvalue())
        assert taken.kinds() == {"packing"}


def test_a_file_that_is_not_there_is_not_a_verdict(taken: Taken) -> None:
    taken.path.unlink()
    assert taken.run("--key", taken.key)[0] == 2


def test_no_mutation_of_a_dossier_passes(taken: Taken) -> None:
    """Bits flipped, bytes taken out, put in, doubled and exchanged, anywhere in the file."""
    whole, dice = taken.path.read_bytes(), random.Random(17)
    for nth in range(500):
        at, other = dice.randrange(len(whole)), dice.randrange(len(whole))
        length = dice.choice((1, 1, 4, 64))
        mutated = bytearray(whole)
        match nth % 5:
            case 0:
                mutated[at] ^= 1 << dice.randrange(8)
            case 1:
                del mutated[at : at + length]
            case 2:
                mutated[at:at] = dice.randbytes(length)
            case 3:
                mutated[at:at] = mutated[other : other + length]
            case 4:
                mutated[at : at + length] = mutated[other : other + length]
        if mutated != whole:
            taken.write(bytes(mutated))
            assert not taken.verdict(taken.early).whole, (nth, at, other, length)


# --- the pages and the command ---------------------------------------------------------------------------------------


@pytest.fixture
def auditor() -> LintingClient:
    client = LintingClient()
    with transaction.atomic():
        client.force_login(account("auditor", Role.AUDITOR))
    return client


PAGE = f"/office/record/streams/{STREAM}/dossier/"


@pytest.mark.urls("tests.audit.urls")
def test_an_auditor_takes_a_dossier_away_with_the_verifier(
    office: Office, auditor: LintingClient, tmp_path: Path, settings: Any
) -> None:
    settings.PAPERS_ROOT = tmp_path / "papers"
    content = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\nstartxref\n0\n%%EOF\n"
    kept = filing.keep(content, "考察材料.pdf")
    remember(entry(STREAM, files=[{"name": kept.name, "sha256": kept.sha256, "bytes": kept.size}]))
    assert auditor.post(PAGE, {"kept": ""}).status_code == 409
    office.step()
    early = note(0)
    many(2)
    office.step()
    page = auditor.get(PAGE)
    assert tree.known_keys()[0].text in page.content.decode().replace("&#x2B;", "+")
    refused = auditor.post(PAGE, {"kept": "something else"})
    assert refused.status_code == 422
    assert BeautifulSoup(refused.content, "html.parser").find(id="id_kept").text.strip() == "something else"
    response = auditor.post(PAGE, {"kept": early.replace("\n", "\r\n")})
    assert response["Content-Disposition"] == 'attachment; filename="selection-17-cp1.zip"'
    taken = Taken(tmp_path / "taken.zip", tree.known_keys()[0].text, early, "")
    taken.write(b"".join(response))
    verdict = taken.verdict(early)
    assert (verdict.whole, verdict.verdict.entries, verdict.papers, verdict.kept) == (True, 3, 1, 1)
    assert auditor.get("/office/record/verifier/").content == Path(chain.__file__).read_bytes()
    looked = [json.loads(row.body)["object"] for row in Entry.objects.filter(stream="access").order_by("seq")]
    assert looked.count(["stream", STREAM]) == 1  # refused attempts hand out nothing


@pytest.mark.urls("tests.audit.urls")
@pytest.mark.parametrize("role", [None, Role.STAFF, Role.ADMINISTRATOR])
def test_nobody_else_gets_a_dossier(office: Office, role: Role | None) -> None:
    many(2)
    office.step()
    client = LintingClient()
    with transaction.atomic():
        client.force_login(account("somebody", role))
    assert client.get(PAGE).status_code == client.post(PAGE).status_code == 403
    assert client.get("/office/record/verifier/").status_code == 403


def test_the_command_writes_a_dossier_and_overwrites_nothing(office: Office, tmp_path: Path) -> None:
    many(2)
    target, kept = tmp_path / "one.zip", tmp_path / "kept.txt"
    with pytest.raises(CommandError, match="under a checkpoint"):
        call_command("export_dossier", STREAM, target)
    office.step()
    kept.write_text(note(0))
    call_command("export_dossier", STREAM, target, "--checkpoint", str(kept), stdout=StringIO())
    taken = Taken(target, tree.known_keys()[0].text, note(0), "")
    assert taken.verdict(note(0)).whole
    with pytest.raises(CommandError, match="cannot write"):
        call_command("export_dossier", STREAM, target)
    kept.write_text("something else")
    with pytest.raises(CommandError, match="no checkpoint of this record"):
        call_command("export_dossier", STREAM, tmp_path / "two.zip", "--checkpoint", str(kept))
