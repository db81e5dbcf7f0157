"""Four hundred voters, the whole dump of both databases: whom does it name? (全库关联测试)

On ours nobody, beyond chance.  The specimens are there to prove that the attacker can see: each leaks in one way that
has been found in real systems, and there he must find nearly everyone.
"""

import hashlib
import random
from collections.abc import Callable, Iterator
from functools import partial
from uuid import UUID, uuid4

import pytest
from django.db import connections
from django.db.transaction import atomic

from selection.ballots import blind, box
from selection.ballots.codes import code_hash, make_codes, nullifier_of
from selection.ballots.credential import nullifier
from selection.ballots.sheet import packed
from tests.bench.measuring import at_once
from tests.selection.ballots.linking import Report, link
from tests.selection.ballots.rounds import SHEET, signing_key
from tests.selection.ballots.voter import Voter

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.covers("DEL-09")]

VOTERS = [f"voter-{number:03d}" for number in range(400)]
VOTES = [{"first": "agree", "second": "disagree"}, {"first": "disagree", "second": "agree"},
         {"first": "abstain", "second": "abstain"}]  # fmt: skip


@pytest.fixture
def roll() -> Iterator[None]:
    """The shape of a roll on the site: rows made before the meeting, updated as people draw their slips."""
    with connections["default"].cursor() as site:
        site.execute(
            "CREATE TABLE specimen_roll"
            " (id bigserial PRIMARY KEY, member text UNIQUE, channel text, drawn_at timestamptz, blinded_sha256 bytea)"
        )
        site.execute("INSERT INTO specimen_roll (member, channel) SELECT unnest(%s), 'none'", [VOTERS])
    yield
    with connections["default"].cursor() as site:
        site.execute("DROP TABLE specimen_roll")


@pytest.fixture
def specimen() -> Iterator[None]:
    """Tables as a hasty design has them: a slip's hash on the site, the same hash on the ballot."""
    with connections["default"].cursor() as site, connections["box"].cursor() as urn:
        site.execute("CREATE TABLE specimen_slip (id uuid PRIMARY KEY, code_sha256 bytea)")
        site.execute("CREATE TABLE specimen_ballot (id uuid PRIMARY KEY, vote text)")
        urn.execute("CREATE TABLE specimen_ballot (code_sha256 bytea PRIMARY KEY, vote text)")
        urn.execute("CREATE TABLE specimen_serial (id bigserial PRIMARY KEY, mark bytea, vote text)")
    yield
    with connections["default"].cursor() as site, connections["box"].cursor() as urn:
        site.execute("DROP TABLE specimen_slip, specimen_ballot")
        urn.execute("DROP TABLE specimen_ballot, specimen_serial")


class Election:
    """Who drew which slip, in which order people came, in which order they voted: only the test knows."""

    def __init__(self) -> None:
        self.arrivals = random.sample(VOTERS, len(VOTERS))
        self.casting = random.sample(VOTERS, len(VOTERS))
        self.drawn = dict(zip(VOTERS, make_codes(len(VOTERS)), strict=True))
        self.ballots: dict[str, bytes] = {}

    def check_in(self, also: Callable[[str], object] = lambda voter: None) -> list[str]:
        """Let everyone in, each in a transaction of its own; ``also`` is what a bad design does besides."""
        for voter in self.arrivals:
            with atomic(), connections["default"].cursor() as site:
                site.execute(
                    "UPDATE specimen_roll SET channel = 'slip', drawn_at = clock_timestamp() WHERE member = %s", [voter]
                )
                also(voter)
        return self.arrivals

    def link(self, check_in: Callable[[], list[str]], cast: Callable[[], dict[str, bytes]]) -> Report:
        """Attack this election."""
        return link(connections["default"], connections["box"], check_in, cast)


def prepare(election: Election) -> UUID:
    """Put the election's slips into the box."""
    round_id = uuid4()
    box.prepare(round_id, SHEET, [code_hash(code) for code in election.drawn.values()])
    return round_id


# --- ours ---------------------------------------------------------------------------------------------------------


@pytest.mark.covers("BOX-08")
@pytest.mark.parametrize("until", ["open", "tallied"])
def test_the_whole_dump_names_nobody(roll: None, until: str) -> None:
    election = Election()
    round_id = prepare(election)

    def cast() -> dict[str, bytes]:
        box.open(round_id)
        for voter in election.casting:
            box.cast(election.drawn[voter], random.choice(VOTES), attempt=uuid4().hex)
        if until == "tallied":
            box.close(round_id)
            box.tally(round_id)
        return {voter: nullifier_of(code) for voter, code in election.drawn.items()}

    report = election.link(election.check_in, cast)
    name, found = report.best
    assert found <= report.chance < 0.04, name
    assert len(report.hits) > 50


