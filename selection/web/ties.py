"""Relatives pointed out (亲属关系提示): candidates, and those who work on their selection or decide on it."""

from collections.abc import Sequence
from typing import Any

from selection import clock
from selection.enums import Act, AttendanceKind, CandidacyState, Part, Stage
from selection.models import AgendaItem, Candidacy, Meeting, Participation
from selection.models.case import Case, Tie
from selection.register.models import Kinship
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


def at_meeting(meeting: Meeting, items: Sequence[AgendaItem]) -> dict[int, list[dict[str, Any]]]:
    """Selection → relations of its candidates to members at the meeting; one query where there are none."""
    selections = {item.selection_id: item.selection for item in items if item.selection.stage == Stage.DELIBERATION}
    if not selections or meeting.closed_at is not None:
        return {}
    live = Candidacy.objects.filter(selection__in=selections).exclude(state__in=_OUT)
    kin = list(Kinship.objects.standing().of(live.order_by().values("person_id")))
    if not kin:
        return {}
    candidates = list(live.select_related("person"))
    recused = Participation.objects.filter(selection__in=selections, part=Part.RECUSED, until_on__isnull=True)
    kept_out = {(row.selection_id, row.person_id) for row in recused}
    members = [row for row in meeting.attendances.select_related("person") if row.kind == AttendanceKind.VOTING]
    found: dict[int, list[dict[str, Any]]] = {}
    for pk, selection in selections.items():
        case = Case(
            selection,
            selection.rules,
            candidacies=[row for row in candidates if row.selection_id == pk],
            kinships=kin,
        )
        around = [
            (row.person_id, row.person.name, "")
            for row in members
            if row.present and (pk, row.person_id) not in kept_out
        ]
        found[pk] = [shown(tie, selection.rules) for tie in case.ties_of(around)]
    return found
