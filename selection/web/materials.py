"""Material of a meeting (会议材料): a member reads and acknowledges it, staff see who has.

A member sees an item here only if neither recused from it nor a candidate in it; every opening of a paper is recorded.
"""

import io
import logging
from datetime import datetime

from django.contrib import messages
from django.db.models import Prefetch, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from selection import acts, clock
from selection.documents import filing
from selection.enums import Act, CandidacyState, ExceptionGround, Role, Stage
from selection.models import (
    Account,
    Acknowledgement,
    AgendaItem,
    Introduction,
    Material,
    Meeting,
    Nomination,
    Seat,
    Selection,
)
from selection.models.meeting import apart_from
from selection.stages.deliberation.material import acknowledge_material
from selection.web.acts import act_url
from selection.web.meetings import meeting_or_404

log = logging.getLogger(__name__)


def seat_at(meeting: Meeting, account: Account) -> Seat | None:
    """The seat by which the account is a member of the body on the day of the meeting."""
    if account.person_id is None or not account.holds(Role.MEMBER):
        return None
    return meeting.body.seats.in_force(meeting.held_on).filter(person=account.person_id).first()


def items_open_to(meeting: Meeting, account: Account, seat: Seat | None) -> QuerySet[AgendaItem]:
    """Items of which the account may know: as a member, those it has to decide on; otherwise those it sees."""
    seen = Selection.objects.open_to(account) if seat else Selection.objects.visible_to(account)
    return meeting.items.filter(selection__in=seen.order_by().values("pk"))


@require_http_methods(["GET", "POST"])
@never_cache
def materials(request: HttpRequest, pk: int) -> HttpResponse:
    """The papers of every item of a meeting; a member acknowledges all that is new with one button."""
    account: Account = request.user  # type: ignore[assignment]
    meeting = meeting_or_404(request, pk)
    at = clock.now()
    seat = seat_at(meeting, account)
    rows = list(
        items_open_to(meeting, account, seat)
        .select_related("selection__post__organisation", "selection__mandate")
        .prefetch_related(
            Prefetch("materials", Material.objects.select_related("document")),
            Prefetch("acknowledgements", Acknowledgement.objects.select_related("seat__person")),
            Prefetch("introductions", Introduction.objects.select_related("candidacy__person").order_by("pk")),
            Prefetch("selection__nominations", _told_of(), to_attr="answered"),
        )
        .order_by("position")
    )
    if request.method == "POST":
        return _acknowledged(request, meeting, seat, rows)
    seats = list(meeting.body.seats.in_force(meeting.held_on).select_related("person"))
    apart = apart_from([row.selection_id for row in rows])
    whole = Selection.objects.visible_to(account, taking_part=()).filter(agenda_items__meeting=meeting)
    sees_all = set(whole.order_by().values_list("pk", flat=True)) if seat else {row.selection_id for row in rows}
    shown = []
    for item in rows:
        sent = list(item.materials.all())
        last = max((row.sent_at for row in sent), default=None)
        got = {row.seat_id: row.acknowledged_at for row in item.acknowledgements.all()}  # the latest of each
        mine = got.get(seat.pk) if seat else None
        may = (
            meeting.closed_at is None
            and item.selection.stage == Stage.DELIBERATION
            and acts.permitted(Act.SEND_MATERIAL, item.selection, actor=account, at=at)
        )
        members = [one for one in seats if one.person_id not in apart[item.selection_id]]
        told = [
            {"name": one.person.name, "at": got.get(one.pk), "due": _is_due(got.get(one.pk), last)}
            for one in members
            if last and item.selection_id in sees_all
        ]
        shown.append(
            {
                "item": item,
                "papers": sent,
                "mine": mine,
                "new": seat is not None and _is_due(mine, last),
                "send_url": act_url(Act.SEND_MATERIAL, item.selection) if may else "",
                "members": told,
                "outstanding": [one for one in told if one["due"]],
                "received": [one for one in told if not one["due"]],
            }
        )
    return render(
        request,
        "selection/materials.html",
        {
            "meeting": meeting,
            "items": shown,
            "seat": seat,
            "new": meeting.closed_at is None and any(row["new"] for row in shown),
        },
    )


def _told_of() -> QuerySet[Nomination]:
    """FNR-15, FNR-20: how those to be decided on were nominated, where somebody answers; nothing in confidence."""
    decided = [CandidacyState.PROPOSED, CandidacyState.PASSED, CandidacyState.NOT_PASSED]
    rows = Nomination.objects.filter(first_responsible__isnull=False, candidacy__state__in=decided)
    rows = rows.exclude(ground=ExceptionGround.STATE_SECRET).order_by("person__stroke_key", "pk")
    return rows.select_related("person", "nominator", "first_responsible")


def _is_due(acknowledged_at: datetime | None, last: datetime | None) -> bool:
    """Whether something was sent that has not been acknowledged since."""
    return last is not None and (acknowledged_at is None or acknowledged_at < last)


def _acknowledged(request: HttpRequest, meeting: Meeting, seat: Seat | None, items: list[AgendaItem]) -> HttpResponse:
    account: Account = request.user  # type: ignore[assignment]
    if seat is None:
        return render(request, "403.html", status=403)
    done = 0
    for item in items:
        try:
            acknowledge_material(item.selection, actor=account, at=clock.now())
            done += 1
        except (acts.Refused, acts.Conflict, acts.NotPermitted):  # nothing new at this item
            continue
    messages.success(
        request, ngettext("Acknowledged for %(n)s item.", "Acknowledged for %(n)s items.", done) % {"n": done}
    )
    return redirect(reverse("materials", args=[meeting.pk]))


@require_safe
@never_cache
def material(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One paper, for whoever may know of its item; that it was opened is recorded before it is sent."""
    account: Account = request.user  # type: ignore[assignment]
    found = Material.objects.select_related("item__meeting__body", "document", "selection").filter(pk=pk).first()
    if found is None:
        raise Http404
    meeting = meeting_or_404(request, found.item.meeting_id)
    if not items_open_to(meeting, account, seat_at(meeting, account)).filter(pk=found.item_id).exists():
        raise Http404
    paper = found.document
    try:
        content = filing.read(paper.sha256)
    except filing.Damaged:
        log.error("the file of paper %s is gone or is no longer the one that was kept", paper.pk)
        return render(request, "selection/papers_damaged.html", {"paper": paper}, status=500)
    acts.looked_at(account, "material", ("document", str(paper.pk)), clock.now(), case=found.matter())
    return FileResponse(io.BytesIO(content), as_attachment=True, filename=paper.name, content_type=paper.media_type)


urlpatterns = [
    path("meetings/<int:pk>/materials/", materials, name="materials"),
    path("meetings/materials/<int:pk>/", material, name="material"),
]
