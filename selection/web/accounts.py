"""Accounts and seats (账号与席位): pages of the administrator, which auditors may read."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from selection import acts, clock
from selection.enums import Act, BodyKind, Role
from selection.models import Account, Body, Holding, Mandate, Seat
from selection.models.account import CLOCK, PUBLIC
from selection.web.acts import act_url
from selection.web.forms import accounts as _forms  # noqa: F401 - the acts that these pages lead to, and their forms

READERS = frozenset({Role.ADMINISTRATOR, Role.AUDITOR})
PER_PAGE = 25
ON_OPEN_ACCOUNT = (Act.GRANT_ROLE, Act.END_ROLE, Act.CORRECT_ACCOUNT, Act.RESET_PASSWORD, Act.CLOSE_ACCOUNT)
ON_CLOSED_ACCOUNT = (Act.REOPEN_ACCOUNT, Act.END_ROLE, Act.CORRECT_ACCOUNT)
ON_BODY = (Act.SEAT_MEMBER, Act.END_SEAT)

View = Callable[..., HttpResponse]


def for_readers(view: View) -> View:
    """Only administrators and auditors see who has which role."""

    @wraps(view)
    def seen(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        reader: Account = request.user  # type: ignore[assignment]
        if not READERS & {role for role, _mandate in reader.roles_in_force(clock.today())}:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return never_cache(require_safe(seen))


class Filters(forms.Form):
    q = forms.CharField(label=_("Name, user name or department"), required=False, max_length=60)
    role = forms.ChoiceField(
        label=_("Role"),
        required=False,
        choices=[("", _("All")), *((role.value, role.label) for role in Role if role not in (Role.CLOCK, Role.PUBLIC))],
    )
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[("", _("All")), ("open", _("Open account")), ("closed", _("Closed account"))],
    )

    def among(self, rows: QuerySet[Account]) -> QuerySet[Account]:
        """Those of the accounts that were asked for."""
        wanted = self.cleaned_data if self.is_valid() else {}
        if words := wanted.get("q", "").strip():
            rows = rows.filter(Q(name__icontains=words) | Q(username__icontains=words) | Q(department__icontains=words))
        if role := wanted.get("role"):
            today = clock.today()
            held = Holding.objects.filter(Q(until_on__isnull=True) | Q(until_on__gte=today), role=role)
            rows = rows.filter(pk__in=held.filter(from_on__lte=today).values("account"))
        if state := wanted.get("state"):
            rows = rows.filter(is_active=state == "open")
        return rows


def buttons(subject: acts.Subject, names: Sequence[Act], actor: Account) -> list[dict[str, Any]]:
    """The acts on the subject that this account may perform, with the number of requirements not met."""
    at, case = clock.now(), subject.case()
    may = [name for name in names if acts.permitted(name, subject, actor=actor, at=at)]
    found = {name: acts.requirements(name, case, actor=actor, at=at) for name in may}
    return [
        {
            "label": name.label,
            "url": act_url(name, subject),
            "may": True,
            "unmet": sum(not requirement.met for requirement in found[name]),
            "tone": "danger" if name is Act.CLOSE_ACCOUNT else "plain",
        }
        for name in may
    ]


@for_readers
def accounts(request: HttpRequest) -> HttpResponse:
    """Every account with its roles of today."""
    reader: Account = request.user  # type: ignore[assignment]
    today = clock.today()
    filters = Filters(request.GET or None)
    held = Holding.objects.filter(Q(until_on__isnull=True) | Q(until_on__gte=today), from_on__lte=today)
    rows = Account.objects.exclude(username__in=[CLOCK, PUBLIC]).prefetch_related(
        Prefetch("holdings", held.order_by("pk"), to_attr="held_today")
    )
    mandates = [mandate for role, mandate in reader.roles_in_force(today) if role is Role.ADMINISTRATOR]
    mandate = Mandate.objects.filter(pk__in=mandates).select_related("body").order_by("pk").first()
    bodies = list(Body.objects.select_related("organisation").order_by("pk"))
    committee = mandate.body.organisation_id if mandate else None
    lacks_plenum = not any(body.kind == BodyKind.PLENUM and body.organisation_id == committee for body in bodies)
    return render(
        request,
        "selection/accounts/accounts.html",
        {
            "filters": filters,
            "filtered": any(request.GET.get(name) for name in Filters.base_fields),
            "page": Paginator(filters.among(rows).order_by("username"), PER_PAGE).get_page(request.GET.get("page")),
            "create_url": act_url(Act.CREATE_ACCOUNT, mandate) if mandate else "",
            "bodies": bodies,
            "plenum_url": act_url(Act.ADD_PLENUM, mandate) if mandate and lacks_plenum else "",
        },
    )


@for_readers
def account(request: HttpRequest, pk: int) -> HttpResponse:
    """One account: its roles and seats with their days, and what may be done to it."""
    found = get_object_or_404(Account.objects.select_related("person__organisation"), pk=pk)
    if found.is_system:
        raise Http404
    today = clock.today()
    possible = ON_OPEN_ACCOUNT if found.is_active else ON_CLOSED_ACCOUNT
    holdings = found.holdings.select_related("mandate").order_by("-from_on", "pk")
    seats = (
        Seat.objects.filter(person=found.person_id).select_related("body") if found.person_id else Seat.objects.none()
    )
    return render(
        request,
        "selection/accounts/account.html",
        {
            "account": found,
            "roles": [(held, standing(held, today)) for held in holdings],
            "seats": [(seat, standing(seat, today)) for seat in seats.order_by("-from_on", "pk")],
            "acts": buttons(found, possible, request.user),  # type: ignore[arg-type]
        },
    )


@for_readers
def seats(request: HttpRequest, pk: int) -> HttpResponse:
    """The seats of a body, those of today first."""
    body = get_object_or_404(Body.objects.select_related("organisation"), pk=pk)
    today = clock.today()
    rows = [
        (seat, standing(seat, today))
        for seat in body.seats.select_related("person__organisation").order_by("rank", "pk")
    ]
    return render(
        request,
        "selection/accounts/seats.html",
        {
            "body": body,
            "held": [row for row in rows if row[1]["tone"] != "muted"],
            "ended": [row for row in rows if row[1]["tone"] == "muted"],
            "acts": buttons(body, ON_BODY, request.user),  # type: ignore[arg-type]
        },
    )


def standing(row: Holding | Seat, today: Any) -> dict[str, Any]:
    """Whether a role or a seat has begun and not ended, as a badge."""
    if row.until_on is not None and row.until_on < today:
        return {"label": _("Ended"), "tone": "muted"}
    if row.from_on > today:
        return {"label": _("Not begun"), "tone": "info"}
    return {"label": _("In force"), "tone": "good"}


urlpatterns = [
    path("accounts/", accounts, name="accounts"),
    path("accounts/<int:pk>/", account, name="account"),
    path("accounts/seats/<int:pk>/", seats, name="seats"),
]
