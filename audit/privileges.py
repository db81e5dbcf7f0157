"""Who may do what to the record in the database: its notary, the site, an auditor (纪实各表的权限).

Each comes by an account of its own, and none owns the tables.  Rights are given anew after every ``migrate``, so a
restored record has them as well.  Where one account owns everything, as in a trial, that account keeps what it has.
"""

from dataclasses import dataclass
from typing import Any, Final

from django.db import connections, router
from django.db.transaction import atomic

from audit.models import Entry

NOTARY: Final = "cadre_notary"
SITE: Final = "cadre_site"
AUDITOR: Final = "cadre_auditor"
"""Names of the accounts; where the server does not have one, nobody is given anything in its place."""

GROWING: Final = ("audit_entry", "audit_imprint", "audit_leaf", "audit_subtree", "audit_checkpoint")
OPENINGS: Final = "audit_opening"
RECORD: Final = (*GROWING, OPENINGS)
"""The tables of the record: all that this page speaks of."""
APPEND: Final = "audit_append(text, text, text, text, text)"
"""The one way to an entry; it runs with the rights of its owner."""

FOR_EVERYBODY: Final = (f"REVOKE ALL ON FUNCTION {APPEND} FROM PUBLIC",)
_ALL: Final = ", ".join(RECORD)
RIGHTS: Final = {
    NOTARY: (
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {NOTARY}",
        f"GRANT USAGE ON SCHEMA public TO {NOTARY}",
        f"GRANT SELECT (id, body) ON audit_entry TO {NOTARY}",
        f"GRANT SELECT ON SEQUENCE audit_entry_id_seq TO {NOTARY}",
        f"GRANT SELECT, INSERT ON audit_leaf, audit_subtree, audit_checkpoint TO {NOTARY}",
    ),
    SITE: (
        f"REVOKE ALL ON {_ALL} FROM {SITE}",
        f"GRANT USAGE ON SCHEMA public TO {SITE}",
        f"GRANT SELECT ON {_ALL} TO {SITE}",
        f"GRANT EXECUTE ON FUNCTION {APPEND} TO {SITE}",
        # The text of an entry that only its hash stands in: put beside the entry by the act that makes it.
        f"GRANT INSERT ON {OPENINGS} TO {SITE}",
    ),
    AUDITOR: (
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {AUDITOR}",
        f"GRANT USAGE ON SCHEMA public TO {AUDITOR}",
        f"GRANT SELECT ON {_ALL} TO {AUDITOR}",
    ),
}

_OWNED: Final = """
    SELECT pg_has_role(current_user, relowner, 'USAGE'), pg_get_userbyid(relowner)
    FROM pg_class WHERE oid = to_regclass('audit_checkpoint')
"""


def statements(cursor: Any) -> list[str]:
    """What gives each account of this server exactly its rights; nothing for whoever does not own the record."""
    cursor.execute(_OWNED)
    ours, owner = cursor.fetchone() or (False, "")  # migrated backwards
    if not ours:
        return []
    cursor.execute("SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)", [[*RIGHTS]])
    there = {name for (name,) in cursor.fetchall()} - {owner}
    return [*FOR_EVERYBODY, *(one for role, rights in RIGHTS.items() if role in there for one in rights)]


def give(using: str, **_kwargs: Any) -> None:
    """After a migration of the record: the rights above, exactly and no others."""
    if using != router.db_for_write(Entry):
        return
    with atomic(using=using), connections[using].cursor() as cursor:
        for statement in statements(cursor):
            cursor.execute(statement)


@dataclass(frozen=True)
class Held:
    """What the account by which we come could do to the record: all of it, or write past the append function."""

    owns: bool
    writes: tuple[str, ...]
    """Tables of the record that it could change, though it does not own them."""
    hash: str
    """The name of the hash by which the database makes entries, the only one from which it takes them."""


def held() -> Held:
    """Asked of the database, in one query, for the account of this process."""
    with connections[router.db_for_write(Entry)].cursor() as cursor:
        cursor.execute(
            "SELECT relname, audit_hash_name(), pg_has_role(current_user, relowner, 'USAGE'),"
            " has_table_privilege(current_user, oid, 'UPDATE, DELETE, TRUNCATE, TRIGGER')"
            " OR relname <> %s AND has_table_privilege(current_user, oid, 'INSERT')"
            " FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname = ANY(%s) ORDER BY relname",
            [OPENINGS, list(RECORD)],
        )
        found = cursor.fetchall()
    writes = tuple(name for name, _hash, _owns, writes in found if writes)
    return Held(any(owns for _name, _hash, owns, _writes in found), writes, found[0][1])
