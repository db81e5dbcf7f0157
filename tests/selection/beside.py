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
def beside_an_entry(selection: Selection, at: datetime = AT) -> Iterator[None]:
    """A transaction whose rows are covered by an entry of the selection's stream."""
    with transaction.atomic():
        yield
        record.append(
            [
                record.Entry(
                    stream=f"selection:{selection.pk}",
                    action="note_matter",
                    actor={"id": "0", "name": "测试", "dept": "", "role": "", "auth": ""},
                    at=at,
                    basis="",
                    case=f"selection:{selection.pk}",
                    object=("selection", str(selection.pk)),
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
