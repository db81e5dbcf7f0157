"""Who answers for a nomination is held to it (推荐提名责任追究): opened, handed over, its result taken down.

A case may be opened long after the selection was closed, against whoever the nomination names as answering first.
Rulebook keys: ``nomination.liability``, ``nomination.pursued_by``.
"""

from collections.abc import Iterator
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from selection import clock
from selection.acts import UNASKED, Facts, Requirement, Upload, act
from selection.documents import requests
from selection.enums import Act, Evidence, LiabilityBody, LiabilityGround
from selection.models import Account, Liability, Nomination, Selection
from selection.models.case import Case
from selection.standing import given, not_in_future, on_paper


def before_opening_liability(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    nomination: Nomination | None = None,
    ground: LiabilityGround | None = None,
    facts: str | None = None,
    evidence: Upload | None = UNASKED,
) -> Iterator[Requirement]:
    rule = next(case.rules.asking("nomination.liability"), None)
    yield Requirement.under(
        rule,
        _("The rules say for what somebody answers who nominated"),
        met=rule is not None,
        required=[LiabilityGround(one).label for one in rule.value] if rule else None,
    )
    if nomination is None or ground is None or rule is None:
        return
    answers = nomination.first_responsible
    yield Requirement.under(
        rule,
        _("The nomination is one of this selection and names who answers first"),
        met=nomination.selection_id == case.selection.pk and answers is not None,
        observed=answers.name if answers else _("nobody"),
        required=_("whoever answers first"),
        field="nomination",
    )
    yield _not_oneself(answers.pk if answers else None, actor)
    yield Requirement.under(
        rule,
        _("The ground is one of those that the rules name"),
        met=ground in rule.value,
        observed=LiabilityGround(ground).label,
        required=[LiabilityGround(one).label for one in rule.value],
        field="ground",
    )
    yield Requirement.under(
        rule, _("What happened is written down"), met=given(facts), required=_("the facts"), field="facts"
    )
    yield from on_paper(case, Evidence.LIABILITY, evidence, always=ground == LiabilityGround.AGAINST_PROCEDURE)


def _not_oneself(person: int | None, actor: Account) -> Requirement:
    return Requirement(
        _("Nobody acts in a case against himself or herself"), met=person is None or person != actor.person_id
    )


@act(Act.OPEN_LIABILITY, subject="selection", requires=before_opening_liability)
def open_liability(
    selection: Selection,
    *,
    nomination: Nomination,
    ground: LiabilityGround,
    facts: str,
    evidence: Upload | None = None,
    actor: Account,
    at: datetime,
) -> Facts:
    """Open a case against whoever answers first for a nomination."""
    answers = nomination.first_responsible
    assert answers is not None
    papers = requests.attach(selection, Evidence.LIABILITY, evidence, actor=actor, at=at)
    opened = Liability.objects.create(
        selection=selection,
        nomination=nomination,
        person=answers,
        ground=ground,
        facts=facts,
        document=papers[0] if papers else None,
        opened_by=actor,
        opened_at=at,
    )
    return Facts({"person": answers}, [opened, *papers])


def before_handing_over(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    handed_to: LiabilityBody | None = None,
    handed_on: date | None = None,
) -> Iterator[Requirement]:
    liability: Liability = case.subject
    yield _not_oneself(liability.person_id, actor)
    yield Requirement(_("The case has no result yet"), met=liability.settled_on is None, observed=liability.settled_on)
    yield from _after(liability.opened_at, handed_on, at, "handed_on")
    if handed_to is None:
        return
    for rule in case.rules.asking("nomination.pursued_by"):
        yield Requirement.under(
            rule,
            _("It goes to one of those who pursue it"),
            met=handed_to in rule.value,
            observed=LiabilityBody(handed_to).label,
            required=[LiabilityBody(one).label for one in rule.value],
            field="handed_to",
        )


def _after(opened_at: datetime, on: date | None, at: datetime, field: str) -> Iterator[Requirement]:
    opened = clock.day_of(opened_at)
    yield not_in_future(on, at, field=field)
    yield Requirement(
        _("The day does not lie before the case was opened"),
        met=on is None or on >= opened,
        observed=on,
        required=opened,
        field=field,
    )


@act(Act.HAND_OVER_LIABILITY, subject="liability", requires=before_handing_over)
def hand_over_liability(
    liability: Liability, *, handed_to: LiabilityBody, handed_on: date, actor: Account, at: datetime
) -> None:
    """Hand the case to the authority that pursues it: sanctions to discipline inspection, crimes to the judiciary."""
    liability.handed_to, liability.handed_on = handed_to, handed_on
    liability.save()


def before_settling(
    case: Case, *, actor: Account, at: datetime, result: str | None = None, settled_on: date | None = None
) -> Iterator[Requirement]:
    liability: Liability = case.subject
    yield _not_oneself(liability.person_id, actor)
    yield Requirement(_("The case has no result yet"), met=liability.settled_on is None, observed=liability.settled_on)
    yield Requirement(
        _("The case was handed over"),
        met=bool(liability.handed_to),
        observed=LiabilityBody(liability.handed_to).label if liability.handed_to else _("not yet"),
    )
    yield from _after(liability.opened_at, settled_on, at, "settled_on")
    if result is not None:
        yield Requirement(_("The result is written down"), met=given(result), field="result")


@act(Act.SETTLE_LIABILITY, subject="liability", requires=before_settling)
def settle_liability(liability: Liability, *, result: str, settled_on: date, actor: Account, at: datetime) -> None:
    """Take down what the authority decided."""
    liability.result, liability.settled_on = result, settled_on
    liability.save()
