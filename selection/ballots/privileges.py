"""What the box's own process may do in the box's database: add a ballot, and nothing else to one (票箱进程的权限).

The tables belong to the account of the site's acts, which prepare, close and count.  The process that members reach
comes by an account of its own: it reads sheets, slips and which ballots are in, adds ballots, and cannot change, take
out or read back what was cast.  Rights are given anew after every ``migrate``, so a restored box has them as well.
"""

from typing import Any

from django.db import connections
from django.db.transaction import atomic

from selection.ballots.router import ALIAS

DOOR = "cadre_door"
"""Name of that account; where the server does not have it, nobody is given anything."""

_STATE, _SLIPS, _BALLOTS, _REFUSALS = "ballots_boxstate", "ballots_slipcode", "ballots_ballot", "ballots_refusal"

RIGHTS = (
    f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {DOOR}",
    f"GRANT USAGE ON SCHEMA public TO {DOOR}",
    f"GRANT SELECT ON django_migrations, {_STATE}, {_SLIPS} TO {DOOR}",
    # Enough to see that a ballot is in and is the same one; never what it says.
    f"GRANT SELECT (nullifier, round, retry_sha256, payload_signature), INSERT ON {_BALLOTS} TO {DOOR}",
    f"GRANT SELECT, INSERT, UPDATE (number) ON {_REFUSALS} TO {DOOR}",
    # A ballot holds its round open with FOR SHARE, which PostgreSQL allows only to whom it allows an update; the
    # policies below let this account lock every row and change none.
    f"GRANT UPDATE (state) ON {_STATE} TO {DOOR}",
)
POLICIES = (
    f"ALTER TABLE {_STATE} ENABLE ROW LEVEL SECURITY",
    f"DROP POLICY IF EXISTS a_round_is_read ON {_STATE}",
    f"CREATE POLICY a_round_is_read ON {_STATE} FOR SELECT USING (true)",
    f"DROP POLICY IF EXISTS a_round_is_held_but_not_changed ON {_STATE}",
    f"CREATE POLICY a_round_is_held_but_not_changed ON {_STATE} FOR UPDATE USING (true) WITH CHECK (false)",
)


def give(using: str, **_kwargs: Any) -> None:
    """After a migration of the box: the rights above, exactly and no others."""
    if using != ALIAS:
        return
    with atomic(using=ALIAS), connections[ALIAS].cursor() as cursor:
        if not {_STATE, _SLIPS, _BALLOTS, _REFUSALS} <= set(connections[ALIAS].introspection.table_names(cursor)):
            return  # migrated backwards
        cursor.execute("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", [DOOR])
        (there,) = cursor.fetchone()
        for statement in (*POLICIES, *(RIGHTS if there else ())):
            cursor.execute(statement)
