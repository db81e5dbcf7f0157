"""The log says what went wrong, never about whom, and nothing at all of the box."""

import logging
import sys
from typing import Any

import pytest
from django.test import RequestFactory

from cadre.logs import NotAProbe, NotTheBox, WithoutValues


def record(message: str, request: Any = None, exc_info: Any = None) -> logging.LogRecord:
    made = logging.LogRecord("django.request", logging.ERROR, __file__, 1, message, None, exc_info)
    if request is not None:
        made.request = request
    return made


@pytest.mark.parametrize(
    ("path", "kept"), [("/box/", False), ("/box/en/cast/", False), ("/office/selections/7/", True), ("/notices/", True)]
)
def test_lines_of_the_box_are_dropped(path: str, kept: bool) -> None:
    assert NotTheBox().filter(record("Internal Server Error", RequestFactory().get(path))) is kept
    assert NotTheBox().filter(record(f"Not Found: {path}")) is kept


def test_probes_are_not_logged_each_time() -> None:
    assert not NotAProbe().filter(record("Service Unavailable", RequestFactory().get("/readyz")))
    assert NotAProbe().filter(record("Service Unavailable", RequestFactory().get("/office/")))


def test_an_exception_shows_its_place_and_kind_but_not_its_words() -> None:
    try:
        try:
            raise ValueError("Key (name)=(李四) already exists")
        except ValueError as problem:
            raise RuntimeError("the objection of 张三") from problem
    except RuntimeError:
        text = WithoutValues("%(message)s").format(record("failed", exc_info=sys.exc_info()))
    assert "builtins.RuntimeError" in text
    assert "builtins.ValueError" in text
    assert f"{__file__}:" in text
    assert "张三" not in text
    assert "李四" not in text
