"""Forms of papers and evidence (文书、材料表单)."""

from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from selection.documents import requests
from selection.enums import Act, AppointmentState, Paper
from selection.web.forms.act import ActForm, EnumField, RowField, UploadField, candidate_label


class FileDocumentForm(ActForm):
    act = Act.FILE_DOCUMENT
    consequence = _("A filed document stays as it is: it can be supplemented, never replaced or taken away.")

    title = forms.CharField(label=_("Title of the document"), max_length=120)
    upload = UploadField(label=_("File"))
    candidacy = RowField(label=_("Concerns"), required=False, help_text=_("Empty for the whole selection."))

    def prepare(self) -> None:
        self.fields["candidacy"].offer(self.case.candidacies, candidate_label)  # type: ignore[attr-defined]


class RequestDocumentForm(ActForm):
    act = Act.REQUEST_DOCUMENT
    submit = _("Have it made")
    consequence = _("The paper is made from what is recorded at this moment; earlier versions are kept.")

    kind = EnumField(Paper, among=requests.ON_REQUEST, label=_("Kind of paper"))
    candidacy = RowField(
        label=_("Candidate"),
        required=False,
        help_text=_(
            "For papers about candidates: empty for one paper about each of them, or for a blank form of nomination"
            " to be signed."
        ),
    )
    appointment = RowField(
        label=_("Appointment of"),
        required=False,
        help_text=_("For papers about an appointment, from the public notice to the end of probation: the person."),
    )

    def prepare(self) -> None:
        if "nomination.form" not in self.case.rules:
            kind: Any = self.fields["kind"]
            kind.choices = [one for one in kind.choices if one[0] != Paper.NOMINATION_FORM]
        noticed = [row for row in self.case.appointments if row.state != AppointmentState.CANCELLED]
        self.fields["candidacy"].offer(self.case.candidacies, candidate_label)  # type: ignore[attr-defined]
        self.fields["appointment"].offer(noticed, candidate_label)  # type: ignore[attr-defined]


class RequestBallotPaperForm(ActForm):
    act = Act.REQUEST_BALLOT_PAPER
    submit = _("Have it made")
    consequence = _(
        "One blank sheet is made, with the candidates as they are in the box. Print it as often as the page of the"
        " ballot says: all sheets are alike, and nobody can tell one from another."
    )

    def next_url(self, result: Any) -> str:
        return reverse("ballot", args=[self.subject.pk])


class RequestCountReportForm(ActForm):
    act = Act.REQUEST_COUNT_REPORT
    submit = _("Have it made")
    consequence = _(
        "The announced figures are set out on paper, with lines on which chair, scrutineers and tellers sign."
        " Earlier versions are kept."
    )

    def next_url(self, result: Any) -> str:
        return reverse("ballot", args=[self.subject.pk])
