"""Forms of the way back (撤回、退回、暂停、终止表单)."""

from django.utils.translation import gettext_lazy as _

from selection.enums import Act, CandidacyState, Evidence, Requester, Stage
from selection.models.selection import ORDER
from selection.stages.way_back.returning import ways_back
from selection.web.forms.act import (
    ActForm,
    EnumField,
    PaperField,
    RowField,
    RowsField,
    TextField,
    candidate_label,
)


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
            for stage, anew in ways_back(self.case.selection).items()
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


class ReconsiderDecisionForm(ActForm):
    act = Act.RECONSIDER_DECISION
    danger = True
    consequence = _(
        "The selection goes back to the committee: another meeting introduces, discusses and votes.  The result "
        "announced stays on record, and counts where failed votes are counted.  A decision is reconsidered once."
    )

    requested_by = EnumField(Requester, label=_("Who asks for it"))
    member = RowField(label=_("Member who asks for it"), required=False, help_text=_("Only where a member asks."))
    consents = RowsField(label=_("Members who agree to it"))
    candidates = RowsField(label=_("Who is voted on once more"))
    reason = TextField(label=_("Reason"))
    evidence = PaperField(Evidence.CONSENT, always=True)

    def prepare(self) -> None:
        seats = self.case.seats_on(self.today)
        voted_on = {row.candidacy_id for row in self.case.round_items if row.round_id == self.subject.pk}
        decided = self.case.at(CandidacyState.PASSED, CandidacyState.NOT_PASSED)
        for name, rows in (("member", seats), ("consents", [seat for seat in seats if self.case.may_vote(seat)])):
            self.fields[name].offer(rows, lambda seat: str(seat.person))  # type: ignore[attr-defined]
        self.fields["candidates"].offer(  # type: ignore[attr-defined]
            [row for row in decided if row.pk in voted_on], candidate_label
        )
