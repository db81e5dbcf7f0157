"""A notary at work in a test: its folder and clock, and what somebody with full power does to its tables (公证)."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg2
from django.db import connection, transaction

from audit import chain, record
from audit.notary import Folder, Notary, State
from audit.privileges import NOTARY
from tests.audit.entries import entry, remember

GUARDED = ("audit_entry", "audit_leaf", "audit_subtree", "audit_checkpoint")
#: Tables that somebody with full power writes to in tests, two of business among them.
UNGUARDED = (*GUARDED, "audit_imprint", "register_organisation", "selection_account")


def reached(user: str | None = None) -> Any:
    """A connection of the notary's own to the database of this test."""
    given = connection.get_connection_params()
    given.pop("cursor_factory", None)
    given.pop("isolation_level", None)
    return psycopg2.connect(**given | ({"user": user} if user else {}))


@dataclass
class Office:
    """A folder, a clock and a notary that can be ended and started again."""

    folder: Path
    at: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    opened: list[Any] = field(default_factory=list)
    notary: Notary | None = None

    def start(self, succeeds: str = "", before: State | None = None) -> Notary:
        self.end()
        self.notary = Notary(Folder(self.folder), self.connect, succeeds, lambda: self.at, before=before)
        return self.notary

    def connect(self) -> Any:
        self.opened.append(reached(NOTARY))
        return self.opened[-1]

    def step(self) -> chain.Checkpoint | None:
        self.at += timedelta(seconds=1)
        return (self.notary or self.start()).step()

    def end(self) -> None:
        self.notary = None
        while self.opened:
            self.opened.pop().close()


def unguarded() -> None:
    """No trigger of these tables is in force."""
    with connection.cursor() as cursor:
        for table in UNGUARDED:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")


def guarded() -> None:
    """Every trigger is in force again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass, tgname FROM pg_trigger"
            " WHERE NOT tgisinternal AND tgrelid = ANY(%s::text[]::regclass[])",
            [list(UNGUARDED)],
        )
        for table, trigger in cursor.fetchall():
            cursor.execute(f'ALTER TABLE {table} ENABLE ALWAYS TRIGGER "{trigger}"')


def tampered(*statements: str) -> None:
    """What somebody with full power over the database does."""
    unguarded()
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
    guarded()


def many(number: int, stream: str = "selection:17") -> None:
    for nth in range(number):
        remember(entry(stream, req=f"{stream} {nth}"))


def a_unit(code: str = "3", name: str = "青石镇") -> None:
    """A unit of the register comes with an entry, or has another name with one more."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO register_organisation (id, name, short_name, kind, code)"
                " VALUES (%s, %s, '青石', 'town', %s) ON CONFLICT (id) DO UPDATE SET name = excluded.name",
                [code, name, code],
            )
        record.append([entry(f"organisation:{code}", req=f"organisation {code} {name}")])
