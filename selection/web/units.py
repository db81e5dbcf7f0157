"""Units of the register (单位): numbers of posts, who holds them, and the structure of the leading body."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import Count, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from selection import clock
from selection.enums import RANKS, Act, EstablishmentKind, Grade, PostClass, Sex, UnitKind
from selection.models import Account, Selection
from selection.models.case import promises
from selection.register.models import Establishment, Organisation, Person, Post, Quota, Tenure
from selection.roles import ROLES
from selection.web import audits, yearly
from selection.web.acts import act_url
from selection.web.people import born, buttons, for_readers, roles_of, years
from selection.web.tables import table

PER_PAGE = 20
PEOPLE_SHOWN = 25
ACTS = (
    Act.ADD_POST,
    Act.ADD_PERSON,
    Act.SET_QUOTA,
    Act.SET_ESTABLISHMENT,
    Act.ADD_ORGANISATION,
    Act.CORRECT_ORGANISATION,
)


# --- numbers of posts --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Numbers:
    """Posts of one grade in one unit (职数): approved, filled, and reserved for running selections."""

    grade: str
    approved: int = 0
    filled: int = 0
    reserved: int = 0

    @property
    def free(self) -> int:
        """What may still be filled; below zero when the unit has more leaders than approved."""
        return self.approved - self.filled - self.reserved

    @property
    def label(self) -> str:
        return str(Grade(self.grade).label)


def numbers_of(units: Collection[int], on: date, account: Account | None = None) -> dict[int, list[Numbers]]:
    """Unit → numbers per grade that has any, the highest grade first.  Three queries for however many units."""
    approved = Counter(
        {
            (unit, grade): number
            for unit, grade, number in Quota.objects.filter(organisation__in=units)
            .order_by()
            .values_list("organisation_id", "grade", "approved")
        }
    )
    filled = Counter(
        {
            (unit, grade): number
            for unit, grade, number in Tenure.objects.held(on)
            .filter(post__organisation__in=units)
            .order_by()
            .values_list("post__organisation_id", "post__grade")
            .annotate(Count("pk"))
        }
    )
    running = promises(Selection.objects.filter(organisation__in=units))
    told = {where: promised.known_to(account) if account else promised for where, promised in running.items()}
    reserved = Counter({where: promised.seats for where, promised in told.items() if promised.promises})
    of_leaders = {key for key in filled if key[1] != Grade.STAFF_GRADE}  # staff have no number of their own
    known = {*approved, *of_leaders, *reserved}
    return {
        unit: [
            Numbers(grade, approved[unit, grade], filled[unit, grade], reserved[unit, grade])
            for grade in RANKS
            if (unit, grade) in known
        ]
        for unit in units
    }


# --- the list ----------------------------------------------------------------------------------------------------


class Filters(forms.Form):
    q = forms.CharField(label=gettext_lazy("Name or code"), required=False, max_length=100)
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind of unit"), required=False, choices=[("", gettext_lazy("All")), *UnitKind.choices]
    )
    closed = forms.BooleanField(label=gettext_lazy("Also closed units"), required=False)

    def among(self, rows: Any, on: date) -> Any:
        """Those of the units that were asked for; a filter with an error leaves none out."""
        wanted = self.cleaned_data if self.is_valid() else {}
        if words := wanted.get("q"):
            rows = rows.filter(Q(name__contains=words) | Q(short_name__contains=words) | Q(code__icontains=words))
        if kind := wanted.get("kind"):
            rows = rows.filter(kind=kind)
        return rows if wanted.get("closed") else rows.open_on(on)


@for_readers
def units(request: HttpRequest) -> HttpResponse:
    """Every unit with its numbers of posts per grade."""
    account: Account = request.user  # type: ignore[assignment]
    today = clock.today()
    filters = Filters(request.GET if set(request.GET) & set(Filters.base_fields) else None)
    rows = filters.among(Organisation.objects.select_related("parent").order_by("code"), today)
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    numbers = numbers_of([unit.pk for unit in page], today, account)
    return render(
        request,
        "register/units.html",
        {
            "filters": filters,
            "page": page,
            "units": [(unit, numbers[unit.pk], not unit.is_open(today)) for unit in page],
            "plans_url": reverse("yearly_plans") if yearly.mandates_of(account, today) else "",
            "audits_url": reverse("economic_audits") if audits.rule_of(account, today) else "",
        },
    )


# --- one unit ----------------------------------------------------------------------------------------------------


@for_readers
def unit(request: HttpRequest, pk: int) -> HttpResponse:
    """One unit: its posts and who holds them, its numbers, its leading body, its people."""
    account: Account = request.user  # type: ignore[assignment]
    family = Organisation.objects.filter(Q(pk=pk) | Q(parent=pk)).select_related("parent").order_by("code")
    below = {unit.pk: unit for unit in family}
    if (found := below.pop(pk, None)) is None:
        raise Http404
    today = clock.today()
    held = roles_of(account)
    tenures = list(
        Tenure.objects.held(today)
        .filter(post__organisation=found)
        .select_related("post", "person")
        .order_by("from_on", "pk")
    )
    ledger = ledger_of(found, today)
    people = list(found.people.in_service(today).in_stroke_order().with_posts(today)[: PEOPLE_SHOWN + 1])
    return render(
        request,
        "register/unit.html",
        {
            "unit": found,
            "is_closed": not found.is_open(today),
            "below": below.values(),
            "posts": posts_of(found, tenures, today, may_correct=bool(held & ROLES[Act.CORRECT_POST])),
            "numbers": [
                (one, set_quota_url(found, one) if held & ROLES[Act.SET_QUOTA] else "")
                for one in numbers_of([found.pk], today, account)[found.pk]
            ],
            "structure": structure_of(tenures, today),
            "ledger": ledger,
            "headcounts": [
                Headcount(row.kind, row.approved, row.actual)
                for row, before in zip(ledger, [None, *ledger], strict=False)
                if before is None or before.kind != row.kind
            ],
            "people": [(one, born(one, today)) for one in people[:PEOPLE_SHOWN]],
            "has_more_people": len(people) > PEOPLE_SHOWN,
            "acts": buttons(ACTS, found, account),
        },
    )


# --- approved and actual ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Headcount:
    """People of one kind of establishment in one unit (编制与实有人数); without a kind, of whom none is kept."""

    kind: str
    approved: int = 0
    actual: int = 0

    @property
    def free(self) -> int:
        """How many more people the unit may have; below zero when it has more than approved."""
        return self.approved - self.actual

    @property
    def label(self) -> str:
        return str(EstablishmentKind(self.kind).label) if self.kind else _("not in the register")


def ledger_of(found: Organisation, on: date) -> list[Any]:
    """Every number approved for the unit, the latest of each kind first, with the people of the kind.  One query."""
    people = Person.objects.in_service(on).filter(organisation=OuterRef("organisation"), establishment=OuterRef("kind"))
    actual = people.order_by().values("establishment").annotate(number=Count("pk")).values("number")
    return list(found.establishments.order_by("kind", "-from_on").annotate(actual=Coalesce(Subquery(actual), 0)))


def headcounts(units: Collection[int], on: date) -> dict[int, list[Headcount]]:
    """Unit → approved and actual of each kind that it has.  Two queries for however many units."""
    approved = {
        (row.organisation_id, row.kind): row.approved
        for row in Establishment.objects.filter(organisation__in=units).in_force(on)
    }
    actual = {
        (unit, kind): number
        for unit, kind, number in Person.objects.in_service(on)
        .filter(organisation__in=units)
        .order_by()
        .values_list("organisation_id", "establishment")
        .annotate(Count("pk"))
    }
    return {
        unit: [
            Headcount(kind, approved.get((unit, kind), 0), actual.get((unit, kind), 0))
            for kind in (*EstablishmentKind.values, "")
            if (unit, kind) in approved or (unit, kind) in actual
        ]
        for unit in units
    }


@for_readers
def returns(request: HttpRequest) -> HttpResponse:
    """POS-04, POS-05: posts of each grade and people of each establishment, approved and used, over the whole register.

    ``?as=csv`` gives the same as a table to take away.
    """
    today = clock.today()
    units = list(Organisation.objects.open_on(today).order_by("code"))
    keys = [unit.pk for unit in units]
    numbers = numbers_of(keys, today, request.user)  # type: ignore[arg-type]
    people = headcounts(keys, today)
    if request.GET.get("as") == "csv":
        return _returned(today, [(unit, numbers[unit.pk], people[unit.pk]) for unit in units])
    every = [one for rows in numbers.values() for one in rows]
    grades = [
        Numbers(
            grade,
            sum(one.approved for one in every if one.grade == grade),
            sum(one.filled for one in every if one.grade == grade),
            sum(one.reserved for one in every if one.grade == grade),
        )
        for grade in RANKS
        if any(one.grade == grade for one in every)
    ]
    counted = [one for rows in people.values() for one in rows]
    kinds = [
        Headcount(
            kind,
            sum(one.approved for one in counted if one.kind == kind),
            sum(one.actual for one in counted if one.kind == kind),
        )
        for kind in (*EstablishmentKind.values, "")
        if any(one.kind == kind for one in counted)
    ]
    return render(
        request,
        "register/returns.html",
        {
            "today": today,
            "grades": grades,
            "kinds": kinds,
            "units": [(unit, people[unit.pk]) for unit in units if people[unit.pk]],
        },
    )


def _returned(on: date, units: Iterable[tuple[Organisation, list[Numbers], list[Headcount]]]) -> HttpResponse:
    heads = [
        _("Unit code"),
        _("Unit"),
        _("Grade or establishment"),
        _("Approved"),
        _("Filled or actual"),
        _("Reserved"),
        _("Free"),
    ]
    rows: list[list[object]] = []
    for unit, numbers, people in units:
        of_unit = [unit.code, unit.short_name]
        rows += [[*of_unit, one.label, one.approved, one.filled, one.reserved, one.free] for one in numbers]
        rows += [[*of_unit, one.label, one.approved, one.actual, "", one.free] for one in people]
    return table(f"return-{on:%Y-%m-%d}", heads, rows)


def set_quota_url(found: Organisation, numbers: Numbers) -> str:
    """The form that sets the number of this grade anew, with the present one in it."""
    return act_url(Act.SET_QUOTA, found, grade=numbers.grade, approved=numbers.approved)


def posts_of(found: Organisation, tenures: Sequence[Tenure], on: date, *, may_correct: bool) -> list[dict[str, Any]]:
    """The posts of the unit, the higher grades first, each with who holds it."""
    holders: dict[int, list[Tenure]] = {}
    for tenure in tenures:
        holders.setdefault(tenure.post_id, []).append(tenure)
    posts = sorted(
        Post.objects.filter(organisation=found).existing(on),
        key=lambda post: (RANKS.index(Grade(post.grade)), post.pk),
    )
    return [
        {
            "post": post,
            "holders": holders.get(post.pk, []),
            "empty": post.seats - len(holders.get(post.pk, [])),
            "correct_url": act_url(Act.CORRECT_POST, post) if may_correct else "",
        }
        for post in posts
    ]


# --- the leading body --------------------------------------------------------------------------------------------

AGES = ((35, gettext_lazy("35 or younger")), (45, gettext_lazy("36 to 45")), (55, gettext_lazy("46 to 55")))
OLDER = gettext_lazy("Over 55")
SERVICE = (
    (1, gettext_lazy("Less than a year")),
    (3, gettext_lazy("One to three years")),
    (5, gettext_lazy("Three to five years")),
    (10, gettext_lazy("Five to ten years")),
)
LONGER = gettext_lazy("Ten years or more")


def structure_of(tenures: Iterable[Tenure], on: date) -> dict[str, Any]:
    """The leading body, that is whoever holds a post above staff, by age, sex, education, party, years in the post."""
    since: dict[Person, date] = {}
    for tenure in tenures:
        if tenure.post.grade != Grade.STAFF_GRADE and tenure.post.post_class != PostClass.NON_LEADING:
            since.setdefault(tenure.person, tenure.from_on)
    leaders = list(since)
    return {
        "total": len(leaders),
        "tables": [
            (_("Age"), banded([years(one.born_on, on) for one in leaders], AGES, OLDER, up_to=True)),
            (_("Years in the post"), banded([years(day, on) for day in since.values()], SERVICE, LONGER, up_to=False)),
            (_("Sex"), counted([str(Sex(one.sex).label) for one in leaders])),
            (_("Education"), counted([one.education for one in leaders])),
            (_("Political affiliation"), counted([one.party for one in leaders])),
        ],
    }


def banded(
    values: Iterable[int], bands: Sequence[tuple[int, Any]], beyond: Any, *, up_to: bool
) -> list[dict[str, Any]]:
    """How many values fall into each band, in the order of the bands; a limit belongs to its band if ``up_to``."""
    found = Counter(
        next((label for limit, label in bands if value < limit or (up_to and value == limit)), beyond)
        for value in values
    )
    return [{"label": label, "n": found[label], "note": ""} for label in (*(label for _limit, label in bands), beyond)]


def counted(values: Iterable[str]) -> list[dict[str, Any]]:
    """How often each value occurs, the most frequent first."""
    return [{"label": value, "n": number, "note": ""} for value, number in Counter(values).most_common()]


urlpatterns = [
    path("units/", units, name="units"),
    path("units/return/", returns, name="units_return"),
    path("units/<int:pk>/", unit, name="unit"),
]
