"""What the site writes to its log: what went wrong and where in the code, never about whom."""

import logging
import traceback
from types import TracebackType
from typing import Any


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
