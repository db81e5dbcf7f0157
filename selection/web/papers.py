"""Papers and evidence (文书、材料): how far a paper is, and the file itself.

Whoever sees the whole selection may fetch its papers; an inspector, those that he or she uploaded; a member who was at
a meeting and is apart from none of its items, its minutes; who presided over a ballot, the report of its count.  Every
download is recorded before the file is sent.
"""

import io
import logging
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from selection import acts, clock
from selection.documents import filing, making, requests, seal
from selection.enums import Act, BallotChannel, DocumentState, Paper, Part, Role, RoundState
from selection.models import Account, Document, Meeting, Round, Selection
from selection.models.case import Case
from selection.web.acts import act_url

log = logging.getLogger(__name__)


def open_to(account: Account) -> QuerySet[Document]:
    """Papers of selections that the account sees whole, minutes that it may have, what it uploaded as an inspector.

    The report of a count is also for the member who presided over the ballot.
    """
    sees = Selection.objects.visible_to(account, taking_part=[]).order_by().values("pk")
    team = Selection.objects.visible_to(account, taking_part=[Part.INSPECTOR]).order_by().values("pk")
    minuted = Meeting.objects.minutes_open_to(account).order_by().values("pk")
    seen = Q(selection__in=sees) | Q(selection__in=team, requested_by=account) | Q(meeting__in=minuted)
    if account.person_id and account.holds(Role.MEMBER):
        known = Selection.objects.open_to(account).order_by().values("pk")
        seen |= Q(kind=Paper.COUNT_REPORT, round__chair__person=account.person_id, selection__in=known)
    return Document.objects.filter(seen)


def document_or_404(request: HttpRequest, pk: int) -> Document:
    """The paper, if it is open to the account."""
    account: Account = request.user  # type: ignore[assignment]
    found = open_to(account).select_related("selection__rule_set", "meeting__body").filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


@never_cache
@require_safe
def document(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The file, compared with the hash under which it was kept."""
    account: Account = request.user  # type: ignore[assignment]
    paper = document_or_404(request, pk)
    if paper.state != DocumentState.KEPT:
        raise Http404
    try:
        content = filing.read(paper.sha256)
    except filing.Damaged:
        log.error("the file of paper %s is gone or is no longer the one that was kept", paper.pk)
        return render(request, "selection/papers_damaged.html", {"paper": paper}, status=500)
    acts.looked_at(account, "document", ("document", str(paper.pk)), clock.now(), case=paper.matter())
    return FileResponse(io.BytesIO(content), as_attachment=True, filename=paper.name, content_type=paper.media_type)


@never_cache
@require_safe
def document_state(request: HttpRequest, pk: int) -> HttpResponse:
    """The row of one paper, asked every three seconds while the paper is being made."""
    paper = document_or_404(request, pk)
    context = {**row_of(paper), "being_made": making.is_being_made(paper.pk)}
    return render(request, "components/document_row.html", context)


def row_of(paper: Document) -> dict[str, object]:
    """What ``components/document_row.html`` shows of a paper."""
    kept, requested = paper.state == DocumentState.KEPT, paper.state == DocumentState.REQUESTED
    return {
        "title": paper.title,
        "state": paper.state,
        "url": reverse("document", args=[paper.pk]) if kept else "",
        "at": paper.kept_at,
        "digest": paper.sha256,
        "problem": paper.problem,
        "waits": why_it_waits(paper) if requested else "",
        "poll_url": reverse("document_state", args=[paper.pk]) if requested else "",
    }


def papers_of(case: Case, round_: Round, account: Account, *, sees_whole: bool, at: datetime) -> dict[str, Any]:
    """The papers of one ballot: those that are made, which can be asked for, and how many sheets to print.

    Who presides over a ballot without seeing the selection gets the report of its count.
    """
    kinds = (Paper.BALLOT_PAPER, Paper.COUNT_REPORT) if sees_whole else (Paper.COUNT_REPORT,)
    found = sorted((row for row in case.documents if row.round_id == round_.pk), key=lambda row: -row.pk)
    prepared = round_.state == RoundState.PREPARED
    holding = {BallotChannel.ONLINE, BallotChannel.SLIP}
    possible = {RoundState.PREPARED: Act.REQUEST_BALLOT_PAPER, RoundState.ANNOUNCED: Act.REQUEST_COUNT_REPORT}
    asked = possible.get(RoundState(round_.state))
    return {
        "rows": [row_of(row) for row in found if row.kind in kinds],
        "acts": [{"label": asked.label, "url": act_url(asked, round_), "may": True, "tone": "plain"}]
        if asked and acts.permitted(asked, round_, actor=account, at=at)
        else [],
        "copies": sum(row.may_cast and row.channel not in holding for row in case.roll_of(round_))
        if prepared and sees_whole
        else None,
    }


def why_it_waits(paper: Document) -> str:
    """Why a paper is not made yet, where that takes longer than it should; whatever it is, nobody need ask again."""
    if clock.now() - paper.requested_at <= requests.PATIENCE:
        return ""
    if not filing.has_room():
        return _("There is no room for papers on the disk.  It is made by itself as soon as there is room again.")
    if not seal.is_in_force(at=clock.now()):
        return _("The seal cannot be used now.  The paper is made by itself as soon as it can; see under Status.")
    return _(
        "It waits for the worker and is made by itself as soon as that can.  What is not well stands under Status."
    )


urlpatterns = [
    path("papers/<int:pk>/", document, name="document"),
    path("papers/<int:pk>/state/", document_state, name="document_state"),
]
