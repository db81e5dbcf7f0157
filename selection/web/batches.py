"""Batches of motions (动议批次): how many a year, how many cadres in each, and how far their selections have come."""

from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet, Sum
from django.db.models.functions import ExtractYear
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from selection import acts, clock, roles
from selection.enums import Act, Role, Stage
from selection.models import Account, Batch, Mandate, Selection
from selection.web.acts import act_url
from selection.web.next_acts import compact_rail
from selection.web.sittings import sittings_of

PER_PAGE = 30
READERS = {Role.STAFF, Role.DEPARTMENT_HEAD, Role.SECRETARY, Role.AUDITOR}


def seen_by(account: Account) -> QuerySet[Batch]:
    """Batches of the mandates for which the account sees selections."""
    held = [mandate for role, mandate in account.roles_in_force(clock.today()) if role in READERS]
    return Batch.objects.filter(mandate__in=held)


@require_safe
@never_cache
def batches(request: HttpRequest) -> HttpResponse:
    """Every batch, the latest first, and the figures of each year.

    Selections that the account must not see are not counted.
    """
    account: Account = request.user  # type: ignore[assignment]
    if not any(account.holds(role) for role in READERS):
        raise Http404
    found = seen_by(account)
    of_each = Q(selections__in=Selection.objects.visible_to(account).order_by().values("pk"))
    rows = found.annotate(
        selections_of_it=Count("selections", filter=of_each), cadres=Sum("selections__seats", filter=of_each)
    ).order_by("-opened_at", "-pk")
    years = (
        found.order_by()
        .annotate(year=ExtractYear("opened_at"))
        .values("year")
        .annotate(
            batches=Count("pk", distinct=True),
            selections_of_it=Count("selections", filter=of_each),
            cadres=Sum("selections__seats", filter=of_each),
        )
        .order_by("-year")
    )
    return render(
        request,
        "selection/batches.html",
        {
            "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
            "years": years,
            "open_url": _open(account),
        },
    )


def _open(account: Account) -> str:
    """Where a batch is opened, for whoever may."""
    held = sorted(pk for pk, act in roles.permissions_of(account, clock.now()) if act == Act.OPEN_BATCH.value)
    return act_url(Act.OPEN_BATCH, Mandate(pk=held[0])) if held else ""


@require_safe
@never_cache
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """One batch with its selections."""
    account: Account = request.user  # type: ignore[assignment]
    found = seen_by(account).filter(pk=pk).select_related("opened_by", "mandate").first()
    if found is None:
        raise Http404
    rows = (
        Selection.objects.visible_to(account)
        .filter(batch=found)
        .select_related("post__organisation", "organisation", "rule_set")
        .prefetch_related("appointments")
        .order_by("number")
    )
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    may = acts.permitted(Act.OPEN_SELECTION, found.mandate, actor=account, at=clock.now())
    sittings = sittings_of(account, found)
    after = max((row.round for row in sittings), default=0) + 1
    return render(
        request,
        "selection/batch.html",
        {
            "batch": found,
            "page": page,
            "rows": [{"selection": row, "steps": compact_rail(row, row.appointments.all())} for row in page],
            "open_url": act_url(Act.OPEN_SELECTION, found.mandate, batch=found.pk) if may else "",
            "sittings": sittings,
            "sitting_url": act_url(Act.OPEN_SITTING, found.mandate, batch=found.pk, round=after)
            if may and any(_by_ballot(row, after) for row in page)
            else "",
        },
    )


def _by_ballot(selection: Selection, round_: int) -> bool:
    """Whether the rules of a selection that stands at nomination know this round by ballot."""
    rounds = selection.rules.value("nomination.rounds", ())
    return selection.is_at(Stage.NOMINATION) and round_ <= len(rounds)


urlpatterns = [
    path("batches/", batches, name="batches"),
    path("batches/<int:pk>/", batch, name="batch"),
]
