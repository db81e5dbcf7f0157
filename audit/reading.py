"""Reading and verifying the record (查阅与核验纪实).

The only door for other floors: they get values, never rows.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple, overload

from django.db import connections, router, transaction
from django.db.models import CharField, Count, F, Func, Max, Q, QuerySet, Value
from django.db.models.functions import Length

from audit import chain
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
    closed: Iterable[str] = (),
    newest_first: bool = False,
) -> Readings:
    """Entries in the order in which they were recorded.

    ``actions`` any of these; ``actor`` a part of the name; ``since`` ≤ time of the act < ``until``; nothing of the
    streams that are ``closed`` to the reader.
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
    order = ("seq", "id") if stream is not None else ("id",)
    return Readings(rows.order_by(*(f"-{name}" for name in order) if newest_first else order))


def _open(closed: Iterable[str]) -> QuerySet[Row]:
    """What a reader may see to whom these streams are closed.

    Left out are their entries and, in any other stream, those of their case and of an act that they too tell of.
    """
    names = list(closed)
    if not names:
        return Row.objects.all()
    acts = Row.objects.filter(stream__in=names).values("req")
    return Row.objects.exclude(Q(stream__in=names) | Q(case_name__in=names) | Q(req__in=acts))


LOOKED_AT: Final = "looked_at"
"""The action of an entry that tells who read something; every other one in the stream of access was refused."""


def attempts_refused(
    *,
    case: str | None = None,
    resting_on: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    closed: Iterable[str] = (),
) -> Readings:
    """Acts that were tried and refused, the latest first; ``resting_on`` is the key of a rule that was not met."""
    rows = _open(closed).filter(stream="access").exclude(action=LOOKED_AT)
    if resting_on is not None:
        rows = rows.filter(body__contains=f'"key":"{resting_on}"')
    return Readings(_within(rows, case, since, until).order_by("-id"))


def looked_at(
    kind: str,
    *,
    case: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    closed: Iterable[str] = (),
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


def has_request(req: str) -> bool:
    """Whether an act with this request id has been recorded."""
    return Row.objects.filter(req=req).exists()


class StreamSummary(NamedTuple):
    stream: str
    entries: int
    latest: datetime


def streams(*, containing: str = "", closed: Iterable[str] = ()) -> QuerySet[Row, Any]:
    """``StreamSummary`` of each stream whose name contains the text, in the order of kind and number; sliceable."""
    rows = _open(closed).filter(stream__contains=containing) if containing else _open(closed)
    kind = Func(F("stream"), Value(":"), Value(1), function="split_part", output_field=CharField())
    return (
        rows.values("stream")
        .annotate(entries=Count("id"), latest=Max("recorded_at"))
        .order_by(kind, Length("stream"), "stream")
        .values_list("stream", "entries", "latest", named=True)
    )


def counts() -> dict[str, int]:
    """Number of entries by stream."""
    return {row.stream: row.entries for row in streams()}


def actions_of(stream: str, *, closed: Iterable[str] = ()) -> list[str]:
    """The actions that occur in a stream."""
    return list(_open(closed).filter(stream=stream).order_by("action").values_list("action", flat=True).distinct())


# --- verification ---------------------------------------------------------------------------------------------------

PORTION: Final = 2000
_STAMP: Final = "to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')"
_COLUMNS: Final = (
    "action", "actor_id", "actor_name", "case_name", "object_type", "object_id", "req", "at", "recorded_at",
)  # fmt: skip
_ENTRIES: Final = (
    "SELECT stream, seq, leaf, body, action, actor_id, actor_name, case_name, object_type, object_id, req, "  # noqa: S608
    f"{_STAMP.format('at')}, {_STAMP.format('recorded_at')} FROM audit_entry"
)
_OPENINGS: Final = (
    "SELECT o.entry_id, o.field, o.salt, o.value, e.stream, e.seq, e.body "
    "FROM audit_opening o LEFT JOIN audit_entry e ON e.id = o.entry_id"
)
_GUARDS: Final = """
    SELECT count(*) = 2 FROM pg_trigger WHERE tgenabled = 'A' AND (tgrelid, tgname) IN (
        ('audit_entry'::regclass, 'audit_entry_append_only'), ('audit_opening'::regclass, 'audit_opening_unaltered'))
"""


@dataclass(frozen=True)
class Verdict(chain.Verdict):
    """The answer for the stored record.

    ``sealed`` commitments stand in bodies, ``opened`` of their texts are kept and agree; ``guarded``: the triggers that
    refuse every change are in force at this moment.
    """

    sealed: int
    opened: int
    guarded: bool


def verify(*, stream: str | None = None, progress: Callable[[int], None] | None = None) -> Verdict:
    """Recompute every entry of the record, or of one stream, and compare everything that stands beside it.

    ``progress`` is told the number of entries read so far.  Any exception makes the verdict negative.
    """
    count = _Count()
    findings = chain.Findings()
    try:
        with transaction.atomic(using=router.db_for_read(Row)):
            _verify_entries(stream, findings, count, progress)
            _verify_openings(stream, findings, count)
            with connections[router.db_for_read(Row)].cursor() as cursor:
                cursor.execute(_GUARDS)
                count.guarded = cursor.fetchone()[0]
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
        guarded=count.guarded,
    )


