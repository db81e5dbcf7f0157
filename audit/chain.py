"""Canonical bytes, hash chain and verification of the record (全程纪实的规范字节、哈希链与核验).

Standard library only.  An auditor keeps a copy of this file and runs it without the site::

    python -I -S chain.py events.jsonl
    python -I -S chain.py events.jsonl --proof proof.json --checkpoint note.txt --key NAME+ID+KEY
    python -I -S chain.py DOSSIER.zip --key NAME+ID+KEY [--checkpoint note.txt]

Each line of ``events.jsonl`` is the exact body of one entry; the second form also holds them against a checkpoint that
was kept elsewhere; the third verifies a dossier (卷宗): the stream of one matter with its papers, its proof and its
checkpoint.  Exit code 0: whole; 1: something was found; 2: a file could not be opened.  Whatever goes wrong while
verifying counts as a failure, never as a pass.  A large file is verified by as many processes as the machine has cores,
each with a stretch of its own.

- **Canonical form**: ``json.dumps`` with sorted keys, no spaces and no ASCII escapes, over a subset in which every JSON
  encoder agrees: no floats, integers within ±(2^53 − 1), ASCII keys, strings in NFC without NUL or lone surrogates.
- **H**: SHA-256, or SM3 (GB/T 32905) where an installation has chosen it before its first entry.  One record has one of
  them for all its life; the name of its notary says which.  Lists of files and ids of keys are always by SHA-256.
- **Leaf**: H(0x00 ‖ body).  **Origin** of a stream: H("cadre-v1-genesis" ‖ 0x00 ‖ stream).
- **Chain**: entries of a stream are numbered from 0 without gaps; each names the leaf of the one before as ``prev``.
- **Tree** over leaves of all streams (RFC 6962, proofs as in RFC 9162): node = H(0x01 ‖ left ‖ right); one hash
  stands for all leaves, short paths show that a leaf is in and that a later tree begins with an earlier one.
- **Heads**: the same tree over the last leaf of each stream, in the order in which the streams begin; a short path
  shows that at that time a stream ended there.
- **Signature**: Ed25519, with the one encoding of key and signature only, and never for a key of small order.
- **Note**: a checkpoint of the tree (origin, size, root, its number and time) under signature lines, as in C2SP
  signed-note and tlog-checkpoint; read strictly, so that a note has one spelling.
- **Commitment** to a sealed text: H(0x02 ‖ salt ‖ text); the text itself may be forgotten later.

What a chain alone cannot find: the last entries of a stream cut off or rewritten, and a stream rewritten as a whole.
With a checkpoint that is found too, except that entries at the end of a stream were left out of a file which is not
the whole record; a dossier shows of these at least the ones of the days before.
"""

from __future__ import annotations

import argparse
import os
import re
import struct
import sys
import unicodedata
from base64 import b64decode, b64encode
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from hashlib import new as new_hash
from hashlib import sha256, sha512
from itertools import islice, repeat
from json import JSONDecoder, JSONEncoder
from stat import S_ISREG
from typing import Any, Final, NamedTuple, Protocol
from zlib import crc32

VERSION: Final = 1
KEYS: Final = (
    "action", "actor", "at", "basis", "case", "data", "files", "object",
    "prev", "recorded_at", "req", "seq", "state", "stream", "v",
)  # fmt: skip
ACTOR_KEYS: Final = ("auth", "dept", "id", "name", "role")
FILE_KEYS: Final = ("bytes", "name", "sha256")
LARGEST: Final = 2**53 - 1
SALT_BYTES: Final = 32
FINDINGS_KEPT: Final = 1000

# No test for circles: whatever is encoded has been walked or parsed before, and neither ends for a circle.
_encode = JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, check_circular=False
).encode
_is_stamp = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z").fullmatch
_is_digest = re.compile(r"[0-9a-f]{64}").fullmatch
_STREAM_NAME: Final = "[a-z_]+(?::[0-9A-Za-z-]+)?"
is_stream = re.compile(_STREAM_NAME).fullmatch


class NotCanonical(ValueError):
    """The value or the body lies outside the canonical form."""


# --- hash ------------------------------------------------------------------------------------------------------------

HASHES: Final = ("sha256", "sm3")
"""Names of the hashes that a record may have."""
NAMED: Final = "cadre-record/"
NAMED_BY_SM3: Final = "cadre-record-sm3/"
"""How the name of a notary begins, which is the origin of its checkpoints."""

GENESIS: Final = b"cadre-v1-genesis\x00"


class Hash(Protocol):
    """A hash of ``hashlib``."""

    def update(self, data: bytes, /) -> None: ...
    def digest(self) -> bytes: ...
    def hexdigest(self) -> str: ...


_hash_name = HASHES[0]
_hash: Callable[[bytes], Hash] = sha256


def hash_with(name: str) -> None:
    """Let this process hash as the record with that name of a hash does; to be said before anything else is.

    Raises:
        ValueError: no such hash, or this Python does not have it.
    """
    global _hash_name, _hash
    if name not in HASHES:
        raise ValueError(f"{name!r} is not one of {', '.join(HASHES)}")
    if name == "sm3":
        try:
            new_hash(name)
        except ValueError:
            raise ValueError("这个 Python 没有 SM3，请换一个 / this Python has no SM3: take another one") from None
    _hash_name, _hash = name, sha256 if name == "sha256" else partial(new_hash, name)


def hash_name() -> str:
    """The hash by which this process works."""
    return _hash_name


def hash_of_origin(origin: str) -> str:
    """The hash of the record whose checkpoints have this origin."""
    return "sm3" if origin.startswith(NAMED_BY_SM3) else "sha256"


def hashing(raw: bytes = b"") -> Hash:
    """The hash that this record has, over these bytes so far."""
    return _hash(raw)


# --- canonical form -------------------------------------------------------------------------------------------------


def _check_string(text: str, where: tuple[object, ...]) -> None:
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise NotCanonical(f"{_place(where)}: half of a surrogate pair") from None
        if not unicodedata.is_normalized("NFC", text):
            raise NotCanonical(f"{_place(where)}: not in NFC")
    if "\0" in text:
        raise NotCanonical(f"{_place(where)}: contains NUL")


def _check(value: object, where: tuple[object, ...]) -> None:
    kind = type(value)
    if kind is str:
        _check_string(value, where)  # type: ignore[arg-type]
    elif kind is int:
        if not -LARGEST <= value <= LARGEST:  # type: ignore[operator]
            raise NotCanonical(f"{_place(where)}: integer beyond 2^53 - 1")
    elif kind is dict:
        for key, inner in value.items():  # type: ignore[attr-defined]
            if type(key) is not str or not key.isascii():
                raise NotCanonical(f"{_place(where)}: key {key!r} is not ASCII text")
            _check_string(key, where)
            _check(inner, (*where, key))
    elif kind is list:
        for number, inner in enumerate(value):  # type: ignore[arg-type]
            _check(inner, (*where, number))
    elif kind is not bool and value is not None:
        raise NotCanonical(f"{_place(where)}: {kind.__name__} has no canonical form")


def _place(where: tuple[object, ...]) -> str:
    first, *steps = where
    return f"{first}{''.join(f'[{one}]' if type(one) is int else f'.{one}' for one in steps)}"


def canonical(value: object) -> bytes:
    """The one spelling of a value; :exc:`NotCanonical` names the place that has none."""
    _check(value, ("value",))
    return _encode(value).encode()


