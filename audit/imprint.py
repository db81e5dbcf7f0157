"""What the record says of every row of business (业务数据的印记).

``Imprints`` is an operation for the migration that makes or changes a covered table, beside its ``Cover``::

    operations = [
        migrations.CreateModel("Candidacy", ...),
        Cover("selection_candidacy", stream="selection:", column="selection_id"),
        Imprints({"selection_candidacy": ["id", "selection_id", "person_id", "state"]}),
    ]

From then on the database keeps a hash of every row that an act changes, and ``audit_append`` puts the hash over all of
them into the act's entry (``data.rows``).  Verification finds a row that was altered, added or taken away past the
acts, even by somebody who altered its imprint as well.  Free text stays out: entries commit to it with a salt, and
retention may take it away.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import Any, Final

from django.db import connections, migrations, router
from django.db.migrations.loader import MigrationLoader

from audit import chain
from audit.models import Entry

IMPRINTING: Final = ("audit", "0009_imprints")
"""The migration that any migration with ``Imprints`` depends on."""
PORTION: Final = 2000
EVENTS: Final = ("insert", "update", "delete")


#: Rows that stood in a table before are told of by an entry of their own; where there are none there is no entry.
_ENTER: Final = """
SELECT audit_append(
    'system',
    '{"action":"imprint_rows","actor":{"auth":"","dept":"","id":"","name":"manage.py migrate","role":""},"at":"'
        || to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
        || '","basis":"","case":"","data":{',
    '},"files":[],"object":["",""]',
    '"imprints ' || current_setting('audit.batch') || '"',
    '"state":"","stream":"system","v":1}'
) WHERE current_setting('audit.batch', true) <> '';
"""


def _array(names: Iterable[str]) -> str:
    return "{" + ",".join(names) + "}"


class Imprints(migrations.RunSQL):
    """Changed rows of these tables leave an imprint of these columns; those that stand there already leave one now.

    Whoever adds a column to a table says all of its columns anew.  A row is named by its ``id``.
    """

    def __init__(self, tables: Mapping[str, Sequence[str]]) -> None:
        self.tables = {table: tuple(columns) for table, columns in tables.items()}
        super().__init__(
            sql="\n".join(
                f"SELECT audit_leave_imprints('{table}', '{_array(columns)}');{_ENTER}"
                for table, columns in self.tables.items()
            ),
            reverse_sql="\n".join(
                f"DROP TRIGGER {table}_imprint_{event} ON {table};" for table in self.tables for event in EVENTS
            ),
        )

    def deconstruct(self) -> tuple[str, Sequence[Any], dict[str, Any]]:
        return self.__class__.__name__, [{table: list(columns) for table, columns in self.tables.items()}], {}

    def describe(self) -> str:
        return f"Changed rows of {', '.join(self.tables)} leave imprints in the record"


@cache
def imprinted() -> dict[str, tuple[str, ...]]:
    """Table → the columns of its imprints, as the migrations say, whatever a database says of its triggers."""
    graph = MigrationLoader(None, ignore_no_migrations=True).graph
    return {
        table: columns
        for leaf in graph.leaf_nodes()
        for key in graph.forwards_plan(leaf)
        for operation in graph.nodes[key].operations
        if isinstance(operation, Imprints)
        for table, columns in operation.tables.items()
    }


# --- verification ---------------------------------------------------------------------------------------------------

_names_rows: Final = re.compile(rb'"rows":\{"batch":([0-9]+),"(sha256|sm3)":"([0-9a-f]{64})"\}').search
#: Each batch: its entry, then its imprints.  One statement, so that no act ends between the two.
_BATCHES: Final = """
    SELECT batch, 0 AS id, stream AS name, seq AS number, body AS content FROM audit_entry WHERE batch IS NOT NULL
    UNION ALL SELECT batch, id, of_table, of_row, digest FROM audit_imprint
    ORDER BY batch, id
"""
_ROWS: Final = """
    SELECT coalesce(t.id, i.of_row), (to_jsonb(t) - '{without}'::text[])::text, i.digest
    FROM "{table}" t FULL JOIN (
        SELECT DISTINCT ON (of_row) of_row, digest FROM audit_imprint
        WHERE of_table = '{table}' ORDER BY of_row, id DESC
    ) i ON i.of_row = t.id
    WHERE t.id IS NOT NULL OR i.digest <> ''
"""
_COLUMNS: Final = """
    SELECT table_name, array_agg(column_name::text) FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name = ANY(%s) GROUP BY table_name
"""
_GUARDS: Final = """
    SELECT count(*) FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE p.proname = 'audit_imprint' AND t.tgenabled = 'A' AND t.tgrelid::regclass::text = ANY(%s)
"""


def batch_named(body: bytes) -> str:
    """The number of the batch of imprints that a body names, in digits; 0 where it names none."""
    found = _names_rows(body)
    return found[1].decode() if found else "0"


def verify(findings: chain.Findings) -> int:
    """Hold all imprints against the entries, and all rows against their last imprints; how many rows there were."""
    _verify_batches(findings)
    with connections[router.db_for_read(Entry)].cursor() as cursor:
        cursor.execute(_COLUMNS, [list(imprinted())])
        there = dict(cursor.fetchall())
    return sum(
        _verify_table(table, there.get(table, []), columns, findings) for table, columns in sorted(imprinted().items())
    )


def guarded() -> bool:
    """Whether changed rows leave imprints at this moment, whatever a session asks for."""
    with connections[router.db_for_read(Entry)].cursor() as cursor:
        cursor.execute(_GUARDS, [list(imprinted())])
        (found,) = cursor.fetchone()
    return bool(found == len(EVENTS) * len(imprinted()))


def _verify_batches(findings: chain.Findings) -> None:
    for batch, rows in groupby(_rows(_BATCHES), key=itemgetter(0)):
        _batch, first, name, number, content = next(rows)
        if first:
            findings.add("unentered", "-", None, row=f"{name} {number}")
            continue
        digest, lines = chain.hashing(), 0
        for _batch, *imprint in rows:  # noqa: B031 - the rest of the group
            digest.update((b"\n" if lines else b"") + " ".join(map(str, imprint)).encode())
            lines += 1
        named = _names_rows(content.encode())
        if (
            not lines
            or named is None
            or (int(named[1]), named[2].decode(), named[3].decode())
            != (
                batch,
                chain.hash_name(),
                digest.hexdigest(),
            )
        ):
            findings.add("imprint", name, number)


def _verify_table(table: str, there: Sequence[str], columns: Sequence[str], findings: chain.Findings) -> int:
    count = 0
    for row, image, digest in _rows(_ROWS.format(table=table, without=_array(sorted({*there} - {*columns})))):
        count += 1
        if digest is None:
            findings.add("row_added", table, None, row=row)
        elif image is None:
            findings.add("row_gone", table, None, row=row)
        elif chain.hashing(image.encode()).hexdigest() != digest:
            findings.add("row_altered", table, None, row=row)
    return count


def _rows(query: str) -> Iterator[tuple[Any, ...]]:
    """Rows through a cursor on the server, so that memory does not grow with the record."""
    with connections[router.db_for_read(Entry)].chunked_cursor() as cursor:
        cursor.execute(query)
        while rows := cursor.fetchmany(PORTION):
            yield from rows
