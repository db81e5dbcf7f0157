"""Forms of the scrutineers (监票表单)."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from selection.enums import Act
from selection.web.forms.act import ActForm


class CheckBoxForm(ActForm):
    act = Act.CHECK_BOX
    consequence = _("The record says that you have seen the box empty and compared its characters.")

    def next_url(self, result: Any) -> str:
        return reverse("scrutiny", args=[self.subject.poll.item.meeting_id])


class AgreeClosingForm(ActForm):
    act = Act.AGREE_CLOSING
    consequence = _("Whoever presides can close the ballot; after that no more ballots can be cast.")

    def next_url(self, result: Any) -> str:
        return reverse("scrutiny", args=[self.subject.poll.item.meeting_id])
