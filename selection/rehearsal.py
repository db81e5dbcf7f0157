"""A selection that is made up: what it would be asked for at each stage, by the rules of a body (预演).

Nothing is read from the register and nothing is written.  The rows of the case are made in memory, each stage with what
the stages before it leave and with nothing of its own, and the same requirements are asked as of a real selection.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from selection import acts, clock
from selection.acts import Requirement
from selection.enums import (
    Act,
    AppointmentState,
    BodyKind,
    CandidacyState,
    Competition,
    ConsultationLevel,
    Grade,
    NominationRoute,
    NominationSource,
    PlanOutcome,
    PostClass,
    Stage,
    Trigger,
    UnitKind,
)
from selection.models import (
    Account,
    AgendaItem,
    Announcement,
    Appointment,
    Body,
    Candidacy,
    Mandate,
    Meeting,
    Plan,
    Selection,
    StageVisit,
)
from selection.models.case import Case
from selection.models.mandate import MandateCase
from selection.models.route import ROUTES, open_routes
from selection.register.models import Organisation, Person, Post, Vacancy
from selection.rulebook import workdays
from selection.rulebook.rules import Rules

_COMMITTEE = Organisation(pk=-1, name="预演党委", short_name="预演党委", kind=UnitKind.COMMITTEE)
_UNIT = Organisation(pk=-2, name="预演单位", short_name="预演单位", kind=UnitKind.GOVERNMENT_ORGAN)
_BODY = Body(pk=-1, organisation=_COMMITTEE, kind=BodyKind.STANDING_COMMITTEE, title="预演党委")
_GRADES = [Grade.TOWNSHIP_CHIEF, Grade.TOWNSHIP_DEPUTY]


@dataclass(frozen=True)
class Asked:
    """An act and what the rules ask before it."""

    act: Act
    requirements: list[Requirement]


@dataclass(frozen=True)
class Made:
    """Of what the made-up selection is: a chief's post or another, so many seats, begun at this time."""

    rules: Rules
    post_class: PostClass
    seats: int
    at: datetime

    @property
    def post(self) -> Post:
        grade = Grade.TOWNSHIP_CHIEF if self.post_class == PostClass.CHIEF else Grade.TOWNSHIP_DEPUTY
        return Post(
            pk=-1,
            organisation=_UNIT,
            title="预演职位",
            grade=grade,
            post_class=self.post_class,
            seats=self.seats,
            is_probationary=True,
        )

    @property
    def mandate(self) -> Mandate:
        return Mandate(pk=-1, title="预演", body=_BODY, department=_COMMITTEE, grades=_GRADES)

    @property
    def route(self) -> str:
        """How a chief is usually nominated by these rules: from a list, where they have one."""
        routes = open_routes(self.rules, PostClass.CHIEF) if self.post_class == PostClass.CHIEF else []
        listed = [one for one in routes if ROUTES[one].ratio and ROUTES[one].flag is None]
        return next(iter([*listed, *routes]), "")

    def at_stage(self, stage: Stage, state: CandidacyState = CandidacyState.NOMINATED, people: int = 0) -> Case:
        """The selection as it enters the stage, with so many candidates in this state."""
        selection = Selection(
            pk=-1,
            number="—",
            mandate=self.mandate,
            post=self.post,
            organisation=_UNIT,
            stage=stage,
            seats=self.seats,
            triggers=[Trigger.VACANCY],
            reason="预演",
            route=self.route if stage != Stage.NOMINATION else "",
            approved_at=self.at,
        )
        case = Case(selection=selection, rules=self.rules, vacancy=Vacancy(approved=self.seats))
        case.visits = [StageVisit(stage=stage, entered_at=self.at)]
        case.people = {-nth: person(nth) for nth in range(1, people + 1)}
        case.candidacies = [
            Candidacy(pk=one.pk, selection=selection, person=one, state=state, reason="预演")
            for one in case.people.values()
        ]
        if stage not in (Stage.MOTION, Stage.NOMINATION):
            case.plans = [Plan(pk=-1, submitted_on=clock.day_of(self.at), outcome=PlanOutcome.APPROVED)]
            case.announcements = [Announcement(pk=-1, published_on=clock.day_of(self.at), conditions="预演")]
        return case

    def appointed(self, state: AppointmentState) -> Case:
        """The selection as the appointment of its first candidate sees it."""
        case = self.at_stage(Stage.DECIDED, CandidacyState.PASSED, self.seats)
        today = clock.day_of(self.at)
        notice = workdays.ends(self.rules["notice.length"].value, today)
        done = state != AppointmentState.ON_NOTICE
        case.subject = Appointment(
            pk=-1,
            selection=case.selection,
            candidacy=case.candidacies[0],
            person=case.candidacies[0].person,
            state=state,
            notice_at=self.at,
            notice_ends_at=notice.at,
            cleared_at=self.at if done else None,
            published_on=today if state == AppointmentState.APPOINTED else None,
            probation_ends_at=workdays.ends(self.rules["probation.length"].value, today).at,
        )
        case.appointments = [case.subject]
        return case


def person(nth: int) -> Person:
    """Somebody of whom the register knows nothing yet."""
    name = f"预演人选{nth}"
    return Person(pk=-nth, name=name, organisation=_UNIT, stroke_key=f"{nth:03}")


