"""What comes next in a selection (下一步).

The first step of ``ahead`` is the act that carries the selection on; the others are what it rests on.  Everything is
asked of the case, so a page knows every act, who may do it and what is missing, without a query.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from selection import acts, clock, roles
from selection.acts import Requirement
from selection.enums import (
    Act,
    AppointmentState,
    CandidacyState,
    Competition,
    ConsultationLevel,
    Part,
    PlanOutcome,
    Rail,
    ReviewStep,
    Role,
    RoundState,
    SelectionKind,
    Stage,
)
from selection.models import Account, Appointment, Candidacy, Round, Selection, SittingItem
from selection.models.case import Case
from selection.models.meeting import Meeting, MeetingCase
from selection.rulebook import workdays
from selection.stages.deliberation.consultation import levels_asked
from selection.stages.sitting import cut_of, decided
from selection.standing import consulted_one_by_one, ends_early, lacking_before, review_asked
from selection.web.acts import act_url
from selection.web.tags import said

#: Who sees all of a selection; a teller or an inspector sees no more than his or her part needs.
WHOLE = frozenset({Role.STAFF, Role.DEPARTMENT_HEAD, Role.SECRETARY, Role.AUDITOR})
_PARTS = {Role.TELLER: Part.TELLER, Role.INSPECTOR: Part.INSPECTOR}

#: Round that is not yet announced or void → the act that carries it on.
ROUND_STEP = {
    RoundState.PREPARED: Act.OPEN_BALLOT,
    RoundState.OPEN: Act.CLOSE_BALLOT,
    RoundState.CLOSED: Act.ANNOUNCE_RESULT,
}
#: Acts that stand in the menu of a selection at any stage.
AT_ANY_STAGE = (
    Act.FILE_DOCUMENT,
    Act.REQUEST_DOCUMENT,
    Act.NOTE_MATTER,
    Act.FILE_REPORT,
    Act.OPEN_LIABILITY,
    Act.ASSIGN_OFFICER,
    Act.RECUSE_PERSON,
    Act.DECLARE_RECUSAL,
    Act.RETURN_SELECTION,
    Act.SUSPEND_SELECTION,
    Act.END_SELECTION,
)
GRAVE = frozenset(
    {
        Act.RETURN_SELECTION,
        Act.SUSPEND_SELECTION,
        Act.END_SELECTION,
        Act.RECONSIDER_DECISION,
        Act.WITHDRAW_CANDIDACY,
        Act.END_CANDIDACY,
        Act.VOID_BALLOT,
        Act.RELIEVE_APPOINTMENT,
        Act.CANCEL_APPOINTMENT,
        Act.REMOVE_HOLDER,
    }
)


@dataclass(frozen=True)
class Step:
    """An act that may come next: on what, about whom, and with which values the form begins."""

    act: Act
    subject: Any
    about: str = ""
    first: dict[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        if self.act is Act.PREPARE_BALLOT:
            return reverse("prepare_ballot", args=[self.subject.number])
        if isinstance(self.subject, Round) and self.act is not Act.RECONSIDER_DECISION:
            return reverse("ballot", args=[self.subject.pk])
        return act_url(self.act, self.subject, **self.first)


@dataclass(frozen=True)
class Seen:
    """A case as one account sees it at one time."""

    case: Case
    account: Account
    at: datetime

    @property
    def sees_whole(self) -> bool:
        """Whether the account sees more than a teller's or an inspector's part."""
        mandate = self.case.selection.mandate_id
        held = self.account.roles_in_force(clock.day_of(self.at))
        return any(role in WHOLE and on == mandate for role, on in held)

    def takes_part(self, part: Part) -> bool:
        """Whether the account has this part in the selection today."""
        return any(
            row.account_id == self.account.pk and row.part == part and row.until_on is None
            for row in self.case.participations
        )

    def may(self, act: Act) -> bool:
        """As ``acts.permitted`` on the selection or on what belongs to it, but asked of the case."""
        if self.account.is_superuser or not self.account.is_active:
            return False
        held = roles.roles_for(act, [self.case.selection.mandate_id], actor=self.account, at=self.at)
        # What a member does is offered on the member's desk and on the page of a meeting: this page is not for members.
        return any(role is not Role.MEMBER and (role not in _PARTS or self.takes_part(_PARTS[role])) for role in held)

    def url(self, act: Act, subject: Any, **first: Any) -> str:
        """Where the act is done, or an empty text for whoever may not."""
        return Step(act, subject, first=first).url if self.may(act) else ""

    def requirements(self, step: Step) -> list[Requirement]:
        """What must hold before the step, met and unmet."""
        case: Any = self.case
        if isinstance(step.subject, Meeting):
            meeting = step.subject
            case = MeetingCase(
                meeting,
                seats=self.case.seats_on(meeting.held_on),
                attendances=[row for row in self.case.attendances if row.meeting_id == meeting.pk],
                movements=[row for row in self.case.movements if row.meeting_id == meeting.pk],
                rounds=[row for row in self.case.rounds if row.poll.item and row.poll.item.meeting_id == meeting.pk],
            )
        elif not isinstance(step.subject, Selection):
            case = replace(self.case, subject=step.subject)
        return acts.requirements(step.act, case, actor=self.account, at=self.at)

    def button(self, step: Step, *, tone: str = "") -> dict[str, Any]:
        """What ``act_buttons.html`` shows of a step."""
        may = self.may(step.act)
        label: Any = step.act.label
        if step.about:
            label = said(_("%(act)s (%(about)s)") % {"act": step.act.label, "about": step.about})
        return {
            "label": label,
            "url": step.url if may else "",
            "may": may,
            "unmet": sum(not requirement.met for requirement in self.requirements(step)) if may else 0,
            "who": [role.label for role in Role if role in roles.ROLES[step.act] and role is not Role.CLOCK],
            "tone": "danger" if step.act in GRAVE else tone,
        }


def ahead(case: Case) -> list[Step]:
    """The steps of a selection that lie before it; none when it is closed."""
    selection = case.selection
    if selection.stage == Stage.CLOSED:
        return []
    if selection.suspended_at is not None:
        return [Step(Act.RESUME_SELECTION, selection)]
    return list(_STEPS[Stage(selection.stage)](case))


def others(case: Case) -> list[Step]:
    """Acts that are possible beside the procedure: papers, matters, people, the way back."""
    answers = any(row.first_responsible_id for row in case.nominations) and "nomination.liability" in case.rules
    if case.selection.stage == Stage.CLOSED:
        closed = [Act.FILE_DOCUMENT, Act.REQUEST_DOCUMENT, Act.NOTE_MATTER, *([Act.OPEN_LIABILITY] if answers else [])]
        return [Step(act, case.selection) for act in closed]
    if case.selection.suspended_at is not None:
        left_out = {Act.SUSPEND_SELECTION, *([] if answers else [Act.OPEN_LIABILITY])}
        return [Step(act, case.selection) for act in AT_ANY_STAGE if act not in left_out]
    early = case.selection.stage in (Stage.MOTION, Stage.NOMINATION)
    early |= case.selection.is_removal and case.selection.stage == Stage.DELIBERATION
    left_out = {Act.RETURN_SELECTION} if early else set()
    left_out |= {Act.FILE_REPORT} if case.selection.is_removal else set()
    left_out |= set() if answers else {Act.OPEN_LIABILITY}
    return [Step(act, case.selection) for act in AT_ANY_STAGE if act not in left_out]


def _motion(case: Case) -> Iterator[Step]:
    yield Step(Act.APPROVE_MOTION, case.selection)


def _planning(case: Case) -> Iterator[Step]:
    """What the rules want before names: the plan with its answer, the post made public."""
    last = case.plans[-1] if case.plans else None
    wanted = case.rules.value("post.documents", ())
    if "plan.gate" in case.rules or "plan" in wanted:
        if last is None or last.outcome == PlanOutcome.RETURNED:
            yield Step(Act.SUBMIT_PLAN, case.selection)
        elif not last.outcome:
            yield Step(Act.ANSWER_PLAN, last)
    public = case.rules.first("post.announcement", "post.prenotice")
    if (public or wanted) and not case.announcements:
        yield Step(Act.ANNOUNCE_POST, case.selection)


def _nomination(case: Case) -> Iterator[Step]:
    yield Step(Act.OPEN_RECOMMENDATION, case.selection)
    yield from _planning(case)
    if case.asks_for_routes and case.is_for_chief:
        yield Step(Act.CHOOSE_ROUTE, case.selection)
    yield from _sittings(case)
    yield Step(Act.NOMINATE_CANDIDATE, case.selection)
    for candidacy in case.live:
        if review_asked(case, candidacy) and case.review_of(candidacy, ReviewStep.DEPARTMENT) is None:
            yield Step(Act.REVIEW_QUALIFICATION, candidacy, candidacy.person.name)
    if "nomination.validity" in case.rules:
        yield Step(Act.TAKE_UP_NOMINATION, case.selection)
    yield from _to_hold(case)
    yield from _tellers(case)


def _sittings(case: Case) -> Iterator[Step]:
    """The round of nomination by ballot that comes next, or what the one under way waits for."""
    for rule in case.rules.asking("nomination.rounds"):
        held = case.sat
        waiting = at_sitting(case, held[-1]) if held else []
        if (not held or held[-1].settled_at) and len(held) < len(rule.value):
            first = {"selection": case.selection.pk, "round": len(held) + 1}
            waiting = [*waiting, Step(Act.OPEN_SITTING, case.selection.mandate, first=first)]
        yield from waiting


def at_sitting(case: Case, item: SittingItem) -> list[Step]:
    """What a post at a sitting waits for: its counts, whose the names are, who goes on, publication, the supervisor."""
    if item.annulled_at is not None:
        return []
    if item.settled_at is not None:
        published = [] if item.published_on else [Step(Act.PUBLISH_NAMES, item)]
        return [*published, *([] if item.signed_off_on else [Step(Act.SIGN_OFF_NAMES, item)])]
    if item.confirmed_at is None:
        sheets = case.counted_names(item)
        if len(sheets) < 2:
            return [Step(Act.ENTER_NAMES, item)]
        agree = sheets[0].figures() == sheets[1].figures()
        return [Step(Act.CONFIRM_NAMES if agree else Act.REJECT_NAMES, item)]
    if any(row.looked_at is None for row in case.names_at(item)):
        return [Step(Act.RESOLVE_NAMES, item)]
    found = cut_of(case, item)
    undecided = found.tied and decided(case, item, found) is None
    return [Step(Act.DECIDE_TIE if undecided else Act.SETTLE_NAMES, item)]


def _to_hold(case: Case) -> list[Step]:
    """The recommendations that have still to be held."""
    return [
        Step(Act.HOLD_RECOMMENDATION, case.selection, str(form.label), {"form": form})
        for form in case.forms_now()
        if not case.poll_of(form)
    ]


def _tellers(case: Case) -> Iterator[Step]:
    named = [row for row in case.participations if row.part == Part.TELLER and row.until_on is None]
    if len(named) < 2:
        yield Step(Act.ASSIGN_OFFICER, case.selection, str(Part.TELLER.label), {"part": Part.TELLER})


def _recommendation(case: Case) -> Iterator[Step]:
    yield Step(Act.OPEN_INSPECTION, case.selection)
    yield from _tellers(case)
    yield from _to_hold(case) or [Step(Act.HOLD_RECOMMENDATION, case.selection)]
    yield from _to_compare(case)


def _to_compare(case: Case) -> Iterator[Step]:
    """Who has still to be held against the others, where the rules want it at this stage."""
    if case.comparing is not None:
        for row in case.live:
            if not case.compared(row, case.selection.stage):
                yield Step(Act.COMPARE_CANDIDATE, row, row.person.name)


def _inspection(case: Case) -> Iterator[Step]:
    yield Step(Act.OPEN_DELIBERATION, case.selection)
    yield Step(Act.FORM_TEAM, case.selection)
    yield Step(Act.PUBLISH_PRENOTICE, case.selection)
    for act in (Act.RECORD_TALK, Act.RECORD_ASSESSMENT, Act.RECORD_CHECK, Act.WRITE_REPORT, Act.ASK_OPINION):
        yield Step(act, case.selection)
    yield from _to_compare(case)


def current_round(case: Case) -> Round | None:
    """The sitting that is prepared, open or closed and not announced yet."""
    return next((row for row in case.rounds if row.state in ROUND_STEP), None)


def revote_open(case: Case) -> Round | None:
    """The last sitting, when it left a seat empty and the committee has not said whether to vote again."""
    last = case.rounds[-1] if case.rounds else None
    if last is None or last.state != RoundState.ANNOUNCED or last.another_round is not None:
        return None
    return last


def _deliberation(case: Case) -> Iterator[Step]:
    selection, item = case.selection, case.item
    sitting, failed = current_round(case), revote_open(case)
    if sitting is not None:
        yield Step(ROUND_STEP[RoundState(sitting.state)], sitting)
        yield Step(Act.VOID_BALLOT, sitting)
        return
    if failed is not None and not case.at(CandidacyState.PROPOSED):
        yield Step(Act.DECIDE_REVOTE, failed)
        return
    yield Step(Act.PREPARE_BALLOT if item else Act.PUT_ON_AGENDA, selection)
    if not selection.is_removal:
        yield Step(Act.RECORD_CONSULTATION, selection)
        yield from _to_compare(case)
    if not case.at(CandidacyState.PROPOSED):
        yield from _reconsidering(case)
    if item is not None:
        yield Step(Act.RECORD_ATTENDANCE, item.meeting)
        if item.lacks_chair([seat.pk for seat in case.present_voters(item)]):
            yield Step(Act.NAME_CHAIR, selection)
        yield Step(Act.INTRODUCE_CANDIDATE, selection)
        if not selection.is_removal:
            yield Step(Act.PROPOSE_REMOVALS, selection)
        yield Step(Act.SEND_MATERIAL, selection)


def appointment_of(case: Case, candidacy: Candidacy) -> Appointment | None:
    """The appointment of a candidate that has not been cancelled."""
    return next(
        (
            row
            for row in case.appointments
            if row.candidacy_id == candidacy.pk and row.state != AppointmentState.CANCELLED
        ),
        None,
    )


def after_the_vote(case: Case, candidacy: Candidacy) -> list[Step]:
    """What follows for one person who has passed the vote."""
    appointment = appointment_of(case, candidacy)
    name = candidacy.person.name
    if case.selection.is_removal:
        return [Step(Act.REMOVE_HOLDER, row, name) for row in case.removals_with(candidacy)]
    if appointment is None:
        assign = [Step(Act.ASSIGN_POST, candidacy, name)] if case.selection.competition == Competition.GRADE else []
        publish = [Step(Act.PUBLISH_NOTICE, candidacy, name)]
        return [*publish, *assign] if candidacy.post_id else [*assign, *publish]
    if appointment.state == AppointmentState.ON_NOTICE:
        return [Step(Act.CLOSE_NOTICE, appointment, name), Step(Act.CANCEL_APPOINTMENT, appointment, name)]
    if appointment.state == AppointmentState.CLEARED:
        owed = [Step(Act.RECORD_FORMALITY, appointment, name)] if lacking_before(case, appointment) else []
        talk = [] if appointment.talked_on else [Step(Act.HOLD_APPOINTMENT_TALK, appointment, name)]
        return [
            Step(Act.APPOINT_CANDIDATE, appointment, name),
            *owed,
            *talk,
            Step(Act.CANCEL_APPOINTMENT, appointment, name),
        ]
    if appointment.state == AppointmentState.APPOINTED:
        if ends_early(case, appointment):
            return [Step(Act.CANCEL_APPOINTMENT, appointment, name)]
        if appointment.assessed_fit is False:
            return [Step(Act.RELIEVE_APPOINTMENT, appointment, name)]
        assess = [] if appointment.assessed_on else [Step(Act.ASSESS_PROBATION, appointment, name)]
        cancel = Step(Act.CANCEL_APPOINTMENT, appointment, name)
        return [Step(Act.CONFIRM_APPOINTMENT, appointment, name), *assess, cancel]
    return []


def _decided(case: Case) -> Iterator[Step]:
    found = [after_the_vote(case, candidacy) for candidacy in case.at(CandidacyState.PASSED)]
    yield from (steps[0] for steps in found if steps)
    yield from (step for steps in found for step in steps[1:])
    yield from _reconsidering(case)


def _reconsidering(case: Case) -> Iterator[Step]:
    """Before anything is published the committee may take up the ballot announced last once more."""
    announced = [row for row in case.rounds if row.state == RoundState.ANNOUNCED]
    if announced and not case.reconsiderations and not any(row.is_live for row in case.appointments):
        yield Step(Act.RECONSIDER_DECISION, max(announced, key=lambda row: (row.announced_at, row.pk)))


_STEPS = {
    Stage.MOTION: _motion,
    Stage.NOMINATION: _nomination,
    Stage.RECOMMENDATION: _recommendation,
    Stage.INSPECTION: _inspection,
    Stage.DELIBERATION: _deliberation,
    Stage.DECIDED: _decided,
}

# --- the rail -------------------------------------------------------------------------------------------------------

_ON_RAIL: dict[SelectionKind, list[Rail]] = {
    SelectionKind.APPOINTMENT: [station for station in Rail if station is not Rail.REMOVAL],
    SelectionKind.REMOVAL: [Rail.MOTION, Rail.DELIBERATION, Rail.REMOVAL],
}


def station(selection: Selection, appointments: Iterable[Appointment]) -> Rail | None:
    """The station at which a selection stands; None when it is closed."""
    if selection.stage == Stage.CLOSED:
        return None
    if selection.stage != Stage.DECIDED:
        return Rail(selection.stage)
    if selection.is_removal:
        return Rail.REMOVAL
    live = [row for row in appointments if row.is_live]
    running = [row for row in live if row.state != AppointmentState.ON_NOTICE]
    return Rail.PROBATION if live and len(running) == len(live) >= selection.seats else Rail.NOTICE


def compact_rail(selection: Selection, appointments: Iterable[Appointment]) -> list[dict[str, Any]]:
    """The stations without dates, for a list."""
    here = station(selection, appointments)
    stations = _ON_RAIL[SelectionKind(selection.kind)]
    place = stations.index(here) if here else (len(stations) if not selection.end_reason else -1)
    return [
        {"label": one.label, "state": "done" if n < place else "here" if n == place else "ahead"}
        for n, one in enumerate(stations)
    ]


def rail(case: Case, at: datetime) -> list[dict[str, Any]]:
    """The stations with the day on which each was last entered and the working days that it took."""
    steps = compact_rail(case.selection, case.appointments)
    stations = _ON_RAIL[SelectionKind(case.selection.kind)]
    if case.selection.end_reason:
        reached = {visit.stage for visit in case.visits}
        for step, one in zip(steps, stations, strict=True):
            step["state"] = "done" if one.value in reached else "ahead"
    for step, one in zip(steps, stations, strict=True):
        stays = [visit for visit in case.visits if visit.stage == one.value]
        if stays:
            step["on"] = clock.day_of(stays[-1].entered_at)
            used = sum(
                workdays.working_days_between(clock.day_of(visit.entered_at), clock.day_of(visit.left_at or at))
                for visit in stays
            )
            if step["state"] == "here":
                step["note"] = _("working day %(n)s") % {"n": used + 1}
            else:
                step["note"] = ngettext("%(n)s working day", "%(n)s working days", used) % {"n": used}
    if case.selection.is_removal:
        return steps
    live = [row for row in case.appointments if row.state != AppointmentState.CANCELLED]
    if live:
        steps[5]["on"] = clock.day_of(min(row.notice_at for row in live))
    elif "notice.length" in case.rules and case.selection.stage != Stage.CLOSED:
        steps[5]["note"] = str(case.rules["notice.length"].value)
    appointed = [row.appointed_on for row in live if row.appointed_on]
    if appointed:
        steps[6]["on"] = min(appointed)
    elif "probation.length" in case.rules and case.selection.post.is_probationary:
        steps[6]["note"] = str(case.rules["probation.length"].value) if case.selection.stage != Stage.CLOSED else ""
    return steps


def consultation_levels(case: Case) -> list[dict[str, Any]]:
    """The consultations before the decision in their order, each with the day on which it was held.

    Levels count since deliberation began; whom the rules want asked one by one comes first.
    """
    entered = case.entered(Stage.DELIBERATION)
    held = {row.level: row for row in case.consultations if entered is None or row.recorded_at >= entered}
    alone = [ConsultationLevel.INDIVIDUAL] if any(consulted_one_by_one(case, "before_decision")) else []
    levels = [*alone, *(level for level, _rule in levels_asked(case))]
    return [{"level": level, "row": held.get(level)} for level in levels]
