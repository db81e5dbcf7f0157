"""The box as a process of its own: ballots go through it, and its log cannot tell of them (票箱进程)."""

import http.client
import json
import logging
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
from bs4 import BeautifulSoup
from django.db import connections

from cadre.logs import FORMATS, OfTheBox, formatter
from selection.ballots import box
from selection.ballots.codes import code_hash, nullifier_of
from tests.bench.served import address_of
from tests.faults.visiting import values_of
from tests.selection.ballots.rounds import VOTE, opened
from tests.served import ROOT, free_addresses

pytestmark = pytest.mark.django_db(databases=["default", "box"], transaction=True)

FORM = "application/x-www-form-urlencoded"
MARKS = {f"choice-{candidate}": option for candidate, option in VOTE.items()}
WHO = {"Cookie": "office=geheim", "User-Agent": "Mozilla/geheim", "X-Forwarded-For": "192.0.2.7", "Referer": "geheim"}


@contextmanager
def running(data: Path, said: Path, **variables: str) -> Iterator[str]:
    """``host:port`` of a box at its loudest, which inherits nothing of this process but the way to its programs."""
    address, _other = free_addresses()
    environment = {
        "PATH": os.environ["PATH"],
        "DOOR": "box",
        "DATA_ROOT": str(data),
        "BOX_DATABASE_URL": address_of("box", "BOX_DATABASE_URL", "box"),
        "DJANGO_SETTINGS_MODULE": "tests.cadre.at_debug",
        "PYTHONWARNINGS": "ignore",
        **variables,
    }
    command = [
        *(sys.executable, "-m", "gunicorn", "--config", "python:cadre.web_server", "--workers", "1"),
        *("--bind", address, "--log-level", "debug", "--access-logfile", "-", "cadre.wsgi"),
    ]
    with said.open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            until = time.monotonic() + 60
            while not _alive(address):
                assert process.poll() is None, said.read_text()
                assert time.monotonic() < until, "the box does not answer"
            yield address
        finally:
            process.terminate()
            process.wait(30)


def _alive(address: str) -> bool:
    try:
        return ask(address, "/box/healthz")[0] == 200
    except OSError:
        return False


def ask(
    address: str, path: str, form: dict[str, str] | bytes | None = None, kind: str = FORM
) -> tuple[int, str, dict[str, str]]:
    """One request with everything in its head that could say who is asking."""
    body = form if isinstance(form, bytes) else urlencode(form).encode() if form is not None else None
    with closing(http.client.HTTPConnection(address, timeout=30)) as connection:
        head = WHO | ({"Content-Type": kind} if body is not None else {})
        connection.request("GET" if body is None else "POST", path, body, head)
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), dict(answer.getheaders())


