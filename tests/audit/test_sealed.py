"""A file of entries against a checkpoint that was kept elsewhere, without the site (与另存封签比对)."""

import random
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit import chain
from audit.chain import Checkpoint, Key, NotCanonical, Proof
from tests.audit.test_chain import stream_of

AT = datetime(2026, 9, 28, 12, 0, 0, tzinfo=UTC)


def signer(name: str) -> tuple[Ed25519PrivateKey, Key]:
    private = Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest())
    public = private.public_key().public_bytes_raw()
    return private, Key(name, chain.key_id(name, public), public)


NOTARY, WITNESS = signer("zzb.example.gov.cn/record"), signer("jiwei.example/witness")


def note_of(checkpoint: Checkpoint, *signers: tuple[Ed25519PrivateKey, Key]) -> str:
    notes = [chain.sign_note(checkpoint, key.name, private.sign, key.public) for private, key in signers]
    return checkpoint.text + "\n" + "".join(note.rpartition("\n\n")[2] for note in notes)


@dataclass(frozen=True)
class Bundle:
    """What lies on the auditor's stick."""

    bodies: Sequence[str]
    proof: str
    note: str

    @property
    def lines(self) -> list[bytes]:
        return [body.encode() + b"\n" for body in self.bodies]

    def sealed(self, keys: Sequence[Key] = (NOTARY[1],)) -> chain.Sealed:
        return chain.verify_sealed(self.lines, self.proof.encode(), self.note.encode(), keys)

    def run(self, folder: Path, *options: str, keys: Sequence[Key] = (NOTARY[1],)) -> tuple[int, str]:
        (folder / "events.jsonl").write_bytes(b"".join(self.lines))
        (folder / "proof.json").write_text(self.proof, encoding="utf-8")
        (folder / "note.txt").write_text(self.note, encoding="utf-8")
        return run(folder, *(f"--key={key.text}" for key in keys), *options)


def run(folder: Path, *options: str, with_proof: str = "--proof=proof.json") -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-I", "-S", chain.__file__, "events.jsonl", "--checkpoint=note.txt", with_proof, *options],
        cwd=folder, capture_output=True, encoding="utf-8", check=False, env={"LC_ALL": "C"},
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def record() -> list[str]:
    """Entries of three streams in the order in which the notary took them in."""
    streams = [stream_of(7, "selection:17"), stream_of(5, "person:5"), stream_of(9, "selection:18")]
    left, order = {number: list(bodies) for number, bodies in enumerate(streams)}, []
    dice = random.Random(7)
    while left:
        number = dice.choice(sorted(left))
        order.append(left[number].pop(0))
        if not left[number]:
            del left[number]
    return order


def leaves_of(bodies: Sequence[str]) -> list[bytes]:
    return [bytes.fromhex(chain.leaf(body)) for body in bodies]


def bundle(chosen: Callable[[str], bool], *signers: tuple[Ed25519PrivateKey, Key], of: Sequence[str] = ()) -> Bundle:
    order = list(of) or record()
    leaves = leaves_of(order)
    places = [place for place, body in enumerate(order) if chosen(body)]
    proof = Proof.of(places, len(order), chain.subtrees_over(leaves))
    checkpoint = Checkpoint(NOTARY[1].name, len(order), chain.tree_root(leaves), 417, AT)
    return Bundle([order[place] for place in places], proof.text, note_of(checkpoint, *(signers or (NOTARY,))))


def of_17(body: str) -> bool:
    return '"stream":"selection:17"' in body


DOSSIER, WHOLE = bundle(of_17), bundle(lambda body: True)


def test_a_dossier_is_in_the_tree_of_its_checkpoint(tmp_path: Path) -> None:
    code, said = DOSSIER.run(tmp_path)
    assert code == 0
    assert "封签：zzb.example.gov.cn/record 第 417 号，2026-09-28 12:00:00 UTC，共 21 条。" in said
    assert "与封签相符：这 7 条都在该封签所封的总树中，此后未被改动。" in said
    assert "As the checkpoint says: these 7 entries are all in its tree, and unaltered since." in said
    assert "further entries at the end of a stream were left out" in said
    assert "A chain alone cannot find" not in said


def test_a_file_of_all_entries_is_the_whole_record(tmp_path: Path) -> None:
    code, said = WHOLE.run(tmp_path)
    assert code == 0
    assert "这 21 条就是截至该封签的整部记录，一条不多，一条不少" in said
    assert "these 21 entries are the whole record up to it" in said
    assert "left out" not in said


def rewritten(bodies: Sequence[str], since: int = 0) -> list[str]:
    """The stream as someone with the whole database leaves it: another past, and every hash computed anew."""
    forged = list(bodies[:since])
    for body in bodies[since:]:
        entry = chain.parse(body)
        entry["prev"] = chain.leaf(forged[-1]) if forged else chain.origin("selection:17")
        entry["actor"] = entry["actor"] | {"name": "某某"}
        forged.append(chain.canonical(entry).decode())
    return forged


