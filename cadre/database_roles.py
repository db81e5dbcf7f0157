"""The accounts of the site's database, of which none that is in daily use owns anything (数据库账户).

    cadre_owner     owns database, tables and functions; nobody logs in as it
    cadre_migrate   logs in for migrations and restores alone, and is cadre_owner from then on
    cadre_site      the site: reads and writes its own tables, reads the record, appends by the function alone
    cadre_notary    the notary: reads entries, adds to their tree
    cadre_auditor   an auditor with psql or ``verify_record``: reads the record and nothing else

What the last three may do to the record stands in ``audit.privileges``; what the site may do to everything else,
here.  Rights are given anew after every ``migrate``.  Where one account owns everything, as in a trial, nobody is
given anything.
"""

from collections.abc import Iterator
from typing import Any, Final

from django.db import connections, transaction

from audit import privileges
from audit.privileges import AUDITOR, NOTARY, SITE

ALIAS: Final = "default"
OWNER: Final = "cadre_owner"
MIGRATE: Final = "cadre_migrate"
ROLES: Final = {OWNER: "NOLOGIN", MIGRATE: "LOGIN", SITE: "LOGIN", NOTARY: "LOGIN", AUDITOR: "LOGIN"}

ONLY_READ: Final = ("django_content_type", "django_migrations", "stage_edge")
"""Tables that migrations fill and no act changes."""

_TABLES: Final = """
    SELECT relname FROM pg_class
    WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> ALL(%s) ORDER BY relname
"""
_FOREIGN: Final = """
    SELECT format('ALTER TABLE %%s OWNER TO %%I', oid::regclass, %(owner)s) FROM pg_class c
    WHERE relnamespace = 'public'::regnamespace AND relowner <> %(owner)s::regrole AND (relkind IN ('r', 'p', 'v', 'm')
        OR relkind = 'S' AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass
            AND d.objid = c.oid AND d.deptype IN ('a', 'i')))
    UNION ALL SELECT format('ALTER ROUTINE %%s OWNER TO %%I', oid::regprocedure, %(owner)s) FROM pg_proc
    WHERE pronamespace = 'public'::regnamespace AND proowner <> %(owner)s::regrole
    UNION ALL SELECT format('ALTER SCHEMA public OWNER TO %%I', %(owner)s) FROM pg_namespace
    WHERE nspname = 'public' AND nspowner NOT IN (%(owner)s::regrole, 'pg_database_owner'::regrole)
    UNION ALL SELECT format('ALTER DATABASE %%I OWNER TO %%I', datname, %(owner)s) FROM pg_database
    WHERE datname = current_database() AND datdba <> %(owner)s::regrole
"""
_OPEN: Final = """
    SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database())
    WHERE has_database_privilege('public', current_database(), 'CONNECT, TEMPORARY, CREATE')
    UNION ALL SELECT 'REVOKE CREATE ON SCHEMA public FROM PUBLIC'
    WHERE has_schema_privilege('public', 'public', 'CREATE')
"""
_LET_IN: Final = """
    SELECT format('GRANT CONNECT ON DATABASE %%I TO %%I', current_database(), role)
    FROM unnest(%s) role WHERE NOT has_database_privilege(role, current_database(), 'CONNECT')
"""


def missing(cursor: Any) -> Iterator[str]:
    """Roles that the server does not have yet, and what makes cadre_migrate the owner when it logs in."""
    cursor.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)", [[*ROLES]])
    there = {name for (name,) in cursor.fetchall()}
    yield from (f"CREATE ROLE {role} {login}" for role, login in ROLES.items() if role not in there)
    cursor.execute(
        "SELECT EXISTS (SELECT FROM pg_auth_members WHERE roleid = to_regrole(%s) AND member = to_regrole(%s)),"
        " EXISTS (SELECT FROM pg_db_role_setting WHERE setrole = to_regrole(%s) AND %s = ANY(setconfig))",
        [OWNER, MIGRATE, MIGRATE, f"role={OWNER}"],
    )
    belongs, becomes = cursor.fetchone()
    if not belongs:
        yield f"GRANT {OWNER} TO {MIGRATE}"
    if not becomes:
        yield f"ALTER ROLE {MIGRATE} SET role = '{OWNER}'"


def foreign(cursor: Any) -> Iterator[str]:
    """What in this database, itself included, belongs to somebody else than the owner."""
    cursor.execute(_FOREIGN, {"owner": OWNER})
    yield from [statement for (statement,) in cursor.fetchall()]


def ways_in(cursor: Any) -> Iterator[str]:
    """Nobody opens this database but those who have an account here."""
    cursor.execute(_OPEN)
    yield from [statement for (statement,) in cursor.fetchall()]
    cursor.execute(_LET_IN, [[role for role, login in ROLES.items() if login == "LOGIN"]])  # now not as everybody
    yield from [statement for (statement,) in cursor.fetchall()]


def rights(cursor: Any) -> Iterator[str]:
    """What gives every account exactly its rights, where the record has an owner of its own."""
    yield from privileges.statements(cursor)
    yield from of_the_site(cursor)


def of_the_site(cursor: Any) -> Iterator[str]:
    """What gives the site its rights to all but the record; nothing where it owns the tables, or we do not."""
    cursor.execute(
        "SELECT pg_has_role(current_user, relowner, 'USAGE') AND relowner <> role.oid FROM pg_class, pg_roles role"
        " WHERE pg_class.oid = to_regclass('django_migrations') AND rolname = %s",
        [SITE],
    )
    if not (cursor.fetchone() or (False,))[0]:
        return
    cursor.execute(_TABLES, [list(privileges.RECORD)])
    tables = [f'"{name}"' for (name,) in cursor.fetchall()]
    written = [name for name in tables if name.strip('"') not in ONLY_READ]
    yield f"REVOKE ALL ON {', '.join(tables)} FROM {SITE}"
    yield f"GRANT USAGE ON SCHEMA public TO {SITE}"
    yield f"GRANT SELECT ON {', '.join(tables)} TO {SITE}"
    if written:
        yield f"GRANT INSERT, UPDATE, DELETE ON {', '.join(written)} TO {SITE}"
    yield f"GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {SITE}"  # a backup reads how far each has come


def give(using: str, **_kwargs: Any) -> None:
    """After a migration: the site's rights to tables that are new, or were restored."""
    if using != ALIAS:
        return
    with transaction.atomic(using=using), connections[using].cursor() as cursor:
        for statement in [*of_the_site(cursor)]:
            cursor.execute(statement)


def make(*, dry_run: bool = False) -> list[str]:
    """Bring roles, owners and rights of the site's database to what they should be; returns the SQL that did it.

    With ``dry_run`` the same SQL is run and taken back.

    Raises:
        django.db.ProgrammingError: the account we come by may not do it.
        django.db.OperationalError: somebody else holds a table for longer than five seconds.
    """
    done: list[str] = []
    with transaction.atomic(using=ALIAS, durable=True), connections[ALIAS].cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '5s'")
        for needed in (missing, foreign, ways_in, rights):
            for statement in needed(cursor):
                with connections[ALIAS].cursor() as other:
                    other.execute(statement)
                done.append(statement)
        transaction.set_rollback(dry_run, using=ALIAS)
    return done
