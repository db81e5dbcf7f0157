"""Canonical bytes, hash chain and verification of the record (全程纪实的规范字节、哈希链与核验).

Standard library only.  An auditor keeps a copy of this file and runs it without the site::

    python -I -S chain.py events.jsonl

Each line of ``events.jsonl`` is the exact body of one entry.  Exit code 0: whole; 1: something was found; 2: the file
could not be opened.  Whatever goes wrong while verifying counts as a failure, never as a pass.

- **Canonical form**: ``json.dumps`` with sorted keys, no spaces and no ASCII escapes, over a subset in which every JSON
  encoder agrees: no floats, integers within ±(2^53 − 1), ASCII keys, strings in NFC without NUL or lone surrogates.
- **Leaf**: SHA-256(0x00 ‖ body).  **Origin** of a stream: SHA-256("cadre-v1-genesis" ‖ 0x00 ‖ stream).
- **Chain**: entries of a stream are numbered from 0 without gaps; each names the leaf of the one before as ``prev``.
- **Commitment** to a sealed text: SHA-256(0x02 ‖ salt ‖ text); the text itself may be forgotten later.

What a chain alone cannot find: the last entries of a stream cut off or rewritten, and a stream rewritten as a whole.
"""

from __future__ import annotations

import argparse
import re
import sys
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from json import JSONDecoder, JSONEncoder
from typing import Any, Final

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
is_stream = re.compile(r"[a-z_]+(?::[0-9A-Za-z-]+)?").fullmatch


class NotCanonical(ValueError):
    """The value or the body lies outside the canonical form."""


# --- canonical form -------------------------------------------------------------------------------------------------


def _check_string(text: str, where: str) -> None:
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise NotCanonical(f"{where}: half of a surrogate pair") from None
        if not unicodedata.is_normalized("NFC", text):
            raise NotCanonical(f"{where}: not in NFC")
    if "\0" in text:
        raise NotCanonical(f"{where}: contains NUL")


def _check(value: object, where: str) -> None:
    kind = type(value)
    if kind is str:
        _check_string(value, where)  # type: ignore[arg-type]
    elif kind is int:
        if not -LARGEST <= value <= LARGEST:  # type: ignore[operator]
            raise NotCanonical(f"{where}: integer beyond 2^53 - 1")
    elif kind is dict:
        for key, inner in value.items():  # type: ignore[attr-defined]
            if type(key) is not str or not key.isascii():
                raise NotCanonical(f"{where}: key {key!r} is not ASCII text")
            _check_string(key, where)
            _check(inner, f"{where}.{key}")
    elif kind is list:
        for number, inner in enumerate(value):  # type: ignore[arg-type]
            _check(inner, f"{where}[{number}]")
    elif kind is not bool and value is not None:
        raise NotCanonical(f"{where}: {kind.__name__} has no canonical form")


def canonical(value: object) -> bytes:
    """The one spelling of a value; :exc:`NotCanonical` names the place that has none."""
    _check(value, "value")
    return _encode(value).encode()


def tidy(value: object) -> Any:
    """The same value with strings in NFC, tuples as lists and enumeration members as their plain values."""
    if isinstance(value, str):
        return unicodedata.normalize("NFC", str.__str__(value))
    if isinstance(value, bool) or value is None:
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
    """SHA-256(0x00 ‖ body) in hexadecimal."""
    return sha256(b"\x00" + body.encode()).hexdigest()


def origin(stream: str) -> str:
    """What the first entry of a stream names as the leaf before it."""
    return sha256(b"cadre-v1-genesis\x00" + stream.encode()).hexdigest()


