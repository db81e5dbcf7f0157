"""Forms of paper ballots: entering what came back, confirming it (纸质票表单)."""

from typing import Any

from django import forms
from django.conf import settings
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from selection.acts import Secret
from selection.ballots import box
from selection.ballots.sheet import said
from selection.enums import Act, BallotChannel
from selection.models.poll import handed_out
from selection.web.forms.act import ActForm


class EnterPaperForm(ActForm):
    """One row of controls for each sheet, and one more, so that too many can be entered and are not lost."""

    act = Act.ENTER_PAPER
    consequence = _(
        "Enter every sheet as it is marked, in any order.  A sheet with more approvals than there are posts is void by"
        " itself; tick void where a mark is missing, doubled or cannot be read.  Leave empty what did not come back;"
        " the last row is for one too many.  Nobody sees these marks before both tellers have entered theirs."
    )
    table = "voting/paper_sheets.html"

    def prepare(self) -> None:
        manifest = box.look_at(self.subject.box).manifest
        language = get_language() or settings.LANGUAGE_CODE
        self.candidates = [(key, said(label, language)) for key, label, _facts in manifest["candidates"]]
        options = [("", "—"), *((key, said(label, language)) for key, label in manifest["options"])]
        roll = self.case.roll_of(self.subject)
        self.numbers = range(1, handed_out(roll)[BallotChannel.PAPER] + 2)
        for number in self.numbers:
            for key, name in self.candidates:
                words = {"number": number, "name": name}
                self.fields[f"{number}-{key}"] = forms.ChoiceField(
                    label=_("Sheet %(number)s: %(name)s") % words, choices=options, required=False
                )
            self.fields[f"{number}-void"] = forms.BooleanField(
                label=_("Sheet %(number)s is void") % {"number": number}, required=False
            )

    def rows(self) -> list[dict[str, Any]]:
        """Each sheet with its controls, for the table."""
        return [
            {
                "number": number,
                "marks": [self[f"{number}-{key}"] for key, _name in self.candidates],
                "void": self[f"{number}-void"],
            }
            for number in self.numbers
        ]

    def clean(self) -> dict[str, Any]:
        values = super().clean() or {}
        self.sheets: list[dict[str, str] | None] = []
        for number in self.numbers:
            marks = {key: values[name] for key, _label in self.candidates if values.get(name := f"{number}-{key}")}
            if values.get(f"{number}-void"):
                if marks:
                    self.add_error(f"{number}-void", _("This sheet has marks.  Take them out, or do not tick void."))
                self.sheets.append(None)
            elif marks:
                for key, _label in self.candidates:
                    if key not in marks:
                        self.add_error(f"{number}-{key}", _("Enter this mark too, or tick void."))
                self.sheets.append(marks)
        return values

    def given(self) -> dict[str, Any]:
        return {"sheets": Secret(self.sheets)}

    def next_url(self, result: Any) -> str:
        return reverse("desk")


class _AtScrutiny(ActForm):
    def next_url(self, result: Any) -> str:
        return reverse("scrutiny", args=[self.subject.poll.item.meeting_id])


class ConfirmPaperForm(_AtScrutiny):
    act = Act.CONFIRM_PAPER
    consequence = _("The sheets that both tellers have entered are counted; then the result can be announced.")


class RejectPaperForm(_AtScrutiny):
    act = Act.REJECT_PAPER
    consequence = _("Both entries are put aside, and both tellers enter the sheets again.")
