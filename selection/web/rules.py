"""The rulebook on pages (选任依据): what is in force for a body on a day, and what changed when."""

from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from selection import clock
from selection.enums import Role
from selection.models import Mandate, RuleSet
from selection.rulebook import rules as rulebook
from selection.rulebook.rules import KEYS, Rule, Rules
from selection.web.forms.act import DayField
from selection.web.tags import day

#: First part of a key → what the group of rules is about.
STAGES = {
    "secretary": _("Conduct of the secretary"),
    "motion": _("Motion"),
    "post": _("Posts and numbers"),
    "plan": _("Plan of the selection"),
    "competition": _("Competition"),
    "registration": _("Registration"),
    "score": _("Marks"),
    "qualification": _("Qualification"),
    "sanction": _("How long sanctions count"),
    "recusal": _("Recusal"),
    "nomination": _("Initial nomination"),
    "recommendation": _("Democratic recommendation"),
    "inspection": _("Inspection"),
    "inquiry": _("Opinions of departments"),
    "consultation": _("Consultation"),
    "deliberation": _("Discussion by the committee"),
    "ballot": _("Ballot"),
    "removal": _("Removal"),
    "notice": _("Public notice"),
    "appointment": _("Appointment"),
    "probation": _("Probation"),
    "term": _("Term of office"),
    "handover": _("Handover"),
    "integrity": _("Integrity"),
    "rotation": _("Rotation"),
    "audit": _("Audit"),
    "record": _("Process record form"),
}


class RulesForm(forms.Form):
    """Which rules to show: those of a body on a day, and beside them those of another body or day."""

    body = forms.ChoiceField(label=_("Body"))
    on = DayField(label=_("In force on"))
    other_body = forms.ChoiceField(label=_("Compare with"), required=False)
    other_on = DayField(label=_("on"), required=False)
    same = forms.BooleanField(label=_("Also what both say alike"), required=False)

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        titles = list(rulebook.bodies().items())
        self.fields["body"].choices = titles  # type: ignore[attr-defined]
        self.fields["other_body"].choices = [("", "—"), *titles]  # type: ignore[attr-defined]

    def chosen(self) -> tuple[Rules, Rules | None]:
        """The rules asked for; a comparison begins as soon as either of its fields is filled in."""
        given = self.cleaned_data
        body, on = given["body"], given["on"]
        other_body, other_on = given.get("other_body") or body, given.get("other_on") or on
        other = rulebook.in_force(other_body, other_on) if (other_body, other_on) != (body, on) else None
        return rulebook.in_force(body, on), other


@dataclass(frozen=True)
class Line:
    """One rule on the page, beside it its other value, and every value it ever had."""

    key: str
    says: Any
    rule: Rule | None
    other: Rule | None = None
    history: list[tuple[Rule, str]] = field(default_factory=list)

    @property
    def differs(self) -> bool:
        """Whether the two columns say something else."""
        return (self.rule is None) != (self.other is None) or (
            self.rule is not None
            and self.other is not None
            and (self.rule.value, self.rule.level) != (self.other.value, self.other.level)
        )


@dataclass(frozen=True)
class Group:
    """The rules of one stage."""

    name: str
    title: Any
    lines: list[Line]


def groups(first: Rules, other: Rules | None = None, *, history: bool = True, alike: bool = True) -> list[Group]:
    """Every rule by stage, in the order of declaration; beside another set those that differ, or ``alike`` too."""
    keys = list(dict.fromkeys([*KEYS, *first, *(other or ())]))
    titles = rulebook.bodies()
    found: dict[str, list[Line]] = {}
    for key in keys:
        rule, beside = first.get(key), other.get(key) if other is not None else None
        values = [(one, titles[one.body]) for one in rulebook.history(key)] if history else []
        line = Line(key, KEYS[key].says if key in KEYS else key, rule, beside, values)
        if (rule is None and beside is None) or (other is not None and not alike and not line.differs):
            continue
        found.setdefault(key.partition(".")[0], []).append(line)
    return [Group(name, STAGES.get(name, name), lines) for name, lines in found.items()]


def label(chosen: Rules) -> str:
    """Whose rules of which day."""
    return f"{chosen.title} {day(chosen.on)}"


@require_safe
def rules(request: HttpRequest) -> HttpResponse:
    """Every rule in force for a body on a day; two days or two bodies side by side."""
    bodies = rulebook.bodies()
    today = clock.today()
    given = {"on": today.isoformat(), **{key: value for key, value in request.GET.items() if value}}
    if "body" not in given:  # that of the site, or some body before the site is founded
        founded = Mandate.objects.order_by("pk").values_list("rulebook", flat=True).first()
        given["body"] = founded or list(bodies)[-1]
    form = RulesForm(given)
    context: dict[str, Any] = {"form": form, "roles": dict(Role.choices)}
    if form.is_valid():
        chosen, other = form.chosen()
        context |= {
            "rules": chosen,
            "comparing": other is not None,
            "under": bodies.get(rulebook.under(chosen.body), ""),
            "groups": groups(chosen, other, alike=form.cleaned_data["same"]),
            "first_label": label(chosen),
        }
        if other is not None:
            context["other_label"] = label(other)
            context["differences"] = sum(line.differs for group in context["groups"] for line in group.lines)
    return render(request, "selection/rules.html", context, status=200 if form.is_valid() else 422)


@require_safe
def rule_set(request: HttpRequest, digest: str) -> HttpResponse:
    """The rules that a selection was opened under, as they were stored, and whether they are still these."""
    stored = get_object_or_404(RuleSet, digest=digest)
    try:
        kept: Rules | None = Rules.load(stored.content)  # what stands there now, not what was read before
    except (KeyError, TypeError, ValueError):  # only somebody's hand in the database makes it so
        kept = None
    return render(
        request,
        "selection/rules_kept.html",
        {
            "stored": stored,
            "same": kept is not None and kept.digest == stored.digest,
            "groups": groups(kept, history=False) if kept is not None else [],
            "body_title": kept.title if kept is not None else stored.body,
            "roles": dict(Role.choices),
            "today": clock.today(),
            "known": stored.body in rulebook.bodies(),
        },
    )


urlpatterns = [
    path("rules/", rules, name="rules"),
    path("rules/kept/<str:digest>/", rule_set, name="rule_set"),
]
