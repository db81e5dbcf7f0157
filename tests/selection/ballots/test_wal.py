"""The write-ahead log and two backups, in the attacker's hands with everything else (预写日志与两次备份的关联测试).

The log names every row that was written, in which transaction, in which order and when it was committed.  Where arrival
and casting are two phases in different orders, that is as good as guessing; where they are one, it names everybody.
"""

import random
import re
import subprocess
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.transaction import atomic

from selection.ballots import blind, box
from selection.ballots.credential import nullifier
from selection.ballots.sheet import packed
from tests.selection.ballots.linking import Rows, attack, dump
from tests.selection.ballots.rounds import SHEET, VOTE, signing_key
from tests.selection.ballots.voter import Voter
from tools import servers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.covers("DEL-09")]

VOTERS = [f"voter-{number:03d}" for number in range(400)]
_WRITTEN = re.compile(
    r"rmgr: Heap2?\s.*?tx:\s*(?P<tx>\d+), lsn: (?P<lsn>[0-9A-F/]+),.*?"
    r"desc: (?:INSERT|UPDATE|HOT_UPDATE)(?:\+INIT)?\s+.*?(?:new_off|\boff)\W+(?P<off>\d+).*?"
    r"rel \d+/(?P<database>\d+)/(?P<file>\d+)(?: fork main)? blk (?P<block>\d+)"
)
_COMMITTED = re.compile(r"rmgr: Transaction.*?tx:\s*(?P<tx>\d+),.*?desc: COMMIT (?P<at>\S+ \S+)")


@pytest.fixture
def roll() -> Iterator[None]:
    with connections["default"].cursor() as site:
        site.execute("CREATE TABLE specimen_roll (member text PRIMARY KEY, channel text)")
        site.execute("INSERT INTO specimen_roll SELECT unnest(%s), 'none'", [VOTERS])
    yield
    with connections["default"].cursor() as site:
        site.execute("DROP TABLE specimen_roll")


class Election:
    """Four hundred electronic ballots."""

    def __init__(self) -> None:
        self.id, self.key = uuid4(), signing_key()
        self.browsers = {voter: Voter(self.id, self.key.public) for voter in VOTERS}
        box.prepare(self.id, SHEET, [], self.key.public.der)
        box.open(self.id)
        self.began = _position()

    def collect(self, voter: str) -> None:
        with atomic(), connections["default"].cursor() as site:
            site.execute("UPDATE specimen_roll SET channel = 'online' WHERE member = %s", [voter])

    def cast(self, voter: str) -> None:
        ours = self.browsers[voter]
        signature = ours.collect(blind.blind_sign(self.key, ours.blinded))
        payload = packed(self.id, VOTE)
        box.cast_signed(self.id, box.Signed(ours.message, signature, payload, ours.sign(payload)))

    @property
    def truth(self) -> dict[str, bytes]:
        return {voter: nullifier(browser.message) for voter, browser in self.browsers.items()}

    def attacked(self) -> tuple[str, float, float]:
        """The best attack with the log, the share that it names, and the share that luck may name."""
        log = {
            "wal.roll": _in_the_log(self.began, connections["default"], "specimen_roll", "member"),
            "wal.ballot": _in_the_log(self.began, connections["box"], "ballots_ballot", "nullifier"),
        }
        assert {name: len(rows) for name, rows in log.items()} == dict.fromkeys(log, len(VOTERS))
        report = attack(connections["default"], connections["box"], self.truth, log)
        assert any("wal.roll" in name and "wal.ballot" in name for name in report.hits)
        return (*report.best, report.chance)


@pytest.mark.covers("BOX-09")
def test_the_write_ahead_log_names_nobody(roll: None) -> None:
    election = Election()
    for voter in random.sample(VOTERS, len(VOTERS)):
        election.collect(voter)
    for voter in random.sample(VOTERS, len(VOTERS)):
        election.cast(voter)
    name, found, chance = election.attacked()
    assert found <= chance < 0.04, name


def test_the_write_ahead_log_names_everybody_who_votes_as_he_comes(roll: None) -> None:
    """Not the credential hides it but the two phases: this is what the log shows where there is one."""
    election = Election()
    for voter in random.sample(VOTERS, len(VOTERS)):
        election.collect(voter)
        election.cast(voter)
    _name, found, _chance = election.attacked()
    assert found >= 0.95


@pytest.mark.covers("BOX-09")
def test_what_changed_between_two_backups_splits_ballots_and_no_voters(roll: None) -> None:
    election = Election()
    for voter in random.sample(VOTERS, len(VOTERS)):
        election.collect(voter)
    order = random.sample(VOTERS, len(VOTERS))
    before = dump(connections["default"])
    for voter in order[:160]:
        election.cast(voter)
    middle, ballots = dump(connections["default"]), dump(connections["box"])["ballots_ballot"]
    for voter in order[160:]:
        election.cast(voter)
    assert len(ballots) == 160, "a backup in the middle tells which ballots came first"
    end = dump(connections["default"])
    changed = [name for name in before if not before[name] == middle[name] == end[name]]
    assert changed == [], "and nothing on the site tells whose they are"


def _position() -> str:
    with connections["default"].cursor() as cursor:
        cursor.execute("SELECT pg_current_wal_insert_lsn()")
        (position,) = cursor.fetchone()
    return str(position)


def _in_the_log(since: str, connection: BaseDatabaseWrapper, table: str, key: str) -> Rows:
    """The rows of a table as the log has them: in its order, with position, transaction and time of commit."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_relation_filenode(%s), oid FROM pg_database WHERE datname = current_database()", [table]
        )
        file, database = cursor.fetchone()
        cursor.execute(f'SELECT ctid::text, "{key}" FROM "{table}"')
        keys = {place: bytes(value) if isinstance(value, memoryview) else value for place, value in cursor.fetchall()}
        cursor.execute("SELECT pg_switch_wal(), current_setting('data_directory')")
        until, folder = cursor.fetchone()
    told = subprocess.run(
        [
            str(servers.postgres_programs() / "pg_waldump"),
            "--path",
            f"{folder}/pg_wal",
            "--start",
            since,
            "--end",
            until,
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    committed = {found["tx"]: found["at"] for found in _COMMITTED.finditer(told)}
    rows: dict[Any, dict[str, Any]] = {}
    for line in told.splitlines():
        found = _WRITTEN.search(line)
        if not found or (found["file"], found["database"]) != (str(file), str(database)):
            continue
        who = keys.get(f"({found['block']},{found['off']})")
        if who is not None:
            high, low = found["lsn"].split("/")
            rows[who] = {
                key: who,
                "ctid": len(rows),
                "lsn": int(high, 16) << 32 | int(low, 16),
                "tx": int(found["tx"]),
                "committed_at": datetime.fromisoformat(committed[found["tx"]]),
            }
    return sorted(rows.values(), key=lambda row: row["lsn"])
