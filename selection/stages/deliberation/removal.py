"""Posts that are left by a decision of the committee (免去职务、任免并行).

Where the decision appoints, the committee votes on the appointment and on what it removes at once, and a post is left
on the day of the appointment.  Where it only removes, the removal is carried out by a document of its own; no rule asks
for a notice or a probation.  Rulebook keys: ``removal.*``, read at the motion, the introduction and the count.
"""

from collections.abc import Iterator
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from selection import clock
from selection.acts import Facts, Requirement, act
from selection.enums import Act, CandidacyState, RoundState, Stage
from selection.models import Account, AgendaItem, Candidacy, Removal, Selection
from selection.models.case import Case
from selection.register.models import Tenure
from selection.standing import at_stage, audited_on_leaving, given, not_in_future, on_the_agenda, running, to_appoint


def _candidate_of(case: Case, tenure: Tenure) -> Candidacy | None:
    """The candidate whose other post it is."""
    proposed = case.at(CandidacyState.PROPOSED)
    return next((row for row in proposed if row.person_id == tenure.person_id), None)


def before_proposing_removals(
    case: Case, *, actor: Account, at: datetime, tenures: list[Tenure] | None = None, reason: str | None = None
) -> Iterator[Requirement]:
    yield at_stage(case, Stage.DELIBERATION)
    yield running(case)
    yield to_appoint(case)
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


def before_removing(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    document_number: str | None = None,
    removed_on: date | None = None,
) -> Iterator[Requirement]:
    removal: Removal = case.subject
    decided = case.entered(Stage.DECIDED)
    passed = removal.candidacy is not None and removal.pk in {row.pk for row in case.removals_with(removal.candidacy)}
    yield at_stage(case, Stage.DECIDED)
    yield running(case)
    yield Requirement(
        _("The committee has passed the removal"),
        met=case.selection.is_removal and passed,
    )
    yield Requirement(
        _("The post is still held"), met=removal.tenure.until_on is None, observed=removal.tenure.until_on
    )
    yield from audited_on_leaving(case, [removal.tenure])
    if document_number is not None:
        yield Requirement(_("The removal document has a number"), met=given(document_number), field="document_number")
    yield not_in_future(removed_on, at, field="removed_on")
    if removed_on is not None and decided is not None:
        yield Requirement(
            _("The post does not end before the decision"),
            met=removed_on >= clock.day_of(decided),
            observed=removed_on,
            required=clock.day_of(decided),
            field="removed_on",
        )


@act(Act.REMOVE_HOLDER, subject="removal", requires=before_removing, plain=["document_number"])
def remove_holder(removal: Removal, *, document_number: str, removed_on: date, actor: Account, at: datetime) -> Facts:
    """Carry out the removal that the committee has passed: the post ends, and the matter is closed."""
    tenure, selection = removal.tenure, removal.selection
    tenure.until_on, tenure.on_probation = removed_on, False
    tenure.save()
    removal.ended_on, removal.document_number = removed_on, document_number
    removal.save()
    selection.remove_holder()
    selection.enter(at)
    return Facts({"posts_left": 1}, [removal])
