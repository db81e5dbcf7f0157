"""Posts (职位)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from selection import acts
from selection.enums import Grade, KeyPost, PostClass
from selection.register.models.mandates import every_mandate
from selection.register.models.organisation import Organisation

if TYPE_CHECKING:
    from selection.register.models.tenure import Tenure


@dataclass(frozen=True)
class PostCase:
    """What requirements see of a post: itself and the tenures that have not ended."""

    post: Post
    open_tenures: tuple[Tenure, ...]


class PostQuerySet(models.QuerySet["Post"]):
    def existing(self, on: date) -> PostQuerySet:
        """Posts that are not abolished on that day."""
        return self.filter(Q(abolished_on__isnull=True) | Q(abolished_on__gt=on))

    def with_holders(self, on: date) -> PostQuerySet:
        """Posts with ``holders``: how many people hold the post on that day."""
        held = Q(tenures__from_on__lte=on) & (Q(tenures__until_on__isnull=True) | Q(tenures__until_on__gt=on))
        return self.annotate(holders=Count("tenures", filter=held))


class Post(acts.Subject, models.Model):
    """A post of a unit, with as many seats as people may hold it at once.

    ``key_kind`` says why it is a key post, and is empty where it is none; ``co_manager`` is the party that manages its
    holder jointly (协管方), mostly one outside the county, and so in words, as is ``superior``, without whose approval
    nobody is appointed (须报上级机关审批); no work at the grass roots is asked for a
    special post (特殊岗位).
    """

    organisation_id: int
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, verbose_name=_("Unit of the post"), related_name="posts"
    )
    title = models.CharField(_("Title of the post"), max_length=60)
    grade = models.CharField(_("Grade"), max_length=20, choices=Grade.choices)
    post_class = models.CharField(_("Class of post"), max_length=20, choices=PostClass.choices, default=PostClass.OTHER)
    is_probationary = models.BooleanField(_("Appointment begins with a probation"), default=False)
    seats = models.PositiveSmallIntegerField(_("Seats of the post"), default=1, validators=[MinValueValidator(1)])
    key_kind = models.CharField(_("Key post"), max_length=30, choices=KeyPost.choices, blank=True)
    is_special = models.BooleanField(_("Special post"), default=False)
    superior = models.CharField(_("Superior that approves the appointment"), max_length=80, blank=True)
    co_manager = models.CharField(_("Party that manages it jointly"), max_length=80, blank=True)
    duties = models.TextField(_("Duties of the post"), blank=True)
    standards = models.TextField(_("Ability and qualities that it asks for"), blank=True)
    conditions = models.TextField(_("Conditions of the post"), blank=True)
    abolished_on = models.DateField(_("Abolished on"), null=True, blank=True)

    objects = PostQuerySet.as_manager()

    class Meta:
        ordering = ["organisation__code", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "title"],
                name="one_post_of_a_title_per_unit",
                violation_error_message=_("The unit already has a post of this title."),
            ),
            models.CheckConstraint(condition=Q(seats__gte=1), name="a_post_has_a_seat"),
        ]

    def __str__(self) -> str:
        return self.full_title

    @property
    def full_title(self) -> str:
        """Unit and title in one, as it stands in a document."""
        return f"{self.organisation.short_name}{self.title}"

    def exists_on(self, on: date) -> bool:
        """Whether the post is not abolished on that day."""
        return self.abolished_on is None or on < self.abolished_on

    def streams(self) -> tuple[str, ...]:
        return (f"organisation:{self.organisation_id}",)

    def mandates(self) -> Iterable[int]:
        return every_mandate()

    def case(self) -> PostCase:
        return PostCase(post=self, open_tenures=tuple(self.tenures.filter(until_on__isnull=True)))
