"""Checkpoints, keys and signed notes: one spelling each, and nothing changed unnoticed (封签的文本与签名)."""

import base64
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from audit import chain
from audit.chain import Checkpoint, Key, NotCanonical, Note, Signature, opened_note, read_key, sign_note

ROOT = sha256(b"root").digest()
AT = datetime(2026, 9, 28, 1, 2, 3, tzinfo=UTC)
CHECKPOINT = Checkpoint("zzb.example.gov.cn/record", 20852163, ROOT, 417, AT)
TEXT = (
    "zzb.example.gov.cn/record\n20852163\nSBNJTRN+FjG7owHVrKtue7eqdM4RhdRWVl71HXN2d7I=\ncp 417 2026-09-28T01:02:03Z\n"
)
HEADS = "heads 1204 SBNJTRN+FjG7owHVrKtue7eqdM4RhdRWVl71HXN2d7I=\n"


class Signer:
    def __init__(self, name: str) -> None:
        self.private = Ed25519PrivateKey.from_private_bytes(sha256(name.encode()).digest())
        public = self.private.public_key().public_bytes_raw()
        self.key = Key(name, chain.key_id(name, public), public)

    def signed(self, checkpoint: Checkpoint = CHECKPOINT) -> str:
        return sign_note(checkpoint, self.key.name, self.private.sign, self.key.public)

    def line(self, checkpoint: Checkpoint = CHECKPOINT) -> str:
        return self.signed(checkpoint).rpartition("\n\n")[2]


NOTARY, WITNESS, STRANGER = Signer("zzb.example.gov.cn/record"), Signer("纪委.example/witness"), Signer("else.example")
KNOWN = (NOTARY.key, WITNESS.key)


# --- published examples ---------------------------------------------------------------------------------------------

# The example of c2sp.org/signed-note.
SPECIFIED = (
    "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
    "This is an example message.\n",
    "— example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n",
)
# Two keys and their signatures from the tests of golang.org/x/mod/sumdb/note, which publish the first private key too.
PROBLEM = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
PETER = (
    "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
    PROBLEM,
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n",
)
ENOCH = (
    "EnochRoot+af0cfe78+ATtqJ7zOtqQtYqOo0CpvDXNlMhV3HeJDpjrASKGLWdop",
    PROBLEM,
    "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n",
)
PETERS_SECRET = base64.b64decode("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz")[1:]
SUMDB = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8"


@pytest.mark.parametrize(("vkey", "text", "line"), [SPECIFIED, PETER, ENOCH])
def test_published_keys_have_signed_published_texts(vkey: str, text: str, line: str) -> None:
    key, signature = read_key(vkey), Signature.parse(line.removesuffix("\n"))
    assert key.text == vkey
    assert signature.line == line
    assert (signature.name, signature.id) == (key.name, key.id)
    assert key.id.hex() == vkey.split("+")[1]
    assert chain.signed_by(key.public, text.encode(), signature.signature)
    assert not chain.signed_by(key.public, text.encode() + b"\n", signature.signature)


def test_a_published_private_key_gives_the_published_line() -> None:
    key, private = read_key(PETER[0]), Ed25519PrivateKey.from_private_bytes(PETERS_SECRET)
    assert private.public_key().public_bytes_raw() == key.public
    assert Signature(key.name, key.id, private.sign(PROBLEM.encode())).line == PETER[2]


def test_a_key_that_the_world_uses_is_read() -> None:
    assert (read_key(SUMDB).name, read_key(SUMDB).text) == ("sum.golang.org", SUMDB)


# --- keys -----------------------------------------------------------------------------------------------------------


def test_no_part_of_a_key_and_no_key_with_one_character_changed_is_read() -> None:
    for vkey in (PETER[0], WITNESS.key.text):
        for begin in range(len(vkey) + 1):
            for end in range(begin, len(vkey) + 1):
                if vkey[begin:end] != vkey:
                    with pytest.raises(NotCanonical):
                        read_key(vkey[begin:end])
        for other in mutations(vkey):
            with pytest.raises(NotCanonical):
                read_key(other)


