"""A vote of sixty with every log at its loudest: none of them holds a ballot, or what leads to one (整场票决的日志).

The logs are those of the site, its worker, the box and gunicorn, and PostgreSQL's own.  Meanwhile ballots are sent
twice, tables are missing, and a ballot waits for a lock so long that it is told.  Where the same loggers write as they
do elsewhere, and where the server is told to write statements, the same search finds what it looks for.
"""

import base64
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from bs4 import BeautifulSoup
from django.db import connections
from django.db.transaction import atomic

from cadre import wellbeing
from selection.ballots import blind, box, credential
from selection.ballots.codes import code_hash, nullifier_of, tracker_of
from selection.ballots.sheet import packed
from selection.enums import Choice
from selection.stages.deliberation import ballot
from tests.bench.hall import ask as asked
from tests.bench.hall import logged_in, rush, swollen
from tests.bench.served import address_of, web_server
from tests.cadre.test_box_process import WHO, ask, running, styles
from tests.factories import SCRUTINEERS, Course, Point, run_to
from tests.faults.visiting import Ledger, Visitor, values_of
from tests.selection.ballots.rounds import VOTE, Round, collected, signed_round
from tests.selection.ballots.voter import Voter
from tests.served import ROOT

__all__ = ["styles"]

pytestmark = [pytest.mark.slow, pytest.mark.django_db(databases=["default", "box"], transaction=True)]

VOTERS = 60
BY_SLIP = 11
LOUDEST = {"log_min_messages": "debug5", "log_lock_waits": "on", "deadlock_timeout": "20ms"}
OF_THE_BOX = ("127.0.0.1", "192.0.2.7", "geheim", "Mozilla", "/box/", "INSERT", "SELECT")


@dataclass
class Told:
    """Everything by which a ballot of this vote could be known again."""

    words: set[str] = field(default_factory=set)

    def key(self, nullifier: bytes) -> None:
        self.binary(nullifier)
        self.words.add(tracker_of(nullifier))

    def binary(self, value: bytes) -> None:
        """Any stretch in the middle, as hexadecimal digits and as base64 at each of its three places."""
        middle = value[len(value) // 4 : len(value) // 4 + 24]
        self.words |= {middle.hex(), middle.hex().upper(), repr(middle)[2:-1]}
        self.words |= {base64.b64encode(middle[at:]).decode()[:24] for at in range(3)}

    def found_in(self, text: str) -> list[str]:
        return sorted(word for word in self.words if word in text)


def body_of(ballot_: box.Signed, told: Told) -> bytes:
    """A ballot as the browser sends it; what is in it is told."""
    parts = {
        "message": ballot_.message,
        "signature": ballot_.signature,
        "payload": ballot_.payload,
        "payload_signature": ballot_.payload_signature,
    }
    for part in parts.values():
        told.binary(part)
    told.words.add(ballot_.payload.decode(errors="replace").strip()[-40:])
    told.key(credential.nullifier(ballot_.message))
    return json.dumps({name: base64.b64encode(part).decode() for name, part in parts.items()}).encode()


@contextmanager
def server_told(**settings: str) -> Iterator[Path]:
    """PostgreSQL's own log, from here on, with these settings on the database of the box."""
    name = connections["box"].settings_dict["NAME"]
    with connections["box"].cursor() as cursor:
        for one, value in settings.items():
            cursor.execute(f'ALTER DATABASE "{name}" SET {one} = %s', [value])
        cursor.execute("SHOW data_directory")
        log = Path(cursor.fetchone()[0]).parent / "log" / "postgres.log"
    connections["box"].close()
    try:
        yield log
    finally:
        with connections["box"].cursor() as cursor:
            cursor.execute(f'ALTER DATABASE "{name}" RESET ALL')
        connections["box"].close()


@contextmanager
def worker(said: Path) -> Iterator[None]:
    """The worker of the site at its loudest."""
    environment = os.environ | {
        "DATABASE_URL": address_of("default", "DATABASE_URL"),
        "BOX_DATABASE_URL": address_of("box", "BOX_DATABASE_URL"),
        "DJANGO_SETTINGS_MODULE": "tests.cadre.at_debug",
        "PYTHONWARNINGS": "ignore",
    }
    command = [sys.executable, "-m", "celery", "--app", "cadre", "worker", "--loglevel", "DEBUG", "--pool", "solo"]
    with said.open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            yield
        finally:
            process.terminate()
            process.wait(60)


@contextmanager
def away(table: str) -> Iterator[None]:
    """A table of the box is missing, so that whoever needs it fails."""
    with connections["box"].cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} RENAME TO elsewhere")
        try:
            yield
        finally:
            cursor.execute(f"ALTER TABLE elsewhere RENAME TO {table}")


