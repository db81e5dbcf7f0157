"""Forms of the public notice (任前公示表单): publishing it, objecting, ending it."""

import uuid
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from selection.enums import Act, AppointmentState, EarlyEnd, Evidence
from selection.rulebook import workdays
from selection.rulebook.book import Rule
from selection.rulebook.keys import NOTICE_FACTS
from selection.rulebook.rules import KEYS
from selection.stages.notice import change_of, is_made_public, talks_first
from selection.web.forms.act import ActForm, DayField, EnumField, TextField, UploadField
from selection.web.forms.probation import UndoForm
from selection.web.forms.reports import ReceiptField, TakenDown
from selection.web.tags import day

# --- what the public fills in ----------------------------------------------------------------------------------------


class ObjectionForm(forms.Form):
    """What somebody reports during a public notice; a name is given or not."""

    content = TextField(
        label=_("What you report"),
        rows=8,
        help_text=_("Say what happened, when and where, and who can confirm it, as far as you know."),
    )
    reporter = forms.CharField(
        label=_("Your name"),
        required=False,
        max_length=60,
        help_text=_("Leave this empty to report anonymously.  A name helps to look into it and is kept confidential."),
    )
    contact = forms.CharField(
        label=_("How to reach you"), required=False, max_length=120, help_text=_("A telephone number or an address.")
    )
    token = forms.CharField(widget=forms.HiddenInput, max_length=40)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, initial={"token": uuid.uuid4().hex})


class ReceiptForm(forms.Form):
    """Asking what became of a report."""

    code = ReceiptField(
        label=_("Receipt code"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )


# --- acts ------------------------------------------------------------------------------------------------------------


class PublishNoticeForm(ActForm):
    act = Act.PUBLISH_NOTICE

    phone = forms.CharField(label=_("Telephone for reports"), max_length=40)
    address = forms.CharField(label=_("Postal address for reports"), max_length=120, required=False)
    channels = forms.MultipleChoiceField(
        label=_("Where the notice is made known"),
        required=False,
        choices=[*KEYS["notice.channels"].choices.items()],
        widget=forms.CheckboxSelectMultiple,
    )
    text = TextField(
        label=_("Further text of the notice"),
        required=False,
        help_text=_("Basic facts, present and proposed post stand in the notice already."),
    )
    achievements = TextField(label=NOTICE_FACTS["achievements"])
    rewards = TextField(label=NOTICE_FACTS["rewards"])
    conduct = TextField(label=NOTICE_FACTS["conduct"])
    photo = UploadField(label=Evidence.PHOTO.label, required=False, help_text=_("JPEG or PNG, at most 20 MB."))
    talked_on = DayField(label=_("Day of the talk"))
    talked_by = forms.CharField(label=_("Who held the talk"), max_length=60)
    talk_notes = TextField(label=_("Notes of the talk"))

    def prepare(self) -> None:
        rules = self.case.rules
        for name in {"achievements", "rewards", "conduct", "photo"} - set(rules.value("notice.fields", ())):
            del self.fields[name]
        if not talks_first(self.case):
            for name in ("talked_on", "talked_by", "talk_notes"):
                del self.fields[name]
        if "notice.channels" in rules:
            self.fields["channels"].initial = list(rules["notice.channels"].value)
        if self.case.is_secret(self.case.subject):
            channels: Any = self.fields["channels"]
            channels.choices = [(key, label) for key, label in channels.choices if key != "page"]
        length = rules["notice.length"].value
        ends = workdays.ends(length, self.today)
        self.consequence = _(  # type: ignore[misc]
            "The notice is public at once and runs for %(length)s, until 24:00 on %(day)s.  "
            "Its paper is made by itself."
        ) % {"length": length, "day": day(ends.last_day)}
        if "notice.changes" in rules:
            self._say_which_change(rules["notice.changes"])

    def _say_which_change(self, rule: Rule) -> None:
        """Whether the rules want this change of post made public, and what happens where they do not."""
        channels, change = self.fields["channels"], change_of(self.case, self.subject)
        if is_made_public(self.case, self.subject):
            channels.help_text = _("This is made public: %(change)s (%(article)s).") % {
                "change": KEYS["notice.changes"].choices[change],
                "article": rule.citation.label,
            }
            return
        for name in {"phone", "achievements", "rewards", "conduct"} & set(self.fields):
            self.fields[name].required = False
        channels.initial = []
        channels.help_text = _(
            "The rules do not ask that this change of post is made public (%(article)s).  Without a tick nothing is "
            "published, and the notice can be closed at once."
        ) % {"article": rule.citation.label}


class FileObjectionForm(TakenDown):
    """A report that came by telephone, by letter or in person, written down by the department."""

    act = Act.FILE_OBJECTION
    submit = _("Take the report down")
    consequence = _(
        "While the notice runs, it cannot be closed until the report is settled.  Who reported is shown on no public "
        "page."
    )


class CloseNoticeForm(ActForm):
    act = Act.CLOSE_NOTICE
    consequence = _("The person may be appointed after the talk.  The public page says no more than that it has ended.")


class CancelAppointmentForm(UndoForm):
    """On probation it asks for the ground and for the posts to which the person returns."""

    act = Act.CANCEL_APPOINTMENT
    consequence = _("The notice ends and the person is not appointed.  This cannot be taken back.")

    ground = EnumField(EarlyEnd, label=_("Ground on which probation ends early"))
    reason = TextField(label=_("Why the appointment is cancelled"))

    def prepare(self) -> None:
        super().prepare()
        if self.subject.state == AppointmentState.APPOINTED:
            self.consequence = _(  # type: ignore[misc]
                "The person leaves the trial post today, the post is vacant again, and the grade is the one from "
                "before the appointment.  This cannot be taken back."
            )
        else:
            del self.fields["ground"]
            self.fields.pop("restored", None)
