"""Three thousand members collect an electronic ballot each, through the web server as the site runs it (签到领票).

The committee of a county is copied until it has so many members, each logged in already and with a browser of its own,
which has blinded its message before the clock starts.  What is timed is all that the site does from there on: the
log-in's session, permissions, the act with its entry in the record, the signature.
"""

import base64
import json
import random
from time import perf_counter

import psutil
import pytest
from django.db import connection

from audit.models import Entry
from selection.ballots import blind
from selection.enums import BallotChannel
from tests.bench.hall import ask, logged_in, rush, swollen
from tests.bench.measuring import Times, scaled, tell
from tests.bench.served import web_server
from tests.factories import Point, run_to
from tests.selection.ballots.voter import Voter

pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True)]

MEMBERS = scaled(3_000, least=60)


@pytest.mark.covers("BOX-24")
def test_three_thousand_collect() -> None:
    course = run_to(Point.PREPARED)
    accounts = swollen(course, MEMBERS)
    sessions = logged_in(accounts)
    round_ = course.round
    key = blind.PublicKey.from_der(bytes(round_.key.public))
    voters = [Voter(round_.box, key) for _ in accounts]
    path = f"/office/meetings/{course.meeting.pk}/collect/"
    with web_server("cadre.wsgi") as address:
        asked = [ask(path, session, round_, voter) for session, voter in zip(sessions, voters, strict=True)]
        rush(address, random.sample([("GET", path, {"Cookie": f"office={one}"}, b"") for one in sessions], 40))
        before = used(address)
        began = perf_counter()
        answers = rush(address, asked)
        took = perf_counter() - began
        cpu = {name: spent - before[name] for name, spent in used(address).items()}
        again = rush(address, asked[:40])
    assert {status for status, _body, _took in answers} == {200}
    for voter, (_status, body, _took) in zip(voters, answers, strict=True):
        voter.collect(base64.b64decode(json.loads(body)["signed"][str(round_.box)]))
    assert [body for _status, body, _took in again] == [body for _status, body, _took in answers[:40]]
    assert course.round.roll.filter(channel=BallotChannel.ONLINE).count() == MEMBERS
    assert Entry.objects.filter(action="collect_ballot").count() == MEMBERS
    times = Times([one for _status, _body, one in answers])
    spent = ", ".join(f"{name} {seconds:.1f}" for name, seconds in cpu.items())
    tell(f"{MEMBERS:,} collected, 2 × 4 threads", f"{took:.1f} s, {MEMBERS / took:,.0f} a second, {times}")
    tell("seconds of a core meanwhile", spent)


def used(address: str) -> dict[str, float]:
    """Seconds of a core that the web server, PostgreSQL and those who ask have used so far."""
    port = int(address.split(":")[1])
    asking = psutil.Process()
    web = next(one for one in asking.children() if any(f":{port}" in word for word in one.cmdline()))
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        base = psutil.Process(cursor.fetchone()[0]).parent()
    return {"web": _spent(web), "PostgreSQL": _spent(base), "asking": sum(asking.cpu_times()[:2])}


def _spent(one: psutil.Process) -> float:
    """By a process and its children, those that have ended too."""
    return sum(one.cpu_times()[:4]) + sum(sum(child.cpu_times()[:2]) for child in one.children())
