"""Three thousand electronic ballots: signed blind, cast through the box's own door, and closed in mid-flood (电子选票).

The voters are threads on the same machine that share a hundred kept connections.  What a
browser calculates is done before the clock starts.
"""

import base64
import json
import random
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from uuid import UUID, uuid4

import pytest
from django.db import connections

from selection.ballots import blind, box
from selection.ballots.sheet import packed
from tests.bench.hall import Asked, rush
from tests.bench.measuring import Times, scaled, seconds, tell
from tests.bench.served import web_server
from tests.selection.ballots.rounds import SHEET, VOTE, signing_key
from tests.selection.ballots.voter import Voter

pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True)]

VOTERS = scaled(3_000, least=100)
RACES = scaled(50, least=3)
RUSH = 120
"""Ballots on their way in one closing race."""


def collected(number: int) -> tuple[UUID, list[bytes]]:
    """A prepared round, and as many ballots as they are sent."""
    round_id, key = uuid4(), signing_key()
    box.prepare(round_id, SHEET, [], key.public.der)
    voters = [Voter(round_id, key.public) for _ in range(number)]
    payload, sent = packed(round_id, VOTE), []
    for voter in voters:
        parts = {
            "message": voter.message,
            "signature": voter.collect(blind.blind_sign(key, voter.blinded)),
            "payload": payload,
            "payload_signature": voter.sign(payload),
        }
        sent.append(json.dumps({name: base64.b64encode(part).decode() for name, part in parts.items()}).encode())
    return round_id, sent


def test_signing_blind() -> None:
    key = signing_key()
    waiting = [Voter(uuid4(), key.public).blinded for _ in range(min(VOTERS, 1000))]
    took = seconds(lambda: [blind.blind_sign(key, blinded) for blinded in waiting])
    tell(f"signed blind, RSA-3072, {blind.ARITHMETIC}", f"{len(waiting) / took:,.0f} a second")


def posted(round_id: UUID, ballots: list[bytes]) -> list[Asked]:
    """What the browsers of the voters send."""
    head = {"Content-Type": "application/json"}
    return [("POST", f"/box/rounds/{round_id}/ballots/", head, ballot) for ballot in ballots]


@pytest.mark.covers("BOX-24")
def test_three_thousand_cast() -> None:
    round_id, ballots = collected(VOTERS)
    box.open(round_id)
    with web_server("cadre.wsgi", DOOR="box") as address:
        began = perf_counter()
        answers = rush(address, posted(round_id, random.sample(ballots, len(ballots))))
        took = perf_counter() - began
    assert {status for status, _body, _took in answers} == {200}
    assert box.standing(round_id).returned == VOTERS
    times = Times([one for _status, _body, one in answers])
    tell(f"{VOTERS:,} electronic ballots cast, 2 × 4 threads", f"{took:.1f} s, {VOTERS / took:,.0f} a second, {times}")
    box.close(round_id)
    tell("counted, every signature checked again", f"{seconds(lambda: box.tally(round_id)):.1f} s")


def _close(round_id: UUID) -> None:
    try:
        box.close(round_id)
    finally:
        connections["box"].close()


@pytest.mark.covers("BOX-25")
def test_closing_races() -> None:
    """Whatever the moment of closing: what was accepted is in the box, and nothing else."""
    accepted = 0
    rounds = [collected(RUSH) for _ in range(RACES)]
    with web_server("cadre.wsgi", DOOR="box") as address:
        for round_id, ballots in rounds:
            box.open(round_id)
            moment = random.randrange(RUSH)
            before, after = ballots[:moment], ballots[moment:]
            rush(address, posted(round_id, before[:-20]))
            with ThreadPoolExecutor(1) as closing:
                done = closing.submit(_close, round_id)
                answers = rush(address, posted(round_id, before[-20:] + after))
                done.result()
            taken = len(before[:-20]) + sum(status == 200 for status, _body, _took in answers)
            assert {status for status, _body, _took in answers} <= {200, 409}
            assert box.standing(round_id).returned == taken == box.tally(round_id).valid
            accepted += taken
    tell(f"{RACES} closing races of {RUSH} ballots", f"{accepted:,} accepted, all in the box, and no other")
