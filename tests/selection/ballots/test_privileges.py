"""The account of the box's process adds ballots, and PostgreSQL lets it do nothing else to them (票箱进程的权限)."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from typing import Any

import psycopg2
import pytest
from django.db import connections
from django.test import Client

from selection.ballots import box
from selection.ballots.codes import code_hash, nullifier_of
from selection.ballots.privileges import DOOR
from tests.selection.ballots.rounds import VOTE, Round, collected, opened, signed_round
from tools import servers

pytestmark = pytest.mark.django_db(databases=["default", "box"], transaction=True)


def entered(database: str) -> Any:
    """A connection of that account."""
    settings = connections["box"].settings_dict
    connection = psycopg2.connect(host=settings["HOST"], port=settings["PORT"] or None, user=DOOR, dbname=database)
    connection.autocommit = True
    return connection


@pytest.fixture
def round_() -> Round:
    """An open round with one ballot in it and one slip left."""
    made = opened(slips=2)
    box.cast(made.codes[0], VOTE)
    return made


@pytest.fixture
def door(round_: Round) -> Iterator[Any]:
    with closing(entered(connections["box"].settings_dict["NAME"])) as connection, connection.cursor() as cursor:
        yield cursor


def test_the_account_is_called_the_same_everywhere() -> None:
    assert servers.DOOR == DOOR


def test_everything_that_members_do_goes_by_that_account(round_: Round, door: Any, voter: Client) -> None:
    """The box's own door, with its own connection: to look, to cast, to send it again, to see the list."""
    electronic = signed_round()
    connection, used = connections["box"], connections["box"].settings_dict["USER"]
    connection.close()
    connection.settings_dict["USER"] = DOOR
    try:
        assert box.look(round_.codes[1]).round_id == round_.id
        receipt = box.cast(round_.codes[1], VOTE, attempt="one")
        assert box.cast(round_.codes[1], VOTE, attempt="one") == receipt
        with pytest.raises(box.CastRefused):
            box.cast(round_.codes[1], VOTE, attempt="another")
        assert box.standing(round_.id).returned == 2
        with pytest.raises(box.BoxRefused):
            box.trackers(round_.id)
        holder = collected(electronic.id)
        assert box.look_at(electronic.id).state == box.State.OPEN
        signed = box.cast_signed(electronic.id, holder.fill(VOTE))
        assert box.cast_signed(electronic.id, holder.fill(VOTE)) == signed
        with pytest.raises(box.CastRefused):
            box.cast_signed(electronic.id, holder.fill({"first": "abstain", "second": "abstain"}))
        with pytest.raises(box.CastRefused):
            box.cast_signed(electronic.id, replace(holder.fill(VOTE), signature=b""))
        assert box.standing(electronic.id).refused == {"forged": 1}
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user")
            assert cursor.fetchone() == (DOOR,)
    finally:
        connection.close()
        connection.settings_dict["USER"] = used
    for counted in (round_, electronic):
        box.close(counted.id)
        box.tally(counted.id)
    assert (box.standing(round_.id).returned, box.standing(electronic.id).returned) == (2, 1)
    connection.close()
    connection.settings_dict["USER"] = DOOR
    try:  # the list that everybody may see, without reading a ballot
        listed = voter.get(f"/box/{electronic.id}/ballots/").content.decode()
        assert signed.tracker in listed
        assert box.standing(electronic.id).root.hex() in listed
    finally:
        connection.close()
        connection.settings_dict["USER"] = used
    assert box.root(electronic.id) == box.standing(electronic.id).root


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ballots_ballot SET payload = 'x'",
        "UPDATE ballots_ballot SET round = round",
        "DELETE FROM ballots_ballot",
        "TRUNCATE ballots_ballot",
        "SELECT payload FROM ballots_ballot",
        "SELECT * FROM ballots_ballot",
        "INSERT INTO ballots_ballot SELECT * FROM ballots_ballot",
        "UPDATE ballots_boxstate SET state = 'closed'",
        "UPDATE ballots_boxstate SET round = gen_random_uuid()",
        "UPDATE ballots_boxstate SET manifest = '{}'",
        "DELETE FROM ballots_boxstate",
        "INSERT INTO ballots_boxstate VALUES (gen_random_uuid(), 'open', '{}')",
        "INSERT INTO ballots_slipcode VALUES ('x', gen_random_uuid())",
        "UPDATE ballots_slipcode SET round = gen_random_uuid()",
        "DELETE FROM ballots_slipcode",
        "SELECT * FROM ballots_line",
        "INSERT INTO ballots_line VALUES ('x', gen_random_uuid(), 'one', 'agree')",
        "DELETE FROM django_migrations",
        "CREATE TABLE elsewhere (x text)",
        "CREATE TEMPORARY TABLE elsewhere (x text)",
        "ALTER TABLE ballots_ballot ADD COLUMN voter text",
        "CREATE POLICY everything ON ballots_boxstate USING (true)",
        "SET ROLE cadre",
        "COPY ballots_ballot TO '/tmp/ballots'",
        "SET log_statement = 'all'",
    ],
)
def test_anything_else_is_refused(door: Any, statement: str) -> None:
    if statement.startswith("CREATE TEMPORARY"):
        forbid_temporary_tables()
    with pytest.raises(psycopg2.errors.InsufficientPrivilege):
        door.execute(statement)


