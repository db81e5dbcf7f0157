"""Rows that no act makes alone, made beside an entry that covers them, and days counted from the beginning."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from django.db import transaction

from audit import record
from selection.models import Selection
from tests.factories import AT


@contextmanager
def beside_an_entry(of: Selection | None = None, at: datetime = AT) -> Iterator[None]:
    """A transaction whose rows are covered by an entry of the selection's stream, by default of the system's."""
    stream, about = of.streams()[0] if of else "system", ("selection", str(of.pk)) if of else ("account", "0")
    with transaction.atomic():
        yield
        record.append(
            [
                record.Entry(
                    stream=stream,
                    action="note_matter",
                    actor={"id": "0", "name": "测试", "dept": "", "role": "", "auth": ""},
                    at=at,
                    basis="",
                    case=stream if of else "",
                    object=about,
                    data={},
                    files=[],
                    req=uuid.uuid4().hex,
                    state="",
                    sealed={},
                )
            ]
        )


def later(**length: float) -> datetime:
    return AT + timedelta(**length)
