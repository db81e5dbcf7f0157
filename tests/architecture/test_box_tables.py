"""The box (票箱), seen from its database: nothing in it can tell who voted, when, or in which order."""

import pytest
from django.db import connections

pytestmark = pytest.mark.django_db(databases=["default", "box"])

TIMES = {"date", "time without time zone", "time with time zone", "timestamp without time zone"} | {
    "timestamp with time zone",
    "interval",
}


def ask(alias: str, question: str) -> list[tuple[str, ...]]:
    with connections[alias].cursor() as cursor:
        cursor.execute(question)
        return [tuple(row) for row in cursor.fetchall()]


COLUMNS = """
    SELECT table_name, column_name, data_type, coalesce(column_default, ''), is_identity
    FROM information_schema.columns
    WHERE table_schema = 'public' AND table_name <> 'django_migrations' ORDER BY 1, 2
"""
FOREIGN_KEYS = """
    SELECT conrelid::regclass::text FROM pg_constraint
    WHERE contype = 'f' AND connamespace = 'public'::regnamespace
"""
TRIGGERS = "SELECT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"


def test_the_box_holds_the_tables_of_the_box_and_no_other() -> None:
    in_the_box = {table for table, *_ in ask("box", COLUMNS)}
    on_the_site = {table for table, *_ in ask("default", COLUMNS)}
    assert in_the_box
    assert {table for table in in_the_box if not table.startswith("ballots_")} == set()
    assert {table for table in on_the_site if table.startswith("ballots_")} == set()


def test_no_column_of_the_box_tells_a_time_or_an_order() -> None:
    columns = ask("box", COLUMNS)
    assert [(table, column) for table, column, kind, _, _ in columns if kind in TIMES] == []
    assert [(table, column) for table, column, _, default, identity in columns if default or identity == "YES"] == []
    assert ask("box", "SELECT sequencename FROM pg_sequences WHERE sequencename NOT LIKE 'django_migrations%'") == []


def test_no_row_of_the_box_points_to_another_or_does_anything() -> None:
    assert ask("box", FOREIGN_KEYS) == []
    assert ask("box", TRIGGERS) == []


def test_the_questions_find_what_they_ask_for() -> None:
    """The same questions, put to the site, which has keys, times and numbers: they must not be blind."""
    columns = ask("default", COLUMNS)
    assert any(kind in TIMES for _, _, kind, _, _ in columns)
    assert any(identity == "YES" for *_, identity in columns)
    assert ask("default", FOREIGN_KEYS)
    assert ask("default", TRIGGERS)
