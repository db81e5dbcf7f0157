"""The case (案情): a selection and everything that requirements may see, read once.

Requirements are pure functions of a case, so a truth table needs no database and a page asks about every act for free.
The rows of all tables that belong to a selection come in one query, as JSON, with what it hangs on and whom they name;
the numbers of posts in three more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from fractions import Fraction
from typing import Any, TypeVar
from weakref import WeakSet

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection, models
from django.db.models import OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from selection.enums import (
    RANKS,
    Act,
    AppointmentState,
    CandidacyState,
    Check,
    ConsultedBody,
    ExceptionGround,
    FormalityItem,
    Kin,
    NamesKind,
    NominationRoute,
    NominationSource,
    Part,
    PollKind,
    PostClass,
    RecommendationForm,
    ReviewStep,
    RoundState,
    SelectionKind,
    Stage,
)
from selection.models.account import Account, Apart
from selection.models.batch import Batch
from selection.models.body import Body, Seat, seats_on
from selection.models.candidacy import Appointment, Bar, Candidacy, Nomination
from selection.models.comparison import Comparison
from selection.models.consultation import Consultation, Inquiry, Reply
from selection.models.correction import Correction
from selection.models.deadline import Deadline
from selection.models.document import Document
from selection.models.formality import Formality
from selection.models.inspection import Assessment, CheckResult, Prenotice, Report, Talk
from selection.models.liability import Liability
from selection.models.mandate import Freeze, Mandate, Promise, Promised
from selection.models.material import Acknowledgement, Material
from selection.models.matter import ImportantMatter
from selection.models.meeting import (
    AgendaItem,
    Attendance,
    Introduction,
    Meeting,
    Movement,
    Removal,
    StatedOpinion,
    is_there,
)
from selection.models.objection import Objection
from selection.models.participation import Participation
from selection.models.planning import Announcement, OfferedPost, Plan
from selection.models.poll import (
    PaperEntry,
    Poll,
    Reconsideration,
    Recount,
    RollMember,
    Round,
    RoundItem,
    TallySheet,
    Witness,
    handed_out,
)
from selection.models.review import Review
from selection.models.route import BY_BALLOT, OF_THE_PLENUM, ROUTES, TWO_KINDS, Route
from selection.models.selection import ORDER, RuleSet, Selection, StageVisit
from selection.models.sitting import NameSheet, Ranking, Sitting, SittingItem, TieDecision, WrittenName
from selection.register.models import (
    Appraisal,
    EconomicAudit,
    Education,
    Entry,
    Kinship,
    Organisation,
    Person,
    PersonCase,
    Post,
    Sanction,
    Tenure,
    Training,
    Vacancy,
    vacancies,
)
from selection.rulebook.rules import Rule, Rules

Row = TypeVar("Row", bound=models.Model)
InFile = TypeVar("InFile", bound=Entry)


@dataclass(frozen=True)
class Tie:
    """A relation between a candidate and somebody who has to do with the selection.

    ``is_certain`` where the register knows both people; otherwise only the name agrees, and somebody has to look.
    """

    candidacy: Candidacy
    person: int | None
    name: str
    part: Any
    kinship: Kinship
    is_certain: bool

    @property
    def words(self) -> str:
        """The relation in one sentence."""
        said = {"name": self.name, "candidate": self.candidacy.person.name, "kind": Kin(self.kinship.kind).label}
        return _("%(name)s and the candidate %(candidate)s: %(kind)s") % said


@dataclass(frozen=True)
class FormerPost:
    """A post that ended with an appointment, and whether the person can return to it."""

    tenure: Tenure
    is_free: bool


#: Form of the recommendation → the rule that gives its weight.
_WEIGHTS = {
    RecommendationForm.MEETING: "recommendation.weight_meeting",
    RecommendationForm.TALK: "recommendation.weight_talk",
}

#: Checks that are made only where the rules name them.
_MEANS = (Check.OPINION_FORMS, Check.SURVEY, Check.EXTENDED, Check.INTEGRITY)

#: At which stage which rule names what candidates are compared in.
COMPARED_BY = {
    Stage.RECOMMENDATION: "recommendation.factors",
    Stage.INSPECTION: "inspection.virtue",
    Stage.DELIBERATION: "consultation.traits",
}


@dataclass
class Case:
    """A selection with its rows; in tests it is made of unsaved rows.

    ``beside`` are the rounds of other selections at the same meetings, ``heads`` who holds a chief's post in the units
    that nominate, by unit, where that is asked.  ``held_elsewhere`` are parts of these people in other selections
    that an investigation of a report holds.  ``subject`` is the very row that an act is done to, where that is not
    the selection itself.
    """

    selection: Selection
    rules: Rules
    candidacies: list[Candidacy] = field(default_factory=list)
    nominations: list[Nomination] = field(default_factory=list)
    sittings: list[Sitting] = field(default_factory=list)
    sitting_items: list[SittingItem] = field(default_factory=list)
    name_sheets: list[NameSheet] = field(default_factory=list)
    written_names: list[WrittenName] = field(default_factory=list)
    tie_decisions: list[TieDecision] = field(default_factory=list)
    rankings: list[Ranking] = field(default_factory=list)
    polls: list[Poll] = field(default_factory=list)
    sheets: list[TallySheet] = field(default_factory=list)
    plans: list[Plan] = field(default_factory=list)
    reviews: list[Review] = field(default_factory=list)
    liabilities: list[Liability] = field(default_factory=list)
    heads: dict[int, list[Person]] = field(default_factory=dict)
    announcements: list[Announcement] = field(default_factory=list)
    offered: list[OfferedPost] = field(default_factory=list)
    prenotices: list[Prenotice] = field(default_factory=list)
    talks: list[Talk] = field(default_factory=list)
    assessments: list[Assessment] = field(default_factory=list)
    checks: list[CheckResult] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    inquiries: list[Inquiry] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    consultations: list[Consultation] = field(default_factory=list)
    meetings: list[Meeting] = field(default_factory=list)
    items: list[AgendaItem] = field(default_factory=list)
    attendances: list[Attendance] = field(default_factory=list)
    movements: list[Movement] = field(default_factory=list)
    removals: list[Removal] = field(default_factory=list)
    materials: list[Material] = field(default_factory=list)
    acknowledgements: list[Acknowledgement] = field(default_factory=list)
    introductions: list[Introduction] = field(default_factory=list)
    opinions: list[StatedOpinion] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=list)
    beside: list[Round] = field(default_factory=list)
    round_items: list[RoundItem] = field(default_factory=list)
    roll: list[RollMember] = field(default_factory=list)
    reconsiderations: list[Reconsideration] = field(default_factory=list)
    witnesses: list[Witness] = field(default_factory=list)
    paper_entries: list[PaperEntry] = field(default_factory=list)
    recounts: list[Recount] = field(default_factory=list)
    appointments: list[Appointment] = field(default_factory=list)
    objections: list[Objection] = field(default_factory=list)
    formalities: list[Formality] = field(default_factory=list)
    comparisons: list[Comparison] = field(default_factory=list)
    deadlines: list[Deadline] = field(default_factory=list)
    documents: list[Document] = field(default_factory=list)
    participations: list[Participation] = field(default_factory=list)
    matters: list[ImportantMatter] = field(default_factory=list)
    corrections: list[Correction] = field(default_factory=list)
    visits: list[StageVisit] = field(default_factory=list)
    bars: list[Bar] = field(default_factory=list)
    freezes: list[Freeze] = field(default_factory=list)
    seats: list[Seat] = field(default_factory=list)
    plenum: list[Seat] = field(default_factory=list)
    kinships: list[Kinship] = field(default_factory=list)
    appraisals: list[Appraisal] = field(default_factory=list)
    served: list[Tenure] = field(default_factory=list)
    educations: list[Education] = field(default_factory=list)
    economic_audits: list[EconomicAudit] = field(default_factory=list)
    trainings: list[Training] = field(default_factory=list)
    sanctions: list[Sanction] = field(default_factory=list)
    held_elsewhere: list[Candidacy] = field(default_factory=list)
    people: dict[int, Person] = field(default_factory=dict)
    accounts: dict[int, Account] = field(default_factory=dict)
    vacancy: Vacancy = field(default_factory=Vacancy)
    promised: Promised = field(default_factory=Promised)
    held: Counter[int] = field(default_factory=Counter)
    former: list[FormerPost] = field(default_factory=list)
    subject: Any = None

    # who is still in
    def at(self, *states: CandidacyState) -> list[Candidacy]:
        """Candidates in one of these states, in stroke order of their names."""
        return [candidacy for candidacy in self.candidacies if candidacy.state in states]

    @property
    def live(self) -> list[Candidacy]:
        return [candidacy for candidacy in self.candidacies if candidacy.is_live]

    def free_quota(self, account: Account) -> int:
        """Approved posts less those filled and those that other running selections, known to it, are to fill."""
        return self.vacancy.free - self.promised.known_to(account).seats

    def leaving(self, account: Account) -> int:
        """How many holders have still to leave the post for this selection, where the motion says how they do."""
        selection = self.selection
        if not selection.departure:
            return 0
        wanted = selection.seats - sum(row.tenure_id is not None for row in self.appointments)
        return self.promised.known_to(account).leaving(selection.post_id, selection.post.seats, self.holders, wanted)

    @property
    def holders(self) -> int:
        """How many hold the post of the selection."""
        return self.held[self.selection.post_id]

    def taken(self, post: Post, *, besides: Candidacy) -> int:
        """Seats of a post that are held, or were assigned to another who does not hold it yet."""
        arrived = {row.candidacy_id for row in self.appointments if row.tenure_id is not None}
        assigned = [row for row in self.live if row.post_id == post.pk and row.pk not in {besides.pk, *arrived}]
        return self.held[post.pk] + len(assigned)

    def of(self, rows: Iterable[Row], candidacy: Candidacy) -> list[Row]:
        """Those of ``rows`` that concern one candidate."""
        return [row for row in rows if row.candidacy_id == candidacy.pk]  # type: ignore[attr-defined]

    def counts_from(self, stage: Stage) -> datetime | None:
        """Since when work of a stage counts: since the selection last returned to that stage or to one before it."""
        place = ORDER.index(stage.value)
        back = [visit.entered_at for visit in self.visits if visit.returned and ORDER.index(visit.stage) <= place]
        return max(back, default=None)

    def counting(self, rows: Iterable[Row], candidacy: Candidacy) -> list[Row]:
        """As ``of``, but without what was put aside when the selection returned to an earlier stage.

        A return to the inspection itself keeps what the team found and asks for a new report.
        """
        found = self.of(rows, candidacy)
        if not found:
            return []
        redone = Stage.INSPECTION if isinstance(found[0], Report) else Stage.RECOMMENDATION
        since, recorded = self.counts_from(redone), _RECORDED[type(found[0])]
        return [row for row in found if since is None or getattr(row, recorded) >= since]

    # by which route somebody is put forward
    @property
    def asks_for_routes(self) -> bool:
        """Whether the rules know routes of nomination; sets stored before they did go on without."""
        return TWO_KINDS in self.rules

    @property
    def is_for_chief(self) -> bool:
        return self.selection.post.post_class == PostClass.CHIEF

    @property
    def route(self) -> Route | None:
        """The route of the whole selection, where it is a chief's and the route is chosen."""
        chosen = self.selection.route if self.asks_for_routes and self.is_for_chief else ""
        return ROUTES[NominationRoute(chosen)] if chosen else None

    def nomination_of(self, candidacy: Candidacy) -> Nomination | None:
        """The nomination by which somebody last came onto the list."""
        return next((row for row in reversed(self.nominations) if row.candidacy_id == candidacy.pk), None)

    def review_of(self, candidacy: Candidacy, step: ReviewStep) -> Review | None:
        """The latest review of a candidate at this step since he or she last came onto the list."""
        rows = [row for row in self.reviews if row.candidacy_id == candidacy.pk and row.step == step]
        return next((row for row in reversed(rows) if row.reviewed_at >= candidacy.nominated_at), None)

    @property
    def comparing(self) -> Rule | None:
        """The rule that names in what candidates are compared at this stage; None where none is asked."""
        key = COMPARED_BY.get(Stage(self.selection.stage))
        return self.rules.get(key) if key else None

    @property
    def checks_known(self) -> list[Check]:
        """INS-06, INS-15: the checks that every inspection knows, and the further ones that the rules name."""
        named = {*self.rules.value("inspection.methods", ())}
        if any(self.rules.asking("inspection.integrity_conclusion")):
            named.add(Check.INTEGRITY)
        return [one for one in Check if one not in _MEANS or one in named]

    def compared(self, candidacy: Candidacy, stage: str) -> list[Comparison]:
        """How a candidate was last found to stand at a stage: one row for each aspect."""
        rows = [row for row in self.comparisons if row.candidacy_id == candidacy.pk and row.stage == stage]
        return list({row.aspect: row for row in rows}.values())

    def formality_of(self, appointment: Appointment, item: FormalityItem) -> Formality | None:
        """What was last put on file of this item."""
        rows = [row for row in self.formalities if row.appointment_id == appointment.pk and row.item == item]
        return rows[-1] if rows else None

    def route_of(self, candidacy: Candidacy) -> Route | None:
        """The route by which a candidate was put forward."""
        nomination = self.nomination_of(candidacy)
        if self.route is not None or nomination is None or not nomination.route:
            return self.route
        return ROUTES[NominationRoute(nomination.route)]

    # who was nominated by ballot at a sitting
    @property
    def sat(self) -> list[SittingItem]:
        """This post at its sittings, in their order, without what was annulled or lies before a return."""
        since = self.counts_from(Stage.NOMINATION)
        return [
            row
            for row in self.sitting_items
            if row.annulled_at is None and (since is None or row.sitting.opened_at >= since)
        ]

    def counted_names(self, item: SittingItem) -> list[NameSheet]:
        """Counts of names that stand, the rejected ones left out."""
        return [row for row in self.name_sheets if row.item_id == item.pk and row.rejected_at is None]

    def names_at(self, item: SittingItem) -> list[WrittenName]:
        """The names on the ballots of one sitting once both tellers agree on them, by votes."""
        found = [row for row in self.written_names if row.item_id == item.pk]
        return sorted(found, key=lambda row: (-row.votes, row.pk))

    def votes_at(self, item: SittingItem) -> dict[int, int]:
        """Person → votes at one sitting; several words for one person count together."""
        votes: dict[int, int] = {}
        for row in self.names_at(item):
            if row.person_id is not None:
                votes[row.person_id] = votes.get(row.person_id, 0) + row.votes
        return votes

    def went_on(self, item: SittingItem | None) -> list[Ranking]:
        """Whoever goes on from a sitting, by place."""
        found = [row for row in self.rankings if item is not None and row.item_id == item.pk and row.goes_on]
        return sorted(found, key=lambda row: (row.place, row.pk))

    def is_secret(self, candidacy: Candidacy) -> bool:
        """Whether somebody was nominated in confidence, so that no public page may show it."""
        nomination = self.nomination_of(candidacy)
        return nomination is not None and nomination.ground == ExceptionGround.STATE_SECRET

    @property
    def competed_for(self) -> Rule | None:
        """POS-22: the rule by which posts of this class are filled by competition alone; None where there is none."""
        rules = self.rules.asking("post.competition_only")
        return next((rule for rule in rules if self.selection.post.post_class in rule.value), None)

    def consulted(self) -> list[ConsultedBody]:
        """Whose opinion on every inspected person is asked: whom the rules name, and who manages the post jointly.

        The audit bureau is asked too where nobody is promoted without an audit.
        """
        bodies = [ConsultedBody(body) for body in self.rules.value("inquiry.bodies", ())]
        audited = "before_promotion" in self.rules.value("audit.when", ())
        audit = [ConsultedBody.AUDIT_OFFICE] if audited and any(map(self.rises, self.live)) else []
        joint = [ConsultedBody.CO_MANAGER] if self.selection.post.co_manager else []
        return list(dict.fromkeys([*bodies, *audit, *joint]))

    def rises(self, candidacy: Candidacy) -> bool:
        """Whether the post is above the grade of the candidate; whose grade is not known is taken to rise."""
        post, grade = candidacy.post or self.selection.post, candidacy.person.grade
        return not grade or RANKS.index(post.grade) < RANKS.index(grade)

    def inputs(self) -> dict[RecommendationForm, Rule]:
        """The recommendations that are counted before anybody is fixed for inspection, with the rule of each."""
        forms = self.rules["recommendation.forms"]
        found = {RecommendationForm(form): forms for form in forms.value}
        if self.route is not None:
            found |= dict(self.route.inputs(self.rules))
        return {form: found[form] for form in RecommendationForm if form in found}

    def forms_now(self) -> list[RecommendationForm]:
        """The recommendations that may be held at this stage: while the list is open, those of the plenum."""
        early = self.selection.stage == Stage.NOMINATION
        return [form for form in self.inputs() if not early or form in OF_THE_PLENUM]

    def forms_held(self) -> list[RecommendationForm]:
        """The recommendations that were held or are asked for."""
        asked = self.inputs()
        return [form for form in RecommendationForm if form in asked or self.poll_of(form)]

    def proposed_in_time(self, opinions: Iterable[Poll]) -> bool:
        """Whether the members of the plenum were asked before the standing committee proposed each candidate."""
        asked = [poll.held_on for poll in opinions]
        live = {candidacy.pk for candidacy in self.live}
        proposed = [
            row.proposed_on
            for row in self.nominations
            if row.source == NominationSource.STANDING_COMMITTEE and row.candidacy_id in live and row.proposed_on
        ]
        return all(any(day <= proposal for day in asked) for proposal in proposed)

    def opinions_of_plenum(self) -> list[Poll]:
        """Every time the members of the plenary committee were asked for their opinion."""
        return [
            poll
            for poll in self.polls
            if poll.kind == PollKind.RECOMMENDATION and poll.form == RecommendationForm.OPINION
        ]

    def poll_of(self, form: RecommendationForm) -> Poll | None:
        """The latest recommendation in this form whose count is confirmed, or else the latest one that counts."""
        since = self.counts_from(Stage.RECOMMENDATION)
        held = [poll for poll in self.polls if poll.form == form and (since is None or poll.held_at >= since)]
        confirmed = [poll for poll in held if poll.confirmed_at]
        return next(reversed(confirmed or held), None)

    def rounds_of_recommendation(self, form: RecommendationForm) -> list[Poll]:
        """Every recommendation in this form that counts and whose count is confirmed, the first round first."""
        since = self.counts_from(Stage.RECOMMENDATION)
        held = [poll for poll in self.polls if poll.form == form and poll.confirmed_at]
        return [poll for poll in held if since is None or poll.held_at >= since]

    def share_of(self, candidacy: Candidacy, poll: Poll) -> tuple[int, int] | None:
        """(votes, ballots) of a candidate, of the ballots that the rules count by (``recommendation.base``)."""
        sheet = self.accepted_sheet(poll)
        base = self.rules.value("recommendation.base", "valid")
        return (int(sheet.votes.get(str(candidacy.pk), 0)), getattr(sheet, base)) if sheet else None

    def floor_of(self, poll: Poll) -> Rule | None:
        """REC-01: the rule by which nobody with less of the votes goes on; none where no ballots are handed in.

        A recommendation of before it was asked how the names came onto the ballots was on the list of the site.
        """
        if poll.form not in BY_BALLOT:
            return None
        unlisted = poll.names == NamesKind.OPEN
        return self.rules.first("recommendation.floor_unlisted" if unlisted else "recommendation.floor_listed")

    def accepted_sheet(self, poll: Poll) -> TallySheet | None:
        """The count of a confirmed poll."""
        if poll.confirmed_at is None:
            return None
        return next((sheet for sheet in self.sheets_of(poll)), None)

    def sheets_of(self, poll: Poll) -> list[TallySheet]:
        """Counts that stand, the rejected ones left out."""
        return [sheet for sheet in self.sheets if sheet.poll_id == poll.pk and sheet.rejected_at is None]

    def votes_for(self, candidacy: Candidacy, form: RecommendationForm) -> tuple[int, int] | None:
        """(votes, valid forms) of a candidate in the confirmed recommendation of this form."""
        poll = self.poll_of(form)
        sheet = self.accepted_sheet(poll) if poll else None
        return (int(sheet.votes.get(str(candidacy.pk), 0)), sheet.valid) if sheet else None

    def weighted(self, candidacy: Candidacy) -> Fraction | None:
        """REC-13: the parts of the valid votes of all forms, each by its weight; None until every form is counted.

        Exact; what is shown of it is rounded.
        """
        total = Fraction(0)
        for form, key in _WEIGHTS.items():
            if (weight := self.rules.value(key)) is not None:
                votes = self.votes_for(candidacy, form)
                if votes is None or not votes[1]:
                    return None
                total += Fraction(weight, 100) * Fraction(*votes)
        return total if any(key in self.rules for key in _WEIGHTS.values()) else None

    def rank_of(self, candidacy: Candidacy, form: RecommendationForm) -> int | None:
        """Place in the confirmed recommendation of this form, 1 for the most votes; equals share a place."""
        poll = self.poll_of(form)
        sheet = self.accepted_sheet(poll) if poll else None
        if sheet is None:
            return None
        mine = int(sheet.votes.get(str(candidacy.pk), 0))
        return 1 + sum(1 for votes in sheet.votes.values() if int(votes) > mine)

    def reply_to(self, inquiry: Inquiry) -> Reply | None:
        return next((reply for reply in self.replies if reply.inquiry_id == inquiry.pk), None)

    def on_record(self) -> list[Any]:
        """The rows whose facts may be corrected, in the order of the stages; of two equal counts the accepted one."""
        counted = [sheet for poll in self.polls if poll.is_recommendation and (sheet := self.accepted_sheet(poll))]
        held = [poll for poll in self.polls if poll.is_recommendation]
        found = (held, counted, self.talks, self.assessments, self.checks, self.replies)
        return [row for rows in (*found, self.consultations, self.introductions) for row in rows]

    # the committee's meeting
    @property
    def item(self) -> AgendaItem | None:
        """The agenda item under which the committee deals with the selection now: that of the last open meeting."""
        running = [item for item in self.items if item.meeting.closed_at is None]
        return max(running, key=lambda item: (item.meeting.held_on, item.pk), default=None)

    def seats_on(self, on: date) -> list[Seat]:
        """Seats held in the deciding body on that day, in their order."""
        return seats_on(self.seats, on)

    def plenum_on(self, on: date) -> list[Seat]:
        """Seats held in the plenary committee on that day, which has part in filling chiefs' posts; without people."""
        return seats_on(self.plenum, on)

    def may_vote(self, seat: Seat) -> bool:
        """A recused member neither speaks nor votes, and neither does a candidate."""
        return seat.person_id not in self.recused_people() | {row.person_id for row in self.live}

    def present_voters(self, item: AgendaItem) -> list[Seat]:
        """Members who are at the meeting of this item and may vote on it."""
        here = [row for row in self.attendances if row.meeting_id == item.meeting_id and row.seat_id]
        present = {row.seat_id for row in here if is_there(row, self.movements)}
        return [seat for seat in self.seats_on(item.meeting.held_on) if seat.pk in present and self.may_vote(seat)]

    def opinions_on(self, item: AgendaItem, candidacy: Candidacy) -> dict[int, StatedOpinion]:
        """Seat → stated opinion on one candidate at this item."""
        return {
            row.seat_id: row for row in self.opinions if row.item_id == item.pk and row.candidacy_id == candidacy.pk
        }

    def item_of(self, meeting: Meeting) -> AgendaItem | None:
        return next((item for item in self.items if item.meeting_id == meeting.pk), None)

    def removals_at(self, item: AgendaItem | None) -> list[Removal]:
        """Posts that are left if the item is decided."""
        return [row for row in self.removals if item and row.item_id == item.pk]

    def removals_with(self, candidacy: Candidacy) -> list[Removal]:
        """Posts that the decision to appoint this candidate removes and that are still held under it."""
        voted = {row.round_id: row.passed for row in self.round_items if row.candidacy_id == candidacy.pk}
        last = max(
            (row for row in self.rounds if row.pk in voted and row.announced_at),
            key=lambda row: (row.announced_at, row.pk),
            default=None,
        )
        if last is None or not voted[last.pk]:
            return []
        decided = [row for row in self.removals if row.item_id == last.poll.item_id and row.ended_on is None]
        return [row for row in decided if row.candidacy_id in (None, candidacy.pk)]

    def rounds_of(self, poll: Poll) -> list[Round]:
        return [round_ for round_ in self.rounds if round_.poll_id == poll.pk]

    def roll_of(self, round_: Round) -> list[RollMember]:
        return [row for row in self.roll if row.round_id == round_.pk]

    def issued(self, round_: Round) -> int:
        """Ballots handed out: of a round that is not opened yet, so far."""
        return handed_out(self.roll_of(round_)).total() if round_.state == RoundState.PREPARED else round_.issued

    def witnessed(self, round_: Round, act: Act) -> list[Witness]:
        """Which scrutineers saw to one thing in a round."""
        return [row for row in self.witnesses if row.round_id == round_.pk and row.act == act]

    def paper_entered(self, round_: Round) -> list[PaperEntry]:
        """Tellers' entries of paper sheets that stand, the rejected ones left out."""
        return [row for row in self.paper_entries if row.round_id == round_.pk and row.rejected_at is None]

    def recused_people(self) -> set[int]:
        """Primary keys of the persons who are recused today."""
        return {
            row.person_id
            for row in self.participations
            if row.part == Part.RECUSED and row.until_on is None and row.person_id is not None
        }

    def recused_accounts(self) -> set[int]:
        """Primary keys of the accounts that are recused today by their own declaration."""
        return {
            row.account_id
            for row in self.participations
            if row.part == Part.RECUSED and row.until_on is None and row.account_id is not None
        }

    def is_apart(self, account: Account) -> bool:
        """Whether the account must have no part: it or its person is recused, or its person a candidate."""
        candidates = {candidacy.person_id for candidacy in self.candidacies}
        return Apart(frozenset(self.recused_accounts()), frozenset(self.recused_people() | candidates)).has(account)

    def ties(self, on: date) -> list[Tie]:
        """Relations between candidates who are still in and those who work on the selection or decide on it.

        Whoever is recused already is left out.
        """
        around = [
            (row.account.person_id, row.account.name, row.get_part_display())
            for row in self.participations
            if row.part != Part.RECUSED and row.until_on is None and row.account and not self.is_apart(row.account)
        ]
        around += [
            (seat.person_id, seat.person.name, seat.get_duty_display())
            for seat in self.seats_on(on)
            if self.may_vote(seat)
        ]
        return self.ties_of(around)

    def ties_of(self, people: Iterable[tuple[int | None, str, Any]]) -> list[Tie]:
        """Relations between candidates who are still in and these people: (key, name, part)."""
        live = {row.person_id: row for row in self.live}
        found: dict[tuple[int, int | None, str], Tie] = {}
        for person, name, part in people:
            for kinship in self.kinships:
                for candidate, other in (
                    (kinship.person_id, kinship.relative_id),
                    (kinship.relative_id, kinship.person_id),
                ):
                    certain = other is not None and other == person
                    if candidate in live and (certain or (other is None and kinship.relative_name == name)):
                        tie = Tie(live[candidate], person, name, part, kinship, certain)
                        found.setdefault((tie.candidacy.pk, person, name), tie)
        return list(found.values())

    @property
    def objections_are_over(self) -> bool:
        """Whether the public notice of everybody who passed has ended; without a notice, whether the matter has."""
        if self.selection.stage != Stage.DECIDED:
            return self.selection.stage == Stage.CLOSED
        noticed = {row.candidacy_id for row in self.appointments if row.state != AppointmentState.ON_NOTICE}
        return all(row.pk in noticed for row in self.at(CandidacyState.PASSED))

    def appraisals_of(self, person: int) -> list[Appraisal]:
        """Annual appraisals of a person, the latest first."""
        return sorted((row for row in self.appraisals if row.person_id == person), key=lambda row: -row.year)

    def file_of(self, person: Person) -> PersonCase:
        """What the register keeps of a person, the latest first."""
        served = (row for row in self.served if row.person_id == person.pk)
        return PersonCase(
            person=person,
            tenures=tuple(sorted(served, key=lambda row: row.from_on, reverse=True)),
            appraisals=tuple(self.appraisals_of(person.pk)),
            educations=_latest_first(self.educations, person),
            economicaudits=_latest_first(self.economic_audits, person),
            trainings=_latest_first(self.trainings, person),
            sanctions=_latest_first(self.sanctions, person),
        )

    def team(self) -> list[Participation]:
        return [row for row in self.participations if row.part == Part.INSPECTOR and row.until_on is None]

    def entered(self, stage: Stage) -> datetime | None:
        """When the stage was last entered; one that was reopened goes on from before."""
        entered = [visit.entered_at for visit in self.visits if visit.stage == stage and not visit.reopened]
        return max(entered, default=None)


