"""A selection returns to an earlier stage (退回)."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from selection import deadlines
from selection.acts import Facts, Requirement, act
from selection.enums import Act, CandidacyState, Stage
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
        returnable: list[Stage] = [one for one in Stage if one not in (Stage.MOTION, Stage.DECIDED, Stage.CLOSED)]
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


_STATE_AT = {
    Stage.NOMINATION: CandidacyState.NOMINATED,
    Stage.RECOMMENDATION: CandidacyState.NOMINATED,
    Stage.INSPECTION: CandidacyState.INSPECTED,
    Stage.DELIBERATION: CandidacyState.PROPOSED,
}


@act(Act.RETURN_SELECTION, subject="selection", requires=before_returning)
def return_selection(selection: Selection, *, stage: Stage, reason: str, actor: Account, at: datetime) -> Facts:
    """Return the selection to an earlier stage; who is still in stands there anew."""
    left = selection.stage
    state = _STATE_AT[stage]
    for candidacy in selection.candidacies.all():
        if candidacy.is_live and candidacy.state != state:
            candidacy.return_selection(state=state)
            candidacy.leave(at=None, stage="", reason="")
            candidacy.save()
    selection.return_selection(stage=stage)
    selection.enter(at, returned=True)
    ended = deadlines.end(selection, at=at)
    return Facts({"from": left, "to": stage, "deadlines_ended": ended})
