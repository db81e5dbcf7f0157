"""``manage.py serve`` in a scratch folder: it answers, stops without a trace, and starts again with its data."""

import contextlib
import os
import re
import signal
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import psutil
import psycopg2
import pytest

from tests.faults.visiting import until
from tests.selection.documents import seals
from tests.served import Site, gone, scratch
from tools import servers

pytestmark = pytest.mark.slow


@pytest.fixture
def data() -> Iterator[Path]:
    with scratch() as folder:
        yield folder


@pytest.fixture
def start(data: Path) -> Iterator[Callable[..., Site]]:
    sites: list[Site] = []

    def begin(**variables: str) -> Site:
        sites.append(Site(data, **variables))
        return sites[-1]

    yield begin
    for site in sites:
        if site.process.poll() is None:
            site.end(signal.SIGTERM)
        assert site.process.stdout is not None
        site.process.stdout.close()


def test_the_box_is_a_process_of_its_own_and_is_told_nothing_of_the_site(start: Callable[..., Site]) -> None:
    """Each answers at its own address alone; what the box's process inherits is looked at from outside."""
    site = start(DEMONSTRATION="no", SECRET_KEY="geheim" * 10, SECRET_OF_THE_PLACE="geheim", BOX_KEY="its own")
    site.until_it_answers()
    assert site.get("/box/readyz") == b"ready\n"
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for address, path in ((site.address, "/box/"), (site.box_address, "/office/log-in/")):
        with pytest.raises(urllib.error.HTTPError, match="404"):
            direct.open(f"http://{address}{path}")
    style = re.findall(r"/static/css/box\.\w+\.css", site.get("/box/").decode())[0]
    with direct.open(f"http://{site.box_address}{style}") as answer:
        assert answer.headers["Content-Type"].startswith("text/css")
    told = [process.environ() for process in site.family() if process.environ().get("DOOR") == "box"]
    assert len(told) == 3, "a gunicorn with two workers"
    for one in told:
        assert not {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "SITE_ADDRESS", "SECRET_OF_THE_PLACE"} & set(one)
        assert not [name for name, value in one.items() if "geheim" in value]
        assert one["BOX_KEY"] == "its own"
        assert urlsplit(one["BOX_DATABASE_URL"]).username == servers.DOOR
    assert site.end(signal.SIGTERM) == 0


def test_the_notary_is_a_process_of_its_own_and_is_told_nothing_of_the_site(
    data: Path, start: Callable[..., Site]
) -> None:
    site = start(DEMONSTRATION="no", SECRET_KEY="geheim" * 10, SECRET_OF_THE_PLACE="geheim").until_it_answers()
    (told,) = [process.environ() for process in site.family() if "NOTARY_STATE" in process.environ()]
    assert {name for name in told if name.endswith("_URL")} == {"NOTARY_DATABASE_URL"}
    assert urlsplit(told["NOTARY_DATABASE_URL"]).username == servers.NOTARY
    assert not [name for name, value in told.items() if "geheim" in value]
    until((data / "notary" / "key.pub").exists, "the notary has a key")
    assert (data / "notary" / "key").stat().st_mode & 0o077 == 0
    assert site.end(signal.SIGTERM) == 0


@pytest.mark.parametrize("passphrase", [seals.PASSPHRASE, "another"])
def test_the_key_of_the_seal_is_told_to_the_worker_alone_and_must_open(
    data: Path, start: Callable[..., Site], passphrase: str
) -> None:
    key = seals.curve()
    own = seals.certificate("单位印章", key)
    data.mkdir()
    place, certificates = seals.pkcs12(data / "seal.p12", key, own), data / "seal.pem"
    certificates.write_text(seals.pem(own))
    certificates.chmod(0o644)
    site = start(
        DEMONSTRATION="no",
        SEAL_KEYSTORE=str(place),
        SEAL_PASSPHRASE=passphrase,
        SEAL_CERTIFICATES_FILE=str(certificates),
    )
    if passphrase != seals.PASSPHRASE:
        said = site.rest()
        assert site.process.returncode == 1
        assert "cadre.E009" in said
        assert "SEAL_PASSPHRASE" in said
        assert passphrase not in said
        return
    site.until_it_answers()
    assert not (data / "seal").exists(), "a site with a seal of its own makes none for trial"
    programs = {" ".join(one.cmdline()): one.environ() for one in site.family() if "DOOR" in one.environ()}
    told = {line for line, given in programs.items() if {"SEAL_KEYSTORE", "SEAL_PASSPHRASE"} & set(given)}
    assert told
    assert told == {line for line in programs if " worker " in line}
    assert len(programs) > len(told)
    assert site.end(signal.SIGTERM) == 0


