"""Forms of appointment and probation (任职、试用期表单)."""

from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from selection.enums import Act
from selection.register.models import Tenure
from selection.web.forms.act import ActForm, DayField, RowsField, TextField


class HoldAppointmentTalkForm(ActForm):
    act = Act.HOLD_APPOINTMENT_TALK

    talked_on = DayField(label=_("Day of the talk"))
    talked_by = forms.CharField(label=_("Who held the talk"), max_length=60)
    talk_notes = TextField(label=_("Notes of the talk"))

    def first_values(self) -> dict[str, Any]:
        return {"talked_on": self.today, "talked_by": self.actor.name}


class AppointCandidateForm(ActForm):
    act = Act.APPOINT_CANDIDATE

    document_number = forms.CharField(label=_("Number of the appointment document"), max_length=40)
    appointed_on = DayField(label=_("Appointed from"))
    published_on = DayField(label=_("Day of publication"))
    ended = RowsField(
        label=_("Posts that end with the appointment"),
        required=False,
        help_text=_("Take the tick away from a post that the person keeps."),
    )

    def first_values(self) -> dict[str, Any]:
        return {"appointed_on": self.today, "published_on": self.today}

    def prepare(self) -> None:
        removals = self.case.removals_with(self.subject.candidacy)
        held = Tenure.objects.filter(person_id=self.subject.person_id, until_on__isnull=True)
        held = held.exclude(pk__in=[row.tenure_id for row in removals])
        ended = self.fields["ended"]
        assert isinstance(ended, RowsField)
        ended.offer(held.select_related("post__organisation"), lambda tenure: tenure.post.full_title)
        ended.initial = list(ended.rows)
        if not ended.rows:
            del self.fields["ended"]
        self.consequence = (  # type: ignore[misc]
            _(
                "The posts ticked end, the new post begins and fills the approved number, and probation of %(length)s "
                "runs from the day of publication."
            )
            % {"length": self.case.rules["probation.length"].value}
            if (self.case.subject.candidacy.post or self.case.selection.post).is_probationary
            else _("The posts ticked end, the new post begins and fills the approved number.")
        )
        if removals:
            self.consequence = format_lazy(  # type: ignore[misc]
                "{} {}",
                self.consequence,
                _("Decided at the meeting and ended with it: %(posts)s.")
                % {"posts": "、".join(f"{row.person.name}（{row.tenure.post.full_title}）" for row in removals)},
            )

    def given(self) -> dict[str, Any]:
        return {"ended": [], **super().given()}


class AssessProbationForm(ActForm):
    act = Act.ASSESS_PROBATION

    assessed_on = DayField(label=_("Day of the assessment"))
    fit = forms.TypedChoiceField(
        label=_("Result"),
        choices=[("yes", _("Fit for the post")), ("no", _("Not fit for the post"))],
        coerce=lambda value: value == "yes",
        empty_value=None,
        widget=forms.RadioSelect,
    )
    opinion = TextField(label=_("Opinion"))

    def first_values(self) -> dict[str, Any]:
        return {"assessed_on": self.today}


class ConfirmAppointmentForm(ActForm):
    act = Act.CONFIRM_APPOINTMENT
    consequence = _(
        "Probation ends and the person holds the post for good.  With the last seat filled the selection is closed."
    )


class UndoForm(ActForm):
    """The person leaves the trial post: to which of the posts from before he or she returns."""

    danger = True

    restored = RowsField(label=_("Posts to which the person returns"), required=False)

    def prepare(self) -> None:
        former = self.case.former
        restored = self.fields["restored"]
        assert isinstance(restored, RowsField)
        restored.offer([row.tenure for row in former if row.is_free], lambda tenure: tenure.post.full_title)
        restored.initial = list(restored.rows)
        taken = [row.tenure.post.full_title for row in former if not row.is_free]
        otherwise = _("Whoever returns to no post is given another one in the register afterwards.")
        restored.help_text = (
            format_lazy("{} {}", _("Not free any more: %(posts)s.") % {"posts": "、".join(taken)}, otherwise)
            if taken
            else otherwise
        )


class RelieveAppointmentForm(UndoForm):
    act = Act.RELIEVE_APPOINTMENT
    consequence = _(
        "The person leaves the trial post today, the post is vacant again, and the grade is the one from before the "
        "appointment.  This cannot be taken back."
    )

    reason = TextField(label=_("Why the person is relieved of the trial post"))
