"""No change without an entry (凡变更必有记录).

``Cover`` is an operation for the migration that creates an audited table::

    operations = [
        migrations.CreateModel("Candidacy", ...),
        Cover("selection_candidacy", stream="selection:", column="selection_id"),
    ]

From then on the database itself refuses to commit an insert, update or delete of a row unless the same transaction
appended an entry to the stream of that row, whether the change came through an act, ``.update()``, ``bulk_create`` or
raw SQL.  The migration depends on ``APPENDING``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from django.db import migrations
from django.db.backends.utils import truncate_name

APPENDING: Final = ("audit", "0002_append_only")
"""The migration that any migration with a ``Cover`` depends on."""


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


class Cover(migrations.RunSQL):
    """A changed row of ``table`` needs an entry of its stream in the same transaction.

    The stream of a row is ``stream`` followed by the row's ``column``; without a column ``stream`` is the whole name.
    ``via`` leads from the column to the number in the name through other tables, each step a ``"table.column"`` read at
    the row whose id was found so far.  ``only_if`` is a condition in SQL on ``{row}`` under which rows count, as in
    ``"{row}.selection_id IS NOT NULL"``; a table may have several covers with different conditions.  An update that
    changes nothing but the columns in ``ignoring`` needs no entry.
    """

    def __init__(
        self,
        table: str,
        *,
        stream: str,
        column: str | None = None,
        via: Sequence[str] = (),
        only_if: str | None = None,
        ignoring: Sequence[str] = (),
    ) -> None:
        if via and column is None:
            raise ValueError(f"{table}: via leads on from a column")
        self.arguments: dict[str, Any] = {
            "stream": stream,
            "column": column,
            "via": list(via),
            "only_if": only_if,
            "ignoring": list(ignoring),
        }
        self.table = table
        self.trigger = truncate_name(f"{table}_needs_entry_of_{stream.rstrip(':')}", 55)
        passed = ", ".join(map(_literal, [stream, column or "", ",".join(via), ",".join(ignoring)]))
        events = {"": "INSERT OR UPDATE OR DELETE"}
        conditions = {"": ""}
        if only_if is not None:
            new, old = only_if.format(row="NEW"), only_if.format(row="OLD")
            events = {"_insert": "INSERT", "_update": "UPDATE", "_delete": "DELETE"}
            conditions = {
                "_insert": f"WHEN ({new})",
                "_update": f"WHEN (({new}) OR ({old}))",
                "_delete": f"WHEN ({old})",
            }
        make, drop = [], []
        for suffix, event in events.items():
            name = f'"{self.trigger}{suffix}"'
            make.append(
                f'CREATE CONSTRAINT TRIGGER {name} AFTER {event} ON "{table}" DEFERRABLE INITIALLY DEFERRED '
                f"FOR EACH ROW {conditions[suffix]} EXECUTE FUNCTION audit_cover({passed});\n"
                f'ALTER TABLE "{table}" ENABLE ALWAYS TRIGGER {name};'
            )
            drop.append(f'DROP TRIGGER {name} ON "{table}";')
        super().__init__(sql="\n".join(make), reverse_sql="\n".join(drop))

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        return self.__class__.__name__, [self.table], {key: value for key, value in self.arguments.items() if value}

    def describe(self) -> str:
        return f"A change of {self.table} needs an entry in the record"
