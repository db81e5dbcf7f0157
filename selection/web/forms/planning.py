"""Forms of what stands before nomination: the plan and the post made public (方案、职位公告表单)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from selection.enums import Act, Evidence, PlanOutcome
from selection.rulebook.keys import ANNOUNCED
from selection.stages.planning import GATES
from selection.web.forms.act import ActForm, DayField, EnumField, PaperField, TextField, UploadField


class SubmitPlanForm(ActForm):
    act = Act.SUBMIT_PLAN
    consequence = _("Nobody is nominated before the answer to the plan has been taken down.")

    superior = forms.CharField(
        label=_("Whom the plan goes to"),
        max_length=80,
        help_text=_("Such as: the district office of the civil service."),
    )
    quota_confirmed = forms.IntegerField(label=_("Free posts that are confirmed"), min_value=0, max_value=999)
    quota_confirmed_on = DayField(label=_("Confirmed on"))
    quota_evidence = UploadField(label=Evidence.QUOTA.label)
    submitted_on = DayField(label=_("Handed in on"))
    evidence = PaperField(Evidence.PLAN, always=True)

    def first_values(self) -> dict[str, Any]:
        return {"submitted_on": self.today, "quota_confirmed": self.case.selection.seats}

    def prepare(self) -> None:
        if not any(self.case.rules.asking("post.quota_confirmed_by")):
            for name in ("quota_confirmed", "quota_confirmed_on", "quota_evidence"):
                del self.fields[name]


class AnswerPlanForm(ActForm):
    act = Act.ANSWER_PLAN
    consequence = _("A plan that was returned is put right and handed in once more.")

    outcome = EnumField(PlanOutcome, label=_("Answer"))
    answered_on = DayField(label=_("Answered on"))
    answer = TextField(
        label=_("What the answer says"),
        rows=3,
        required=False,
        help_text=_("Of a plan returned: what is to be put right."),
    )
    evidence = PaperField(Evidence.PLAN_ANSWER)

    def first_values(self) -> dict[str, Any]:
        return {"answered_on": self.today}

    def prepare(self) -> None:
        gate = self.case.rules.value("plan.gate")
        outcome: Any = self.fields["outcome"]
        if gate is not None:
            outcome.choices = [(one.value, one.label) for one in (GATES[gate], PlanOutcome.RETURNED)]


class AnnouncePostForm(ActForm):
    act = Act.ANNOUNCE_POST
    consequence = _("It stands on the public pages until those to be inspected are fixed.")

    published_on = DayField(label=_("Made public on"))
    posts = forms.CharField(label=ANNOUNCED["posts"], max_length=120)  # type: ignore[arg-type]
    seats = forms.IntegerField(label=ANNOUNCED["seats"], min_value=1, max_value=99)  # type: ignore[arg-type]
    conditions = TextField(label=ANNOUNCED["conditions"], required=False)
    scope = TextField(label=ANNOUNCED["scope"], rows=3, required=False)
    procedure = TextField(label=ANNOUNCED["procedure"], rows=3, required=False)

    def first_values(self) -> dict[str, Any]:
        selection = self.case.selection
        return {
            "published_on": self.today,
            "posts": selection.sought.full_title,
            "seats": selection.seats,
            "scope": selection.source_direction,
        }

    def prepare(self) -> None:
        for item in self.case.rules.value("post.announcement", ()):
            self.fields[item].required = True
