"""The doors of the office (导航): which parts of the site a role sees, and the clock of the demonstration."""

import logging
from typing import Any

from celery import current_app
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from kombu.exceptions import OperationalError

from selection import acts, clock, demonstration
from selection.enums import Role
from selection.models import Account, Mandate
from selection.web.acts import conflict, not_permitted

log = logging.getLogger(__name__)

_OFFICE = frozenset({Role.STAFF, Role.DEPARTMENT_HEAD, Role.SECRETARY, Role.AUDITOR})

#: Name of the address, label, who sees the door; in the order of the bar.  What lies behind asks again who is there.
DOORS = (
    ("desk", _("Desk"), frozenset(Role)),
    ("selections", _("Selections"), _OFFICE | {Role.INSPECTOR, Role.TELLER}),
    ("recommend", _("Recommend"), frozenset({Role.LEADER, Role.SECRETARY})),
    ("inquiries", _("Inquiries"), frozenset({Role.REVIEWER, Role.STAFF, Role.DEPARTMENT_HEAD})),
    ("meetings", _("Meetings"), _OFFICE | {Role.MEMBER, Role.SCRUTINEER}),
    ("people", _("People"), _OFFICE | {Role.INSPECTOR}),
    ("units", _("Units"), _OFFICE | {Role.INSPECTOR}),
    ("rules", _("Rules"), _OFFICE),
    ("record", _("Process record"), frozenset({Role.AUDITOR})),
    ("oversight", _("Oversight"), frozenset({Role.AUDITOR})),
    ("accounts", _("Accounts"), frozenset({Role.ADMINISTRATOR, Role.AUDITOR})),
    ("status", _("Status"), frozenset({Role.ADMINISTRATOR, Role.STAFF, Role.AUDITOR})),
)

#: Pages behind a door whose addresses do not stand below the door's own: name of the page → name of the door.
ASIDE = {
    "ballot": "selections",
    "check_paper": "record",
    "audit:streams": "record",
    "audit:stream": "record",
    "audit:entry": "record",
    "audit:verify": "record",
    "audit:verification": "record",
    "audit:dossier": "record",
    "audit:checkpoints": "record",
}


def doors(request: HttpRequest) -> dict[str, Any]:
    """Context of every page: the doors open to the account, and the demonstration's day."""
    context: dict[str, Any] = {"demonstration": None}
    if settings.DEMONSTRATION:
        context["demonstration"] = {"today": clock.today(), "ahead": clock.ahead().days}
    account = getattr(request, "user", None)
    if isinstance(account, Account):
        page = request.resolver_match.view_name if request.resolver_match else ""
        context["doors"] = doors_of(account, _address(ASIDE[page]) if page in ASIDE else request.path)
    return context


def doors_of(account: Account, here: str) -> list[tuple[str, Any, bool]]:
    """(address, label, whether the page is behind it) for the roles of today."""
    held = {role for role, _mandate in account.roles_in_force(clock.today())}
    open_ = [(address, label) for name, label, who in DOORS if who & held and (address := _address(name))]
    desk = _address("desk")
    behind = max(
        (address for address, _label in open_ if here == address or (address != desk and here.startswith(address))),
        key=len,
        default="",
    )
    return [(address, label, address == behind) for address, label in open_]


def _address(name: str) -> str:
    try:
        return reverse(name)
    except NoReverseMatch:
        return ""


# --- the clock of the demonstration ------------------------------------------------------------------------------


@require_POST
def move_clock(request: HttpRequest) -> HttpResponse:
    """Move the demonstration clock, have the deadlines looked at, and go back to the page."""
    account: Account = request.user  # type: ignore[assignment]
    held = [mandate for _role, mandate in account.roles_in_force(clock.today())]
    mandate = Mandate.objects.filter(pk__in=held).order_by("pk").first()
    if mandate is None:
        return render(request, "403.html", status=403)
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}):
        back = reverse("desk")
    try:
        demonstration.move_clock(mandate, actor=account, at=clock.now(), step=request.POST.get("step", ""))
    except acts.Refused:
        return render(request, "400.html", {"back_url": back}, status=422)
    except acts.NotPermitted as error:
        return not_permitted(request, error)
    except acts.Conflict:
        return conflict(request, mandate)
    try:
        current_app.send_task("selection.tasks.keep_deadlines")
    except OperationalError:
        log.warning("The broker does not answer; deadlines are looked at within a minute of its return.")
    return redirect(back)


urlpatterns = [path("clock/", move_clock, name="move_clock")]
