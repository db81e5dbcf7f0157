"""The form by which a restored backup is reported (恢复旧备份表单)."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from selection.enums import Act
from selection.models import Recovery
from selection.web.forms.act import ActForm, TextField


class ProposeRecoveryForm(ActForm):
    act = Act.PROPOSE_RECOVERY
    consequence = _("What is lost is reckoned from the checkpoint; somebody else has to confirm it.")

    note = TextField(
        label=_("The last checkpoint that was seen outside this site"),
        help_text=_(
            "Paste the whole text, from the line with the name of the record to the line with the signature. The"
            " notary's machine prints its last one with --last."
        ),
        rows=6,
    )
    reason = TextField(label=_("What happened"), help_text=_("Which backup was restored, why, and by whom."))

    def clean_note(self) -> str:
        """As it was copied: browsers send other line ends, and people leave out the last one."""
        return "{}\n".format(self.cleaned_data["note"].replace("\r\n", "\n").strip())

    def next_url(self, result: Recovery) -> str:
        return reverse("recovery")


class ConfirmRecoveryForm(ActForm):
    act = Act.CONFIRM_RECOVERY
    consequence = _(
        "The record then names you both, the checkpoint and what is lost, and the notary's successor can be started on"
        " its machine."
    )

    def next_url(self, result: Recovery) -> str:
        return reverse("recovery")
