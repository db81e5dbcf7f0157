"""Requests to the WSGI application itself, as the web server puts them (直接询问两个入口)."""

from contextlib import ExitStack
from io import BytesIO
from typing import Any

from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections

from cadre.wsgi import DOORS

OPEN: dict[str, WSGIHandler] = {}
"""The doors of both processes, in this one."""


def ask(path: str, method: str = "GET", **environ: object) -> tuple[int, dict[str, str], bytes]:
    """Put a request to the door behind which this path lies, as that process's web server does."""
    name = "box" if path.startswith("/box/") else "site"
    return put(OPEN.setdefault(name, DOORS[name]()), path, method, **environ)


def put(door: WSGIHandler, path: str, method: str = "GET", **environ: object) -> tuple[int, dict[str, str], bytes]:
    """Put a request to one door."""
    answer: dict[str, Any] = {}

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
        answer["status"], answer["headers"] = int(status.split()[0]), dict(headers)

    environment = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "wsgi.input": BytesIO(),
        "wsgi.errors": BytesIO(),
        "wsgi.url_scheme": "http",
        "REMOTE_ADDR": "127.0.0.1",
        **environ,
    }
    with ExitStack() as afterwards:  # as Django's own client: a test's open transaction is not closed under it
        for signal in (request_started, request_finished):
            signal.disconnect(close_old_connections)
            afterwards.callback(signal.connect, close_old_connections)
        content = b"".join(door(environment, start_response))
    return answer["status"], answer["headers"], content
