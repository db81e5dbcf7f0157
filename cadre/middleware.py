"""Requests to the site have numbers, everything under /office/ asks who is there, a session lasts while it is used."""

import secrets
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponseBase

from cadre.logs import request_id

OFFICE = "/office/"
SEEN = "seen"
"""Under this key a session keeps when it was last moved on."""


class OfficeRequiresLogIn(LoginRequiredMiddleware):
    """Django's log-in requirement, for the office alone: notices are public and the box must not know anybody."""

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., Any], view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        if not request.path_info.startswith(OFFICE):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)


class RequestIsNumbered:
    """A number for the log and the answer, so that a person who saw a fault can name it; it says nothing else."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        before = request_id.set(secrets.token_hex(8))
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request_id.get()
            return response
        finally:
            request_id.reset(before)  # this thread may answer the box (票箱) next


class SessionStaysWhileUsed:
    """An idle session ends, one in use does not: its end is moved on, but written down only once in a while.

    Django would either count from the log-in or write to the database with every page.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        session = request.session
        if session.accessed and not session.is_empty():
            now = int(time.time())
            if now - session.get(SEEN, 0) > settings.SESSION_COOKIE_AGE / 20:
                session[SEEN] = now
        return response
