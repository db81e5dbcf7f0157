"""Whether the site is well, in words (运行状态), for everybody who is logged in."""

from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.html import format_html, format_html_join
from django.utils.module_loading import import_string
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from audit import reading
from selection import acts, clock
from selection.enums import DocumentState, Role
from selection.models import Account, Document, Selection

FINDINGS = "cadre.wellbeing.findings"
"""What is looked at is known to the floor above, which wires the site; it is asked by name."""
SHOWN = 10


def with_commands(text: object) -> str:
    """A sentence in which what stands between backquotes is a command, to be typed as it is."""
    parts = [
        format_html('<span class="digest">{}</span>' if place % 2 else "{}", part)
        for place, part in enumerate(str(text).split("`"))
    ]
    return format_html_join("", "{}", ((part,) for part in parts))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def status(request: HttpRequest) -> HttpResponse:
    """Clocks, papers, fonts, databases; a button verifies the whole record."""
    account: Account = request.user  # type: ignore[assignment]
    found = import_string(FINDINGS)()
    not_kept_from = Q(selection=None) | Q(selection__in=Selection.objects.open_to(account).order_by().values("pk"))
    papers = Document.objects.filter(not_kept_from).aggregate(
        waiting=Count("pk", filter=Q(state=DocumentState.REQUESTED)),
        failed=Count("pk", filter=Q(state=DocumentState.FAILED)),
        kept=Count("pk", filter=Q(state=DocumentState.KEPT)),
    )
    visible = Selection.objects.visible_to(account).values("pk")
    failed = Document.objects.filter(state=DocumentState.FAILED, selection__in=visible).select_related("selection")
    context: dict[str, Any] = {
        "findings": [(finding, with_commands(finding.says), with_commands(finding.what_to_do)) for finding in found],
        "troubles": [finding for finding in found if not finding.well],
        "papers": papers,
        "failed": failed.order_by("-requested_at", "-pk")[:SHOWN],
        "last_round": next((finding.at for finding in found if finding.at), None),
        "reads_record": account.reads_record(),
        "may_recover": account.holds(Role.AUDITOR) or account.holds(Role.ADMINISTRATOR),
    }
    if request.method == "POST":
        acts.looked_at(account, "record_verified", ("record", ""), clock.now())
        context["verdict"] = reading.verify()
    return render(request, "selection/status.html", context)


urlpatterns = [path("status/", status, name="status")]
