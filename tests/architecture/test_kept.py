"""A state that is put back from an earlier test is the one that acts made, and guarded like it (测试起点)."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, connections, transaction

from tests import kept
from tests.factories import Course, Point, run_to
from tests.selection.web.standing import standing_at

pytestmark = pytest.mark.django_db


Rows = dict[str, dict[str, list[str]]]


def rows() -> Rows:
    """Database → table → its rows, without regard to where they lie."""
    return {alias: {table: sorted(lines.splitlines()) for table, lines in kept.written(alias)} for alias in connections}


@pytest.fixture
def before(db: None, django_db_blocker: Any) -> tuple[Course, Rows]:
    """A course with all its rows, as an earlier test had it; afterwards nothing has been done."""
    with standing_at(Point.VOTED, django_db_blocker, lambda: run_to(Point.VOTED)) as course:
        return course, rows()


def test_it_is_row_for_row_what_it_was_and_can_go_on(before: tuple[Course, Rows]) -> None:
    assert not rows()["default"]
    first, written = before
    again = run_to(Point.VOTED)
    assert rows() == written
    assert len(written["default"]["audit_entry"]) > 100
    assert len(written["box"]["ballots_ballot"]) == 11
    again.go_to(Point.NOTICE)
    assert first.done == again.done - {Point.DECIDED, Point.NOTICE}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET action = 'note_matter' WHERE id = (SELECT min(id) FROM audit_entry)",
        "DELETE FROM audit_entry",
        "UPDATE selection_selection SET reason = '改'",
        "DELETE FROM selection_candidacy",
        "UPDATE selection_candidacy SET person_id = -1",
    ],
)
@pytest.mark.usefixtures("before")
def test_its_triggers_and_keys_are_awake(statement: str) -> None:
    run_to(Point.VOTED)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS ALL IMMEDIATE; {statement}")
