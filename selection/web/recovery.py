"""Recovery from a backup (恢复旧备份): what was reported as lost, and what was confirmed."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from selection import acts, clock
from selection.enums import Act
from selection.models import Account, Recovery
from selection.web.acts import act_url

SHOWN = 20


@never_cache
@require_safe
def recovery(request: HttpRequest) -> HttpResponse:
    """The latest reports, for those who may report or confirm; only the last one can still be confirmed."""
    account: Account = request.user  # type: ignore[assignment]
    if acts.permitted(Act.PROPOSE_RECOVERY, account, actor=account, at=clock.now()) is None:
        raise PermissionDenied
    rows = list(Recovery.objects.select_related("proposed_by", "confirmed_by")[:SHOWN])
    waiting = next((row for row in rows[:1] if row.confirmed_at is None), None)
    context = {
        "rows": rows,
        "waiting": waiting,
        "confirm_url": act_url(Act.CONFIRM_RECOVERY, waiting)
        if waiting and waiting.proposed_by_id != account.pk
        else "",
        "propose_url": act_url(Act.PROPOSE_RECOVERY, account),
    }
    return render(request, "selection/recovery.html", context)


urlpatterns = [path("status/recovery/", recovery, name="recovery")]
