"""A hall full of members, each with an account, a session and a browser (测试用的大会场).

The committee of a county is copied until it has so many; what they send goes to a web server as browsers send it.
"""

import base64
import http.client
import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import copy
from datetime import timedelta
from queue import SimpleQueue
from time import perf_counter, time
from typing import Any, TypeVar

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection, models
from django.utils import timezone

from cadre.middleware import SEEN
from selection.models import Account, Attendance, RollMember, Round, Seat
from selection.models.mandate import Holding
from selection.register.models import Person
from tests.bench.scale import triggers_asleep
from tests.factories import Course
from tests.selection.ballots.voter import Voter

CONNECTIONS = 100
TOKEN = "a" * 32
"""What the page would have given against forged requests; cookie and head agree."""

Asked = tuple[str, str, dict[str, str], bytes]


def ask(path: str, session: str, round_: Round, voter: Voter) -> Asked:
    """What the browser of one member sends."""
    head = {
        "Cookie": f"office={session}; csrftoken={TOKEN}",
        "X-CSRFToken": TOKEN,
        "Content-Type": "application/json",
    }
    body = json.dumps({"blinded": {str(round_.box): base64.b64encode(voter.blinded).decode()}})
    return "POST", path, head, body.encode()


def rush(address: str, asked: Sequence[Asked], at_once: int = CONNECTIONS) -> list[tuple[int, bytes, float]]:
    """Status, body and seconds of each, so many at a time."""
    spare: SimpleQueue[http.client.HTTPConnection] = SimpleQueue()
    for _ in range(at_once):
        spare.put(http.client.HTTPConnection(address, timeout=120))

    def send(one: Asked) -> tuple[int, bytes, float]:
        method, path, head, body = one
        connection, began = spare.get(), perf_counter()
        try:
            for attempt in (0, 1):  # a kept connection may have been closed by the server
                try:
                    connection.request(method, path, body or None, head)
                    answer = connection.getresponse()
                    return answer.status, answer.read(), perf_counter() - began
                except (http.client.RemoteDisconnected, ConnectionResetError):
                    assert attempt == 0
                    connection.close()
            raise AssertionError
        finally:
            spare.put(connection)

    with ThreadPoolExecutor(at_once) as pool:
        answers = list(pool.map(send, asked))
    while not spare.empty():
        spare.get().close()
    return answers


# --- the members -------------------------------------------------------------------------------------------------


Row = TypeVar("Row", bound=models.Model)


def swollen(course: Course, number: int) -> list[Account]:
    """Copy a member until the prepared round has so many on its roll; their accounts."""
    round_ = course.round
    own = RollMember.objects.filter(round=round_).select_related("seat__person").last()
    assert own is not None
    account = Account.objects.get(person=own.seat.person)
    more = number - round_.roll.count()
    with triggers_asleep():
        people = Person.objects.bulk_create(copied(own.seat.person, name=f"赵示第{nth}") for nth in range(more))
        seats = Seat.objects.bulk_create(
            copied(own.seat, person=one, rank=1000 + nth) for nth, one in enumerate(people)
        )
        accounts = Account.objects.bulk_create(
            copied(account, person=one, username=f"weiyuan{nth}", name=one.name) for nth, one in enumerate(people)
        )
        for holding in Holding.objects.filter(account=account):
            Holding.objects.bulk_create(copied(holding, account=one) for one in accounts)
        there = Attendance.objects.get(meeting=course.meeting, seat=own.seat)
        Attendance.objects.bulk_create(copied(there, person=one.person, seat=one) for one in seats)
        RollMember.objects.bulk_create(copied(own, seat=one) for one in seats)
        Round.objects.filter(pk=round_.pk).update(due_count=number, present_count=number)
    return list(Account.objects.filter(person__in=[row.seat.person_id for row in round_.roll.select_related("seat")]))


def copied(row: Row, **changed: Any) -> Row:
    made = copy(row)
    made._state = models.base.ModelState()
    for name, value in {"pk": None, **changed}.items():
        setattr(made, name, value)
    return made


def logged_in(accounts: Sequence[Account]) -> list[str]:
    """A session for each, as a log-in leaves it."""
    made = []
    for account in accounts:
        store = SessionStore()
        content = {
            SESSION_KEY: str(account.pk),
            BACKEND_SESSION_KEY: "django.contrib.auth.backends.ModelBackend",
            HASH_SESSION_KEY: account.get_session_auth_hash(),
            SEEN: int(time()),
        }
        until = timezone.now() + timedelta(hours=1)
        made.append(
            Session(session_key=store._get_new_session_key(), session_data=store.encode(content), expire_date=until)
        )
    Session.objects.bulk_create(made)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")  # what a site does by itself after a while
    return [one.session_key for one in made]