def _latest_first(rows: Iterable[InFile], person: Person) -> tuple[InFile, ...]:
    """Those in the file of the person."""
    return tuple(sorted((row for row in rows if row.person_id == person.pk), key=lambda row: row.day, reverse=True))


#: Work of the inspection → when a row of it was put on file.
_RECORDED: dict[type[models.Model], str] = {
    Talk: "recorded_at",
    Assessment: "recorded_at",
    CheckResult: "recorded_at",
    Report: "written_at",
    Inquiry: "asked_at",
}

_BY_SELECTION = "SELECT t.* FROM {table} t WHERE t.selection_id = $1"
#: From the files of candidates, of those nominated and of whoever else is asked about.
_OF_FILES = (
    "SELECT t.* FROM {table} t WHERE t.person_id IN (SELECT person_id FROM candidacies"
    " UNION SELECT person_id FROM nominations UNION SELECT unnest($2))"
)
_Tables = dict[str, tuple[type[models.Model], str]]
#: What the selection hangs on.  A query may name the tables above it.
_ABOVE: _Tables = {
    "selections": (Selection, "SELECT t.* FROM {table} t WHERE t.id = $1"),
    "posts": (Post, "SELECT t.* FROM {table} t WHERE t.id = (SELECT post_id FROM selections)"),
    "mandates": (Mandate, "SELECT t.* FROM {table} t WHERE t.id = (SELECT mandate_id FROM selections)"),
    "bodies": (Body, "SELECT t.* FROM {table} t WHERE t.id = (SELECT body_id FROM mandates)"),
    "batches": (Batch, "SELECT t.* FROM {table} t WHERE t.id = (SELECT batch_id FROM selections)"),
    "rule_sets": (RuleSet, "SELECT t.* FROM {table} t WHERE t.id = (SELECT rule_set_id FROM selections)"),
}
#: What a case holds.
_TABLES: _Tables = {
    "candidacies": (Candidacy, _BY_SELECTION),
    "nominations": (Nomination, _BY_SELECTION),
    "plans": (Plan, _BY_SELECTION),
    "reviews": (Review, _BY_SELECTION),
    "liabilities": (Liability, _BY_SELECTION),
    "announcements": (Announcement, _BY_SELECTION),
    "offered": (OfferedPost, _BY_SELECTION),
    "sitting_items": (SittingItem, _BY_SELECTION),
    "sittings": (Sitting, "SELECT t.* FROM {table} t WHERE t.id IN (SELECT sitting_id FROM sitting_items)"),
    "name_sheets": (NameSheet, _BY_SELECTION),
    "written_names": (WrittenName, _BY_SELECTION),
    "tie_decisions": (TieDecision, _BY_SELECTION),
    "rankings": (Ranking, _BY_SELECTION),
    "polls": (Poll, _BY_SELECTION),
    "sheets": (TallySheet, _BY_SELECTION),
    "prenotices": (Prenotice, _BY_SELECTION),
    "talks": (Talk, _BY_SELECTION),
    "assessments": (Assessment, _BY_SELECTION),
    "checks": (CheckResult, _BY_SELECTION),
    "reports": (Report, _BY_SELECTION),
    "inquiries": (Inquiry, _BY_SELECTION),
    "replies": (Reply, _BY_SELECTION),
    "consultations": (Consultation, _BY_SELECTION),
    "items": (AgendaItem, _BY_SELECTION),
    "removals": (Removal, _BY_SELECTION),
    "materials": (Material, _BY_SELECTION),
    "acknowledgements": (Acknowledgement, _BY_SELECTION),
    "introductions": (Introduction, _BY_SELECTION),
    "opinions": (StatedOpinion, _BY_SELECTION),
    "rounds": (Round, _BY_SELECTION),
    "beside": (
        Round,
        "SELECT t.* FROM {table} t WHERE t.selection_id <> $1 AND t.poll_id IN"
        " (SELECT p.id FROM selection_poll p JOIN selection_agendaitem i ON i.id = p.item_id"
        " WHERE i.meeting_id IN (SELECT meeting_id FROM items))",
    ),
    "round_items": (RoundItem, _BY_SELECTION),
    "roll": (RollMember, _BY_SELECTION),
    "reconsiderations": (Reconsideration, _BY_SELECTION),
    "witnesses": (Witness, _BY_SELECTION),
    "paper_entries": (PaperEntry, _BY_SELECTION),
    "recounts": (Recount, _BY_SELECTION),
    "appointments": (Appointment, _BY_SELECTION),
    "objections": (Objection, _BY_SELECTION),
    "formalities": (Formality, _BY_SELECTION),
    "comparisons": (Comparison, _BY_SELECTION),
    "deadlines": (Deadline, _BY_SELECTION),
    "documents": (Document, _BY_SELECTION),
    "participations": (Participation, _BY_SELECTION),
    "matters": (ImportantMatter, _BY_SELECTION),
    "corrections": (Correction, _BY_SELECTION),
    "visits": (StageVisit, _BY_SELECTION),
    "bars": (Bar, "SELECT t.* FROM {table} t WHERE t.post_id = (SELECT post_id FROM selections)"),
    "freezes": (Freeze, "SELECT t.* FROM {table} t WHERE t.mandate_id = (SELECT mandate_id FROM selections)"),
    "seats": (Seat, "SELECT t.* FROM {table} t WHERE t.body_id = (SELECT body_id FROM mandates)"),
    "plenum": (
        Seat,
        "SELECT t.* FROM {table} t JOIN selection_body b ON b.id = t.body_id"
        " WHERE b.kind = 'plenum' AND (SELECT post_class FROM posts) = 'chief'"
        " AND b.organisation_id = (SELECT organisation_id FROM bodies)",
    ),
    "kinships": (
        Kinship,
        "SELECT DISTINCT t.* FROM {table} t, candidacies c"
        " WHERE t.until_on IS NULL AND (t.person_id = c.person_id OR t.relative_id = c.person_id)",
    ),
    "meetings": (
        Meeting,
        "SELECT t.* FROM {table} t WHERE t.id IN (SELECT meeting_id FROM items)",
    ),
    "attendances": (
        Attendance,
        "SELECT t.* FROM {table} t WHERE t.meeting_id IN (SELECT meeting_id FROM items)",
    ),
    "movements": (
        Movement,
        "SELECT t.* FROM {table} t WHERE t.meeting_id IN (SELECT meeting_id FROM items)",
    ),
    "appraisals": (Appraisal, _OF_FILES),
    "served": (Tenure, _OF_FILES),
    "educations": (Education, _OF_FILES),
    "economic_audits": (
        EconomicAudit,
        "SELECT t.* FROM {table} t WHERE t.person_id IN (SELECT person_id FROM candidacies"
        " UNION SELECT person_id FROM nominations UNION SELECT person_id FROM removals UNION SELECT unnest($2))",
    ),
    "trainings": (Training, _OF_FILES),
    "sanctions": (Sanction, _OF_FILES),
    "held_elsewhere": (
        Candidacy,
        _OF_FILES + " AND t.selection_id <> $1 AND EXISTS (SELECT FROM selection_objection o"
        " LEFT JOIN selection_appointment a ON a.id = o.appointment_id"
        " WHERE COALESCE(a.candidacy_id, o.candidacy_id) = t.id AND o.settled_at IS NULL AND o.effect = 'held')",
    ),
}
_PERSONS = (
    "candidacies",
    "nominations",
    "participations",
    "attendances",
    "bars",
    "seats",
    "appointments",
    "removals",
    "written_names",
    "rankings",
)
_ACCOUNTS = (
    ("selections", "opened_by_id"),
    ("selections", "approved_by_id"),
    ("participations", "account_id"),
    ("nominations", "nominator_id"),
    ("liabilities", "opened_by_id"),
    ("plans", "submitted_by_id"),
    ("reviews", "reviewed_by_id"),
    ("talks", "recorded_by_id"),
    ("reports", "written_by_id"),
    ("sheets", "teller_id"),
    ("name_sheets", "teller_id"),
    ("sitting_items", "signed_off_by_id"),
    ("replies", "replied_by_id"),
    ("objections", "settled_by_id"),
    ("formalities", "recorded_by_id"),
    ("comparisons", "compared_by_id"),
    ("corrections", "proposed_by_id"),
    ("corrections", "decided_by_id"),
    ("witnesses", "account_id"),
    ("paper_entries", "teller_id"),
    ("recounts", "asked_by_id"),
    ("recounts", "agreed_by_id"),
    ("recounts", "refused_by_id"),
)
_UNITS = (
    ("selections", "organisation_id"),
    ("mandates", "department_id"),
    ("posts", "organisation_id"),
    ("posts_left", "organisation_id"),
    ("people", "organisation_id"),
)


