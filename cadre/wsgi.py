"""The way in for the web server: the door of the site or, in a process of its own, that of the box (票箱).

A request to the box never passes through session, log-in, CSRF or messages: its door loads ``settings.BOX_MIDDLEWARE``
and ``cadre.box_urls``, and lays down at the threshold what could say who is asking.
"""

import os
from collections.abc import Callable
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cadre.settings")
django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402 - settings are read by django.setup above
from django.core.handlers.exception import convert_exception_to_response  # noqa: E402
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest  # noqa: E402
from django.http import HttpResponseBase  # noqa: E402
from django.utils.module_loading import import_string  # noqa: E402

KEPT = frozenset(
    {
        "REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "CONTENT_TYPE", "CONTENT_LENGTH",
        "SERVER_NAME", "SERVER_PORT", "SERVER_PROTOCOL", "HTTP_HOST", "HTTP_X_FORWARDED_PROTO",
        "HTTP_ACCEPT_ENCODING", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE",
    }
)  # fmt: skip
"""What the box is told of a request, beside its body: no cookie, address, browser, referrer or authorization."""


class BoxRequest(WSGIRequest):
    """A request to the box: it is routed by the box's own list of addresses."""

    urlconf = "cadre.box_urls"


class BoxDoor(WSGIHandler):
    """Django's handler with the middleware of the box in place of the site's."""

    request_class = BoxRequest

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> HttpResponseBase:
        told = {name: value for name, value in environ.items() if name in KEPT or name.startswith("wsgi.")}
        return super().__call__(told, start_response)

    def load_middleware(self, is_async: bool = False) -> None:
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        handler = convert_exception_to_response(self._get_response)  # type: ignore[attr-defined]  # left out of the stubs
        for path in reversed(settings.BOX_MIDDLEWARE):
            handler = convert_exception_to_response(import_string(path)(handler))
        self._middleware_chain = handler


DOORS: dict[str, type[WSGIHandler]] = {"site": WSGIHandler, "box": BoxDoor}
application = DOORS[settings.DOOR]()
