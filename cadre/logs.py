"""What the site writes to its log: what went wrong and where in the code, never about whom.

Plain text for a terminal, or one JSON object a line (``LOG_FORMAT=json``) for whatever collects the logs of containers.
Either way an exception is its places and kinds: its words, local variables, forms, addresses and names stay out.
"""

import contextvars
import json
import logging
import re
import traceback
from collections.abc import Mapping
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from gunicorn import glogging

from cadre import env

FORMATS = ("plain", "json")
DOORS = ("site", "box")
PLAIN = "{levelname} {name}: {message}"

EVENTS = frozenset({"The box failed"})
"""The sentences that a line of the box's process may hold."""
_MODULE = re.compile(r"[A-Za-z_]+(\.[A-Za-z_]+)*")

request_id: contextvars.ContextVar[str] = contextvars.ContextVar("request_id", default="")
"""Of the request to the site that is being answered; requests to the box (票箱) never have one."""


class NotTheBox(logging.Filter):
    """Drops every line that belongs to a request to the box (票箱): a path and a moment could lead to a voter."""

    def filter(self, record: logging.LogRecord) -> bool:
        request: Any = getattr(record, "request", None)
        path = getattr(request, "path", "") or ""
        return not path.startswith("/box/") and "/box/" not in record.getMessage()


class NotAProbe(logging.Filter):
    """Drops the line that Django writes each time /readyz answers that something is not well: it has said so itself."""

    def filter(self, record: logging.LogRecord) -> bool:
        return getattr(getattr(record, "request", None), "path", "") != "/readyz"


class WithoutWords(logging.Filter):
    """Takes the values out of lines that others write: the addresses of the web server's, what a failed task said."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.name == "gunicorn.error":
            return self.of_the_web_server(record)
        if record.name == "celery.app.trace" and isinstance(record.args, Mapping):
            kind = record.exc_info[0] if record.exc_info else None
            said = {"exc": kind.__name__ if kind else "-", "args": "-", "kwargs": "-", "traceback": "-"}
            record.args = {**record.args, **said}
            record.__dict__.pop("data", None)
        elif record.name.startswith("celery."):
            record.msg, record.args = next(iter(record.getMessage().splitlines()), ""), ()  # the rest is the message
        return True

    def of_the_web_server(self, record: logging.LogRecord) -> bool:
        """A request that could not be read is dropped, for it names whose it was; a failed one loses its address."""
        said = str(record.msg)
        if said.startswith("Invalid request"):
            return False
        if said.startswith("Error handling request"):
            record.msg, record.args = "Error handling request", ()
        elif isinstance(record.msg, BaseException):
            record.msg, record.args = type(record.msg).__name__, ()
        return True


class WithoutValues(logging.Formatter):
    """Prints where an exception came from and its kind, but not its words: databases and forms quote what was typed."""

    def formatException(  # noqa: N802 - logging's own name
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]
    ) -> str:
        problem = ei[1]
        lines: list[str] = []
        while problem is not None:
            frames = traceback.extract_tb(problem.__traceback__)
            lines += [f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames]
            lines.append(f"{type(problem).__module__}.{type(problem).__qualname__}")
            problem = problem.__cause__ or (None if problem.__suppress_context__ else problem.__context__)
        return "\n".join(lines)


class AsJson(WithoutValues):
    """One object a line: time, level, logger, message; the number of a request to the site; an exception as above."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if number := request_id.get():
            line["request"] = number
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class OfTheBox(WithoutValues):
    """All that the box's process (票箱) can write: level, logger, an event of ours, places and kinds of an exception.

    The message of a line and what it was made of are never read, so no ballot, code, path or address can stand in one,
    at any level and whoever wrote it; nor is there a moment, which could lead to a voter.
    """

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.kind = kind

    def format(self, record: logging.LogRecord) -> str:
        line = {"level": record.levelname, "logger": record.name if _MODULE.fullmatch(record.name) else "-"}
        if isinstance(record.msg, str) and record.msg in EVENTS:
            line["event"] = record.msg
        where = self.formatException(record.exc_info) if record.exc_info else ""
        if self.kind == "json":
            return json.dumps(line | ({"exception": where} if where else {}))
        return " ".join(line.values()) + (f"\n{where}" if where else "")


def formatter(kind: str, door: str = "site") -> logging.Formatter:
    """The formatter of one of ``FORMATS`` for one of ``DOORS``."""
    if door == "box":
        return OfTheBox(kind)
    return AsJson() if kind == "json" else WithoutValues(PLAIN, style="{")


class WebServerLog(glogging.Logger):  # type: ignore[misc]  # gunicorn comes without types
    """Gunicorn's own log, which begins before Django's does, in the same form and under the same rules."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for handler in self.error_log.handlers:
            handler.setFormatter(formatter(env.choice("LOG_FORMAT", FORMATS), env.choice("DOOR", DOORS)))
            handler.addFilter(WithoutWords())

    def access(self, *_args: Any) -> None:
        """No request is noted, whatever is asked for: addresses and moments would lead to voters."""
