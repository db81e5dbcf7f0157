"""Everything under /office/ asks who is there, unless a view says otherwise."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.http import HttpRequest, HttpResponseBase

OFFICE = "/office/"


class OfficeRequiresLogIn(LoginRequiredMiddleware):
    """Django's log-in requirement, for the office alone: notices are public and the box must not know anybody."""

    def process_view(
        self, request: HttpRequest, view_func: Callable[..., Any], view_args: Any, view_kwargs: Any
    ) -> HttpResponseBase | None:
        if not request.path_info.startswith(OFFICE):
            return None
        return super().process_view(request, view_func, view_args, view_kwargs)
