"""The plan and the post made public, before nomination begins (方案、职位公告)."""

from typing import Any

from django.utils.translation import gettext as _

from selection.enums import Act, PlanOutcome
from selection.web.next_acts import Seen

_TONES = {PlanOutcome.APPROVED: "good", PlanOutcome.FILED: "good", PlanOutcome.RETURNED: "warn"}


def planning(seen: Seen) -> dict[str, Any]:
    """What was handed in above and what came of it, and what was made public."""
    if not seen.sees_whole:
        return {}
    case = seen.case
    return {
        "plans": [
            {
                "superior": row.superior,
                "submitted_on": row.submitted_on,
                "quota": row.quota_confirmed,
                "answer": row.answer,
                "answered_on": row.answered_on,
                "label": row.get_outcome_display() if row.outcome else _("Waits for its answer"),
                "tone": _TONES[PlanOutcome(row.outcome)] if row.outcome else "info",
                "url": "" if row.outcome else seen.url(Act.ANSWER_PLAN, row),
            }
            for row in case.plans
        ],
        "announcement": case.announcements[-1] if case.announcements else None,
    }