@pytest.mark.parametrize(
    "vkey",
    [
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",  # too long, with a fitting id
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",  # of another kind, with a fitting id
        PETER[0].replace("c74f20a3", "C74F20A3"),
        PETER[0] + "\n",
        "Peter Neumann" + PETER[0].removeprefix("PeterNeumann"),
        "\ud800+00000000+AQ==",
        "",
        "++",
    ],
)
def test_what_is_no_key_is_refused(vkey: str) -> None:
    with pytest.raises(NotCanonical):
        read_key(vkey)


def test_a_key_for_which_anyone_can_sign_is_no_key() -> None:
    neutral = (1).to_bytes(32, "little")
    with pytest.raises(NotCanonical, match="Ed25519"):
        Key("zzb", chain.key_id("zzb", neutral), neutral)
    encoded = base64.b64encode(b"\x01" + neutral).decode()
    with pytest.raises(NotCanonical, match="Ed25519"):
        read_key(f"zzb+{chain.key_id('zzb', neutral).hex()}+{encoded}")


def test_a_key_has_one_encoding() -> None:
    """Numbers from the prime on stand for points as well, in careless hands."""
    points = 0
    for y in range(19):
        for sign in (0, 1 << 255):
            try:
                encoded = (y | sign).to_bytes(32, "little")
                points += bool(Key("zzb", chain.key_id("zzb", encoded), encoded))
            except NotCanonical:
                continue
            twin = (chain.P + y | sign).to_bytes(32, "little")
            with pytest.raises(NotCanonical, match="Ed25519"):
                Key("zzb", chain.key_id("zzb", twin), twin)
    assert points > 10


def test_a_key_has_the_id_that_its_name_and_number_give() -> None:
    with pytest.raises(NotCanonical, match="another id"):
        replace(NOTARY.key, id=STRANGER.key.id)
    with pytest.raises(NotCanonical, match="another id"):
        replace(NOTARY.key, name="zzb.example.gov.cn")


@pytest.mark.parametrize(
    "name", ["", "a b", "a+b", "a\u3000b", "a\nb", "a\u200bb", "a\u202eb", "\ufeffa", "a\x7f", "a\x85"]
)
def test_a_name_that_cannot_be_told_from_another_by_looking_is_none(name: str) -> None:
    with pytest.raises(NotCanonical, match="name"):
        Key(name, chain.key_id(name, NOTARY.key.public), NOTARY.key.public)
    with pytest.raises(NotCanonical, match="name"):
        replace(CHECKPOINT, origin=name)


# --- checkpoints ----------------------------------------------------------------------------------------------------


def test_the_text_of_a_checkpoint() -> None:
    assert CHECKPOINT.text == TEXT
    assert Checkpoint.parse(TEXT) == CHECKPOINT
    assert Checkpoint.parse(TEXT).at.utcoffset() == timedelta(0)


def test_a_checkpoint_may_say_where_the_streams_end() -> None:
    daily = replace(CHECKPOINT, heads=chain.Heads(1204, ROOT))
    assert daily.text == f"{TEXT}{HEADS}"
    assert Checkpoint.parse(daily.text) == daily
    assert daily != CHECKPOINT


@given(
    st.builds(
        Checkpoint,
        origin=st.text(st.characters(exclude_categories=["Z", "C"], exclude_characters="+"), min_size=1),
        size=st.integers(0, chain.LARGEST),
        root=st.binary(min_size=32, max_size=32),
        number=st.integers(0, chain.LARGEST),
        at=st.datetimes(timezones=st.just(UTC)).map(lambda at: at.replace(microsecond=0)),
        heads=st.none() | st.builds(chain.Heads, st.integers(0, chain.LARGEST), st.binary(min_size=32, max_size=32)),
    )
)
def test_every_checkpoint_comes_back_from_its_text(checkpoint: Checkpoint) -> None:
    assert Checkpoint.parse(checkpoint.text) == checkpoint
    assert checkpoint.text.count("\n") == 4 + (checkpoint.heads is not None)


