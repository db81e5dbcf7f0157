"""Whose economic responsibility is to be audited when (经济责任审计台账): AUD-02, AUD-03.

Chiefs in office come due a period after their last audit, or after they took office; whoever left without an audit
stands beside.  Rulebook keys: ``audit.interval``, ``audit.before_leaving``.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.paginator import Paginator
from django.db.models import Count, DateField, ExpressionWrapper, F, Max, Q, QuerySet, Sum
from django.db.models.functions import Coalesce, Greatest
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from selection import clock
from selection.enums import AuditOutcome, EconomicAuditKind, PostClass, Role
from selection.models import Account, Mandate
from selection.qualification.condition import latest_over
from selection.register.models import EconomicAudit, Tenure
from selection.rulebook import workdays
from selection.rulebook.rules import Period, Rule, in_force
from selection.web.tables import table
from selection.web.tags import percent

PER_PAGE = 30
READERS = {Role.STAFF, Role.DEPARTMENT_HEAD, Role.SECRETARY, Role.AUDITOR}
GONE_SHOWN = 50
YEAR = Period(1, "year", "counted")


@dataclass(frozen=True)
class Line:
    """A chief in office: since when, last audited when, due when."""

    tenure: Tenure
    audited_on: date | None
    due_on: date
    overdue: bool


def rule_of(account: Account, on: date) -> Rule | None:
    """The rule by which chiefs are audited during their term, of a mandate that the account may read.  One query."""
    held = {mandate for role, mandate in account.roles_in_force(on) if role in READERS}
    rows = Mandate.objects.filter(pk__in=held).order_by("pk")
    return next((rule for row in rows for rule in in_force(row.rulebook, on).asking("audit.interval")), None)


def in_office(on: date) -> QuerySet[Tenure]:
    """Chiefs in office with ``audited_on`` and ``since``, from when the period runs; the first to come due first."""
    rows = Tenure.objects.held(on).filter(post__post_class=PostClass.CHIEF)
    rows = rows.annotate(audited_on=Max("person__economicaudits__reported_on"))
    since = Greatest("from_on", Coalesce("audited_on", F("from_on")))
    rows = rows.annotate(since=ExpressionWrapper(since, DateField()))
    return rows.select_related("person", "post__organisation").order_by("since", "pk")


def overdue(rule: Rule, on: date) -> QuerySet[Tenure]:
    """Those whose period is over on that day."""
    rows: QuerySet[Any] = in_office(on)
    return rows.filter(since__lte=latest_over(rule.value, on))


def overdue_since(rule: Rule, on: date) -> list[date]:
    """From when the period of each of them runs.  One query."""
    return list(overdue(rule, on).values_list("since", flat=True))  # type: ignore[misc]


def gone(on: date) -> QuerySet[Tenure]:
    """Chiefs who left in the year before that day, and of whom no audit on leaving is on file."""
    kinds = [EconomicAuditKind.ON_LEAVING, EconomicAuditKind.JOINT]
    audited = Q(person__economicaudits__kind__in=kinds, person__economicaudits__reported_on__gte=F("from_on"))
    left = Tenure.objects.filter(post__post_class=PostClass.CHIEF, until_on__lte=on, until_on__gt=latest_over(YEAR, on))
    done = left.filter(audited).values("pk")
    return left.exclude(pk__in=done).select_related("person", "post__organisation").order_by("-until_on", "pk")


def lines(rows: Iterable[Tenure], rule: Rule, on: date) -> list[Line]:
    """Each with the day on which it comes due."""
    return [
        Line(row, row.audited_on, due := workdays.ends(rule.value, row.since).last_day, due < on)  # type: ignore[attr-defined]
        for row in rows
    ]


def led_to(year: int) -> list[tuple[str, int, int]]:
    """AUD-07: (what followed, how many audits, yuan concerned) of the reports of a year.  One query."""
    found = EconomicAudit.objects.filter(reported_on__year=year).exclude(outcome="").order_by().values("outcome")
    rows = {one["outcome"]: one for one in found.annotate(number=Count("pk"), amount=Sum("amount"))}
    return [
        (str(outcome.label), rows[outcome]["number"], rows[outcome]["amount"] or 0)
        for outcome in AuditOutcome
        if outcome in rows
    ]


@require_safe
@never_cache
def economic_audits(request: HttpRequest) -> HttpResponse:
    """Who is due for an audit, and how many were audited in time; ``?as=csv`` gives it as a table to take away."""
    account: Account = request.user  # type: ignore[assignment]
    if not any(account.holds(role) for role in READERS):
        raise Http404
    today = clock.today()
    rule = rule_of(account, today)
    if rule is None:
        return render(request, "register/economic_audits.html", {"rule": None})
    rows = in_office(today)
    if request.GET.get("as") == "csv":
        return _table(lines(rows, rule, today))
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    number, late = page.paginator.count, overdue(rule, today).count()
    left = list(gone(today)[: GONE_SHOWN + 1])
    return render(
        request,
        "register/economic_audits.html",
        {
            "rule": rule,
            "page": page,
            "lines": lines(page.object_list, rule, today),
            "number": number,
            "in_time": number - late,
            "share": percent(number - late, number),
            "late": late,
            "year": today.year,
            "led_to": led_to(today.year),
            "left": left[:GONE_SHOWN],
            "more_left": len(left) > GONE_SHOWN,
        },
    )


def _table(found: Sequence[Line]) -> HttpResponse:
    heads = [_("Unit code"), _("Post"), _("Name"), _("Held since"), _("Last audited on"), _("Due on"), _("Overdue")]
    rows = (
        [
            line.tenure.post.organisation.code,
            line.tenure.post.full_title,
            line.tenure.person.name,
            line.tenure.from_on.isoformat(),
            line.audited_on.isoformat() if line.audited_on else "",
            line.due_on.isoformat(),
            _("yes") if line.overdue else "",
        ]
        for line in found
    )
    return table("economic-audits", heads, rows)


urlpatterns = [path("economic-audits/", economic_audits, name="economic_audits")]
