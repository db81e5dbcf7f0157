"""Paper ballots (纸质票): entered by two tellers who do not see each other's entry, confirmed by a scrutineer.

The sheets are read once the ballot is closed.  What they say goes to the box; here stands who entered and confirmed.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from selection.acts import Facts, Refused, Requirement, Secret, act
from selection.ballots import box
from selection.enums import Act, BallotChannel, RoundState
from selection.models import Account, PaperEntry, Round
from selection.models.case import Case
from selection.models.poll import handed_out
from selection.stages.deliberation.ballot import counted, settle
from selection.stages.deliberation.scrutiny import not_presiding, witnessed

#: How many tellers enter the sheets.
TELLERS = len(box.Teller)


def _awaits_paper(case: Case) -> Iterator[Requirement]:
    round_: Round = case.subject
    yield Requirement(
        _("The ballot is closed"), met=round_.state == RoundState.CLOSED, observed=RoundState(round_.state).label
    )
    on_paper = handed_out(case.roll_of(round_))[BallotChannel.PAPER]
    yield Requirement(_("Paper ballots were handed out"), met=on_paper > 0, observed=on_paper)
    yield Requirement(_("The paper ballots are not confirmed yet"), met=round_.returned is None)


def before_entering(case: Case, *, actor: Account, at: datetime, sheets: Secret | None = None) -> Iterator[Requirement]:
    entered = case.paper_entered(case.subject)
    yield from _awaits_paper(case)
    yield Requirement(_("You have not entered this count yet"), met=all(row.teller_id != actor.pk for row in entered))
    yield Requirement(_("No more than two tellers count"), met=len(entered) < TELLERS, required=TELLERS)


@act(Act.ENTER_PAPER, subject="round", requires=before_entering)
def enter_paper(round_: Round, *, sheets: Secret, actor: Account, at: datetime) -> Facts:
    """Enter what stands on each paper sheet that came back: candidate → option, or None where a sheet is void."""
    teller = list(box.Teller)[round_.paper_entries.filter(rejected_at__isnull=True).count()]
    read: Sequence[Mapping[str, str] | None] = sheets.value
    box.enter_paper(round_.box, teller, read)
    entry = PaperEntry.objects.create(selection=round_.selection, round=round_, teller=actor, entered_at=at)
    return Facts({"sheets": len(read)}, [entry])


def _both_entered(case: Case, actor: Account) -> Iterator[Requirement]:
    entered = case.paper_entered(case.subject)
    yield from _awaits_paper(case)
    yield Requirement(
        _("Two tellers have entered the sheets"),
        met=len(entered) == TELLERS,
        observed=len(entered),
        required=TELLERS,
    )
    yield Requirement(_("A scrutineer has not entered them"), met=all(row.teller_id != actor.pk for row in entered))
    yield not_presiding(case.subject, actor)


def before_confirming(case: Case, *, actor: Account, at: datetime) -> Iterator[Requirement]:
    yield from _both_entered(case, actor)


@act(Act.CONFIRM_PAPER, subject="round", requires=before_confirming)
def confirm_paper(round_: Round, *, actor: Account, at: datetime) -> Facts:
    """Confirm that both tellers read the same from the sheets; with them the round has its count.

    Raises:
        Refused: they read different things, or the box was tampered with.
    """
    if not box.paper_agrees(round_.box):
        raise Refused(Act.CONFIRM_PAPER, [Requirement(_("Both tellers have entered the same"), met=False)])
    tally = counted(Act.CONFIRM_PAPER, round_)
    settle(round_, tally, is_whole=True)
    told = {"sheets": tally.on_paper, "issued": round_.issued, "returned": tally.returned, "state": round_.state}
    return witnessed(round_, Act.CONFIRM_PAPER, actor, at, told)


def before_rejecting(case: Case, *, actor: Account, at: datetime) -> Iterator[Requirement]:
    yield from _both_entered(case, actor)


@act(Act.REJECT_PAPER, subject="round", requires=before_rejecting)
def reject_paper(round_: Round, *, actor: Account, at: datetime) -> None:
    """Put both entries aside, so that both tellers read the sheets again."""
    box.reject_paper(round_.box)
    for entry in round_.paper_entries.filter(rejected_at__isnull=True):
        entry.rejected_at = at
        entry.save()
