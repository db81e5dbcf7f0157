"""A candidate withdraws or is taken no further (撤回、终止人选)."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from selection import deadlines
from selection.acts import Requirement, act
from selection.enums import Act, CandidacyState
from selection.models import Account, Candidacy
from selection.models.case import Case
from selection.standing import no_ballot_under_way, running, to_appoint, with_reason


def before_leaving(case: Case, *, actor: Account, at: datetime, reason: str | None = None) -> Iterator[Requirement]:
    candidacy: Candidacy = case.subject
    yield running(case)
    yield to_appoint(case)
    yield Requirement(
        _("The candidate is still in"), met=candidacy.is_live, observed=CandidacyState(candidacy.state).label
    )
    yield no_ballot_under_way(case)
    live = [row for row in case.appointments if row.candidacy_id == candidacy.pk and row.is_live]
    yield Requirement(
        _("The candidate is neither on notice nor appointed"), met=not live, observed=len(live), required=0
    )
    yield from with_reason(reason)


@act(Act.WITHDRAW_CANDIDACY, subject="candidacy", requires=before_leaving)
def withdraw_candidacy(candidacy: Candidacy, *, reason: str, actor: Account, at: datetime) -> None:
    """The candidate withdraws."""
    candidacy.withdraw_candidacy()
    _leave(candidacy, reason, at)


@act(Act.END_CANDIDACY, subject="candidacy", requires=before_leaving)
def end_candidacy(candidacy: Candidacy, *, reason: str, actor: Account, at: datetime) -> None:
    """Take the candidate no further."""
    candidacy.end_candidacy()
    _leave(candidacy, reason, at)


def _leave(candidacy: Candidacy, reason: str, at: datetime) -> None:
    candidacy.leave(at=at, stage=candidacy.selection.stage, reason=reason)
    candidacy.save()
    for inquiry in candidacy.inquiries.filter(reply__isnull=True):
        deadlines.end(candidacy.selection, at=at, inquiry=inquiry)
