"""The way in for the web server: one door for the site, another for the box (票箱).

Paths under /box/ never pass through session, log-in, CSRF or messages: their handler loads
``settings.BOX_MIDDLEWARE`` and ``cadre.box_urls``, so no cookie of the office can reach a ballot.  A process may open
one of the doors alone (``DOOR``), so that the box can live under a name and an account of its own.
"""

import os
from collections.abc import Callable, Iterable
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cadre.settings")
django.setup(set_prefix=False)

from django.conf import settings  # noqa: E402 - settings are read by django.setup above
from django.core.handlers.exception import convert_exception_to_response  # noqa: E402
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest  # noqa: E402
from django.utils.module_loading import import_string  # noqa: E402

BOX = "/box/"


class BoxRequest(WSGIRequest):
    """A request to the box: it is routed by the box's own list of addresses."""

    urlconf = "cadre.box_urls"


class BoxDoor(WSGIHandler):
    """Django's handler with the middleware of the box in place of the site's."""

    request_class = BoxRequest

    def load_middleware(self, is_async: bool = False) -> None:
        self._view_middleware: list[Any] = []
        self._template_response_middleware: list[Any] = []
        self._exception_middleware: list[Any] = []
        handler = convert_exception_to_response(self._get_response)  # type: ignore[attr-defined]  # left out of the stubs
        for path in reversed(settings.BOX_MIDDLEWARE):
            handler = convert_exception_to_response(import_string(path)(handler))
        self._middleware_chain = handler


class TwoDoors:
    """The WSGI application: it looks at the path and at nothing else."""

    def __init__(self) -> None:
        self.site, self.box = WSGIHandler(), BoxDoor()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        door = self.box if environ.get("PATH_INFO", "").startswith(BOX) else self.site
        return door(environ, start_response)


DOORS: dict[str, type[TwoDoors] | type[WSGIHandler]] = {"both": TwoDoors, "site": WSGIHandler, "box": BoxDoor}
application = DOORS[settings.DOOR]()
