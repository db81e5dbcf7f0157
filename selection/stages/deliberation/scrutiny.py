"""What scrutineers see to in a secret ballot (监票): that the box is empty at the opening, and when it is closed.

Whoever holds the role may do so in every ballot of the mandate, unless recused from it; each is named in the record.
"""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from selection.acts import Facts, Refused, Requirement, act
from selection.ballots import box
from selection.enums import Act, RoundState
from selection.models import Account, Round, Witness
from selection.models.case import Case
from selection.standing import running

_SCRUTINEERS = "ballot.scrutineers"


def box_checked(case: Case, round_: Round) -> Iterator[Requirement]:
    """Enough scrutineers have checked the box; a rule set from before there were any asks for none."""
    if _SCRUTINEERS in case.rules:
        rule = case.rules[_SCRUTINEERS]
        seen = case.witnessed(round_, Act.CHECK_BOX)
        yield Requirement.under(
            rule,
            _("Enough scrutineers have checked that the box is empty"),
            met=len(seen) >= rule.value,
            observed=len(seen),
            required=rule.value,
        )


def closing_agreed(case: Case, round_: Round, *, actor: Account) -> Iterator[Requirement]:
    """A scrutineer agrees to the closing, and is somebody else than who closes."""
    if _SCRUTINEERS in case.rules and case.rules[_SCRUTINEERS].value:
        agreed = [row for row in case.witnessed(round_, Act.AGREE_CLOSING) if row.account_id != actor.pk]
        yield Requirement.under(
            case.rules[_SCRUTINEERS],
            _("A scrutineer has agreed to close the ballot"),
            met=bool(agreed),
            observed=len(agreed),
            required=1,
        )


def _not_yet(case: Case, actor: Account, act: Act) -> Iterator[Requirement]:
    round_: Round = case.subject
    yield Requirement(
        _("This scrutineer has not done so yet"),
        met=all(row.account_id != actor.pk for row in case.witnessed(round_, act)),
    )
    yield not_presiding(round_, actor)


def not_presiding(round_: Round, actor: Account) -> Requirement:
    """Whoever presides over a ballot is no scrutineer of it."""
    return Requirement(
        _("A scrutineer does not preside over the ballot"),
        met=round_.chair is None or round_.chair.person_id != actor.person_id,
        observed=round_.chair.person.name if round_.chair else None,
    )


def witnessed(round_: Round, act: Act, actor: Account, at: datetime, facts: dict[str, object]) -> Facts:
    """Keep who saw to it; ``facts`` are what the entry says besides."""
    row = Witness.objects.create(selection=round_.selection, round=round_, account=actor, act=act, at=at)
    return Facts(facts, [row])


def before_checking_box(case: Case, *, actor: Account, at: datetime) -> Iterator[Requirement]:
    round_: Round = case.subject
    yield running(case)
    yield Requirement(
        _("The ballot is prepared"), met=round_.state == RoundState.PREPARED, observed=RoundState(round_.state).label
    )
    yield from _not_yet(case, actor, Act.CHECK_BOX)


@act(Act.CHECK_BOX, subject="round", requires=before_checking_box)
def check_box(round_: Round, *, actor: Account, at: datetime) -> Facts:
    """Confirm that the box is empty and bears the characters that were read out (验箱).

    Raises:
        Refused: the box itself holds a ballot already, or another sheet, other slips or another key than the site says.
    """
    standing = box.standing(round_.box)
    found = [
        Requirement(_("The box is empty"), met=standing.returned == 0, observed=standing.returned, required=0),
        Requirement(
            _("The box bears the characters that the site shows"),
            met=standing.check_code == round_.check_code,
            observed=standing.check_code,
            required=round_.check_code,
        ),
    ]
    if not all(one.met for one in found):
        raise Refused(Act.CHECK_BOX, found)
    return witnessed(round_, Act.CHECK_BOX, actor, at, {"check_code": standing.check_code, "in_box": standing.returned})


def before_agreeing_closing(case: Case, *, actor: Account, at: datetime) -> Iterator[Requirement]:
    round_: Round = case.subject
    yield Requirement(
        _("The ballot is open"), met=round_.state == RoundState.OPEN, observed=RoundState(round_.state).label
    )
    yield from _not_yet(case, actor, Act.AGREE_CLOSING)


@act(Act.AGREE_CLOSING, subject="round", requires=before_agreeing_closing)
def agree_closing(round_: Round, *, actor: Account, at: datetime) -> Facts:
    """Agree that whoever presides closes the box (同意封箱)."""
    return witnessed(round_, Act.AGREE_CLOSING, actor, at, {"in_box": box.standing(round_.box).returned})