@contextmanager
def held_up(round_: object) -> Iterator[None]:
    """Ballots wait; what is inside may go on once PostgreSQL has told that one has waited for long."""
    with atomic(using="box"), connections["box"].cursor() as cursor:
        cursor.execute("SELECT FROM ballots_boxstate WHERE round = %s FOR UPDATE", [str(round_)])
        yield
        waited = "SELECT count(*) FROM pg_locks WHERE NOT granted AND waitstart < clock_timestamp() - interval '0.1 s'"
        while True:
            cursor.execute(waited)
            if cursor.fetchone()[0]:
                return


@pytest.mark.covers("BOX-11")
def test_no_log_of_a_vote_of_sixty_holds_a_ballot(styles: Path, tmp_path: Path) -> None:
    course, told = run_to(Point.PREPARED), Told()
    of_the_site, of_the_box, of_the_worker = (tmp_path / f"{name}.log" for name in ("site", "box", "worker"))
    with ExitStack() as running_now:
        server = running_now.enter_context(server_told(**LOUDEST))
        begin = server.stat().st_size
        loud = {"DJANGO_SETTINGS_MODULE": "tests.cadre.at_debug", "PYTHONWARNINGS": "ignore"}
        running_now.enter_context(worker(of_the_worker))
        urn = running_now.enter_context(running(styles, of_the_box))
        site = running_now.enter_context(web_server("cadre.wsgi", said=of_the_site, **loud))
        sent = collect(course, site, told)
        open_box(course, site)
        cast(course, urn, sent, told)
        close_box(course, site)
    assert (course.round.returned, course.round.valid) == (VOTERS, VOTERS)
    logs = {
        "site": of_the_site.read_text(),
        "box": of_the_box.read_text(),
        "worker": of_the_worker.read_text(),
        "PostgreSQL": server.read_bytes()[begin:].decode(errors="replace"),
    }
    # Each of them was loud, and each met what could have made it tell.
    assert "ballots_line" in logs["site"]
    assert "selection_round" in logs["site"]
    assert "The box failed" in logs["box"]
    assert logs["box"].count("django.db.backends") > VOTERS
    assert "DEBUG" in logs["worker"]
    assert "still waiting for" in logs["PostgreSQL"]
    assert 'relation "ballots_ballot" does not exist' in logs["PostgreSQL"]
    assert {name: told.found_in(text) for name, text in logs.items()} == {name: [] for name in logs}
    own = {*OF_THE_BOX, str(course.round.box), course.round.box.hex, urlsplit(f"//{urn}").netloc}
    assert sorted(word for word in own if word in logs["box"]) == []


def collect(course: Course, site: str, told: Told) -> list[bytes]:
    """Forty-nine collect electronic ballots through the site, eleven draw slips; the filled-in ballots."""
    accounts = swollen(course, VOTERS)
    round_ = course.round
    drawing = {seat.person_id for seat in course.members()}
    online = [account for account in accounts if account.person_id not in drawing]
    assert len(online) == VOTERS - BY_SLIP
    key, path = blind.PublicKey.from_der(bytes(round_.key.public)), f"/office/meetings/{course.meeting.pk}/collect/"
    browsers = [Voter(round_.box, key) for _ in online]
    requests = [asked(path, session, round_, one) for session, one in zip(logged_in(online), browsers, strict=True)]
    answers = rush(site, requests, at_once=8)
    assert {status for status, _body, _took in answers} == {200}
    for seat in course.members():
        ballot.issue_slip(round_, **course.by("jingban"), seat=seat)
    for code in course.codes:
        told.words |= {code, code.replace("-", ""), code_hash(code).hex()}
        told.key(nullifier_of(code))
    sent = []
    for one, (_status, body, _took) in zip(browsers, answers, strict=True):
        signature = one.collect(base64.b64decode(json.loads(body)["signed"][str(round_.box)]))
        payload = packed(round_.box, choices_of(course))
        sent.append(body_of(box.Signed(one.message, signature, payload, one.sign(payload)), told))
    return sent


def choices_of(course: Course) -> dict[str, str]:
    first, *others = [str(row.candidacy_id) for row in course.round.items.order_by("pk")]
    return {first: Choice.AGREE.value} | dict.fromkeys(others, Choice.DISAGREE.value)


