"""Mandates (干部管理权限): which body decides on which posts, and who holds which role there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from selection import acts, clock
from selection.enums import Grade, Role
from selection.models.account import Account, Apart
from selection.models.body import Body
from selection.register.models import Organisation, Post, Vacancy, vacancies
from selection.rulebook.rules import Rules, in_force


@dataclass(frozen=True)
class Promise:
    """What one running selection is to fill of a post with so many places and holders, and who must not know of it."""

    post: int
    places: int
    holders: int
    departs: bool
    wanted: int
    apart: Apart


class Promised:
    """What running selections are to fill in one unit and grade.

    ``seats`` is what they need of the quota; a seat whose holder is to leave for it is counted with that holder.
    ``at`` has, for each post, how many seats they are to fill and how many holders leave for them.  Free places of a
    post are for the selections that count on nobody's leaving.
    """

    def __init__(self, promises: Iterable[Promise] = ()) -> None:
        self.promises = sorted(promises, key=lambda promise: promise.departs)
        self.seats, self.at = 0, dict[int, tuple[int, int]]()
        for one in self.promises:
            filling, gone = self.at.get(one.post, (0, 0))
            leaving = self.leaving(one.post, one.places, one.holders, one.wanted) if one.departs else 0
            self.at[one.post] = (filling + one.wanted, gone + leaving)
            self.seats += one.wanted - leaving

    def known_to(self, account: Account) -> Promised:
        """The same without the selections from which the account keeps out: to count them would tell of them."""
        return Promised(one for one in self.promises if not one.apart.has(account))

    def leaving(self, post: int, places: int, holders: int, wanted: int) -> int:
        """How many more holders have to leave before so many seats of a post with so many places can be filled."""
        filling, gone = self.at.get(post, (0, 0))
        return max(0, min(holders + filling - gone + wanted - places, holders - gone, wanted))


@dataclass
class MandateCase:
    """What requirements see before a selection exists: the mandate, today's rules, and the numbers of the post.

    ``holders`` has the post today, ``holders_then`` had it on the day that a motion claims; ``free_seats`` are those of
    each post offered where a grade is competed for; ``cases`` are those of the selections that a sitting is to nominate
    for.
    """

    mandate: Mandate
    rules: Rules
    freezes: list[Freeze] = field(default_factory=list)
    vacancy: Vacancy = field(default_factory=Vacancy)
    promised: Promised = field(default_factory=Promised)
    holders: int = 0
    holders_then: int = 0
    free_seats: dict[int, int] = field(default_factory=dict)
    cases: list[Any] = field(default_factory=list)

    @property
    def freeze(self) -> Freeze | None:
        return next((freeze for freeze in self.freezes if freeze.lifted_on is None), None)

    def freeze_on(self, *days: date) -> Freeze | None:
        """The freeze that ran on any of these days."""
        return next((freeze for day in days for freeze in self.freezes if freeze.runs_on(day)), None)


class Mandate(acts.Subject, models.Model):
    """A body with a class of posts; guardian's permissions, one per act, are given on these rows (``roles.grant``)."""

    code = models.SlugField(max_length=40, unique=True)
    title = models.CharField(max_length=80)
    body = models.ForeignKey(Body, models.PROTECT)
    department = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    rulebook = models.CharField(max_length=60)
    grades = ArrayField(models.CharField(max_length=20, choices=Grade.choices))

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return self.title

    @property
    def organisation_id(self) -> int:
        return self.body.organisation_id

    def streams(self) -> tuple[str, ...]:
        return self.body.streams()

    def mandates(self) -> list[int]:
        return [self.pk]

    def locked(self) -> Mandate:
        return (
            Mandate.objects.select_for_update(of=("self",))
            .select_related("body__organisation", "department")
            .get(pk=self.pk)
        )

    def case(self) -> MandateCase:
        return self.case_for({}, clock.now())

    def case_for(self, given: Mapping[str, Any], at: datetime) -> MandateCase:
        from selection.models.case import of_sittings, promised

        day = clock.day_of(at)
        case = MandateCase(mandate=self, rules=in_force(self.rulebook, day), freezes=list(self.freezes.all()))
        post = given.get("post")
        if post is not None:
            case.vacancy = vacancies(post.organisation, post.grade, day)
            case.promised = promised(post.organisation, post.grade)
            case.holders = post.tenures.held(day).count()
            if claimed := given.get("moved_on"):
                case.holders_then = post.tenures.held(claimed).count()
        if (unit := given.get("unit")) and (grade := given.get("grade")):
            case.vacancy = vacancies(unit, grade, day)
        if offered := given.get("posts"):
            rows: Any = Post.objects.with_holders(day).filter(pk__in=[row.pk for row in offered])
            case.free_seats = {row.pk: row.seats - row.holders for row in rows}
        if given.get("selections"):
            case.cases = of_sittings([row.pk for row in given["selections"]], before=True)
        return case

    def covers(self, grade: str) -> bool:
        """Whether posts of this grade are decided under this mandate."""
        return grade in self.grades


class Holding(models.Model):
    """A role that an account holds for a mandate, with dates."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="holdings")
    mandate = models.ForeignKey(Mandate, models.PROTECT, related_name="holdings")
    role = models.CharField(max_length=20, choices=Role.choices)
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["account", "role"]
        constraints = [
            models.UniqueConstraint(
                fields=["account", "mandate", "role"],
                condition=Q(until_on__isnull=True),
                name="one_open_holding_per_account_mandate_and_role",
            ),
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gte=F("from_on")),
                name="a_holding_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account}: {self.get_role_display()}"


class Freeze(models.Model):
    """A time in which no motion may be raised: at a reorganisation, or before the secretary leaves (附件2 第十条)."""

    mandate = models.ForeignKey(Mandate, models.PROTECT, related_name="freezes")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="+")
    ground = models.TextField()
    from_on = models.DateField()
    lifted_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["mandate"], condition=Q(lifted_on__isnull=True), name="one_open_freeze_per_mandate"
            )
        ]

    def __str__(self) -> str:
        return f"{self.mandate}: {self.from_on}"

    def runs_on(self, day: date) -> bool:
        """Whether motions were frozen on that day; on the day on which it is lifted they are not."""
        return self.from_on <= day and (self.lifted_on is None or day < self.lifted_on)