@pytest.fixture(scope="module")
def styles(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with collected static files, as an image has them."""
    data = tmp_path_factory.mktemp("data")
    environment = os.environ | {"DATA_ROOT": str(data), "SECRET_KEY": "x" * 50}
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"]
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    return data


@pytest.mark.slow
@pytest.mark.parametrize("kind", FORMATS)
def test_at_its_loudest_the_log_of_the_box_tells_nothing(styles: Path, tmp_path: Path, kind: str) -> None:
    """A ballot, the same one twice, another with its slip, a lost page, unreadable requests, and a fault of ours."""
    round_, log = opened(slips=2), tmp_path / "box.log"
    code, other = round_.codes
    with running(styles, log, LOG_FORMAT=kind) as address:
        status, _sheet, headers = ask(address, "/box/sheet/", {"code": code})
        assert (status, "Set-Cookie" in headers) == (200, False)
        review = ask(address, "/box/review/", {"code": code, **MARKS})[1]
        form = values_of(BeautifulSoup(review, "html.parser"), "form")
        receipts = [ask(address, "/box/cast/", form) for _time in range(2)]
        assert [one[0] for one in receipts] == [200, 200]
        tracker = BeautifulSoup(receipts[0][1], "html.parser").select_one(".tracker")
        assert tracker is not None
        assert ask(address, "/box/cast/", {**form, "attempt": "geheim"})[0] == 409
        assert ask(address, f"/box/geheim/{other}/?code={other}")[0] == 404
        assert ask(address, f"/geheim-{other}/")[0] == 404
        assert ask(address, "/box/cast/", b"geheim", "multipart/form-data")[0] == 400
        assert ask(address, "/box/cast/", {f"choice-geheim{n}": other for n in range(2100)})[0] == 400
        assert ask(address, "/box/cast/", {"code": other, "more": "geheim" * 20_000})[0] == 400
        unreadable(address, f"GEHEIM /box/{other} HTTP/9.9\r\nHost: geheim\r\n\r\n")
        with connections["box"].cursor() as cursor:
            cursor.execute("ALTER TABLE ballots_slipcode RENAME TO elsewhere")
            try:
                assert ask(address, "/box/cast/", {"code": other, "attempt": "geheim", **MARKS})[0] == 500
            finally:
                cursor.execute("ALTER TABLE elsewhere RENAME TO ballots_slipcode")
    assert box.standing(round_.id).returned == 1
    lines = log.read_text().splitlines()
    text = "\n".join(lines)
    told = {
        *(code, other, code.replace("-", ""), other.replace("-", ""), tracker.get_text(), form["attempt"]),
        *(key(one).hex() for key in (code_hash, nullifier_of) for one in (code, other)),
        *(
            "geheim",
            "GEHEIM",
            "192.0.2.7",
            "127.0.0.1",
            "Mozilla",
            "/box/",
            "choice-",
            str(round_.id),
            "INSERT",
            "SELECT",
        ),
        *(f"'{option}'" for option in VOTE.values()),
        urlsplit(f"//{address}").netloc,
    }
    assert sorted(one for one in told if one in text) == []
    if kind == "json":
        read = [json.loads(line) for line in lines]
        assert {key for line in read for key in line} == {"level", "logger", "event", "exception"}
        loggers = {(line["level"], line["logger"]) for line in read}
        failed = [line for line in read if line.get("event") == "The box failed"]
        assert len(failed) == 1
        assert "psycopg2.errors.UndefinedTable" in failed[0]["exception"]
    else:
        first = re.compile(r"(DEBUG|INFO|WARNING|ERROR) ([\w.]+)( The box failed)?")
        further = re.compile(r"  /[\w./<>-]+:\d+ in [\w<>]+|[\w.]+")
        assert [line for line in lines if not (first.fullmatch(line) or further.fullmatch(line))] == []
        loggers = {(found[1], found[2]) for line in lines if (found := first.fullmatch(line))}
        assert "psycopg2.errors.UndefinedTable" in lines
    # There was something to be told: the statements themselves, with their values, came to these loggers.
    assert {
        ("DEBUG", "django.db.backends"),
        ("WARNING", "django.request"),
        ("ERROR", "selection.ballots"),
    } <= loggers, log.read_text()[-3000:]
    assert [level for level, logger in loggers if logger == "gunicorn.access"] == []


def unreadable(address: str, words: str) -> None:
    """Something that is not HTTP."""
    host, port = address.split(":")
    with socket.create_connection((host, int(port)), 30) as line:
        line.sendall(words.encode())
        assert line.recv(100).startswith(b"HTTP/1.1 4")


@pytest.mark.parametrize("kind", FORMATS)
def test_no_line_of_the_box_holds_what_a_line_was_made_of(kind: str) -> None:
    """Whoever writes it, and however: message, values, name of the logger, stack, fields of others."""
    try:
        try:
            raise KeyError("geheim")
        except KeyError as first:
            first.add_note("geheim")
            raise ValueError("geheim") from first
    except ValueError:
        problem = sys.exc_info()
    made = logging.LogRecord("geheim /box/?code=1", logging.ERROR, "geheim.py", 1, "geheim %s", ("geheim",), problem)
    made.__dict__ |= {"request": "geheim", "stack_info": "geheim", "exc_text": "geheim", "sql": "geheim"}
    said = OfTheBox(kind).format(made)
    assert "geheim" not in said
    assert "builtins.ValueError" in said
    assert "builtins.KeyError" in said
    ours = logging.LogRecord("selection.ballots", logging.ERROR, "", 1, "The box failed", None, None)
    assert "The box failed" in OfTheBox(kind).format(ours)


def test_the_door_says_which_log_is_kept() -> None:
    assert isinstance(formatter("json", "box"), OfTheBox)
    assert not isinstance(formatter("json", "site"), OfTheBox)