def _named(columns: Iterable[tuple[str, str]]) -> str:
    """Rows whose keys stand in these columns."""
    keys = " UNION ".join(f"SELECT {column} FROM {name}" for name, column in columns)  # noqa: S608 - our own names
    return f"SELECT t.* FROM {{table}} t WHERE t.id IN ({keys})"  # noqa: S608 - as above


#: Whom and what the rows of a case name.
_NAMED: _Tables = {
    "people": (
        Person,
        _named(
            [(name, "person_id") for name in _PERSONS]
            + [("nominations", "first_responsible_id"), ("unnest($2)", "unnest")]
        ),
    ),
    "accounts": (Account, _named(_ACCOUNTS)),
    "tenures": (Tenure, _named([("selections", "tenure_id"), ("removals", "tenure_id")])),
    "posts_left": (Post, _named([("tenures", "post_id"), ("served", "post_id"), ("offered", "post_id")])),
    "units": (Organisation, _named(_UNITS)),
    "not_over": (
        Tenure,
        "SELECT t.* FROM {table} t"
        " WHERE t.post_id IN (SELECT post_id FROM selections UNION SELECT post_id FROM offered)"
        " AND (t.until_on IS NULL OR t.until_on > $3)",
    ),
}
_EVERY: _Tables = _ABOVE | _TABLES | _NAMED


