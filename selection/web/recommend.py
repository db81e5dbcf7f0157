"""Recommending under one's own name (署名推荐): where leading cadres do so and read what became of it."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from selection import clock
from selection.enums import Act, NominationSource, Stage
from selection.models import Account, Nomination, Selection
from selection.roles import ROLES
from selection.web.acts import act_url

LAST = 50


@require_safe
@never_cache
def recommend(request: HttpRequest) -> HttpResponse:
    """Selections that take recommendations now, and one's own recommendations with their outcome."""
    account: Account = request.user  # type: ignore[assignment]
    held = [
        mandate for role, mandate in account.roles_in_force(clock.today()) if role in ROLES[Act.RECOMMEND_PERSONALLY]
    ]
    may_know = Selection.objects.open_to(account)
    open_ = may_know.filter(mandate__in=held, stage=Stage.NOMINATION, suspended_at__isnull=True).select_related(
        "post__organisation"
    )
    mine = (
        Nomination.objects.filter(
            nominator=account, source=NominationSource.PERSONAL, selection__in=may_know.order_by().values("pk")
        )
        .select_related("person__organisation", "selection__post__organisation")
        .order_by("-nominated_at")[:LAST]
    )
    return render(
        request,
        "selection/recommend.html",
        {
            "open": [
                {"selection": selection, "url": act_url(Act.RECOMMEND_PERSONALLY, selection)} for selection in open_
            ],
            "mine": mine,
            "may": bool(held),
        },
    )


urlpatterns = [path("recommend/", recommend, name="recommend")]