@pytest.mark.covers("BOX-08")
@pytest.mark.parametrize(("until", "threads"), [("open", 1), ("tallied", 16)])
def test_the_whole_dump_and_the_signing_key_link_no_credential(roll: None, until: str, threads: int) -> None:
    """The site even keeps its private key in the clear, and what each voter had signed."""
    round_id, key = uuid4(), signing_key()
    arrivals, casting = random.sample(VOTERS, len(VOTERS)), random.sample(VOTERS, len(VOTERS))
    browsers = {voter: Voter(round_id, key.public) for voter in VOTERS}
    signatures: dict[str, bytes] = {}

    def collect(voter: str) -> None:
        with atomic(), connections["default"].cursor() as site:
            blinded = browsers[voter].blinded
            site.execute(
                "UPDATE specimen_roll SET channel = 'online', drawn_at = clock_timestamp(), blinded_sha256 = %s"
                " WHERE member = %s",
                [hashlib.sha256(blinded).digest(), voter],
            )
            signatures[voter] = browsers[voter].collect(blind.blind_sign(key, blinded))

    def vote(voter: str) -> None:
        ours = browsers[voter]
        payload = packed(round_id, random.choice(VOTES))
        box.cast_signed(round_id, box.Signed(ours.message, signatures[voter], payload, ours.sign(payload)))

    def check_in() -> list[str]:
        with connections["default"].cursor() as site:
            site.execute("CREATE TABLE specimen_key AS SELECT %s::bytea AS private", [key.der])
        box.prepare(round_id, SHEET, [], key.public.der)
        at_once([partial(collect, voter) for voter in arrivals], threads)
        return arrivals

    def cast() -> dict[str, bytes]:
        box.open(round_id)
        at_once([partial(vote, voter) for voter in casting], threads)
        if until == "tallied":
            box.close(round_id)
            box.tally(round_id)
        return {voter: nullifier(browsers[voter].message) for voter in VOTERS}

    try:
        report = link(connections["default"], connections["box"], check_in, cast)
    finally:
        with connections["default"].cursor() as site:
            site.execute("DROP TABLE IF EXISTS specimen_key")
    name, found = report.best
    assert found <= report.chance < 0.04, name
    assert len(report.hits) > 50


def test_voting_as_one_comes_in_would_name_everybody(roll: None) -> None:
    """Why the box is opened when the slips are drawn, and not before: arrival and casting must be two phases."""
    election = Election()
    round_id = prepare(election)
    box.open(round_id)
    report = election.link(
        lambda: election.check_in(also=lambda voter: box.cast(election.drawn[voter], VOTES[0])),
        lambda: {voter: nullifier_of(code) for voter, code in election.drawn.items()},
    )
    assert report.best[1] >= 0.95


# --- specimens ----------------------------------------------------------------------------------------------------


def test_a_hash_stored_at_check_in_names_everybody(roll: None, specimen: None) -> None:
    """No column of the roll points to the slip: being written in the same transaction is enough."""
    election = Election()

    def store_hash(voter: str) -> None:
        with connections["default"].cursor() as site:
            site.execute("INSERT INTO specimen_slip VALUES (%s, %s)", [uuid4(), code_hash(election.drawn[voter])])

    def cast() -> dict[str, bytes]:
        truth = {voter: code_hash(code) for voter, code in election.drawn.items()}
        with connections["box"].cursor() as urn:
            for voter in election.casting:
                urn.execute("INSERT INTO specimen_ballot VALUES (%s, 'agree')", [truth[voter]])
        return truth

    report = election.link(lambda: election.check_in(store_hash), cast)
    assert report.best[1] >= 0.95
    assert max(hits for name, hits in report.hits.items() if name.startswith("equal: ") and "xmin" in name) >= 380


def test_roll_and_ballot_in_one_transaction_name_everybody(roll: None, specimen: None) -> None:
    """Random ids, no times, no keys between: the shape that passes every review."""
    election = Election()
    truth = {voter: uuid4() for voter in VOTERS}

    def also_cast(voter: str) -> None:
        with connections["default"].cursor() as site:
            site.execute("INSERT INTO specimen_ballot VALUES (%s, 'agree')", [truth[voter]])

    report = election.link(lambda: election.check_in(also_cast), lambda: truth)
    assert report.best[1] >= 0.95


def test_a_serial_number_on_ballots_cast_in_turn_names_everybody(roll: None, specimen: None) -> None:
    election = Election()
    truth = {voter: nullifier_of(code) for voter, code in election.drawn.items()}

    def cast() -> dict[str, bytes]:
        with connections["box"].cursor() as urn:
            for voter in election.arrivals:  # two transactions, two phases, but the same order
                urn.execute("INSERT INTO specimen_serial (mark, vote) VALUES (%s, 'agree')", [truth[voter]])
        return truth

    report = election.link(election.check_in, cast)
    assert report.best[1] >= 0.95
    assert max(hits for name, hits in report.hits.items() if name.startswith("order: ")) >= 380
