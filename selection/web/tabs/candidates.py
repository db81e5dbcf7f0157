"""The tab of the candidates: who is still in, who left and why, and what the present stage needs (人选)."""

from typing import Any

from django.utils.translation import gettext as _

from selection import clock
from selection.enums import Act, CandidacyState, RecommendationForm, ReviewStep, Stage
from selection.models import Candidacy
from selection.models.case import Case
from selection.web.next_acts import Seen, appointment_of
from selection.web.tabs.answering import liabilities
from selection.web.tabs.deciding import appointments, deliberation
from selection.web.tabs.inspecting import inspection
from selection.web.tabs.links import person_url
from selection.web.tabs.planning import planning
from selection.web.tabs.recommending import listing, recommendations
from selection.web.tabs.reporting import reports
from selection.web.tabs.reviewing import reviews
from selection.web.tags import percent

TONES = {
    CandidacyState.NOMINATED: "info",
    CandidacyState.INSPECTED: "info",
    CandidacyState.PROPOSED: "good",
    CandidacyState.PASSED: "good",
    CandidacyState.NOT_PASSED: "warn",
    CandidacyState.WITHDRAWN: "muted",
    CandidacyState.ENDED: "muted",
}


def candidates(seen: Seen) -> dict[str, Any]:
    """Who is still in, who left and why, and what the present stage needs for each of them."""
    case = seen.case
    work = {
        Stage.MOTION: planning,
        Stage.NOMINATION: listing,
        Stage.RECOMMENDATION: recommendations,
        Stage.INSPECTION: inspection,
        Stage.DELIBERATION: deliberation,
        Stage.DECIDED: appointments,
    }.get(Stage(case.selection.stage))
    found: dict[str, Any] = {
        "levels": funnel(seen),
        "still_in": [_standing(seen, row) for row in case.live],
    }
    if work is not None and case.selection.suspended_at is None:
        found |= work(seen)
    return found | reviews(seen) | reports(seen) | liabilities(seen)


_LEVELS = (Stage.NOMINATION, Stage.RECOMMENDATION, Stage.INSPECTION, Stage.DELIBERATION)


def funnel(seen: Seen) -> list[dict[str, Any]]:
    """How many came into each stage so far, and who left there; the reasons are for those who see the whole."""
    case = seen.case
    if not case.candidacies:
        return []
    first = Stage.DELIBERATION if case.selection.is_removal else Stage.NOMINATION
    reached = [level for level in _LEVELS if level == first or case.entered(level)]
    inside = len(case.candidacies)
    levels = []
    for level in reached:
        left = [row for row in case.candidacies if not row.is_live and row.ended_stage == level]
        if level == Stage.DELIBERATION and case.selection.stage in (Stage.DECIDED, Stage.CLOSED):
            left += case.at(CandidacyState.NOT_PASSED)
        levels.append(
            {
                "label": level.label,
                "entered": inside,
                "inside": inside - len(left),
                "left": [
                    {
                        "name": row.person.name,
                        "url": person_url(seen, row.person_id),
                        "state": row.get_state_display(),
                        "reason": row.end_reason if seen.sees_whole else "",
                        "on": clock.day_of(row.ended_at) if row.ended_at else None,
                    }
                    for row in left
                ],
            }
        )
        inside -= len(left)
    return levels


def _standing(seen: Seen, candidacy: Candidacy) -> dict[str, Any]:
    """One candidate who is still in: facts, what the stages gave, what may be done."""
    case, person = seen.case, candidacy.person
    gave = [f"{form.label} {rate}" for form, rate in rates(case, candidacy)] if seen.sees_whole else []
    if seen.sees_whole and (assessed := case.counting(case.assessments, candidacy)):
        last = assessed[-1]
        gave.append(
            _("assessment: %(excellent)s excellent, %(competent)s competent")
            % {"excellent": last.excellent, "competent": last.competent}
        )
    for step in ReviewStep if seen.sees_whole else ():
        if review := case.review_of(candidacy, step):
            result = _("Qualified") if review.qualified else _("Not qualified")
            gave.append(_("%(step)s: %(result)s") % {"step": step.label, "result": result})
    route = case.route_of(candidacy) if seen.sees_whole and case.route is None else None
    appointment = appointment_of(case, candidacy)
    may_leave = appointment is None and case.selection.closed_at is None and not case.selection.is_removal
    return {
        "name": person.name,
        "url": person_url(seen, candidacy.person_id),
        "facts": [
            person.get_sex_display(),
            f"{person.born_on:%Y.%m}",
            person.education,
            str(person.organisation),
            person.get_grade_display(),
            *([_("put forward by: %(route)s") % {"route": route.name.label}] if route else []),
        ],
        "gave": gave,
        "label": (appointment or candidacy).get_state_display(),
        "tone": TONES[CandidacyState(candidacy.state)],
        "withdraw_url": seen.url(Act.WITHDRAW_CANDIDACY, candidacy) if may_leave else "",
        "end_url": seen.url(Act.END_CANDIDACY, candidacy) if may_leave else "",
    }


def rates(case: Case, candidacy: Candidacy) -> list[tuple[RecommendationForm, str]]:
    """Share of the votes in each confirmed recommendation."""
    return [
        (form, percent(*votes)) for form in case.forms_held() if (votes := case.votes_for(candidacy, form)) is not None
    ]
