"""Single changes of the stored record at random, each by somebody with full power over the database (随机改动)."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db import DataError, IntegrityError, connection, transaction

from audit import chain, reading
from audit.models import Checkpoint
from tests.audit.entries import entry, remember
from tests.audit.notarising import UNGUARDED, Office, a_unit

#: Columns that stand for something; ``txid`` and the number of an opening say nothing of the record.
COLUMNS = {
    "audit_entry": (
        *("id", "stream", "seq", "recorded_at", "leaf", "body", "at", "action", "actor_id", "actor_name"),
        *("case_name", "object_type", "object_id", "req", "batch"),
    ),
    "audit_imprint": ("id", "batch", "of_table", "of_row", "digest"),
    "register_organisation": ("id", "name", "short_name", "kind", "code"),
    "audit_opening": ("entry_id", "field", "salt", "value"),
    "audit_leaf": ("index", "entry_id", "hash"),
    "audit_subtree": ("number", "root"),
    "audit_checkpoint": ("number", "size", "root", "at", "note"),
}
KEYS = {
    "audit_entry": "id", "audit_opening": "id", "audit_imprint": "id", "register_organisation": "id",
    "audit_leaf": "index",
    "audit_subtree": "number", "audit_checkpoint": "number",
}  # fmt: skip
OPERATIONS = ("alter", "alter", "alter", "delete", "double", "exchange")


def a_signed_record(office: Office) -> chain.Checkpoint:
    """Some 300 entries of ten streams, with files, texts kept apart and rows of business, under three checkpoints.

    Returns the last of these.
    """
    last = None
    for portion in range(3):
        for nth in range(18):
            for stream in ("selection:17", "selection:18", "person:5", "organisation:3", "system"):
                sealed = {"reason": f"理由 {nth}"} if nth % 6 == 0 else {}
                files = [{"name": "材料.pdf", "sha256": "0" * 64, "bytes": nth}] if nth % 9 == 0 else []
                remember(entry(stream, req=f"{stream} {portion} {nth}", sealed=sealed, files=files))
        for code in ("21", "22", "23", "24", "25"):
            a_unit(code, f"第 {portion} 个名称")
        last = office.step()
    assert last is not None
    return last


@dataclass(frozen=True)
class Mutation:
    """What was done, and what was found of it without and with the last checkpoint, which somebody has kept."""

    what: str
    alone: set[str]
    besides: set[str]


def mutations(number: int, seed: int, last: chain.Checkpoint) -> Iterator[Mutation]:
    """So many single changes, each undone before the next; those that the database itself refuses are left out."""
    dice = random.Random(seed)
    for _nth in range(number):
        try:
            with transaction.atomic():
                with connection.cursor() as cursor:
                    for table in (*UNGUARDED, "audit_opening"):
                        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
                    done = _mutated(cursor, dice)
                if done:
                    found = [set(reading.verify(kept=kept).by_kind) for kept in ([], [last])]
                    yield Mutation(done, *found)
                transaction.set_rollback(True)
        except (IntegrityError, DataError):
            continue


def _mutated(cursor: Any, dice: random.Random) -> str:
    table, operation = dice.choice(list(COLUMNS)), dice.choice(OPERATIONS)
    key, column = KEYS[table], dice.choice(COLUMNS[table])
    cursor.execute(f'SELECT "{key}" FROM {table} ORDER BY 1')
    rows = [row for (row,) in cursor.fetchall()]
    one, other = dice.choice(rows), dice.choice(rows)
    match operation:
        case "delete":
            cursor.execute(f'DELETE FROM {table} WHERE "{key}" = %s', [one])
        case "double":
            column = KEYS[table]
            columns = ", ".join(f'"{name}"' for name in COLUMNS[table] if name != key)
            extra = ", txid" if table == "audit_entry" else ""
            cursor.execute(
                f'INSERT INTO {table} ("{key}", {columns}{extra}) OVERRIDING SYSTEM VALUE'
                f' SELECT %s, {columns}{extra} FROM {table} WHERE "{key}" = %s',
                [rows[-1] + 1 + dice.randrange(3), one],
            )
        case "exchange":
            values = _values(cursor, table, key, column, one, other)
            if values[0] == values[1]:
                return ""
            statement = f'UPDATE {table} SET "{column}" = %s WHERE "{key}" = %s'
            if column == key:
                cursor.execute(statement, [-1, one])
                cursor.execute(statement, [one, other])
                cursor.execute(statement, [other, -1])
            else:
                cursor.execute(statement, [values[1], one])
                cursor.execute(statement, [values[0], other])
        case "alter":
            (value,) = _values(cursor, table, key, column, one)
            if value is None:
                return ""
            cursor.execute(f'UPDATE {table} SET "{column}" = %s WHERE "{key}" = %s', [_altered(value, dice), one])
            if column != key and _values(cursor, table, key, column, one) == [value]:
                return ""  # a space too many at the end of a column is not kept
    return f"{operation} {table}.{column} of {one} (of {len(rows)}), {other}"


def _values(cursor: Any, table: str, key: str, column: str, *rows: object) -> list[Any]:
    found = []
    for row in rows:
        cursor.execute(f'SELECT "{column}" FROM {table} WHERE "{key}" = %s', [row])
        found.append(cursor.fetchone()[0])
    return found


def _altered(value: Any, dice: random.Random) -> Any:
    """Another value of the same kind: a bit, a character or a moment away."""
    if isinstance(value, int):
        return value + dice.choice((-1, 1, 2, 1000))
    if isinstance(value, memoryview):
        raw = bytearray(value)
        raw[dice.randrange(len(raw))] ^= 1 << dice.randrange(8)
        return bytes(raw)
    if isinstance(value, str):
        at = dice.randrange(len(value) + 1)
        here = value[at : at + 1]
        put = dice.choice([c for c in ("0", "a", "长", " ", "", "\n", "}") if c != here])
        changed = value[:at] + put + value[at + 1 :]
        return changed if changed != value else f"{value}0"
    return value + dice.choice((-1, 1)) * type(value - value)(microseconds=dice.choice((1, 10**6, 3600 * 10**6)))


def assert_none_is_missed(number: int, seed: int, office: Office) -> Counter[str]:
    """Make so many changes and see that each is found, and not because verification failed; how often each kind."""
    last, found = a_signed_record(office), Counter[str]()
    newest = Checkpoint.objects.latest("number").pk
    for one in mutations(number, seed, last):
        if one.what.startswith("delete audit_checkpoint.") and f" of {newest} " in one.what:
            continue  # ten minutes later its entries are under no checkpoint; until then a copy of it proves them
        assert one.alone, one
        assert one.besides, one
        assert "failed" not in one.besides | one.alone, one
        found.update(one.besides)
    return found
