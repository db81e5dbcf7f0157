"""Reading and verifying the record (查阅与核验纪实).

The only door for other floors: they get values, never rows.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any, Final, NamedTuple, overload

from django.db import connections, router, transaction
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet, Subquery

from audit import chain, imprint, tree
from audit.models import STREAM_ORDER, Opening
from audit.models import Entry as Row

log = logging.getLogger(__name__)

Finding = chain.Finding


@dataclass(frozen=True)
class Reading:
    """One entry as it reads today; ``opened`` are those of its sealed texts that still exist.

    Values come from the body.  Where somebody has made the body illegible (``legible`` is false), the columns beside it
    stand in, so that a page can still show the place.
    """

    entry_id: int
    stream: str
    seq: int
    at: datetime
    recorded_at: datetime
    actor: Mapping[str, str]
    action: str
    basis: str
    case: str
    object: tuple[str, str]
    data: Mapping[str, Any]
    files: Sequence[Mapping[str, Any]]
    req: str
    state: str
    prev: str
    leaf: str
    body: str
    opened: Mapping[str, str]
    legible: bool

    @classmethod
    def of(cls, row: Row) -> Reading:
        try:
            content, legible = chain.parse(row.body), True
        except Exception:  # tampered bodies are hostile input; verification names them
            content, legible = _from_columns(row), False
        return cls(
            entry_id=row.pk,
            stream=row.stream,
            seq=row.seq,
            at=chain.unstamp(content["at"]),
            recorded_at=chain.unstamp(content["recorded_at"]),
            actor=content["actor"],
            action=content["action"],
            basis=content["basis"],
            case=content["case"],
            object=(content["object"][0], content["object"][1]),
            data=content["data"],
            files=content["files"],
            req=content["req"],
            state=content["state"],
            prev=content["prev"],
            leaf=row.leaf,
            body=row.body,
            opened={opening.field: opening.value for opening in row.openings.all()},
            legible=legible,
        )

    @property
    def pretty(self) -> str:
        """The body over several lines, for reading; its bytes are in ``body``."""
        return json.dumps(json.loads(self.body), ensure_ascii=False, indent=2) if self.legible else self.body


def _from_columns(row: Row) -> dict[str, Any]:
    return {
        "at": chain.stamp(row.at),
        "recorded_at": chain.stamp(row.recorded_at),
        "actor": {"id": row.actor_id, "name": row.actor_name, "dept": "", "role": "", "auth": ""},
        "action": row.action,
        "case": row.case_name,
        "object": [row.object_type, row.object_id],
        "req": row.req,
        "data": {},
        "files": [],
        **dict.fromkeys(("basis", "state", "prev"), ""),
    }


class Readings(Sequence[Reading]):
    """Entries, read when they are looked at: countable, sliceable, iterable in portions."""

    def __init__(self, rows: QuerySet[Row]) -> None:
        self._rows = rows if rows.query.is_sliced else rows.prefetch_related("openings")

    def __len__(self) -> int:
        return self._rows.count()

    def __bool__(self) -> bool:
        return self._rows.exists()

    def __iter__(self) -> Iterator[Reading]:
        return map(Reading.of, self._rows.iterator(chunk_size=500))

    @overload
    def __getitem__(self, index: int) -> Reading: ...
    @overload
    def __getitem__(self, index: slice) -> list[Reading]: ...
    def __getitem__(self, index: int | slice) -> Reading | list[Reading]:
        if isinstance(index, slice):
            return [Reading.of(row) for row in self._rows[index]]
        try:
            return Reading.of(self._rows[index])
        except Row.DoesNotExist:
            raise IndexError(index) from None

    def latest(self, number: int) -> Readings:
        """No more of them than this, from the beginning of their order."""
        return Readings(self._rows[:number])

    def first(self) -> Reading | None:
        """The first of them, or None."""
        return next(iter(self[:1]), None)


def entries(
    *,
    stream: str | None = None,
    streams: Iterable[str] | None = None,
    actions: Iterable[str] | None = None,
    actor: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    seq: int | None = None,
    naming: str | None = None,
    closed: Collection[str] = (),
    newest_first: bool = False,
) -> Readings:
    """Entries in the order in which they were recorded.

    ``actions`` any of these; ``actor`` a part of the name; ``since`` ≤ time of the act < ``until``; ``naming`` a file
    by its SHA-256; nothing of the streams that are ``closed`` to the reader.
    """
    rows = _open(closed)
    if stream is not None:
        rows = rows.filter(stream=stream)
    if streams is not None:
        rows = rows.filter(stream__in=list(streams))
    if actions is not None:
        rows = rows.filter(action__in=list(actions))
    if actor is not None:
        rows = rows.filter(actor_name__contains=actor)
    if since is not None:
        rows = rows.filter(at__gte=since)
    if until is not None:
        rows = rows.filter(at__lt=until)
    if seq is not None:
        rows = rows.filter(seq=seq)
    if naming is not None:
        rows = rows.filter(body__contains=f'"sha256":"{naming}"')
    order = ("seq", "id") if stream is not None else ("id",)
    return Readings(rows.order_by(*(f"-{name}" for name in order) if newest_first else order))


def _open(closed: Collection[str]) -> QuerySet[Row]:
    """What a reader may see to whom these streams are closed, named one by one or by a query of theirs.

    Left out are their entries and, in any other stream, those of their case and of an act that they too tell of.
    """
    if not _names_any(closed):
        return Row.objects.all()
    acts = Row.objects.filter(stream__in=closed).values("req")
    return Row.objects.exclude(Q(stream__in=closed) | Q(case_name__in=closed) | Q(req__in=acts))


def _names_any(closed: Collection[str]) -> bool:
    """A query stands for some streams: whoever closes none hands over an empty collection, so it need not be asked."""
    return isinstance(closed, QuerySet) or bool(closed)


LOOKED_AT: Final = "looked_at"
"""The action of an entry that tells who read something; every other one in the stream of access was refused."""


def attempts_refused(
    *,
    case: str | None = None,
    resting_on: Collection[str] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    closed: Collection[str] = (),
) -> Readings:
    """Acts that were tried and refused, the latest first; ``resting_on`` keys of rules of which one was not met."""
    rows = _open(closed).filter(stream="access").exclude(action=LOOKED_AT)
    if resting_on:
        rows = rows.filter(reduce(or_, (Q(body__contains=f'"key":"{key}"') for key in resting_on)))
    return Readings(_within(rows, case, since, until).order_by("-id"))


def looked_at(
    kind: str,
    *,
    case: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    closed: Collection[str] = (),
) -> Readings:
    """Who read things of this kind, the latest first."""
    rows = _open(closed).filter(action=LOOKED_AT, object_type=kind)
    return Readings(_within(rows, case, since, until).order_by("-id"))


def _within(rows: QuerySet[Row], case: str | None, since: datetime | None, until: datetime | None) -> QuerySet[Row]:
    if case is not None:
        rows = rows.filter(case_name=case)
    if since is not None:
        rows = rows.filter(at__gte=since)
    return rows if until is None else rows.filter(at__lt=until)


def of_case(case: str, *, newest_first: bool = False) -> Readings:
    """Every entry that belongs to a case, from whichever stream, refused attempts included."""
    rows = Row.objects.filter(Q(stream=case) | Q(case_name=case))
    return Readings(rows.order_by("-id" if newest_first else "id"))


DESTROYS: Final = "destroy_texts"
"""The action of an entry by which texts kept apart are destroyed: those that its facts name, of its own stream or case.

