"""Every account of the site's database does its own work, and PostgreSQL refuses it anything else (数据库账户)."""

import contextlib
import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.conf import settings
from django.db import connections
from django.test import Client, override_settings
from django.utils import translation

from audit import privileges, reading
from audit.privileges import AUDITOR, GROWING, NOTARY, OPENINGS, RECORD, SITE
from cadre import database_roles, wellbeing
from cadre.database_roles import MIGRATE, ONLY_READ, OWNER, ROLES
from selection.enums import Stage
from tests.factories import Point, run_to
from tools import servers

pytestmark = [pytest.mark.django_db(databases=["default", "box"], transaction=True), pytest.mark.covers("WPR-20")]

DENIED = psycopg2.errors.InsufficientPrivilege


class Apart:
    """A database of its own, with whatever tables it was given, that the accounts come to by their names."""

    def __init__(self, name: str) -> None:
        self.name = name

    def url(self, user: str) -> str:
        return f"postgresql://{user}@/{self.name}?host={connections['default'].settings_dict['HOST']}"

    def run(self, user: str, *command: str, **places: str) -> subprocess.CompletedProcess[str]:
        given = {"DATABASE_URL": self.url(user), "DEMONSTRATION": "yes", "LC_ALL": "C", **places}
        return subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=settings.BASE_DIR,
            env=os.environ | given,
            capture_output=True,
            text=True,
            check=False,
        )

    @contextlib.contextmanager
    def cursor(self, user: str) -> Iterator[Any]:
        with contextlib.closing(psycopg2.connect(self.url(user))) as connection:
            connection.autocommit = True
            with connection.cursor() as cursor:
                yield cursor

    def made(self) -> str:
        """Have the command make the accounts, in one run at a time: the server has each of them once."""
        with (settings.DATA_ROOT / "roles.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            done = self.run(servers.ACCOUNT, "database_roles")
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout


@contextlib.contextmanager
def database(name: str, template: str = "template0") -> Iterator[Apart]:
    found = connections["default"].settings_dict
    with contextlib.closing(psycopg2.connect(dbname="postgres", user=found["USER"], host=found["HOST"])) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            cursor.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
            yield Apart(name)
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture(scope="module")
def apart(django_db_setup: None, django_db_blocker: Any) -> Iterator[Apart]:
    """The tables of the site, with one entry, one row it tells of and one text kept apart, under separate accounts."""
    with django_db_blocker.unblock(), database(f"roles_{os.getpid()}", "migrated_default") as made:
        made.made()
        with made.cursor(SITE) as cursor:
            cursor.execute("BEGIN")
            cursor.execute(
                "INSERT INTO register_organisation (id, name, short_name, kind, code)"
                " VALUES (3, '青石', '青', 'town', '3')"
            )
            entry_id = appended(cursor, "organisation:3")
            cursor.execute("COMMIT")
            cursor.execute(
                "INSERT INTO audit_opening (entry_id, field, salt, value) VALUES (%s, 'why', 'x', 'text')", [entry_id]
            )
        with made.cursor(NOTARY) as cursor:
            cursor.execute("INSERT INTO audit_leaf VALUES (0, %s, %s)", [entry_id, "0" * 64])
            cursor.execute("INSERT INTO audit_subtree VALUES (0, %s)", ["0" * 64])
            cursor.execute("INSERT INTO audit_checkpoint VALUES (0, 1, %s, now(), 'note')", ["0" * 64])
        yield made


def appended(cursor: Any, stream: str = "system") -> int:
    """Its number, once an entry has been appended by hand."""
    actor = '{"auth":"","dept":"","id":"1","name":"n","role":""}'
    before = f'{{"action":"a","actor":{actor},"at":"2026-01-01T00:00:00.000000Z","basis":"","case":"","data":{{'
    pieces = [before, '},"files":[],"object":["a","1"]', '"r"', f'"state":"","stream":"{stream}","v":1}}']
    cursor.execute("SELECT entry_id FROM audit_append(%s, %s, %s, %s, %s)", [stream, *pieces])
    (entry_id,) = cursor.fetchone()
    return int(entry_id)


@pytest.fixture
def as_the_site() -> Iterator[None]:
    """This process comes to the test's own database as the site does, and no other way."""
    with (settings.DATA_ROOT / "roles.lock").open("w") as lock, connections["default"].cursor() as cursor:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for statement in database_roles.missing(cursor):
            with connections["default"].cursor() as other:
                other.execute(statement)
    privileges.give("default")
    database_roles.give("default")
    connection, used = connections["default"], connections["default"].settings_dict["USER"]
    connection.close()
    connection.settings_dict["USER"] = SITE
    try:
        yield
        with connection.cursor() as cursor:
            cursor.execute("SELECT session_user, current_user")
            assert cursor.fetchone() == (SITE, SITE)
    finally:
        connection.close()
        connection.settings_dict["USER"] = used


# --- what each may do, and what not ----------------------------------------------------------------------------------

NEVER = [
    *(f"{verb} {table}{rest}" for table in GROWING for verb, rest in (("DELETE FROM", ""), ("TRUNCATE", " CASCADE"))),
    *(f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in RECORD),
    f"DELETE FROM {OPENINGS}",
    f"UPDATE {OPENINGS} SET value = ''",
    "UPDATE audit_entry SET body = ''",
    "UPDATE audit_leaf SET hash = ''",
    "UPDATE audit_subtree SET root = ''",
    "UPDATE audit_checkpoint SET note = ''",
    "INSERT INTO audit_entry SELECT * FROM audit_entry",
    "COPY audit_entry FROM PROGRAM 'true'",
    "SELECT setval('audit_entry_id_seq', 1)",
    "SELECT nextval('audit_entry_id_seq')",
    "DROP TRIGGER audit_entry_append_only ON audit_entry",
    "DROP TABLE audit_checkpoint",
    "CREATE OR REPLACE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    "ALTER FUNCTION audit_append RESET ALL",
    "SET session_replication_role = replica",
    "CREATE TABLE elsewhere (x text)",
    "CREATE TEMPORARY TABLE audit_entry (x text)",
    f"SET ROLE {OWNER}",
    f"GRANT {OWNER} TO {SITE}",
    "INSERT INTO stage_edge (machine, source, target) VALUES ('selection', 'motion', 'closed')",
    "DELETE FROM django_migrations",
    "UPDATE django_content_type SET model = 'x'",
]
ADDED = [
    "INSERT INTO audit_leaf VALUES (9, 9, 'x')",
    "INSERT INTO audit_subtree VALUES (9, 'x')",
    "INSERT INTO audit_checkpoint VALUES (9, 9, 'x', now(), 'x')",
]


@pytest.mark.parametrize("role", [SITE, NOTARY, AUDITOR])
def test_nobody_who_logs_in_every_day_changes_the_record_or_lifts_what_guards_it(apart: Apart, role: str) -> None:
    with apart.cursor(role) as cursor:
        for statement in NEVER:
            with pytest.raises(DENIED):
                cursor.execute(statement)


@pytest.mark.parametrize(
    ("role", "statements"),
    [
        (SITE, ADDED),
        (AUDITOR, [*ADDED, "INSERT INTO audit_opening SELECT * FROM audit_opening", "SELECT * FROM selection_account"]),
        (
            NOTARY,
            ["SELECT actor_name FROM audit_entry", "SELECT * FROM audit_opening", "SELECT * FROM register_person"],
        ),
    ],
)
def test_each_is_refused_what_is_the_work_of_another(apart: Apart, role: str, statements: list[str]) -> None:
    for statement in statements:
        with apart.cursor(role) as cursor, pytest.raises(DENIED):
            cursor.execute(statement)


@pytest.mark.parametrize("role", [NOTARY, AUDITOR])
def test_only_the_site_appends(apart: Apart, role: str) -> None:
    with apart.cursor(role) as cursor, pytest.raises(DENIED):
        appended(cursor)
    with apart.cursor(SITE) as cursor:
        assert appended(cursor)


@pytest.mark.parametrize("role", [SITE, AUDITOR])
@pytest.mark.parametrize("table", RECORD)
def test_the_site_and_the_auditor_read_the_whole_record(apart: Apart, role: str, table: str) -> None:
    with apart.cursor(role) as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")
        assert cursor.fetchone()[0] > 0


@pytest.mark.parametrize("user", [MIGRATE, servers.ACCOUNT])
@pytest.mark.parametrize("table", GROWING)
def test_the_owner_and_a_superuser_are_refused_by_the_triggers(apart: Apart, user: str, table: str) -> None:
    column = {
        "audit_entry": "body",
        "audit_imprint": "digest",
        "audit_leaf": "hash",
        "audit_subtree": "root",
        "audit_checkpoint": "note",
    }[table]
    with apart.cursor(user) as cursor:
        if user == servers.ACCOUNT:
            cursor.execute("SET session_replication_role = replica")
        for statement in (f"DELETE FROM {table}", f"UPDATE {table} SET {column} = 'x'", f"TRUNCATE {table} CASCADE"):
            with pytest.raises(psycopg2.errors.RestrictViolation, match="only grows"):
                cursor.execute(statement)


def test_every_trigger_on_a_table_of_the_record_is_enabled_always(apart: Apart) -> None:
    with apart.cursor(AUDITOR) as cursor:
        cursor.execute(
            "SELECT tgrelid::regclass::text, tgname, tgenabled FROM pg_trigger"
            " WHERE NOT tgisinternal AND tgfoid = 'audit_refuse_change'::regproc ORDER BY 1"
        )
        assert cursor.fetchall() == sorted(
            [*((table, f"{table}_append_only", "A") for table in GROWING), (OPENINGS, f"{OPENINGS}_unaltered", "A")]
        )


def test_the_one_way_in_runs_as_the_owner_with_a_path_that_nobody_can_bend(apart: Apart) -> None:
    with apart.cursor(AUDITOR) as cursor:
        cursor.execute(
            "SELECT prosecdef, proconfig, pg_get_userbyid(proowner) FROM pg_proc WHERE proname = 'audit_append'"
        )
        assert cursor.fetchall() == [(True, ["search_path=public, pg_temp"], OWNER)]


def belongs_to_the_owner(apart: Apart) -> None:
    with apart.cursor(AUDITOR) as cursor:
        cursor.execute(
            "SELECT DISTINCT pg_get_userbyid(owner) FROM (SELECT relowner AS owner FROM pg_class"
            " WHERE relnamespace = 'public'::regnamespace UNION ALL SELECT proowner FROM pg_proc"
            " WHERE pronamespace = 'public'::regnamespace UNION ALL SELECT datdba FROM pg_database"
            " WHERE datname = current_database()) every"
        )
        assert cursor.fetchall() == [(OWNER,)]


def test_everything_belongs_to_the_owner_as_whom_nobody_logs_in(apart: Apart) -> None:
    belongs_to_the_owner(apart)
    with apart.cursor(AUDITOR) as cursor:
        cursor.execute(
            "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)"
            " AND (rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls)",
            [list(ROLES)],
        )
        assert cursor.fetchall() == []
    with pytest.raises(psycopg2.OperationalError, match="not permitted to log in"), apart.cursor(OWNER):
        pass


def test_tables_that_the_site_only_reads_are_there(apart: Apart) -> None:
    """A name that is misspelt would protect nothing."""
    with apart.cursor(SITE) as cursor:
        for table in ONLY_READ:
            cursor.execute(f"SELECT count(*) FROM {table}")
            assert cursor.fetchone()[0] > 0


def test_the_accounts_are_called_the_same_everywhere() -> None:
    assert servers.NOTARY == NOTARY
    script = (settings.BASE_DIR / "tools" / "postgres_databases.sh").read_text(encoding="utf-8")
    for role, login in ROLES.items():
        assert f"CREATE ROLE {role} {login}" in script
    for statement in (f"GRANT {OWNER} TO {MIGRATE};", f"ALTER ROLE {MIGRATE} SET role = '{OWNER}';"):
        assert statement in script
    assert f"CREATE DATABASE site OWNER {OWNER};" in script


# --- the command -----------------------------------------------------------------------------------------------------


def test_the_command_says_what_it_does_and_a_second_time_gives_the_same_rights_alone(apart: Apart) -> None:
    with database(f"again_{os.getpid()}", "migrated_default") as other:
        dry = other.run(servers.ACCOUNT, "database_roles", "--dry-run")
        assert dry.returncode == 0
        assert f"ALTER DATABASE {other.name} OWNER TO {OWNER};" in dry.stdout
        with other.cursor(servers.ACCOUNT) as cursor:
            cursor.execute("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()")
            assert cursor.fetchone() == (servers.ACCOUNT,)
        first = other.made()
        assert first.splitlines()[:-1] == dry.stdout.splitlines()[:-1]
        second = other.made()
        assert "CREATE ROLE" not in second
        assert "OWNER TO" not in second
        assert set(second.splitlines()) < set(first.splitlines())


def test_who_may_not_make_accounts_is_told_so_and_nothing_is_changed(apart: Apart) -> None:
    with database(f"refused_{os.getpid()}", "migrated_default") as other:
        with other.cursor(servers.ACCOUNT) as cursor:
            cursor.execute(f"GRANT CONNECT ON DATABASE {other.name} TO {SITE}")
        done = other.run(SITE, "database_roles")
        assert done.returncode == 1
        assert "Nothing was changed" in done.stderr
        assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_a_fresh_database_is_migrated_by_its_owner_and_the_site_lives_and_is_restored_in_it(tmp_path: Path) -> None:
    with database(f"fresh_{os.getpid()}") as fresh, database(f"fresh_box_{os.getpid()}", "migrated_box") as box:
        places = {"BOX_DATABASE_URL": box.url(servers.ACCOUNT), "DATA_ROOT": str(tmp_path)}

        def done(user: str, *command: str) -> str:
            ended = fresh.run(user, *command, **places)
            assert (ended.returncode, ended.stderr) == (0, "")
            return ended.stdout

        fresh.made()
        for _time in range(2):
            done(MIGRATE, "migrate", "-v0")
        belongs_to_the_owner(fresh)
        done(SITE, "migrate", "-v0")  # as `serve` does at every start
        with fresh.cursor(SITE) as cursor:
            assert appended(cursor)
        done(SITE, "backup", str(tmp_path / "kept"))
        with fresh.cursor(SITE):
            refused = fresh.run(MIGRATE, "restore", str(tmp_path / "kept"), **places)
        assert refused.returncode == 1
        assert "1 other connection" in refused.stderr
        refused = fresh.run(SITE, "restore", str(tmp_path / "kept"), "--replace", "1 entry", **places)
        assert refused.returncode == 1
        with fresh.cursor(SITE) as cursor:
            assert appended(cursor)
        done(MIGRATE, "restore", str(tmp_path / "kept"), "--replace", "2 entries")
        done(MIGRATE, "migrate", "-v0")
        belongs_to_the_owner(fresh)
        with fresh.cursor(SITE) as cursor:
            cursor.execute("SELECT count(*) FROM audit_entry")
            assert cursor.fetchone() == (1,)
            assert appended(cursor)
            with pytest.raises(DENIED):
                cursor.execute("DELETE FROM audit_entry")
        with fresh.cursor(NOTARY) as cursor, pytest.raises(DENIED):
            appended(cursor)


# --- the site by its own account -------------------------------------------------------------------------------------


def test_a_selection_goes_its_whole_way_by_the_account_of_the_site(as_the_site: None) -> None:
    taken = run_to(Point.CLOSED)
    assert taken.now().stage == Stage.CLOSED
    assert reading.verify().whole
    with override_settings(DEMONSTRATION=False):
        finding = wellbeing.accounts()
    assert (finding.well, str(finding.says)) == (
        True,
        "are separate: that of the site can add to the record and change nothing in it",
    )
    browser = Client()
    browser.force_login(taken.county["jingban"])
    assert browser.get(f"/office/selections/{taken.now().number}/").status_code == 200


def test_the_doctor_tells_one_account_from_several() -> None:
    trial = wellbeing.accounts()
    with override_settings(DEMONSTRATION=False):
        real = wellbeing.accounts()
    assert (trial.well, str(trial.says)) == (True, "one account owns everything, as in a trial")
    assert (real.well, real.says) == (False, trial.says)
    assert "database_roles" in str(real.what_to_do)


def test_the_doctor_names_what_the_site_could_write_past_the_function(as_the_site: None) -> None:
    found = connections["default"].settings_dict
    with contextlib.closing(
        psycopg2.connect(dbname=found["NAME"], user=servers.ACCOUNT, host=found["HOST"])
    ) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(f"GRANT INSERT ON audit_leaf TO {SITE}")
            cursor.execute(f"GRANT DELETE ON {OPENINGS} TO {SITE}")
            try:
                finding = wellbeing.accounts()
            finally:
                cursor.execute(f"REVOKE INSERT ON audit_leaf FROM {SITE}")
                cursor.execute(f"REVOKE DELETE ON {OPENINGS} FROM {SITE}")
    assert not finding.well
    assert str(finding.says) == "the site could write past the append function: audit_leaf, audit_opening"


@pytest.mark.slow
def test_the_hash_is_chosen_when_the_tables_of_the_record_are_made_and_stays(apart: Apart) -> None:
    with database(f"hash_{os.getpid()}") as fresh:
        for said in ("sm3", "sha256"):
            done = fresh.run(servers.ACCOUNT, "migrate", "-v0", RECORD_HASH=said)
            assert (done.returncode, done.stderr) == (0, "")
            with fresh.cursor(servers.ACCOUNT) as cursor:
                cursor.execute("SELECT audit_hash_name(), audit_hash('abc') = audit_sm3('abc')")
                assert cursor.fetchone() == ("sm3", True)
        refused = fresh.run(servers.ACCOUNT, "migrate", "-v0", RECORD_HASH="md5")
        assert refused.returncode == 1
        assert "RECORD_HASH is 'md5', but must be sha256 or sm3." in refused.stderr
