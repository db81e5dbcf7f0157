"""Forms of reports (举报表单): taking one down, noting what was found, concluding it; and receipts for reporters."""

import hashlib
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from selection.ballots.codes import Mistyped, make_codes, read_code
from selection.enums import Act, Breach, Channel, Effect, Evidence
from selection.stages.reports import breaches, possible_effects, reportable
from selection.web.forms.act import ActForm, EnumField, RowField, TextField, UploadField, candidate_label

# --- receipts --------------------------------------------------------------------------------------------------------


def make_receipt() -> str:
    """A receipt code of 80 random bits with check characters, for the eyes of whoever reports alone."""
    return make_codes(1)[0]


def receipt_hash(code: str) -> str:
    """What is kept of a receipt code: its SHA-256, from which nobody finds the code.

    Raises:
        Mistyped
    """
    return hashlib.sha256(b"cadre-receipt" + read_code(code).encode("ascii")).hexdigest()


class ReceiptField(forms.CharField):
    """A receipt code as it was written down; spaces, hyphens and small letters are forgiven."""

    def clean(self, value: Any) -> str:
        text = super().clean(value)
        try:
            read_code(text)
        except Mistyped as error:
            raise forms.ValidationError(
                _("This is no receipt code.  It has 18 letters and digits in six groups; look for a slip of the pen.")
            ) from error
        return str(text)


# --- acts ------------------------------------------------------------------------------------------------------------


class TakenDown(ActForm):
    """What somebody reported, as whoever takes it down writes it, with a receipt for the reporter."""

    channel = EnumField(Channel, label=_("How it came"))
    content = TextField(label=_("What is reported"), rows=8)
    reporter = forms.CharField(
        label=_("Name of the reporter"), required=False, max_length=60, help_text=_("Empty for an anonymous report.")
    )
    contact = forms.CharField(label=_("How to reach the reporter"), required=False, max_length=120)
    receipt = ReceiptField(
        label=_("Receipt code for the reporter"),
        max_length=60,
        help_text=_(
            "Hand it to the reporter, who can ask with it on the notice page what became of the report.  "
            "It is shown only here and cannot be looked up later."
        ),
        widget=forms.TextInput(attrs={"readonly": True}),
    )

    def first_values(self) -> dict[str, Any]:
        return {"receipt": make_receipt()}

    def given(self) -> dict[str, Any]:
        values = super().given()
        values["receipt_hash"] = receipt_hash(values.pop("receipt"))
        return values


class FileReportForm(TakenDown):
    act = Act.FILE_REPORT
    submit = _("Take the report down")
    consequence = _(
        "The department looks into it and concludes it.  What is reported and who reported it is told on no page but "
        "that of the investigation, and enters the process record as a commitment only."
    )

    candidacy = RowField(
        label=_("Whom it concerns"), required=False, help_text=_("Leave it empty for the selection as a whole.")
    )
    breach = EnumField(
        Breach,
        label=_("Breach of discipline"),
        required=False,
        choices=[("", "—"), *Breach.choices],
        help_text=_("Leave it empty where no discipline of nominating and appointing is concerned."),
    )

    field_order = ("candidacy", "breach", "channel", "content", "reporter", "contact", "receipt")

    def prepare(self) -> None:
        self.fields["candidacy"].offer(reportable(self.case), candidate_label)  # type: ignore[attr-defined]
        named = breaches(self.case.rules)
        offered: Any = self.fields["breach"]
        offered.choices = [("", "—"), *((one.value, one.label) for one in named)]
        if not named:
            del self.fields["breach"]


class InvestigateObjectionForm(ActForm):
    act = Act.INVESTIGATE_OBJECTION
    consequence = _("The note enters the process record as a commitment only, never in words.")

    notes = TextField(label=_("What was found so far"), rows=6, help_text=_("Do not name whoever reported."))


class SettleObjectionForm(ActForm):
    act = Act.SETTLE_OBJECTION
    consequence = _(
        "A conclusion becomes an important matter in the process record.  If the report is substantiated and weighs "
        "against the appointment, an appointment that has not taken effect is cancelled at once and its notice ends; "
        "one that has is cancelled by an act of its own.  Where the appointment is held, nothing is concluded yet."
    )
    before_the_notice = _(
        "A conclusion becomes an important matter in the process record.  An excluded candidate leaves the selection "
        "at once and is not put forward here again.  A selection that is to go back goes no further until the head of "
        "the department has returned it.  Where it is held, nothing is concluded yet and the person goes no further."
    )

    effect = EnumField(Effect, label=_("Conclusion of the investigation"), widget=forms.RadioSelect)
    investigation = TextField(
        label=_("How it was looked into and what was found"), help_text=_("Do not name whoever reported.")
    )
    answer = TextField(
        label=_("Answer to the reporter"), help_text=_("Whoever has the receipt code reads it on the notice page.")
    )
    evidence = UploadField(
        label=Evidence.CONCLUSION.label,
        required=False,
        help_text=_("Needed for a conclusion.  PDF, OFD, DOCX, JPEG or PNG, at most 20 MB."),
    )

    def prepare(self) -> None:
        report = self.subject
        offered: Any = self.fields["effect"]
        offered.choices = [(one.value, one.label) for one in possible_effects(report)]
        if report.appointment is None:
            self.consequence = self.before_the_notice  # type: ignore[misc]
        if report.channel == Channel.FOUND:
            self.fields["answer"].required = False
            self.fields["answer"].help_text = _("Found in the course of the work: nobody waits for an answer.")
