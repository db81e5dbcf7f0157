"""Rows of business leave imprints that entries name; what changes past the acts is found (业务数据的印记)."""

from collections.abc import Callable

import pytest
from django.apps import apps
from django.db import DatabaseError, IntegrityError, connection, models, transaction
from django.db.migrations import AddField, RemoveField
from django.db.migrations.loader import MigrationLoader

from audit import imprint, reading, record
from audit.imprint import Imprints
from audit.models import Entry, Imprint
from selection.stages.retention import TEXTS
from tests.audit.entries import entry, remember
from tests.audit.notarising import a_unit, tampered
from tests.factories import Point, run_to

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.covers("WPR-20", refused=True)]

#: What changes without an act, and so leaves no imprint.
BY_NO_ACT = {"selection_account": {"last_login"}}


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def covered() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT tgrelid::regclass::text FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid"
            " WHERE p.proname = 'audit_cover' AND NOT tgisinternal"
        )
        return {table for (table,) in cursor.fetchall()}


def test_every_covered_table_leaves_imprints_of_all_its_columns_but_texts() -> None:
    """A column that was added and not named anew would make every row look altered, or could be altered at will.

    What is destroyed one day (who reported something) must leave no hash that anybody could try names against.
    """
    by_table = {model._meta.db_table: model._meta.concrete_fields for model in apps.get_models()}
    destroyed = {model._meta.db_table: set(names) for model, names in TEXTS.items()}
    expected = {
        table: {field.column for field in by_table[table] if not isinstance(field, models.TextField)}
        - BY_NO_ACT.get(table, set())
        - destroyed.get(table, set())
        for table in covered()
    }
    assert {table: set(columns) for table, columns in imprint.imprinted().items()} == expected
    assert imprint.guarded()


def test_imprints_are_said_anew_after_every_change_of_columns_also_on_a_site_that_is_upgraded() -> None:
    """A trigger knows the columns of its day; on a new site the order of two apps' migrations may hide that."""
    graph = MigrationLoader(None, ignore_no_migrations=True).graph
    changed: list[tuple[tuple[str, str], str]] = []
    said: dict[str, list[tuple[str, str]]] = {}
    for key, node in graph.nodes.items():
        for operation in node.operations:
            if isinstance(operation, AddField | RemoveField):
                changed.append((key, f"{key[0]}_{operation.model_name}"))
            if isinstance(operation, Imprints):
                for table in operation.tables:
                    said.setdefault(table, []).append(key)
    assert ("register", "0009_post_conditions") in [key for key, _table in changed]
    never = [
        (key, table)
        for key, table in changed
        if table in said and not any(key in graph.forwards_plan(later) for later in said[table])
    ]
    assert never == []


def test_an_entry_names_the_rows_that_its_act_changed() -> None:
    a_unit()
    a_unit(name="青石镇人民政府")
    rows = [one.data["rows"] for one in reading.entries(stream="organisation:3")]
    assert [one["batch"] for one in rows] == list(Entry.objects.order_by("seq").values_list("batch", flat=True))
    assert [(one.of_table, one.of_row) for one in Imprint.objects.all()] == [("register_organisation", 3)] * 2
    assert len(set(Imprint.objects.values_list("digest", flat=True))) == 2
    verdict = reading.verify()
    assert (verdict.whole, verdict.rows, verdict.guarded) == (True, 1, True)


def test_an_act_that_changes_no_row_names_none() -> None:
    remember(entry())
    assert "rows" not in reading.entries()[0].data
    assert reading.verify().whole


def test_a_row_that_is_written_as_it_stood_leaves_nothing() -> None:
    a_unit()
    with transaction.atomic():
        execute("UPDATE register_organisation SET name = name")
        record.append([entry("organisation:3")])
    assert Imprint.objects.count() == 1


def test_a_row_that_an_act_takes_away_is_not_missed() -> None:
    a_unit()
    with transaction.atomic():
        execute("DELETE FROM register_organisation")
        record.append([entry("organisation:3")])
    assert Imprint.objects.latest("pk").digest == ""
    assert reading.verify().whole


