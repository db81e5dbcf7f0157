"""Reports on candidates and on the selection, before there is a notice (举报)."""

from typing import Any

from selection.enums import Act, Breach, Channel, Effect
from selection.models import Objection
from selection.web.next_acts import Seen


def reports(seen: Seen) -> dict[str, Any]:
    """What was reported, how far the investigation is, and what to do; never what was said and by whom."""
    if not seen.sees_whole:
        return {}
    return {"reports": [_report(seen, row) for row in seen.case.objections if row.appointment_id is None]}


def _report(seen: Seen, row: Objection) -> dict[str, Any]:
    done = row.settled_at is not None
    return {
        "filed_at": row.filed_at,
        "name": row.candidate.person.name if row.candidate else "",
        "breach": Breach(row.breach).label if row.breach else "",
        "channel": Channel(row.channel).label if row.channel else "",
        "effect": Effect(row.effect).label if row.effect else "",
        "tone": "warn" if not done else "bad" if row.effect in (Effect.EXCLUDED, Effect.RETURNED) else "plain",
        "settled_at": row.settled_at,
        "url": "" if done else seen.url(Act.SETTLE_OBJECTION, row),
        "note_url": "" if done else seen.url(Act.INVESTIGATE_OBJECTION, row),
    }
