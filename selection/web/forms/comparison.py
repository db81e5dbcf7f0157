"""Form by which a candidate is compared with the others (人选比较表单)."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from selection.enums import Act, Aspect
from selection.web.forms.act import ActForm, TextField


class CompareCandidateForm(ActForm):
    act = Act.COMPARE_CANDIDATE
    consequence = _("What is written here stands beside the other candidates; a later comparison takes its place.")

    post_needs = TextField(label=Aspect.POST_NEEDS.label, rows=3)
    achievements = TextField(label=Aspect.ACHIEVEMENTS.label, rows=3)
    appraisals = TextField(label=Aspect.APPRAISALS.label, rows=3)
    potential = TextField(label=Aspect.POTENTIAL.label, rows=3)
    virtue = TextField(label=Aspect.VIRTUE.label, rows=3)
    support = TextField(label=Aspect.SUPPORT.label, rows=3)
    personality = TextField(label=Aspect.PERSONALITY.label, rows=3)
    fit = TextField(label=Aspect.FIT.label, rows=3)
    duties = TextField(label=Aspect.DUTIES.label, rows=3)
    tasks = TextField(label=Aspect.TASKS.label, rows=3)
    events = TextField(label=Aspect.EVENTS.label, rows=3)
    moments = TextField(label=Aspect.MOMENTS.label, rows=3)
    gain = TextField(label=Aspect.GAIN.label, rows=3)

    def first_values(self) -> dict[str, Any]:
        return {row.aspect: row.judgement for row in self.case.compared(self.case.subject, self.case.selection.stage)}

    def prepare(self) -> None:
        rule = self.case.comparing
        for aspect in set(Aspect.values) - set(rule.value if rule else ()):
            del self.fields[aspect]