def known(family: list[psutil.Process]) -> tuple[str, set[int]]:
    """Their commands and accounts, without those that have ended since, as workers of servers do."""
    commands, accounts = [], set()
    for process in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            commands.append(" ".join(process.cmdline()))
            accounts.add(process.uids().real)
    return " ".join(commands), accounts


def test_serve_answers_stops_without_a_trace_and_keeps_its_data(data: Path, start: Callable[..., Site]) -> None:
    site = start().until_it_answers()
    assert site.get("/healthz") == b"alive\n"
    assert site.until_ready(), "the clock has not looked at the deadlines"
    family = site.family()
    commands, accounts = known(family)
    celery = ("celery --app cadre worker", "celery --app cadre beat")
    for program in ("postgres", "valkey", "gunicorn", *celery, "cadre.notary"):
        assert program in commands
    if os.geteuid() == 0:
        assert 0 not in accounts, "something of the site runs as root"
    connection = servers.connect(data, "site")
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept AS SELECT 42 AS answer")
    connection.commit()
    with connection.cursor() as cursor:

        def signed() -> bool:
            cursor.execute("SELECT (SELECT max(size) FROM audit_checkpoint) = (SELECT count(*) FROM audit_entry)")
            return bool(cursor.fetchone()[0])

        until(signed, "all that was recorded is signed")
    connection.close()

    assert site.end(signal.SIGTERM) == 0
    assert gone(family) == []
    with pytest.raises(psycopg2.OperationalError):
        servers.connect(data, "site")

    again = start().until_it_answers()
    connection = servers.connect(data, "site")
    with connection.cursor() as cursor:
        cursor.execute("SELECT answer FROM kept")
        assert cursor.fetchone() == (42,)
    connection.close()
    second = start()
    assert f"The site of {data} is being served already." in second.rest()
    assert second.process.returncode == 1
    family = again.family()
    assert again.end(signal.SIGINT) == 0
    assert gone(family) == []


def test_serve_that_is_killed_leaves_nothing_behind(start: Callable[..., Site]) -> None:
    site = start(DEMONSTRATION="no").until_it_answers()
    family = site.family()
    site.end(signal.SIGKILL)
    assert gone(family) == []


def test_serve_with_servers_of_the_place_starts_none_and_loads_no_demonstration(
    data: Path, start: Callable[..., Site]
) -> None:
    given = {name: os.environ[name] for name in ("DATABASE_URL", "BOX_DATABASE_URL", "REDIS_URL")}
    site = start(**given, DEMONSTRATION="").until_it_answers()
    commands, _accounts = known(site.family())
    assert "gunicorn" in commands
    assert "postgres" not in commands
    assert "valkey" not in commands
    assert not (data / "postgres").exists()
    with contextlib.closing(psycopg2.connect(given["DATABASE_URL"])) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM register_person")
        assert cursor.fetchone() == (0,)
    assert site.end(signal.SIGTERM) == 0


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        ({"DATABASE_URL": "postgresql://x@/y"}, "DATABASE_URL set, but not BOX_DATABASE_URL, REDIS_URL."),
        ({"BIND": "8000"}, "BIND is “8000”, but must be an address and a port, such as 127.0.0.1:8000."),
        ({"BIND": "192.0.2.1:80"}, "The site cannot listen on 192.0.2.1:80"),
        ({"BOX_BIND": "192.0.2.1:81"}, "Set BOX_BIND to another address"),
    ],
)
def test_serve_refuses_in_a_sentence(start: Callable[..., Site], variables: dict[str, str], sentence: str) -> None:
    site = start(**variables)
    said = site.rest()
    assert site.process.returncode == 1
    assert sentence in said
    assert "Traceback" not in said
