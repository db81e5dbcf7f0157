"""Recovery from a backup (恢复旧备份): two people name what the record has lost, and nobody seals it anew in silence.

After a backup that is older than the last checkpoint was restored, the notary signs nothing.  One person gives the
last checkpoint that was seen outside, from which the site reckons what is gone; another confirms it; one of the two is
an auditor.  The entry alone starts nothing: whoever keeps the notary's machine starts a successor there, which compares
the entry with what the notary itself had signed.
"""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from selection import clock
from selection.acts import Conflict, Facts, Requirement, act
from selection.enums import Act, Role
from selection.models import Account, Recovery
from selection.models.account import AccountCase
from selection.models.recovery import RecoveryCase


def before_proposing_recovery(
    case: AccountCase, *, actor: Account, at: datetime, note: str | None = None, reason: str | None = None
) -> Iterator[Requirement]:
    if note is not None:
        loss = case.loss
        yield Requirement(
            _("The checkpoint is signed by a notary of this record whose key this site knows"),
            met=loss is not None,
            field="note",
        )
        if loss is not None:
            yield Requirement(
                _("The record has fewer entries than the checkpoint covers"),
                met=loss.present < loss.checkpoint.size,
                observed=loss.present,
                required=loss.checkpoint.size,
                field="note",
            )
    if reason is not None:
        yield Requirement(_("It is written down what happened"), met=bool(reason.strip()), field="reason")


@act(Act.PROPOSE_RECOVERY, subject="account", requires=before_proposing_recovery, plain=("note",))
def propose_recovery(account: Account, *, note: str, reason: str, actor: Account, at: datetime) -> Recovery:
    """Report what the record has lost, by the last checkpoint that was seen outside; a later report takes its place."""
    loss = account.case_for({"note": note}, at).loss
    said = loss.checkpoint
    return Recovery.objects.create(
        note=note,
        number=said.number,
        size=said.size,
        root=said.root.hex(),
        signed_at=said.at,
        present=loss.present,
        present_at=loss.present_at,
        reason=reason,
        by_auditor=actor.holds(Role.AUDITOR, clock.day_of(at)),
        proposed_by=actor,
        proposed_at=at,
    )


def before_confirming_recovery(case: RecoveryCase, *, actor: Account, at: datetime) -> Iterator[Requirement]:
    recovery = case.recovery
    yield Requirement(
        _("It is not confirmed yet, and the last report"), met=not recovery.confirmed_at and case.is_latest
    )
    yield Requirement(_("Somebody else has reported it"), met=recovery.proposed_by_id != actor.pk)
    yield Requirement(
        _("One of the two is an auditor"), met=case.by_auditor or actor.holds(Role.AUDITOR, clock.day_of(at))
    )
    yield Requirement(
        _("The record has as many entries under the tree as were reported"),
        met=case.loss is not None and case.loss.present == recovery.present,
        observed=case.loss.present if case.loss else None,
        required=recovery.present,
    )


@act(Act.CONFIRM_RECOVERY, subject="recovery", requires=before_confirming_recovery)
def confirm_recovery(recovery: Recovery, *, actor: Account, at: datetime) -> Facts:
    """Confirm what the record has lost: the entry names the checkpoint, what there is, and which leaves are gone."""
    if recovery.confirmed_at is not None:
        raise Conflict(Act.CONFIRM_RECOVERY.value)
    recovery.confirmed_by, recovery.confirmed_at = actor, at
    recovery.save(update_fields=["confirmed_by", "confirmed_at"])
    return Facts(
        {
            "checkpoint": recovery.number,
            "covered": recovery.size,
            "root": recovery.root,
            "present": recovery.present,
            "lost": [recovery.present, recovery.last_lost],
            "since": recovery.present_at or "",
            "reporter": recovery.proposed_by,
            "reported_by": recovery.proposed_by.name,
        }
    )
