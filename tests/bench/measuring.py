"""What a measurement is and how it is told (测量)."""

import os
import statistics
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from django.db import connections
from django.template.base import Template
from django.test.utils import _TestState

SCALE = float(os.environ.get("BENCH_SCALE", "1"))
"""1 for the sizes that docs/performance.md names; smaller where a minute must do."""


def scaled(number: int, *, least: int = 1) -> int:
    return max(least, round(number * SCALE))


def tell(what: str, figure: str) -> None:
    print(f"\n    {what:<52}{figure}", end="", flush=True)


def seconds(call: Callable[[], object]) -> float:
    began = perf_counter()
    call()
    return perf_counter() - began


@dataclass(frozen=True)
class Times:
    """Seconds of many runs of one thing."""

    runs: list[float]

    @property
    def median(self) -> float:
        return statistics.median(self.runs)

    @property
    def p95(self) -> float:
        return sorted(self.runs)[max(0, round(0.95 * len(self.runs)) - 1)]

    def __str__(self) -> str:
        return f"{1000 * self.median:6.1f} ms ({1000 * self.p95:6.1f})"


def timed(call: Callable[[], object], runs: int = 40) -> Times:
    """Run it so often, after three runs that warm up."""
    for _ in range(3):
        call()
    return Times([seconds(call) for _ in range(runs)])


def at_once(calls: Sequence[Callable[[], object]], threads: int) -> None:
    """Make all calls, so many at a time, each thread on connections of its own."""

    def one(call: Callable[[], object]) -> None:
        try:
            call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(one, calls))


@contextmanager
def templates_as_served() -> Iterator[None]:
    """Without what Django's tests add to every rendering: a signal and a copy of the context."""
    instrumented = Template._render  # type: ignore[attr-defined]
    Template._render = _TestState.saved_data.template_render  # type: ignore[attr-defined]
    try:
        yield
    finally:
        Template._render = instrumented  # type: ignore[attr-defined]


@dataclass
class Asked:
    """What a page asks of the database."""

    queries: int = 0
    rows: int = 0


@contextmanager
def asking() -> Iterator[Asked]:
    """Count queries and the rows that they bring, on both databases."""
    found = Asked()

    def count(execute: Any, sql: str, parameters: Any, many: bool, context: dict[str, Any]) -> Any:
        answer = execute(sql, parameters, many, context)
        found.queries += 1
        if sql.lstrip().upper().startswith(("SELECT", "EXECUTE")):
            found.rows += max(0, context["cursor"].rowcount)
        return answer

    with connections["default"].execute_wrapper(count), connections["box"].execute_wrapper(count):
        yield found
