"""Forms for the audit package of a ballot (审计包表单)."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from selection.enums import Act
from selection.web.forms.act import ActForm, TextField


class RequestRecountForm(ActForm):
    act = Act.REQUEST_RECOUNT
    consequence = _(
        "The secretary or the head of the organisation department has to agree; then you can fetch the package until"
        " the period for objections is over. Every download is recorded."
    )

    reason = TextField(label=_("Reason"), rows=3)

    def next_url(self, result: Any) -> str:
        return reverse("recount", args=[self.subject.pk])


class AgreeRecountForm(ActForm):
    act = Act.AGREE_RECOUNT
    consequence = _("The auditor who asked can fetch whole ballot sheets, without names. Every download is recorded.")

    def next_url(self, result: Any) -> str:
        return reverse("recount", args=[self.subject.round_id])


class RefuseRecountForm(ActForm):
    act = Act.REFUSE_RECOUNT
    consequence = _(
        "The package is not handed out. The auditor who asked reads who refused and why, and may ask again."
    )

    reason = TextField(label=_("Reason"), rows=3)

    def next_url(self, result: Any) -> str:
        return reverse("recount", args=[self.subject.round_id])
