"""The form of the review of qualification (资格审查表单)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from selection.enums import Act, Evidence, ReviewStep
from selection.qualification import Verdict, conditions, judged
from selection.standing import needs_exam
from selection.web.forms.act import ActForm, DayField, EnumField, TextField, UploadField


def item(label: Any) -> forms.BooleanField:
    """Something that is ticked where it is so."""
    return forms.BooleanField(label=label, required=False)


class ReviewQualificationForm(ActForm):
    act = Act.REVIEW_QUALIFICATION
    consequence = _("What the register answers is checked besides. A later review of the same step takes its place.")

    step = EnumField(ReviewStep, label=_("Who reviews"), widget=forms.RadioSelect)
    basic = item(_("The basic conditions are met"))
    archive = item(_("The personal archive has been looked at"))
    health = item(_("The candidate is in good health"))
    post_conditions = item(_("The conditions of the post are met"))
    exam = forms.CharField(
        label=_("Examination: score, or number of the paper"),
        max_length=40,
        required=False,
        help_text=_("Nobody is transferred into an organ without one."),
    )
    qualified = forms.TypedChoiceField(
        label=_("Result of the review"),
        choices=[("yes", _("Qualified")), ("no", _("Not qualified"))],
        coerce=lambda value: value == "yes",
        widget=forms.RadioSelect,
    )
    reason = TextField(label=_("Reason"), rows=2, required=False, help_text=_("Needed for whoever does not qualify."))
    reviewed_on = DayField(label=_("Reviewed on"))
    evidence = UploadField(
        label=Evidence.UNIT_REVIEW.label, required=False, help_text=_("Needed where the own unit reviews.")
    )

    def first_values(self) -> dict[str, Any]:
        first = any(self.case.rules.asking("qualification.unit_review"))
        waits = first and self.case.review_of(self.subject, ReviewStep.UNIT) is None
        return {"step": ReviewStep.UNIT if waits else ReviewStep.DEPARTMENT, "reviewed_on": self.today}

    def prepare(self) -> None:
        """Only what the rules or the post ask for, each with the words that ask for it, and what the register says."""
        rules, post = self.case.rules, self.case.selection.post
        self.fields["qualified"].help_text = self._by_the_register()
        for name, key in (("basic", "qualification.basic"), ("health", "qualification.health")):
            if key in rules:
                self.fields[name].help_text = f"{rules[key].citation.label}：{rules[key].citation.words}"
            else:
                del self.fields[name]
        if post.conditions:
            self.fields["post_conditions"].help_text = post.conditions
        else:
            del self.fields["post_conditions"]
        if not needs_exam(self.case, self.subject):
            del self.fields["exam"]

    def _by_the_register(self) -> str:
        """What the register answers already: all conditions are met, or which are not and which fact is missing."""
        asked = conditions(self.case.rules, self.case.selection.post, self.today)
        if not asked:
            return ""
        found = [one for one in judged(asked, self.case.file_of(self.subject.person)) if one.verdict is not Verdict.MET]
        told = [
            _("%(condition)s: %(verdict)s") % {"condition": one.says, "verdict": one.verdict.label} for one in found
        ]
        if not told:
            return str(_("By the register every condition is met."))
        return str(
            _("By the register: %(told)s.") % {"told": pgettext("between facts", "; ").join(str(one) for one in told)}
        )