def tidy(value: object) -> Any:
    """The same value with strings in NFC, tuples as lists and enumeration members as their plain values."""
    kind = type(value)
    if kind is dict:
        return {tidy(key): tidy(inner) for key, inner in value.items()}  # type: ignore[attr-defined]
    if kind is str and value.isascii():  # type: ignore[attr-defined]
        return value
    if isinstance(value, str):
        return unicodedata.normalize("NFC", str.__str__(value))
    if kind is bool or value is None:
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, Mapping):
        return {tidy(key): tidy(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [tidy(inner) for inner in value]
    return value


def stamp(at: datetime) -> str:
    """An aware time as it stands in a body: UTC, microseconds, ``Z``."""
    if at.tzinfo is None:
        raise NotCanonical("a time without a time zone")
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def unstamp(text: str) -> datetime:
    """The time that a stamp in a body says; anything but that exact form is refused."""
    if not _is_stamp(text):
        raise NotCanonical(f"{text!r} is not a time in UTC with microseconds")
    return datetime.fromisoformat(text)


def leaf(body: str) -> str:
    """H(0x00 ‖ body) in hexadecimal."""
    return _leaf(body.encode())


def _leaf(raw: bytes) -> str:
    return _hash(b"\x00" + raw).hexdigest()


def origin(stream: str) -> str:
    """What the first entry of a stream names as the leaf before it."""
    return _hash(GENESIS + stream.encode()).hexdigest()


def commitment(salt: bytes, text: str) -> str:
    """H(0x02 ‖ salt ‖ text) in hexadecimal; the salt has a fixed length, so nothing can slide between the two."""
    if len(salt) != SALT_BYTES:
        raise NotCanonical(f"a salt has {SALT_BYTES} bytes")
    return _hash(b"\x02" + salt + text.encode()).hexdigest()


# --- reading one body -----------------------------------------------------------------------------------------------


_raw_decode = JSONDecoder().raw_decode


def _decode(body: str) -> Any:
    value, end = _raw_decode(body)
    _require(end == len(body), "something after it")
    return value


def _check_numbers_and_keys(value: Any) -> None:
    """What the other tests of a parsed body leave open in its free part; strings are tested all at once."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        kind = type(one)
        if kind is dict:
            _require("".join(one).isascii(), "a key is not ASCII")
            waiting.extend(one.values())
        elif kind is list:
            waiting.extend(one)
        elif kind is int:
            _require(-LARGEST <= one <= LARGEST, "a number beyond 2^53 - 1")
        else:
            _require(kind is not float, "a number that is not whole")


def _require(met: object, what: str) -> None:
    if not met:
        raise NotCanonical(what)


def parse(body: str) -> dict[str, Any]:
    """The entry that a body holds; refuses every body that is not the canonical text of a complete entry."""
    entry: dict[str, Any] = _decode(body)
    _require(type(entry) is dict and tuple(entry) == KEYS, "keys")
    _require(_encode(entry) == body, "another spelling of the same content")
    # NFC is closed under taking parts, so one test of the whole line answers for every string in it.
    if not body.isascii() and not unicodedata.is_normalized("NFC", body):
        _check(entry, ("body",))
    _require("\\u0000" not in body or "\0" not in _strings(entry), "NUL")
    actor, data, files, subject = entry["actor"], entry["data"], entry["files"], entry["object"]
    _require(entry["v"] == VERSION and type(entry["v"]) is int, "version")
    _require(type(actor) is dict and tuple(actor) == ACTOR_KEYS and {*map(type, actor.values())} == {str}, "actor")
    _require(type(data) is dict, "data")
    _check_numbers_and_keys(data)
    _require(type(subject) is list and [*map(type, subject)] == [str, str], "object")
    _require(type(entry["seq"]) is int and 0 <= entry["seq"] <= LARGEST, "seq")
    action, basis, case, req = entry["action"], entry["basis"], entry["case"], entry["req"]
    _require(type(action) is type(basis) is type(case) is type(req) is str, "action, basis, case, req")
    _require(action and action.isascii(), "action")
    _require(type(entry["stream"]) is str and is_stream(entry["stream"]), "stream")
    _require(type(entry["prev"]) is str and _is_digest(entry["prev"]), "prev")
    _require(entry["state"] == "" or (type(entry["state"]) is str and _is_digest(entry["state"])), "state")
    for name in ("at", "recorded_at"):
        _require(type(entry[name]) is str, name)
        unstamp(entry[name])
    _require(type(files) is list, "files")
    for file in files:
        _require(type(file) is dict and tuple(file) == FILE_KEYS, "files")
        _require(type(file["name"]) is str and type(file["bytes"]) is int, "files")
        _require(0 <= file["bytes"] <= LARGEST, "files")
        _require(type(file["sha256"]) is str and _is_digest(file["sha256"]), "files")
    if "sealed" in data:
        sealed = data["sealed"]
        _require(type(sealed) is dict and sealed, "sealed")
        _require(all(type(digest) is str and _is_digest(digest) for digest in sealed.values()), "sealed")
    return entry


def _strings(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return "".join([*value, *map(_strings, value.values())])
    return "".join(map(_strings, value)) if isinstance(value, list) else ""


# --- reading many bodies --------------------------------------------------------------------------------------------


class Read(NamedTuple):
    """What verification wants to know of one entry: its fixed part, and its commitments to sealed texts."""

    action: str
    actor_id: str
    actor_name: str
    at: str
    case: str
    object_type: str
    object_id: str
    prev: str
    recorded_at: str
    req: str
    seq: int
    stream: str
    commitments: str

    @classmethod
    def of(cls, entry: Mapping[str, Any]) -> Read:
        actor, subject = entry["actor"], entry["object"]
        return cls(
            entry["action"], actor["id"], actor["name"], entry["at"], entry["case"], subject[0], subject[1],
            entry["prev"], entry["recorded_at"], entry["req"], entry["seq"], entry["stream"],
            _encode(entry["data"]["sealed"]) if "sealed" in entry["data"] else "",
        )  # fmt: skip

    @property
    def sealed(self) -> dict[str, str]:
        """The commitments by name; most entries have none."""
        return dict(_decode(self.commitments)) if self.commitments else {}


# A text is plain if none of its characters is escaped or controls anything, and NFC keeps each of them in any company.
_PLAIN: Final = " !#-\\[\\]-~\u00b7\u2010-\u2027\u3000-\u3029\u3400-\u4dbf\u4e00-\u9fff\uff01-\uff5e"
_TEXT: Final = f"[{_PLAIN}]*+"
# A repeated group stands in an atomic one: ``(?:…)*+`` misses what it should match in Python 3.11.2.
# In ``data`` all texts are tested at once, for a pattern with this class in it takes long to be made.
_are_plain = re.compile(f'["{_PLAIN}]*+').fullmatch
_IN_DATA: Final = '[^"]*+'
_HEX: Final = "[0-9a-f]{64}"
_NUMBER: Final = "(?:0|[1-9][0-9]{0,14}+)"
_SCALAR: Final = f'(?:"{_IN_DATA}"|-?[1-9][0-9]{{0,14}}+|0|true|false|null)'
_SCALARS: Final = rf"\[(?:(?>(?:{_SCALAR},)*){_SCALAR})?\]"
# The 29th of February is left to the calendar.
_TIME: Final = (
    "(?:19|20)[0-9]{2}-"
    "(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)"
    "|02-(?:0[1-9]|1[0-9]|2[0-8]))"
    r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{6}Z"
)
_FILE: Final = rf'\{{"bytes":{_NUMBER},"name":"{_TEXT}","sha256":"{_HEX}"\}}'
_before_data = re.compile(
    rf'\{{"action":"([ !#-\[\]-~]++)","actor":\{{"auth":"{_TEXT}","dept":"{_TEXT}","id":"({_TEXT})","name":"({_TEXT})"'
    rf',"role":"{_TEXT}"\}},"at":"({_TIME})","basis":"{_TEXT}","case":"({_TEXT})","data":'
).match
_after_data = re.compile(
    rf',"files":\[(?:{_FILE}(?>(?:,{_FILE})*))?\],"object":\["({_TEXT})","({_TEXT})"\],"prev":"({_HEX})"'
    rf',"recorded_at":"({_TIME})","req":"({_TEXT})","seq":({_NUMBER}),"state":"(?:{_HEX})?"'
    rf',"stream":"({_STREAM_NAME})","v":{VERSION}\}}'
).fullmatch

MET_BEFORE_KEPT: Final = 8
KEPT_AT_MOST: Final = 1000
LONGEST_KEPT: Final = 20_000


def _spelling(value: object) -> str:
    """A pattern for this value and every one with the same keys in the same places."""
    if isinstance(value, dict):
        return _spelling_of_keys({key: _spelling(inner) for key, inner in value.items()})
    if not isinstance(value, list):
        return _SCALAR
    if (kinds := {_spelling(inner) for inner in value}) <= {_SCALAR}:
        return _SCALARS
    one = f"(?:{'|'.join(sorted(kinds))})"
    return rf"\[{one}(?>(?:,{one})*)\]"


def _spelling_of_keys(spellings: Mapping[str, str]) -> str:
    return rf"\{{{','.join(f'{re.escape(_encode(key))}:{inner}' for key, inner in spellings.items())}\}}"


def _spelling_of_data(data: Mapping[str, Any]) -> str:
    spellings = {key: _spelling(inner) for key, inner in data.items()}
    if "sealed" in data:
        digests = dict.fromkeys(data["sealed"], f'"{_HEX}"')
        spellings["sealed"] = f"({_spelling_of_keys(digests)})"
    return _spelling_of_keys(spellings)


class Reader:
    """Reads bodies as strictly as :func:`parse`, and much faster those that are spelled like others before them.

    Acts of one kind write the same keys.  When ``parse`` has accepted some bodies whose ``data`` have the same keys,
    these are kept as a spelling, which leaves open nothing but plain strings and numbers.  A body whose fixed part is
    in order and whose ``data`` have a kept spelling is one that ``parse`` accepts: its keys are sorted, being those of
    the others, and a plain string or number has no second spelling.  Whatever is not recognised so goes to ``parse``.
    """

    __slots__ = ("_kept", "_met", "_number_kept", "parsed")

    def __init__(self) -> None:
        #: How many bodies went to ``parse``.
        self.parsed = 0
        self._met: dict[tuple[str, str], int] = {}
        self._kept: dict[str, list[Callable[[str, int], re.Match[str] | None]]] = {}
        self._number_kept = 0

    def read(self, raw: bytes) -> Read:
        """The fixed part of the entry that a body holds; refuses what ``parse`` refuses."""
        body = raw.decode()
        if before := _before_data(body):
            end = before.end()
            for is_spelled_so in self._kept.get(before[1], ()):
                if (
                    (data := is_spelled_so(body, end))
                    and _are_plain(body, end, data.end())
                    and (after := _after_data(body, data.end()))
                ):
                    of, its_id, prev, recorded_at, req, seq, stream = after.groups()
                    sealed = data[1] if data.lastindex else ""
                    return Read._make(
                        (*before.groups(), of, its_id, prev, recorded_at, req, int(seq), stream, sealed),
                    )
        self.parsed += 1
        entry = parse(body)
        self._meet(entry["action"], entry["data"])
        return Read.of(entry)

    def _meet(self, action: str, data: Mapping[str, Any]) -> None:
        """Keep the spelling of these data once it has been met often enough."""
        try:
            spelling = _spelling_of_data(data)
            if len(spelling) > LONGEST_KEPT or self._number_kept >= KEPT_AT_MOST:
                return
            if len(self._met) >= KEPT_AT_MOST:
                self._met.clear()
            met = self._met[action, spelling] = self._met.get((action, spelling), 0) + 1
            if met == MET_BEFORE_KEPT:
                self._kept.setdefault(action, []).append(re.compile(spelling).match)
                self._number_kept += 1
        except RecursionError:  # nested too deep to be kept; parse has accepted it
            return


# --- findings -------------------------------------------------------------------------------------------------------

KINDS: Final[Mapping[str, tuple[str, str]]] = {
    "unreadable": (
        "正文已不是规范格式，读不出登记时的原文",
        "the body is not the canonical text of an entry ({why})",
    ),
    "edited": (
        "正文被改动，与登记时的摘要不符",
        "the body was altered: it does not give the hash that stands beside it",
    ),
    "rewritten": (
        "正文与摘要被一并改写：第 {after} 条承接的不是现在的这一条",
        "body and hash were altered together: entry {after} does not follow what stands here now",
    ),
    "missing": ("缺第 {first} 至第 {last} 条", "missing: entries {first} to {last}"),
    "moved": (
        "不在原位：原文写明是 {belongs} 的第 {number} 条",
        "moved: its body says that it is entry {number} of {belongs}",
    ),
    "disordered": ("次序颠倒：应排在第 {before} 条之前", "out of order: it belongs before entry {before}"),
    "duplicate": ("序号重复：第 {number} 条不止一条", "duplicate: number {number} occurs more than once"),
    "inserted": (
        "事后插入：后一条承接的是它前面的一条",
        "inserted afterwards: the next entry follows the one before it",
    ),
    "origin": ("首条不是从本流的起点开始", "the first entry does not begin from the origin of its stream"),
    "backdated": ("登记时间早于前一条", "recorded earlier than the entry before it"),
    "columns": (
        "正文之外的检索字段被改动：{names}",
        "columns beside the body were altered: {names}",
    ),
    "opening": (
        "留存的文字“{name}”与登记的摘要不符",
        "the text kept for “{name}” does not give the hash in the entry",
    ),
    "orphan": (
        "记录已不在，而其留存的文字“{name}”还在（内部编号 {number}）",
        "the entry is gone while the text “{name}” that belongs to it is still there (row {number})",
    ),
    "textless": (
        "留存的文字“{name}”不见了，而没有一条记录说明已销毁",
        "the text kept for “{name}” is gone, and no entry says that it was destroyed",
    ),
    "revived": (
        "文字“{name}”已登记销毁，却仍留存",
        "the text “{name}” is still kept, though an entry says that it was destroyed",
    ),
    "lost": (
        "第 {number} 号封签所覆盖的总树第 {first} 至 {last} 号，已在 system 第 {entry} 条登记为恢复旧备份时缺失",
        "checkpoint no. {number} covers more than the record has: entry {entry} of system says that numbers {first} to"
        " {last} of the tree were lost when an older backup was restored",
    ),
    "imprint": (
        "这条记录所载的业务数据印记与库中留存的印记不符",
        "the imprints of the rows that it changed are not those that it names",
    ),
    "unentered": (
        "业务数据有改动（{row} 等），却没有任何记录载明",
        "rows were changed ({row} and perhaps more), and no entry tells of it",
    ),
    "row_altered": (
        "业务数据第 {row} 行被改动，与最后一次办理留下的印记不符",
        "row {row} was altered: it does not give the imprint that the last act on it left",
    ),
    "row_added": (
        "业务数据第 {row} 行不是办理所留：没有它的印记",
        "row {row} was left by no act: it has no imprint",
    ),
    "row_gone": (
        "业务数据第 {row} 行已不在，却没有记录载明何时删去",
        "row {row} is gone, and no act took it away",
    ),
    "unsealed": (
        "早于最近一次封签，却不在纪实总树中",
        "older than the last checkpoint, and yet not in the tree over the record",
    ),
    "unsigned": (
        "已入纪实总树，却没有封签",
        "in the tree over the record, and yet under no checkpoint",
    ),
    "leafless": (
        "总树第 {index} 叶还在，它所指的记录已不在",
        "leaf {index} of the tree is there while its entry is gone",
    ),
    "resealed": (
        "不是公证进程入树时所见的内容（第 {index} 叶）",
        "not what the notary saw when it took it into the tree (leaf {index})",
    ),
    "leaves": ("总树缺第 {index} 叶", "leaf {index} of the tree is missing"),
    "subtree": ("总树第 {number} 段的根不符", "the root over run {number} of the tree does not fit"),
    "root": (
        "第 {number} 号封签与前 {size} 条记录不符",
        "checkpoint no. {number} does not fit the first {size} entries",
    ),
    "forked": (
        "与另存的第 {number} 号封签（{size} 条）不符：记录被改写、截短，或换成了另一份",
        "does not fit checkpoint no. {number} kept elsewhere ({size} entries): rewritten, cut off, or another record",
    ),
    "heads": (
        "第 {number} 号封签所记各流末条与记录不符",
        "the ends of the streams are not those that checkpoint no. {number} gives",
    ),
    "note": ("第 {number} 号封签有问题（{why}）", "checkpoint no. {number} is not in order ({why})"),
    "unnumbered": ("缺第 {number} 号封签", "checkpoint no. {number} is missing"),
    "untimely": (
        "登记时间与其前后两次封签的时间不符",
        "its time does not lie between those of the checkpoints before and after it",
    ),
    "packing": ("卷宗包本身有问题：{why}", "the dossier itself is not in order: {why}"),
    "proof": ("{chinese}", "{english}"),
    "ends": (
        "第 {number} 号封签时，本流末条不是第 {last} 条，或末条证明不实",
        "when checkpoint no. {number} was signed the stream did not end with entry {last}, or its proof is not good",
    ),
    "unproved": (
        "卷宗没有附上与另存的第 {number} 号封签衔接的证明：请持该封签重新导出卷宗",
        "the dossier does not show how it goes with checkpoint no. {number} kept elsewhere: have it made anew for that",
    ),
    "paperless": ("材料“{name}”不在卷宗内", "the file “{name}” is not in the dossier"),
    "repapered": ("材料“{name}”与登记的摘要不符", "the file “{name}” is not the one that was recorded"),
    "unnamed": ("文件 {name} 没有任何记录提到", "no entry names the file {name}"),
    "cut": ("最后一行不完整", "the last line is not complete"),
    "empty": ("没有任何记录", "there is no entry at all"),
    "failed": ("核验未能完成：{why}", "verification did not finish: {why}"),
}
AUTHENTICITY: Final = frozenset(
    {
        *("edited", "rewritten", "columns", "opening", "revived", "backdated", "origin", "imprint", "row_altered"),
        *("resealed", "subtree", "root", "forked", "note", "untimely"),
        *("packing", "proof", "repapered", "unnamed"),
    }
)
COMPLETENESS: Final = frozenset(
    {
        *("missing", "moved", "disordered", "duplicate", "inserted", "orphan", "textless", "lost", "cut", "empty"),
        *("unentered", "row_added", "row_gone"),
        *("unsealed", "unsigned", "leafless", "leaves", "heads", "unnumbered"),
        *("ends", "unproved", "paperless"),
    }
)
USABILITY: Final = frozenset({"unreadable", "failed"})


@dataclass(frozen=True)
class Finding:
    """One place where the record is not what was recorded; ``seq`` is None where it concerns no single entry."""

    stream: str
    seq: int | None
    kind: str
    says: str
    says_zh: str

    @classmethod
    def of(cls, kind: str, stream: str, seq: int | None, **detail: object) -> Finding:
        chinese, english = KINDS[kind]
        if kind == "missing" and detail["first"] == detail["last"]:
            chinese, english = "缺第 {first} 条", "missing: entry {first}"
        return cls(stream, seq, kind, english.format(**detail), chinese.format(**detail))

    @property
    def place(self) -> str:
        return f"{self.stream} {self.seq}" if self.seq is not None else self.stream


@dataclass
class Findings:
    """All findings are counted, the first thousand are kept."""

    kept: list[Finding] = field(default_factory=list)
    by_kind: dict[str, int] = field(default_factory=dict)

    def add(self, kind: str, stream: str, seq: int | None, **detail: object) -> None:
        self.by_kind[kind] = self.by_kind.get(kind, 0) + 1
        if len(self.kept) < FINDINGS_KEPT:
            self.kept.append(Finding.of(kind, stream, seq, **detail))

    def take(self, verdict: Verdict) -> None:
        """Add what others have found."""
        for kind, number in verdict.by_kind.items():
            self.by_kind[kind] = self.by_kind.get(kind, 0) + number
        self.kept += verdict.findings[: FINDINGS_KEPT - len(self.kept)]

    def verdict(self, entries: int, streams: int) -> Verdict:
        return Verdict(entries, streams, tuple(self.kept), dict(self.by_kind))


@dataclass(frozen=True)
class Verdict:
    """The answer: whole or not, over how many entries of how many streams, and where it breaks."""

    entries: int
    streams: int
    findings: Sequence[Finding]
    by_kind: Mapping[str, int]

    @property
    def whole(self) -> bool:
        return not self.by_kind

    @property
    def found(self) -> int:
        return sum(self.by_kind.values())

    def found_of(self, kinds: Iterable[str]) -> int:
        return sum(self.by_kind.get(kind, 0) for kind in kinds)


# --- walking a stream -----------------------------------------------------------------------------------------------


class Walk:
    """Takes the entries of one stream in order and reports every place where the chain does not hold.

    An entry may come with the ``leaf`` and the ``seq`` that are stored beside it.  A break is reported once, at the
    entry that was tampered with as far as its neighbours can tell, and the walk goes on from there.
    """

    __slots__ = ("_absent", "_before", "_expected", "_findings", "_followed", "_latest", "_reader", "_stream")

    def __init__(self, stream: str, findings: Findings, reader: Reader) -> None:
        self._stream = stream
        self._findings = findings
        self._reader = reader
        self._expected = 0
        # Leaves that the next entry may name as the one before it; empty: nothing to hold against it.
        self._followed: tuple[str, ...] = (origin(stream),)
        self._before: tuple[str, ...] = ()  # what the last entry itself was held against
        self._latest = ""
        self._absent: list[range] = []

    def take(self, raw: bytes, *, seq: int | None = None, stored: str | None = None) -> Read | None:
        """Check the next body; returns what stands in it, or None where it cannot be read."""
        try:
            computed = _leaf(raw)
            read = self._reader.read(raw)
        except Exception as error:  # any exception is a failure: bodies are hostile input
            number = self._expected if seq is None else seq
            self._findings.add("unreadable", self._stream, number, why=_why(error))
            self._place(number, (stored,) if stored else ())
            return None
        if (
            self._expected == read.seq
            and (seq is None or seq == read.seq)
            and (stored is None or stored == computed)
            and read.stream == self._stream
            and read.prev in self._followed
            and read.recorded_at >= self._latest
        ):  # as it should be; what follows would come to the same
            self._before, self._followed = self._followed, (computed,)
            self._expected, self._latest = read.seq + 1, read.recorded_at
            return read
        claimed = read.seq
        number = claimed if seq is None else seq
        moved = read.stream != self._stream or claimed != number
        altered = stored is not None and stored != computed
        if altered:
            self._findings.add("edited", self._stream, number)
        if moved:
            self._findings.add("moved", self._stream, number, belongs=read.stream, number=claimed)
        elif number >= self._expected:
            if read.recorded_at < self._latest:
                self._findings.add("backdated", self._stream, number)
            self._latest = read.recorded_at
        if number == self._expected and self._followed and read.prev not in self._followed:
            if read.prev in self._before:
                self._findings.add("inserted", self._stream, number - 1)
            elif not moved and not altered:
                if number:
                    self._findings.add("rewritten", self._stream, number - 1, after=number)
                else:
                    self._findings.add("origin", self._stream, 0)
        self._place(number, () if moved else (stored, computed) if stored else (computed,))
        return read

    def _place(self, number: int, leaves: tuple[str, ...]) -> None:
        """Move on past the entry of this number, whose leaf is one of ``leaves``."""
        if number >= self._expected:
            if number > self._expected:
                self._absent.append(range(self._expected, number))
                self._followed = ()
            self._before, self._followed = self._followed, leaves
            self._expected = number + 1
            return
        for position, gap in enumerate(self._absent):
            if number in gap:
                self._findings.add("disordered", self._stream, number, before=self._expected - 1)
                self._absent[position : position + 1] = [range(gap.start, number), range(number + 1, gap.stop)]
                return
        self._findings.add("duplicate", self._stream, number, number=number)
        if number == self._expected - 1:
            self._followed += leaves

    def close(self) -> None:
        """Report the numbers that never came."""
        for gap in self._absent:
            if gap:
                self._findings.add("missing", self._stream, gap.start, first=gap.start, last=gap.stop - 1)


def _why(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:200]


_BEFORE_STREAM: Final = b',"stream":"'
_AFTER_STREAM: Final = f'","v":{VERSION}}}'.encode()
_is_raw_stream = re.compile(_STREAM_NAME.encode()).fullmatch


def stream_of(raw: bytes) -> str:
    """To which stream a line says that it belongs.

    Where a text in JSON ends with these two keys, they are the last of its outermost object: what begins at a comma
    and goes on with a quotation mark cannot lie inside a string.
    """
    if raw.endswith(_AFTER_STREAM) and (found := raw.rfind(_BEFORE_STREAM)) >= 0:
        name = raw[found + len(_BEFORE_STREAM) : -len(_AFTER_STREAM)]
        if _is_raw_stream(name):
            return name.decode()
    stream = _decode(raw.decode())["stream"]
    _require(type(stream) is str and is_stream(stream), "stream")
    return str(stream)


def verify_lines(lines: Iterable[bytes], *, only: str | None = None) -> Verdict:
    """Verify lines, each the exact body of one entry and a line feed; streams may alternate."""
    findings, reader, walks, entries = Findings(), Reader(), dict[str, Walk](), 0
    try:
        for line in lines:
            raw = line.removesuffix(b"\n")
            if len(raw) == len(line):
                findings.add("cut", "-", None)
            try:
                stream = stream_of(raw)
            except Exception as error:  # any exception is a failure: lines are hostile input
                findings.add("unreadable", "-", None, why=_why(error))
                entries += 1
                continue
            if only is None or only == stream:
                entries += 1
                walk = walks.get(stream)
                if walk is None:
                    walk = walks[stream] = Walk(stream, findings, reader)
                walk.take(raw)
        for walk in walks.values():
            walk.close()
    except Exception as error:  # any exception is a failure
        findings.add("failed", "-", None, why=_why(error))
    if not entries:
        findings.add("empty", only or "-", None)
    return findings.verdict(entries, len(walks))


# --- many processes ---------------------------------------------------------------------------------------------------


class NotSmooth(Exception):
    """Something is not as it should be; what it is, a walk along the whole record tells."""


class End(NamedTuple):
    """Where a stream stands between two entries: the number of the next, the leaf and the time of the one before."""

    seq: int
    leaf: str
    recorded_at: str

    def goes_on(self, next_: End) -> bool:
        """Whether an entry that stands where ``next_`` says may come here."""
        return self.seq == next_.seq and self.leaf == next_.leaf and self.recorded_at <= next_.recorded_at


class Stretch:
    """A part of the record in which every stream goes on as it should, whatever came before it.

    Several processes take a stretch each.  Their stretches are laid end to end: the record is whole if each stream of
    each stretch goes on from where it ended before, and begins with its origin.  Nothing is asked of an entry here that
    a :class:`Walk` would not ask, but nothing is named either: for that the record is walked again.
    """

    __slots__ = ("_begins", "_ends", "entries")

    def __init__(self) -> None:
        self.entries = 0
        self._begins: dict[str, End] = {}
        self._ends: dict[str, End] = {}

    def take(self, read: Read, computed: str) -> None:
        """Take the next entry, whose leaf has been computed.

        Raises:
            NotSmooth
        """
        stream, seq, prev, recorded_at = read.stream, read.seq, read.prev, read.recorded_at
        before = self._ends.get(stream)
        if before is None:
            self._begins[stream] = End(seq, prev, recorded_at)
        elif before[0] != seq or before[1] != prev or before[2] > recorded_at:  # ``goes_on``, a tenth faster here
            raise NotSmooth
        self._ends[stream] = End(seq + 1, computed, recorded_at)
        self.entries += 1

    @classmethod
    def whole(cls, stretches: Iterable[Stretch]) -> Verdict:
        """The verdict on a record of these stretches, laid end to end.

        Raises:
            NotSmooth
        """
        entries, ends = 0, dict[str, End]()
        for stretch in stretches:
            for stream, begin in stretch._begins.items():
                before = ends.get(stream) or End(0, origin(stream), "")
                if not before.goes_on(begin):
                    raise NotSmooth
            ends |= stretch._ends
            entries += stretch.entries
        if not entries:
            raise NotSmooth
        return Findings().verdict(entries, len(ends))


LARGE: Final = 2**25
"""From so many bytes on a file is worth several processes."""


def verify_file(path: str, *, only: str | None = None, processes: int | None = None) -> Verdict:
    """Verify a file of bodies; a large one in several processes, one for each core unless told otherwise.

    Raises:
        OSError: the file could not be opened.
    """
    with open(path, "rb") as source:
        before = os.fstat(source.fileno())
        if not S_ISREG(before.st_mode) or only is not None:
            return verify_lines(source, only=only)
        size = before.st_size
        if processes is None:
            processes = (os.cpu_count() or 1) if size >= LARGE else 1
        try:
            marks = [size * number // processes for number in range(processes + 1)]
            try:
                if processes == 1:
                    return Stretch.whole([_stretch_of_file(path, 0, size)])
                # Here, since a small file and the site itself have no use for it.
                from concurrent.futures import ProcessPoolExecutor

                with ProcessPoolExecutor(processes, initializer=hash_with, initargs=(_hash_name,)) as pool:
                    return Stretch.whole(pool.map(_stretch_of_file, repeat(path), marks, marks[1:]))
            except NotSmooth:
                return verify_lines(source)
            finally:
                _require(_identity(before) == _identity(os.stat(path)), "the file has changed meanwhile")
        except Exception as error:  # any exception is a failure
            findings = Findings()
            findings.add("failed", "-", None, why=_why(error))
            return findings.verdict(0, 0)


def _identity(file: os.stat_result) -> tuple[int, ...]:
    return file.st_dev, file.st_ino, file.st_size, file.st_mtime_ns


def _stretch_of_file(path: str, first: int, end: int) -> Stretch:
    """The lines that begin in these bytes of a file."""
    stretch, read = Stretch(), Reader().read
    with open(path, "rb") as source:
        if first:  # a line that begins before belongs to the stretch before
            source.seek(first - 1)
            source.readline()
        at = source.tell()
        for line in source:
            if at >= end:
                break
            at += len(line)
            raw = line.removesuffix(b"\n")
            if len(raw) == len(line):
                raise NotSmooth
            try:
                found = read(raw)
            except Exception as error:  # lines are hostile input
                raise NotSmooth from error
            stretch.take(found, _leaf(raw))
    return stretch


# --- tree of RFC 6962 -----------------------------------------------------------------------------------------------

HASH_BYTES: Final = 32
AT_ONCE: Final = 4096

Subtree = Callable[[int, int], bytes]
"""Root of the perfect subtree of 2**level leaves that begins at leaf number * 2**level, given (level, number)."""


def empty_root() -> bytes:
    """Root of the tree of no leaf."""
    return _hash(b"").digest()


def node(left: bytes, right: bytes) -> bytes:
    """H(0x01 ‖ left ‖ right)."""
    return _hash(b"\x01" + left + right).digest()


def _paired(hashes: Sequence[bytes]) -> list[bytes]:
    return [_hash(b"\x01" + left + right).digest() for left, right in zip(hashes[::2], hashes[1::2], strict=False)]


def _are_hashes(*values: object) -> bool:
    return all(type(value) is bytes and len(value) == HASH_BYTES for value in values)


def _is_path(value: object) -> bool:
    return isinstance(value, (list, tuple)) and _are_hashes(*value)


def _is_size(value: object) -> bool:
    return type(value) is int and 0 <= value <= LARGEST


@dataclass(frozen=True)
class Range:
    """The leaves from the first one on, as little of them as lets the tree grow.

    ``hashes`` are the roots of the perfect subtrees that the leaves fall into, the largest first: one for each bit that
    is set in ``size``.
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if not _is_size(self.size) or type(self.hashes) is not tuple or not _are_hashes(*self.hashes):
            raise ValueError("a range is a size and hashes of 32 bytes")
        if len(self.hashes) != self.size.bit_count():
            raise ValueError(f"{len(self.hashes)} hashes do not make a range of {self.size} leaves")

    def then(self, leaves: Iterable[bytes]) -> Range:
        """This range with more leaves behind it."""
        grown, coming = self, iter(leaves)
        while portion := list(islice(coming, AT_ONCE)):
            grown = grown._then(portion)
        return grown

    def _then(self, leaves: list[bytes]) -> Range:
        if not _are_hashes(*leaves):
            raise ValueError("a leaf is a hash of 32 bytes")
        before, after = list(self.hashes), []
        level, nodes = 0, leaves
        while before or nodes:
            if self.size >> level & 1:
                nodes = [before.pop(), *nodes]
            if len(nodes) % 2:
                after.append(nodes[-1])
            level, nodes = level + 1, _paired(nodes)
        return Range(self.size + len(leaves), tuple(reversed(after)))

    @property
    def root(self) -> bytes:
        """The root of the tree over these leaves."""
        if not self.hashes:
            return empty_root()
        root = self.hashes[-1]
        for left in self.hashes[-2::-1]:
            root = node(left, root)
        return root


def tree_root(leaves: Iterable[bytes]) -> bytes:
    """The root of the tree over all leaves."""
    return Range().then(leaves).root


def subtrees_over(leaves: Sequence[bytes]) -> Subtree:
    """The roots of all perfect subtrees over a list of leaves."""
    levels = [list(leaves)]
    while len(levels[-1]) > 1:
        levels.append(_paired(levels[-1]))
    return lambda level, number: levels[level][number]


def _middle(begin: int, end: int) -> int:
    """Where the tree over two or more leaves is divided: the left part is perfect, and never the smaller one."""
    return begin + (1 << (end - begin - 1).bit_length() - 1)


def _root_of(begin: int, end: int, subtree: Subtree) -> bytes:
    """The root over leaves that begin where a subtree of the whole tree begins."""
    hashes, at = [], begin
    while at < end:
        level = (end - at).bit_length() - 1
        hashes.append(subtree(level, at >> level))
        at += 1 << level
    return Range(end - begin, tuple(hashes)).root


def inclusion_path(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """What :func:`included` needs beside the leaf of this index, from the bottom up (RFC 9162 §2.1.3.1)."""
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    path, begin, end = [], 0, size
    while end - begin > 1:
        middle = _middle(begin, end)
        if index < middle:
            path.append(_root_of(middle, end, subtree))
            end = middle
        else:
            path.append(_root_of(begin, middle, subtree))
            begin = middle
    return path[::-1]


def consistency_path(first: int, second: int, subtree: Subtree) -> list[bytes]:
    """What :func:`extends` needs to see that ``second`` leaves begin with the ``first`` ones (RFC 9162 §2.1.4.1)."""
    if not 0 <= first <= second:
        raise ValueError(f"a tree of {second} leaves does not extend one of {first}")
    path: list[bytes] = []
    if first in (0, second):
        return path
    begin, end = 0, second
    while first != end:
        middle = _middle(begin, end)
        if first <= middle:
            path.append(_root_of(middle, end, subtree))
            end = middle
        else:
            path.append(_root_of(begin, middle, subtree))
            begin = middle
    if begin:
        path.append(_root_of(begin, end, subtree))
    return path[::-1]


class Ends:
    """The tree over the last leaf of each stream, in the order in which the streams begin; it follows as they grow."""

    __slots__ = ("_changed", "_levels", "_places")

    def __init__(self) -> None:
        self._places: dict[str, int] = {}
        self._levels = [bytearray()]
        self._changed: set[int] = set()

    def __len__(self) -> int:
        return len(self._places)

    def take(self, stream: str, leaf: bytes) -> None:
        """The next entry of a stream, in the order of the tree over the record."""
        place = self._places.setdefault(stream, len(self._places))
        self._levels[0][place * HASH_BYTES : (place + 1) * HASH_BYTES] = leaf
        self._changed.add(place)

    def place(self, stream: str) -> int | None:
        """Which leaf is that of this stream, if it has begun."""
        return self._places.get(stream)

    def subtree(self, level: int, number: int) -> bytes:
        """As ``Subtree`` says."""
        self._settle()
        return bytes(self._levels[level][number * HASH_BYTES : (number + 1) * HASH_BYTES])

    @property
    def root(self) -> bytes:
        return _root_of(0, len(self), self.subtree)

    def _settle(self) -> None:
        """Compute anew what lies above the leaves that have changed."""
        changed, level = self._changed, 0
        while changed:
            below = self._levels[level]
            pairs = {place >> 1 for place in changed if (place | 1) * HASH_BYTES < len(below)}
            level += 1
            if pairs and level == len(self._levels):
                self._levels.append(bytearray())
            for pair in sorted(pairs):
                both = bytes(below[2 * pair * HASH_BYTES : 2 * (pair + 1) * HASH_BYTES])
                self._levels[level][pair * HASH_BYTES : (pair + 1) * HASH_BYTES] = _hash(b"\x01" + both).digest()
            changed = pairs
        self._changed = set()


def inclusion_proof(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """The inclusion path of a leaf where all leaves are at hand."""
    return inclusion_path(index, len(leaves), subtrees_over(leaves))


def consistency_proof(first: int, leaves: Sequence[bytes]) -> list[bytes]:
    """The consistency path from the ``first`` leaves to all of them where these are at hand."""
    return consistency_path(first, len(leaves), subtrees_over(leaves))


def included(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the tree of this size and root holds the leaf at this index (RFC 9162 §2.1.3.2)."""
    if not (_is_size(index) and _is_size(size) and index < size and _are_hashes(leaf, root) and _is_path(path)):
        return False
    at, last, found = index, size - 1, leaf
    for beside in path:
        if not last:
            return False
        if at & 1 or at == last:
            found = node(beside, found)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            found = node(found, beside)
        at, last = at >> 1, last >> 1
    return not last and found == root


def extends(first: int, second: int, first_root: bytes, second_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the second tree begins with all leaves of the first one, in their order (RFC 9162 §2.1.4.2).

    Every tree extends the empty one, and a tree itself, with an empty path.
    """
    if not (_is_size(first) and _is_size(second) and first <= second):
        return False
    if not (_are_hashes(first_root, second_root) and _is_path(path)):
        return False
    if not first:
        return not path and first_root == empty_root() and (second > 0 or second_root == empty_root())
    if first == second:
        return not path and first_root == second_root
    if not path:
        return False
    hashes = [first_root, *path] if first.bit_count() == 1 else path
    at, last = first - 1, second - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    of_first = of_second = hashes[0]
    for beside in hashes[1:]:
        if not last:
            return False
        if at & 1 or at == last:
            of_first, of_second = node(beside, of_first), node(beside, of_second)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            of_second = node(of_second, beside)
        at, last = at >> 1, last >> 1
    return not last and of_first == first_root and of_second == second_root


def multiproof(indices: Iterable[int], size: int, subtree: Subtree) -> list[bytes]:
    """What :func:`included_all` needs beside these leaves: the roots of all that lies between them, left to right."""
    wanted = sorted(set(indices))
    if not wanted or wanted[0] < 0 or wanted[-1] >= size:
        raise ValueError(f"no such leaves in a tree of {size}")
    return [_root_of(begin, end, subtree) for begin, end in _between(wanted, 0, size)]


def _between(wanted: Sequence[int], begin: int, end: int) -> Iterator[tuple[int, int]]:
    if not wanted:
        yield begin, end
    elif end - begin > 1:
        middle = _middle(begin, end)
        cut = bisect_left(wanted, middle)
        yield from _between(wanted[:cut], begin, middle)
        yield from _between(wanted[cut:], middle, end)


def included_all(leaves: Mapping[int, bytes], size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether the tree of this size and root holds each of these leaves at its index; none at all are not a pass."""
    if not (_is_size(size) and leaves and _are_hashes(root, *leaves.values()) and _is_path(proof)):
        return False
    if not all(_is_size(index) and index < size for index in leaves):
        return False
    beside = iter(proof)

    def found(wanted: Sequence[int], begin: int, end: int) -> bytes:
        if not wanted:
            return next(beside)
        if end - begin == 1:
            return leaves[begin]
        middle = _middle(begin, end)
        cut = bisect_left(wanted, middle)
        return node(found(wanted[:cut], begin, middle), found(wanted[cut:], middle, end))

    try:
        return found(sorted(leaves), 0, size) == root and next(beside, None) is None
    except StopIteration:  # too few hashes
        return False


# --- signature: Ed25519 of RFC 8032 ---------------------------------------------------------------------------------

P: Final = 2**255 - 19
ORDER: Final = 2**252 + 27742317777372353535851937790883648493
_D: Final = -121665 * pow(121666, -1, P) % P
_2D: Final = 2 * _D % P
_ROOT_OF_MINUS_ONE: Final = pow(2, (P - 1) // 4, P)

Point = tuple[int, int, int, int]
"""X, Y, Z and T with x = X/Z, y = Y/Z, xy = T/Z."""


def _point(encoded: bytes) -> Point | None:
    """The point of which these 32 bytes are the one encoding."""
    bits = int.from_bytes(encoded, "little")
    y, sign = bits & (1 << 255) - 1, bits >> 255
    if y >= P:
        return None
    u, v = (y * y - 1) % P, (_D * y * y + 1) % P
    v3 = v * v * v % P
    x = u * v3 * pow(u * v3 * v3 * v, (P - 5) // 8, P) % P
    if v * x * x % P != u:
        x = x * _ROOT_OF_MINUS_ONE % P
        if v * x * x % P != u:
            return None
    if x & 1 != sign:
        if not x:
            return None
        x = P - x
    return x, y, 1, x * y % P


def _doubled(point: Point, times: int = 1) -> Point:
    x, y, z, t = point
    for _ in range(times):
        a, b, e = x * x, y * y, 2 * x * y % P
        g, h = (b - a) % P, (-a - b) % P
        f = (g - 2 * z * z) % P
        x, y, z, t = e * f % P, g * h % P, f * g % P, e * h
    return x, y, z, t % P


def _ready(point: Point) -> Point:
    """A point in the form in which it is added most cheaply."""
    x, y, z, t = point
    return (y - x) % P, (y + x) % P, 2 * z % P, _2D * t % P


def _added(point: Point, ready: Point) -> Point:
    x, y, z, t = point
    minus, plus, z2, t2d = ready
    a, b, c, d = (y - x) * minus, (y + x) * plus, t * t2d, z * z2
    e, f, g, h = (b - a) % P, (d - c) % P, (d + c) % P, (b + a) % P
    return e * f % P, g * h % P, f * g % P, e * h % P


def _odd_multiples(point: Point, number: int) -> list[tuple[Point, Point]]:
    """1, 3, 5 … times a point, each with its opposite."""
    twice, found = _ready(_doubled(point)), []
    for _ in range(number):
        minus, plus, z2, t2d = _ready(point)
        found.append(((minus, plus, z2, t2d), (plus, minus, z2, -t2d % P)))
        point = _added(point, twice)
    return found


@cache
def _odd_multiples_of_base() -> list[tuple[Point, Point]]:
    base = _point(bytes.fromhex("58" + "66" * 31))
    assert base is not None
    return _odd_multiples(base, 64)


def _signed_digits(number: int, width: int) -> list[tuple[int, int]]:
    """The number as a sum of odd digits times powers of two, from the lowest: (exponent, digit)."""
    found, exponent, span = [], 0, 1 << width
    while number:
        zeros = (number & -number).bit_length() - 1
        number >>= zeros
        exponent += zeros
        digit = number & span - 1
        if digit >= span >> 1:
            digit -= span
        found.append((exponent, digit))
        number -= digit
    return found


def _usable_point(public: bytes) -> Point | None:
    """The point of a public key, unless anyone could sign for it: such a key is of small order."""
    if not _are_hashes(public) or (point := _point(public)) is None:
        return None
    x, y, z, _t = _doubled(point, 3)
    return None if not x and y == z else point


def signed_by(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the Ed25519 key has signed the message: R = sB - kA, compared as bytes, which have one spelling."""
    if type(message) is not bytes or type(signature) is not bytes or len(signature) != 64:
        return False
    scalar, point = int.from_bytes(signature[32:], "little"), _usable_point(public)
    if point is None or scalar >= ORDER:
        return False
    k = int.from_bytes(sha512(signature[:32] + public + message).digest(), "little") % ORDER
    x, y, _z, _t = point
    opposite = (-x % P, y, 1, -x * y % P)
    steps: list[tuple[int, Point]] = []
    for digits, multiples in (
        (_signed_digits(k, 5), _odd_multiples(opposite, 8)),
        (_signed_digits(scalar, 8), _odd_multiples_of_base()),
    ):
        steps += [(exponent, multiples[abs(digit) >> 1][digit < 0]) for exponent, digit in digits]
    steps.sort(key=lambda step: step[0])
    sum_: Point = (0, 1, 1, 0)
    at = steps[-1][0] if steps else 0
    for exponent, ready in reversed(steps):
        sum_, at = _added(_doubled(sum_, at - exponent), ready), exponent
    x, y, z, _t = _doubled(sum_, at)
    inverse = pow(z, -1, P)
    return (y * inverse % P | (x * inverse % P & 1) << 255).to_bytes(32, "little") == signature[:32]


# --- checkpoints and notes ------------------------------------------------------------------------------------------

KEY_ID_BYTES: Final = 4
SIGNATURES_AT_MOST: Final = 100
LONGEST_NOTE: Final = 2**20
_ED25519: Final = b"\x01"
_EM_DASH: Final = "\u2014"
_checkpoint = re.compile(
    r"([^\n]+)\n([0-9]{1,16})\n([0-9A-Za-z+/]{43}=)\n"
    r"cp ([0-9]{1,16}) ([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z)\n"
    r"(?:heads ([0-9]{1,16}) ([0-9A-Za-z+/]{43}=)\n)?"
).fullmatch


def _base64(raw: bytes) -> str:
    return b64encode(raw).decode("ascii")


def _of_base64(text: str) -> bytes:
    """What the text stands for; that it is its one spelling is for the caller to see."""
    try:
        return b64decode(text, validate=True)
    except ValueError:
        raise NotCanonical("not base64") from None


def _is_name(value: object) -> bool:
    """Whether this can name a log or a key: something that can be seen, without spaces and plus signs."""
    return type(value) is str and value != "" and value.isprintable() and not {" ", "+"} & {*value}


@dataclass(frozen=True)
class Heads:
    """Where each of so many streams ends: the root of ``Ends``."""

    streams: int
    root: bytes

    def __post_init__(self) -> None:
        _require(_is_size(self.streams) and _are_hashes(self.root), "heads are a number of streams and a hash")


@dataclass(frozen=True)
class Checkpoint:
    """What the notary says of the record at one moment: the text of a C2SP checkpoint with lines of our own.

    ``origin`` names the log, ``number`` counts its checkpoints and ``at`` is in UTC, to the second.  The first
    checkpoint of a day says where every stream ends as well.
    """

    origin: str
    size: int
    root: bytes
    number: int
    at: datetime
    heads: Heads | None = None

    def __post_init__(self) -> None:
        _require(_is_name(self.origin), "the origin of a checkpoint is a name without spaces")
        _require(_is_size(self.size) and _is_size(self.number), "size and number of a checkpoint are whole numbers")
        _require(_are_hashes(self.root), "the root of a checkpoint is a hash")
        _require(self.at.utcoffset() == timedelta(0) and not self.at.microsecond, "its time is in UTC, to the second")

    @property
    def text(self) -> str:
        """What is signed."""
        at = self.at.replace(tzinfo=None).isoformat()
        heads = f"heads {self.heads.streams} {_base64(self.heads.root)}\n" if self.heads else ""
        return f"{self.origin}\n{self.size}\n{_base64(self.root)}\ncp {self.number} {at}Z\n{heads}"

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """The checkpoint of which this is the text, byte for byte."""
        found = _checkpoint(text)
        if found is None:
            raise NotCanonical("not the text of a checkpoint")
        name, size, root, number, at, streams, ends = found.groups()
        try:
            heads = Heads(int(streams), _of_base64(ends)) if streams else None
            checkpoint = cls(name, int(size), _of_base64(root), int(number), datetime.fromisoformat(at), heads)
        except ValueError as error:
            raise NotCanonical(f"not the text of a checkpoint: {error}") from None
        _require(checkpoint.text == text, "another spelling of the same checkpoint")
        return checkpoint


def key_id(name: str, public: bytes) -> bytes:
    """The four bytes that tell a signature line's key from others of its name."""
    return sha256(name.encode() + b"\n" + _ED25519 + public).digest()[:KEY_ID_BYTES]


@dataclass(frozen=True)
class Key:
    """A public key and the name under which it signs; ``text`` is the C2SP verifier key that an auditor keeps."""

    name: str
    id: bytes
    public: bytes

    def __post_init__(self) -> None:
        _require(_is_name(self.name), "a key has a name without spaces and plus signs")
        _require(_usable_point(self.public) is not None, "not a public key of Ed25519")
        _require(self.id == key_id(self.name, self.public), "the key has another id")

    @property
    def text(self) -> str:
        return f"{self.name}+{self.id.hex()}+{_base64(_ED25519 + self.public)}"


def read_key(vkey: str) -> Key:
    """The key of which this is the text."""
    parts = vkey.split("+", 2)
    _require(len(parts) == 3 and _is_name(parts[0]), "not a verifier key: name+id+key")
    raw = _of_base64(parts[2])
    _require(raw[:1] == _ED25519, "a key of another kind than Ed25519")
    key = Key(parts[0], key_id(parts[0], raw[1:]), raw[1:])
    _require(key.text == vkey, "the id of the key does not belong to it")
    return key


class Signature(NamedTuple):
    """What one line under a note says."""

    name: str
    id: bytes
    signature: bytes

    @property
    def line(self) -> str:
        return f"{_EM_DASH} {self.name} {_base64(self.id + self.signature)}\n"

    @classmethod
    def parse(cls, line: str) -> Signature:
        dash, name, raw = (*line.split(" "), "", "")[:3]
        _require(dash == _EM_DASH and _is_name(name), "not a signature line")
        both = _of_base64(raw)
        _require(len(both) > KEY_ID_BYTES, "a signature line without a signature")
        found = cls(name, both[:KEY_ID_BYTES], both[KEY_ID_BYTES:])
        _require(found.line == line + "\n", "another spelling of the same signature line")
        return found


@dataclass(frozen=True)
class Note:
    """A checkpoint with all signature lines under it, known or not, good or not: ``opened_note`` tells them apart."""

    checkpoint: Checkpoint
    signatures: tuple[Signature, ...]

    @property
    def text(self) -> str:
        return f"{self.checkpoint.text}\n{''.join(signature.line for signature in self.signatures)}"

    @classmethod
    def parse(cls, note: str | bytes) -> Note:
        """The note of which this is the text, byte for byte; no key signs twice."""
        _require(len(note) <= LONGEST_NOTE, "too long for a note")
        try:
            text = note.decode() if isinstance(note, bytes) else note
        except UnicodeDecodeError:
            raise NotCanonical("not UTF-8") from None
        signed, _, rest = text.partition("\n\n")
        lines = rest.split("\n")
        _require(1 < len(lines) <= SIGNATURES_AT_MOST + 1 and not lines.pop(), "a note without signatures, or cut off")
        found = cls(Checkpoint.parse(signed + "\n"), tuple(map(Signature.parse, lines)))
        _require(len({one[:2] for one in found.signatures}) == len(lines), "a key signs twice")
        _require(found.text == text, "another spelling of the same note")
        return found


def opened_note(
    note: str | bytes, keys: Iterable[Key], *, check: Callable[[bytes, bytes, bytes], bool] = signed_by
) -> tuple[Checkpoint, tuple[Key, ...]]:
    """The checkpoint in a note, and which of the known keys have signed it.

    Signatures of other keys say nothing.  That the checkpoint is one of the expected log is for the caller to see from
    its ``origin``: a key may sign for several.  Whoever checks thousands hands over a faster ``check`` than
    ``signed_by``.

    Raises:
        NotCanonical: it is not a note, a known key's signature is not good, or none of the known keys has signed.
    """
    known: dict[tuple[str, bytes], Key] = {}
    for key in keys:
        _require(known.setdefault((key.name, key.id), key) == key, "two keys with one name and one id")
    found = Note.parse(note)
    text, signers = found.checkpoint.text.encode(), []
    for name, its_id, signature in found.signatures:
        if signer := known.get((name, its_id)):
            _require(check(signer.public, text, signature), f"the signature of {name} is not good")
            signers.append(signer)
    _require(signers, "none of the known keys has signed it")
    return found.checkpoint, tuple(signers)


def opened(
    note: str | bytes, keys: Iterable[Key], *, check: Callable[[bytes, bytes, bytes], bool] = signed_by
) -> Checkpoint:
    """The checkpoint in a note that is signed by the one of the known keys in whose name it speaks.

    Raises:
        NotCanonical: as :func:`opened_note`, or it is signed in the name of another.
    """
    checkpoint, signers = opened_note(note, keys, check=check)
    _require(checkpoint.origin in {signer.name for signer in signers}, "signed in the name of another")
    return checkpoint


def sign_note(checkpoint: Checkpoint, name: str, sign: Callable[[bytes], bytes], public: bytes) -> str:
    """The note of a checkpoint under one signature; ``sign`` has the private key, and what it returns is checked."""
    key, text = Key(name, key_id(name, public), public), checkpoint.text.encode()
    signature = sign(text)
    _require(signed_by(public, text, signature), f"what signs as {name} has another key")
    return Note(checkpoint, (Signature(name, key.id, signature),)).text


def written_request(before: int, path: Iterable[bytes], note: str) -> str:
    """The request to cosign a note that extends a tree of so many leaves, as in C2SP tlog-witness."""
    return f"old {before}\n{''.join(f'{_base64(one)}{chr(10)}' for one in path)}\n{note}"


def read_request(text: str) -> tuple[int, list[bytes], str]:
    """What a request says: the size before, the proof that the note extends it, and the note.

    Raises:
        NotCanonical: it is none, or in another spelling.
    """
    first, _, note = text.partition("\n\n")
    old, *lines = first.split("\n")
    _require(re.fullmatch(r"old [0-9]{1,16}", old) is not None, "not a request to cosign")
    before, path = int(old.removeprefix("old ")), [_of_base64(line) for line in lines]
    _require(written_request(before, path, note) == text and _is_path(path), "another spelling of the same request")
    Note.parse(note)
    return before, path, note


# --- a file against a checkpoint ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Proof:
    """At which leaves of a tree the entries of a file stand, in the order of its lines, and what stands between them.

    ``text`` is what lies beside the file as ``proof.json``.
    """

    size: int
    indices: tuple[int, ...]
    hashes: tuple[bytes, ...]

    @classmethod
    def of(cls, indices: Iterable[int], size: int, subtree: Subtree) -> Proof:
        """The proof for entries at these leaves of a tree of this size."""
        places = tuple(indices)
        return cls(size, places, tuple(multiproof(places, size, subtree)))

    @property
    def text(self) -> str:
        hashes = [value.hex() for value in self.hashes]
        content = {"hashes": hashes, "indices": [*self.indices], "size": self.size, "v": VERSION}
        return canonical(content).decode() + "\n"

    @classmethod
    def parse(cls, text: str) -> Proof:
        """The proof of which this is the text, byte for byte."""
        content = _decode(text.removesuffix("\n"))
        _require(type(content) is dict and content.get("v") == VERSION, "not a proof of this version")
        _require([*content] == ["hashes", "indices", "size", "v"], "keys of a proof")
        hashes, indices, size = content["hashes"], content["indices"], content["size"]
        _require(type(hashes) is list and all(type(one) is str and _is_digest(one) for one in hashes), "hashes")
        _require(type(indices) is list and all(map(_is_size, indices)) and _is_size(size), "indices and size")
        proof = cls(size, tuple(indices), tuple(map(bytes.fromhex, hashes)))
        _require(proof.text == text, "another spelling of the same proof")
        return proof

    def shows(self, leaves: Sequence[bytes], root: bytes) -> bool:
        """Whether the tree of this root holds these leaves at the places of the proof, each at one of its own."""
        if not len(leaves) == len(self.indices) == len(set(self.indices)):
            return False
        return included_all(dict(zip(self.indices, leaves, strict=True)), self.size, self.hashes, root)


_FAULTS: Final[Mapping[str, tuple[str, str]]] = {
    "note": ("封签不可信（{why}）", "the checkpoint cannot be trusted ({why})"),
    "proof": ("证明读不出（{why}）", "the proof cannot be read ({why})"),
    "size": (
        "证明对应的是 {made} 条的总树，封签所封为 {size} 条",
        "the proof is for a tree of {made} entries, the checkpoint for one of {size}",
    ),
    "number": ("文件有 {found} 条，证明所列为 {listed} 条", "the file has {found} entries, the proof is for {listed}"),
    "absent": (
        "这些记录不全在封签所封的总树中：有的被改动、替换，或另附了别的证明",
        "not all of these entries are in its tree: some were altered or exchanged, or the proof is for others",
    ),
}


@dataclass(frozen=True)
class Sealed:
    """How the entries of a file stand against a checkpoint; ``fault`` says what is wrong, in Chinese and in English."""

    checkpoint: Checkpoint | None
    entries: int = 0
    fault: tuple[str, str] | None = None

    @property
    def holds(self) -> bool:
        return self.checkpoint is not None and self.fault is None


def verify_sealed(lines: Iterable[bytes], proof: bytes, note: bytes, keys: Sequence[Key]) -> Sealed:
    """Hold lines, each the body of one entry and a line feed, against a checkpoint that each of the keys has signed."""

    def fault(name: str, **detail: object) -> tuple[str, str]:
        chinese, english = _FAULTS[name]
        return chinese.format(**detail), english.format(**detail)

    try:
        checkpoint, signers = opened_note(note, keys)
        for key in keys:
            _require(key in signers, f"{key.name} has not signed it")
        _require(hash_of_origin(checkpoint.origin) == _hash_name, f"it is not of a record by {_hash_name}")
    except Exception as error:  # any exception is a failure: notes are hostile input
        return Sealed(None, fault=fault("note", why=_why(error)))
    leaves = [_hash(b"\x00" + line.removesuffix(b"\n")).digest() for line in lines]
    try:
        shown = Proof.parse(proof.decode())
    except Exception as error:  # any exception is a failure: proofs are hostile input
        return Sealed(checkpoint, len(leaves), fault("proof", why=_why(error)))
    wrong = None
    if shown.size != checkpoint.size:
        wrong = fault("size", made=shown.size, size=checkpoint.size)
    elif len(leaves) != len(set(shown.indices)):
        wrong = fault("number", found=len(leaves), listed=len(set(shown.indices)))
    elif not shown.shows(leaves, checkpoint.root):
        wrong = fault("absent")
    return Sealed(checkpoint, len(leaves), wrong)


# --- dossier --------------------------------------------------------------------------------------------------------

MANIFEST: Final = "manifest.json"
EVENTS: Final = "events.jsonl"
PROOF: Final = "proof.json"
CHECKPOINT: Final = "checkpoint.txt"
ENDS: Final = "ends.json"
KEPT: Final = "kept.json"
_is_member = re.compile(r"[0-9A-Za-z]+\.(?:jsonl?|txt|py)|papers/[0-9a-f]{64}(?:\.[0-9a-z]{1,5})?").fullmatch
_digest_of_paper = re.compile(r"papers/([0-9a-f]{64})").match
MEMBERS_AT_MOST: Final = 60_000
LARGEST_DOSSIER: Final = 2**32 - 2**24
LARGEST_MEMBER: Final = 2**28
LARGEST_TEXT: Final = 2**30


def paper_name(digest: str, name: str) -> str:
    """Where a file that an entry names lies in a dossier."""
    ending = re.search(r"\.[0-9a-z]{1,5}\Z", name.lower())
    return f"papers/{digest}{ending[0] if ending else ''}"


def packed(members: Iterable[tuple[str, bytes]]) -> Iterator[bytes]:
    """The bytes of a ZIP file with these members: stored, in this order, without times, so that they have one spelling.

    Raises:
        NotCanonical: more than a ZIP file of the plain form can hold.
    """
    directory, at, number = [], 0, 0
    for name, content in members:
        raw, size = name.encode("ascii"), len(content)
        common = struct.pack("<HHHHHLLLHH", 20, 0, 0, 0, 0x21, crc32(content), size, size, len(raw), 0)
        directory.append(
            b"PK\x01\x02" + struct.pack("<H", 0x314) + common + struct.pack("<HHHLL", 0, 0, 0, 0o100644 << 16, at) + raw
        )
        number, head = number + 1, b"PK\x03\x04" + common + raw
        at += len(head) + size
        _require(at <= LARGEST_DOSSIER and number <= MEMBERS_AT_MOST, "a dossier of more than 4 GB or 60,000 files")
        yield head
        yield content
    whole = b"".join(directory)
    yield whole
    yield b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, number, number, len(whole), at, 0)


def manifest(stream: str, checkpoint: Checkpoint, members: Iterable[tuple[str, int, str]]) -> bytes:
    """What a dossier holds: of every other member its name, its bytes and their SHA-256."""
    files = [{"bytes": size, "name": name, "sha256": digest} for name, size, digest in members]
    return _written({"checkpoint": checkpoint.number, "files": files, "origin": checkpoint.origin, "stream": stream})


def _written(content: Mapping[str, object]) -> bytes:
    return canonical({**content, "v": VERSION}) + b"\n"


def _read(raw: bytes, *keys: str) -> dict[str, Any]:
    """A file of a dossier in its one spelling, with these keys."""
    content: dict[str, Any] = _decode(raw.decode().removesuffix("\n"))
    _require(type(content) is dict, "not a file of a dossier")
    version = content.get("v")
    _require(version == VERSION, f"made by version {version!r}: take the verifier of that version")
    _require([*content] == sorted((*keys, "v")), "keys")
    _require(_written({key: content[key] for key in keys}) == raw, "another spelling of the same content")
    return content


def _path(value: object) -> list[bytes]:
    _require(type(value) is list and all(type(one) is str and _is_digest(one) for one in value), "a path")
    return [bytes.fromhex(one) for one in value]  # type: ignore[attr-defined]


def written_ends(note: str, seq: int, place: int, path: Iterable[bytes], follows: Iterable[bytes]) -> bytes:
    """That a stream ended with this entry on the day of a checkpoint, and that the one of the dossier follows it."""
    return _written(
        {
            "follows": [one.hex() for one in follows],
            "note": note,
            "path": [one.hex() for one in path],
            "place": place,
            "seq": seq,
        }
    )


def written_kept(paths: Mapping[int, Iterable[bytes]]) -> bytes:
    """How the checkpoint of a dossier goes together with others, by the sizes of these."""
    return _written({"paths": [[size, *(one.hex() for one in path)] for size, path in sorted(paths.items())]})


@dataclass(frozen=True)
class Dossier:
    """The verdict on a dossier.

    ``ended`` is the last checkpoint that says where the streams end, and with which entry this one did; ``kept`` is how
    many checkpoints kept elsewhere it fits.
    """

    verdict: Verdict
    stream: str = ""
    checkpoint: Checkpoint | None = None
    papers: int = 0
    ended: tuple[Checkpoint, int] | None = None
    kept: int = 0

    @property
    def whole(self) -> bool:
        return self.verdict.whole and self.checkpoint is not None


class _Unpacked:
    """The members of a dossier: the small ones as they are, of papers the hash."""

    def __init__(self, path: str) -> None:
        # Here, since nothing else has a use for it.
        from zipfile import ZIP_STORED, ZipFile

        self.texts: dict[str, bytes] = {}
        self.digests: dict[str, str] = {}
        self.sizes: dict[str, int] = {}
        with open(path, "rb") as source, ZipFile(path) as file:
            members = file.infolist()
            for one in members:
                _require(_is_member(one.filename), "a name that no dossier has")
                _require(one.compress_type == ZIP_STORED and one.file_size == one.compress_size, "compressed")
                _require(one.file_size <= LARGEST_MEMBER, "a file of more than 256 MB")
            for chunk in packed((one.filename, self._content(file, one.filename)) for one in members):
                _require(source.read(len(chunk)) == chunk, "not packed as a dossier is, or altered")
            _require(not source.read(1), "something after its end")
        _require(len(self.digests) == len(members), "a name twice")

    def _content(self, file: Any, name: str) -> bytes:
        content: bytes = file.read(name)
        self.digests[name], self.sizes[name] = sha256(content).hexdigest(), len(content)
        if not name.startswith("papers/"):
            _require(sum(map(len, self.texts.values())) + len(content) <= LARGEST_TEXT, "too much text")
            self.texts[name] = content
        return content

    def manifest(self) -> dict[str, Any]:
        said = _read(self.texts[MANIFEST], "checkpoint", "files", "origin", "stream")
        there = [
            {"bytes": self.sizes[name], "name": name, "sha256": digest}
            for name, digest in self.digests.items()
            if name != MANIFEST
        ]
        _require(said["files"] == there, "the files are not those of its list")
        return said


def verify_dossier(path: str, keys: Sequence[Key], kept: Sequence[bytes] = ()) -> Dossier:
    """Verify a dossier by the keys of the notary, and against checkpoints that were kept elsewhere.

    Raises:
        OSError: the file could not be opened.
    """
    with open(path, "rb"):
        pass
    findings = Findings()
    try:
        dossier = _Unpacked(path)
        said = dossier.manifest()
        stream = said["stream"]
        _require(type(stream) is str and is_stream(stream), "stream")
        lines = dossier.texts[EVENTS].splitlines(keepends=True)
        verdict = verify_lines(lines, only=stream)
        findings.take(verdict)
        _require(verdict.entries == len(lines), "entries of other streams")
        note = dossier.texts[CHECKPOINT]
        own = [key for key in keys if key.name == Note.parse(note).checkpoint.origin]
        sealed = verify_sealed(lines, dossier.texts[PROOF], note, own or keys)
        if sealed.fault:
            findings.add("proof", stream, None, chinese=sealed.fault[0], english=sealed.fault[1])
        if (checkpoint := sealed.checkpoint) is None:
            return Dossier(findings.verdict(verdict.entries, verdict.streams), stream)
        _require((said["origin"], said["checkpoint"]) == (checkpoint.origin, checkpoint.number), "another checkpoint")
        papers = _compare_papers(dossier, lines, stream, findings)
        ended = _compare_end(dossier, lines, stream, checkpoint, keys, findings)
        fitting = _compare_kept(dossier, checkpoint, keys, kept, findings)
        verdict = findings.verdict(verdict.entries, verdict.streams)
        return Dossier(verdict, stream, checkpoint, papers, ended, fitting)
    except Exception as error:  # any exception is a failure: dossiers are hostile input
        findings.add("packing", "-", None, why=_why(error))
        return Dossier(findings.verdict(0, 0))


def _compare_papers(dossier: _Unpacked, lines: Iterable[bytes], stream: str, findings: Findings) -> int:
    """Every file that an entry names is there, byte for byte, and no other; how many there are."""
    there = {found[1]: name for name in dossier.digests if (found := _digest_of_paper(name))}
    named: set[str] = set()
    for seq, line in enumerate(lines):
        try:
            files = parse(line.decode().removesuffix("\n"))["files"]
        except ValueError:  # found already
            continue
        for file in files:
            digest = file["sha256"]
            if digest in named:
                continue
            named.add(digest)
            if (name := there.get(digest)) is None:
                findings.add("paperless", stream, seq, name=file["name"])
            elif (dossier.digests[name], dossier.sizes[name]) != (digest, file["bytes"]):
                findings.add("repapered", stream, seq, name=file["name"])
    for digest in there.keys() - named:
        findings.add("unnamed", stream, None, name=there[digest])
    return len(named)


def _compare_end(
    dossier: _Unpacked,
    lines: Sequence[bytes],
    stream: str,
    checkpoint: Checkpoint,
    keys: Sequence[Key],
    findings: Findings,
) -> tuple[Checkpoint, int] | None:
    """The entry with which the stream ended on the last day of which the notary says so."""
    if ENDS not in dossier.texts:
        return None
    said = _read(dossier.texts[ENDS], "follows", "note", "path", "place", "seq")
    daily, seq = opened(said["note"], keys), said["seq"]
    _require(type(seq) is int and seq >= 0, "seq")
    _require(daily.heads is not None, "the checkpoint does not say where streams end")
    holds = (
        daily.heads is not None
        and seq < len(lines)
        and _follows(daily, checkpoint, _path(said["follows"]))
        and included(
            _hash(b"\x00" + lines[seq].removesuffix(b"\n")).digest(),
            said["place"],
            daily.heads.streams,
            _path(said["path"]),
            daily.heads.root,
        )
    )
    if not holds:
        findings.add("ends", stream, None, number=daily.number, last=seq)
    return (daily, seq) if holds else None


def _compare_kept(
    dossier: _Unpacked, checkpoint: Checkpoint, keys: Sequence[Key], kept: Sequence[bytes], findings: Findings
) -> int:
    """How many of the checkpoints kept elsewhere are of the same record."""
    paths = {}
    if KEPT in dossier.texts:
        listed = _read(dossier.texts[KEPT], "paths")["paths"]
        _require(type(listed) is list and all(type(one) is list and one for one in listed), "paths")
        paths = {size: _path(path) for size, *path in listed}
    fitting = 0
    for note in kept:
        try:
            other = opened(note, keys)
        except Exception as error:  # any exception is a failure: notes are hostile input
            findings.add("note", "notary", None, number="?", why=_why(error))
            continue
        first, second = sorted((other, checkpoint), key=lambda one: one.size)
        path = [] if first.size == second.size else paths.get(other.size)
        if path is None:
            findings.add("unproved", "notary", None, number=other.number)
        elif not _follows(first, second, path):
            findings.add("forked", "notary", None, number=other.number, size=other.size)
        else:
            fitting += 1
    return fitting


def _follows(first: Checkpoint, second: Checkpoint, path: Sequence[bytes]) -> bool:
    return extends(first.size, second.size, first.root, second.root, path)


# --- command line ---------------------------------------------------------------------------------------------------


def report(verdict: Verdict, sealed: Sealed | None = None, *, alone: bool = True) -> str:
    """The verdict in words, in Chinese and in English; ``alone``: the chain was held against no checkpoint."""
    lines = []
    if verdict.whole and sealed and not sealed.holds:
        lines += [
            f"不能认定记录完整：{verdict.streams} 个流、{verdict.entries} 条，哈希链首尾相接，但与封签不符。",
            f"NOT shown to be whole: for {verdict.entries} entries of {verdict.streams} streams the chain holds, the "
            "checkpoint does not.",
        ]
    elif verdict.whole:
        lines += [
            f"记录完整：{verdict.streams} 个流、{verdict.entries} 条逐条重算，首尾相接，未见增、删、改、换序。",
            f"Whole: {verdict.entries} entries of {verdict.streams} streams recomputed; nothing added, removed, "
            "altered or put in another order.",
        ]
    else:
        lines += [
            f"记录不完整：{verdict.streams} 个流、{verdict.entries} 条，发现 {verdict.found} 处问题。",
            f"NOT whole: {verdict.found} findings in {verdict.entries} entries of {verdict.streams} streams.",
        ]
        for finding in verdict.findings:
            lines.append(f"  [{finding.kind}] {finding.place}  {finding.says_zh}")
            lines.append(f"  {' ' * len(finding.kind)}   {finding.says}")
        if verdict.found > len(verdict.findings):
            lines.append(f"  … {verdict.found - len(verdict.findings)}")
    if sealed is None and alone:
        lines += [
            "单凭哈希链查不出：某流末尾几条被删或连同摘要改写，以及整流重写；须与另存的封签比对。",
            "A chain alone cannot find the last entries of a stream cut off or rewritten, nor a stream rewritten as a "
            "whole; that takes a checkpoint kept elsewhere.",
        ]
    return "\n".join([*lines, *(_report_sealed(sealed) if sealed else ())])


def _report_sealed(sealed: Sealed) -> Iterator[str]:
    yield ""
    checkpoint, entries = sealed.checkpoint, sealed.entries
    if checkpoint:
        number, size, at = checkpoint.number, checkpoint.size, f"{checkpoint.at:%Y-%m-%d %H:%M:%S} UTC"
        yield f"封签：{checkpoint.origin} 第 {number} 号，{at}，共 {size} 条。"
        yield f"Checkpoint: {checkpoint.origin} no. {number}, {at}, {size} entries."
    if sealed.fault:
        chinese, english = sealed.fault
        yield f"与封签不符：{chinese}。"
        yield f"NOT as the checkpoint says: {english}."
    elif checkpoint and entries == checkpoint.size:
        yield f"与封签相符：这 {entries} 条就是截至该封签的整部记录，一条不多，一条不少，此后未被改动。"
        yield f"As the checkpoint says: these {entries} entries are the whole record up to it, and unaltered since."
    elif sealed.holds:
        yield f"与封签相符：这 {entries} 条都在该封签所封的总树中，此后未被改动。"
        yield f"As the checkpoint says: these {entries} entries are all in its tree, and unaltered since."
        yield "单凭本文件查不出：某流末尾还有记录而未列入。"
        yield "This file alone cannot show that further entries at the end of a stream were left out of it."


def report_dossier(dossier: Dossier) -> str:
    """The verdict on a dossier in words, by the four properties of DA/T 70, in Chinese and in English."""
    verdict, checkpoint = dossier.verdict, dossier.checkpoint
    if dossier.whole and checkpoint:
        lines = [
            f"卷宗完整：{dossier.stream}，{verdict.entries} 条记录、{dossier.papers} 份材料，未见增、删、改、换序。",
            f"Whole: {verdict.entries} entries and {dossier.papers} files of {dossier.stream}; nothing added, removed, "
            "altered or put in another order.",
        ]
    else:
        lines = [
            f"不能认定卷宗完整：发现 {verdict.found} 处问题。",
            f"NOT shown to be whole: {verdict.found} findings.",
        ]
        for finding in verdict.findings:
            lines.append(f"  [{finding.kind}] {finding.place}  {finding.says_zh}")
            lines.append(f"  {' ' * len(finding.kind)}   {finding.says}")
    for chinese, english, kinds in (
        ("真实性", "Authenticity", AUTHENTICITY),
        ("完整性", "Completeness", COMPLETENESS),
        ("可用性", "Usability", USABILITY),
    ):
        found = verdict.found_of(kinds)
        lines.append(f"{chinese} {english}: {'✓' if checkpoint and not found else f'✗ {found}'}")
    if not checkpoint:
        return "\n".join([*lines, "安全性 Security: ✗"])
    lines += [
        f"安全性 Security: ✓ 第 {checkpoint.number} 号封签 checkpoint no. {checkpoint.number}, "
        f"{checkpoint.at:%Y-%m-%d %H:%M:%S} UTC, {checkpoint.origin}",
        f"  另存封签相符 {dossier.kept} 张 / fits {dossier.kept} checkpoints that were kept elsewhere",
    ]
    if dossier.ended:
        daily, seq = dossier.ended
        lines += [
            f"  {daily.at:%Y-%m-%d %H:%M:%S} UTC（第 {daily.number} 号封签）时，末条为第 {seq} 条，此前没有漏列；"
            "此后是否还有记录，本卷宗不能证明。",
            f"  When checkpoint no. {daily.number} was signed the stream ended with entry {seq}: nothing up to it was "
            "left out. Whether anything came after the last entry given here this dossier cannot show.",
        ]
    else:
        lines += [
            "  末尾是否漏列，本卷宗不能证明。",
            "  That nothing was left out at the end this dossier does not show.",
        ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify a file of bodies or a dossier; returns the exit code."""
    parser = argparse.ArgumentParser(description="核验纪实记录 / verify a record: one body a line")
    parser.add_argument("file", help="events.jsonl，或卷宗 / or a dossier: DOSSIER.zip")
    parser.add_argument("--stream", help="只核验这个流 / this stream only")
    parser.add_argument("--processes", type=int, metavar="N", help="同时核验的进程数 / so many processes at once")
    parser.add_argument(
        "--checkpoint",
        metavar="FILE",
        action="append",
        default=[],
        help="另存的封签；卷宗可多次 / a checkpoint that was kept elsewhere; for a dossier several times",
    )
    parser.add_argument(
        "--proof", metavar="FILE", help="proof.json，证明各条都在总树中 / that the entries are in its tree"
    )
    parser.add_argument(
        "--key",
        type=_key,
        action="append",
        default=[],
        metavar="VKEY",
        help="须已签署的公钥，取自验收文书 / who must have signed it, from the acceptance paper",
    )
    for output in (sys.stdout, sys.stderr):
        output.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    options = parser.parse_args(arguments)
    sealed = None
    try:
        hash_with(_hash_of(options.file, options.key))
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"打不开文件 / cannot open: {error}\n")
        return 2
    try:
        if _is_zip(options.file):
            if not options.key or options.proof:
                parser.error("卷宗须给出 --key，证明已在其中 / a dossier takes --key, and brings its proof")
            dossier = verify_dossier(options.file, options.key, [*map(_content, options.checkpoint)])
            sys.stdout.write(report_dossier(dossier) + "\n")
            return 0 if dossier.whole else 1
        if not len(options.checkpoint) == bool(options.proof) == bool(options.key):
            parser.error("--checkpoint、--proof、--key 须一并给出 / belong together")
        verdict = verify_file(options.file, only=options.stream, processes=options.processes)
        if options.checkpoint:
            with open(options.file, "rb") as lines:
                sealed = verify_sealed(lines, _content(options.proof), _content(options.checkpoint[0]), options.key)
    except OSError as error:
        sys.stderr.write(f"打不开文件 / cannot open: {error}\n")
        return 2
    sys.stdout.write(report(verdict, sealed) + "\n")
    return 0 if verdict.whole and (sealed is None or sealed.holds) else 1


def _key(typed: str) -> Key:
    try:
        return read_key(typed)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"不是公钥 / not a verifier key: {error}") from None


def _hash_of(path: str, keys: Sequence[Key]) -> str:
    """By the notary whose key is known; without one by how the first stream begins."""
    if keys:
        return "sm3" if any(key.name.startswith(NAMED_BY_SM3) for key in keys) else "sha256"
    with open(path, "rb") as source:
        first = source.readline(LARGEST_MEMBER).removesuffix(b"\n")
    try:
        entry = parse(first.decode())
        begun = GENESIS + entry["stream"].encode()
        return next(name for name in HASHES if new_hash(name, begun).hexdigest() == entry["prev"])
    except Exception:  # whatever is wrong with it is told by its verification
        return HASHES[0]


def _is_zip(path: str) -> bool:
    """No line of a record begins like this."""
    with open(path, "rb") as source:
        return source.read(2) == b"PK"


def _content(path: str) -> bytes:
    with open(path, "rb") as source:
        return source.read()


if __name__ == "__main__":
    sys.exit(main())
