"""Walking a made-up selection through the rules of a body, without writing anything (预演)."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from selection import clock, rehearsal
from selection.enums import PostClass, Role
from selection.models import Mandate
from selection.rulebook import rules as rulebook
from selection.web.forms.act import DayField, EnumField


class RehearsalForm(forms.Form):
    """Whose rules of which day, and what for."""

    body = forms.ChoiceField(label=_("Body"))
    on = DayField(label=_("In force on"))
    post_class = EnumField(PostClass, label=_("For"), widget=forms.Select)
    seats = forms.IntegerField(label=_("Posts to be filled"), min_value=1, max_value=20)

    def __init__(self, data: Any = None, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.fields["body"].choices = list(rulebook.working().items())  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if "body" in given and "on" in given:
            given["rules"] = rulebook.in_force(given["body"], given["on"])
            if given["rules"].lacking:
                self.add_error("on", _("On that day the body has no rules yet by which a selection runs."))
        return given


@require_safe
def rehearse(request: HttpRequest) -> HttpResponse:
    """What a made-up selection would be asked for, stage by stage, with the article of each."""
    now = clock.now()
    first = {"on": clock.day_of(now).isoformat(), "post_class": PostClass.CHIEF, "seats": "1"}
    given = {**first, **{key: value for key, value in request.GET.items() if value}}
    if "body" not in given:
        founded = Mandate.objects.order_by("pk").values_list("rulebook", flat=True).first()
        given["body"] = founded or next(iter(rulebook.working()))
    form = RehearsalForm(given)
    context: dict[str, Any] = {"form": form, "roles": dict(Role.choices)}
    if form.is_valid():
        asked = form.cleaned_data
        made = rehearsal.Made(asked["rules"], asked["post_class"], asked["seats"], now)
        found = rehearsal.walk(made, actor=request.user)  # type: ignore[arg-type]
        context |= {"rules": asked["rules"], "stations": found.items()}
    return render(request, "selection/rehearsal.html", context, status=200 if form.is_valid() else 422)


urlpatterns = [path("rules/rehearsal/", rehearse, name="rehearsal")]
