"""Cases against whoever answers for a nomination (责任追究)."""

from typing import Any

from selection.enums import Act
from selection.web.next_acts import Seen


def liabilities(seen: Seen) -> dict[str, Any]:
    """What was opened, where it went and what came of it; never what is said to have happened."""
    if not seen.sees_whole:
        return {}
    return {
        "liabilities": [
            {
                "name": row.person.name,
                "ground": row.get_ground_display(),
                "opened_at": row.opened_at,
                "handed_to": row.get_handed_to_display() if row.handed_to else "",
                "handed_on": row.handed_on,
                "settled_on": row.settled_on,
                "hand_url": "" if row.settled_on else seen.url(Act.HAND_OVER_LIABILITY, row),
                "settle_url": seen.url(Act.SETTLE_LIABILITY, row) if row.handed_to and not row.settled_on else "",
            }
            for row in seen.case.liabilities
        ]
    }
