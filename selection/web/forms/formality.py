"""The form of what is done around an appointment (任职事项表单)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from selection.enums import Act, Effect, Evidence, FormalityItem
from selection.stages.formality import JUDGED, SCORED, SIGNED, when
from selection.web.forms.act import ActForm, DayField, EnumField, TextField, UploadField
from selection.web.tags import day

#: Item → how its result is put in words.
RESULTS = {
    FormalityItem.EXAM: (_("Passed"), _("Not passed")),
    FormalityItem.APPROVAL: (_("Approved"), _("Not approved")),
    FormalityItem.ELECTION: (_("Elected"), _("Not elected")),
    FormalityItem.REVIEW: (_("Fit for the post"), _("Not fit for the post")),
}


class RecordFormalityForm(ActForm):
    """Which fields there are goes by the item, which the address names."""

    act = Act.RECORD_FORMALITY
    consequence = _("What is put on file later of the same item takes the place of what is there.")

    item = EnumField(FormalityItem, label=_("Formality"), widget=forms.Select)
    done_on = DayField(label=_("Done on"))
    until_on = DayField(label=_("Until"), required=False)
    in_charge = forms.CharField(label=_("Person in charge"), max_length=60)
    score = forms.CharField(label=_("Score"), max_length=20, required=False)
    passed = forms.TypedChoiceField(
        label=_("Result"),
        choices=[("yes", _("Passed")), ("no", _("Not passed"))],
        coerce=lambda value: value == "yes",
        empty_value=None,
        required=False,
        widget=forms.RadioSelect,
    )
    notes = TextField(label=_("Notes"), required=False)
    evidence = UploadField(label=Evidence.FORMALITY.label, required=False)

    def first_values(self) -> dict[str, Any]:
        return {"done_on": self.today, "in_charge": self.actor.name}

    def prepare(self) -> None:
        item = self.data.get("item") if self.is_bound else self.initial.get("item")
        open_now = [one for one in FormalityItem if self.subject.state in when(one)]
        field: Any = self.fields["item"]
        field.choices = [("", "---------"), *((one.value, one.label) for one in open_now)]
        if item not in FormalityItem.values:
            return
        self._only_for(FormalityItem(item))

    def _only_for(self, item: FormalityItem) -> None:
        """The fields of one item."""
        kept = {
            "score": item in SCORED,
            "passed": item in JUDGED,
            "until_on": item == FormalityItem.PETITION_DUTY,
        }
        for name in [name for name, wanted in kept.items() if not wanted]:
            del self.fields[name]
        fields: Any = self.fields
        if item in RESULTS:
            fields["passed"].choices = [*zip(("yes", "no"), RESULTS[item], strict=True)]
        if item == FormalityItem.ELECTION:
            fields["score"].label = _("Votes")
            fields["in_charge"].label = _("Who elected")
        if item == FormalityItem.REVIEW:
            fields["notes"].label = _("Achievements in the post, and integrity")
        if item == FormalityItem.REPORT:
            fields["notes"].label = _("What the report says, also of what was reported about the person")
            fields["notes"].help_text = self._reports()
        if item == FormalityItem.PETITION_DUTY:
            fields["done_on"].label = _("From")
        if item in SIGNED:
            fields["evidence"].help_text = _("The signed paper: PDF, OFD, DOCX, JPEG or PNG, at most 20 MB.")

    def _reports(self) -> str:
        """Which reports on the person there are, without what they say."""
        rows = [row for row in self.case.objections if row.concerns(self.subject.candidacy_id)]
        told = [
            f"{day(row.filed_at)} {Effect(row.effect).label if row.effect else _('not settled yet')}" for row in rows
        ]
        return "；".join(told) if told else str(_("Nothing was reported about the person."))