def whole(pk: int, *, on: date, also: Iterable[int] = ()) -> Case:
    """Read the case of one selection, with its posts as they are held on that day.

    ``also`` are persons who are no candidates yet but are asked about.

    Raises:
        Selection.DoesNotExist
    """
    found = _rows_of(pk, sorted(also), on)
    if not found["selections"]:
        raise Selection.DoesNotExist
    _link(found)
    selection: Selection = found["selections"][0]
    case = Case(
        selection=selection,
        rules=selection.rules,
        people={person.pk: person for person in found["people"]},
        accounts={account.pk: account for account in found["accounts"]},
        held=Counter(tenure.post_id for tenure in found["not_over"] if tenure.runs_on(on)),
    )
    for name in _TABLES:
        setattr(case, name, found[name])
    case.candidacies.sort(key=lambda row: row.person.stroke_key)
    case.vacancy = vacancies(selection.organisation, selection.post.grade, on)
    case.promised = promised(selection.organisation, selection.post.grade, without=selection)
    return case


_BEFORE_A_SITTING = ("plans", "announcements")


def of_sittings(selections: Any, *, before: bool = False) -> list[Case]:
    """Of each of these selections what its sittings did: stage, tellers, counts, names and places.

    ``before`` a sitting is opened, what comes before it too: plan and announcement.  The number of queries does not
    depend on how many selections there are.

    Args:
        selections: primary keys, or a query for them
    """
    rows = (
        Selection.objects.filter(pk__in=selections)
        .select_related("rule_set", "post__organisation")
        .prefetch_related(
            *_BEFORE_A_SITTING if before else (),
            "visits",
            "participations",
            "name_sheets",
            "tie_decisions",
            Prefetch("sitting_items", SittingItem.objects.select_related("sitting")),
            Prefetch("written_names", WrittenName.objects.select_related("person__organisation")),
            Prefetch("rankings", Ranking.objects.select_related("person__organisation")),
        )
        .order_by("number")
    )
    return [
        Case(
            row,
            row.rules,
            plans=list(row.plans.all()) if before else [],
            announcements=list(row.announcements.all()) if before else [],
            visits=list(row.visits.all()),
            participations=list(row.participations.all()),
            sitting_items=list(row.sitting_items.all()),
            name_sheets=list(row.name_sheets.all()),
            written_names=list(row.written_names.all()),
            tie_decisions=list(row.tie_decisions.all()),
            rankings=list(row.rankings.all()),
            people={name.person.pk: name.person for name in row.written_names.all() if name.person},
        )
        for row in rows
    ]