@pytest.mark.parametrize(
    "bodies",
    [rewritten(DOSSIER.bodies), rewritten(DOSSIER.bodies, since=6), DOSSIER.bodies[:-1], DOSSIER.bodies[:1]],
    ids=["stream rewritten", "last entry rewritten", "last entry gone", "all but the first gone"],
)
def test_what_no_chain_can_show_is_found(bodies: Sequence[str], tmp_path: Path) -> None:
    forged = replace(DOSSIER, bodies=bodies)
    assert chain.verify_lines(forged.lines).whole
    code, said = forged.run(tmp_path)
    assert code == 1
    assert said.startswith(
        f"不能认定记录完整：1 个流、{len(bodies)} 条，哈希链首尾相接，但与封签不符。\nNOT shown to be whole"
    )
    assert "与封签不符：" in said
    assert "NOT as the checkpoint says: not all of these entries are in its tree" in said or "the file has" in said


def test_a_record_made_anew_with_a_proof_of_its_own_does_not_fit_the_checkpoint_kept_elsewhere(tmp_path: Path) -> None:
    order = record()
    forged_17 = iter(rewritten([body for body in order if of_17(body)]))
    forged = bundle(of_17, of=[next(forged_17) if of_17(body) else body for body in order])
    assert forged.run(tmp_path)[0] == 0  # with a checkpoint that the notary signed for it afterwards
    code, said = replace(forged, note=DOSSIER.note).run(tmp_path)
    assert (code, "not all of these entries are in its tree" in said) == (1, True)


def test_an_old_backup_with_all_that_belongs_to_it_does_not_fit_a_later_checkpoint(tmp_path: Path) -> None:
    old = bundle(lambda body: True, of=record()[:15])
    assert old.run(tmp_path)[0] == 0
    code, said = replace(old, note=WHOLE.note).run(tmp_path)
    assert (code, "the proof is for a tree of 15 entries, the checkpoint for one of 21" in said) == (1, True)
    code, said = replace(WHOLE, bodies=old.bodies).run(tmp_path)
    assert (code, "the file has 15 entries, the proof is for 21" in said) == (1, True)


def test_every_key_that_is_given_must_have_signed(tmp_path: Path) -> None:
    both = bundle(of_17, NOTARY, WITNESS)
    assert both.run(tmp_path, keys=[NOTARY[1], WITNESS[1]])[0] == 0
    assert both.run(tmp_path, keys=[WITNESS[1]])[0] == 0
    code, said = DOSSIER.run(tmp_path, keys=[NOTARY[1], WITNESS[1]])
    assert (code, "jiwei.example/witness has not signed it" in said) == (1, True)
    code, said = DOSSIER.run(tmp_path, keys=[WITNESS[1]])
    assert (code, "封签不可信" in said) == (1, True)


def test_a_file_in_which_the_chain_breaks_is_not_saved_by_a_good_proof(tmp_path: Path) -> None:
    """The notary has taken in what someone put into the database."""
    torn = record()
    torn.remove(next(body for body in torn if of_17(body) and '"seq":3,' in body))
    code, said = bundle(of_17, of=torn).run(tmp_path)
    assert (code, "missing: entry 3" in said, "与封签相符" in said) == (1, True, True)


def test_entries_in_another_order_than_the_proof_says_are_not_shown() -> None:
    assert not replace(DOSSIER, bodies=[*DOSSIER.bodies[1:], DOSSIER.bodies[0]]).sealed().holds
    assert not replace(DOSSIER, bodies=[*DOSSIER.bodies, DOSSIER.bodies[0]]).sealed().holds
    twice = Proof.parse(DOSSIER.proof)
    twice = replace(twice, indices=(*twice.indices, twice.indices[0]))
    assert not replace(DOSSIER, bodies=[*DOSSIER.bodies, DOSSIER.bodies[0]], proof=twice.text).sealed().holds


def test_nothing_at_all_is_not_a_pass(tmp_path: Path) -> None:
    for proof in (DOSSIER.proof, Proof(21, (), ()).text, Proof(0, (), ()).text):
        empty = replace(DOSSIER, bodies=[], proof=proof)
        assert not empty.sealed().holds
        assert empty.run(tmp_path)[0] == 1
    nothing = Checkpoint(NOTARY[1].name, 0, chain.tree_root([]), 0, AT)
    assert not Bundle([], Proof(0, (), ()).text, note_of(nothing, NOTARY)).sealed().holds


