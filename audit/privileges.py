"""What the notary may do in the database of the record: read entries, add leaves and checkpoints (公证进程的权限).

It comes by an account of its own, which can change nothing and reads nothing else.  Rights are given anew after every
``migrate``, so a restored record has them as well.
"""

from typing import Any, Final

from django.db import connections, router
from django.db.transaction import atomic

from audit.models import Entry

NOTARY: Final = "cadre_notary"
"""Name of that account; where the server does not have it, nobody is given anything."""

_TABLES: Final = "audit_leaf, audit_subtree, audit_checkpoint"
RIGHTS: Final = (
    f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {NOTARY}",
    f"GRANT USAGE ON SCHEMA public TO {NOTARY}",
    f"GRANT SELECT (id, body) ON audit_entry TO {NOTARY}",
    f"GRANT SELECT ON SEQUENCE audit_entry_id_seq TO {NOTARY}",
    f"GRANT SELECT, INSERT ON {_TABLES} TO {NOTARY}",
)


def give(using: str, **_kwargs: Any) -> None:
    """After a migration of the record: the rights above, exactly and no others."""
    if using != router.db_for_write(Entry):
        return
    with atomic(using=using), connections[using].cursor() as cursor:
        cursor.execute("SELECT to_regclass('audit_checkpoint') IS NOT NULL")
        (migrated,) = cursor.fetchone()
        cursor.execute("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", [NOTARY])
        (there,) = cursor.fetchone()
        for statement in RIGHTS if migrated and there else ():
            cursor.execute(statement)
