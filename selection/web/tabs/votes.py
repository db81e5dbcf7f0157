"""The tab of the votes: counts after their confirmation, sittings after their announcement (票决)."""

from typing import Any

from selection.web.next_acts import Seen
from selection.web.tabs.deciding import sitting
from selection.web.tabs.recommending import recommendations


def votes(seen: Seen) -> dict[str, Any]:
    """Recommendations after their confirmation, sittings after their announcement."""
    return {
        **recommendations(seen),
        "sittings": [sitting(seen.case, row) for row in seen.case.rounds] if seen.sees_whole else [],
    }
