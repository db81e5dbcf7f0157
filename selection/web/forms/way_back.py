"""Forms of the way back (撤回、退回、暂停、终止表单)."""

from django.utils.translation import gettext_lazy as _

from selection.enums import Act, Stage
from selection.models.selection import ORDER
from selection.stages.way_back.returning import ANEW
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
        "What was recorded stays in the record, but what is to be done anew counts no more."
    )

    stage = EnumField(
        Stage,
        among=[Stage.NOMINATION, Stage.RECOMMENDATION, Stage.INSPECTION, Stage.DELIBERATION],
        label=_("Return to"),
    )
    reason = TextField(label=_("Reason"))

    def prepare(self) -> None:
        here = ORDER.index(self.case.selection.stage)
        self.fields["stage"].choices = [  # type: ignore[attr-defined]
            (
                stage.value,
                _("%(stage)s: kept are %(kept)s; done anew are %(anew)s")
                % {"stage": stage.label, "kept": anew.kept, "anew": anew.anew},
            )
            for stage, anew in ANEW.items()
            if ORDER.index(stage.value) < here
        ]


class SuspendSelectionForm(_WithReason):
    act = Act.SUSPEND_SELECTION
    danger = True
    consequence = _(
        "Nothing can be done with the selection until it is resumed.  Its deadlines end; a public notice is no longer "
        "shown and does not run on."
    )


class ResumeSelectionForm(_WithReason):
    act = Act.RESUME_SELECTION
    consequence = _(
        "Its deadlines begin anew: departments have their whole time again, and a public notice runs on as the rules "
        "of the selection say.  Probation has not rested."
    )


class EndSelectionForm(_WithReason):
    act = Act.END_SELECTION
    danger = True
    consequence = _("The selection ends for good, without an appointment.  This cannot be taken back.")
