"""A selection rests and goes on (暂停、恢复)."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from selection.acts import Requirement, act
from selection.enums import Act
from selection.models import Account, Selection
from selection.models.case import Case
from selection.standing import no_ballot_under_way, running, with_reason


def before_suspending(case: Case, *, actor: Account, at: datetime, reason: str | None = None) -> Iterator[Requirement]:
    yield running(case)
    yield no_ballot_under_way(case)
    yield from with_reason(reason)


@act(Act.SUSPEND_SELECTION, subject="selection", requires=before_suspending)
def suspend_selection(selection: Selection, *, reason: str, actor: Account, at: datetime) -> None:
    """Let the selection rest; its clocks act on nothing until it is resumed."""
    selection.suspended_at = at
    selection.save()


def before_resuming(case: Case, *, actor: Account, at: datetime, reason: str | None = None) -> Iterator[Requirement]:
    yield Requirement(_("The selection is suspended"), met=case.selection.suspended_at is not None)
    yield from with_reason(reason)


@act(Act.RESUME_SELECTION, subject="selection", requires=before_resuming)
def resume_selection(selection: Selection, *, reason: str, actor: Account, at: datetime) -> None:
    """Resume a suspended selection."""
    selection.suspended_at = None
    selection.save()
