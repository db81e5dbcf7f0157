"""The scrutineers' page (监票): the boxes of a meeting to be checked before they open, and the open one to be closed.

It shows what the box itself says of the round; nothing of anybody's vote.
"""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from selection import acts, clock
from selection.ballots import box
from selection.enums import Act, Role, RoundState
from selection.models import Account, Meeting, Round, Selection
from selection.stages.deliberation.paper import TELLERS, confirm_paper, reject_paper
from selection.stages.deliberation.scrutiny import agree_closing, check_box
from selection.web.forms.act import not_met
from selection.web.meetings import meeting_or_404

_DOES: dict[RoundState, dict[str, Any]] = {
    RoundState.PREPARED: {Act.CHECK_BOX: check_box},
    RoundState.OPEN: {Act.AGREE_CLOSING: agree_closing},
    RoundState.CLOSED: {Act.CONFIRM_PAPER: confirm_paper, Act.REJECT_PAPER: reject_paper},
}


@never_cache
@require_http_methods(["GET", "POST"])
def scrutiny(request: HttpRequest, pk: int) -> HttpResponse:
    """The rounds of one meeting that are prepared or open, and what this scrutineer has still to see to."""
    account: Account = request.user  # type: ignore[assignment]
    meeting = meeting_or_404(request, pk)
    if not account.holds(Role.SCRUTINEER):
        raise Http404
    rounds = rounds_to_see_to(meeting, account)
    if request.method == "POST":
        return _seen_to(request, meeting, rounds)
    standings = box.standings([round_.box for round_ in rounds])
    rows = [_row(round_, standings[round_.box], account) for round_ in rounds]
    template = "voting/scrutiny_rounds.html" if request.headers.get("HX-Request") else "voting/scrutiny.html"
    return render(
        request,
        template,
        {
            "meeting": meeting,
            "checking": [row for row in rows if row["act"] == Act.CHECK_BOX and not row["done"]],
            "others": [row for row in rows if row["act"] != Act.CHECK_BOX or row["done"]],
        },
    )


def rounds_to_see_to(meeting: Meeting, account: Account) -> list[Round]:
    """Rounds of the meeting in which a scrutineer has something to see to, now or soon.

    A closed round is one of them until its paper ballots are confirmed.  Of what the account must know nothing it does
    not learn here.
    """
    known = Selection.objects.watched_by(account, Role.SCRUTINEER).order_by().values("pk")
    going_on = Q(state__in=[RoundState.PREPARED, RoundState.OPEN]) | Q(state=RoundState.CLOSED, returned__isnull=True)
    rows = Round.objects.filter(going_on, poll__item__meeting=meeting, selection__in=known)
    return list(
        rows.select_related("selection__post__organisation", "selection__mandate", "poll__item", "chair")
        .prefetch_related("witnesses__account", "paper_entries")
        .order_by("poll__item__position", "seq")
    )


def _row(round_: Round, standing: box.Standing, account: Account) -> dict[str, Any]:
    act = next(iter(_DOES[RoundState(round_.state)]))
    entered = [row for row in round_.paper_entries.all() if row.rejected_at is None]
    seen = [row for row in round_.witnesses.all() if row.act == act]
    return {
        "round": round_,
        "act": act,
        "in_box": standing.returned,
        "check_code": standing.check_code,
        "agrees": standing.check_code == round_.check_code,
        "done": any(row.account_id == account.pk for row in seen),
        "seen": [row.account.name for row in seen],
        "entered": len(entered),
        "both_entered": len(entered) == TELLERS,
        "same": len(entered) == TELLERS and box.paper_agrees(round_.box),
        "sheets": len(box.paper(round_.box)) if len(entered) == TELLERS else 0,
    }


def _seen_to(request: HttpRequest, meeting: Meeting, rounds: list[Round]) -> HttpResponse:
    """Record what was ticked or pressed, round by round; each is an act of its own."""
    account: Account = request.user  # type: ignore[assignment]
    wanted = set(request.POST.getlist("round"))
    done = 0
    for round_ in rounds:
        function = _DOES[RoundState(round_.state)].get(request.POST.get("act", ""))
        if str(round_.pk) not in wanted or function is None:
            continue
        try:
            function(round_, actor=account, at=clock.now())
            done += 1
        except acts.Refused as refusal:
            words = {"post": round_.selection.sought, "missing": not_met(refusal.unmet[0])}
            messages.error(request, _("%(post)s: %(missing)s") % words)
        except (acts.Conflict, acts.NotPermitted):
            messages.warning(
                request, _("%(post)s: nothing was noted; somebody was faster.") % {"post": round_.selection.sought}
            )
    if done:
        messages.success(request, _("Noted in the record for %(number)s ballots.") % {"number": done})
    elif not wanted:
        messages.warning(request, _("Nothing was ticked. Tick each ballot whose box you have checked."))
    return redirect("scrutiny", meeting.pk)


urlpatterns = [path("meetings/<int:pk>/scrutiny/", scrutiny, name="scrutiny")]
