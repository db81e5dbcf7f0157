"""The audit package of a ballot, handed out by two people (票决审计包调取).

An auditor asks for the package of a round that is announced or void; the secretary or the head of the department
agrees; then this auditor fetches it until the period for objections is over.  Whoever could agree may refuse with a
reason; the auditor then may ask again, for another one.  A package holds whole sheets, so nobody else gets it, and
nobody before the box is closed.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from selection.acts import Facts, Requirement, act
from selection.ballots import box, package
from selection.ballots.package import Issued
from selection.enums import Act, BallotChannel, RoundState
from selection.models import Account, Recount, RollMember, Round
from selection.models.case import Case
from selection.models.poll import handed_out
from selection.standing import given

#: States in which a round is over, so that its package can be asked for.
OVER = (RoundState.ANNOUNCED, RoundState.VOID)


def _before_the_end(case: Case) -> Requirement:
    return Requirement(_("The period for objections is not over"), met=not case.objections_are_over)


def before_requesting_recount(
    case: Case, *, actor: Account, at: datetime, reason: str | None = None
) -> Iterator[Requirement]:
    round_: Round = case.subject
    yield Requirement(
        _("The ballot is announced or void"), met=round_.state in OVER, observed=RoundState(round_.state).label
    )
    yield _before_the_end(case)
    asked = [row for row in case.recounts if row.round_id == round_.pk and row.asked_by_id == actor.pk]
    yield Requirement(
        _("This auditor has not asked for the package yet, or was refused"),
        met=all(row.refused_at is not None for row in asked),
    )
    if reason is not None:
        yield Requirement(_("The reason is written down"), met=given(reason), field="reason")
        yield Requirement(
            _("The reason is another than the one that was refused"),
            met=reason.strip() not in {row.reason.strip() for row in asked if row.refused_at is not None},
            field="reason",
        )


@act(Act.REQUEST_RECOUNT, subject="round", requires=before_requesting_recount)
def request_recount(round_: Round, *, reason: str, actor: Account, at: datetime) -> Facts:
    """An auditor asks for the audit package of a round."""
    recount = Recount.objects.create(
        selection=round_.selection, round=round_, asked_by=actor, reason=reason, asked_at=at
    )
    return Facts({}, [recount])


def before_agreeing_recount(case: Case, *, actor: Account, at: datetime) -> Iterator[Requirement]:
    recount: Recount = case.subject
    yield Requirement(
        _("Nobody has agreed or refused yet"), met=recount.agreed_at is None and recount.refused_at is None
    )
    yield Requirement(
        _("Somebody else decides than who asked"),
        met=recount.asked_by_id != actor.pk,
        observed=recount.asked_by.name,
    )
    yield _before_the_end(case)


@act(Act.AGREE_RECOUNT, subject="recount", requires=before_agreeing_recount)
def agree_recount(recount: Recount, *, actor: Account, at: datetime) -> None:
    """Agree that the auditor who asked for the package gets it."""
    recount.agreed_by, recount.agreed_at = actor, at
    recount.save()


def before_refusing_recount(
    case: Case, *, actor: Account, at: datetime, reason: str | None = None
) -> Iterator[Requirement]:
    yield from before_agreeing_recount(case, actor=actor, at=at)
    if reason is not None:
        yield Requirement(_("The reason is written down"), met=given(reason), field="reason")


@act(Act.REFUSE_RECOUNT, subject="recount", requires=before_refusing_recount)
def refuse_recount(recount: Recount, *, reason: str, actor: Account, at: datetime) -> None:
    """Refuse the package to the auditor who asked for it, who reads the reason and may ask again."""
    recount.refused_by, recount.refused_at, recount.refusal = actor, at, reason
    recount.save()


def package_of(round_: Round, roll: list[RollMember]) -> dict[str, Any]:
    """The audit package of a round that is over, from what the box holds now.

    It is given as it is, even where the box no longer holds what was announced: that is what a recount has to find.

    Raises:
        box.BoxRefused: the box is not closed, or its ballots were destroyed.
    """
    urn = box.look_at(round_.box)
    slips, ballots = box.contents(round_.box)
    issued = handed_out(roll)
    return package.build(
        urn.manifest,
        public_key=urn.public_key or None,
        slips=slips,
        issued=Issued(*(issued[kind] for kind in (BallotChannel.ONLINE, BallotChannel.SLIP, BallotChannel.PAPER))),
        due=round_.due_count,
        present=round_.present_count,
        ballots=ballots,
        paper=box.paper(round_.box),
    )
