"""Forms of the motion (动议表单)."""

from collections import Counter
from datetime import timedelta
from itertools import groupby
from typing import Any

from django import forms
from django.db.models import Prefetch
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from selection.enums import Act, Competition, Departure, Trigger
from selection.register.models import Post, Tenure
from selection.web.forms.act import (
    ActForm,
    DayField,
    EnumField,
    EnumsField,
    RowField,
    RowsField,
    TextField,
    UploadField,
)


class FreezeMotionsForm(ActForm):
    act = Act.FREEZE_MOTIONS
    consequence = _("Until the freeze is lifted no selection can be opened without written approval from above.")

    ground = TextField(
        label=_("Ground"),
        rows=3,
        help_text=_("Such as a reform of institutions, or that the secretary is known to be transferred soon."),
    )
    from_on = DayField(label=_("Frozen from"))

    def first_values(self) -> dict[str, Any]:
        return {"from_on": self.today}


class LiftFreezeForm(ActForm):
    act = Act.LIFT_FREEZE

    reason = TextField(label=_("Why the freeze ends"), rows=3)


class OpenBatchForm(ActForm):
    act = Act.OPEN_BATCH
    consequence = _("Selections are then opened in it, one for each post.")

    title = forms.CharField(
        label=_("Name of the batch"), max_length=80, help_text=_("Such as: heads of county institutions, second half.")
    )
    grounds = TextField(label=_("Why these posts are filled now"), rows=4)

    def next_url(self, result: Any) -> str:
        return reverse("batch", args=[result.pk])


class OpenSelectionForm(ActForm):
    """The post has a free seat, or a holder who is to leave; of the unit's quota the requirements speak."""

    act = Act.OPEN_SELECTION
    consequence = _("The selection gets its number and keeps the rules that are in force today to its end.")

    post = RowField(
        label=_("Post to be filled"),
        help_text=_(
            "Posts with a free seat come first, by unit. Below them stand posts that are held: their holder must be"
            " removed by the same decision or have left before anybody is appointed."
        ),
    )
    departure = EnumField(
        Departure,
        label=_("How the present holder leaves"),
        choices=[("", "—"), *Departure.choices],
        widget=forms.Select,
        required=False,
        help_text=_("Only for a post that is held now."),
    )
    competition = EnumField(
        Competition,
        label=_("What is competed for"),
        required=False,
        help_text=_(
            "For a grade only grade and number are made public; which post somebody gets is decided after the vote."
        ),
    )
    posts = RowsField(
        label=_("Posts that are offered"),
        required=False,
        help_text=_("Where a grade is competed for: all of them, the post above included."),
    )
    seats = forms.IntegerField(label=_("Number of persons to be appointed"), min_value=1, max_value=20, initial=1)
    triggers = EnumsField(Trigger, label=_("What starts the motion"))
    reason = TextField(label=_("Reason for the motion"))
    moved_on = DayField(
        label=_("Day of the motion"),
        required=False,
        help_text=_("Where it was raised earlier, that day; the day of entry is kept beside it."),
    )
    source_direction = TextField(
        label=_("Where candidates may come from"),
        rows=2,
        required=False,
        help_text=_("Such as: deputy section heads of county units and townships."),
    )
    team_plan = TextField(
        label=_("Plan of adjusting the leading body"),
        rows=1,
        required=False,
        help_text=_("Its title or number, where the motion follows one; nominations are weighed against it."),
    )
    batch = RowField(label=_("Batch"), required=False, help_text=_("Where several posts are filled together."))
    superior_approval = UploadField(
        label=_("Written approval of the superior organisation department"),
        required=False,
        help_text=_("Needed only while motions are frozen.  PDF, OFD, DOCX, JPEG or PNG, at most 20 MB."),
    )

    def first_values(self) -> dict[str, Any]:
        return {"moved_on": self.today}

    def prepare(self) -> None:
        lately = self.case.mandate.batches.filter(opened_at__gte=self.at - timedelta(days=366))
        self.fields["batch"].offer(lately)  # type: ignore[attr-defined]
        held = Tenure.objects.held(self.today).select_related("person").order_by("pk")
        posts: list[Any] = list(
            Post.objects.existing(self.today)
            .with_holders(self.today)
            .filter(grade__in=self.case.mandate.grades)
            .select_related("organisation")
            .prefetch_related(Prefetch("tenures", held, to_attr="running"))
            .order_by("organisation__code", "pk")
        )
        vacant = [post for post in posts if post.holders < post.seats]
        occupied = [post for post in posts if post.holders >= post.seats]
        modes = self.case.rules.value("post.competition_mode", ())
        if modes:
            kinds = Counter((row.organisation_id, row.grade, row.post_class) for row in vacant)
            alike = [row for row in vacant if kinds[row.organisation_id, row.grade, row.post_class] > 1]
            self.fields["posts"].offer(alike)  # type: ignore[attr-defined]
            self.fields["competition"].required = True
        else:
            del self.fields["posts"], self.fields["competition"]
        chooser: RowField = self.fields["post"]  # type: ignore[assignment]
        chooser.offer(posts)
        chooser.choices = [
            ("", "—"),
            *(
                (unit, [(str(post.pk), post.full_title) for post in of_unit])
                for unit, of_unit in groupby(vacant, key=lambda post: post.organisation.short_name)
            ),
            *(
                (_("Held now: %(unit)s") % {"unit": unit}, [(str(post.pk), _held_by(post)) for post in of_unit])
                for unit, of_unit in groupby(occupied, key=lambda post: post.organisation.short_name)
            ),
        ]

    def next_url(self, result: Any) -> str:
        return reverse("selection", args=[result.number])


