"""The team and the pre-notice (考察组、考察预告): nothing of an inspection is done before it was announced."""

from collections.abc import Iterator
from datetime import date, datetime

from django.utils.translation import gettext_lazy as _

from selection import clock
from selection.acts import Facts, Requirement, act
from selection.enums import (
    Act,
    CandidacyState,
    Part,
    Stage,
)
from selection.models import (
    Account,
    Candidacy,
    Participation,
    Prenotice,
    Selection,
)
from selection.models.case import Case
from selection.standing import at_stage, given, no_kin, not_in_future, running

#: By what the department of an account is known as one of discipline inspection, and as an organisation department.
_JOINT = (("纪委", "纪检", "纪工委"), ("组织",))


def before_forming_team(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    members: list[Account] | None = None,
    leader: Account | None = None,
) -> Iterator[Requirement]:
    yield at_stage(case, Stage.INSPECTION)
    yield running(case)
    if members is not None:
        rule = case.rules.get("inspection.team")
        least = rule.value if rule else 1
        yield Requirement.under(
            rule,
            _("The team has enough members"),
            met=len(members) >= least,
            observed=len(members),
            required=least,
            field="members",
        )
        for rule in case.rules.asking("inspection.joint_with_discipline"):
            yield Requirement.under(
                rule,
                _("Members of the discipline inspection and of the organisation department are both in the team"),
                met=all(any(word in member.department for word in words for member in members) for words in _JOINT),
                observed=[member.department for member in members],
                required=[_("a department of discipline inspection"), _("an organisation department")],
                field="members",
            )
        yield Requirement(
            _("No member of the team is a candidate or recused"),
            met=not any(case.is_apart(member) for member in members),
            field="members",
        )
        yield from no_kin(case, [(member.person_id, member.name) for member in members], field="members")
        yield Requirement(_("The head belongs to the team"), met=leader in members, field="leader")


@act(Act.FORM_TEAM, subject="selection", requires=before_forming_team)
def form_team(selection: Selection, *, members: list[Account], leader: Account, actor: Account, at: datetime) -> Facts:
    """Form the inspection team anew; a former one ends."""
    day = clock.day_of(at)
    selection.participations.filter(part=Part.INSPECTOR, until_on__isnull=True).update(until_on=day)
    made = [
        Participation.objects.create(
            selection=selection, account=member, part=Part.INSPECTOR, leads=member == leader, from_on=day
        )
        for member in members
    ]
    return Facts({"members": [member.name for member in members], "leader": leader.name}, made)


def before_publishing_prenotice(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    published_on: date | None = None,
    phone: str | None = None,
    candidate_facts: str | None = None,
) -> Iterator[Requirement]:
    rule = case.rules.get("inspection.prenotice_fields")
    yield at_stage(case, Stage.INSPECTION)
    yield running(case)
    yield Requirement.under(
        rule,
        _("The team is formed, so that its names can be published"),
        met=bool(case.team()),
        observed=[row.account.name for row in case.team() if row.account],
        required=_("names of the team"),
    )
    if phone is not None:
        yield Requirement.under(
            rule, _("A telephone is given"), met=given(phone), required=_("a telephone"), field="phone"
        )
        yield Requirement.under(
            rule,
            _("The basic facts of the inspected persons are given"),
            met=given(candidate_facts),
            required=_("basic facts"),
            field="candidate_facts",
        )
    yield not_in_future(published_on, at, field="published_on")
    entered = case.entered(Stage.INSPECTION)
    if published_on is not None and entered is not None:
        yield Requirement(
            _("The pre-notice comes after the persons were fixed"),
            met=published_on >= clock.day_of(entered),
            observed=published_on,
            required=clock.day_of(entered),
            field="published_on",
        )


@act(Act.PUBLISH_PRENOTICE, subject="selection", requires=before_publishing_prenotice, plain=["phone"])
def publish_prenotice(
    selection: Selection, *, published_on: date, phone: str, candidate_facts: str, actor: Account, at: datetime
) -> Prenotice:
    """Announce the inspection: team, telephone, inspected persons."""
    team = Participation.objects.filter(selection=selection, part=Part.INSPECTOR, until_on__isnull=True)
    return Prenotice.objects.create(
        selection=selection,
        published_on=published_on,
        team_names="、".join(team.order_by("-leads", "pk").values_list("account__name", flat=True)),
        phone=phone,
        candidate_facts=candidate_facts,
        published_at=at,
    )


def _first_prenotice(case: Case) -> date | None:
    entered = case.entered(Stage.INSPECTION)
    days = [notice.published_on for notice in case.prenotices if entered is None or notice.published_at >= entered]
    return min(days, default=None)


def after_prenotice(case: Case, held_on: date | None) -> Iterator[Requirement]:
    """INS-01: what the team does comes after the inspection was announced, where the rules ask for that."""
    for rule in case.rules.asking("inspection.prenotice"):
        announced = _first_prenotice(case)
        yield Requirement.under(
            rule,
            _("The inspection was announced before"),
            met=announced is not None and (held_on is None or held_on >= announced),
            observed=held_on if announced else _("no pre-notice"),
            required=announced or _("a pre-notice"),
            field="held_on",
        )


def under_inspection(case: Case, candidacy: Candidacy) -> Requirement:
    """The person is inspected in this selection now."""
    return Requirement(
        _("The person is under inspection in this selection"),
        met=candidacy.pk in {row.pk for row in case.at(CandidacyState.INSPECTED)},
        field="candidacy",
    )
