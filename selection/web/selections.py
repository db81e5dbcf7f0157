"""Selections (选任事项): the list, one selection with its parts, candidates side by side."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.db.models import Prefetch, Q, QuerySet
from django.db.models.functions import Concat
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from audit import reading
from selection import clock, roles
from selection.deadlines import OUTLAST
from selection.documents.contexts import posts_held
from selection.enums import Act, CandidacyState, Part, Role, Stage
from selection.models import Account, Appointment, Deadline, Holding, Participation, Selection
from selection.models.case import Case
from selection.models.selection import SelectionQuerySet
from selection.rulebook import workdays
from selection.web import corrections, selection_record
from selection.web.desk import SOON
from selection.web.next_acts import WHOLE, Seen, Step, ahead, compact_rail, others, rail
from selection.web.tabs.candidates import candidates
from selection.web.tabs.compared import compared, heads
from selection.web.tabs.facts import facts
from selection.web.tabs.papers import papers
from selection.web.tabs.people import people
from selection.web.tabs.rules import rules
from selection.web.tabs.votes import votes
from selection.web.ties import ties

PER_PAGE = 30

# --- the list -------------------------------------------------------------------------------------------------------


class Filters(forms.Form):
    """What of the list is shown; kept in the address."""

    q = forms.CharField(label=gettext_lazy("Number, post or unit"), required=False, max_length=60)
    stage = forms.ChoiceField(label=gettext_lazy("Stage"), required=False)
    who = forms.ChoiceField(label=gettext_lazy("Case officer"), required=False)
    only = forms.ChoiceField(
        label=gettext_lazy("State"),
        required=False,
        choices=[
            ("", gettext_lazy("All of them")),
            ("overdue", gettext_lazy("overdue")),
            ("soon", gettext_lazy("due in the next fourteen days")),
            ("suspended", gettext_lazy("suspended")),
            ("running", gettext_lazy("running")),
        ],
    )

    def __init__(self, data: Any, *, officers: list[Account]) -> None:
        super().__init__(data)
        anything: tuple[str, Any] = ("", gettext_lazy("All of them"))
        self.fields["stage"].choices = [anything, *Stage.choices]  # type: ignore[attr-defined]
        self.fields["who"].choices = [anything, *((str(one.pk), one.name) for one in officers)]  # type: ignore[attr-defined]

    def among(self, rows: SelectionQuerySet, at: Any) -> SelectionQuerySet:
        """Those of the selections that are asked for; units and posts are looked up for words alone."""
        wanted = self._wanted(at)
        if self.cleaned_data.get("q", "").strip():
            rows = rows.annotate(called=Concat("organisation__short_name", "post__title"))
        return rows.filter(wanted)

    def _wanted(self, at: Any) -> Q:
        """The filters as a condition; what makes no sense is left out."""
        self.is_valid()
        given = {name: value for name, value in self.cleaned_data.items() if value}
        condition = Q()
        if words := given.get("q", "").strip():
            condition &= (
                Q(number__icontains=words) | Q(called__icontains=words) | Q(organisation__name__icontains=words)
            )
        if stage := given.get("stage"):
            condition &= Q(stage=stage)
        if who := given.get("who"):
            condition &= Q(
                pk__in=Participation.objects.filter(account_id=who, part=Part.OFFICER, until_on__isnull=True).values(
                    "selection_id"
                )
            )
        only = given.get("only")
        if only == "overdue":
            condition &= Q(closed_at__isnull=True) & Q(
                pk__in=Deadline.objects.filter(ended_at__isnull=True, due_at__lte=at).values("selection_id")
            )
        elif only == "soon":
            soon = Deadline.objects.filter(ended_at__isnull=True, due_at__gt=at, due_at__lte=at + SOON)
            soon = soon.exclude(kind__in=OUTLAST)
            condition &= Q(closed_at__isnull=True, suspended_at__isnull=True, pk__in=soon.values("selection_id"))
        elif only == "suspended":
            condition &= Q(suspended_at__isnull=False)
        elif only == "running":
            condition &= Q(closed_at__isnull=True, suspended_at__isnull=True)
        return condition


@require_safe
@never_cache
def selections(request: HttpRequest) -> HttpResponse:
    """Every selection that the account may see, the latest first."""
    account: Account = request.user  # type: ignore[assignment]
    at = clock.now()
    visible = Selection.objects.visible_to(account)
    # Whoever ever was staff of the mandates may be in charge of something: no selection has to be read to know that.
    under = [mandate for _role, mandate in account.roles_in_force(clock.day_of(at))]
    staff = Holding.objects.filter(role=Role.STAFF, mandate__in=under)
    form = Filters(request.GET, officers=list(Account.objects.filter(pk__in=staff.values("account"))))
    wanted = form.among(visible, at)
    # The keys of the page first, so that pages before it are passed over without what is shown of a row.
    found = Paginator(wanted.values_list("pk", flat=True), PER_PAGE).get_page(request.GET.get("page"))
    rows = (
        Selection.objects.filter(pk__in=list(found))
        .select_related("post__organisation", "organisation")
        .prefetch_related(
            Prefetch("appointments", Appointment.objects.all(), to_attr="rail_appointments"),
            Prefetch(
                "participations",
                Participation.objects.filter(part=Part.OFFICER, until_on__isnull=True).select_related("account"),
                to_attr="officers",
            ),
            Prefetch(
                "deadlines",
                Deadline.objects.filter(ended_at__isnull=True, met_at__isnull=True).exclude(kind__in=OUTLAST),
                to_attr="open_deadlines",
            ),
        )
    )
    return render(
        request,
        "selection/selections.html",
        {
            "form": form,
            "page": found,
            "rows": [_row(selection, at) for selection in rows],
            "filtered": any(request.GET.get(name) for name in form.fields),
            "batches_url": reverse("batches") if any(account.holds(role) for role in WHOLE) else "",
            "open_url": open_url(account, at, Act.OPEN_SELECTION),
            "removal_url": open_url(account, at, Act.OPEN_REMOVAL),
            "recommend_url": reverse("recommend") if account.holds(Role.LEADER) else "",
        },
    )


def open_url(account: Account, at: Any, act: Act) -> str:
    """Where a matter of either kind is opened, for whoever may; of several mandates the first."""
    held = sorted(pk for pk, permitted in roles.permissions_of(account, at) if permitted == act.value)
    return reverse("act", args=["mandate", held[0], act.value]) if held else ""


def _row(selection: Any, at: Any) -> dict[str, Any]:
    due = min(selection.open_deadlines, key=lambda row: row.due_at, default=None)
    return {
        "selection": selection,
        "steps": compact_rail(selection, selection.rail_appointments),
        "officers": "、".join(row.account.name for row in selection.officers),
        "due_on": clock.last_day_before(due.due_at) if due else None,
        "left": workdays.working_days_left(at, due.due_at) if due else None,
        "provisional": due.provisional if due else False,
    }


# --- one selection --------------------------------------------------------------------------------------------------

#: Part of the page → (label, who sees it besides those who see the whole).
TABS: dict[str, tuple[Any, frozenset[Part]]] = {
    "candidates": (gettext_lazy("Candidates"), frozenset({Part.TELLER, Part.INSPECTOR})),
    "votes": (gettext_lazy("Votes"), frozenset({Part.TELLER})),
    "papers": (gettext_lazy("Papers"), frozenset()),
    "facts": (gettext_lazy("Corrections"), frozenset()),
    "record": (gettext_lazy("Process record"), frozenset()),
    "rules": (gettext_lazy("Rules"), frozenset({Part.TELLER, Part.INSPECTOR})),
    "people": (gettext_lazy("People and recusals"), frozenset()),
}


def seen_or_404(request: HttpRequest, number: str) -> Seen:
    """The case of this number as the account sees it; found and read in one query."""
    account: Account = request.user  # type: ignore[assignment]
    case = case_or_404(Selection.objects.visible_to(account).filter(number=number))
    return Seen(case, account, clock.now())


def case_or_404(wanted: QuerySet[Selection]) -> Case:
    """The case of the one selection among these."""
    pk = wanted.order_by().values_list("pk", flat=True).first()
    if pk is None:
        raise Http404
    case: Case = Selection.objects.whole(pk)
    return case


def tab_url(tab: str, number: str) -> str:
    """The address of one part of a selection's page."""
    return reverse("selection", args=[number]) if tab == "candidates" else reverse(f"selection_{tab}", args=[number])