def walk(made: Made, *, actor: Account) -> dict[Stage, list[Asked]]:
    """Stage → its acts in their order, each with what the rules ask before it.  Asks no database."""
    return {stage: list(_asked(made, steps(made), actor)) for stage, steps in _STATIONS.items()}


Step = tuple[Act, Any, dict[str, Any]]


def _asked(made: Made, steps: Iterator[Step], actor: Account) -> Iterator[Asked]:
    for act, case, given in steps:
        told: dict[tuple[str, str], Requirement] = {}
        for requirement in acts.requirements(act, case, actor=actor, at=made.at, **given):
            if requirement.citation is not None:
                told.setdefault((str(requirement.says), requirement.rule), replace(requirement, observed=None))
        if told:
            yield Asked(act, list(told.values()))


def _motion(made: Made) -> Iterator[Step]:
    case = MandateCase(mandate=made.mandate, rules=made.rules, vacancy=Vacancy(approved=made.seats))
    yield Act.OPEN_SELECTION, case, {"triggers": [], "reason": "", "post": made.post, "seats": made.seats}
    yield Act.APPROVE_MOTION, made.at_stage(Stage.MOTION), {}


def _nomination(made: Made) -> Iterator[Step]:
    case, rules = made.at_stage(Stage.NOMINATION), made.rules
    if "plan.gate" in rules:
        yield Act.SUBMIT_PLAN, case, {"superior": "", "evidence": None, "quota_evidence": None}
    if rules.first("post.announcement", "post.prenotice"):
        yield Act.ANNOUNCE_POST, case, {"posts": "", "seats": 0}
    if case.asks_for_routes and case.is_for_chief:
        yield Act.CHOOSE_ROUTE, case, {"route": open_routes(rules, PostClass.CHIEF)[0]}
    before = MandateCase(mandate=made.mandate, rules=rules, cases=[case])
    for nth, _kind in enumerate(rules.value("nomination.rounds", ()), 1):
        yield Act.OPEN_SITTING, before, {"selections": [case.selection], "round": nth, "roll": {}}
    new: dict[str, Any] = {"person": person(1), "reason": "", "signed_form": None}
    route = {} if case.is_for_chief or not case.asks_for_routes else {"route": NominationRoute.PROMOTION}
    yield Act.NOMINATE_CANDIDATE, case, {**new, **route, "source": NominationSource.DEPARTMENT}
    yield Act.RECOMMEND_PERSONALLY, case, {**new, "signed": False}
    case.selection.route = made.route
    yield Act.OPEN_RECOMMENDATION, case, {}


def _recommendation(made: Made) -> Iterator[Step]:
    case = made.at_stage(Stage.RECOMMENDATION, CandidacyState.NOMINATED, made.seats + 1)
    form = next(iter(case.inputs()), None)
    yield Act.HOLD_RECOMMENDATION, case, {"form": form, "held_on": clock.day_of(made.at)}
    yield Act.OPEN_INSPECTION, case, {"candidates": case.live[: made.seats], "opinion": ""}


def _inspection(made: Made) -> Iterator[Step]:
    case = made.at_stage(Stage.INSPECTION, CandidacyState.INSPECTED, made.seats)
    yield Act.FORM_TEAM, case, {"members": []}
    yield Act.PUBLISH_PRENOTICE, case, {"phone": "", "candidate_facts": ""}
    yield Act.OPEN_DELIBERATION, case, {"candidates": case.live, "opinion": ""}


def _deliberation(made: Made) -> Iterator[Step]:
    case = made.at_stage(Stage.DELIBERATION, CandidacyState.PROPOSED, made.seats)
    yield Act.RECORD_CONSULTATION, case, {"level": ConsultationLevel.SECRETARIES, "duties": []}
    yield Act.PUT_ON_AGENDA, case, {}
    meeting = Meeting(pk=-1, body=_BODY, number="预演", held_on=clock.day_of(made.at))
    case.meetings, case.items = [meeting], [AgendaItem(pk=-1, meeting=meeting, selection=case.selection)]
    yield Act.INTRODUCE_CANDIDATE, case, {"candidacy": case.candidacies[0]}
    yield Act.PREPARE_BALLOT, case, {}


def _decided(made: Made) -> Iterator[Step]:
    case = made.at_stage(Stage.DECIDED, CandidacyState.PASSED, made.seats)
    case.subject = case.candidacies[0]
    if Competition.GRADE in made.rules.value("post.competition_mode", ()):
        case.selection.competition = Competition.GRADE
        yield Act.ASSIGN_POST, case, {"post": made.post, "reason": "", "evidence": None}
    yield Act.PUBLISH_NOTICE, case, {"phone": "", "channels": []}
    yield Act.CLOSE_NOTICE, made.appointed(AppointmentState.ON_NOTICE), {}
    today = clock.day_of(made.at)
    days = {"appointed_on": today, "published_on": today}
    yield Act.APPOINT_CANDIDATE, made.appointed(AppointmentState.CLEARED), days
    yield Act.ASSESS_PROBATION, made.appointed(AppointmentState.APPOINTED), {}
    yield Act.CONFIRM_APPOINTMENT, made.appointed(AppointmentState.APPOINTED), {}


_STATIONS: dict[Stage, Callable[[Made], Iterator[Step]]] = {
    Stage.MOTION: _motion,
    Stage.NOMINATION: _nomination,
    Stage.RECOMMENDATION: _recommendation,
    Stage.INSPECTION: _inspection,
    Stage.DELIBERATION: _deliberation,
    Stage.DECIDED: _decided,
}
