"""Forms about who is in charge, who keeps out, and important matters (经办、回避、重要情况表单)."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from selection.enums import Act, Matter, Part, Role
from selection.models import Participation
from selection.web.forms.act import ActForm, EnumField, PersonField, RowField, TextField, candidate_label
from selection.web.forms.inspection import account_label, accounts_holding


class AssignOfficerForm(ActForm):
    act = Act.ASSIGN_OFFICER

    part = EnumField(Part, among=[Part.OFFICER, Part.TELLER], label=_("Part"))
    account = RowField(
        label=_("Account"), help_text=_("A case officer for the part of officer, a teller for the part of teller.")
    )

    def first_values(self) -> dict[str, Any]:
        return {"part": Part.OFFICER}

    def prepare(self) -> None:
        eligible = [
            account
            for account in accounts_holding(self.case.selection.mandate_id, self.today, Role.STAFF, Role.TELLER)
            if not self.case.is_apart(account)
        ]
        self.fields["account"].offer(eligible, account_label)  # type: ignore[attr-defined]


class RecusePersonForm(ActForm):
    act = Act.RECUSE_PERSON
    danger = True
    consequence = _("From now on this person sees nothing of the selection and has no part in it.")

    person = PersonField(label=_("Person who keeps out"))
    reason = TextField(label=_("Reason"), rows=3, help_text=_("Such as a close relation to a candidate."))


class DeclareRecusalForm(ActForm):
    act = Act.DECLARE_RECUSAL
    danger = True
    consequence = _(
        "It holds at once: from now on you see nothing of the selection and have no part in it. Only the head of the "
        "department or the secretary can end it."
    )

    reason = TextField(label=_("Reason"), rows=3, help_text=_("Such as your relation to a candidate."))


class EndRecusalForm(ActForm):
    act = Act.END_RECUSAL
    danger = True
    consequence = _("The person sees the selection again; a part that the recusal took away is given anew if needed.")

    recusal = RowField(label=_("Who was recused"))
    reason = TextField(label=_("Why it was an error"), rows=3)

    def prepare(self) -> None:
        standing = [row for row in self.case.participations if row.part == Part.RECUSED and row.until_on is None]
        self.fields["recusal"].offer(standing, recused_label)  # type: ignore[attr-defined]


def recused_label(row: Participation) -> str:
    """How a recusal stands in a list to choose from."""
    who = row.person or row.account
    return str(_("%(who)s (%(how)s)") % {"who": who, "how": row.get_origin_display()}) if row.origin else str(who)


class NoteMatterForm(ActForm):
    act = Act.NOTE_MATTER

    kind = EnumField(Matter, label=_("Which important matter"))
    candidacy = RowField(label=_("Candidate concerned"), required=False)
    cause = TextField(label=_("What happened, and why"))
    result = TextField(label=_("What came of it"), rows=3, required=False)

    def prepare(self) -> None:
        self.fields["candidacy"].offer(self.case.candidacies, candidate_label)  # type: ignore[attr-defined]