def _held_by(post: Any) -> str:
    names = "、".join(tenure.person.name for tenure in post.running)
    return _("%(post)s (held by %(names)s, who must be removed or leave first)") % {
        "post": post.full_title,
        "names": names,
    }


class OpenRemovalForm(ActForm):
    """Whoever holds a post that is decided under this mandate may be moved to be removed from it."""

    act = Act.OPEN_REMOVAL
    consequence = _(
        "The removal gets its number and keeps the rules that are in force today. Once the secretary agrees it goes to"
        " the committee; nobody is nominated for it."
    )

    tenure = RowField(label=_("Who is to be removed from which post"))
    triggers = EnumsField(Trigger, label=_("What starts the motion"))
    reason = TextField(label=_("Reason for the removal"))
    moved_on = DayField(
        label=_("Day of the motion"),
        required=False,
        help_text=_("Where it was raised earlier, that day; the day of entry is kept beside it."),
    )
    batch = RowField(label=_("Batch"), required=False, help_text=_("Where several posts are filled together."))
    superior_approval = UploadField(
        label=_("Written approval of the superior organisation department"),
        required=False,
        help_text=_("Needed only while motions are frozen.  PDF, OFD, DOCX, JPEG or PNG, at most 20 MB."),
    )

    def first_values(self) -> dict[str, Any]:
        return {"moved_on": self.today}

    def prepare(self) -> None:
        lately = self.case.mandate.batches.filter(opened_at__gte=self.at - timedelta(days=366))
        self.fields["batch"].offer(lately)  # type: ignore[attr-defined]
        triggers: Any = self.fields["triggers"]
        triggers.choices = [(value, label) for value, label in Trigger.choices if value != Trigger.VACANCY]
        held = list(
            Tenure.objects.held(self.today)
            .filter(post__grade__in=self.case.mandate.grades)
            .select_related("person", "post__organisation")
            .order_by("post__organisation__code", "post", "pk")
        )
        chooser: RowField = self.fields["tenure"]  # type: ignore[assignment]
        chooser.offer(held)
        chooser.choices = [
            ("", "—"),
            *(
                (unit, [(str(row.pk), f"{row.person.name}（{row.post.full_title}）") for row in rows])
                for unit, rows in groupby(held, key=lambda row: row.post.organisation.short_name)
            ),
        ]

    def next_url(self, result: Any) -> str:
        return reverse("selection", args=[result.number])


class ApproveMotionForm(ActForm):
    act = Act.APPROVE_MOTION
    consequence = _("Nomination opens.")

    opinion = TextField(label=_("Opinion"), rows=3, required=False)

    def prepare(self) -> None:
        if self.case.selection.is_removal:
            self.consequence = _("The removal goes to the committee.")  # type: ignore[misc]
