"""Relatives pointed out (亲属关系提示): candidates, and those who work on their selection or decide on it."""

from collections.abc import Sequence
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Q, QuerySet
from django.db.models.functions import JSONObject

from selection import clock
from selection.enums import Act, CandidacyState, Part, Stage
from selection.models import AgendaItem, Attendance, Candidacy, Meeting
from selection.models.case import Case, Tie
from selection.register.models import Kinship, Person
from selection.rulebook.rules import Rules
from selection.web.next_acts import Seen

_OUT = (CandidacyState.WITHDRAWN, CandidacyState.ENDED, CandidacyState.NOT_PASSED)


def shown(tie: Tie, rules: Rules) -> dict[str, Any]:
    """What ``ties.html`` shows of a relation."""
    rule = rules.get("recusal.relations")
    return {
        "words": tie.words,
        "part": tie.part,
        "required": bool(tie.is_certain and rule and tie.kinship.kind in rule.value),
        "is_certain": tie.is_certain,
        "unit": tie.kinship.relative_unit,
        "citation": rule.citation if rule else None,
    }


def ties(seen: Seen) -> list[dict[str, Any]]:
    """Relations in a selection that is not closed, with the act that answers them."""
    case = seen.case
    if not seen.sees_whole or case.selection.stage == Stage.CLOSED:
        return []
    return [
        {
            **shown(tie, case.rules),
            "url": seen.url(Act.RECUSE_PERSON, case.selection, person=found_as(case, tie), reason=tie.words),
        }
        for tie in case.ties(clock.day_of(seen.at))
    ]


def found_as(case: Case, tie: Tie) -> str:
    """What to type to find the related person in the register."""
    person = case.people.get(tie.person) if tie.person else None
    return f"{tie.name} {person.organisation.short_name}" if person else tie.name


def with_candidates(items: QuerySet[AgendaItem]) -> QuerySet[AgendaItem]:
    """Agenda items that know the candidates still in and who is recused, without a query of their own."""
    candidate = JSONObject(
        pk="selection__candidacies__pk",
        person="selection__candidacies__person_id",
        name="selection__candidacies__person__name",
        state="selection__candidacies__state",
    )
    recused = Q(
        selection__participations__part=Part.RECUSED,
        selection__participations__until_on__isnull=True,
        selection__participations__person__isnull=False,
    )
    live = Q(selection__candidacies__isnull=False) & ~Q(selection__candidacies__state__in=_OUT)
    return items.annotate(
        live=ArrayAgg(candidate, filter=live, distinct=True, default=[]),
        recused=ArrayAgg("selection__participations__person_id", filter=recused, distinct=True, default=[]),
    )


def at_meeting(
    meeting: Meeting, items: Sequence[Any], members: Sequence[Attendance]
) -> dict[int, list[dict[str, Any]]]:
    """Selection → relations of its candidates to members at the meeting; one query."""
    open_ = [item for item in items if item.selection.stage == Stage.DELIBERATION and meeting.closed_at is None]
    people = {row["person"] for item in open_ for row in item.live}
    kin = list(Kinship.objects.standing().of(people)) if people else []
    found: dict[int, list[dict[str, Any]]] = {}
    for item in open_ if kin else []:
        selection = item.selection
        case = Case(selection, selection.rules, candidacies=[_candidacy(row) for row in item.live], kinships=kin)
        around = [(row.person_id, row.person.name, "") for row in members if row.person_id not in item.recused]
        found[selection.pk] = [shown(tie, selection.rules) for tie in case.ties_of(around)]
    return found


def _candidacy(row: dict[str, Any]) -> Candidacy:
    return Candidacy(pk=row["pk"], person=Person(pk=row["person"], name=row["name"]), state=row["state"])
