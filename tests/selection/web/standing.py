"""A selection that stands for a whole module of tests, and hands that fill in the forms of acts (测试用在办事项).

The selection is taken to its point once; what a test does to it is undone.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import date, timedelta
from typing import Any

from django.core.files import File
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections, transaction

from selection import clock
from tests import factories
from tests.factories import Course
from tests.page_lint import LintingClient


@contextmanager
def standing_at(point: str, blocker: Any, begun: Callable[[], Course] = factories.course) -> Iterator[Course]:
    """A course at ``point``, for a fixture of module scope.

    Each test still asks for ``db``, whose own transaction lies inside this one.
    """
    with blocker.unblock(), ExitStack() as undone:
        for alias in connections:
            atomic = transaction.atomic(using=alias)
            atomic._from_testcase = True  # type: ignore[attr-defined] # so that acts may be durable, as in Django's own tests
            undone.enter_context(atomic)
            undone.callback(transaction.set_rollback, True, using=alias)
        yield begun().go_to(point)


def lately() -> Course:
    """A selection begun three days ago in a county founded a month ago: for pages that go by the day of today."""
    county = factories.county(clock.now() - timedelta(days=30), members=4)
    return factories.course(county, at=clock.now() - timedelta(days=3))


def signed_in(course: Course, username: str, language: str = "zh-hans") -> LintingClient:
    """A browser in which this account has logged in."""
    client = LintingClient()
    client.force_login(course.county[username])
    client.cookies["language"] = language
    return client


def fill_in(client: LintingClient, url: str, **given: Any) -> Any:
    """Send the form of an act with what it shows already and with what is given."""
    shown = client.get(url)
    assert shown.status_code == 200
    form = shown.context["form"]
    standing = {field.html_name: field.value() for field in form}
    typed = {
        name: form.fields[name].widget.format_value(value) if isinstance(value, date) else value
        for name, value in standing.items()
    }
    values = typed | given
    return client.post(
        url,
        {
            name: value if isinstance(value, list | File) else str(value)
            for name, value in values.items()
            if value not in (None, "")
        },
    )


def scan(name: str = "核查报告.pdf") -> SimpleUploadedFile:
    """A file as it comes from a scanner, to be uploaded."""
    return SimpleUploadedFile(name, b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\nstartxref\n9\n%%EOF\n")


def words(response: Any) -> str:
    """What a page says, with its marks."""
    return str(response.content.decode())
