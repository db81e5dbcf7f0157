"""The box's process, or PostgreSQL, is killed while ballots pour in: what was accepted is there (投票洪峰中的故障演练).

``make faults`` kills twenty times, ``make test`` twice.  Every voter sends the same bytes until they are answered.
"""

import base64
import json
import os
import random
import signal
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.client import HTTPException
from uuid import uuid4

import psutil
import pytest

from selection.ballots import blind, credential
from selection.ballots.codes import tracker_of
from selection.ballots.sheet import packed
from tests.faults import looking
from tests.faults.killing import Death, is_back, processes
from tests.faults.visiting import until
from tests.selection.ballots.rounds import VOTE
from tests.selection.ballots.voter import Voter
from tests.served import Site, gone, scratch

TWENTY = int(os.environ.get("KILLS", "20"))
SEED = int(os.environ.get("SEED", "0")) or time.time_ns() % 1_000_000
AT_ONCE = 16
A_KILL = 150
"""How many ballots there are for each time that something is killed: the flood never ends before the killing does."""


@pytest.fixture
def site() -> Iterator[Site]:
    """A served site with nobody in it: the box is all that is asked."""
    with scratch() as data:
        served = Site(data, DEMONSTRATION="no").until_it_answers()
        try:
            yield served
        finally:
            family = served.family()
            assert served.end(signal.SIGTERM) == 0
            assert gone(family) == []
            assert served.process.stdout is not None
            served.process.stdout.close()


@pytest.mark.journey
@pytest.mark.slow
@pytest.mark.covers("BOX-27")
def test_what_was_accepted_survives_two_kills(site: Site) -> None:
    run(site, ["box", "PostgreSQL"])


@pytest.mark.faults
@pytest.mark.covers("BOX-27")
def test_what_was_accepted_survives_twenty_kills(site: Site) -> None:
    kinds = ["box", "box process", "PostgreSQL", "PostgreSQL"]
    run(site, [kinds[nth % len(kinds)] for nth in range(TWENTY)])


class Flood:
    """Voters who all cast at once and do not give up, with what each was answered."""

    def __init__(self, site: Site, voters: int) -> None:
        self.site, self.id, self.key = site, uuid4(), blind.make_key()
        self.ballots = dict(self.filled() for _ in range(voters))
        self.receipts: dict[bytes, str] = {}
        self.unanswered: set[bytes] = set()
        self.stop = threading.Event()
        self._lock = threading.Lock()

    def filled(self) -> tuple[bytes, bytes]:
        """The key of one ballot in the box, and the ballot as it is sent."""
        one = Voter(self.id, self.key.public)
        payload = packed(self.id, VOTE)
        parts = {
            "message": one.message,
            "signature": one.collect(blind.blind_sign(self.key, one.blinded)),
            "payload": payload,
            "payload_signature": one.sign(payload),
        }
        body = json.dumps({name: base64.b64encode(part).decode() for name, part in parts.items()})
        return credential.nullifier(one.message), body.encode()

    def pour(self) -> None:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(self.cast, self.ballots))

    def cast(self, nullifier: bytes) -> None:
        """Send one ballot until it is answered, and keep the receipt."""
        while (answer := self.send(nullifier)) is None:
            with self._lock:
                self.unanswered.add(nullifier)
            if self.stop.wait(0.2):
                return
        with self._lock:
            self.receipts[nullifier] = answer

    def send(self, nullifier: bytes) -> str | None:
        """The receipt, or None where no answer came from which anybody could tell what became of the ballot."""
        address = f"http://{self.site.box_address}/box/rounds/{self.id}/ballots/"
        request = urllib.request.Request(address, self.ballots[nullifier], {"Content-Type": "application/json"})
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with direct.open(request, timeout=60) as answer:
                told = json.loads(answer.read())
        except urllib.error.HTTPError as refused:
            with refused:
                if refused.code < 500:
                    raise
                return None
        except (OSError, HTTPException):
            return None
        assert told["tracker"] == tracker_of(nullifier)
        return str(told["receipt"])

    def accepted(self) -> set[bytes]:
        with self._lock:
            return set(self.receipts)

    def in_the_box(self) -> list[bytes]:
        sql = "SELECT nullifier FROM ballots_ballot WHERE round = %s"
        return [bytes(key) for (key,) in looking.rows(self.site, sql, str(self.id), database="box")]


def run(site: Site, kinds: list[str]) -> None:
    """Kill one of each of these while the ballots pour in, look each time, and at the end at all."""
    chance = random.Random(SEED)
    flood = Flood(site, A_KILL * (len(kinds) + 1))
    verb(site, "open", flood.id, flood.key.public.der.hex())
    pouring = threading.Thread(target=flood.pour)
    pouring.start()
    back: dict[str, list[float]] = {}
    try:
        for nth, kind in enumerate(kinds):
            moment = nth * A_KILL + chance.randrange(1, A_KILL)
            until(lambda moment=moment: len(flood.accepted()) >= moment, "ballots are accepted")  # type: ignore[misc]
            before, death = flood.accepted(), kill(site, kind, chance)
            back.setdefault(kind, []).append(until(lambda death=death: seconds_until(site, death), f"{kind} is back"))  # type: ignore[misc]
            assert before <= set(flood.in_the_box()), f"a ballot was accepted and was lost with {kind}"
    except BaseException:
        flood.stop.set()
        raise
    finally:
        pouring.join()
    held = flood.in_the_box()
    assert len(held) == len(set(held))
    assert set(held) == flood.accepted() == set(flood.ballots)
    assert flood.unanswered, "nothing was on its way when something was killed"
    for nullifier in chance.sample(sorted(flood.unanswered), min(10, len(flood.unanswered))):
        assert flood.send(nullifier) == flood.receipts[nullifier]
    assert len(flood.in_the_box()) == len(held)
    assert verb(site, "count", flood.id) == str(len(held))
    print(f"\n    seed {SEED}: {len(held):,} ballots accepted, {len(flood.unanswered):,} of them sent again")
    for kind, seconds in back.items():
        print(f"    {kind:<18}{len(seconds):>6} times, back after {max(seconds):.1f} s at most")


def verb(site: Site, *words: object) -> str:
    done = site.run_python("-m", "tests.faults.urn", *map(str, words))
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip()


def kill(site: Site, kind: str, chance: random.Random) -> Death:
    """End one process of this kind at once."""
    while True:
        victim = chance.choice(until(lambda: processes(site, kind), f"{kind} is there"))
        with suppress(psutil.NoSuchProcess):
            victim.kill()
            return Death(kind, victim.pid, time.monotonic())


def seconds_until(site: Site, death: Death) -> float | None:
    """After how long another process does the work of the one that was killed."""
    return time.monotonic() - death.at if is_back(site, death) else None
