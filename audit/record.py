"""The only writer of the record (纪实的唯一写入口).

Called by the one place that performs acts, last in its transaction.  Streams are locked in sorted order, so that two
acts on the same streams wait for each other and never deadlock.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db import connections, router, transaction

from audit import chain
from audit.models import Entry as Row
from audit.models import Opening

_HERE: Final = secrets.token_hex(16)
"""Stands where the database will put something, and nowhere else: nobody can know it."""


@dataclass(frozen=True)
class Entry:
    """One act as one stream remembers it; texts in ``sealed`` enter as salted hashes, the texts are kept apart."""

    stream: str
    action: str
    actor: Mapping[str, str]
    at: datetime
    basis: str
    case: str
    object: tuple[str, str]
    data: Mapping[str, Any]
    files: Sequence[Mapping[str, Any]]
    req: str
    state: str
    sealed: Mapping[str, str]


@dataclass(frozen=True)
class Appended:
    """Where an entry has come to stand."""

    entry_id: int
    stream: str
    seq: int
    leaf: str


def append(entries: Sequence[Entry]) -> list[Appended]:
    """Append the entries of one act, one per stream, and return where they stand, in the order given.

    Raises:
        NotCanonical: data without a canonical form.
        ValueError: two entries of one stream.
        TransactionManagementError: outside an atomic block, for an entry commits with the change it tells of or not
            at all.
    """
    using = router.db_for_write(Row)
    connection = connections[using]
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("an entry is appended in the transaction of the change it records")
    streams = [entry.stream for entry in entries]
    if len({*streams}) < len(streams):
        raise ValueError(f"two entries of one stream in one act: {sorted(streams)}")
    appended: dict[str, Appended] = {}
    openings: list[Opening] = []
    with connection.cursor() as cursor:
        for entry in sorted(entries, key=lambda entry: entry.stream):
            pieces, salts = _envelope(entry)
            cursor.execute("SELECT entry_id, seq, leaf FROM audit_append(%s, %s, %s, %s, %s)", [entry.stream, *pieces])
            entry_id, seq, leaf = cursor.fetchone()
            appended[entry.stream] = Appended(entry_id, entry.stream, seq, leaf)
            for name, (salt, text) in salts.items():
                openings.append(Opening(entry_id=entry_id, field=name, salt=salt, value=text))
    if openings:
        Opening.objects.using(using).bulk_create(openings)
    return [appended[stream] for stream in streams]


def _envelope(entry: Entry) -> tuple[tuple[str, str, str, str], dict[str, tuple[bytes, str]]]:
    """The canonical text of an entry in pieces, around what the database adds, and its sealed texts with salts."""
    data = dict(entry.data)
    if taken := {"rows", "sealed"}.intersection(data):
        raise ValueError(f"data: the record itself says what is under {sorted(taken)}")
    openings = {name: (secrets.token_bytes(chain.SALT_BYTES), chain.tidy(text)) for name, text in entry.sealed.items()}
    if openings:
        data["sealed"] = {name: chain.commitment(salt, text) for name, (salt, text) in openings.items()}
    at = chain.stamp(entry.at)
    whole = chain.canonical(
        chain.tidy(
            {
                "action": entry.action,
                "actor": entry.actor,
                "at": at,
                "basis": entry.basis,
                "case": entry.case,
                "data": {**data, "rows": _HERE},
                "files": entry.files,
                "object": entry.object,
                "prev": _HERE,
                "recorded_at": _HERE,
                "req": entry.req,
                "seq": _HERE,
                "state": entry.state,
                "stream": entry.stream,
                "v": chain.VERSION,
            }
        )
    ).decode()
    head, rest = whole.split(f'"rows":"{_HERE}"')
    middle, rest = rest.split(f',"prev":"{_HERE}","recorded_at":"{_HERE}","req":')
    req, tail = rest.split(f',"seq":"{_HERE}",')
    between = "," if head.endswith(",") and middle.startswith(",") else ""
    head, middle = head.removesuffix(","), middle.removeprefix(",")
    chain.parse(  # what is appended today is what verification will accept
        f'{head}{between}{middle},"prev":"{"0" * 64}","recorded_at":"{at}","req":{req},"seq":0,{tail}'
    )
    return (head, middle, req, tail), openings