@dataclass
class _Count:
    entries: int = 0
    streams: int = 0
    sealed: int = 0
    opened: int = 0
    guarded: bool = False


def _portions(query: str, where: str, order: str, stream: str | None) -> Iterator[Sequence[tuple[Any, ...]]]:
    """Rows through a cursor on the server, so that memory does not grow with the record."""
    with connections[router.db_for_read(Row)].chunked_cursor() as cursor:
        if stream is None:
            cursor.execute(f"{query} {order}")
        else:
            cursor.execute(f"{query} {where} {order}", [stream])
        while rows := cursor.fetchmany(PORTION):
            yield rows


def _verify_entries(
    stream: str | None, findings: chain.Findings, count: _Count, progress: Callable[[int], None] | None
) -> None:
    current, walk = None, None
    for rows in _portions(_ENTRIES, "WHERE stream = %s", "ORDER BY stream, seq, id", stream):
        for name, seq, leaf, body, *columns in rows:
            if name != current or walk is None:
                if walk is not None:
                    walk.close()
                current, walk = name, chain.Walk(name, findings)
                count.streams += 1
            entry = walk.take(body, seq=seq, stored=leaf)
            if entry is None:
                continue
            actor, subject = entry["actor"], entry["object"]
            expected = [
                entry["action"], actor["id"], actor["name"], entry["case"], subject[0], subject[1], entry["req"],
                entry["at"], entry["recorded_at"],
            ]  # fmt: skip
            if columns != expected:
                names = [column for column, was, is_ in zip(_COLUMNS, expected, columns, strict=True) if was != is_]
                findings.add("columns", name, seq, names=", ".join(names))
            if "sealed" in entry["data"]:
                count.sealed += len(entry["data"]["sealed"])
        count.entries += len(rows)
        if progress is not None:
            progress(count.entries)
    if walk is not None:
        walk.close()


def _verify_openings(stream: str | None, findings: chain.Findings, count: _Count) -> None:
    for rows in _portions(_OPENINGS, "WHERE e.stream = %s", "ORDER BY e.stream, e.seq, o.field", stream):
        for entry_id, name, salt, text, where, seq, body in rows:
            if where is None:
                findings.add("orphan", "-", None, name=name, number=entry_id)
                continue
            try:
                agrees = chain.parse(body)["data"]["sealed"][name] == chain.commitment(bytes(salt), text)
            except Exception:  # any exception is a failure
                agrees = False
            if agrees:
                count.opened += 1
            else:
                findings.add("opening", where, seq, name=name)


def bodies(*, stream: str | None = None) -> Iterator[str]:
    """The exact bodies in the order of streams and numbers, for a file that ``chain.py`` verifies anywhere."""
    with transaction.atomic(using=router.db_for_read(Row)):
        query = "SELECT body FROM audit_entry"
        for rows in _portions(query, "WHERE stream = %s", "ORDER BY stream, seq, id", stream):
            for (body,) in rows:
                yield body