The database deletes them when the entry is appended, and refuses any other deletion.
"""


class Named(NamedTuple):
    """A text kept apart: the entry that commits to it, and its field."""

    stream: str
    seq: int
    field: str


def texts_of(case: str) -> list[Named]:
    """The texts kept apart for a case: of its own stream, and of its entries in streams of another kind."""
    kind, colon, _number = case.partition(":")
    theirs = Q(entry__case_name=case) & ~Q(entry__stream__startswith=kind + colon)
    found = Opening.objects.filter(Q(entry__stream=case) | theirs).order_by("entry__stream", "entry__seq", "field")
    return [Named(*row) for row in found.values_list("entry__stream", "entry__seq", "field")]


def destroyed_by(text: Named) -> Reading | None:
    """The entry by which a text was destroyed, if one says so."""
    named = chain.canonical(list(text)).decode()
    rows = Row.objects.filter(action=DESTROYS, body__contains=named)
    return next((one for one in Readings(rows.order_by("id")) if text in _destroyed_in(one.data)), None)


def _destroyed_in(data: Mapping[str, Any]) -> set[Named]:
    try:
        return {Named(*text) for text in data["facts"]["texts"]}
    except (KeyError, TypeError):  # tampered bodies are hostile input; verification names them
        return set()


def has_request(req: str) -> bool:
    """Whether an act with this request id has been recorded."""
    return Row.objects.filter(req=req).exists()


class StreamSummary(NamedTuple):
    stream: str
    entries: int
    latest: datetime


def streams(*, containing: str = "", closed: Collection[str] = ()) -> QuerySet[Row, str]:
    """Names of the streams that contain the text, in the order of kind and number; a stream is there by its entry 0."""
    rows = Row.objects.filter(seq=0)
    if containing:
        rows = rows.filter(stream__contains=containing)
    if _names_any(closed):
        rows = rows.filter(Exists(_open(closed).filter(stream=OuterRef("stream"))))
    return rows.order_by(*STREAM_ORDER).values_list("stream", flat=True)


def summaries(streams: Iterable[str], *, closed: Collection[str] = ()) -> dict[str, StreamSummary]:
    """Stream → how many entries it has and when the last one was recorded, for these streams.

    Numbers run from 0 without gaps, so the last one tells how many there are; where a reader does not see every entry
    of a stream, they are counted.
    """
    if _names_any(closed):
        seen = _open(closed).filter(stream__in=list(streams)).order_by().values("stream")
        found = seen.annotate(entries=Count("id"), latest=Max("recorded_at"))
    else:
        last = Row.objects.filter(stream=OuterRef("stream")).order_by("-seq")
        found = (
            Row.objects.filter(stream__in=list(streams), seq=0)
            .values("stream")
            .annotate(entries=Subquery(last.values("seq")[:1]) + 1, latest=Subquery(last.values("recorded_at")[:1]))
        )
    return {row[0]: StreamSummary(*row) for row in found.values_list("stream", "entries", "latest")}


def actions_of(stream: str, *, closed: Collection[str] = ()) -> list[str]:
    """The actions that occur in a stream."""
    return list(_open(closed).filter(stream=stream).order_by("action").values_list("action", flat=True).distinct())


# --- verification ---------------------------------------------------------------------------------------------------

PORTION: Final = 2000
_COLUMNS: Final = (
    "action", "actor_id", "actor_name", "at", "batch", "case_name", "object_type", "object_id", "recorded_at", "req",
)  # fmt: skip
_READ: Final = ", ".join("coalesce(batch, 0)" if name == "batch" else name for name in _COLUMNS)
_ENTRIES: Final = f"SELECT stream, seq, leaf, {_READ}, body FROM audit_entry"  # noqa: S608
_OPENINGS: Final = (
    "SELECT o.entry_id, o.field, o.salt, o.value, e.stream, e.seq, e.body "
    "FROM audit_opening o LEFT JOIN audit_entry e ON e.id = o.entry_id"
)
_SEALED: Final = (
    "SELECT e.stream, e.seq, e.body, ARRAY(SELECT o.field FROM audit_opening o WHERE o.entry_id = e.id) "
    """FROM audit_entry e WHERE strpos(e.body, '"sealed":{') > 0"""
)
_GUARDS: Final = """
    SELECT count(*) = 5 FROM pg_trigger WHERE tgenabled = 'A' AND (tgrelid, tgname) IN (
        ('audit_entry'::regclass, 'audit_entry_append_only'), ('audit_opening'::regclass, 'audit_opening_unaltered'),
        ('audit_entry'::regclass, 'audit_entry_destroys_texts'),
        ('audit_opening'::regclass, 'audit_opening_destroyed_by_entry'),
        ('audit_imprint'::regclass, 'audit_imprint_append_only'))