@pytest.mark.parametrize(
    "changed",
    [
        {"size": -1},
        {"size": chain.LARGEST + 1},
        {"size": True},
        {"size": 7.0},
        {"number": -1},
        {"number": "7"},
        {"root": ROOT[1:]},
        {"root": ROOT.hex()},
        {"root": b""},
        {"at": AT.replace(tzinfo=None)},
        {"at": AT.astimezone(timezone(timedelta(hours=8)))},
        {"at": AT.replace(microsecond=1)},
        {"origin": None},
    ],
)
def test_a_checkpoint_that_has_no_text_is_none(changed: dict[str, Any]) -> None:
    with pytest.raises(NotCanonical):
        replace(CHECKPOINT, **changed)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        TEXT[:-1],
        TEXT + "\n",
        "\n" + TEXT,
        "\ufeff" + TEXT,
        TEXT + TEXT,
        TEXT + "another extension\n",
        TEXT + HEADS + HEADS,
        TEXT + HEADS + "another extension\n",
        TEXT + HEADS.replace(" ", "  "),
        TEXT + HEADS.replace("1204", "01204"),
        TEXT + HEADS.replace("1204", "-1"),
        TEXT + HEADS.replace("d7I=", "d7J="),
        TEXT + HEADS.replace("d7I=", ""),
        TEXT + HEADS.removesuffix("\n"),
        HEADS + TEXT,
        TEXT.replace("\n", "\r\n"),
        TEXT.replace("\n", "\r"),
        TEXT.replace("\n", " \n"),
        TEXT.replace("\n", "\n\n", 1),
        TEXT.partition("cp ")[0],
        TEXT.replace("\n2", "\n02"),
        TEXT.replace("\n2", "\n+2"),
        TEXT.replace("\n2", "\n-2"),
        TEXT.replace("\n2", "\n ２"),
        TEXT.replace("20852163", "２０８５２１６３"),
        TEXT.replace("20852163", "20_852_163"),
        TEXT.replace("20852163", "9007199254740992"),
        TEXT.replace("20852163", "9" * 5000),
        TEXT.replace("d7I=", "d7J="),  # the same bytes: the last two bits do not count
        TEXT.replace("d7I=", "d7I"),
        TEXT.replace("d7I=", "d7IA"),
        TEXT.replace("FjG7", "F-_7"),
        TEXT.replace("cp 417", "cp 0417"),
        TEXT.replace("cp 417", "cp  417"),
        TEXT.replace("cp 417", "CP 417"),
        TEXT.replace("Z\n", "+00:00\n"),
        TEXT.replace("Z\n", "z\n"),
        TEXT.replace("Z\n", ".000Z\n"),
        TEXT.replace("T01", " 01"),
        TEXT.replace("T01:02:03", "T24:00:00"),
        TEXT.replace("T01:02:03", "T01:02:60"),
        TEXT.replace("09-28", "02-29"),
        TEXT.replace("2026-", "0000-"),
    ],
)
def test_a_text_in_another_spelling_is_no_checkpoint(text: str) -> None:
    assert text != TEXT
    with pytest.raises(NotCanonical):
        Checkpoint.parse(text)


def test_the_checkpoint_of_another_log_lacks_our_line() -> None:
    """The example of c2sp.org/tlog-checkpoint."""
    with pytest.raises(NotCanonical):
        Checkpoint.parse("example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n")


# --- notes ----------------------------------------------------------------------------------------------------------


def test_a_note_opens_for_whoever_knows_a_key() -> None:
    note = NOTARY.signed()
    assert note.startswith(TEXT + "\n— zzb.example.gov.cn/record ")
    assert opened_note(note, [NOTARY.key]) == (CHECKPOINT, (NOTARY.key,))
    assert opened_note(note.encode(), KNOWN) == (CHECKPOINT, (NOTARY.key,))
    assert opened_note(note, iter([STRANGER.key, NOTARY.key, NOTARY.key])) == (CHECKPOINT, (NOTARY.key,))
    assert opened_note(note, [read_key(NOTARY.key.text)]) == (CHECKPOINT, (NOTARY.key,))
    assert Note.parse(note).text == note


