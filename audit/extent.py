"""How far the record reaches (纪实的范围): the last entry of each stream, and the files that entries name.

Heads that were kept elsewhere (in the manifest of a backup, by an auditor, or as a dump of bodies) show what a chain
alone cannot: that the end of a stream was cut off, that a stream is gone, or that an old backup stands in the place of
the record.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from django.db import connections, router

from audit import chain
from audit.models import Entry

_HEADS: Final = """
    SELECT stream, seq, leaf FROM audit_entry
    JOIN (SELECT stream, max(seq) AS seq FROM audit_entry GROUP BY stream) AS head USING (stream, seq) ORDER BY stream
"""
_FILES: Final = """
    SELECT DISTINCT file->>'sha256' FROM audit_entry, jsonb_array_elements(body::jsonb->'files') AS file
    WHERE body LIKE '%"files":[{%'
"""
_AT: Final = """
    SELECT wanted.stream, wanted.seq, entry.leaf FROM unnest(%s, %s) AS wanted(stream, seq)
    LEFT JOIN audit_entry AS entry ON entry.stream = wanted.stream AND entry.seq = wanted.seq
"""


class Head(NamedTuple):
    """The last entry of a stream: its number and its hash."""

    seq: int
    leaf: str


class NotHeads(ValueError):
    """A file that holds no heads; the message says why."""


def _rows(query: str, arguments: list[Any] | None = None) -> list[tuple[Any, ...]]:
    with connections[router.db_for_read(Entry)].cursor() as cursor:
        cursor.execute(query, arguments)
        return list(cursor.fetchall())


def heads() -> dict[str, Head]:
    """The last entry of every stream; an open transaction decides what is seen."""
    return {stream: Head(seq, leaf) for stream, seq, leaf in _rows(_HEADS)}


def files() -> set[str]:
    """SHA-256 of every file that an entry names."""
    return {digest for (digest,) in _rows(_FILES)}


def written(these: Mapping[str, Head]) -> dict[str, list[int | str]]:
    """Heads as they stand in a file."""
    return {stream: [head.seq, head.leaf] for stream, head in sorted(these.items())}


def seen(path: Path) -> dict[str, Head]:
    """Heads kept in a file: a backup or its manifest, what ``verify_record --heads`` wrote, or a dump of bodies.

    Raises:
        NotHeads
        OSError
    """
    path = path / "manifest.json" if path.is_dir() else path
    with path.open(encoding="utf-8") as file:
        try:
            if '"heads"' in (text := file.read(4096)):
                return {
                    str(stream): Head(int(seq), str(leaf))
                    for stream, (seq, leaf) in json.loads(text + file.read())["heads"].items()
                }
            file.seek(0)
            last: dict[str, tuple[int, str]] = {}
            for line in file:
                body = line.rstrip("\n")
                entry = chain.parse(body)
                if entry["seq"] >= last.get(entry["stream"], (-1, ""))[0]:
                    last[entry["stream"]] = entry["seq"], body
        except Exception as error:  # a file from elsewhere is hostile input
            raise NotHeads(f"{path}: {type(error).__name__}") from error
    if not last:
        raise NotHeads(f"{path}: empty")
    return {stream: Head(seq, chain.leaf(body)) for stream, (seq, body) in last.items()}


@dataclass(frozen=True)
class Behind:
    """A stream that does not extend what was seen of it: so many of its entries are missing, or it is another one."""

    stream: str
    missing: int
    seen: Head

    @property
    def says(self) -> str:
        """In Chinese and in English."""
        if self.missing:
            return (
                f"{self.stream}：缺少末尾 {self.missing} 条（曾见到第 {self.seen.seq} 条）"
                f" / the last {self.missing} entries are missing (entry {self.seen.seq} has been seen)"
            )
        return (
            f"{self.stream}：第 {self.seen.seq} 条不是曾见到的那一条"
            f" / entry {self.seen.seq} is not the one that has been seen"
        )


def behind(kept: Mapping[str, Head]) -> list[Behind]:
    """The streams in which the record does not extend what was seen."""
    streams = sorted(kept)
    there = (
        {(stream, seq): leaf for stream, seq, leaf in _rows(_AT, [streams, [kept[stream].seq for stream in streams]])}
        if streams
        else {}
    )
    reached = heads()
    found = []
    for stream in streams:
        leaf = there[stream, kept[stream].seq]
        if leaf is None:
            last = reached[stream].seq if stream in reached else -1
            found.append(Behind(stream, kept[stream].seq - last, kept[stream]))
        elif leaf != kept[stream].leaf:
            found.append(Behind(stream, 0, kept[stream]))
    return found


def report(found: list[Behind], streams: int) -> str:
    """What was found, in words, in Chinese and in English."""
    if not found:
        return (
            f"现有纪实包含曾见到的 {streams} 条流水的全部内容。\n"
            f"The record extends all that has been seen of {streams} streams."
        )
    return "\n".join(
        [
            "现有纪实比在别处见到的要旧，或者不是同一份：",
            "The record is older than the one seen elsewhere, or is another one:",
            *(f"  {one.says}" for one in found),
        ]
    )
