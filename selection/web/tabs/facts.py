"""The basic facts beside the page of a selection (基本情况)."""

from typing import Any

from django.utils.translation import gettext as _

from selection import clock
from selection.enums import Competition, Departure, Part, Trigger
from selection.models import Participation, Selection
from selection.models.case import Case
from selection.register.models import Tenure
from selection.web.next_acts import Seen
from selection.web.tags import day


def facts(seen: Seen) -> list[tuple[str, Any]]:
    """The basic facts beside the page."""
    case, selection = seen.case, seen.case.selection
    vacancy, free = case.vacancy, case.free_quota(seen.account)
    found: list[tuple[str, Any]] = [
        (_("Kind of item"), selection.get_kind_display()),
        *([(_("Who is to be removed"), [str(row) for row in case.candidacies])] if selection.is_removal else []),
        (
            _("Posts of this grade in the unit"),
            _("approved %(approved)s · filled %(filled)s · free %(free)s")
            % {"approved": vacancy.approved, "filled": vacancy.occupied, "free": free},
        ),
        *_competed_for(seen),
        *([(_("Present holder of the post"), _holders(seen))] if selection.departure else []),
        *([(_("Batch"), str(selection.batch))] if selection.batch else []),
        (_("What started the motion"), [Trigger(trigger).label for trigger in selection.triggers]),
        *_raised_earlier(selection),
        (
            _("Deciding body"),
            _("%(body)s (%(seats)s members)")
            % {"body": selection.mandate.body.title, "seats": len(case.seats_on(clock.day_of(seen.at)))},
        ),
        (
            _("In charge"),
            [row.account.name for row in _parts(case, Part.OFFICER)],
        ),
        (_("Tellers"), [row.account.name for row in _parts(case, Part.TELLER)]),
    ]
    if seen.sees_whole:
        if case.route is not None:
            flag = case.route.flag
            said = [case.route.name.label, flag.label if flag else "", selection.route_reason]
            found.append((_("Route of nomination"), [one for one in said if one]))
        if nominators := _nominators(case):
            found.append((_("How many nominated"), nominators))
        recused = [recused_of(case, row)[0] for row in _parts(case, Part.RECUSED)]
        found += [
            (_("Recused"), recused),
            (_("Reason for the motion"), selection.reason),
            *([(_("Plan of adjusting the leading body"), selection.team_plan)] if selection.team_plan else []),
        ]
        if selection.approved_by:
            found.append(
                (
                    _("Agreed by"),
                    f"{selection.approved_by.name} · {day(selection.approved_at)}",
                )
            )
    return found


def _competed_for(seen: Seen) -> list[tuple[str, Any]]:
    """Whether a post or a grade is competed for; the posts of a grade are told to whoever sees the whole matter."""
    case, selection = seen.case, seen.case.selection
    if not selection.competition:
        return []
    told = [str(Competition(selection.competition).label)]
    if seen.sees_whole:
        told += [row.post.full_title for row in case.offered]
    return [(_("What is competed for"), told)]


def _raised_earlier(selection: Selection) -> list[tuple[str, str]]:
    """The day on which the motion was raised, where it was entered here on a later one."""
    entered, raised = clock.day_of(selection.opened_at), selection.day_of_motion
    if raised == entered:
        return []
    told = _("%(raised)s, entered on %(entered)s") % {"raised": day(raised), "entered": day(entered)}
    return [(_("Day of the motion"), told)]


def _nominators(case: Case) -> list[str]:
    """NOM-21: how many put somebody forward for this post, by who they are, and by how many ballots."""
    who: dict[str, set[int]] = {}
    for row in case.nominations:
        who.setdefault(row.get_source_display(), set()).add(row.nominator_id)
    by_ballot = [
        _("by ballot, round %(round)s: %(number)s") % {"round": item.sitting.round, "number": sheet.valid}
        for item in case.sat
        if item.confirmed_at and (sheet := next(iter(case.counted_names(item)), None))
    ]
    told = _("%(source)s: %(number)s")
    return [told % {"source": source, "number": len(accounts)} for source, accounts in who.items()] + by_ballot


def _holders(seen: Seen) -> list[str]:
    """Who holds the post that is to be filled, how they leave, and what still has to happen first."""
    case, selection = seen.case, seen.case.selection
    held = Tenure.objects.held(clock.day_of(seen.at)).filter(post=selection.post_id).select_related("person")
    told = [row.person.name for row in held if row.pk not in {one.tenure_id for one in case.appointments}]
    told.append(str(Departure(selection.departure).label))
    removed = sum(row.candidacy_id is None for row in case.removals_at(case.item))
    if case.leaving(seen.account) > removed:
        told.append(_("must be removed by the same decision or have left before anybody is appointed"))
    return told


def _parts(case: Case, part: Part) -> list[Any]:
    return [row for row in case.participations if row.part == part and row.until_on is None]


def recused_of(case: Case, row: Participation) -> tuple[str, str]:
    """Name and unit of a recused person, or of an account without one."""
    if row.person_id:
        return case.people[row.person_id].name, str(case.people[row.person_id].organisation)
    return (row.account.name, row.account.department) if row.account else ("", "")
