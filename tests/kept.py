"""What was reached by acts once in a run is put back, row by row, for the next test that begins there (测试起点).

Every state is still made by acts, by the first test that asks for it; walking the same way again for each of hundreds
of tests took most of their time.
"""

import io
import pickle
from collections.abc import Callable, Hashable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import wraps
from typing import Any, ParamSpec, TypeVar, cast

from django.db import connections

from audit.models import Entry

Given = ParamSpec("Given")
Made = TypeVar("Made")


@dataclass(frozen=True)
class Kept:
    """Rows of each database, as COPY writes them, and what stood for them in the test."""

    made: bytes
    rows: dict[str, dict[str, str]]

    @classmethod
    def of(cls, made: Any) -> "Kept":
        return cls(pickle.dumps(made), {alias: dict(written(alias)) for alias in connections})

    def put_back(self) -> Any:
        for alias, rows in self.rows.items():
            put_back(alias, rows)
        return pickle.loads(self.made)


_KEPT: dict[Hashable, Kept] = {}


def kept(reach: Callable[Given, Made]) -> Callable[Given, Made]:
    """A function that makes a state out of nothing; with the same arguments it performs its acts once in a run.

    Only inside the transaction of a test in which nothing has been done yet: elsewhere it performs them again.
    """

    @wraps(reach)
    def found(*args: Given.args, **given: Given.kwargs) -> Made:
        key = (reach.__module__, reach.__qualname__, repr(args), repr(sorted(given.items())))
        if not all(connections[alias].in_atomic_block for alias in connections) or Entry.objects.exists():
            return reach(*args, **given)
        if key in _KEPT:
            return cast(Made, _KEPT[key].put_back())
        made = reach(*args, **given)
        _KEPT[key] = Kept.of(made)
        return made

    return found


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside leaves nothing behind in any database; for a test that has a transaction around it."""
    with ExitStack() as afterwards:
        for alias in connections:
            before = connections[alias].savepoint()
            assert before is not None, "outside a transaction nothing can be undone"
            afterwards.callback(connections[alias].savepoint_rollback, before)
        yield


def filled_tables(cursor: Any) -> list[str]:
    """Tables with at least one row, but that of the migrations."""
    cursor.execute(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        " AND relname <> 'django_migrations' ORDER BY relname"
    )
    tables = [name for (name,) in cursor.fetchall()]
    if not tables:
        return []
    asked = " UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM public.\"{name}\")" for name in tables)
    cursor.execute(asked)
    return [name for (name,) in cursor.fetchall()]


def written(alias: str) -> Iterator[tuple[str, str]]:
    """Each table of which a test has changed anything, with all its rows."""
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'pristine'::regnamespace")
        before = {name for (name,) in cursor.fetchall()}
        for table in filled_tables(cursor):
            rows = read(cursor, f'public."{table}"')
            if table not in before or sorted(rows.splitlines()) != sorted(
                read(cursor, f'pristine."{table}"').splitlines()
            ):
                yield table, rows


def read(cursor: Any, table: str) -> str:
    rows = io.StringIO()
    cursor.copy_expert(f"COPY {table} TO STDOUT", rows)
    return rows.getvalue()


def put_back(alias: str, rows: dict[str, str]) -> None:
    """Fill the tables with these rows, and give their sequences numbers that are free."""
    if not rows:
        return
    with connections[alias].cursor() as cursor, always_asleep(cursor, list(rows)):
        for table, content in rows.items():
            cursor.execute(f'DELETE FROM public."{table}"')
            cursor.copy_expert(f'COPY public."{table}" FROM STDIN', io.StringIO(content))
        cursor.execute(
            "SELECT format('setval(%%L, greatest(nextval(%%L), (SELECT max(%%I) + 1 FROM public.%%I)))',"
            " sequence, sequence, attname, relname) FROM (SELECT relname, attname,"
            " pg_get_serial_sequence(format('public.%%I', relname), attname) AS sequence FROM pg_attribute"
            " JOIN pg_class c ON c.oid = attrelid WHERE attidentity <> '' AND relnamespace = 'public'::regnamespace"
            " AND relname = ANY(%s)) found",
            [list(rows)],
        )
        cursor.execute("SELECT " + ", ".join(asked for (asked,) in cursor.fetchall()))


@contextmanager
def always_asleep(cursor: Any, tables: list[str]) -> Iterator[None]:
    """No trigger of these tables fires: rows are put back that triggers have let pass before."""
    cursor.execute(
        "SELECT format('ALTER TABLE %%s %%%%s TRIGGER %%I', tgrelid::regclass, tgname) FROM pg_trigger"
        " JOIN pg_class c ON c.oid = tgrelid"
        " WHERE NOT tgisinternal AND tgenabled = 'A' AND relnamespace = 'public'::regnamespace AND relname = ANY(%s)",
        [tables],
    )
    alter = [statement for (statement,) in cursor.fetchall()]
    asleep, awake = ([one % how for one in alter] for how in ("DISABLE", "ENABLE ALWAYS"))
    cursor.execute("; ".join(["SET LOCAL session_replication_role = replica", *asleep]))
    yield
    cursor.execute("; ".join([*awake, "SET LOCAL session_replication_role = origin"]))