def tabs_of(number: str, current: str, *, sees_whole: bool, parts: set[Part], counts: dict[str, Any]) -> list[Any]:
    """The tabs that the account sees.

    Raises:
        Http404: the current one is not among them.
    """
    open_ = [tab for tab, (_label, seen_by) in TABS.items() if sees_whole or seen_by & parts]
    if current not in open_:
        raise Http404
    return [
        {
            "label": TABS[tab][0],
            "url": f"{tab_url(tab, number)}#parts",
            "current": tab == current,
            "count": counts.get(tab, ""),
        }
        for tab in open_
    ]


def _looks_for_people(seen: Seen) -> bool:
    selection = seen.case.selection
    return seen.sees_whole and not selection.is_removal and selection.stage in (Stage.MOTION, Stage.NOMINATION)


def _tab(tab: str, fill: Callable[[Seen], dict[str, Any]]) -> Callable[..., HttpResponse]:
    """A view of one part of a selection's page, with the head, the rail and the next step above it."""

    @require_safe
    @never_cache
    def view(request: HttpRequest, number: str) -> HttpResponse:
        seen = seen_or_404(request, number)
        case = seen.case
        parts = {part for part in (Part.TELLER, Part.INSPECTOR) if seen.takes_part(part)}
        counts = {"candidates": f"{len(case.live)}/{len(case.candidacies)}" if case.candidacies else "0"}
        if seen.sees_whole:
            counts["papers"] = str(len(case.documents))
        steps = ahead(case)
        following = steps[0] if steps else None
        requirements = sorted(seen.requirements(following) if following else [], key=lambda one: one.met)
        unmet = sum(not requirement.met for requirement in requirements)
        context = {
            "case": case,
            "selection": case.selection,
            "sees_whole": seen.sees_whole,
            "rail_steps": rail(case, seen.at),
            "following": following,
            "requirements": requirements,
            "unmet": unmet,
            "step_buttons": [
                seen.button(step, tone="primary" if step is following and not unmet else "") for step in steps
            ],
            "menu": [{"label": step.act.label, "url": step.url} for step in others(case) if seen.may(step.act)],
            "facts": facts(seen),
            "ties": ties(seen),
            "overtaken": corrections.overtaken(seen),
            "tabs": tabs_of(number, tab, sees_whole=seen.sees_whole, parts=parts, counts=counts),
            "qualified_url": reverse("qualified", args=[number]) if _looks_for_people(seen) else "",
            "compare_url": reverse("compare", args=[number]) if seen.sees_whole and len(case.live) > 1 else "",
            **fill(seen),
        }
        return render(request, f"selection/selection_{tab}.html", context)

    return view


