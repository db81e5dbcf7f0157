"""Forms of cases against whoever answers for a nomination (责任追究表单)."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from selection.enums import Act, Evidence, LiabilityBody, LiabilityGround
from selection.models import Nomination
from selection.web.forms.act import ActForm, DayField, EnumField, PaperField, RowField, TextField


class OpenLiabilityForm(ActForm):
    act = Act.OPEN_LIABILITY
    consequence = _("The case stands in the process record; it is then handed to the authority that pursues it.")

    nomination = RowField(label=_("Nomination and who answers for it"))
    ground = EnumField(LiabilityGround, label=_("For what"), widget=forms.RadioSelect)
    facts = TextField(label=_("What happened"))
    evidence = PaperField(Evidence.LIABILITY)

    def prepare(self) -> None:
        rows = [row for row in self.case.nominations if row.first_responsible_id]
        self.fields["nomination"].offer(rows, _who_answers)  # type: ignore[attr-defined]
        grounds: Any = self.fields["ground"]
        named = self.case.rules.value("nomination.liability", tuple(LiabilityGround))
        grounds.choices = [(one.value, one.label) for one in LiabilityGround if one in named]


def _who_answers(row: Nomination) -> str:
    return f"{row.person.name} ← {row.first_responsible.name if row.first_responsible else ''}"


class HandOverLiabilityForm(ActForm):
    act = Act.HAND_OVER_LIABILITY

    handed_to = EnumField(LiabilityBody, label=_("To whom"))
    handed_on = DayField(label=_("Handed over on"))

    def first_values(self) -> dict[str, Any]:
        return {"handed_on": self.today}


class SettleLiabilityForm(ActForm):
    act = Act.SETTLE_LIABILITY

    result = TextField(label=_("What the authority decided"))
    settled_on = DayField(label=_("Decided on"))

    def first_values(self) -> dict[str, Any]:
        return {"settled_on": self.today}
