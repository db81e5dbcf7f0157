"""The process record form (纪实表): the first one of a worker, and the ones after it."""

from statistics import median
from time import sleep

import pytest

from selection.documents import contexts, render
from selection.enums import Paper
from selection.models import Document
from tests.bench.measuring import seconds, tell
from tests.factories import Point, run_to

pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True)]


def test_record_form() -> None:
    course = run_to(Point.CLOSED)
    document = Document.objects.filter(selection=course.selection, kind=Paper.RECORD_FORM).latest("pk")

    def make() -> None:
        assert render.render(*contexts.of(document, at=course.at)).startswith(b"%PDF")

    tell("process record form, the press begins with it", f"{seconds(make):.2f} s")
    render.keep_ahead()
    try:
        runs = []
        for _ in range(7):
            sleep(2)  # the press that waits has loaded what it needs
            runs.append(seconds(make))
        tell("process record form, the press was waiting", f"{median(runs):.2f} s")
    finally:
        render.keep_no_more()