def test_of_an_act_in_several_streams_one_entry_names_the_rows() -> None:
    with transaction.atomic():
        execute(
            "INSERT INTO register_organisation (id, name, short_name, kind, code) VALUES (3, '青石', '青', 'town', 3)"
        )
        record.append([entry("organisation:3"), entry("person:5"), entry("selection:17")])
    assert [one.stream for one in reading.entries() if "rows" in one.data] == ["organisation:3"]
    assert reading.verify().whole


def test_a_change_after_its_entry_is_refused() -> None:
    a_unit()

    def too_late() -> None:
        with transaction.atomic():
            record.append([entry("organisation:3")])
            execute("UPDATE register_organisation SET name = '白石镇'")

    with pytest.raises(IntegrityError, match="changed after the entry that tells of it"):
        too_late()
    assert reading.verify().whole


def test_what_was_rolled_back_leaves_nothing_to_name() -> None:
    with transaction.atomic():
        with transaction.atomic():
            execute("INSERT INTO register_organisation (name, short_name, kind, code) VALUES ('白石', '白', 'town', 4)")
            transaction.set_rollback(True)
        record.append([entry("organisation:3")])
    assert not Imprint.objects.exists()
    assert "rows" not in reading.entries()[0].data


def by_a_session_that_asks_for_no_triggers() -> None:
    execute("SET LOCAL session_replication_role = replica; UPDATE register_organisation SET name = '白石镇'")


def by_update() -> None:
    execute("UPDATE register_organisation SET name = '白石镇'")


@pytest.mark.parametrize("change", [by_update, by_a_session_that_asks_for_no_triggers])
def test_no_session_can_do_without(change: Callable[[], None]) -> None:
    a_unit()
    with transaction.atomic():
        change()
        record.append([entry("organisation:3")])
    assert Imprint.objects.count() == 2


@pytest.mark.parametrize(
    "statement",
    ["UPDATE audit_imprint SET digest = ''", "DELETE FROM audit_imprint", "TRUNCATE audit_imprint"],
)
def test_imprints_are_only_added(statement: str) -> None:
    a_unit()
    with pytest.raises(DatabaseError, match="the record only grows"):
        execute(statement)
    assert Imprint.objects.count() == 1


@pytest.mark.tampers
def test_a_table_that_leaves_none_any_more_is_told() -> None:
    execute("ALTER TABLE register_organisation DISABLE TRIGGER register_organisation_imprint_update")
    assert not reading.verify().guarded
    tampered()
    assert reading.verify().guarded


@pytest.mark.tampers
def test_the_place_is_named() -> None:
    a_unit()
    tampered("UPDATE register_organisation SET name = '白石镇'")
    (finding,) = reading.verify().findings
    assert (finding.place, finding.kind) == ("register_organisation", "row_altered")
    assert finding.says_zh == "业务数据第 3 行被改动，与最后一次办理留下的印记不符"


@pytest.mark.tampers
def test_rows_of_before_are_told_of_by_an_entry_of_their_own() -> None:
    """A county that has worked without imprints goes on with them."""
    tampered(
        "INSERT INTO register_organisation (id, name, short_name, kind, code) VALUES (3, '青石镇', '青石', 'town', 3)"
    )
    assert set(reading.verify().by_kind) == {"row_added"}
    columns = imprint.imprinted()["register_organisation"]
    with transaction.atomic():
        execute(str(Imprints({"register_organisation": columns}).sql))
    (told,) = reading.entries(stream="system")
    assert (told.action, told.actor["name"]) == ("imprint_rows", "manage.py migrate")
    assert reading.verify().whole


def test_an_operation_can_be_written_again() -> None:
    operation = Imprints({"register_organisation": ["id", "name"]})
    _name, arguments, options = operation.deconstruct()
    assert Imprints(*arguments, **options).sql == operation.sql


def test_every_row_of_a_whole_selection_is_held_against_its_imprint() -> None:
    run_to(Point.CLOSED)
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(f"SELECT count(*) FROM {table}" for table in covered()))
        there = sum(number for (number,) in cursor.fetchall())
    verdict = reading.verify()
    assert verdict.whole
    assert verdict.rows == there > 100
