"""Looking back at an appointment (倒查): how one person came to a post, link by link.

Each link says who did what and when, on which papers and under which rules, which important matters came up there, and
what is missing for it.  Figures, days and conclusions are told; talks, opinions and reports in words stay where they
are kept.  That somebody looked back is recorded itself.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from audit import reading
from audit.reading import Reading
from selection import acts, clock, standing
from selection.enums import (
    Act,
    AppointmentState,
    AttendanceKind,
    Check,
    ConsultationLevel,
    ConsultedBody,
    DocumentState,
    Effect,
    Evidence,
    Finding,
    Matter,
    NominationSource,
    Opinion,
    Paper,
    Part,
    PollKind,
    RoundState,
    Stage,
    TalkGroup,
    Trigger,
)
from selection.models import (
    Account,
    Appointment,
    Candidacy,
    Consultation,
    Document,
    ImportantMatter,
    Meeting,
    Poll,
    Selection,
)
from selection.models.case import Case
from selection.models.selection import ORDER
from selection.rulebook.book import Citation
from selection.stages.recommendation import groups_of
from selection.standing import lacking_before
from selection.web.next_acts import consultation_levels
from selection.web.record import Auditing, references
from selection.web.tags import percent

Facts = Iterator[tuple[Any, Any]]
Missing = Iterator[str]


@dataclass(frozen=True)
class Way:
    """How one candidate went through a selection; ``appointment`` where the vote led to one."""

    case: Case
    candidacy: Candidacy
    appointment: Appointment | None
    entries: Sequence[Reading]
    papers: Sequence[Document]

    def counting(self, rows: Iterable[Any]) -> list[Any]:
        """Those of the rows that are about the candidate and still count."""
        return self.case.counting(rows, self.candidacy)

    def has(self, kind: Paper, **of: Any) -> bool:
        """Whether a paper of this kind is kept for what is named."""
        return any(
            row.kind == kind
            and row.state == DocumentState.KEPT
            and all(getattr(row, name) == value for name, value in of.items())
            for row in self.papers
        )

    def meetings(self) -> list[Meeting]:
        """Meetings that dealt with the selection, in their order."""
        return sorted(self.case.meetings, key=lambda row: (row.held_on, row.pk))


@dataclass(frozen=True)
class Link:
    """One link of the chain: its acts, the groups of its rules, what it tells and what may be missing for it.

    The stage is the one at whose end the link is whole.
    """

    key: str
    title: Any
    stage: Stage
    acts: frozenset[Act]
    rules: tuple[str, ...]
    tell: Callable[[Way], Facts]
    missing: Callable[[Way], Missing]

    def is_due(self, way: Way) -> bool:
        """Whether the candidate has come so far that the link should be whole."""
        appointment = way.appointment
        if self.key == "probation":
            over = appointment.ended_at if appointment else None
            return bool(appointment and (over or appointment.state == AppointmentState.CONFIRMED))
        if self.key == "appointment":
            return bool(appointment and appointment.appointed_on)
        if self.key == "notice":
            return bool(appointment and (appointment.cleared_at or appointment.appointed_on))
        left = way.candidacy.ended_stage or way.case.selection.stage
        return ORDER.index(left) > ORDER.index(self.stage)


def _day(at: datetime | None) -> Any:
    return clock.day_of(at) if at else None


# --- motion ----------------------------------------------------------------------------------------------------------


def _tell_motion(way: Way) -> Facts:
    selection = way.case.selection
    yield _("Moved by"), _signed(selection.opened_by, selection.opened_at)
    if selection.day_of_motion != _day(selection.opened_at):
        yield _("Day of the motion"), selection.day_of_motion
    yield _("What started the motion"), [Trigger(trigger).label for trigger in selection.triggers]
    yield _("Posts to be filled"), selection.seats
    if selection.approved_by:
        yield _("Agreed to by"), _signed(selection.approved_by, selection.approved_at)
    officers = [row.account.name for row in way.case.participations if row.part == Part.OFFICER and row.account]
    yield _("In charge"), officers
    for plan in way.case.plans:
        told = {
            _("Whom the plan goes to"): plan.superior,
            _("Handed in on"): plan.submitted_on,
            _("Free posts that are confirmed"): plan.quota_confirmed,
            _("Answer"): [plan.get_outcome_display(), plan.answered_on] if plan.outcome else None,
        }
        yield _("Plan"), {label: value for label, value in told.items() if value is not None}
    for row in way.case.announcements:
        yield _("Post made public"), row.published_on


def _motion_missing(way: Way) -> Missing:
    if not way.case.selection.approved_by:
        yield _("Nobody is on record as having agreed to the motion.")
    if not any(row.part == Part.OFFICER for row in way.case.participations):
        yield _("Nobody is on record as the officer in charge.")


def _signed(account: Account, at: datetime | None) -> list[Any]:
    return [one for one in (account.name, account.department, _day(at)) if one]


# --- nomination ------------------------------------------------------------------------------------------------------


def _tell_nomination(way: Way) -> Facts:
    if route := way.case.route_of(way.candidacy):
        yield _("Route of nomination"), route.name.label
    places = {row.item_id: row for row in way.case.rankings if row.person_id == way.candidacy.person_id}
    for item in way.case.sat:
        if (ranked := places.get(item.pk)) is not None:
            said = {"round": item.sitting.round, "kind": item.sitting.get_kind_display()}
            found = {
                _("Held on"): item.sitting.held_on,
                _("Place by votes"): ranked.place,
                _("Votes received"): ranked.votes,
            }
            signed = {_("Supervisor"): [item.supervisor, item.signed_off_on]} if item.supervisor else {}
            yield _("Nomination by ballot, round %(round)s: %(kind)s") % said, found | signed
    for row in way.case.of(way.case.nominations, way.candidacy):
        told = {
            _("By"): _signed(row.nominator, row.nominated_at),
            _("Answers first"): row.first_responsible.name if row.first_responsible else None,
            _("Answers with that person"): row.co_responsible or None,
            _("Comes from"): row.get_origin_display() or None,
            _("Why nobody of a nearer circle is suitable"): row.nobody_nearer or None,
            _("By exception, since"): row.exception or None,
            _("Taken up from"): row.taken_from.selection.number if row.taken_from else None,
            _("Under his or her own name"): row.signed if row.source == NominationSource.PERSONAL else None,
            _("Reviewed"): [row.get_outcome_display(), _day(row.reviewed_at)] if row.outcome else None,
            _("Recommender told on"): _day(row.fed_back_at),
        }
        yield row.get_source_display(), {label: value for label, value in told.items() if value is not None}
    for review in way.case.of(way.case.reviews, way.candidacy):
        yield (
            review.get_step_display(),
            {
                _("Result of the review"): _("Qualified") if review.qualified else _("Not qualified"),
                _("Reviewed on"): review.reviewed_on,
                _("By"): _signed(review.reviewed_by, review.reviewed_at),
            },
        )


def _nomination_missing(way: Way) -> Missing:
    rows = way.case.of(way.case.nominations, way.candidacy)
    if not rows:
        yield _("No nomination of this candidate is on record.")
    for row in rows:
        if row.source != NominationSource.PERSONAL:
            continue
        if not row.reviewed_at:
            yield _("The recommendation by %(name)s was not reviewed.") % {"name": row.nominator.name}
        elif not row.fed_back_at:
            yield _("%(name)s was not told what became of the recommendation.") % {"name": row.nominator.name}


# --- recommendation --------------------------------------------------------------------------------------------------


def _tell_recommendation(way: Way) -> Facts:
    case = way.case
    for poll in case.polls:
        if poll.kind != PollKind.RECOMMENDATION:
            continue
        told = {
            _("Held on"): poll.held_on,
            _("Should attend"): poll.due_count,
            _("Present"): poll.present_count,
            **_as_the_rules_ask(way, poll),
        }
        if sheet := case.accepted_sheet(poll):
            votes = {int(key): int(number) for key, number in sheet.votes.items()}
            mine = votes.get(way.candidacy.pk, 0)
            told |= {
                _("Forms issued"): sheet.issued,
                _("Forms returned"): sheet.returned,
                _("Valid forms"): sheet.valid,
                _("Votes received"): f"{mine} ({percent(mine, sheet.valid)})",
                _("Place by votes"): 1 + sum(number > mine for number in votes.values()),
            }
        tellers = [one.teller.name for one in case.sheets_of(poll)]
        yield poll.get_form_display(), told | ({_("Counted by"): tellers} if tellers else {})


def _as_the_rules_ask(way: Way, poll: Poll) -> dict[str, Any]:
    """What only some bodies want to know of a recommendation."""
    told = {
        _("Ballots"): poll.get_names_display(),
        _("Notice of the meeting"): poll.called_on,
        _("Personal statements"): poll.statements_on,
    }
    groups = groups_of(way.case.rules, poll.form)
    return {label: said for label, said in told.items() if said} | {
        str(name): poll.groups.get(group, 0) for group, name in groups.items()
    }


def _recommendation_missing(way: Way) -> Missing:
    for form in way.case.inputs():
        poll = way.case.poll_of(form)
        if poll is None:
            yield _("%(form)s: none is on record.") % {"form": form.label}
        elif way.case.accepted_sheet(poll) is None:
            yield _("%(form)s: the count was not confirmed.") % {"form": form.label}


def _tell_fixing(way: Way) -> Facts:
    selection = way.case.selection
    entered = [visit.entered_at for visit in way.case.visits if visit.stage == Stage.INSPECTION and not visit.reopened]
    if entered:
        yield _("Fixed on"), [_day(at) for at in entered]
    if selection.result_reviewed_on:
        yield _("Result of the recommendation reviewed on"), selection.result_reviewed_on
    if selection.equal_number_reason:
        yield _("Reason for no more persons than posts"), selection.equal_number_reason
    for row in way.case.consultations:
        if row.level == ConsultationLevel.INDIVIDUAL and entered and row.recorded_at < max(entered):
            yield ConsultationLevel(row.level).label, _of_consultation(row)


def _fixing_missing(way: Way) -> Missing:
    if not way.case.selection.fixing_opinion:
        yield _("No opinion on whom to inspect is on record.")


# --- inspection ------------------------------------------------------------------------------------------------------


def _tell_inspection(way: Way) -> Facts:
    case = way.case
    team = [row for row in case.participations if row.part == Part.INSPECTOR and row.account]
    yield _("Head of the team"), [row.account.name for row in team if row.leads and row.account]
    yield _("Members of the team"), [row.account.name for row in team if row.account]
    yield _("Pre-notice published on"), [row.published_on for row in case.prenotices]
    talks = way.counting(case.talks)
    for group in TalkGroup:
        held = [talk for talk in talks if talk.group == group]
        if held:
            people = sum(talk.people for talk in held)
            said = ngettext("%(n)s person", "%(n)s persons", people) % {"n": people}
            yield _("Talks: %(group)s") % {"group": group.label}, [said, *sorted({talk.held_on for talk in held})]
    for row in way.counting(case.assessments):
        yield (
            _("Democratic assessment"),
            {
                _("Held on"): row.held_on,
                _("Forms issued"): row.issued,
                _("Forms returned"): row.returned,
                _("Excellent"): row.excellent,
                _("Competent"): row.competent,
                _("Basically competent"): row.basically_competent,
                _("Incompetent"): row.incompetent,
                **({_("Votes of trust"): row.trust} if row.trust is not None else {}),
            },
        )
    for row in way.counting(case.checks):
        signed = [name for name in (row.signed_by, row.countersigned_by) if name]
        yield Check(row.check_kind).label, [row.held_on, Finding(row.finding).label, *signed]
    for row in way.counting(case.reports):
        yield _("Inspection report signed by"), _signed(row.written_by, row.written_at)


def _inspection_missing(way: Way) -> Missing:
    case = way.case
    if not any(row.part == Part.INSPECTOR for row in case.participations):
        yield _("No inspection team is on record.")
    if not case.prenotices:
        yield _("No pre-notice of the inspection is on record.")
    talked = {talk.group for talk in way.counting(case.talks)}
    for group in case.rules.value("inspection.talk_groups", ()):
        if group not in talked:
            yield _("Nobody of this group was talked with: %(group)s.") % {"group": TalkGroup(group).label}
    if not way.counting(case.assessments):
        yield _("No democratic assessment is on record.")
    checked = {check.check_kind for check in way.counting(case.checks)}
    for kind in Check:
        if kind.value not in checked and _asks_for(case, kind):
            yield _("No result of this check is on record: %(check)s.") % {"check": kind.label}
    if not way.counting(case.reports):
        yield _("The inspection team has written no report.")


def _asks_for(case: Case, check: Check) -> bool:
    """Whether the rules of the selection ask for this check."""
    if check is Check.PERSONAL_MATTERS:
        return bool(case.rules.value("inspection.personal_matters"))
    if check is Check.INTEGRITY:
        return bool(case.rules.value("inspection.integrity_conclusion"))
    return check.value in case.rules.value("inspection.steps", ())


# --- opinions and consultation ---------------------------------------------------------------------------------------


def _tell_opinions(way: Way) -> Facts:
    for inquiry in way.counting(way.case.inquiries):
        reply = way.case.reply_to(inquiry)
        told: dict[str, Any] = {_("Department"): inquiry.department, _("Asked on"): _day(inquiry.asked_at)}
        if inquiry.reminders:
            told[_("Reminders so far")] = inquiry.reminders
        if reply:
            told |= {
                _("Answered on"): reply.replied_on,
                _("Number of the reply"): reply.number,
                _("Conclusion"): Finding(reply.finding).label,
                (_("Filed from paper by") if reply.filed_from_paper else _("Answered by")): reply.replied_by.name,
            }
            if reply.late:
                told[_("Note")] = _("came too late to be weighed")
        yield ConsultedBody(inquiry.body).label, told


def _opinions_missing(way: Way) -> Missing:
    asked = {inquiry.body: inquiry for inquiry in way.counting(way.case.inquiries)}
    for body in dict.fromkeys((*way.case.consulted(), *asked)):
        said = {"body": ConsultedBody(body).label}
        if body not in asked:
            yield _("%(body)s: was not asked.") % said
        elif way.case.reply_to(asked[body]) is None:
            yield _("%(body)s: has not answered.") % said


def _tell_consultation(way: Way) -> Facts:
    for one in consultation_levels(way.case):
        if row := one["row"]:
            yield ConsultationLevel(row.level).label, _of_consultation(row)
    selection = way.case.selection
    if selection.report_reviewed_on:
        yield _("Report of the inspection reviewed by the leaders on"), selection.report_reviewed_on
    if selection.findings_told_on:
        told = {_("Told on"): selection.findings_told_on, _("Told to"): selection.findings_told_to}
        yield _("Result of the inspection"), told


def _of_consultation(row: Consultation) -> dict[str, Any]:
    return {_("Held on"): row.held_on, _("Convened by"): row.convener, _("Disagreement"): row.dissent}


def _consultation_missing(way: Way) -> Missing:
    if not way.case.selection.proposal_opinion:
        yield _("No opinion on whom to propose is on record.")
    for one in consultation_levels(way.case):
        if not one["row"]:
            yield _("Consultation was not held at this level: %(level)s.") % {"level": one["level"].label}


# --- decision --------------------------------------------------------------------------------------------------------


def _tell_decision(way: Way) -> Facts:
    case = way.case
    for meeting in way.meetings():
        told: dict[str, Any] = {_("Held on"): meeting.held_on}
        if meeting.chair:
            told[_("Presided over by")] = meeting.chair.person.name
        members = [
            row for row in case.attendances if row.meeting_id == meeting.pk and row.kind == AttendanceKind.VOTING
        ]
        if members:
            moved = {row.attendance_id for row in case.movements}
            told[_("Should attend")] = len(members)
            told[_("Present")] = sum(row.present or row.pk in moved for row in members)
        item = case.item_of(meeting)
        if item is not None:
            introduced = [
                row.introducer
                for row in case.introductions
                if row.item_id == item.pk and row.candidacy_id == way.candidacy.pk
            ]
            if introduced:
                told[_("Introduced by")] = introduced
            spoken = list(case.opinions_on(item, way.candidacy).values())
            told |= {
                str(opinion.label): number
                for opinion in Opinion
                if (number := sum(row.opinion == opinion for row in spoken))
            }
        yield meeting.full_title, told
    for round_ in sorted(case.rounds, key=lambda row: (row.poll_id, row.seq)):
        voted = next(
            (row for row in case.round_items if row.round_id == round_.pk and row.candidacy_id == way.candidacy.pk),
            None,
        )
        if voted is None:
            continue
        told = {
            _("State"): RoundState(round_.state).label,
            _("Should attend"): round_.due_count,
            _("Present"): round_.present_count,
        }
        if round_.state == RoundState.ANNOUNCED:
            told |= {
                _("Ballots issued"): round_.issued,
                _("Ballots returned"): round_.returned,
                _("Valid ballots"): round_.valid,
                _("Agree"): voted.agree,
                _("Disagree"): voted.disagree,
                _("Abstain"): voted.abstain,
                _("At least to pass"): case.selection.pass_rule.value.least(round_.due_count),
                _("Result"): _("Passed") if voted.passed else _("Not passed"),
            }
        yield _("Secret ballot, round %(n)s") % {"n": round_.seq}, told


def _decision_missing(way: Way) -> Missing:
    case, meetings = way.case, way.meetings()
    if not meetings:
        yield _("No meeting of the committee is on record.")
    for meeting in meetings:
        said = {"meeting": meeting.full_title}
        if meeting.chair is None:
            yield _("%(meeting)s: nobody is on record as presiding.") % said
        if meeting.closed_at is None:
            yield _("%(meeting)s: the meeting was not closed.") % said
        elif not any(row.kind == Paper.MINUTES and row.meeting_id == meeting.pk for row in way.papers):
            yield _("%(meeting)s: no minutes were made.") % said
    announced = {row.pk for row in case.rounds if row.state == RoundState.ANNOUNCED}
    if not any(row.round_id in announced for row in case.of(case.round_items, way.candidacy)):
        yield _("No announced ballot on this candidate is on record.")


# --- after the vote --------------------------------------------------------------------------------------------------


def _tell_notice(way: Way) -> Facts:
    appointment = way.appointment
    if appointment is None:
        return
    yield _("Published on"), _day(appointment.notice_at)
    yield _("Runs until"), clock.last_day_before(appointment.notice_ends_at)
    if appointment.cleared_at:
        yield _("Closed on"), _day(appointment.cleared_at)
    for number, row in enumerate(_objections(way), start=1):
        told = {
            _("Received on"): _day(row.filed_at),
            _("Settled on"): _day(row.settled_at) or _("not yet"),
            _("Result"): Effect(row.effect).label if row.effect else _("not yet"),
        }
        if row.settled_by:
            told[_("Settled by")] = row.settled_by.name
        yield _("Objection or report %(n)s") % {"n": number}, told
    if not _objections(way):
        yield _("Objections and reports"), _("There was none.")


def _objections(way: Way) -> list[Any]:
    return [row for row in way.case.objections if row.concerns(way.candidacy.pk)]


def _notice_missing(way: Way) -> Missing:
    appointment = way.appointment
    if appointment is None:
        yield _("No public notice is on record.")
        return
    if not way.has(Paper.NOTICE, appointment_id=appointment.pk):
        yield _("The paper of the notice is not kept.")
    if appointment.cleared_at and appointment.cleared_at < appointment.notice_ends_at:
        yield _("The notice was closed before it had run its full length.")
    waiting = sum(row.settled_at is None for row in _objections(way))
    if waiting:
        yield ngettext("%(n)s report is not settled.", "%(n)s reports are not settled.", waiting) % {"n": waiting}


def _tell_appointment(way: Way) -> Facts:
    appointment = way.appointment
    if appointment is None:
        return
    yield _("State"), AppointmentState(appointment.state).label
    if appointment.talked_on:
        yield _("Talk before appointment"), [appointment.talked_on, appointment.talked_by]
    if appointment.appointed_on:
        yield _("Appointed on"), appointment.appointed_on
        yield _("Document number"), appointment.document_number
        if appointment.published_on:
            yield _("Published on"), appointment.published_on
    for row in way.case.formalities:
        if row.appointment_id == appointment.pk:
            yield row.get_item_display(), [row.done_on, row.in_charge]


def _appointment_missing(way: Way) -> Missing:
    appointment = way.appointment
    if appointment is None or not appointment.appointed_on:
        yield _("No appointment is on record.")
        return
    if not appointment.talked_on:
        yield _("No talk before appointment is on record.")
    if not appointment.document_number:
        yield _("The appointment has no document number.")
    for item in lacking_before(way.case, appointment):
        yield _("Not on file: %(item)s.") % {"item": item.label}
    if not way.has(Paper.RECORD_FORM):
        yield _("The process record form is not kept.")


def _tell_probation(way: Way) -> Facts:
    appointment = way.appointment
    if appointment is None or appointment.probation_ends_at is None:
        return
    yield _("Runs until"), clock.last_day_before(appointment.probation_ends_at)
    if appointment.assessed_on:
        fit = _("fit") if appointment.assessed_fit else _("not fit")
        yield _("Assessed"), [appointment.assessed_on, fit]
    if appointment.ended_at:
        yield _("Ended on"), _day(appointment.ended_at)


def _probation_missing(way: Way) -> Missing:
    appointment = way.appointment
    if appointment and appointment.probation_ends_at and not appointment.assessed_on and not appointment.early_end:
        yield _("No assessment at the end of probation is on record.")


# --- the chain -------------------------------------------------------------------------------------------------------

CHAIN = (
    Link(
        "motion",
        Stage.MOTION.label,
        Stage.MOTION,
        frozenset(
            {
                Act.OPEN_BATCH,
                Act.FILE_YEARLY_PLAN,
                Act.OPEN_SELECTION,
                Act.APPROVE_MOTION,
                Act.ASSIGN_OFFICER,
                Act.SUBMIT_PLAN,
                Act.ANSWER_PLAN,
                Act.ANNOUNCE_POST,
            }
        ),
        ("motion", "post", "plan"),
        _tell_motion,
        _motion_missing,
    ),
    Link(
        "nomination",
        Stage.NOMINATION.label,
        Stage.NOMINATION,
        frozenset(
            {
                Act.CHOOSE_ROUTE,
                Act.NOMINATE_CANDIDATE,
                Act.REVIEW_QUALIFICATION,
                Act.RECOMMEND_PERSONALLY,
                Act.REVIEW_RECOMMENDATION,
                Act.FEED_BACK_RECOMMENDATION,
                Act.TAKE_UP_NOMINATION,
                Act.OPEN_SITTING,
                Act.CONFIRM_NAMES,
                Act.RESOLVE_NAMES,
                Act.DECIDE_TIE,
                Act.SETTLE_NAMES,
                Act.PUBLISH_NAMES,
                Act.SIGN_OFF_NAMES,
                Act.ANNUL_NAMES,
            }
        ),
        ("qualification", "nomination"),
        _tell_nomination,
        _nomination_missing,
    ),
    Link(
        "recommendation",
        Stage.RECOMMENDATION.label,
        Stage.RECOMMENDATION,
        frozenset(
            {
                Act.OPEN_RECOMMENDATION,
                Act.HOLD_RECOMMENDATION,
                Act.ENTER_TALLY,
                Act.CONFIRM_TALLY,
                Act.REJECT_TALLY,
            }
        ),
        ("recommendation",),
        _tell_recommendation,
        _recommendation_missing,
    ),
    Link(
        "fixing",
        Act.OPEN_INSPECTION.label,
        Stage.RECOMMENDATION,
        frozenset({Act.COMPARE_CANDIDATE, Act.OPEN_INSPECTION}),
        (),
        _tell_fixing,
        _fixing_missing,
    ),
    Link(
        "inspection",
        Stage.INSPECTION.label,
        Stage.INSPECTION,
        frozenset(
            {
                Act.FORM_TEAM,
                Act.PUBLISH_PRENOTICE,
                Act.RECORD_TALK,
                Act.RECORD_ASSESSMENT,
                Act.RECORD_CHECK,
                Act.WRITE_REPORT,
            }
        ),
        ("inspection",),
        _tell_inspection,
        _inspection_missing,
    ),
    Link(
        "opinions",
        gettext_lazy("Opinions of departments"),
        Stage.INSPECTION,
        frozenset({Act.ASK_OPINION, Act.ANSWER_INQUIRY, Act.FILE_REPLY, Act.REMIND_DEPARTMENT}),
        ("inquiry",),
        _tell_opinions,
        _opinions_missing,
    ),
    Link(
        "consultation",
        gettext_lazy("Proposal and consultation"),
        Stage.DELIBERATION,
        frozenset({Act.OPEN_DELIBERATION, Act.RECORD_CONSULTATION}),
        ("consultation",),
        _tell_consultation,
        _consultation_missing,
    ),
    Link(
        "decision",
        gettext_lazy("Discussion and secret ballot"),
        Stage.DELIBERATION,
        frozenset(
            {
                Act.CALL_MEETING,
                Act.PUT_ON_AGENDA,
                Act.PROPOSE_REMOVALS,
                Act.RECORD_ATTENDANCE,
                Act.NAME_CHAIR,
                Act.INTRODUCE_CANDIDATE,
                Act.RECORD_OPINION,
                Act.PREPARE_BALLOT,
                Act.CHECK_BOX,
                Act.OPEN_BALLOT,
                Act.AGREE_CLOSING,
                Act.CLOSE_BALLOT,
                Act.CONFIRM_PAPER,
                Act.VOID_BALLOT,
                Act.ANNOUNCE_RESULT,
                Act.DECIDE_REVOTE,
                Act.RECONSIDER_DECISION,
                Act.CLOSE_MEETING,
            }
        ),
        ("deliberation", "ballot"),
        _tell_decision,
        _decision_missing,
    ),
    Link(
        "notice",
        gettext_lazy("Public notice"),
        Stage.DECIDED,
        frozenset(
            {
                Act.ASSIGN_POST,
                Act.PUBLISH_NOTICE,
                Act.FILE_OBJECTION,
                Act.FILE_REPORT,
                Act.INVESTIGATE_OBJECTION,
                Act.SETTLE_OBJECTION,
                Act.CLOSE_NOTICE,
            }
        ),
        ("notice",),
        _tell_notice,
        _notice_missing,
    ),
    Link(
        "appointment",
        gettext_lazy("Appointment"),
        Stage.DECIDED,
        frozenset(
            {Act.HOLD_APPOINTMENT_TALK, Act.APPOINT_CANDIDATE, Act.CANCEL_APPOINTMENT, Act.RECORD_FORMALITY},
        ),
        ("appointment",),
        _tell_appointment,
        _appointment_missing,
    ),
    Link(
        "probation",
        gettext_lazy("Probation"),
        Stage.DECIDED,
        frozenset({Act.ASSESS_PROBATION, Act.CONFIRM_APPOINTMENT, Act.RELIEVE_APPOINTMENT}),
        ("probation",),
        _tell_probation,
        _probation_missing,
    ),
)
_LINK_OF = {act.value: link.key for link in CHAIN for act in link.acts}
#: Important matters that no act of a link has made stand at the last link of their stage that tells of it.
_LINK_AT = {
    Stage.MOTION: "motion",
    Stage.NOMINATION: "nomination",
    Stage.RECOMMENDATION: "recommendation",
    Stage.INSPECTION: "inspection",
    Stage.DELIBERATION: "decision",
    Stage.DECIDED: "notice",
    Stage.CLOSED: "probation",
}
#: Acts that rest on a paper wherever the rules ask for it.
_ON_PAPER = {
    Act.CONFIRM_TALLY: Evidence.COUNT,
    Act.RECORD_TALK: Evidence.TALK,
    Act.RECORD_ASSESSMENT: Evidence.ASSESSMENT,
    Act.RECORD_CONSULTATION: Evidence.CONSULTATION,
    Act.SETTLE_OBJECTION: Evidence.CONCLUSION,
}


def whole_way(
    case: Case, entries: Sequence[Reading], papers: Sequence[Document], candidacy: Candidacy, appointment: Any
) -> Way:
    """The way of one candidate, with the entries that concern this candidate or the selection as a whole."""
    mine = {("candidacy", str(candidacy.pk)), ("person", str(candidacy.person_id))}
    mine |= {("appointment", str(row.pk)) for row in case.of(case.appointments, candidacy)}
    for kind, rows in (
        ("nomination", case.nominations),
        ("inquiry", case.inquiries),
    ):
        mine |= {(kind, str(row.pk)) for row in case.of(rows, candidacy)}
    mine |= {("objection", str(row.pk)) for row in case.objections if row.concerns(candidacy.pk)}
    apart = {"candidacy", "person", "appointment", "nomination", "inquiry", "objection"}

    def concerns(entry: Reading) -> bool:
        if entry.object[0] in apart:
            return entry.object in mine
        given = entry.data.get("given", {})
        about = set(references([given.get(name) for name in ("candidacy", "appointment", "person")]))
        return not about or bool(about & mine)

    return Way(case, candidacy, appointment, [entry for entry in entries if concerns(entry)], papers)


def missing_at(link: Link, way: Way) -> list[str]:
    """What is missing for a link that should be whole, also the papers on which its acts rest."""
    if not link.is_due(way):
        return []
    return [*link.missing(way), *_papers_missing(link, way)]


def _papers_missing(link: Link, way: Way) -> Missing:
    for entry in way.entries:
        act = entry.action
        if _LINK_OF.get(act) == link.key and act in _ON_PAPER and not entry.files:
            paper = _ON_PAPER[Act(act)]
            if standing.needs_paper(way.case, paper):
                yield _("%(paper)s of %(day)s: no paper is kept.") % {
                    "paper": paper.label,
                    "day": clock.worded(clock.day_of(entry.at)),
                }


def chain(way: Way, teller: Auditing, matters: Sequence[ImportantMatter]) -> list[dict[str, Any]]:
    """Every link in its order, as the page shows it."""
    at_link = _matters_by_link(way, matters)
    found = []
    for link in CHAIN:
        own = [entry for entry in way.entries if _LINK_OF.get(entry.action) == link.key]
        due = link.is_due(way)
        found.append(
            {
                "key": link.key,
                "title": link.title,
                "facts": [(label, value) for label, value in link.tell(way) if value not in (None, "", [])],
                "done": _done(own, teller),
                "papers": _papers(way, own),
                "rules": _citations(way.case, link.rules),
                "matters": at_link.get(link.key, []),
                "missing": missing_at(link, way),
                "empty": not own,
                "due": due,
            }
        )
    return found


def _done(entries: Sequence[Reading], teller: Auditing) -> list[dict[str, Any]]:
    """Who did what on which day; the same act by the same person on one day is one row with its number."""
    rows: dict[tuple[str, str, Any], int] = {}
    for entry in entries:
        key = (teller.what(entry), teller.who(entry), clock.day_of(entry.at))
        rows[key] = rows.get(key, 0) + 1
    return [{"what": what, "who": who, "on": on, "times": times} for (what, who, on), times in rows.items()]


def _papers(way: Way, entries: Sequence[Reading]) -> list[dict[str, str]]:
    """The papers that these entries name, each once, as far as the reader may have them."""
    named = {str(file["sha256"]) for entry in entries for file in entry.files}
    about = (None, way.candidacy.pk)
    known = (row for row in way.papers if getattr(row, "may_have", True) and row.candidacy_id in about)
    kept = {row.sha256: row for row in known if row.state == DocumentState.KEPT and row.sha256 in named}
    return [{"title": row.title, "url": reverse("document", args=[row.pk])} for row in kept.values()]


def _citations(case: Case, groups: Collection[str]) -> list[Citation]:
    """The articles on which the rules of these groups rest, each once."""
    found: dict[str, Citation] = {}
    for key, rule in case.rules.items():
        if key.partition(".")[0] in groups:
            found.setdefault(rule.citation.label, rule.citation)
    return list(found.values())


def _matters_by_link(way: Way, matters: Sequence[ImportantMatter]) -> dict[str, list[dict[str, Any]]]:
    """Important matters at the link whose act made them, or else at their stage."""
    made = {
        pk: _LINK_OF[entry.action]
        for entry in way.entries
        if entry.action in _LINK_OF
        for kind, pk in entry.data.get("made", [])
        if kind == "importantmatter"
    }
    found: dict[str, list[dict[str, Any]]] = {}
    for row in matters:
        if row.candidacy_id not in (None, way.candidacy.pk):
            continue
        stage = max(
            (visit for visit in way.case.visits if visit.entered_at <= row.noted_at),
            key=lambda visit: (visit.entered_at, visit.pk),
            default=None,
        )
        link = made.get(str(row.pk)) or _LINK_AT[Stage(stage.stage) if stage else Stage.MOTION]
        told = {"kind": Matter(row.kind).label, "on": _day(row.noted_at), "cause": row.cause, "waived": bool(row.rule)}
        told["result"] = Effect(row.result).label if row.result in Effect.values else row.result
        found.setdefault(link, []).append(told)
    return found


def papers_for(case: Case, account: Account) -> list[Document]:
    """Papers of the selection and of its meetings; ``may_have`` says of these whether the account may have them."""
    minuted = Meeting.objects.minutes_open_to(account).filter(pk=OuterRef("meeting")).order_by()
    held = Document.objects.filter(meeting__in=[row.pk for row in case.meetings]).defer("problem")
    return [*case.documents, *held.annotate(may_have=Exists(minuted))]


# --- the page --------------------------------------------------------------------------------------------------------


@never_cache
@require_safe
def look_back(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """The whole chain of one appointment, for those who see the selection whole."""
    account: Account = request.user  # type: ignore[assignment]
    seen = Selection.objects.visible_to(account, taking_part=()).filter(number=number, appointments=pk)
    key = seen.order_by().values_list("pk", flat=True).first()
    if key is None:
        raise Http404
    at = clock.now()
    stream = f"selection:{key}"
    acts.looked_at(account, "look_back", ("appointment", str(pk)), at, case=stream)
    case: Case = Selection.objects.whole(key)
    appointment = next(row for row in case.appointments if row.pk == pk)
    candidacy = next(row for row in case.candidacies if row.pk == appointment.candidacy_id)
    entries = reading.entries(stream=stream)[:]
    papers = papers_for(case, account)
    way = whole_way(case, entries, papers, candidacy, appointment)
    links = chain(way, Auditing([], case.matters, papers), case.matters)
    return render(
        request,
        "selection/look_back.html",
        {
            "selection": case.selection,
            "appointment": appointment,
            "person": candidacy.person,
            "links": links,
            "gaps": sum(len(link["missing"]) for link in links),
            "may_audit": account.reads_record(),
            "printed_at": at,
        },
    )


urlpatterns = [path("selections/<str:number>/look-back/<int:pk>/", look_back, name="look_back")]
