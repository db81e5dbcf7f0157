"""The log says what went wrong, never about whom, and nothing at all of the box."""

import io
import json
import logging
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from celery import shared_task
from django.contrib.auth.decorators import login_not_required
from django.core.exceptions import ImproperlyConfigured
from django.db import connections
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.urls import path

from cadre import env, urls
from cadre.logs import FORMATS, AsJson, NotAProbe, NotTheBox, WebServerLog, WithoutValues, formatter
from selection.ballots import box
from tests.asking import ask
from tests.factories import founding


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


# --- as they are really written ----------------------------------------------------------------------------------

SECRETS = ("张三", "13800000000", "guanli", "192.0.2.7", "Mozilla", "question", "geheim")


@login_not_required
def fails(request: HttpRequest) -> HttpResponse:
    name = request.POST["name"]
    raise ValueError(f"{name} of {request.user} at {request.META['REMOTE_ADDR']}")


@shared_task(name="tests.fails")
def fails_too(name: str) -> None:
    raise ValueError(f"no paper for {name}")


urlpatterns = [path("office/fails/", fails), *urls.urlpatterns]


@pytest.fixture(params=FORMATS)
def written(request: pytest.FixtureRequest) -> Iterator[Callable[[], list[str]]]:
    """The lines that the site's own handler, which its loggers share, has written, in each of the two forms."""
    [handler] = [one for one in logging.getLogger("django").handlers if isinstance(one.formatter, WithoutValues)]
    assert isinstance(handler, logging.StreamHandler)
    stream, before = io.StringIO(), handler.formatter
    usual = handler.setStream(stream)
    handler.setFormatter(formatter(request.param))
    yield lambda: stream.getvalue().splitlines()
    handler.setFormatter(before)
    handler.setStream(usual or sys.stderr)


def ask_and_fail() -> str:
    """A view that fails with everything in it that must not be written; returns the number of the request."""
    browser = Client(raise_request_exception=False, headers={"user-agent": "Mozilla/5.0"}, REMOTE_ADDR="192.0.2.7")
    browser.force_login(founding().administrator)
    answer = browser.post("/office/fails/?q=question", {"name": "张三", "telephone": "13800000000"})
    assert answer.status_code == 500
    assert not any(secret in answer.content.decode() for secret in ("张三", "ValueError"))
    return str(answer["X-Request-ID"])


@pytest.mark.urls(__name__)
@pytest.mark.django_db
def test_a_failing_page_is_logged_with_its_number_and_nothing_of_the_person(
    written: Callable[[], list[str]], request: pytest.FixtureRequest
) -> None:
    number = ask_and_fail()
    lines = written()
    text = "\n".join(lines)
    assert "builtins.ValueError" in text
    assert f"{__file__}:" in text
    assert [secret for secret in SECRETS if secret in text] == []
    if request.node.callspec.params["written"] == "json":
        [line] = map(json.loads, lines)
        assert set(line) == {"time", "level", "logger", "message", "request", "exception"}
        assert (line["level"], line["logger"], line["request"]) == ("ERROR", "django.request", number)
        assert line["message"] == "Internal Server Error: /office/fails/"
        assert line["time"].endswith("+00:00")


@pytest.mark.urls(__name__)
@pytest.mark.django_db
def test_a_failing_box_is_logged_without_code_address_or_number(written: Callable[[], list[str]]) -> None:
    """The same thread has just answered a page of the office, whose number must not stay behind."""
    ask_and_fail()
    before = len(written())
    [code] = box.make_codes(1)
    with connections["box"].cursor() as cursor:
        cursor.execute("ALTER TABLE ballots_slipcode RENAME TO elsewhere")
    form = f"code={code}".encode()
    status, headers, _ = ask(
        "/box/sheet/",
        "POST",
        **{"wsgi.input": io.BytesIO(form), "CONTENT_LENGTH": str(len(form)), "REMOTE_ADDR": "192.0.2.7"},
        CONTENT_TYPE="application/x-www-form-urlencoded",
        HTTP_USER_AGENT="Mozilla/5.0",
    )
    lines = written()[before:]
    text = "\n".join(lines)
    assert (status, "X-Request-ID" in headers) == (500, False)
    assert "The box failed" in text
    assert "django.db.utils.ProgrammingError" in text
    for kept_out in (code, code.replace("-", ""), "/box/", *SECRETS):
        assert kept_out not in text
    for line in lines:
        assert not line.startswith("{") or "request" not in json.loads(line)


def test_a_failing_task_is_logged_without_what_it_said(written: Callable[[], list[str]]) -> None:
    fails_too.apply(["张三"])
    text = "\n".join(written())
    assert "Task tests.fails[" in text
    assert "raised unexpected: ValueError" in text
    assert "张三" not in text
    assert "no paper" not in text


def test_of_a_message_that_the_worker_cannot_read_only_the_first_line_is_written(
    written: Callable[[], list[str]],
) -> None:
    worker = logging.getLogger("celery.worker.consumer.consumer")
    worker.error("Received unregistered task of type %r.\nbody: 张三", "x")
    text = "\n".join(written())
    assert "Received unregistered task of type 'x'." in text
    assert "张三" not in text


def test_the_web_server_writes_neither_addresses_nor_paths(capsys: pytest.CaptureFixture[str]) -> None:
    from gunicorn.config import Config

    log = WebServerLog(Config())
    try:
        log.warning("Invalid request from ip=192.0.2.7: Invalid HTTP method: '张三'")
        try:
            raise ValueError("张三")
        except ValueError as problem:
            log.exception("Error handling request %s %s", "POST", "/box/sheet/?q=question")
            log.exception(problem)
        log.error("Worker (pid:%s) was sent %s!", 7, "SIGKILL")
    finally:
        log.error_log.handlers.clear()
    said = capsys.readouterr().err
    assert "gunicorn.error: Error handling request\n" in said
    assert "gunicorn.error: Worker (pid:7) was sent SIGKILL!" in said
    assert said.count("builtins.ValueError") == 2
    assert not [secret for secret in (*SECRETS, "/box/") if secret in said]


def test_a_line_of_json_is_one_line_whatever_it_holds() -> None:
    made = AsJson().format(record("one\ntwo “three”"))
    assert "\n" not in made
    assert json.loads(made)["message"] == "one\ntwo “three”"


def test_the_form_of_the_log_is_one_of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOG_FORMAT", raising=False)
    assert env.choice("LOG_FORMAT", FORMATS) == "plain"
    monkeypatch.setenv("LOG_FORMAT", "JSON")
    assert env.choice("LOG_FORMAT", FORMATS) == "json"
    monkeypatch.setenv("LOG_FORMAT", "xml")
    with pytest.raises(ImproperlyConfigured, match=r"LOG_FORMAT is 'xml', but must be plain or json\."):
        env.choice("LOG_FORMAT", FORMATS)