def of_one_member(round_: Round, seat: Seat) -> Case:
    """What concerns one member in one round: the own row of the roll, and how one who may not vote came and went."""
    selection = round_.selection
    roll = [row for row in round_.own_rows or () if row.seat_id == seat.pk]
    case = Case(selection, selection.rules, roll=roll, subject=round_)
    if not any(row.may_cast for row in roll):
        moved = Movement.objects.filter(attendance__seat=seat, meeting__items__selection=selection).order_by()
        case.movements = list(moved.select_related("attendance"))
    return case


def promised(organisation: Organisation, grade: str, *, without: Selection | None = None) -> Promised:
    """What running selections are to fill in one unit and grade and have not filled yet.  One query."""
    running = Selection.objects.filter(organisation=organisation, post__grade=grade)
    if without is not None:
        running = running.exclude(pk=without.pk)
    return promises(running).get((organisation.pk, grade), Promised())


def promises(selections: models.QuerySet[Selection]) -> dict[tuple[int, str], Promised]:
    """Unit and grade → what those of the selections that are running are to fill there.  One query."""
    filled = Appointment.objects.filter(selection=OuterRef("pk"), tenure__isnull=False)
    held = Tenure.objects.filter(post=OuterRef("post"), until_on__isnull=True)
    parts = Participation.objects.filter(selection=OuterRef("pk"), until_on__isnull=True).order_by()
    recused = parts.filter(part=Part.RECUSED)
    candidates = Candidacy.objects.filter(selection=OuterRef("pk")).order_by()
    running = selections.filter(kind=SelectionKind.APPOINTMENT, closed_at__isnull=True).annotate(
        departs=models.ExpressionWrapper(Q(departure__gt=""), models.BooleanField()),
        wanted=models.F("seats") - _counted(filled, "selection"),
        holders=models.Case(models.When(departure__gt="", then=_counted(held, "post")), default=0),
        accounts=ArraySubquery(recused.filter(account__isnull=False).values("account")),
        people=ArraySubquery(recused.filter(person__isnull=False).values("person")),
        candidates=ArraySubquery(candidates.values("person")),
    )
    found: dict[tuple[int, str], list[Promise]] = {}
    for selection in running.order_by().select_related("post"):
        post = selection.post
        apart = Apart(frozenset(selection.accounts), frozenset([*selection.people, *selection.candidates]))
        promise = Promise(post.pk, post.seats, selection.holders, selection.departs, selection.wanted, apart)
        found.setdefault((selection.organisation_id, post.grade), []).append(promise)
    return {where: Promised(promises) for where, promises in found.items()}


