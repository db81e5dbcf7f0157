"""Who is in charge of a selection, who must keep out of it, and what is worth noting (经办、回避、重要情况)."""

from collections.abc import Iterator
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from selection import clock
from selection.acts import Facts, Requirement, act
from selection.enums import Act, Matter, Part, RecusalOrigin, Role
from selection.models import Account, Candidacy, ImportantMatter, Participation, Selection
from selection.models.case import Case
from selection.register.models import Person
from selection.standing import given, no_ballot_under_way, no_kin, running

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
    yield Requirement(
        _("The person is neither a candidate nor recused"), met=not case.is_apart(account), field="account"
    )
    yield from no_kin(case, [(account.person_id, account.name)], field="account")
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
    """Decide that somebody is recused: from now on the person sees nothing of the matter and has no part in it."""
    day = clock.day_of(at)
    selection.participations.filter(account__person=person, until_on__isnull=True).exclude(part=Part.RECUSED).update(
        until_on=day
    )
    recusal = Participation.objects.create(
        selection=selection,
        person=person,
        part=Part.RECUSED,
        reason=reason,
        origin=RecusalOrigin.DECISION,
        from_on=day,
    )
    return Facts({"person": person}, [recusal])


def before_declaring(case: Case, *, actor: Account, at: datetime, reason: str | None = None) -> Iterator[Requirement]:
    yield running(case)
    on_roll = {row.round_id for row in case.roll if actor.person_id and row.seat.person_id == actor.person_id}
    if on_roll:
        yield no_ballot_under_way(case)
    if reason is not None:
        yield Requirement(_("The reason is written down"), met=given(reason), field="reason")


@act(Act.DECLARE_RECUSAL, subject="selection", requires=before_declaring)
def declare_recusal(selection: Selection, *, reason: str, actor: Account, at: datetime) -> Participation:
    """Keep out of a selection by one's own declaration.

    It holds at once, for whoever is related to a candidate must not learn more while somebody thinks about it; one that
    was made in error is ended by the head of the department or the secretary.
    """
    day = clock.day_of(at)
    mine = Q(account=actor) | (Q(account__person=actor.person_id) if actor.person_id else Q())
    selection.participations.filter(mine, until_on__isnull=True).update(until_on=day)
    return Participation.objects.create(
        selection=selection,
        account=actor,
        person_id=actor.person_id,
        part=Part.RECUSED,
        reason=reason,
        origin=RecusalOrigin.DECLARATION,
        from_on=day,
    )


def before_ending_recusal(
    case: Case,
    *,
    actor: Account,
    at: datetime,
    recusal: Participation | None = None,
    reason: str | None = None,
) -> Iterator[Requirement]:
    yield running(case)
    if recusal is None:
        return
    yield Requirement(
        _("The recusal stands in this selection"),
        met=recusal.selection_id == case.selection.pk and recusal.part == Part.RECUSED and recusal.until_on is None,
        field="recusal",
    )
    yield Requirement(
        _("Nobody ends his or her own recusal"),
        met=recusal.account_id != actor.pk and (recusal.person_id is None or recusal.person_id != actor.person_id),
        field="recusal",
    )
    yield from no_kin(case, [(recusal.person_id, "")], field="recusal")
    yield Requirement(_("The reason is written down"), met=given(reason), field="reason")


@act(Act.END_RECUSAL, subject="selection", requires=before_ending_recusal)
def end_recusal(selection: Selection, *, recusal: Participation, reason: str, actor: Account, at: datetime) -> Facts:
    """End a recusal that was declared or decided in error; parts that it took away are not given back by it."""
    recusal = selection.participations.get(pk=recusal.pk)
    recusal.until_on, recusal.end_reason = clock.day_of(at), reason
    recusal.save()
    return Facts({"person": recusal.person, "origin": recusal.origin}, [recusal])


def before_noting(case: Case, *, actor: Account, at: datetime, cause: str | None = None) -> Iterator[Requirement]:
    if cause is not None:
        yield Requirement.under(
            case.rules.get("record.important_matters"),
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
