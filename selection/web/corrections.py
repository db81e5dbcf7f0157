"""Recorded facts and their corrections (已录事实与更正): a part of a selection's page, all from the case."""

from itertools import groupby
from typing import Any

from selection import clock
from selection.enums import Act, CorrectionState, Stage
from selection.models import (
    Correction,
)
from selection.models.case import Case
from selection.web.forms.corrections import about, field_of, is_in_words, kinds, told, worded
from selection.web.next_acts import Seen


def facts(seen: Seen) -> dict[str, Any]:
    """Every row with its facts, what was corrected, and what waits for a second person."""
    case = seen.case
    rows = groupby(case.on_record(), key=type)
    return {
        "waiting": [_shown(seen, one) for one in case.corrections if one.state == CorrectionState.PROPOSED],
        "corrections": [
            _shown(seen, one) for one in reversed(case.corrections) if one.state != CorrectionState.PROPOSED
        ],
        "kinds": [_kind(seen, kind, list(found)) for kind, found in rows],
        "announced": any(row.announced_at for row in case.rounds),
    }


def _kind(seen: Seen, kind: type, rows: list[Any]) -> dict[str, Any]:
    names = list(dict.fromkeys(fact for row in rows for fact in row.facts()))
    columns = {fact: str(field_of(seen.case, rows[0], fact).label) for fact in names}
    return {
        "label": kinds()[kind],
        "columns": list(columns.values()),
        "rows": [
            {
                "about": about(seen.case, row),
                "beyond": row.out_of_reach(seen.case),
                "cells": [
                    {"label": label, **(_cell(seen, row, fact) if fact in row.facts() else {"absent": True})}
                    for fact, label in columns.items()
                ],
            }
            for row in rows
        ],
    }


def _cell(seen: Seen, row: Any, fact: str) -> dict[str, Any]:
    case = seen.case
    of_fact = (row._meta.model_name, row.pk, fact)
    made = [one for one in case.corrections if (one.kind, one.row, one.fact) == of_fact]
    waits = any(one.state == CorrectionState.PROPOSED for one in made)
    may = not waits and not row.out_of_reach(case) and case.selection.suspended_at is None
    return {
        "in_words": is_in_words(row, fact),
        "value": worded(field_of(case, row, fact), row.fact(fact)),
        "corrected": next((one.pk for one in reversed(made) if one.state == CorrectionState.IN_FORCE), None),
        "waits": waits,
        "url": seen.url(Act.CORRECT_FACT, case.selection, what="-".join(map(str, of_fact))) if may else "",
    }


def _shown(seen: Seen, correction: Correction) -> dict[str, Any]:
    """One correction with what became of it, and where it is decided on."""
    return {
        **told(seen.case, correction),
        "pk": correction.pk,
        "state": CorrectionState(correction.state).label,
        "tone": "good" if correction.state == CorrectionState.IN_FORCE else "muted",
        "decided_by": correction.decided_by.name if correction.decided_by else "",
        "decided_at": correction.decided_at,
        "weighty": correction.weighty,
        "refusal": correction.refusal,
        "previous": correction.previous_id,
        "confirm_url": ""
        if correction.proposed_by_id == seen.account.pk
        else seen.url(Act.CONFIRM_CORRECTION, correction),
        "refuse_url": seen.url(Act.REFUSE_CORRECTION, correction),
    }


def overtaken(seen: Seen) -> list[dict[str, Any]]:
    """Corrections of what a stage rested on that had been passed, unless the selection returned to it since."""
    if not seen.sees_whole or seen.case.selection.stage == Stage.CLOSED:
        return []
    case = seen.case
    stages = {type(row): row.correctable.stage for row in case.on_record()}
    of_kind = {kind._meta.model_name: stage for kind, stage in stages.items()}
    found = {
        (
            of_kind[one.kind],
            clock.day_of(one.decided_at),
            one.candidacy.person.name if one.candidacy else "",
        )
        for one in case.corrections
        if one.late and one.decided_at and _stands_since(case, of_kind[one.kind], one)
    }
    return [{"stage": stage.label, "on": on, "name": name} for stage, on, name in sorted(found)]


def _stands_since(case: Case, stage: Stage, correction: Correction) -> bool:
    back = case.counts_from(stage)
    return back is None or correction.decided_at is None or back < correction.decided_at
