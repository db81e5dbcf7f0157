"""A notary at work in a test: its folder and clock, and what somebody with full power does to its tables (公证)."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg2
from django.db import connection

from audit import chain
from audit.notary import Folder, Notary, State
from audit.privileges import NOTARY
from tests.audit.entries import entry, remember

GUARDED = ("audit_entry", "audit_leaf", "audit_subtree", "audit_checkpoint")


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


def tampered(*statements: str) -> None:
    """What somebody with full power over the database does."""
    with connection.cursor() as cursor:
        for table in GUARDED:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements:
            cursor.execute(statement)
        for table in GUARDED:
            cursor.execute(f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {table}_append_only")
        cursor.execute("ALTER TABLE audit_entry ENABLE ALWAYS TRIGGER audit_entry_destroys_texts")


def many(number: int, stream: str = "selection:17") -> None:
    for nth in range(number):
        remember(entry(stream, req=f"{stream} {nth}"))
