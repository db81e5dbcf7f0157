"""Addresses that several tabs share (共用链接)."""

from typing import Any

from django.urls import reverse

from selection.enums import CorrectionState
from selection.web.next_acts import Seen


def person_url(seen: Seen, person: int) -> str:
    """A person's file, for whoever sees the whole selection."""
    return reverse("person", args=[person]) if seen.sees_whole else ""


def corrected_url(seen: Seen, row: Any) -> str:
    """Where it is told that a fact of the row was corrected, for whoever sees the whole; else an empty text."""
    of_row = (row._meta.model_name, row.pk)
    made = [
        one
        for one in seen.case.corrections
        if (one.kind, one.row) == of_row and one.state == CorrectionState.IN_FORCE and seen.sees_whole
    ]
    address = reverse("selection_facts", args=[seen.case.selection.number])
    return f"{address}#correction-{made[-1].pk}" if made else ""
