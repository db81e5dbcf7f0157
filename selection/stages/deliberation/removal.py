"""Posts that are left by the decision that appoints (任免并行：免去职务).

The committee votes on the appointment and on what it removes at once; a post is left on the day of the appointment.
"""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from selection.acts import Facts, Requirement, act
from selection.enums import Act, CandidacyState, RoundState, Stage
from selection.models import Account, AgendaItem, Candidacy, Removal, Selection
from selection.models.case import Case
from selection.register.models import Tenure
from selection.standing import at_stage, given, on_the_agenda, running


def _candidate_of(case: Case, tenure: Tenure) -> Candidacy | None:
    """The candidate whose other post it is."""
    proposed = case.at(CandidacyState.PROPOSED)
    return next((row for row in proposed if row.person_id == tenure.person_id), None)


def before_proposing_removals(
    case: Case, *, actor: Account, at: datetime, tenures: list[Tenure] | None = None, reason: str | None = None
) -> Iterator[Requirement]:
    yield at_stage(case, Stage.DELIBERATION)
    yield running(case)
    yield on_the_agenda(case)
    voted = [row for row in case.rounds if case.item and row.poll.item_id == case.item.pk]
    frozen = [row for row in voted if row.state != RoundState.VOID]
    yield Requirement(
        _("No ballot of this item has been prepared"), met=not frozen, observed=len(frozen), required=0, field="tenures"
    )
    if tenures is None:
        return
    post = case.selection.post_id
    yield Requirement(
        _("Only posts that are held are left: other posts of the candidates, or the one to be filled"),
        met=all(row.until_on is None and (row.post_id == post or _candidate_of(case, row)) for row in tenures),
        observed=[str(row.post) for row in tenures if row.until_on is not None] or None,
        field="tenures",
    )
    yield Requirement(_("The reason is written down"), met=not tenures or given(reason), field="reason")


@act(Act.PROPOSE_REMOVALS, subject="selection", requires=before_proposing_removals)
def propose_removals(
    selection: Selection, *, tenures: list[Tenure], reason: str = "", actor: Account, at: datetime
) -> Facts:
    """Propose which posts are left by the decision on this item; what was proposed before is replaced."""
    case, item = selection.case(), AgendaItem.of(selection)
    item.removals.all().delete()
    for tenure in tenures:
        Removal.objects.create(
            selection=selection,
            item=item,
            candidacy=_candidate_of(case, tenure),
            person_id=tenure.person_id,
            tenure=tenure,
            reason=reason,
            proposed_at=at,
        )
    return Facts({"posts_left": len(tenures)})
