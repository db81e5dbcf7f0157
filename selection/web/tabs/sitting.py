"""What sittings that nominate by ballot did for one post (会议推荐提名)."""

from typing import Any

from selection.web.next_acts import Seen
from selection.web.sittings import shown


def sittings(seen: Seen) -> dict[str, Any]:
    """The post at each of its sittings, the latest first; figures only once a count is confirmed."""
    items = sorted(seen.case.sitting_items, key=lambda row: -row.pk)
    return {"nominating_sittings": [shown(seen, item) for item in items]}
