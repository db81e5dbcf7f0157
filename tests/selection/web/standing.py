"""A selection that stands for a whole module of tests, and hands that fill in the forms of acts (测试用在办事项).

The selection is taken to its point once; what a test does to it is undone.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from django.core.files import File
from django.db import connections, transaction

from tests.factories import Course, run_to
from tests.page_lint import LintingClient


@contextmanager
def standing_at(point: str, blocker: Any) -> Iterator[Course]:
    """A course at ``point``, for a fixture of module scope.

    Each test still asks for ``db``, whose own transaction lies inside this one.
    """
    with blocker.unblock(), ExitStack() as undone:
        for alias in connections:
            atomic = transaction.atomic(using=alias)
            atomic._from_testcase = True  # type: ignore[attr-defined] # so that acts may be durable, as in Django's own tests
            undone.enter_context(atomic)
            undone.callback(transaction.set_rollback, True, using=alias)
        yield run_to(point)


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
    values = {field.name: field.value() for field in shown.context["form"]} | given
    return client.post(
        url,
        {
            name: value if isinstance(value, list | File) else str(value)
            for name, value in values.items()
            if value not in (None, "")
        },
    )
