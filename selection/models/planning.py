"""What stands before nomination: the plan with the answer from above, and the posts made public (方案、职位公告)."""

from django.db import models
from django.db.models import Q

from selection.enums import PlanOutcome
from selection.models.account import Account
from selection.models.document import Document
from selection.models.selection import OfSelection, Selection
from selection.register.models import Post


class Plan(OfSelection, models.Model):
    """The plan of a selection as it was handed in above, with the number of free posts confirmed for it (实施方案)."""

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="plans")
    superior = models.CharField(max_length=80)
    document = models.ForeignKey(Document, models.PROTECT, related_name="+")
    submitted_on = models.DateField()
    submitted_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField()
    quota_confirmed = models.PositiveSmallIntegerField(null=True, blank=True)
    quota_confirmed_on = models.DateField(null=True, blank=True)
    quota_document = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")
    outcome = models.CharField(max_length=20, choices=PlanOutcome.choices, blank=True)
    answered_on = models.DateField(null=True, blank=True)
    answer = models.TextField(blank=True)
    answer_document = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["submitted_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(outcome="", answered_on__isnull=True, answered_at__isnull=True)
                | (~Q(outcome="") & Q(answered_on__isnull=False, answered_at__isnull=False)),
                name="a_plan_is_answered_on_a_day_or_not_at_all",
            ),
            models.UniqueConstraint(
                fields=["selection"], condition=~Q(outcome=PlanOutcome.RETURNED), name="one_plan_that_was_not_returned"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.selection_id} {self.submitted_on}"


class Announcement(models.Model):
    """The post made public before anybody is recommended for it, so that everybody knows what is asked (职位公告)."""

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="announcements")
    published_on = models.DateField()
    posts = models.CharField(max_length=120)
    seats = models.PositiveSmallIntegerField()
    conditions = models.TextField(blank=True)
    scope = models.TextField(blank=True)
    procedure = models.TextField(blank=True)
    published_at = models.DateTimeField()

    class Meta:
        ordering = ["published_at", "pk"]
        constraints = [models.CheckConstraint(condition=Q(seats__gte=1), name="an_announcement_is_of_a_seat")]

    def __str__(self) -> str:
        return f"{self.selection_id} {self.published_on}"


class OfferedPost(models.Model):
    """One of the posts that a competition for a grade is about; which of them somebody gets is decided afterwards."""

    selection = models.ForeignKey(Selection, models.PROTECT, related_name="offered")
    post = models.ForeignKey(Post, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["selection", "post"], name="a_post_is_offered_once")]

    def __str__(self) -> str:
        return f"{self.selection_id} {self.post}"
