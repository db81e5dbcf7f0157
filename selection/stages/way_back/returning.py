"""A selection returns to an earlier stage (退回).

What earlier stages gave is kept; the stage to which it returns, and those after it, are gone through anew.  What was
put aside stays in the record and on its page, but counts no more: see ``Case.counts_from`` and ``Case.counting``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from selection import deadlines
from selection.acts import Facts, Requirement, Text, act
from selection.enums import Act, CandidacyState, DeadlineKind, Stage
from selection.models import Account, Selection
from selection.models.case import Case
from selection.standing import no_ballot_under_way, running, with_reason


def before_returning(
    case: Case, *, actor: Account, at: datetime, stage: Stage | None = None, reason: str | None = None
) -> Iterator[Requirement]:
    yield running(case)
    yield no_ballot_under_way(case)
    live = [row for row in case.appointments if row.is_live]
    yield Requirement(
        _("No appointment of this selection is on notice or in force"), met=not live, observed=len(live), required=0
    )
    if stage is not None:
        returnable = list(ways_back(case.selection))
        yield Requirement(
            _("The stage lies before the present one"),
            met=stage in returnable and returnable.index(stage) < _index(case.selection, returnable),
            observed=Stage(stage).label,
            required=[one.label for one in returnable[: _index(case.selection, returnable)]],
            field="stage",
        )
    yield from with_reason(reason)


def _index(selection: Selection, stages: list[Stage]) -> int:
    if selection.stage == Stage.DECIDED:
        return len(stages)
    return stages.index(Stage(selection.stage)) if selection.stage in stages else 0


@dataclass(frozen=True)
class Anew:
    """What a return to one stage means: as what candidates stand there, what is kept, what is done anew."""

    state: CandidacyState
    kept: Text
    anew: Text


ANEW = {
    Stage.NOMINATION: Anew(
        CandidacyState.NOMINATED,
        _("the motion, the nominations and whoever is still a candidate"),
        _("the recommendation, the inspection, the consultation, the meeting and the vote"),
    ),
    Stage.RECOMMENDATION: Anew(
        CandidacyState.NOMINATED,
        _("the list of candidates"),
        _("every form of recommendation, the inspection, the consultation, the meeting and the vote"),
    ),
    Stage.INSPECTION: Anew(
        CandidacyState.INSPECTED,
        _("the recommendation, the team, talks, assessments, checks and opinions on file"),
        _("the pre-notice, the reports of the team, the consultation, the meeting and the vote"),
    ),
    Stage.DELIBERATION: Anew(
        CandidacyState.PROPOSED,
        _("the recommendation and the whole inspection"),
        _("the three levels of consultation, the meeting, introductions, opinions and the vote"),
    ),
}

_REMOVAL = {
    Stage.DELIBERATION: Anew(
        CandidacyState.PROPOSED, _("the motion"), _("the meeting, introductions, opinions and the vote")
    )
}


def ways_back(selection: Selection) -> dict[Stage, Anew]:
    """The stages to which a selection may return at all; a removal has none before the committee."""
    return _REMOVAL if selection.is_removal else ANEW


#: Deadline → the stage that waits for it; it ends when the selection returns to a stage before that.
_WAITS = {
    DeadlineKind.FEEDBACK_DUE: Stage.NOMINATION,
    DeadlineKind.REPLY_DUE: Stage.INSPECTION,
    DeadlineKind.NOTICE_END: Stage.DECIDED,
    DeadlineKind.PROBATION_REMINDER: Stage.DECIDED,
    DeadlineKind.PROBATION_END: Stage.DECIDED,
}


@act(Act.RETURN_SELECTION, subject="selection", requires=before_returning)
def return_selection(selection: Selection, *, stage: Stage, reason: str, actor: Account, at: datetime) -> Facts:
    """Return the selection to an earlier stage; who is still in stands there anew."""
    left = selection.stage
    state = ways_back(selection)[stage].state
    for candidacy in selection.candidacies.all():
        if candidacy.is_live and candidacy.state != state:
            candidacy.return_selection(state=state)
            candidacy.leave(at=None, stage="", reason="")
            candidacy.save()
    selection.return_selection(stage=stage)
    selection.enter(at, returned=True)
    left_behind = [kind for kind, waiting in _WAITS.items() if selection.stands_before(waiting)]
    ended = deadlines.end(selection, at=at, kinds=left_behind)
    return Facts({"from": left, "to": stage, "deadlines_ended": ended})
