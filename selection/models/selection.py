"""A selection (选任事项): one matter of filling the seats of one post."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils import translation
from django_fsm import RETURN_VALUE, FSMField, transition

from selection import acts, clock
from selection.enums import (
    Act,
    Competition,
    Departure,
    Grade,
    Matter,
    NominationRoute,
    Part,
    Role,
    SelectionKind,
    Stage,
    Trigger,
)
from selection.models.account import Account
from selection.models.batch import Batch
from selection.models.machine import Machine
from selection.models.mandate import Mandate
from selection.register.models import Organisation, Post, Tenure, heads
from selection.roles import in_power
from selection.rulebook import workdays
from selection.rulebook.rules import Rule, Rules

ORDER = [stage.value for stage in Stage]

TEXTS_KEPT = "record.texts_kept"
"""The rule that says for how long texts are kept; sets stored before there was one keep them for good."""


class RuleSet(models.Model):
    """The resolved rules of one body on one day, stored whole; a selection keeps the set it was opened under."""

    digest = models.CharField(max_length=64, unique=True)
    body = models.CharField(max_length=60)
    on = models.DateField()
    content = models.JSONField()

    def __str__(self) -> str:
        return f"{self.body} {self.on}"

    @classmethod
    def keep(cls, rules: Rules) -> RuleSet:
        """The stored set equal to ``rules``, stored now if it is new."""
        kept, _ = cls.objects.get_or_create(
            digest=rules.digest, defaults={"body": rules.body, "on": rules.on, "content": rules.content}
        )
        return kept

    @property
    def rules(self) -> Rules:
        """The rules, read once in each process; a set that somebody altered is read as it stands, every time."""
        if self.digest in _RULES:
            return _RULES[self.digest]
        rules = Rules.load(self.content)
        if rules.digest == self.digest:
            _RULES[self.digest] = rules
        return rules


#: Digest → the rules that it stands for, which never change.
_RULES: dict[str, Rules] = {}


@dataclass(frozen=True)
class GradeSought:
    """A grade that is competed for in one unit (职级竞争); no post is named before it is assigned."""

    organisation: Organisation
    grade: Grade

    def __str__(self) -> str:
        return self.full_title

    @property
    def full_title(self) -> str:
        """As it stands in a document, in official Chinese."""
        with translation.override(settings.LANGUAGE_CODE):
            return f"{self.organisation.short_name}{self.grade.label}职位"


_SEES_ALL = {Role.STAFF, Role.DEPARTMENT_HEAD, Role.SECRETARY, Role.AUDITOR, Role.CLOCK}
#: Rule → the important matter that passing it over is; every other one is noted as "other".
_MATTER_OF = {
    "post.quota": Matter.OVER_QUOTA,
    "motion.freeze": Matter.SUPERIOR_CONSULTED,
}
_ROLE_OF = {Part.TELLER: Role.TELLER, Part.INSPECTOR: Role.INSPECTOR}


class SelectionQuerySet(models.QuerySet["Selection"]):
    def visible_to(self, account: Account, *, taking_part: Iterable[Part] = (Part.TELLER, Part.INSPECTOR)) -> Self:
        """Selections of the account's mandates, without those from which its person is recused.

        A teller or an inspector sees only those in which he or she takes part, and nothing of them where
        ``taking_part`` leaves that part out.
        """
        held: dict[int, set[Role]] = {}
        for role, mandate in account.roles_in_force(clock.today()):
            held.setdefault(mandate, set()).add(role)
        seen = Q(mandate__in=[mandate for mandate, roles in held.items() if roles & _SEES_ALL])
        for part in taking_part:
            if mandates := [mandate for mandate, roles in held.items() if _ROLE_OF[part] in roles]:
                named = self._parts().filter(account=account, part=part, selection__mandate__in=mandates)
                seen |= Q(pk__in=named.values("selection"))
        return self.open_to(account).filter(seen)

    def open_to(self, account: Account) -> Self:
        """Selections from which neither the account nor its person is recused, and in which it is no candidate.

        Whoever shows anything of a selection to anybody asks here, by way of ``visible_to`` or, for those who see only
        what is asked of them, directly.
        """
        who = Q(account=account)
        if account.person_id:
            who |= Q(person_id=account.person_id)
        rows = self.exclude(pk__in=self._parts().filter(who, part=Part.RECUSED).values("selection"))
        return rows.exclude(candidacies__person_id=account.person_id) if account.person_id else rows

    def watched_by(self, account: Account, role: Role) -> Self:
        """Selections of the mandates for which the account holds the role, where it acts without seeing them whole."""
        held = [mandate for one, mandate in account.roles_in_force(clock.today()) if one is role]
        return self.open_to(account).filter(mandate__in=held)

    def _parts(self) -> models.QuerySet[Any]:
        """Parts that somebody has in a selection now."""
        from selection.models.participation import Participation

        return Participation.objects.filter(until_on__isnull=True).order_by()

    def stream_names(self) -> models.QuerySet[Selection, Any]:
        """The names of their streams, as a query."""
        return self.values_list(Concat(Value("selection:"), Cast("pk", models.CharField())), flat=True)

    def whole(self, pk: int, *, also: Iterable[int] = (), on: date | None = None) -> Any:
        """The case: the selection and everything that requirements may see, in a fixed number of queries.

        Posts are counted as they are held ``on`` that day, by default today.
        """
        from selection.models.case import whole

        return whole(pk, also=also, on=on or clock.today())


class Selection(acts.Subject, Machine):
    """One matter of filling posts, from the motion to the end of probation; or of removing one person from a post.

    A removal has the one whom it concerns as its only candidate and is about the ``tenure`` that it would end; it goes
    from the motion straight to the committee.  In a competition for a grade ``post`` is the first of the posts offered,
    which are alike in unit, grade and class.
    """

    kind = models.CharField(max_length=20, choices=SelectionKind.choices, default=SelectionKind.APPOINTMENT)
    tenure = models.ForeignKey(Tenure, models.PROTECT, null=True, blank=True, related_name="+")
    number = models.CharField(max_length=20, unique=True)
    mandate = models.ForeignKey(Mandate, models.PROTECT, related_name="selections")
    batch = models.ForeignKey(Batch, models.PROTECT, null=True, blank=True, related_name="selections")
    post = models.ForeignKey(Post, models.PROTECT, related_name="selections")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="selections")
    rule_set = models.ForeignKey(RuleSet, models.PROTECT, related_name="+")
    stage = FSMField(max_length=20, choices=Stage.choices, default=Stage.MOTION, protected=True)
    seats = models.PositiveSmallIntegerField()
    triggers = ArrayField(models.CharField(max_length=30, choices=Trigger.choices))
    reason = models.TextField()
    source_direction = models.TextField(blank=True)
    team_plan = models.TextField(blank=True)
    competition = models.CharField(max_length=20, choices=Competition.choices, blank=True)
    departure = models.CharField(max_length=20, choices=Departure.choices, blank=True)
    route = models.CharField(max_length=20, choices=NominationRoute.choices, blank=True)
    route_reason = models.TextField(blank=True)
    moved_on = models.DateField(null=True, blank=True)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(Account, models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(Account, models.PROTECT, null=True, blank=True, related_name="+")
    entered_at = models.DateTimeField()
    suspended_at = models.DateTimeField(null=True, blank=True)
    equal_number_reason = models.TextField(blank=True)
    fixing_opinion = models.TextField(blank=True)
    result_reviewed_on = models.DateField(null=True, blank=True)
    report_reviewed_on = models.DateField(null=True, blank=True)
    findings_told_on = models.DateField(null=True, blank=True)
    findings_told_to = models.CharField(max_length=120, blank=True)
    proposal_opinion = models.TextField(blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.TextField(blank=True)
    texts_destroyed_at = models.DateTimeField(null=True, blank=True)

    objects = SelectionQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-pk"]
        indexes = [
            models.Index(fields=["-opened_at", "-id"], name="selection_by_opening"),
            models.Index(fields=["stage", "-opened_at"], name="selection_by_stage"),
            models.Index(fields=["mandate", "-opened_at"], name="selection_by_mandate"),
            models.Index(
                fields=["rule_set", "closed_at"],
                condition=Q(stage=Stage.CLOSED, texts_destroyed_at__isnull=True),
                name="selection_with_texts_kept",
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(seats__gte=1), name="a_selection_fills_at_least_one_seat"),
            models.CheckConstraint(
                condition=Q(kind=SelectionKind.REMOVAL, tenure__isnull=False)
                | Q(kind=SelectionKind.APPOINTMENT, tenure__isnull=True),
                name="only_a_removal_is_about_a_tenure",
            ),
            models.UniqueConstraint(
                fields=["tenure"], condition=Q(closed_at__isnull=True), name="one_running_removal_per_tenure"
            ),
            models.CheckConstraint(
                condition=Q(texts_destroyed_at__isnull=True) | Q(stage=Stage.CLOSED),
                name="texts_are_destroyed_of_a_selection_that_is_closed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.sought}"

    def get_absolute_url(self) -> str:
        return reverse("selection", args=[self.number])

    # the machine
    @transition(field=stage, source=Stage.MOTION, target=RETURN_VALUE(Stage.NOMINATION, Stage.DELIBERATION))
    def approve_motion(self) -> Stage:
        """Nobody is nominated for a removal: it goes to the committee."""
        return Stage.DELIBERATION if self.is_removal else Stage.NOMINATION

    @transition(field=stage, source=Stage.NOMINATION, target=Stage.RECOMMENDATION)
    def open_recommendation(self) -> None: ...

    @transition(field=stage, source=Stage.RECOMMENDATION, target=Stage.INSPECTION)
    def open_inspection(self) -> None: ...

    @transition(field=stage, source=Stage.INSPECTION, target=Stage.DELIBERATION)
    def open_deliberation(self) -> None: ...

    @transition(field=stage, source=Stage.DELIBERATION, target=RETURN_VALUE(Stage.DECIDED, Stage.DELIBERATION))
    def announce_result(self, *, filled: bool) -> Stage:
        """Every seat has its person: decided; otherwise the matter stays with the committee."""
        return Stage.DECIDED if filled else Stage.DELIBERATION

    @transition(field=stage, source=Stage.RECOMMENDATION, target=RETURN_VALUE(Stage.NOMINATION))
    @transition(field=stage, source=Stage.INSPECTION, target=RETURN_VALUE(Stage.NOMINATION, Stage.RECOMMENDATION))
    @transition(
        field=stage,
        source=Stage.DELIBERATION,
        target=RETURN_VALUE(Stage.NOMINATION, Stage.RECOMMENDATION, Stage.INSPECTION),
    )
    @transition(
        field=stage,
        source=Stage.DECIDED,
        target=RETURN_VALUE(Stage.NOMINATION, Stage.RECOMMENDATION, Stage.INSPECTION, Stage.DELIBERATION),
    )
    def return_selection(self, *, stage: Stage) -> Stage:
        return stage

    @transition(field=stage, source=[Stage.DELIBERATION, Stage.DECIDED], target=Stage.DELIBERATION)
    def reconsider_decision(self) -> None: ...

    @transition(field=stage, source=Stage.DECIDED, target=RETURN_VALUE(Stage.DECIDED, Stage.CLOSED))
    def confirm_appointment(self, *, last: bool) -> Stage:
        return Stage.CLOSED if last else Stage.DECIDED

    @transition(field=stage, source=Stage.DECIDED, target=RETURN_VALUE(Stage.DECIDED, Stage.CLOSED))
    def relieve_appointment(self, *, last: bool) -> Stage:
        return Stage.CLOSED if last else Stage.DECIDED

    @transition(field=stage, source=Stage.DECIDED, target=RETURN_VALUE(Stage.DECIDED, Stage.CLOSED))
    def cancel_appointment(self, *, last: bool) -> Stage:
        return Stage.CLOSED if last else Stage.DECIDED

    @transition(field=stage, source=Stage.DECIDED, target=Stage.CLOSED)
    def remove_holder(self) -> None: ...

    @transition(
        field=stage,
        source=[stage for stage in Stage if stage is not Stage.CLOSED],
        target=Stage.CLOSED,
    )
    def end_selection(self) -> None: ...

    @property
    def day_of_motion(self) -> date:
        """The day on which the motion was raised, which may lie before the day on which it was entered here."""
        return self.moved_on or clock.day_of(self.opened_at)

    @property
    def is_removal(self) -> bool:
        return self.kind == SelectionKind.REMOVAL

    @property
    def sought(self) -> Post | GradeSought:
        """What is competed for, as it is named to everybody."""
        if self.competition == Competition.GRADE:
            return GradeSought(self.post.organisation, Grade(self.post.grade))
        return self.post

    # the subject
    @property
    def rules(self) -> Rules:
        kept: Rules | None = self.__dict__.get("_rules")
        if kept is None:
            kept = self.__dict__["_rules"] = self.rule_set.rules
        return kept

    @property
    def texts_kept_until(self) -> datetime | None:
        """When its texts are to be destroyed; None where the rules set no period, or where it has not begun."""
        rule = self.rules.get(TEXTS_KEPT)
        if rule is None or self.closed_at is None:
            return None
        return workdays.ends(rule.value, clock.day_of(self.closed_at)).at

    @property
    def pass_rule(self) -> Rule:
        """By which part of the members somebody passes the vote; older sets of rules have one for all."""
        return self.rules["removal.pass" if self.is_removal and "removal.pass" in self.rules else "ballot.pass"]

    def streams(self) -> tuple[str, ...]:
        return (f"selection:{self.pk}",)

    def mandates(self) -> Iterable[int]:
        return (self.mandate_id,)

    def locked(self) -> Selection:
        rows = Selection.objects.select_for_update(of=("self",)).select_related("rule_set", "post")
        return rows.defer("rule_set__content").get(pk=self.pk)

    def case(self) -> Any:
        return Selection.objects.whole(self.pk)

    def case_for(self, given: Mapping[str, Any], at: datetime) -> Any:
        person, unit = given.get("person"), given.get("unit")
        case: Any = Selection.objects.whole(self.pk, also=[person.pk] if person else [], on=clock.day_of(at))
        if given.get("source") and "nomination.first_responsible" in case.rules:
            units = [case.selection.mandate.department_id, *([unit.pk] if unit else [])]
            case.heads = heads(units, given.get("proposed_on") or clock.day_of(at))
        return case

    def basis(self) -> str:
        return self.rule_set.digest

    def matter(self) -> str:
        return f"selection:{self.pk}"

    def hides_from(self, actor: acts.Actor) -> bool:
        """Recused persons and candidates see nothing of the matter."""
        return not Selection.objects.open_to(actor).filter(pk=self.pk).exists()  # type: ignore[arg-type]

    def admits(self, act: Act, actor: acts.Actor, role: Role, at: datetime) -> bool:
        """A teller or an inspector acts only where he or she was named, a member where the committee is to decide.

        The secretary has the powers that the rules of the selection name, and where they name none every one.
        """
        if role is Role.SECRETARY:
            return in_power(act, self.rules.value("secretary.powers"))
        if role is Role.MEMBER:
            person = getattr(actor, "person_id", None)
            return self.agenda_items.filter(
                Q(meeting__body__seats__until_on__isnull=True)
                | Q(meeting__body__seats__until_on__gte=clock.day_of(at)),
                meeting__body__seats__person=person,
            ).exists()
        part = next((part for part, needed in _ROLE_OF.items() if needed is role), None)
        if part is None:
            return True
        return self.participations.filter(account_id=actor.pk, part=part, until_on__isnull=True).exists()

    def passed_over(
        self, act: Act, requirement: acts.Requirement, reason: str, *, actor: acts.Actor, at: datetime
    ) -> Sequence[models.Model]:
        """A requirement passed with a reason is an important matter, of the kind that its rule is about."""
        from selection.models.matter import ImportantMatter

        with translation.override(settings.LANGUAGE_CODE):
            rule = requirement.citation.label if requirement.citation else ""
            cause = f"{rule} {requirement.says}".strip()
        return [
            ImportantMatter.objects.create(
                selection=self,
                kind=_MATTER_OF.get(requirement.rule, Matter.OTHER),
                noted_at=at,
                cause=cause,
                result=reason,
                rule=requirement.rule or act.value,
                act=act,
                noted_by_id=actor.pk,
            )
        ]

    def is_at(self, *stages: Stage) -> bool:
        return self.stage in stages

    def stands_before(self, stage: Stage) -> bool:
        return ORDER.index(self.stage) < ORDER.index(stage.value)

    def enter(self, at: datetime, *, returned: bool = False, reopened: bool = False) -> None:
        """Note that the stage in ``stage`` was entered; the visit before ends."""
        self.visits.filter(left_at__isnull=True).update(left_at=at)
        StageVisit.objects.create(selection=self, stage=self.stage, entered_at=at, returned=returned, reopened=reopened)
        self.entered_at = at
        if self.stage == Stage.CLOSED:
            self.closed_at = at
        self.save()


class OfSelection(acts.Subject):
    """A subject that belongs to one selection: its stream, rules, permissions and lock are the selection's."""

    selection: Selection
    selection_id: int

    def streams(self) -> tuple[str, ...]:
        return (f"selection:{self.selection_id}",)

    def mandates(self) -> Iterable[int]:
        return self.selection.mandates()

    def locked(self) -> Any:
        selection = Selection(pk=self.selection_id).locked()
        row = super().locked()
        row.selection = selection
        return row

    def case(self) -> Any:
        case = self.selection.case()
        case.subject = self
        return case

    def case_for(self, given: Mapping[str, Any], at: datetime) -> Any:
        case = self.selection.case_for(given, at)
        case.subject = self
        return case

    def basis(self) -> str:
        return self.selection.basis()

    def matter(self) -> str:
        return f"selection:{self.selection_id}"

    def hides_from(self, actor: acts.Actor) -> bool:
        return self.selection.hides_from(actor)

    def passed_over(
        self, act: Act, requirement: acts.Requirement, reason: str, *, actor: acts.Actor, at: datetime
    ) -> Sequence[models.Model]:
        return self.selection.passed_over(act, requirement, reason, actor=actor, at=at)

    def admits(self, act: Act, actor: acts.Actor, role: Role, at: datetime) -> bool:
        return self.selection.admits(act, actor, role, at)


class StageVisit(models.Model):
    """One stay of a selection in a stage (环节起止).

    ``returned``: the stage is gone through anew.  ``reopened``: the stay before goes on, to reconsider what it decided.
    """

    selection = models.ForeignKey(Selection, models.CASCADE, related_name="visits")
    stage = models.CharField(max_length=20, choices=Stage.choices)
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)
    returned = models.BooleanField(default=False)
    reopened = models.BooleanField(default=False)

    class Meta:
        ordering = ["entered_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["selection"], condition=Q(left_at__isnull=True), name="a_selection_is_in_one_stage"
            )
        ]

    def __str__(self) -> str:
        return f"{self.selection_id} {self.stage}"