@pytest.mark.parametrize(
    "proof",
    [
        "",
        "null",
        "[]",
        "{}",
        "[" * 5000,
        DOSSIER.proof[:-1],
        DOSSIER.proof[:-2] + "\n",
        DOSSIER.proof + "\n",
        " " + DOSSIER.proof,
        "\ufeff" + DOSSIER.proof,
        DOSSIER.proof.replace(",", ", ", 1),
        DOSSIER.proof.replace('"v":1', '"v":2'),
        DOSSIER.proof.replace('"v":1', '"v":true'),
        DOSSIER.proof.replace('"v":1', '"v":1.0'),
        DOSSIER.proof.replace('"v":1', '"v":1,"v":1'),
        DOSSIER.proof.replace('"v":1', '"v":1,"w":1'),
        DOSSIER.proof.replace('"size":21', '"size":-21'),
        DOSSIER.proof.replace('"size":21', '"size":21.0'),
        DOSSIER.proof.replace('"size":21', '"size":"21"'),
        DOSSIER.proof.replace('"indices":[', '"indices":[true,'),
        DOSSIER.proof.replace('"indices":[', '"indices":[[],'),
        DOSSIER.proof.replace('"indices":[', '"indices":{},"more":['),
        DOSSIER.proof.replace('"hashes":["', '"hashes":["AB'),
        DOSSIER.proof.replace('"hashes":["', '"hashes":[null,"'),
    ],
)
def test_a_proof_in_another_spelling_is_no_proof(proof: str) -> None:
    assert proof != DOSSIER.proof
    with pytest.raises((NotCanonical, ValueError, RecursionError)):
        Proof.parse(proof)
    sealed = replace(DOSSIER, proof=proof).sealed()
    assert not sealed.holds
    assert sealed.fault
    assert sealed.fault[1].startswith("the proof cannot be read")


def test_a_proof_of_a_later_version_is_refused_for_that_reason() -> None:
    sealed = replace(DOSSIER, proof=DOSSIER.proof.replace('"v":1', '"v":2').replace("}", ',"way":"new"}')).sealed()
    assert sealed.fault
    assert "not a proof of this version" in sealed.fault[1]


def test_a_proof_shows_each_leaf_at_a_place_of_its_own() -> None:
    leaves = leaves_of(record())
    proof, root = Proof.of([3, 5], 21, chain.subtrees_over(leaves)), chain.tree_root(leaves)
    assert proof.shows([leaves[3], leaves[5]], root)
    assert not proof.shows([leaves[5], leaves[3]], root)
    assert not replace(proof, indices=(3, 5, 5)).shows([leaves[3], leaves[0], leaves[5]], root)
    assert not replace(proof, indices=(3,)).shows([leaves[3], leaves[5]], root)


def test_no_bit_of_a_bundle_can_be_changed_unnoticed() -> None:
    """A thousand at random: in the entries, in the proof, in the checkpoint."""
    dice = random.Random(21)
    parts = {"lines": b"".join(DOSSIER.lines), "proof": DOSSIER.proof.encode(), "note": DOSSIER.note.encode()}
    assert chain.verify_sealed(DOSSIER.lines, parts["proof"], parts["note"], [NOTARY[1]]).holds
    for _ in range(1000):
        name = dice.choice(sorted(parts))
        raw = bytearray(parts[name])
        at = dice.randrange(len(raw))
        raw[at : at + 1] = dice.choice([bytes([raw[at] ^ 1 << dice.randrange(8)]), b"", raw[at : at + 1] * 2])
        if bytes(raw) == parts[name]:
            continue
        changed = parts | {name: bytes(raw)}
        lines = list(BytesIO(changed["lines"]))
        sealed = chain.verify_sealed(lines, changed["proof"], changed["note"], [NOTARY[1]])
        cut = name == "lines" and bytes(raw) == parts[name][:-1]
        assert not sealed.holds or (cut and not chain.verify_lines(lines).whole)


@pytest.mark.parametrize("kind", [b"\x00\xff", b"", b"\xff\xfe" + "一".encode("utf-16-le"), b"{" * 100_000])
def test_files_of_any_other_kind_are_a_failure(kind: bytes) -> None:
    lines = DOSSIER.lines
    for sealed in (
        chain.verify_sealed([kind], DOSSIER.proof.encode(), DOSSIER.note.encode(), [NOTARY[1]]),
        chain.verify_sealed(lines, kind, DOSSIER.note.encode(), [NOTARY[1]]),
        chain.verify_sealed(lines, DOSSIER.proof.encode(), kind, [NOTARY[1]]),
        chain.verify_sealed(lines, DOSSIER.proof.encode(), DOSSIER.note.encode(), []),
    ):
        assert not sealed.holds
        assert sealed.fault


def test_checkpoint_proof_and_key_belong_together_and_must_be_there(tmp_path: Path) -> None:
    assert DOSSIER.run(tmp_path)[0] == 0
    code, said = run(tmp_path)
    assert (code, "belong together" in said) == (2, True)
    key = f"--key={NOTARY[1].text}"
    assert run(tmp_path, key, with_proof="--processes=1")[0] == 2
    assert run(tmp_path, key, with_proof="--proof=gone.json")[0] == 2
    code, said = run(tmp_path, key[:-1])
    assert (code, "不是公钥 / not a verifier key" in said) == (2, True)
    (tmp_path / "note.txt").unlink()
    assert run(tmp_path, key)[0] == 2