def open_box(course: Course, site: str) -> None:
    for scrutineer in SCRUTINEERS:
        Visitor(site, Ledger(), scrutineer).do("check_box", "round", course.round.pk)
    Visitor(site, Ledger(), "shuji").do("open_ballot", "round", course.round.pk)


def close_box(course: Course, site: str) -> None:
    Visitor(site, Ledger(), SCRUTINEERS[0]).do("agree_closing", "round", course.round.pk)
    chair = Visitor(site, Ledger(), "shuji")
    chair.do("close_ballot", "round", course.round.pk)
    chair.do("announce_result", "round", course.round.pk)
    for page in ("", "voting/", "record/", "papers/"):
        chair.ask(f"{course.selection.get_absolute_url()}{page}")


def cast(course: Course, urn: str, sent: list[bytes], told: Told) -> None:
    """Everybody casts, the first of each kind in every way that makes a log tell."""
    where, json_ = f"/box/rounds/{course.round.box}/ballots/", "application/json"
    with away("ballots_ballot"):
        assert ask(urn, where, sent[0], json_)[0] == 500
    late: list[int] = []
    waiting = threading.Thread(target=lambda: late.append(ask(urn, where, sent[0], json_)[0]))
    with held_up(course.round.box):
        waiting.start()
    waiting.join()
    assert late == [200]
    again = ask(urn, where, sent[0], json_)
    told.words |= {json.loads(again[1])["tracker"], json.loads(again[1])["receipt"][:40]}
    assert again[0] == 200
    spoilt = json.loads(sent[1]) | {"payload_signature": json.loads(sent[0])["payload_signature"]}
    assert ask(urn, where, json.dumps(spoilt).encode(), json_)[0] == 403
    assert {ask(urn, where, one, json_)[0] for one in sent[1:]} == {200}
    marks = {f"choice-{candidate}": option for candidate, option in choices_of(course).items()}
    for nth, code in enumerate(course.codes):
        review = ask(urn, "/box/review/", {"code": code, **marks})[1]
        form = values_of(BeautifulSoup(review, "html.parser"), "form")
        if nth == 0:
            with away("ballots_slipcode"):
                assert ask(urn, "/box/cast/", form)[0] == 500
        assert ask(urn, "/box/cast/", form)[0] == 200
        if nth == 0:
            assert ask(urn, "/box/cast/", {**form, "attempt": "geheim"})[0] == 409


# --- where it is otherwise, the search finds it ------------------------------------------------------------------


def vote_of_one(address: str, told: Told) -> None:
    """A ballot with a credential and one by slip, in a round of their own."""
    round_: Round = signed_round(slips=1)
    sent = body_of(collected(round_.id).fill(VOTE), told)
    assert ask(address, f"/box/rounds/{round_.id}/ballots/", sent, "application/json")[0] == 200
    (code,) = round_.codes
    told.key(nullifier_of(code))
    marks = {f"choice-{candidate}": option for candidate, option in VOTE.items()}
    form = values_of(BeautifulSoup(ask(address, "/box/review/", {"code": code, **marks})[1], "html.parser"), "form")
    assert ask(address, "/box/cast/", form)[0] == 200


@pytest.mark.covers("BOX-11", refused=True)
def test_a_box_that_logs_as_others_do_gives_its_ballots_away(styles: Path, tmp_path: Path) -> None:
    told, log = Told(), tmp_path / "box.log"
    with running(styles, log, DJANGO_SETTINGS_MODULE="tests.cadre.leaking") as address:
        vote_of_one(address, told)
    assert len(told.found_in(log.read_text())) >= 4
    assert WHO["X-Forwarded-For"] not in log.read_text(), "nothing in the box ever asks for it"


@pytest.mark.covers("BOX-11", refused=True)
@pytest.mark.parametrize(
    "settings", [{"log_statement": "all"}, {"log_min_duration_statement": "0"}, {"log_transaction_sample_rate": "1"}]
)
def test_a_server_that_writes_statements_gives_ballots_away_and_the_doctor_says_so(
    styles: Path, tmp_path: Path, settings: dict[str, str]
) -> None:
    told = Told()
    with server_told(**settings) as log:
        finding, begin = wellbeing.silence(), log.stat().st_size
        with running(styles, tmp_path / "box.log") as address:
            vote_of_one(address, told)
        text = log.read_bytes()[begin:].decode(errors="replace")
    assert len(told.found_in(text)) >= 4
    assert not finding.well
    assert str(finding.says).endswith(*settings)
