"""What every test has: both databases, a flush that append-only tables survive, a record that is whole afterwards."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest

DATABASE_FIXTURES = {"db", "transactional_db", "django_db_reset_sequences", "live_server"}


def pytest_configure(config: pytest.Config) -> None:
    if not all(os.environ.get(name) for name in ("DATABASE_URL", "BOX_DATABASE_URL", "REDIS_URL")):
        pytest.exit("Run tools/test (or make test): it starts the servers that the tests need.", returncode=2)
    from django.conf import settings

    # Hashed names need a collectstatic before every run; the journeys and the browser see the hashed ones.
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
    # The real cost of a password is tested in tests/cadre; hundreds of log-ins need not pay it.
    settings.PASSWORD_HASHERS.insert(0, "django.contrib.auth.hashers.MD5PasswordHasher")


def uses_database(item: pytest.Item) -> bool:
    return bool(item.get_closest_marker("django_db") or DATABASE_FIXTURES & set(getattr(item, "fixturenames", ())))


# --- two databases, whichever fixture a test asks for ------------------------------------------------------------


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test that names no database has both: the site's and the box's."""
    for item in items:
        marker = item.get_closest_marker("django_db")
        if uses_database(item) and (marker is None or "databases" not in marker.kwargs):
            arguments = dict(marker.kwargs) if marker else {}
            if marker is None and {"transactional_db", "live_server"} & set(getattr(item, "fixturenames", ())):
                arguments["transaction"] = True
            item.add_marker(pytest.mark.django_db(**(arguments | {"databases": ["default", "box"]})), append=False)


# --- tables are made once ----------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings: None, django_db_blocker: Any) -> None:
    """Every worker takes a copy of the databases that the first one has migrated, both at once."""
    from django.conf import settings
    from django.db import connections

    places = {"default": "DATABASE_URL", "box": "BOX_DATABASE_URL"}
    with (settings.DATA_ROOT / "migrated.lock").open("w") as lock, django_db_blocker.unblock():
        fcntl.flock(lock, fcntl.LOCK_EX)
        making = []
        for alias, place in places.items():
            template = connections[alias].settings_dict["TEST"]["TEMPLATE"] = f"migrated_{alias}"
            with connections[alias]._nodb_cursor() as cursor:
                cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [template])
                if cursor.fetchone():
                    continue
                cursor.execute(f'CREATE DATABASE "{template}"')
            address = urlsplit(os.environ[place])._replace(path=f"/{template}").geturl()
            command = [sys.executable, "manage.py", "migrate", "--database", alias, "--skip-checks", "-v0"]
            making.append(subprocess.Popen(command, cwd=settings.BASE_DIR, env=os.environ | {place: address}))
        assert [one.wait() for one in making] == [0] * len(making), "the tables could not be made"


# --- the flush after a transactional test ------------------------------------------------------------------------


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Keep what the migrations themselves have written, so that a flush can put it back."""
    from django.db import connections

    from tests.kept import filled_tables

    with django_db_blocker.unblock():
        for alias in connections:
            with connections[alias].cursor() as cursor:
                cursor.execute("CREATE SCHEMA pristine")
                for table in filled_tables(cursor):
                    cursor.execute(f'CREATE TABLE pristine."{table}" AS TABLE public."{table}"')


@contextmanager
def append_only_asleep(cursor: Any) -> Iterator[None]:
    """The only switch on the tests' side: triggers that refuse TRUNCATE sleep while a flush runs."""
    cursor.execute(
        "SELECT tgrelid::regclass::text, tgname FROM pg_trigger"
        " WHERE NOT tgisinternal AND tgenabled = 'A' AND (tgtype & 32) <> 0"
    )
    triggers = cursor.fetchall()
    for table, trigger in triggers:
        cursor.execute(f'ALTER TABLE {table} DISABLE TRIGGER "{trigger}"')
    yield
    for table, trigger in triggers:
        cursor.execute(f'ALTER TABLE {table} ENABLE ALWAYS TRIGGER "{trigger}"')


def put_back(cursor: Any) -> None:
    """Give the tables that migrations fill their rows again, and their sequences a number that is free."""
    cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'pristine'::regnamespace")
    for (table,) in cursor.fetchall():
        cursor.execute(f'INSERT INTO public."{table}" OVERRIDING SYSTEM VALUE TABLE pristine."{table}"')
        cursor.execute(
            "SELECT attname, pg_get_serial_sequence(format('public.%%I', %s::text), attname) FROM pg_attribute"
            " WHERE attrelid = format('public.%%I', %s::text)::regclass AND attidentity <> ''",
            [table, table],
        )
        for column, sequence in cursor.fetchall():
            cursor.execute(f'SELECT setval(%s, (SELECT max("{column}") FROM public."{table}"))', [sequence])


def flush(alias: str) -> None:
    from django.db import connections, transaction

    from tests.kept import filled_tables

    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '20s'")
        tables = filled_tables(cursor)
        if tables:
            with append_only_asleep(cursor):
                listed = ", ".join(f'public."{table}"' for table in tables)
                cursor.execute(f"TRUNCATE {listed} RESTART IDENTITY CASCADE")
            put_back(cursor)


@pytest.fixture(autouse=True)
def language_of_the_site() -> Iterator[None]:
    """What a test asked for in English must not make the next one speak it: Django leaves the last language on."""
    from django.utils import translation

    yield
    translation.deactivate()


@pytest.fixture(scope="session", autouse=True)
def flush_that_knows_the_record() -> Iterator[None]:
    """Django's own flush is refused by the append-only tables and forgets what migrations have written."""
    from django.contrib.contenttypes.models import ContentType
    from django.test import TransactionTestCase

    def _fixture_teardown(self: TransactionTestCase) -> None:
        for alias in self._databases_names(include_mirrors=False):  # type: ignore[attr-defined]
            flush(alias)
        ContentType.objects.clear_cache()

    original = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]
    TransactionTestCase._fixture_teardown = _fixture_teardown  # type: ignore[attr-defined]
    yield
    TransactionTestCase._fixture_teardown = original  # type: ignore[attr-defined]


# --- the record after every test ---------------------------------------------------------------------------------


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """A test that passed and wrote entries must leave a record that is whole, unless it tampers on purpose."""
    result = yield
    if uses_database(item) and not item.get_closest_marker("tampers"):
        from django.db import connection

        if not connection.needs_rollback:
            from audit import reading

            if reading.entries():
                verdict = reading.verify()
                assert verdict.whole, f"the test left a broken record: {verdict.by_kind} {verdict.findings[:3]}"
    return result


# --- the browser -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The system's Chromium; the sandbox cannot start as root, which is what checking machines run as."""
    system = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    return browser_type_launch_args | {"executable_path": system, "args": ["--no-sandbox"]}