def test_signatures_of_others_stand_beside_it_and_say_nothing() -> None:
    note = NOTARY.signed() + STRANGER.line() + WITNESS.line()
    assert opened_note(note, KNOWN) == (CHECKPOINT, (NOTARY.key, WITNESS.key))
    assert opened_note(note, [WITNESS.key]) == (CHECKPOINT, (WITNESS.key,))
    assert [one.name for one in Note.parse(note).signatures] == [
        NOTARY.key.name, STRANGER.key.name, WITNESS.key.name
    ]  # fmt: skip
    # A line of another kind of key, longer than ours and of no key that is known here.
    foreign = Signature("pq.example", b"\x01\x02\x03\x04", b"\x00" * 2420).line
    assert opened_note(NOTARY.signed() + foreign, KNOWN) == (CHECKPOINT, (NOTARY.key,))


def test_a_note_that_no_known_key_has_signed_is_refused() -> None:
    for keys in ([], [WITNESS.key], [STRANGER.key]):
        with pytest.raises(NotCanonical, match="none of the known keys"):
            opened_note(NOTARY.signed(), keys)


def test_a_known_keys_bad_signature_condemns_the_note_whoever_else_has_signed() -> None:
    elsewhere = WITNESS.line(replace(CHECKPOINT, size=CHECKPOINT.size + 1))
    with pytest.raises(NotCanonical, match=r"signature of 纪委\.example/witness is not good"):
        opened_note(NOTARY.signed() + elsewhere, KNOWN)
    assert opened_note(NOTARY.signed() + elsewhere, [NOTARY.key])[1] == (NOTARY.key,)


@pytest.mark.parametrize("cut", [1, 32, 63])
def test_a_known_keys_signature_of_another_length_is_not_good(cut: int) -> None:
    (whole,) = Note.parse(NOTARY.signed()).signatures
    for signature in (whole.signature[:cut], whole.signature + b"\x00" * cut):
        with pytest.raises(NotCanonical, match="not good"):
            opened_note(Note(CHECKPOINT, (whole._replace(signature=signature),)).text, KNOWN)


def test_a_signature_under_another_name_or_with_another_key_is_not_the_known_keys() -> None:
    (own,) = Note.parse(NOTARY.signed()).signatures
    for claimed in (own._replace(name=STRANGER.key.name), own._replace(id=STRANGER.key.id)):
        with pytest.raises(NotCanonical, match="none of the known keys"):
            opened_note(Note(CHECKPOINT, (claimed,)).text, KNOWN)
    (forged,) = Note.parse(STRANGER.signed()).signatures
    with pytest.raises(NotCanonical, match="not good"):
        opened_note(Note(CHECKPOINT, (forged._replace(name=own.name, id=own.id),)).text, KNOWN)


def test_two_keys_that_cannot_be_told_apart_are_refused() -> None:
    other = replace(NOTARY.key)
    object.__setattr__(other, "public", STRANGER.key.public)  # as if the four bytes of the id had met by chance
    with pytest.raises(NotCanonical, match="one name and one id"):
        opened_note(NOTARY.signed(), [NOTARY.key, other])


def test_the_notary_cannot_sign_with_a_key_that_is_not_its_own() -> None:
    with pytest.raises(NotCanonical, match="another key"):
        sign_note(CHECKPOINT, "zzb", STRANGER.private.sign, NOTARY.key.public)
    with pytest.raises(NotCanonical, match="another key"):
        sign_note(CHECKPOINT, "zzb", lambda text: b"", NOTARY.key.public)
    with pytest.raises(NotCanonical, match="name"):
        sign_note(CHECKPOINT, "two words", NOTARY.private.sign, NOTARY.key.public)


NOTE = NOTARY.signed() + STRANGER.line()


