"""The web server of the site over the databases of a measurement (测量用的网页服务)."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.db import connections

from tests.served import ROOT
from tools import servers


def address_of(alias: str, variable: str, door: str = "site") -> str:
    """The address of a database of this run, for another process; for that of the box (票箱) by its own account."""
    parts = urlsplit(os.environ[variable])
    if door == "box":
        parts = parts._replace(netloc=f"{servers.DOOR}@")
    return urlunsplit(parts._replace(path=f"/{connections[alias].settings_dict['NAME']}"))


@contextmanager
def web_server(
    application: str, *, workers: int = 2, threads: int = 4, said: Path = Path(os.devnull), **variables: str
) -> Iterator[str]:
    """``host:port`` of gunicorn as the site runs it; its log goes to ``said``."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    environment = os.environ | {
        "DATABASE_URL": address_of("default", "DATABASE_URL"),
        "BOX_DATABASE_URL": address_of("box", "BOX_DATABASE_URL", variables.get("DOOR", "site")),
        "DJANGO_SETTINGS_MODULE": "tests.bench.web_settings",
        **variables,
    }
    command = [
        *(sys.executable, "-m", "gunicorn", "--config", "python:cadre.web_server", "--bind", address),
        *("--workers", str(workers), "--threads", str(threads), "--backlog", "512", application),
    ]
    with said.open("ab") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
    try:
        until = time.monotonic() + 60
        while not _answers(address):
            assert process.poll() is None, "the web server ended"
            assert time.monotonic() < until, "the web server does not answer"
        yield address
    finally:
        process.terminate()
        process.wait(30)


def _answers(address: str) -> bool:
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"http://{address}/box/", timeout=5):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False
