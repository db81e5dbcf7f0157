"""Forms of corrections (更正表单): the field in which a fact was first recorded takes its new value."""

from copy import deepcopy
from typing import Any

from django import forms
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from selection.enums import Act, Choice, Stage
from selection.models import (
    Assessment,
    CheckResult,
    Consultation,
    Correction,
    Introduction,
    Poll,
    Reply,
    Talk,
    TallySheet,
)
from selection.models.case import Case
from selection.models.correction import OnRecord
from selection.web.forms.act import FORMS, ActForm, TextField, candidate_label
from selection.web.tags import said

_VOTES = "votes-"


def kinds() -> dict[type, Any]:
    """What each kind of row is called."""
    return {
        Poll: gettext("Recommendations held"),
        TallySheet: gettext("Confirmed counts"),
        Talk: gettext("Talks"),
        Assessment: gettext("Democratic assessment"),
        CheckResult: gettext("Checks"),
        Reply: gettext("Replies of departments"),
        Consultation: gettext("Consultations"),
        Introduction: gettext("Introductions to the committee"),
    }


def about(case: Case, row: Any) -> str:
    """Whom or what a row is about, and of when it is."""
    if isinstance(row, TallySheet):
        row = row.poll
    if isinstance(row, Poll):
        said = str(row.get_form_display())
    elif isinstance(row, Consultation):
        said = str(row.get_level_display())
    elif isinstance(row, Reply):
        said = f"{row.inquiry.candidacy.person.name} · {row.inquiry.get_body_display()}"
    elif isinstance(row, CheckResult):
        said = f"{row.candidacy.person.name} · {row.get_check_kind_display()}"
    else:
        said = str(row.candidacy.person.name)
    return said


def field_of(case: Case, row: Any, fact: str) -> forms.Field:
    """The form field of a fact, with its label; of what was voted, a number."""
    if not isinstance(row, OnRecord):
        option = next((choice.label for choice in Choice if choice.value == fact), fact)
        return forms.IntegerField(label=option, min_value=0)
    if fact.startswith(_VOTES):
        about = next(one for one in case.candidacies if str(one.pk) == fact.removeprefix(_VOTES))
        return forms.IntegerField(label=_("Votes for %(name)s") % {"name": candidate_label(about)}, min_value=0)
    return deepcopy(FORMS[row.correctable.recorded_by].base_fields[fact])


def is_in_words(row: Any, fact: str) -> bool:
    """Whether the fact is free text, which is kept and never shown beside others."""
    return not fact.startswith(_VOTES) and isinstance(row._meta.get_field(fact), models.TextField)


def worded(field: forms.Field, value: Any) -> Any:
    """A value as its form names it."""
    if isinstance(field, forms.ChoiceField):
        return {str(key): label for key, label in field.choices}.get(str(value), value)  # type: ignore[union-attr,misc]
    return value


def found(case: Case, what: str) -> tuple[Any, str]:
    """(row, fact) of ``kind-pk-fact``.

    Raises:
        LookupError
    """
    kind, _dash, rest = what.partition("-")
    pk, _dash, fact = rest.partition("-")
    for row in (*case.on_record(), *case.round_items):
        if (row._meta.model_name, str(row.pk)) != (kind, pk):
            continue
        if fact in (row.facts() if isinstance(row, OnRecord) else Choice.values):
            return row, fact
    raise LookupError(what)


def told(case: Case, correction: Correction) -> dict[str, Any]:
    """What a correction changes: of what, from what to what, and why."""
    row = next(one for one in case.on_record() if (one._meta.model_name, one.pk) == (correction.kind, correction.row))
    field = field_of(case, row, correction.fact)
    return {
        "what": kinds()[type(row)],
        "about": about(case, row),
        "fact": field.label,
        "in_words": is_in_words(row, correction.fact),
        "old": worded(field, row.read(correction.fact, correction.old)),
        "new": worded(field, row.read(correction.fact, correction.new)),
        "reason": correction.reason,
        "by": correction.proposed_by.name,
        "at": correction.proposed_at,
        "late": Stage(row.correctable.stage).label if correction.late else "",
    }


class _BackToFacts(ActForm):
    def next_url(self, result: Any) -> str:
        return f"{reverse('selection_facts', args=[self.case.selection.number])}#parts"


class CorrectFactForm(_BackToFacts):
    """``what`` stands in the address: the page of facts leads here."""

    act = Act.CORRECT_FACT

    what = forms.CharField(widget=forms.HiddenInput, max_length=100)
    value = forms.CharField(label=_("New value"))
    reason = TextField(label=_("Why it is corrected"), rows=3)

    def prepare(self) -> None:
        wanted = self.data.get("what") if self.is_bound else self.initial.get("what")
        self.row, self.fact = None, ""
        try:
            self.row, self.fact = found(self.case, str(wanted or ""))
        except LookupError:
            del self.fields["value"]
            self.consequence = _("Choose the fact on the page of facts of the selection.")  # type: ignore[misc]
            return
        field = field_of(self.case, self.row, self.fact)
        label, value = field.label, getattr(self.row, "fact", lambda name: getattr(self.row, name))(self.fact)
        in_words = is_in_words(self.row, self.fact)
        field.label = _("New value: %(fact)s") % {"fact": label}
        field.initial = None if in_words else value
        field.help_text = (
            _("The text on file is not shown here; write the whole text anew.")
            if in_words
            else _("On file: %(value)s") % {"value": said(worded(field, value))}
        )
        if isinstance(self.row, OnRecord):
            field.help_text = f"{kinds()[type(self.row)]} · {about(self.case, self.row)} · {field.help_text}"
        self.fields["value"] = field
        self.order_fields(["what", "value", "reason"])
        weighty = isinstance(self.row, OnRecord) and self.row.correctable.is_weighty(self.fact)
        self.consequence = (  # type: ignore[misc]
            _("A count or a conclusion takes effect when somebody else has confirmed it.  ") if weighty else ""
        ) + str(_("Old and new value and the reason enter the record.  Nothing that rests on it is computed anew."))

    def clean(self) -> Any:
        if self.row is None:
            raise forms.ValidationError(_("Choose the fact on the page of facts of the selection."))
        return super().clean()

    def given(self) -> dict[str, Any]:
        values = super().given()
        del values["what"]
        return {"row": self.row, "fact": self.fact, **values}


class _OfCorrection(_BackToFacts):
    """The page says what is decided on."""

    @property
    def told(self) -> dict[str, Any]:
        return told(self.case, self.subject)


class ConfirmCorrectionForm(_OfCorrection):
    act = Act.CONFIRM_CORRECTION
    consequence = _("The new value takes effect.  Nothing that rests on it is computed anew.")


class RefuseCorrectionForm(_OfCorrection):
    act = Act.REFUSE_CORRECTION
    consequence = _("What is on file stays.")

    reason = TextField(label=_("Reason"), rows=3)
