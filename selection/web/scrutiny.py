"""The scrutineers' page (监票): the boxes of a meeting to be checked before they open, and the open one to be closed.

It shows what the box itself says of the round; nothing of anybody's vote.
"""

from typing import Any

from django.contrib import messages
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
from selection.stages.deliberation.scrutiny import agree_closing, check_box
from selection.web.forms.act import not_met
from selection.web.meetings import meeting_or_404

_DOES = {RoundState.PREPARED: (Act.CHECK_BOX, check_box), RoundState.OPEN: (Act.AGREE_CLOSING, agree_closing)}


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
    """Rounds of the meeting that are prepared or open, without those of which the account must know nothing."""
    known = Selection.objects.open_to(account).filter(mandate__body=meeting.body).order_by().values("pk")
    rows = Round.objects.filter(poll__item__meeting=meeting, state__in=list(_DOES), selection__in=known)
    return list(
        rows.select_related("selection__post__organisation", "selection__mandate", "poll__item", "chair")
        .prefetch_related("witnesses__account")
        .order_by("poll__item__position", "seq")
    )


def _row(round_: Round, standing: box.Standing, account: Account) -> dict[str, Any]:
    act, _function = _DOES[RoundState(round_.state)]
    seen = [row for row in round_.witnesses.all() if row.act == act]
    return {
        "round": round_,
        "act": act,
        "in_box": standing.returned,
        "check_code": standing.check_code,
        "agrees": standing.check_code == round_.check_code,
        "done": any(row.account_id == account.pk for row in seen),
        "seen": [row.account.name for row in seen],
    }


def _seen_to(request: HttpRequest, meeting: Meeting, rounds: list[Round]) -> HttpResponse:
    """Record what was ticked or pressed, round by round; each is an act of its own."""
    account: Account = request.user  # type: ignore[assignment]
    wanted = set(request.POST.getlist("round"))
    done = 0
    for round_ in rounds:
        act, function = _DOES[RoundState(round_.state)]
        if str(round_.pk) not in wanted or request.POST.get("act") != act:
            continue
        try:
            function(round_, actor=account, at=clock.now())
            done += 1
        except acts.Refused as refusal:
            words = {"post": round_.selection.post, "missing": not_met(refusal.unmet[0])}
            messages.error(request, _("%(post)s: %(missing)s") % words)
        except (acts.Conflict, acts.NotPermitted):
            messages.warning(
                request, _("%(post)s: nothing was noted; somebody was faster.") % {"post": round_.selection.post}
            )
    if done:
        messages.success(request, _("Noted for %(number)s ballots.") % {"number": done})
    elif not wanted:
        messages.warning(request, _("Nothing was ticked. Tick each ballot whose box you have checked."))
    return redirect("scrutiny", meeting.pk)


urlpatterns = [path("meetings/<int:pk>/scrutiny/", scrutiny, name="scrutiny")]
