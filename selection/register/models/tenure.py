"""Who holds which post from when until when (任职)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from selection.enums import PostClass
from selection.register.models.person import Person
from selection.register.models.post import Post


class TenureQuerySet(models.QuerySet["Tenure"]):
    def held(self, on: date) -> TenureQuerySet:
        """Tenures that run on that day."""
        return self.filter(Q(until_on__isnull=True) | Q(until_on__gt=on), from_on__lte=on)


class Tenure(models.Model):
    """A person holds a post from ``from_on`` until ``until_on``, the day of being relieved, no longer counted."""

    person_id: int
    post_id: int
    person = models.ForeignKey(Person, models.PROTECT, related_name="tenures")
    post = models.ForeignKey(Post, models.PROTECT, verbose_name=_("Post"), related_name="tenures")
    from_on = models.DateField(_("Held from"))
    until_on = models.DateField(_("Relieved on"), null=True, blank=True)
    on_probation = models.BooleanField(_("On probation"), default=False)
    is_grassroots = models.BooleanField(_("Work at the grass roots"), null=True, blank=True)  # None: nobody has said
    is_seconded = models.BooleanField(_("On secondment"), default=False)
    basis = models.CharField(_("Document number"), max_length=60, blank=True)

    objects = TenureQuerySet.as_manager()

    class Meta:
        ordering = ["from_on", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gte=F("from_on")),
                name="a_tenure_ends_after_it_begins",
                violation_error_message=_("A tenure cannot end before it begins."),
            ),
            models.UniqueConstraint(
                fields=["person", "post"],
                condition=Q(until_on__isnull=True),
                name="one_open_tenure_per_person_and_post",
                violation_error_message=_("The person already holds this post."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.post} {self.from_on}"

    def runs_on(self, on: date) -> bool:
        """Whether the post is held on that day."""
        return self.from_on <= on and (self.until_on is None or on < self.until_on)

    def overlaps(self, from_on: date, until_on: date | None) -> bool:
        """Whether there is a day both in this tenure and in the one given."""
        return (until_on is None or self.from_on < until_on) and (self.until_on is None or from_on < self.until_on)


def heads(organisations: Iterable[int], on: date) -> dict[int, list[Person]]:
    """Unit → who holds a chief's post there on that day.  One query."""
    held = Tenure.objects.held(on).filter(post__organisation__in=list(organisations), post__post_class=PostClass.CHIEF)
    found: dict[int, list[Person]] = {}
    for tenure in held.select_related("person", "post").order_by("pk"):
        found.setdefault(tenure.post.organisation_id, []).append(tenure.person)
    return found


def most_at_once(tenures: Iterable[tuple[date, date | None]]) -> int:
    """How many of the tenures (from, until) run on the day on which most of them do."""
    changes = []
    for from_on, until_on in tenures:
        changes.append((from_on, 1))
        changes.append((until_on or date.max, -1))
    most = held = 0
    for _day, change in sorted(changes):  # on one day the end of one comes before the beginning of the next
        held += change
        most = max(most, held)
    return most