def _counted(rows: models.QuerySet[Any], by: str) -> Coalesce:
    counted = rows.order_by().values(by).annotate(number=models.Count("pk")).values("number")
    return Coalesce(Subquery(counted), 0)


def _statement() -> str:
    """Every table of a case by its name, and the rows of each as JSON in a column of its own."""
    quote = connection.ops.quote_name
    tables = {name: query.format(table=quote(model._meta.db_table)) for name, (model, query) in _EVERY.items()}
    named = ", ".join(f"{name} AS ({query})" for name, query in tables.items())
    rows = ", ".join(f"(SELECT json_agg(r ORDER BY r.id) FROM {name} r)" for name in tables)  # noqa: S608 - our own names
    return f"PREPARE rows_of_a_case (bigint, bigint[], date) AS WITH {named} SELECT {rows}"


#: Connections that know the statement: to plan it takes PostgreSQL longer than to run it.
_prepared: WeakSet[Any] = WeakSet()


def _rows_of(pk: int, also: list[int], on: date) -> dict[str, list[Any]]:
    """Every table of the case in one query."""
    with connection.cursor() as cursor:
        if connection.connection not in _prepared:
            with connection.wrap_database_errors, connection.connection.cursor() as bare:
                bare.execute(_statement())
            _prepared.add(connection.connection)
        cursor.execute("EXECUTE rows_of_a_case (%s, %s, %s)", [pk, also, on])
        columns = dict(zip(_EVERY, cursor.fetchone(), strict=True))
    return {name: _read(model, columns[name] or []) for name, (model, _query) in _EVERY.items()}


