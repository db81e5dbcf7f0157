"""Who is in charge of a selection, who must keep out of it, and what is worth noting (经办、回避、重要情况)."""

from collections.abc import Iterator
from datetime import datetime

from django.utils.translation import gettext_lazy as _

from selection import clock
from selection.acts import Facts, Requirement, act
from selection.enums import Act, Matter, Part, Role
from selection.models import Account, Candidacy, ImportantMatter, Participation, Selection
from selection.models.case import Case
from selection.register.models import Person
from selection.standing import given, no_ballot_under_way, running

_ROLE_FOR = {Part.OFFICER: Role.STAFF, Part.TELLER: Role.TELLER}


def before_assigning(
    case: Case, *, actor: Account, at: datetime, account: Account | None = None, part: Part | None = None
) -> Iterator[Requirement]:
    yield running(case)
    if account is None or part is None:
        return
    yield Requirement(
        _("The part is one of case officer and teller"), met=part in _ROLE_FOR, observed=Part(part).label, field="part"
    )
    role = _ROLE_FOR.get(part)
    yield Requirement(
        _("The account holds the role that the part needs"),
        met=role is not None and account.is_active and account.holds(role, clock.day_of(at)),
        observed=account.name,
        required=role.label if role else None,
        field="account",
    )
    apart = case.recused_people() | {candidacy.person_id for candidacy in case.candidacies}
    yield Requirement(
        _("The person is neither a candidate nor recused"),
        met=account.person_id is None or account.person_id not in apart,
        field="account",
    )
    standing = [row for row in case.participations if row.part == part and row.until_on is None]
    yield Requirement(
        _("The account does not have this part yet"),
        met=not any(row.account_id == account.pk for row in standing),
        field="account",
    )


@act(Act.ASSIGN_OFFICER, subject="selection", requires=before_assigning)
def assign_officer(
    selection: Selection, *, account: Account, part: Part, actor: Account, at: datetime
) -> Participation:
    """Put an account in charge of the selection, or make it one of its tellers."""
    return Participation.objects.create(selection=selection, account=account, part=part, from_on=clock.day_of(at))


def before_recusing(
    case: Case, *, actor: Account, at: datetime, person: Person | None = None, reason: str | None = None
) -> Iterator[Requirement]:
    yield running(case)
    yield no_ballot_under_way(case)
    if person is not None:
        yield Requirement(
            _("The person is not recused yet"), met=person.pk not in case.recused_people(), field="person"
        )
        yield Requirement(_("The reason is written down"), met=given(reason), field="reason")


@act(Act.RECUSE_PERSON, subject="selection", requires=before_recusing)
def recuse_person(selection: Selection, *, person: Person, reason: str, actor: Account, at: datetime) -> Facts:
    """Record a recusal: from now on the person sees nothing of the matter and has no part in it."""
    day = clock.day_of(at)
    selection.participations.filter(account__person=person, until_on__isnull=True).update(until_on=day)
    recusal = Participation.objects.create(
        selection=selection, person=person, part=Part.RECUSED, reason=reason, from_on=day
    )
    return Facts({"person": person}, [recusal])


def before_noting(case: Case, *, actor: Account, at: datetime, cause: str | None = None) -> Iterator[Requirement]:
    if cause is not None:
        yield Requirement.under(
            case.rules["record.important_matters"],
            _("What happened is written down"),
            met=given(cause),
            required=_("the cause"),
            field="cause",
        )


@act(Act.NOTE_MATTER, subject="selection", requires=before_noting)
def note_matter(
    selection: Selection,
    *,
    kind: Matter,
    candidacy: Candidacy | None = None,
    cause: str,
    result: str = "",
    actor: Account,
    at: datetime,
) -> ImportantMatter:
    """Note an important matter by hand, beside those that note themselves."""
    return ImportantMatter.objects.create(
        selection=selection, candidacy=candidacy, kind=kind, noted_at=at, cause=cause, result=result, by_itself=False
    )