@require_safe
@never_cache
def record(request: HttpRequest, number: str) -> HttpResponse:
    """The process record of one selection, the latest first."""
    account: Account = request.user  # type: ignore[assignment]
    selection = (
        Selection.objects.visible_to(account)
        .filter(number=number)
        .select_related("post__organisation")
        .prefetch_related(Prefetch("appointments", Appointment.objects.select_related("person")))
        .first()
    )
    if selection is None:
        raise Http404
    held = {role for role, mandate in account.roles_in_force(clock.today()) if mandate == selection.mandate_id}
    tabs = tabs_of(number, "record", sees_whole=bool(held & WHOLE), parts=set(), counts={})
    auditing = bool(held & {Role.AUDITOR, Role.DEPARTMENT_HEAD})
    stream = selection.streams()[0]
    rows = reading.of_case(stream, newest_first=True) if auditing else reading.entries(stream=stream, newest_first=True)
    found = Paginator(rows, selection_record.PER_PAGE).get_page(request.GET.get("page"))
    entries = list(found)
    teller = selection_record.Teller(selection)
    return render(
        request,
        "selection/selection_record.html",
        {
            "selection": selection,
            "sees_whole": True,
            "rail_steps": compact_rail(selection, selection.appointments.all()),
            "tabs": tabs,
            "page": found,
            "items": [teller.item(entry) for entry in entries if entry.stream == stream],
            "auditing": auditing,
            "attempts": [
                teller.attempt(entry)
                for entry in entries
                if entry.stream == "access" and entry.data.get("kind") == "refused"
            ],
            "raw_url": reverse("audit:stream", args=[stream]) if account.reads_record() else "",
            "verify_url": f"{reverse('audit:verify')}?stream={stream}" if account.reads_record() else "",
        },
    )


# --- side by side ---------------------------------------------------------------------------------------------------


@require_safe
@never_cache
def compare(request: HttpRequest, number: str) -> HttpResponse:
    """The candidates of a selection side by side, for one A3 sheet (差额比较)."""
    seen = seen_or_404(request, number)
    if not seen.sees_whole:
        raise Http404
    case = seen.case
    furthest = next(
        (
            found
            for states in (
                (CandidacyState.PROPOSED, CandidacyState.PASSED, CandidacyState.NOT_PASSED),
                (CandidacyState.INSPECTED,),
            )
            if (found := case.at(*states))
        ),
        case.live,
    )
    held = posts_held([row.person_id for row in furthest], clock.day_of(seen.at))
    return render(
        request,
        "selection/compare.html",
        {
            "selection": case.selection,
            "people": heads(furthest, held),
            "sections": compared(case, furthest),
            "buttons": [
                seen.button(Step(Act.COMPARE_CANDIDATE, row, row.person.name))
                for row in (case.live if case.comparing and seen.may(Act.COMPARE_CANDIDATE) else ())
            ],
        },
    )


urlpatterns = [
    path("selections/", selections, name="selections"),
    path("selections/<str:number>/", _tab("candidates", candidates), name="selection"),
    path("selections/<str:number>/votes/", _tab("votes", votes), name="selection_votes"),
    path("selections/<str:number>/papers/", _tab("papers", papers), name="selection_papers"),
    path("selections/<str:number>/facts/", _tab("facts", corrections.facts), name="selection_facts"),
    path("selections/<str:number>/record/", record, name="selection_record"),
    path("selections/<str:number>/rules/", _tab("rules", rules), name="selection_rules"),
    path("selections/<str:number>/people/", _tab("people", people), name="selection_people"),
    path("selections/<str:number>/compare/", compare, name="compare"),
]