def _read(model: type[models.Model], found: list[dict[str, Any]]) -> list[models.Model]:
    """Rows of a table from their JSON."""
    if not found:
        return []
    fields = model._meta.concrete_fields
    names = [field.attname for field in fields]
    columns: Sequence[tuple[str, Callable[[Any], Any]]] = [(str(field.column), field.to_python) for field in fields]
    return [
        model.from_db(
            "default",
            names,
            [None if (value := row[column]) is None else convert(value) for column, convert in columns],
        )
        for row in found
    ]


def _link(found: dict[str, list[Any]]) -> None:
    """Link the rows with each other wherever one names another, so that nobody queries through them."""
    known: dict[type[models.Model], dict[int, models.Model]] = {}
    for name, (model, _query) in _EVERY.items():
        known.setdefault(model, {}).update({row.pk: row for row in found[name]})
    for name, (model, _query) in _EVERY.items():
        for relation in model._meta.concrete_fields if found[name] else ():
            if not isinstance(relation, models.ForeignKey) or relation.related_model not in known:
                continue
            others = known[relation.related_model]
            for row in found[name]:
                if (other := others.get(getattr(row, relation.attname))) is not None:
                    setattr(row, relation.name, other)


def former_posts(appointment: Appointment, on: date) -> list[FormerPost]:
    """The posts that ended with the appointment, each with whether the person can return to it on that day."""
    rows = Tenure.objects.filter(pk__in=appointment.former, person_id=appointment.person_id)
    return [FormerPost(row, is_free(row.post, on)) for row in rows.select_related("post__organisation").order_by("pk")]


def is_free(post: Post, on: date) -> bool:
    """Whether somebody may take the post: it exists, has a seat, and its grade a number that nobody else is to fill."""
    unit = post.organisation
    if not post.exists_on(on) or not unit.is_open(on):
        return False
    free = vacancies(unit, post.grade, on).free - promised(unit, post.grade).seats
    return free >= 1 and Tenure.objects.held(on).filter(post=post).count() < post.seats
