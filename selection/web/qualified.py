"""Who qualifies for the post of a selection, and what each of the others lacks (任职资格)."""

from datetime import date
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from selection import acts, clock, qualification, roles
from selection.enums import Act, Stage
from selection.models import Account, Selection
from selection.qualification import Verdict
from selection.register.models import Person
from selection.register.models.person import titles
from selection.web import people
from selection.web.acts import act_url
from selection.web.next_acts import WHOLE

PER_PAGE = 50


class Filters(people.Filters):
    """Those of the people's list, and which verdict."""

    verdict = forms.TypedChoiceField(
        label=_("Shown"),
        required=False,
        coerce=lambda value: Verdict(int(value)),
        empty_value=None,
        choices=[
            (Verdict.MET, _("Who meets all conditions")),
            (Verdict.MISSING, _("Of whom the register lacks a fact")),
            (Verdict.UNMET, _("Who does not meet a condition")),
            ("", _("All")),
        ],
    )
    left = None  # type: ignore[assignment]
    field_order = ("verdict", "q", "unit", "grade")


class Pages(Paginator):
    """Pages of a list whose length is known already."""

    def __init__(self, rows: Any, number: int) -> None:
        super().__init__(rows, PER_PAGE)
        self.number = number

    @cached_property
    def count(self) -> int:
        return self.number


@never_cache
@require_safe
def qualified(request: HttpRequest, number: str) -> HttpResponse:
    """Everybody in service: who meets all conditions of the post, and for each other exactly what is missing."""
    account: Account = request.user  # type: ignore[assignment]
    at = clock.now()
    day = clock.day_of(at)
    rows = Selection.objects.visible_to(account).select_related("post__organisation", "rule_set")
    selection = rows.filter(number=number).first()
    held = {role for role, mandate in account.roles_in_force(day) if selection and mandate == selection.mandate_id}
    if selection is None or selection.is_removal or not held & WHOLE:
        raise Http404
    acts.looked_at(account, "qualified", ("selection", str(selection.pk)), at, case=selection.streams()[0])
    asked = qualification.conditions(selection.rules, selection.post, day)
    filters = Filters({"verdict": Verdict.MET, **request.GET.dict()})
    among = filters.among(Person.objects.all(), day)
    counted = qualification.counted(among, asked, day)
    wanted = filters.cleaned_data.get("verdict") if filters.is_valid() else None
    listed = qualification.with_verdicts(among, asked, day)
    if wanted is not None:
        listed = listed.filter(overall=wanted)
    keys = listed.in_stroke_order().values_list("pk", flat=True)
    page = Pages(keys, counted["overall"][wanted] if wanted is not None else sum(counted["overall"].values()))
    found = page.get_page(request.GET.get("page"))
    shown = Person.objects.filter(pk__in=list(found)).select_related("organisation").with_files().in_stroke_order()
    return render(
        request,
        "selection/qualified.html",
        {
            "selection": selection,
            "filters": filters,
            "asked": [(one, counted[one.name]) for one in asked],
            "overall": counted["overall"],
            "verdicts": Verdict,
            "page": found,
            "people": [_told(one, asked, day) for one in shown],
            "nominate_url": act_url(Act.NOMINATE_CANDIDATE, selection)
            if held & roles.ROLES[Act.NOMINATE_CANDIDATE] and selection.stage == Stage.NOMINATION
            else "",
        },
    )


def _told(person: Person, asked: list[qualification.Condition], day: date) -> dict[str, Any]:
    """One person with what is not met or missing, each with its article and, where a fact is missing, its way in."""
    file = person.file()
    told = [one.requirement(person) for one in qualification.judged(asked, file)]
    title = titles(tenure for tenure in file.tenures if tenure.runs_on(day))
    return {"person": person, "title": title, "unmet": [one for one in told if not one.met]}


urlpatterns = [path("selections/<str:number>/qualified/", qualified, name="qualified")]