@pytest.mark.parametrize(
    "note",
    [
        "",
        "\n\n",
        TEXT,
        TEXT + "\n",
        NOTE[:-1],
        NOTE + "\n",
        NOTE + " ",
        NOTE + "\n\n",
        NOTE + "Unexpected line.\n",
        NOTE + "— \n",
        NOTE + "— else.example \n",
        NOTE + "— else.example AAAAAA==\n",  # an id and no signature
        NOTE + NOTARY.line(),
        NOTE + STRANGER.line(),
        NOTE + NOTARY.line(replace(CHECKPOINT, number=418)),
        NOTARY.signed() + NOTARY.signed(),
        NOTARY.signed() + "\n" + STRANGER.line(),
        NOTE.replace("\n", "\r\n"),
        NOTE.replace("\n", " \n"),
        NOTE.replace("\n\n", "\n"),
        NOTE.replace("\n\n", "\n\n\n"),
        NOTE.replace("—", "-"),
        NOTE.replace("— ", "—"),
        NOTE.replace("— ", "—  "),
        NOTE.replace("— ", " — "),
        NOTE.replace("— ", "—\u00a0"),
        NOTE.replace("=\n", "\n"),
        NOTE.replace("=\n", "==\n"),
        NOTE.replace("=\n", "=\t\n"),
        "\ufeff" + NOTE,
        "\n" + NOTE,
        " " + NOTE,
        NOTE + "— else.example " + "A" * 2**20 + "\n",
        NOTE + "".join(Signature(f"w{number}", b"abcd", b"x").line for number in range(99)),
        NOTE.encode("utf-16"),
        NOTE.encode("gb18030"),
        NOTE.encode() + b"\xff",
    ],
)
def test_a_note_in_another_spelling_is_refused(note: str | bytes) -> None:
    with pytest.raises(NotCanonical):
        opened_note(note, [NOTARY.key])
    with pytest.raises(NotCanonical):
        opened_note(note, [NOTARY.key, STRANGER.key])


def test_as_many_as_a_hundred_may_sign() -> None:
    witnesses = "".join(Signature(f"w{number}", b"abcd", b"x").line for number in range(98))
    assert opened_note(NOTE + witnesses, [NOTARY.key]) == (CHECKPOINT, (NOTARY.key,))


def test_base64_has_one_spelling_in_a_signature_line() -> None:
    """The last digit before the padding has bits that do not count: with another digit the bytes are the same."""
    digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    line = NOTARY.line()
    raw = line.split(" ")[2].removesuffix("\n")
    last = raw.rstrip("=")[-1]
    twin = raw.rstrip("=")[:-1] + digits[digits.index(last) | 1] + raw[len(raw.rstrip("=")) :]
    assert twin != raw
    assert base64.b64decode(twin) == base64.b64decode(raw)
    with pytest.raises(NotCanonical):
        opened_note(TEXT + "\n" + line.replace(raw, twin), KNOWN)
    with pytest.raises(NotCanonical, match="another spelling"):
        Signature.parse(line.removesuffix("\n").replace(raw, twin))


def mutations(text: str) -> Iterator[str]:
    """Every text with one character changed, left out, doubled, put before it or exchanged with the next."""
    for at, character in enumerate(text):
        before, after = text[:at], text[at + 1 :]
        others = {
            "0",
            "1",
            "A",
            "=",
            "+",
            " ",
            "\n",
            "\r",
            "\0",
            "—",
            "é",
            chr(ord(character) ^ 1),
            character.swapcase(),
        }
        for other in sorted(others - {character}):
            yield before + other + after
        yield before + after
        yield before + character + character + after
        yield before + " " + character + after
        yield before + "\n" + character + after
        if after and after[0] != character:
            yield before + after[0] + character + after[1:]


def test_no_character_of_a_note_can_be_changed_so_that_it_says_something_else() -> None:
    """Refused, or the same checkpoint without the signature in whose line the change is."""
    lines = {NOTARY.key: NOTARY.line(), WITNESS.key: WITNESS.line(), STRANGER.key: STRANGER.line()}
    note = TEXT + "\n" + "".join(lines.values())
    assert opened_note(note, KNOWN) == (CHECKPOINT, KNOWN)
    refused, passed = 0, 0
    for changed in mutations(note):
        try:
            checkpoint, signers = opened_note(changed, KNOWN)
        except NotCanonical:
            refused += 1
            continue
        passed += 1
        assert checkpoint == CHECKPOINT
        assert changed.startswith(TEXT + "\n")
        assert signers == tuple(key for key in KNOWN if lines[key] in changed)
        assert signers
    # What passes has a line that has become a stranger's, or was one.
    assert refused > 3000
    assert passed > 100


def test_no_byte_of_a_note_can_be_changed_so_that_it_says_something_else() -> None:
    raw = NOTARY.signed().encode()
    for at in range(len(raw)):
        for bit in range(8):
            changed = bytearray(raw)
            changed[at] ^= 1 << bit
            with pytest.raises(NotCanonical):
                opened_note(bytes(changed), KNOWN)
