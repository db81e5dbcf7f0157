"""What departments are asked (征求意见): the page of a consulted department, and of those who wait for its answers.

A department learns the name, the present post and what it is asked, and nothing else of the selection.
"""

from collections.abc import Collection
from typing import Any

from django.core.paginator import Paginator
from django.db.models import F, Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from selection import clock
from selection.enums import Act, ConsultedBody, Finding, Role
from selection.models import Account, Inquiry, Selection
from selection.register.models import Tenure
from selection.roles import ROLES
from selection.rulebook import workdays
from selection.web.acts import act_url

PER_PAGE = 30


def asked_of(account: Account) -> QuerySet[Inquiry]:
    """Inquiries to the department of a reviewer, less those of matters from which its person is recused."""
    held = [mandate for role, mandate in account.roles_in_force(clock.today()) if role is Role.REVIEWER]
    return Inquiry.objects.filter(
        selection__mandate__in=held,
        department=account.department,
        selection__in=Selection.objects.open_to(account).order_by().values("pk"),
    )


def waited_for(account: Account) -> QuerySet[Inquiry]:
    """Inquiries of selections that the account sees whole."""
    held = account.roles_in_force(clock.today())
    whole = [mandate for role, mandate in held if role in (Role.STAFF, Role.DEPARTMENT_HEAD)]
    return Inquiry.objects.filter(
        selection__in=Selection.objects.visible_to(account).order_by().values("pk"), selection__mandate__in=whole
    )


def row_of(inquiry: Any, at: Any, *, reviewing: bool, may: Collection[Role]) -> dict[str, Any]:
    """One inquiry as the page shows it; a department is told nothing of the selection."""
    reply = getattr(inquiry, "reply", None)
    person = inquiry.candidacy.person
    act = Act.ANSWER_INQUIRY if reviewing else Act.FILE_REPLY
    waits = not reply and not inquiry.selection.suspended_at and not inquiry.selection.closed_at
    answers = reviewing or bool(ROLES[act] & set(may))
    return {
        "name": person.name,
        "post": "、".join(tenure.post.full_title for tenure in person.held_tenures) or str(person.organisation),
        "body": ConsultedBody(inquiry.body).label,
        "department": inquiry.department,
        "asked_at": inquiry.asked_at,
        "due_on": clock.last_day_before(inquiry.due_at),
        "left": workdays.working_days_left(at, inquiry.due_at),
        "reply": reply,
        "finding": Finding(reply.finding).label if reply else "",
        "tone": "good" if reply and reply.finding == Finding.CLEAR else "warn",
        "overdue": not reply and inquiry.due_at <= at,
        "reminders": inquiry.reminders,
        "reminded_at": inquiry.reminded_at,
        "url": act_url(act, inquiry) if answers and not reply else "",
        "remind_url": act_url(Act.REMIND_DEPARTMENT, inquiry) if waits and not reviewing else "",
        "selection": None if reviewing else inquiry.selection,
    }


def tabs(late: int, *, only_overdue: bool) -> list[dict[str, Any]]:
    """All inquiries, or those whose day has passed without an answer."""
    address = reverse("inquiries")
    return [
        {"label": _("All inquiries"), "url": address, "current": not only_overdue},
        {"label": _("Overdue"), "url": f"{address}?show=overdue", "count": late, "current": only_overdue},
    ]


@require_safe
@never_cache
def inquiries(request: HttpRequest) -> HttpResponse:
    """What is asked and when it is due, the unanswered first; or only what is overdue."""
    account: Account = request.user  # type: ignore[assignment]
    at = clock.now()
    reviewing = account.holds(Role.REVIEWER)
    rows = asked_of(account) if reviewing else waited_for(account)
    overdue = rows.filter(
        reply__isnull=True, due_at__lte=at, selection__closed_at__isnull=True, selection__suspended_at__isnull=True
    )
    only_overdue = request.GET.get("show") == "overdue"
    late = overdue.count()
    if only_overdue:
        rows = overdue
    held = Tenure.objects.held(clock.today()).select_related("post__organisation").order_by("post_id", "pk")
    rows = (
        rows.select_related("selection__post__organisation", "candidacy__person__organisation", "reply")
        .prefetch_related(Prefetch("candidacy__person__tenures", held, to_attr="held_tenures"))
        .order_by(F("reply").asc(nulls_first=True), "due_at", "pk")
    )
    may = {role for role, _mandate in account.roles_in_force(clock.today())}
    found = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "selection/inquiries.html",
        {
            "page": found,
            "rows": [row_of(inquiry, at, reviewing=reviewing, may=may) for inquiry in found],
            "tabs": tabs(late, only_overdue=only_overdue),
            "only_overdue": only_overdue,
            "reviewing": reviewing,
            "department": account.department,
        },
    )


urlpatterns = [path("inquiries/", inquiries, name="inquiries")]
