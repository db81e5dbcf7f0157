"""What nomination and democratic recommendation need (提名、民主推荐)."""

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from django.utils.translation import gettext as _

from selection.enums import Act, NominationSource, PollKind
from selection.models import Poll
from selection.stages.recommendation import groups_of
from selection.web.next_acts import Seen
from selection.web.tabs.links import corrected_url, person_url
from selection.web.tabs.planning import planning
from selection.web.tabs.sitting import sittings
from selection.web.tags import percent, rate_of, short_day


def nominations(seen: Seen) -> dict[str, Any]:
    """Recommendations under a leading cadre's own name, with review and feedback; where every nomination is reviewed
    or somebody answers for it, all of them."""
    if not seen.sees_whole:
        return {}
    case = seen.case
    reviewed = list(case.rules.asking("nomination.reviewed"))
    return {
        "nominations": [
            {
                "name": case.people[row.person_id].name,
                "unit": str(case.people[row.person_id].organisation),
                "url": person_url(seen, row.person_id),
                "by": row.nominator.name,
                "source": "" if row.source == NominationSource.PERSONAL else row.get_source_display(),
                "answers": row.first_responsible.name if row.first_responsible else "",
                "beside": row.co_responsible,
                "origin": row.get_origin_display() if row.origin else "",
                "nobody_nearer": row.nobody_nearer,
                "exception": row.exception,
                "passed_over": [case.rules[key].citation for key in row.unmet],
                "taken_from": row.taken_from_id is not None,
                "at": row.nominated_at,
                "reason": row.reason,
                "outcome": row.get_outcome_display() if row.outcome else "",
                "accepted": row.outcome == "accepted",
                "fed_back_at": row.fed_back_at,
                "review_url": "" if row.reviewed_at else seen.url(Act.REVIEW_RECOMMENDATION, row),
                "feedback_url": seen.url(Act.FEED_BACK_RECOMMENDATION, row)
                if row.reviewed_at and not row.fed_back_at and row.source == NominationSource.PERSONAL
                else "",
            }
            for row in case.nominations
            if row.source == NominationSource.PERSONAL
            or row.first_responsible_id
            or row.co_responsible
            or row.origin
            or row.exception
            or reviewed
        ]
    }


def listing(seen: Seen) -> dict[str, Any]:
    """While the list is open: personal recommendations, and what the plenary committee has done already."""
    return planning(seen) | sittings(seen) | nominations(seen) | recommendations(seen)


def recommendations(seen: Seen) -> dict[str, Any]:
    """The recommendations held, how far their counts are, and what to do with them."""
    return {"polls": [_poll(seen, poll) for poll in seen.case.polls if poll.kind == PollKind.RECOMMENDATION]}


def _poll(seen: Seen, poll: Poll) -> dict[str, Any]:
    case = seen.case
    sheets = case.sheets_of(poll)
    mine = any(sheet.teller_id == seen.account.pk for sheet in sheets)
    agree = len(sheets) == 2 and sheets[0].figures() == sheets[1].figures()
    if poll.confirmed_at:
        state, tone = _("Count confirmed"), "good"
    elif len(sheets) < 2:
        state, tone = _("%(entered)s of 2 counts entered") % {"entered": len(sheets)}, "info"
    elif agree:
        state, tone = _("Both counts agree"), "warn"
    else:
        state, tone = _("The two counts differ"), "bad"
    open_ = poll.confirmed_at is None
    return {
        "form": poll.get_form_display(),
        "held_on": poll.held_on,
        "scope": poll.scope,
        "more": list(_more(seen, poll)),
        "due": poll.due_count,
        "present": poll.present_count,
        "state": state,
        "tone": tone,
        "mine": mine,
        "enter_url": seen.url(Act.ENTER_TALLY, poll) if open_ and not mine and len(sheets) < 2 else "",
        "confirm_url": seen.url(Act.CONFIRM_TALLY, poll) if open_ and agree else "",
        "reject_url": seen.url(Act.REJECT_TALLY, poll) if open_ and len(sheets) == 2 and not agree else "",
        "result": _result(seen, poll),
    }


def _more(seen: Seen, poll: Poll) -> Iterator[tuple[str, Any]]:
    """What the rules of the body want to know besides, with the floor below which nobody goes on (REC-18, REC-23)."""
    rounds = [row.pk for row in seen.case.polls if row.form == poll.form and row.kind == PollKind.RECOMMENDATION]
    if len(rounds) > 1:
        yield _("Round"), rounds.index(poll.pk) + 1
    if poll.names:
        yield _("Ballots"), poll.get_names_display()
    if poll.unsigned:
        yield _("Signature"), _("unsigned")
    if floor := seen.case.floor_of(poll):
        yield _("Nobody goes on with less than"), rate_of(Fraction(floor.value.numerator, floor.value.denominator))
    if poll.called_on:
        yield _("Notice of the meeting"), short_day(poll.called_on)
    if poll.statements_on:
        yield _("Personal statements"), short_day(poll.statements_on)
    for group, name in groups_of(seen.case.rules, poll.form).items():
        yield str(name), poll.groups.get(group, 0)


def _result(seen: Seen, poll: Poll) -> dict[str, Any] | None:
    """The confirmed count: candidates by votes."""
    case = seen.case
    sheet = case.accepted_sheet(poll)
    if sheet is None:
        return None
    votes = {int(key): int(number) for key, number in sheet.votes.items()}
    counted = [row for row in case.candidacies if row.pk in votes]
    return {
        "issued": sheet.issued,
        "returned": sheet.returned,
        "valid": sheet.valid,
        "corrected": corrected_url(seen, sheet),
        "rows": [
            {
                "name": row.person.name,
                "votes": votes[row.pk],
                "rate": percent(votes[row.pk], sheet.valid),
                "place": 1 + sum(1 for other in votes.values() if other > votes[row.pk]),
            }
            for row in sorted(counted, key=lambda row: -votes[row.pk])
        ],
    }