def forbid_temporary_tables() -> None:
    """As `serve` and the containers do with the box; the database of a test is another one."""
    with connections["box"].cursor() as cursor:
        cursor.execute(f'REVOKE TEMPORARY ON DATABASE "{connections["box"].settings_dict["NAME"]}" FROM PUBLIC')


def test_a_ballot_and_nothing_else_is_added(round_: Round, door: Any) -> None:
    key = nullifier_of(round_.codes[1])
    door.execute(
        "INSERT INTO ballots_ballot (nullifier, round, payload, retry_sha256, message, signature, payload_signature)"
        " VALUES (%s, %s, 'x', 'y', '', '', '')",
        [key, str(round_.id)],
    )
    door.execute("SELECT count(*) FROM ballots_ballot")
    assert door.fetchone() == (2,)
    door.execute("SELECT count(*) FROM ballots_slipcode WHERE code_sha256 = %s", [code_hash(round_.codes[0])])
    assert door.fetchone() == (1,)


def test_the_account_cannot_enter_the_database_of_the_site() -> None:
    with closing(entered("box")):
        pass
    with pytest.raises(psycopg2.OperationalError, match='permission denied for database "site"'):
        entered("site")


def test_every_table_of_the_box_was_thought_of() -> None:
    """A new table is closed to this account until somebody says otherwise."""
    with connections["box"].cursor() as cursor:
        cursor.execute(
            "SELECT table_name, privilege_type FROM information_schema.table_privileges"
            " WHERE grantee = %s ORDER BY 1, 2",
            [DOOR],
        )
        assert cursor.fetchall() == [
            ("ballots_ballot", "INSERT"),
            ("ballots_boxstate", "SELECT"),
            ("ballots_refusal", "INSERT"),
            ("ballots_refusal", "SELECT"),
            ("ballots_slipcode", "SELECT"),
            ("django_migrations", "SELECT"),
        ]
        cursor.execute(
            "SELECT column_name FROM information_schema.column_privileges WHERE grantee = %s"
            " AND privilege_type = 'SELECT' AND table_name = 'ballots_ballot' ORDER BY 1",
            [DOOR],
        )
        assert [name for (name,) in cursor.fetchall()] == [
            "nullifier",
            "payload_signature",
            "retry_sha256",
            "round",
        ]


def test_the_database_of_the_box_is_silent_whatever_the_server_is_told() -> None:
    with closing(entered("box")) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [sorted(servers.QUIET)])
        assert dict(cursor.fetchall()) == servers.QUIET
        cursor.execute(
            "SELECT count(*) FROM pg_db_role_setting s, unnest(setconfig) AS one"
            " WHERE setdatabase = (SELECT oid FROM pg_database WHERE datname = 'box') AND one ~ '^(log|debug)_'"
        )
        assert cursor.fetchone() == (len(servers.QUIET),)