def commitment(salt: bytes, text: str) -> str:
    """SHA-256(0x02 ‖ salt ‖ text) in hexadecimal; the salt has a fixed length, so nothing can slide between the two."""
    if len(salt) != SALT_BYTES:
        raise NotCanonical(f"a salt has {SALT_BYTES} bytes")
    return sha256(b"\x02" + salt + text.encode()).hexdigest()


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
        _check(entry, "body")
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
    "cut": ("最后一行不完整", "the last line is not complete"),
    "empty": ("没有任何记录", "there is no entry at all"),
    "failed": ("核验未能完成：{why}", "verification did not finish: {why}"),
}
AUTHENTICITY: Final = frozenset({"edited", "rewritten", "columns", "opening", "backdated", "origin"})
COMPLETENESS: Final = frozenset({"missing", "moved", "disordered", "duplicate", "inserted", "orphan", "cut", "empty"})
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

    @property
    def count(self) -> int:
        return sum(self.by_kind.values())


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

    __slots__ = ("_absent", "_before", "_expected", "_findings", "_followed", "_latest", "_stream")

    def __init__(self, stream: str, findings: Findings) -> None:
        self._stream = stream
        self._findings = findings
        self._expected = 0
        # Leaves that the next entry may name as the one before it; empty: nothing to hold against it.
        self._followed: tuple[str, ...] = (origin(stream),)
        self._before: tuple[str, ...] = ()  # what the last entry itself was held against
        self._latest = ""
        self._absent: list[range] = []

    def take(self, body: str, *, seq: int | None = None, stored: str | None = None) -> dict[str, Any] | None:
        """Check the next body; returns the entry, or None where it cannot be read."""
        try:
            computed = leaf(body)
            entry = parse(body)
        except Exception as error:  # any exception is a failure: bodies are hostile input
            number = self._expected if seq is None else seq
            self._findings.add("unreadable", self._stream, number, why=_why(error))
            self._place(number, (stored,) if stored else ())
            return None
        claimed: int = entry["seq"]
        number = claimed if seq is None else seq
        moved = entry["stream"] != self._stream or claimed != number
        altered = stored is not None and stored != computed
        if altered:
            self._findings.add("edited", self._stream, number)
        if moved:
            self._findings.add("moved", self._stream, number, belongs=entry["stream"], number=claimed)
        elif number >= self._expected:
            if entry["recorded_at"] < self._latest:
                self._findings.add("backdated", self._stream, number)
            self._latest = entry["recorded_at"]
        if number == self._expected and self._followed and entry["prev"] not in self._followed:
            if entry["prev"] in self._before:
                self._findings.add("inserted", self._stream, number - 1)
            elif not moved and not altered:
                if number:
                    self._findings.add("rewritten", self._stream, number - 1, after=number)
                else:
                    self._findings.add("origin", self._stream, 0)
        self._place(number, () if moved else (stored, computed) if stored else (computed,))
        return entry

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


def verify_lines(lines: Iterable[bytes], *, only: str | None = None) -> Verdict:
    """Verify lines, each the exact body of one entry and a line feed; streams may alternate."""
    findings, walks, entries = Findings(), dict[str, Walk](), 0
    try:
        for line in lines:
            if not line.endswith(b"\n"):
                findings.add("cut", "-", None)
            try:
                body = line.removesuffix(b"\n").decode()
                stream = _decode(body)["stream"]
                _require(type(stream) is str and is_stream(stream), "stream")
            except Exception as error:  # any exception is a failure: lines are hostile input
                findings.add("unreadable", "-", None, why=_why(error))
                entries += 1
                continue
            if only is None or only == stream:
                entries += 1
                if stream not in walks:
                    walks[stream] = Walk(stream, findings)
                walks[stream].take(body)
        for walk in walks.values():
            walk.close()
    except Exception as error:  # any exception is a failure
        findings.add("failed", "-", None, why=_why(error))
    if not entries:
        findings.add("empty", only or "-", None)
    return Verdict(entries, len(walks), tuple(findings.kept), dict(findings.by_kind))


# --- command line ---------------------------------------------------------------------------------------------------


def report(verdict: Verdict) -> str:
    """The verdict in words, in Chinese and in English."""
    lines = []
    if verdict.whole:
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
    lines += [
        "单凭哈希链查不出：某流末尾几条被删或连同摘要改写，以及整流重写；须与另存的封签比对。",
        "A chain alone cannot find the last entries of a stream cut off or rewritten, nor a stream rewritten as a "
        "whole; that takes a checkpoint kept elsewhere.",
    ]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify a file of bodies; returns the exit code."""
    parser = argparse.ArgumentParser(description="核验纪实记录 / verify a record: one body a line")
    parser.add_argument("file", help="events.jsonl")
    parser.add_argument("--stream", help="只核验这个流 / this stream only")
    options = parser.parse_args(arguments)
    for output in (sys.stdout, sys.stderr):
        output.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    try:
        source = open(options.file, "rb")  # noqa: SIM115 - closed below; only the opening may end in exit code 2
    except OSError as error:
        sys.stderr.write(f"打不开文件 / cannot open: {error}\n")
        return 2
    with source:
        verdict = verify_lines(source, only=options.stream)
    sys.stdout.write(report(verdict) + "\n")
    return 0 if verdict.whole else 1


if __name__ == "__main__":
    sys.exit(main())
