"""What came of the review of qualification (资格审查)."""

from typing import Any

from django.utils.translation import gettext as _

from selection import clock
from selection.enums import Act, Stage
from selection.models import Review
from selection.standing import review_asked
from selection.web.next_acts import Seen
from selection.web.tabs.links import person_url


def reviews(seen: Seen) -> dict[str, Any]:
    """Of everybody still in who was or is to be reviewed: each review, the latest last, and where to review anew."""
    case = seen.case
    if not seen.sees_whole:
        return {}
    open_ = case.selection.stage == Stage.NOMINATION and case.selection.suspended_at is None
    rows = [
        {
            "name": row.person.name,
            "url": person_url(seen, row.person_id),
            "reviews": [_told(review) for review in case.of(case.reviews, row)],
            "again": bool(case.of(case.reviews, row)),
            "review_url": seen.url(Act.REVIEW_QUALIFICATION, row) if open_ else "",
        }
        for row in case.live
        if case.of(case.reviews, row) or review_asked(case, row)
    ]
    return {"reviewed": rows} if rows else {}


def _told(review: Review) -> dict[str, Any]:
    return {
        "step": review.get_step_display(),
        "qualified": review.qualified,
        "found": _items(review),
        "exam": review.exam,
        "reason": review.reason,
        "by": review.reviewed_by.name,
        "on": review.reviewed_on,
        "entered_on": clock.day_of(review.reviewed_at),
    }


def _items(review: Review) -> list[str]:
    """Each item that a review went through, with what was found."""
    asked = {
        _("Basic conditions"): review.basic,
        _("Personal archive"): review.archive,
        _("Health"): review.health,
        _("Conditions of the post"): review.post_conditions,
    }
    found = [(item, _("yes") if fits else _("no")) for item, fits in asked.items() if fits is not None]
    return [_("%(step)s: %(result)s") % {"step": item, "result": result} for item, result in found]
