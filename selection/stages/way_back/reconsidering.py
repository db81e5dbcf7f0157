"""A decision is reconsidered before anything of it is published (复议).

A member or the superior asks for it, more than half of the members agree, and another meeting votes once more; what was
announced stays on record.  A decision is reconsidered once.  Rulebook keys: ``deliberation.reconsideration``,
``ballot.bar``.
"""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from selection import clock
from selection.acts import UNASKED, Facts, Requirement, Upload, act
from selection.documents import requests
from selection.enums import Act, CandidacyState, Evidence, Requester, RoundState, Stage
from selection.models import Account, Candidacy, Reconsideration, Round, Seat
from selection.models.case import Case
from selection.standing import at_stage, no_ballot_under_way, on_paper, running, with_reason


def before_reconsidering(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    requested_by: Requester | None = None,
    member: Seat | None = None,
    consents: list[Seat] | None = None,
    candidates: list[Candidacy] | None = None,
    reason: str | None = None,
    evidence: Upload | None = UNASKED,
) -> Iterator[Requirement]:
    round_: Round = case.subject
    announced = [row for row in case.rounds if row.state == RoundState.ANNOUNCED]
    last = max(announced, key=lambda row: (row.announced_at or at, row.pk), default=None)
    yield at_stage(case, Stage.DELIBERATION, Stage.DECIDED)
    yield running(case)
    yield no_ballot_under_way(case)
    yield Requirement(
        _("It is the result announced last"),
        met=last is not None and last.pk == round_.pk,
        observed=RoundState(round_.state).label,
        required=RoundState.ANNOUNCED.label,
    )
    item = round_.poll.item
    yield Requirement(
        _("The meeting that decided is closed, so that another one reconsiders"),
        met=item is not None and item.meeting.closed_at is not None,
    )
    live = [row for row in case.appointments if row.is_live]
    yield Requirement(
        _("Nothing of the decision is published: nobody is on notice or in office"), met=not live, observed=len(live)
    )
    since = case.counts_from(Stage.DELIBERATION)
    before = [row for row in case.reconsiderations if since is None or row.decided_at >= since]
    yield Requirement(_("The decision has not been reconsidered yet"), met=not before, observed=len(before), required=0)
    yield _settled_by_rule(case, at, consents)
    if requested_by is not None:
        known = {seat.pk for seat in case.seats_on(clock.day_of(at))}
        yield Requirement(
            _("The member who asks for it is named"),
            met=requested_by != Requester.MEMBER or (member is not None and member.pk in known),
            field="member",
        )
        yield from on_paper(case, Evidence.CONSENT, evidence, always=True)
    if candidates is not None:
        yield from _who(case, round_, candidates, at)
    yield from with_reason(reason)


def _settled_by_rule(case: Case, at: datetime, consents: list[Seat] | None) -> Requirement:
    rule = case.rules.get("deliberation.reconsideration")
    if rule is None:  # rules stored before this one was known
        return Requirement(_("The rules of the selection say who agrees to it"), met=False)
    members = case.seats_on(clock.day_of(at))
    if consents is None:
        return Requirement.under(
            rule,
            _("More than half of the members agree to it"),
            met=bool(members),
            observed=_("%(number)s members") % {"number": len(members)},
        )
    agreed = {seat.pk for seat in consents} & {seat.pk for seat in members if case.may_vote(seat)}
    return Requirement.under(
        rule,
        _("More than half of the members agree to it"),
        met=bool(members) and rule.value.met(len(agreed), len(members)),
        observed=_("%(present)s of %(due)s") % {"present": len(agreed), "due": len(members)},
        required=_("%(least)s of %(due)s") % {"least": rule.value.least(len(members)), "due": len(members)},
        field="consents",
    )


def _who(case: Case, round_: Round, candidates: list[Candidacy], at: datetime) -> Iterator[Requirement]:
    day = clock.day_of(at)
    voted_on = {row.candidacy_id for row in case.round_items if row.round_id == round_.pk}
    decided = {row.pk for row in case.at(CandidacyState.PASSED, CandidacyState.NOT_PASSED)} & voted_on
    yield Requirement(
        _("Those who are reconsidered were decided on in this ballot"),
        met=bool(candidates) and all(row.pk in decided for row in candidates),
        field="candidates",
    )
    barred = {bar.person_id for bar in case.bars if bar.from_on <= day <= bar.until_on}
    yield Requirement.under(
        case.rules.get("ballot.bar"),
        _("Nobody on another ballot is barred from the post"),
        met=not any(row.person_id in barred for row in candidates),
        observed=[str(row) for row in candidates if row.person_id in barred] or _("nobody"),
        required=_("nobody"),
        field="candidates",
    )


@act(Act.RECONSIDER_DECISION, subject="round", requires=before_reconsidering)
def reconsider_decision(
    round_: Round,
    *,
    requested_by: Requester,
    member: Seat | None = None,
    consents: list[Seat],
    candidates: list[Candidacy],
    reason: str,
    evidence: Upload | None,
    actor: Account,
    at: datetime,
) -> Facts:
    """Reopen the deliberation of a decided item; another meeting introduces, discusses and votes on it once more."""
    selection = round_.selection
    (consent,) = requests.attach(selection, Evidence.CONSENT, evidence, actor=actor, at=at)
    made = Reconsideration.objects.create(
        selection=selection,
        round=round_,
        requested_by=requested_by,
        member=member if requested_by == Requester.MEMBER else None,
        consented=len(consents),
        members=len(selection.case().seats_on(clock.day_of(at))),
        reason=reason,
        document=consent,
        decided_at=at,
    )
    for candidacy in selection.candidacies.filter(pk__in=[row.pk for row in candidates]):
        candidacy.reconsider_decision()
        candidacy.leave(at=None, stage="", reason="")
        candidacy.save()
    left = selection.stage
    selection.reconsider_decision()
    if left == Stage.DECIDED:
        selection.enter(at, reopened=True)
    else:
        selection.save()
    return Facts({"consented": made.consented, "members_of_body": made.members}, [made, consent])
