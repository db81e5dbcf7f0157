"""One sheet for several items (一次领票): a member draws a sheet with a slip for each post on the agenda.

Which slips share a sheet is known to the paper alone: the page that shows them is answered once, and each ballot is
prepared by an act of its own.  The items are then voted on one after another, so that not even the order of writing
tells which ballots came from one sheet.
"""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.validators import MaxValueValidator
from django.db.models import Prefetch
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from selection import acts, clock
from selection.acts import Conflict, NotPermitted, Refused, Requirement, Secret
from selection.ballots import box
from selection.enums import Act, AttendanceKind, BallotChannel, RecusedCount, RoundState
from selection.models import Account, AgendaItem, Meeting, RollMember, Round, Seat, Selection
from selection.models.meeting import is_there
from selection.stages.deliberation.ballot import issue_slip, prepare_ballot
from selection.standing import UNDER_WAY
from selection.web import acts as pages
from selection.web.forms.act import EnumField, RowsField
from selection.web.meetings import meeting_or_404
from selection.web.voting import box_address, slips


class SheetsForm(forms.Form):
    """Which items are voted on with this sheet."""

    items = RowsField(label=gettext_lazy("Items to vote on"))
    sheets = forms.IntegerField(
        label=gettext_lazy("How many sheets of slips to print"),
        min_value=0,
        initial=0,
        help_text=gettext_lazy(
            "For members without a phone or tablet.  What nobody draws has to be handed back before the ballot opens."
        ),
    )
    recused_count = EnumField(
        RecusedCount,
        label=gettext_lazy("Does a recused member count among those who should attend?"),
        help_text=gettext_lazy("Needed where somebody is recused. No rule says so; the committee decides."),
        required=False,
    )

    def __init__(self, *args: Any, items: list[AgendaItem], present: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["sheets"].widget.attrs["max"] = present
        self.fields["sheets"].validators.append(MaxValueValidator(present))
        self.fields["items"].offer(items, lambda item: f"{item.position}. {item.selection.sought}")  # type: ignore[attr-defined]
        self.initial.setdefault("items", [str(item.pk) for item in items])


def items_to_vote_on(meeting: Meeting, account: Account) -> list[AgendaItem]:
    """Items of an open meeting that the account sees and on which no ballot is under way."""
    if meeting.closed_at is not None:
        return []
    busy = Round.objects.filter(poll__item__meeting=meeting, state__in=UNDER_WAY).values("poll__item")
    seen = Selection.objects.visible_to(account).order_by().values("pk")
    rows = meeting.items.filter(selection__in=seen).exclude(pk__in=busy)
    return list(rows.select_related("selection__post__organisation", "selection__mandate").order_by("position"))


@never_cache
@require_http_methods(["GET", "POST"])
def sheets(request: HttpRequest, pk: int) -> HttpResponse:
    """Prepare the ballots of several items; the answer is the page with the sheets, which exists only this once."""
    account: Account = request.user  # type: ignore[assignment]
    meeting = meeting_or_404(request, pk)
    at = clock.now()
    items = items_to_vote_on(meeting, account)
    may = [item for item in items if acts.permitted(Act.PREPARE_BALLOT, item.selection, actor=account, at=at)]
    if items and not may:
        return pages.not_permitted(request, NotPermitted(Act.PREPARE_BALLOT))
    members = meeting.attendances.filter(kind=AttendanceKind.VOTING).prefetch_related("movements")
    present = sum(is_there(row, row.movements.all()) for row in members)
    form = SheetsForm(request.POST or None, items=may, present=present)
    unmet: list[tuple[AgendaItem, list[Requirement]]] = []
    if request.method == "POST" and form.is_valid():
        chosen = form.cleaned_data["items"]
        given = {"recused_count": form.cleaned_data["recused_count"] or None}
        codes = {item.pk: box.make_codes(form.cleaned_data["sheets"]) for item in chosen}
        for item in chosen:
            found = acts.requirements(
                Act.PREPARE_BALLOT, item.selection.case(), actor=account, at=at, codes=Secret(codes[item.pk]), **given
            )
            if missing := [requirement for requirement in found if not requirement.met]:
                unmet.append((item, missing))
        if not unmet:
            return _prepared(request, meeting, chosen, codes, given)
    return render(
        request,
        "voting/sheets.html",
        {"meeting": meeting, "form": form, "items": may, "unmet": unmet},
        status=422 if form.is_bound else 200,
    )


def _prepared(
    request: HttpRequest,
    meeting: Meeting,
    chosen: list[AgendaItem],
    codes: dict[int, list[str]],
    given: dict[str, Any],
) -> HttpResponse:
    """Prepare each ballot, and show the sheets with the slips of those that are."""
    account: Account = request.user  # type: ignore[assignment]
    rounds: list[tuple[AgendaItem, Round]] = []
    late: list[AgendaItem] = []
    for item in chosen:
        try:
            rounds.append(
                (
                    item,
                    prepare_ballot(
                        item.selection, codes=Secret(codes[item.pk]), actor=account, at=clock.now(), **given
                    ),
                )
            )
        except (Refused, Conflict, NotPermitted):  # somebody was faster since the requirements were read
            late.append(item)
    if not rounds:
        return pages.conflict(request, meeting)
    if not any(codes.values()):
        messages.success(request, _("Prepared.  Members collect their electronic ballots now."))
        return redirect("meeting", meeting.pk)
    address = box_address(request)
    made = [
        [
            {"item": item, "round": round_, "slip": slip}
            for (item, round_), slip in zip(rounds, slips(list(of_one), address), strict=True)
        ]
        for of_one in zip(*(codes[item.pk] for item, _round in rounds), strict=True)
    ]
    spare = any(round_.spare(round_.roll.all()) for _item, round_ in rounds)
    context = {"meeting": meeting, "sheets": made, "late": late, "spare": spare, "address": address}
    return render(request, "voting/sheets_print.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def draw(request: HttpRequest, pk: int) -> HttpResponse:
    """Note, member by member, who has drawn a sheet; for each ballot on it that is an act of its own."""
    account: Account = request.user  # type: ignore[assignment]
    meeting = meeting_or_404(request, pk)
    rounds = list(
        Round.objects.filter(
            poll__item__meeting=meeting,
            state=RoundState.PREPARED,
            slips__gt=0,
            selection__in=Selection.objects.visible_to(account).order_by().values("pk"),
        )
        .select_related("selection__post__organisation", "selection__mandate", "poll__item")
        .prefetch_related(Prefetch("roll", RollMember.objects.select_related("seat__person")))
        .order_by("poll__item__position")
    )
    at = clock.now()
    rounds = [row for row in rounds if acts.permitted(Act.ISSUE_SLIP, row, actor=account, at=at)]
    if request.method == "POST":
        return _drawn(request, meeting, rounds)
    members = meeting.attendances.filter(kind=AttendanceKind.VOTING).prefetch_related("movements")
    present = Seat.objects.filter(
        pk__in=[row.seat_id for row in members if is_there(row, row.movements.all())]
    ).select_related("person")
    late = {row.seat_id for row in members for move in row.movements.all() if move.arrived}
    return render(
        request,
        "voting/draw.html",
        {
            "meeting": meeting,
            "rounds": [(round_, round_.spare(round_.roll.all())) for round_ in rounds],
            "members": [_on_the_sheet(seat, rounds, late) for seat in present.order_by("rank", "pk")],
        },
    )


def _on_the_sheet(seat: Seat, rounds: list[Round], late: set[int | None]) -> dict[str, Any]:
    """One member: on what the sheet is good for him, what he hands back, and what he holds.

    Whoever has collected electronic ballots draws no sheet and has nothing to hand back.
    """
    roll = {round_.pk: row for round_ in rounds for row in round_.roll.all() if row.seat_id == seat.pk and row.may_cast}
    draws = not any(row.channel == BallotChannel.ONLINE for row in roll.values()) and (roll or seat.pk not in late)
    held = {row.get_channel_display() for row in roll.values() if row.has_ballot}
    return {
        "seat": seat,
        "votes_on": len(roll),
        "hands_back": [round_ for round_ in rounds if round_.pk not in roll] if draws else [],
        "late": not roll and seat.pk in late,
        "holds": sorted(held),
        "waiting": any(not row.has_ballot for row in roll.values()),
    }


def _drawn(request: HttpRequest, meeting: Meeting, rounds: list[Round]) -> HttpResponse:
    account: Account = request.user  # type: ignore[assignment]
    wanted = request.POST.get("seat", "")
    done = 0
    for round_ in rounds:
        row = next((row for row in round_.roll.all() if str(row.seat_id) == wanted), None)
        if row is None or not row.may_cast or row.has_ballot:
            continue
        try:
            issue_slip(round_, seat=row.seat, actor=account, at=clock.now())
            done += 1
        except (Refused, Conflict, NotPermitted):
            messages.warning(
                request, _("%(post)s: nothing was noted; somebody was faster.") % {"post": round_.selection.sought}
            )
    if done:
        messages.success(request, _("Noted for %(number)s ballots.") % {"number": done})
    return redirect(reverse("draw", args=[meeting.pk]))


urlpatterns = [
    path("meetings/<int:pk>/sheets/", sheets, name="sheets"),
    path("meetings/<int:pk>/draw/", draw, name="draw"),
]
