"""The end of the ballots (销毁选票): whole sheets stay no longer than somebody can object.

Once the notice of everybody who passed has ended and no report is being investigated, the clock destroys the ballots of
every round that was announced or declared void.  What was announced stays, and the single lines, and the root.
"""

import logging
from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from selection.acts import Conflict, NotPermitted, Refused, Requirement, act
from selection.ballots import box
from selection.enums import Act, AppointmentState, CandidacyState, RoundState, Stage
from selection.models import Account, Appointment, Candidacy, Objection, Round
from selection.models.case import Case
from selection.stages.deliberation.recount import OVER

log = logging.getLogger(__name__)


def before_destroying_sheets(case: Case, *, actor: Account, at: datetime) -> Iterator[Requirement]:
    round_: Round = case.subject
    yield Requirement(
        _("The ballot is announced or void"), met=round_.state in OVER, observed=RoundState(round_.state).label
    )
    yield Requirement(_("Its ballots have not been destroyed yet"), met=round_.destroyed_at is None)
    yield Requirement(_("The period for objections is over"), met=case.objections_are_over)
    investigated = [row for row in case.objections if row.settled_at is None]
    yield Requirement(
        _("No report is being investigated"), met=not investigated, observed=len(investigated), required=0
    )
    yield Requirement(_("The selection is not suspended"), met=case.selection.suspended_at is None)


@act(Act.DESTROY_SHEETS, subject="round", requires=before_destroying_sheets)
def destroy_sheets(round_: Round, *, actor: Account, at: datetime) -> None:
    """Destroy the ballots of a round that is over; its counts, single lines and root stay."""
    box.destroy(round_.box)
    round_.destroyed_at = at
    round_.save()


def destroy_what_is_over(at: datetime) -> int:
    """Destroy the ballots of every round whose time has come; how many rounds.

    One that cannot be done stops no other and is tried again on the next round of the clock.
    """
    rounds = _over()
    if not rounds:
        return 0
    keeper = Account.objects.clock()
    return sum(_destroyed(round_, keeper, at) for round_ in rounds)


def _over() -> list[Round]:
    """Rounds that meet what the act requires, found without reading a case of each every minute."""
    noticed = Appointment.objects.exclude(state=AppointmentState.ON_NOTICE).values("candidacy")
    waiting = Candidacy.objects.filter(state=CandidacyState.PASSED).exclude(pk__in=noticed).values("selection")
    investigated = Objection.objects.filter(settled_at__isnull=True).values("selection")
    ended = Q(selection__stage=Stage.CLOSED) | Q(selection__stage=Stage.DECIDED) & ~Q(selection__in=waiting)
    found = Round.objects.filter(ended, state__in=OVER, destroyed_at__isnull=True, selection__suspended_at__isnull=True)
    return list(found.exclude(selection__in=investigated).order_by("pk"))


def _destroyed(round_: Round, keeper: Account, at: datetime) -> bool:
    try:
        destroy_sheets(round_, actor=keeper, at=at)
    except (Conflict, Refused):
        return False  # another clock was faster, or somebody has filed a report meanwhile
    except NotPermitted:
        log.error("the ballots of round %s cannot be destroyed: the clock holds no role for its mandate", round_.pk)
        return False
    except Exception:  # whatever is wrong with one round, the others are over as well
        log.exception("the ballots of round %s cannot be destroyed", round_.pk)
        return False
    return True
