"""Sittings that nominate by ballot (会议推荐提名): one meeting with its roll, and how far each post has come."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from selection import clock
from selection.enums import Act, NamesKind, Stage
from selection.models import Account, Batch, Selection, Sitting, SittingItem
from selection.models.case import Case, of_sittings
from selection.rulebook.rules import Rules
from selection.stages.sitting import groups
from selection.web.next_acts import Seen, at_sitting
from selection.web.tags import percent

#: What a post waits for → in words, and the tone of its badge.
_WAITS = {
    Act.ENTER_NAMES: "info",
    Act.CONFIRM_NAMES: "warn",
    Act.REJECT_NAMES: "bad",
    Act.RESOLVE_NAMES: "info",
    Act.DECIDE_TIE: "warn",
    Act.SETTLE_NAMES: "warn",
}


def seen_by(account: Account) -> Any:
    """Selections of whose sittings the account may know."""
    return Selection.objects.visible_to(account)


def sittings_of(account: Account, batch: Batch) -> list[Sitting]:
    """Sittings of a batch with a post that the account may know of, the latest first."""
    items = SittingItem.objects.filter(selection__in=seen_by(account).order_by().values("pk"))
    return list(batch.sittings.filter(pk__in=items.values("sitting")))


@require_safe
@never_cache
def sitting(request: HttpRequest, pk: int) -> HttpResponse:
    """One sitting: who should have come and came, group by group, and each post with what it waits for."""
    account: Account = request.user  # type: ignore[assignment]
    seen = seen_by(account).filter(sitting_items__sitting=pk).order_by().values("pk")
    cases = of_sittings(seen)
    if not cases:
        raise Http404
    at = clock.now()
    rows = [
        shown(Seen(case, account, at), item) for case in cases for item in case.sitting_items if item.sitting_id == pk
    ]
    held = rows[0]["sitting"]
    return render(
        request,
        "selection/sitting.html",
        {"sitting": held, "turnout": turnout(cases[0].rules, held), "rows": rows},
    )


def turnout(rules: Rules, held: Sitting) -> list[dict[str, Any]]:
    """Each group of the roll: how many should have come, how many did, and which part that is."""
    names = groups(rules, held.round)  # in the order of the rule; the database keeps none
    return [
        {"name": names[group], **numbers, "part": percent(numbers["present"], numbers["due"])}
        for group, numbers in sorted(held.roll.items(), key=lambda row: list(names).index(row[0]))
    ]


def shown(seen: Seen, item: SittingItem) -> dict[str, Any]:
    """One post at a sitting: what it waits for, the names once they are confirmed, the places once they are fixed."""
    case = seen.case
    sheets = case.counted_names(item)
    mine = any(sheet.teller_id == seen.account.pk for sheet in sheets)
    steps = at_sitting(case, item)
    label, tone = _standing(item, len(sheets), steps[0].act if steps else None)
    whole = seen.sees_whole
    undone = [step for step in steps if not (step.act is Act.ENTER_NAMES and mine)]
    return {
        "item": item,
        "sitting": item.sitting,
        "selection": case.selection,
        "label": label,
        "tone": tone,
        "mine": mine and item.confirmed_at is None,
        "acts": [{"label": step.act.label, "url": step.url} for step in undone if seen.may(step.act)],
        "again_url": seen.url(Act.RESOLVE_NAMES, item)
        if steps and steps[0].act in (Act.DECIDE_TIE, Act.SETTLE_NAMES) and item.sitting.kind == NamesKind.OPEN
        else "",
        "annul_url": seen.url(Act.ANNUL_NAMES, item) if _may_be_annulled(case, item) else "",
        "names": [row for row in case.names_at(item) if whole and not item.settled_at],
        "places": sorted(
            (row for row in case.rankings if whole and row.item_id == item.pk), key=lambda row: (row.place, row.pk)
        ),
        "unknown": [row for row in case.names_at(item) if whole and item.settled_at and row.person_id is None],
        "decisions": [row for row in case.tie_decisions if whole and row.item_id == item.pk],
    }


def _may_be_annulled(case: Case, item: SittingItem) -> bool:
    """At nomination: the last round, and what was left undone before a return."""
    undone = item.annulled_at is None and item.settled_at is None
    return case.selection.is_at(Stage.NOMINATION) and (undone or case.sat[-1:] == [item])


def _standing(item: SittingItem, sheets: int, waits_for: Act | None) -> tuple[str, str]:
    if item.annulled_at is not None:
        return _("Annulled"), "muted"
    if item.settled_at is not None:
        return _("Who goes on is fixed"), "good"
    if waits_for in (Act.ENTER_NAMES, None):
        return _("%(entered)s of 2 counts entered") % {"entered": sheets}, "info"
    words = {
        Act.CONFIRM_NAMES: _("Both counts agree"),
        Act.REJECT_NAMES: _("The two counts differ"),
        Act.RESOLVE_NAMES: _("Names to be looked up"),
        Act.DECIDE_TIE: _("Equal votes at the last place"),
        Act.SETTLE_NAMES: _("Ready to be fixed"),
    }
    return words[waits_for], _WAITS[waits_for]


urlpatterns = [path("sittings/<int:pk>/", sitting, name="sitting")]
