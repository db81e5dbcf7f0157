"""The box's tables: no column that could tell who, when or in which order, and no import of ours (票箱表结构)."""

import ast
from pathlib import Path

import pytest
from django.apps import apps
from django.db import connections, models
from django.test.utils import isolate_apps

from selection.ballots import checks
from selection.ballots.models import Ballot, BoxState
from selection.ballots.router import BoxRouter

ROOM = Path(checks.__file__).parent


def test_the_box_passes_its_own_check() -> None:
    assert checks.box_tells_nothing(None) == []


@isolate_apps("selection.ballots")
@pytest.mark.parametrize(
    ("field", "ids"),
    [
        (lambda: ("slip", models.ForeignKey(Ballot, models.CASCADE)), {"ballots.E001"}),
        (lambda: ("slips", models.ManyToManyField(Ballot)), {"ballots.E001"}),
        (lambda: ("cast", models.DateTimeField()), {"ballots.E002"}),
        (lambda: ("cast", models.DateField()), {"ballots.E002"}),
        (lambda: ("cast", models.TimeField()), {"ballots.E002"}),
        (lambda: ("cast", models.DurationField()), {"ballots.E002"}),
        (lambda: ("number", models.BigAutoField(primary_key=True)), {"ballots.E003"}),
        (lambda: ("source", models.GenericIPAddressField()), {"ballots.E005"}),
        (lambda: ("created_at", models.DateTimeField()), {"ballots.E002", "ballots.E004"}),
        *[
            (lambda name=name: (name, models.CharField(max_length=9)), {"ballots.E004"})
            for name in ("user", "voter", "person_name", "member", "ip", "created", "updated", "session_key", "time")
        ],
    ],
)
def test_a_column_that_could_tell_is_found(field: object, ids: set[str]) -> None:
    name, column = field()  # type: ignore[operator]
    attributes = {"__module__": "selection.ballots.models", name: column}
    if not column.primary_key:
        attributes["key"] = models.BinaryField(primary_key=True)
    specimen = type("Specimen", (models.Model,), attributes)
    assert {fault.id for fault in checks.faults([specimen])} == ids


@pytest.mark.covers("BOX-14")
@pytest.mark.django_db
def test_the_database_has_the_six_tables_and_only_these_columns() -> None:
    with connections["box"].cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, data_type, column_default FROM information_schema.columns"
            " WHERE table_schema = 'public' AND table_name <> 'django_migrations' ORDER BY 1, 2"
        )
        assert cursor.fetchall() == [
            ("ballots_ballot", "message", "bytea", None),
            ("ballots_ballot", "nullifier", "bytea", None),
            ("ballots_ballot", "payload", "bytea", None),
            ("ballots_ballot", "payload_signature", "bytea", None),
            ("ballots_ballot", "retry_sha256", "bytea", None),
            ("ballots_ballot", "round", "uuid", None),
            ("ballots_ballot", "signature", "bytea", None),
            ("ballots_boxstate", "destroyed", "boolean", None),
            ("ballots_boxstate", "manifest", "jsonb", None),
            ("ballots_boxstate", "public_key", "bytea", None),
            ("ballots_boxstate", "root", "bytea", None),
            ("ballots_boxstate", "round", "uuid", None),
            ("ballots_boxstate", "state", "character varying", None),
            ("ballots_line", "item", "character varying", None),
            ("ballots_line", "line_id", "bytea", None),
            ("ballots_line", "round", "uuid", None),
            ("ballots_line", "value", "character varying", None),
            ("ballots_papercount", "key", "character varying", None),
            ("ballots_papercount", "sheets", "jsonb", None),
            ("ballots_refusal", "key", "character varying", None),
            ("ballots_refusal", "number", "integer", None),
            ("ballots_slipcode", "code_sha256", "bytea", None),
            ("ballots_slipcode", "round", "uuid", None),
        ]
        cursor.execute(
            "SELECT conname FROM pg_constraint WHERE contype = 'f' UNION SELECT tgname FROM pg_trigger"
            " UNION SELECT relname FROM pg_class WHERE relkind = 'S' AND relname LIKE 'ballots%'"
        )
        assert cursor.fetchall() == []


@pytest.mark.django_db
def test_the_site_has_none_of_the_boxs_tables() -> None:
    with connections["default"].cursor() as cursor:
        tables = connections["default"].introspection.table_names(cursor)
    assert [table for table in tables if table.startswith("ballots")] == []
    assert "django_content_type" in tables


@pytest.mark.covers("BOX-14", refused=True)
def test_the_router_lets_nothing_cross() -> None:
    router = BoxRouter()
    site = apps.get_model("contenttypes", "ContentType")
    assert (router.db_for_read(Ballot), router.db_for_write(Ballot)) == ("box", "box")
    assert (router.db_for_read(site), router.db_for_write(site)) == (None, None)
    for one, other in ((Ballot(), site()), (site(), Ballot()), (Ballot(), BoxState())):
        assert router.allow_relation(one, other) is False
    assert router.allow_relation(site(), site()) is None
    assert [router.allow_migrate(*pair) for pair in (("box", "ballots"), ("default", "selection"))] == [True, True]
    assert [router.allow_migrate(*pair) for pair in (("default", "ballots"), ("box", "selection"))] == [False, False]


def test_the_box_imports_nothing_of_ours() -> None:
    for module in ROOM.rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            ours = [name for name in names if name.split(".")[0] in {"cadre", "selection", "audit"}]
            assert all(name.startswith("selection.ballots") for name in ours), module.name


def test_a_row_in_a_log_says_only_its_kind() -> None:
    assert repr(Ballot(nullifier=b"secret")) == "<Ballot: Ballot>"
