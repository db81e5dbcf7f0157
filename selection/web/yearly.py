"""Plans of a year beside what was run (年度竞争上岗计划及执行情况): POS-21.

Rulebook key: ``plan.annual_month``.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, QuerySet, Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from selection import acts, clock
from selection.enums import RANKS, Act, Grade, Role, SelectionKind
from selection.models import Account, Appointment, Mandate, Selection, YearlyPlan
from selection.register.models import Organisation, Quota
from selection.rulebook import workdays
from selection.rulebook.rules import Rule, in_force
from selection.web.acts import act_url
from selection.web.tables import table

PER_PAGE = 30
READERS = {Role.STAFF, Role.DEPARTMENT_HEAD, Role.SECRETARY, Role.AUDITOR}
OWING_SHOWN = 50


@dataclass(frozen=True)
class Line:
    """One unit and grade in one year: planned, begun and appointed; None where nothing was handed in."""

    unit: Organisation
    grade: str
    planned: int | None
    begun: int
    appointed: int

    @property
    def label(self) -> str:
        return str(Grade(self.grade).label)

    @property
    def is_beside_the_plan(self) -> bool:
        """More was begun than any plan says."""
        return self.begun > (self.planned or 0)


def due(rule: Rule, year: int) -> tuple[datetime, datetime]:
    """When plans of that year are awaited from, and until when: the first and the end of the last day of the month."""
    first = date(year, rule.value, 1)
    after = date(year + rule.value // 12, rule.value % 12 + 1, 1)
    return workdays.midnight_after(first - timedelta(days=1)), workdays.midnight_after(after - timedelta(days=1))


def owing(mandate: Mandate, on: date) -> QuerySet[Organisation]:
    """Units with approved posts under the mandate that have handed in no plan in the year of that day."""
    posts = Quota.objects.filter(organisation=OuterRef("pk"), grade__in=mandate.grades, approved__gt=0)
    plans = YearlyPlan.objects.filter(mandate=mandate, unit=OuterRef("pk"), submitted_on__year=on.year)
    return Organisation.objects.open_on(on).filter(Exists(posts), ~Exists(plans)).order_by("code")


def mandates_of(account: Account, on: date) -> list[tuple[Mandate, Rule]]:
    """Mandates of the account whose rules want a plan of the year, each with the rule.  One query."""
    held = {mandate for role, mandate in account.roles_in_force(on) if role in READERS}
    rows = Mandate.objects.filter(pk__in=held).order_by("pk")
    return [(row, rule) for row in rows for rule in in_force(row.rulebook, on).asking("plan.annual_month")]


def lines_of(mandates: Sequence[Mandate], account: Account, year: int) -> list[Line]:
    """Every unit and grade with a plan for the year, or with something run in it.  Four queries."""
    latest = YearlyPlan.objects.filter(mandate__in=mandates, year=year).order_by(
        "mandate_id", "unit_id", "grade", "-pk"
    )
    planned = Counter[tuple[int, str]]()
    for row in latest.distinct("mandate_id", "unit_id", "grade"):
        planned[row.unit_id, row.grade] += row.number
    seen = Selection.objects.visible_to(account).filter(mandate__in=mandates, kind=SelectionKind.APPOINTMENT)
    opened = (
        seen.filter(opened_at__gte=_begins(year), opened_at__lt=_begins(year + 1))
        .order_by()
        .values_list("organisation", "post__grade")
        .annotate(Sum("seats"))
    )
    begun = Counter({(unit, grade): number for unit, grade, number in opened})
    made = Appointment.objects.filter(
        selection__in=seen.order_by().values("pk"), appointed_on__year=year, tenure__isnull=False
    )
    appointed = Counter(made.order_by().values_list("selection__organisation", "selection__post__grade"))
    every = {*planned, *begun, *appointed}
    units = Organisation.objects.in_bulk({unit for unit, _grade in every})
    return sorted(
        (
            Line(units[unit], grade, planned.get((unit, grade)), begun[unit, grade], appointed[unit, grade])
            for unit, grade in every
        ),
        key=lambda line: (line.unit.code, RANKS.index(Grade(line.grade))),
    )


def _begins(year: int) -> datetime:
    return workdays.midnight_after(date(year - 1, 12, 31))


@require_safe
@never_cache
def yearly_plans(request: HttpRequest) -> HttpResponse:
    """What was planned for a year and what was run in it; ``?as=csv`` gives the same as a table to take away."""
    account: Account = request.user  # type: ignore[assignment]
    if not any(account.holds(role) for role in READERS):
        raise Http404
    today = clock.today()
    asked = mandates_of(account, today)
    mandates = [mandate for mandate, _rule in asked]
    wanted = request.GET.get("year", "")
    year = int(wanted) if wanted.isdecimal() and 2000 <= int(wanted) <= 2200 else today.year
    lines = lines_of(mandates, account, year) if mandates else []
    if request.GET.get("as") == "csv":
        return _table(year, lines)
    owed = [unit for mandate in mandates for unit in owing(mandate, today)[: OWING_SHOWN + 1]]
    rule = asked[0][1] if asked else None
    page = Paginator(lines, PER_PAGE).get_page(request.GET.get("page"))
    may = mandates and acts.permitted(Act.FILE_YEARLY_PLAN, mandates[0], actor=account, at=clock.now())
    return render(
        request,
        "selection/yearly_plans.html",
        {
            "year": year,
            "before": year - 1,
            "after": year + 1,
            "page": page,
            "total": Line(Organisation(), "", sum(one.planned or 0 for one in lines), *_sums(lines)),
            "owed": owed[:OWING_SHOWN],
            "more_owed": len(owed) > OWING_SHOWN,
            "due_on": clock.last_day_before(due(rule, today.year)[1]) if rule else None,
            "rule": rule,
            "file_url": act_url(Act.FILE_YEARLY_PLAN, mandates[0]) if may else "",
        },
    )


def _sums(lines: Iterable[Line]) -> tuple[int, int]:
    return sum(one.begun for one in lines), sum(one.appointed for one in lines)


def _table(year: int, lines: Iterable[Line]) -> HttpResponse:
    heads = [_("Unit code"), _("Unit"), _("Grade"), _("Planned"), _("Begun"), _("Appointed")]
    rows = (
        [line.unit.code, line.unit.short_name, line.label, _number(line.planned), line.begun, line.appointed]
        for line in lines
    )
    return table(f"plan-{year}", heads, rows)


def _number(planned: int | None) -> object:
    """Nothing in the cell of a unit that handed in no plan, which is not a plan of none."""
    return "" if planned is None else planned


urlpatterns = [path("yearly-plans/", yearly_plans, name="yearly_plans")]
