"""Form by which a post is assigned after a competition for a grade (确定具体职位表单)."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from selection.enums import Act, Evidence
from selection.web.forms.act import ActForm, DayField, PaperField, RowField, TextField


class AssignPostForm(ActForm):
    act = Act.ASSIGN_POST
    consequence = _("Nobody is put on notice before. Until then a later decision takes the place of this one.")

    post = RowField(label=_("Post"), help_text=_("Of the posts offered, those with a seat that nobody was assigned."))
    decided_on = DayField(label=_("Decided on"))
    reason = TextField(
        label=_("Why this person gets this post"),
        help_text=_("Place in the competition, quality as a whole, speciality."),
    )
    evidence = PaperField(Evidence.ASSIGNMENT, always=True)

    def first_values(self) -> dict[str, Any]:
        candidacy = self.case.subject
        return {"decided_on": self.today, "post": candidacy.post_id, "reason": candidacy.assignment_reason}

    def prepare(self) -> None:
        posts = [row.post for row in self.case.offered]
        free = [post for post in posts if self.case.taken(post, besides=self.case.subject) < post.seats]
        self.fields["post"].offer(free)  # type: ignore[attr-defined]