"""


@dataclass(frozen=True)
class Verdict(chain.Verdict):
    """The answer for the stored record.

    ``sealed`` commitments stand in bodies, ``opened`` of their texts are kept and agree, ``destroyed`` are gone by
    entries that name them; ``rows`` of business were held against their imprints; ``guarded``: the triggers that refuse
    every change and leave imprints are in force at this moment; ``signed``: what the notary's checkpoints cover.
    ``rows`` and ``signed`` are told of all streams together.
    """

    sealed: int
    opened: int
    rows: int
    guarded: bool
    signed: tree.Covered
    destroyed: int = 0


def verify(
    *,
    stream: str | None = None,
    kept: Sequence[chain.Checkpoint] = (),
    progress: Callable[[int], None] | None = None,
) -> Verdict:
    """Recompute every entry of the record, or of one stream, and compare everything that stands beside it.

    All streams together are also held against their tree and its checkpoints, and against those ``kept`` elsewhere.
    ``progress`` is told the number of entries read so far.  Any exception makes the verdict negative.
    """
    count = _Count()
    findings = chain.Findings()
    try:
        with transaction.atomic(using=router.db_for_read(Row)):
            destroyed = _Destroyed.read()
            _verify_entries(stream, findings, count, destroyed, progress)
            _verify_openings(stream, findings, count, destroyed)
            if stream is None:
                count.signed = tree.verify(findings, kept)
                count.rows = imprint.verify(findings)
            with connections[router.db_for_read(Row)].cursor() as cursor:
                cursor.execute(_GUARDS)
                count.guarded = cursor.fetchone()[0] and imprint.guarded()
    except Exception as error:  # any exception is a failure
        log.exception("The record could not be verified")
        findings.add("failed", stream or "-", None, why=type(error).__name__)
    if stream is not None and not count.entries:
        findings.add("empty", stream, None)
    return Verdict(
        entries=count.entries,
        streams=count.streams,
        findings=tuple(findings.kept),
        by_kind=dict(findings.by_kind),
        sealed=count.sealed,
        opened=count.opened,
        destroyed=count.destroyed,
        rows=count.rows,
        guarded=count.guarded,
        signed=count.signed,
    )


@dataclass
class _Count:
    entries: int = 0
    streams: int = 0
    sealed: int = 0
    opened: int = 0
    destroyed: int = 0
    rows: int = 0
    guarded: bool = False
    signed: tree.Covered = field(default_factory=tree.Covered)


def _portions(query: str, where: str, order: str, stream: str | None) -> Iterator[Sequence[tuple[Any, ...]]]:
    """Rows through a cursor on the server, so that memory does not grow with the record."""
    with connections[router.db_for_read(Row)].chunked_cursor() as cursor:
        if stream is None:
            cursor.execute(f"{query} {order}")
        else:
            cursor.execute(f"{query} {where} {order}", [stream])
        while rows := cursor.fetchmany(PORTION):
            yield rows


class _Entries:
    """Verifies rows as COPY writes them, each as it comes, so that memory does not grow with the record."""

    def __init__(
        self,
        findings: chain.Findings,
        count: _Count,
        destroyed: _Destroyed,
        progress: Callable[[int], None] | None,
    ) -> None:
        self._findings = findings
        self._count = count
        self._destroyed = destroyed
        self._progress = progress
        self._reader = chain.Reader()
        self._walk: chain.Walk | None = None
        self._stream = ""
        self._fault: Exception | None = None

    def write(self, row: bytes) -> None:
        """Take the next row; a fault is kept for later, since the database must be heard out first."""
        if self._fault is None:
            try:
                self._take(*_values(row))
            except Exception as fault:  # told by close
                self._fault = fault

    def _take(self, values: list[str], body: bytes) -> None:
        stream, number, leaf, *columns = values
        if self._walk is None or stream != self._stream:
            if self._walk is not None:
                self._walk.close()
            self._walk, self._stream = chain.Walk(stream, self._findings, self._reader), stream
            self._count.streams += 1
        seq = int(number)
        read = self._walk.take(body, seq=seq, stored=leaf)
        if read is not None:
            expected = [
                read.action, read.actor_id, read.actor_name, _in_column(read.at), imprint.batch_named(body), read.case,
                read.object_type, read.object_id, _in_column(read.recorded_at), read.req,
            ]  # fmt: skip
            if columns != expected:
                names = [column for column, was, is_ in zip(_COLUMNS, expected, columns, strict=True) if was != is_]
                self._findings.add("columns", stream, seq, names=", ".join(names))
            if read.commitments:
                sealed = read.sealed
                self._count.sealed += len(sealed)
                self._count.destroyed += sum(self._destroyed.has(read, name) for name in sealed)
        self._count.entries += 1
        if self._progress is not None and self._count.entries % PORTION == 0:
            self._progress(self._count.entries)

    def close(self) -> None:
        """End the last stream, or raise what happened on the way."""
        if self._fault is not None:
            raise self._fault
        if self._walk is not None:
            self._walk.close()
        if self._progress is not None and self._count.entries % PORTION:
            self._progress(self._count.entries)


_ESCAPED: Final = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}
_find_escapes = re.compile(rb"\\(.)", re.DOTALL)


def _values(row: bytes) -> tuple[list[str], bytes]:
    """The columns of a row that COPY wrote, and the last one, the body, as bytes."""
    columns, _tab, body = row.removesuffix(b"\n").rpartition(b"\t")
    if b"\\" not in row:
        return columns.decode().split("\t"), body
    plain = [_find_escapes.sub(_unescaped, one) for one in (*columns.split(b"\t"), body)]
    return [one.decode() for one in plain[:-1]], plain[-1]


def _unescaped(found: re.Match[bytes]) -> bytes:
    return _ESCAPED.get(found[1], found[1])


def _in_column(stamp: str) -> str:
    """A time of a body as PostgreSQL writes a ``timestamptz`` on a connection of Django, which is in UTC."""
    return f"{stamp[:10]} {stamp[11:26].rstrip('0').rstrip('.')}+00"


class _Destroyed:
    """Which texts entries say that they destroyed; each speaks for the texts of its own stream and case alone."""

    def __init__(self) -> None:
        self._by: dict[Named, str] = {}

    @classmethod
    def read(cls) -> _Destroyed:
        found = cls()
        for stream, body in Row.objects.filter(action=DESTROYS).order_by("id").values_list("stream", "body").iterator():
            try:
                entry = chain.parse(body)
                if entry["action"] == DESTROYS:
                    found._by.update(dict.fromkeys(_destroyed_in(entry["data"]), stream))
            except Exception:  # it destroys nothing then; the walk names it  # noqa: S112
                continue
        return found

    def has(self, read: chain.Read, name: str) -> bool:
        by = self._by.get(Named(read.stream, read.seq, name))
        return by is not None and by in (read.stream, read.case)


def _verify_entries(
    stream: str | None,
    findings: chain.Findings,
    count: _Count,
    destroyed: _Destroyed,
    progress: Callable[[int], None] | None,
) -> None:
    entries = _Entries(findings, count, destroyed, progress)
    with connections[router.db_for_read(Row)].cursor() as cursor:
        where = "" if stream is None else cursor.mogrify("WHERE stream = %s", [stream]).decode()
        cursor.copy_expert(f"COPY ({_ENTRIES} {where} ORDER BY stream, seq, id) TO STDOUT", entries)
    entries.close()


def _verify_openings(stream: str | None, findings: chain.Findings, count: _Count, destroyed: _Destroyed) -> None:
    reader, last, read = chain.Reader(), "", None  # texts of one entry come one after another
    for rows in _portions(_OPENINGS, "WHERE e.stream = %s", "ORDER BY e.stream, e.seq, o.field", stream):
        for entry_id, name, salt, text, where, seq, body in rows:
            if where is None:
                findings.add("orphan", "-", None, name=name, number=entry_id)
                continue
            try:
                if body != last:
                    read, last = None, body
                    read = reader.read(body.encode())
                agrees = read is not None and read.sealed[name] == chain.commitment(bytes(salt), text)
            except Exception:  # any exception is a failure
                agrees = False
            if not agrees or read is None:
                findings.add("opening", where, seq, name=name)
                continue
            count.opened += 1
            if destroyed.has(read, name):
                findings.add("revived", where, seq, name=name)
                count.destroyed -= 1
    if count.sealed != count.opened + count.destroyed:
        _name_missing(stream, findings, destroyed)


def _name_missing(stream: str | None, findings: chain.Findings, destroyed: _Destroyed) -> None:
    """Which texts are neither kept nor destroyed by an entry: asked only where the numbers do not agree."""
    reader = chain.Reader()
    for rows in _portions(_SEALED, "AND e.stream = %s", "ORDER BY e.stream, e.seq, e.id", stream):
        for where, seq, body, kept in rows:
            try:
                read = reader.read(body.encode())
            except Exception:  # what cannot be read was named by the walk  # noqa: S112
                continue
            if (read.stream, read.seq) != (where, seq):
                continue  # an entry that is not in its place was named by the walk
            for name in sorted(read.sealed):
                if name not in kept and not destroyed.has(read, name):
                    findings.add("textless", where, seq, name=name)


def bodies(*, stream: str | None = None) -> Iterator[str]:
    """The exact bodies in the order of streams and numbers, for a file that ``chain.py`` verifies anywhere."""
    with transaction.atomic(using=router.db_for_read(Row)):
        query = "SELECT body FROM audit_entry"
        for rows in _portions(query, "WHERE stream = %s", "ORDER BY stream, seq, id", stream):
            for (body,) in rows:
                yield body
