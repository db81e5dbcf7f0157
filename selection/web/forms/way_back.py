"""Forms of the way back (撤回、退回、暂停、终止表单)."""

from django.utils.translation import gettext_lazy as _

from selection.enums import Act, Stage
from selection.models.selection import ORDER
from selection.web.forms.act import ActForm, EnumField, TextField


class _WithReason(ActForm):
    reason = TextField(label=_("Reason"))


class WithdrawCandidacyForm(_WithReason):
    act = Act.WITHDRAW_CANDIDACY
    danger = True
    consequence = _("The person is no longer a candidate of this selection.")


class EndCandidacyForm(_WithReason):
    act = Act.END_CANDIDACY
    danger = True
    consequence = _("The person is no longer a candidate of this selection.")


class ReturnSelectionForm(ActForm):
    """Only stages before the present one are offered."""

    act = Act.RETURN_SELECTION
    danger = True
    consequence = _(
        "Whoever is still a candidate stands at that stage anew; deadlines of the stages left behind end.  "
        "What was recorded stays in the record."
    )

    stage = EnumField(
        Stage,
        among=[Stage.NOMINATION, Stage.RECOMMENDATION, Stage.INSPECTION, Stage.DELIBERATION],
        label=_("Return to"),
    )
    reason = TextField(label=_("Reason"))

    def prepare(self) -> None:
        here = ORDER.index(self.case.selection.stage)
        before = [choice for choice in self.fields["stage"].choices if ORDER.index(choice[0]) < here]  # type: ignore[attr-defined]
        self.fields["stage"].choices = before  # type: ignore[attr-defined]


class SuspendSelectionForm(_WithReason):
    act = Act.SUSPEND_SELECTION
    danger = True
    consequence = _("Nothing can be done with the selection until it is resumed; its clocks act on nothing.")


class ResumeSelectionForm(_WithReason):
    act = Act.RESUME_SELECTION


class EndSelectionForm(_WithReason):
    act = Act.END_SELECTION
    danger = True
    consequence = _("The selection ends for good, without an appointment.  This cannot be taken back.")
