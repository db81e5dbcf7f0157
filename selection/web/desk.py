"""The desk (工作台): what waits for me, what falls due, my selections; and the search.

Every row says the next act and opens exactly there.  Which rows there are depends on the roles held today.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any, NamedTuple

from django.core.paginator import Paginator
from django.db.models import (
    BooleanField,
    Case,
    Count,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    Min,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
    Window,
)
from django.db.models.functions import Cast, Coalesce, Concat, RowNumber
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from selection import clock
from selection.deadlines import OUTLAST
from selection.enums import (
    Act,
    AppointmentState,
    CandidacyState,
    Competition,
    CorrectionState,
    DeadlineKind,
    FileKind,
    Finding,
    NominationSource,
    Part,
    PollKind,
    Role,
    RoundState,
    SelectionKind,
    Stage,
)
from selection.models import (
    Account,
    Acknowledgement,
    Appointment,
    Candidacy,
    Correction,
    Deadline,
    Inquiry,
    Material,
    Meeting,
    NameSheet,
    Nomination,
    Objection,
    PaperEntry,
    Participation,
    Poll,
    Recount,
    Removal,
    Reply,
    RollMember,
    Round,
    Seat,
    Selection,
    SittingItem,
    TallySheet,
    Witness,
)
from selection.models.deadline import trained
from selection.models.poll import COLLECTABLE
from selection.register.models import Person, Post, Sanction
from selection.rulebook import workdays
from selection.stages.deliberation.paper import TELLERS
from selection.standing import ends_probation
from selection.web import audits, yearly
from selection.web.acts import act_url
from selection.web.inquiries import asked_of
from selection.web.next_acts import ROUND_STEP, WHOLE, compact_rail
from selection.web.tags import short_day

SOON = timedelta(days=14)
SHOWN = 20
"""What waits is shown so far on the desk; the rest has a page of its own."""
PER_PAGE = 50
COMING = 10
RAILS = 8
CAME_BACK = 5
FOUND = 20
_NO_DAY = datetime.max.replace(tzinfo=UTC)
_POST = "selection__post__organisation"
_NAMED = (
    *("selection__number", "selection__competition", "selection__post__title", "selection__post__grade"),
    "selection__post__organisation__short_name",
)
_STAFF = frozenset({Role.STAFF})
_STAFF_OR_HEAD = frozenset({Role.STAFF, Role.DEPARTMENT_HEAD})


@dataclass(frozen=True)
class Waiting:
    """Something that waits for somebody: what, of which selection, the next act and where it is done."""

    what: str
    about: str
    url: str
    act: str
    number: str = ""
    due_at: datetime | None = None
    since: datetime | None = None

    def row(self, at: datetime) -> dict[str, Any]:
        return {
            "what": self.what,
            "about": self.about,
            "url": self.url,
            "act": self.act,
            "number": self.number,
            "due_on": clock.last_day_before(self.due_at) if self.due_at else None,
            "left": workdays.working_days_left(at, self.due_at) if self.due_at else None,
            "since": self.since,
        }


class Key(NamedTuple):
    """Something that waits, before it is read: of the nth kind, with its key."""

    nth: int
    pk: int
    due_at: datetime | None
    since: datetime | None


@dataclass(frozen=True)
class Kind:
    """One kind of thing that may wait: which ``rows``, when each is ``due``, ``since`` when it waits.

    Those that are shown are read by their keys from ``told``, with all that ``tell`` needs of them.
    """

    rows: QuerySet[Any]
    told: QuerySet[Any]
    tell: Callable[[Any], Waiting]
    since: str
    due: str = ""

    def keys(self, nth: int, today_ends: datetime, at_most: int) -> QuerySet[Any]:
        """(nth, key, due, since, how many there are, how many of them are due today) of the most urgent ones."""
        rows = self.rows.annotate(
            nth=Value(nth, IntegerField()),
            is_due=F(self.due) if self.due else Cast(Value(None), DateTimeField()),
            waits=F(self.since),
        )
        rows = rows.annotate(alike=Window(Count("pk")), hurried=Window(Count("pk", filter=Q(is_due__lte=today_ends))))
        rows = rows.order_by(F("is_due").asc(nulls_last=True), "waits", "pk")
        return rows.values_list("nth", "pk", "is_due", "waits", "alike", "hurried")[:at_most]


#: What staff do once a deadline has come: for which deadlines, the act, and the relation that is its subject.
STEPS: dict[Act, tuple[Q, str]] = {
    Act.FILE_REPLY: (Q(kind=DeadlineKind.REPLY_DUE, inquiry__isnull=False), "inquiry"),
    Act.CLOSE_NOTICE: (
        Q(kind=DeadlineKind.NOTICE_END, appointment__state=AppointmentState.ON_NOTICE),
        "appointment",
    ),
    Act.ASSESS_PROBATION: (
        Q(
            kind__in=[DeadlineKind.PROBATION_REMINDER, DeadlineKind.PROBATION_END],
            appointment__state=AppointmentState.APPOINTED,
            appointment__assessed_on__isnull=True,
        ),
        "appointment",
    ),
    Act.RECORD_FORMALITY: (Q(kind__in=[DeadlineKind.HANDOVER_DUE, DeadlineKind.REVIEW_DUE]), "appointment"),
}


@dataclass
class Desk:
    """The desk of one account at one time.

    Of each kind of thing no more than ``at_most`` are read, the most urgent; ``number`` tells how many there are of all
    kinds, ``pressing`` how many of them are due today or overdue.
    """

    account: Account
    at: datetime
    at_most: int = SHOWN
    number: int = 0
    pressing: int = 0

    def holds(self, *roles: Role) -> bool:
        return any(self.account.holds(role, clock.day_of(self.at)) for role in roles)

    @cached_property
    def visible(self) -> Any:
        """Selections that are under way and that the account sees, as a subquery."""
        rows = Selection.objects.visible_to(self.account).filter(closed_at__isnull=True, suspended_at__isnull=True)
        return rows.order_by().values("pk")

    @cached_property
    def today_ends(self) -> datetime:
        """The end of the last day before the next working day: what ends by then has no working day left."""
        tomorrow = clock.day_of(self.at) + workdays.ONE_DAY
        return workdays.midnight_after(next(workdays.Calendar.official().working_from(tomorrow)) - workdays.ONE_DAY)

    def waiting(self, deadlines: list[Any]) -> list[dict[str, Any]]:
        """What waits for the account, what is due first at the top, no more than ``at_most``."""
        found: list[Waiting | Key] = [*self._come_due(deadlines)] if self.holds(*_STAFF) else []
        kinds = list(self._kinds())
        found += self._keys(kinds)
        if self.holds(*_STAFF):
            found += [*self._yearly_plans(), *self._economic_audits()]
        if self.holds(Role.MEMBER):
            found += [*self._materials(), *self._ballots()]
        if self.holds(Role.SCRUTINEER):
            found += self._scrutinies()
        found.sort(key=lambda one: (one.due_at or _NO_DAY, one.since or _NO_DAY))
        return [one.row(self.at) for one in _told(found[: self.at_most], kinds)]

    def _kinds(self) -> Iterator[Kind]:
        """What may wait for the roles of the account."""
        if self.holds(Role.SECRETARY):
            yield self._motions()
        if self.holds(Role.SECRETARY, Role.MEMBER):
            yield self._sittings()
        if self.holds(*_STAFF):
            yield self._recommendations()
            yield self._after_the_vote()
        if self.holds(Role.DEPARTMENT_HEAD):
            yield self._to_decide()
            yield self._probations()
        if self.holds(Role.SECRETARY, Role.DEPARTMENT_HEAD):
            yield self._recounts()
        if self.holds(Role.INSPECTOR):
            yield self._inspections()
        if self.holds(*_STAFF_OR_HEAD):
            yield self._objections()
            yield self._corrections()
        if self.holds(Role.STAFF, Role.TELLER):
            yield self._counts()
            yield self._names()
        if self.holds(Role.REVIEWER):
            yield self._inquiries()
        if self.holds(Role.TELLER):
            yield self._papers()

    def _keys(self, kinds: list[Kind]) -> list[Key]:
        """The most urgent things of each kind, found by one query; all of them are counted."""
        wanted = [kind.keys(nth, self.today_ends, self.at_most) for nth, kind in enumerate(kinds)]
        if not wanted:
            return []
        rows = list(wanted[0].union(*wanted[1:], all=True) if len(wanted) > 1 else wanted[0])
        first = {row[0]: row for row in rows}
        self.number += sum(alike for *_key, alike, _hurried in first.values())
        self.pressing += sum(hurried for *_key, hurried in first.values())
        return sorted(Key(*row[:4]) for row in rows)  # of two that are alike the same one is always first

    def _come_due(self, deadlines: list[Any]) -> Iterator[Waiting]:
        come = [row for row in deadlines if row.come]
        if come:
            self.number += come[0].alike
            self.pressing += come[0].alike
        for row in come[: self.at_most]:
            act = Act(row.step)
            yield Waiting(
                str(DeadlineKind(row.kind).label),
                about_of(row),
                act_url(act, getattr(row, STEPS[act][1])),
                str(act.label),
                row.selection.number,
                due_at=row.due_at,
            )

    def _yearly_plans(self) -> Iterator[Waiting]:
        """Plans of the year that units have still to hand in, from the first day of the month in which they are due."""
        today = clock.day_of(self.at)
        for mandate, rule in yearly.mandates_of(self.account, today):
            since, due_at = yearly.due(rule, today.year)
            if since <= self.at and (number := yearly.owing(mandate, today).count()):
                self.number += 1
                self.pressing += due_at <= self.today_ends
                says = ngettext(
                    "%(n)s unit has handed in no plan of the year",
                    "%(n)s units have handed in no plan of the year",
                    number,
                )
                yield Waiting(
                    says % {"n": number},
                    str(mandate),
                    reverse("yearly_plans"),
                    str(Act.FILE_YEARLY_PLAN.label),
                    due_at=due_at,
                    since=since,
                )

    def _economic_audits(self) -> Iterator[Waiting]:
        """AUD-03: chiefs whose period is over without an audit, where the rules name one."""
        today = clock.day_of(self.at)
        rule = audits.rule_of(self.account, today)
        since = audits.overdue_since(rule, today) if rule else []
        if rule is not None and (number := len(since)):
            self.number += 1
            self.pressing += 1
            says = ngettext("%(n)s chief is due for an audit", "%(n)s chiefs are due for an audit", number)
            yield Waiting(
                says % {"n": number},
                rule.citation.label,
                reverse("economic_audits"),
                str(FileKind.ECONOMIC_AUDIT.label),
                due_at=workdays.ends(rule.value, min(since)).at,
            )

    def _motions(self) -> Kind:
        rows = Selection.objects.filter(pk__in=self.visible, stage=Stage.MOTION)

        def tell(row: Any) -> Waiting:
            return Waiting(
                _("A motion waits for your consent"),
                str(row.post),
                act_url(Act.APPROVE_MOTION, row),
                str(Act.APPROVE_MOTION.label),
                row.number,
                since=row.opened_at,
            )

        return Kind(rows, Selection.objects.select_related("post__organisation"), tell, since="opened_at")

    def _sittings(self) -> Kind:
        """Ballots under way: those that the secretary sees, and those over which a member presides."""
        mine = Q(selection__in=self.visible) if self.holds(Role.SECRETARY) else Q(pk__in=())
        if self.account.person_id and self.holds(Role.MEMBER):
            known = Selection.objects.open_to(self.account).order_by().values("pk")
            mine |= Q(chair__person=self.account.person_id, selection__in=known)
        says = {
            RoundState.PREPARED: _("A ballot is prepared"),
            RoundState.OPEN: _("A ballot is under way"),
            RoundState.CLOSED: _("A ballot is closed and not announced yet"),
        }
        rows = Round.objects.filter(mine, state__in=list(ROUND_STEP))

        def tell(row: Any) -> Waiting:
            return Waiting(
                says[RoundState(row.state)],
                str(row.selection.sought),
                reverse("ballot", args=[row.pk]),
                str(ROUND_STEP[RoundState(row.state)].label),
                row.selection.number if self.holds(Role.SECRETARY) else "",
                since=row.prepared_at,
            )

        return Kind(rows, Round.objects.select_related(_POST), tell, since="prepared_at")

    def _recommendations(self) -> Kind:
        """Personal recommendations to review, and recommenders to be told."""
        due = Deadline.objects.filter(nomination=OuterRef("pk"), kind=DeadlineKind.FEEDBACK_DUE, ended_at__isnull=True)
        told = Nomination.objects.annotate(
            waits_since=Coalesce("reviewed_at", "nominated_at"),
            due_at=Subquery(due.order_by("due_at").values("due_at")[:1]),
        )
        rows = told.filter(
            Q(reviewed_at__isnull=True, selection__stage=Stage.NOMINATION)
            | Q(reviewed_at__isnull=False, fed_back_at__isnull=True),
            selection__in=self.visible,
            source=NominationSource.PERSONAL,
        )

        def tell(row: Any) -> Waiting:
            act = Act.FEED_BACK_RECOMMENDATION if row.reviewed_at else Act.REVIEW_RECOMMENDATION
            return Waiting(
                _("A recommender waits for the outcome") if row.reviewed_at else _("A personal recommendation came in"),
                f"{row.person.name} · {row.selection.sought}",
                act_url(act, row),
                str(act.label),
                row.selection.number,
                due_at=row.due_at,
                since=row.waits_since,
            )

        return Kind(rows, told.select_related("person", _POST), tell, due="due_at", since="waits_since")

    def _after_the_vote(self) -> Kind:
        """Persons who have passed the vote and are not announced, or cleared by the notice and not appointed."""
        live = Appointment.objects.filter(candidacy=OuterRef("pk")).exclude(state=AppointmentState.CANCELLED)
        cleared = live.filter(state=AppointmentState.CLEARED)
        removal = Removal.objects.filter(candidacy=OuterRef("pk"), ended_on__isnull=True).order_by("-pk")
        told = Candidacy.objects.annotate(
            announced=Exists(live),
            cleared=Subquery(cleared.values("pk")[:1]),
            talked=Subquery(cleared.values("talked_on")[:1]),
            removal=Subquery(removal.values("pk")[:1]),
        )
        rows = told.filter(
            Q(selection__kind=SelectionKind.REMOVAL) | Q(cleared__isnull=False) | Q(announced=False),
            selection__in=self.visible,
            selection__stage=Stage.DECIDED,
            state=CandidacyState.PASSED,
        )

        def tell(row: Any) -> Waiting:
            subject: Any = row
            waits = row.selection.competition == Competition.GRADE and row.post_id is None
            act = Act.ASSIGN_POST if waits else Act.PUBLISH_NOTICE
            if row.selection.is_removal:
                subject, act = Removal(pk=row.removal), Act.REMOVE_HOLDER
            elif row.cleared:
                subject = Appointment(pk=row.cleared)
                act = Act.APPOINT_CANDIDATE if row.talked else Act.HOLD_APPOINTMENT_TALK
            return Waiting(
                _("The notice is closed") if row.cleared else _("The vote was passed"),
                f"{row.person.name} · {row.selection.sought}",
                act_url(act, subject),
                str(act.label),
                row.selection.number,
                since=row.selection.entered_at,
            )

        return Kind(rows, told.select_related("person", _POST), tell, since="selection__entered_at")

    def _to_decide(self) -> Kind:
        """What the meeting of department heads is to decide: whom to inspect, whom to propose."""
        polls = Poll.objects.filter(selection=OuterRef("pk"), kind=PollKind.RECOMMENDATION)
        inspected = Candidacy.objects.filter(selection=OuterRef("pk"), state=CandidacyState.INSPECTED)
        rows = (
            Selection.objects.filter(pk__in=self.visible)
            .annotate(
                held=Exists(polls),
                counting=Exists(polls.filter(confirmed_at__isnull=True)),
                inspected=Exists(inspected),
                unreported=Exists(inspected.filter(reports__isnull=True)),
            )
            .filter(
                Q(stage=Stage.RECOMMENDATION, held=True, counting=False)
                | Q(stage=Stage.INSPECTION, inspected=True, unreported=False)
            )
        )

        def tell(row: Any) -> Waiting:
            counted = row.stage == Stage.RECOMMENDATION
            act = Act.OPEN_INSPECTION if counted else Act.OPEN_DELIBERATION
            return Waiting(
                _("The recommendation is counted") if counted else _("The inspection reports are written"),
                str(row.post),
                act_url(act, row),
                str(act.label),
                row.number,
                since=row.entered_at,
            )

        return Kind(rows, Selection.objects.select_related("post__organisation"), tell, since="entered_at")

    def _probations(self) -> Kind:
        """Persons assessed at the end of their probation, and those whose probation a sanction ends before."""
        during = {"person": OuterRef("person"), "decided_on__gte": OuterRef("published_on")}
        told = Appointment.objects.annotate(sanctioned=Exists(Sanction.objects.filter(ends_probation(), **during)))
        rows = told.filter(
            Q(assessed_on__isnull=False) | Q(sanctioned=True),
            selection__in=self.visible,
            state=AppointmentState.APPOINTED,
        )

        def tell(row: Any) -> Waiting:
            act = Act.CONFIRM_APPOINTMENT if row.assessed_fit else Act.RELIEVE_APPOINTMENT
            if row.sanctioned:
                act = Act.CANCEL_APPOINTMENT
            return Waiting(
                _("A sanction ends the probation") if row.sanctioned else _("Probation has been assessed"),
                f"{row.person.name} · {row.selection.sought}",
                act_url(act, row),
                str(act.label),
                row.selection.number,
                due_at=row.probation_ends_at,
            )

        return Kind(
            rows,
            told.select_related("person", _POST),
            tell,
            due="probation_ends_at",
            since="selection__entered_at",
        )

    def _inspections(self) -> Kind:
        """Inspections in which the account takes part and of which a report is missing."""
        named = Participation.objects.filter(
            selection=OuterRef("pk"), account=self.account, part=Part.INSPECTOR, until_on__isnull=True
        )
        unreported = Candidacy.objects.filter(
            selection=OuterRef("pk"), state=CandidacyState.INSPECTED, reports__isnull=True
        )
        rows = Selection.objects.filter(Exists(named), Exists(unreported), pk__in=self.visible, stage=Stage.INSPECTION)

        def tell(row: Any) -> Waiting:
            return Waiting(
                _("An inspection is under way"),
                str(row.post),
                f"{row.get_absolute_url()}#inspection",
                _("Inspect"),
                row.number,
                since=row.entered_at,
            )

        return Kind(rows, Selection.objects.select_related("post__organisation"), tell, since="entered_at")

    def _objections(self) -> Kind:
        rows = Objection.objects.filter(selection__in=self.visible, settled_at__isnull=True)
        told = Objection.objects.select_related("appointment__candidacy__person", "candidacy__person", _POST)

        def tell(row: Any) -> Waiting:
            return Waiting(
                _("An objection is to be settled") if row.appointment else _("A report is to be settled"),
                " · ".join(str(one) for one in (row.candidate, row.selection.sought) if one),
                act_url(Act.SETTLE_OBJECTION, row),
                str(Act.SETTLE_OBJECTION.label),
                row.selection.number,
                due_at=row.appointment.notice_ends_at if row.appointment else None,
                since=row.filed_at,
            )

        return Kind(rows, told, tell, due="appointment__notice_ends_at", since="filed_at")

    def _corrections(self) -> Kind:
        """Corrections that somebody else proposed."""
        rows = Correction.objects.filter(selection__in=self.visible, state=CorrectionState.PROPOSED)
        rows = rows.exclude(proposed_by=self.account)

        def tell(row: Any) -> Waiting:
            return Waiting(
                _("A correction waits for a second person"),
                str(row.selection.sought),
                f"{reverse('selection_facts', args=[row.selection.number])}#parts",
                _("Look at it"),
                row.selection.number,
                since=row.proposed_at,
            )

        return Kind(rows, Correction.objects.select_related(_POST), tell, since="proposed_at")

    def _recounts(self) -> Kind:
        """Audit packages that somebody else asked for."""
        rows = Recount.objects.filter(
            selection__in=self.visible,
            selection__closed_at__isnull=True,
            agreed_at__isnull=True,
            refused_at__isnull=True,
            round__destroyed_at__isnull=True,
        )
        rows = rows.exclude(asked_by=self.account)

        def tell(row: Any) -> Waiting:
            return Waiting(
                _("The audit package of a ballot was asked for"),
                str(row.selection.sought),
                reverse("recount", args=[row.round_id]),
                _("Look at it"),
                row.selection.number,
                since=row.asked_at,
            )

        return Kind(rows, Recount.objects.select_related(_POST), tell, since="asked_at")

    def _counts(self) -> Kind:
        """Counts that a teller has to enter, and counts that staff have to confirm; no figure of either."""
        standing = TallySheet.objects.filter(poll=OuterRef("pk"), rejected_at__isnull=True)
        named = Participation.objects.filter(
            selection=OuterRef("selection"), account=self.account, part=Part.TELLER, until_on__isnull=True
        )
        entered = standing.order_by().values("poll").annotate(number=Count("pk")).values("number")
        wanted = Q(entered=2) if self.holds(Role.STAFF) else Q()
        if self.holds(Role.TELLER):
            wanted |= Q(named=True, mine=False, entered__lt=2)
        told = Poll.objects.annotate(entered=Coalesce(Subquery(entered), 0))
        rows = told.annotate(mine=Exists(standing.filter(teller=self.account)), named=Exists(named)).filter(
            wanted, selection__in=self.visible, kind=PollKind.RECOMMENDATION, confirmed_at__isnull=True
        )

        def tell(row: Any) -> Waiting:
            about = f"{row.get_form_display()} · {row.selection.sought}"
            if row.entered < 2:
                url, act = act_url(Act.ENTER_TALLY, row), str(Act.ENTER_TALLY.label)
                what = _("A count waits to be entered")
            else:
                url, act = row.selection.get_absolute_url(), str(Act.CONFIRM_TALLY.label)
                what = _("Both tellers have entered their counts")
            return Waiting(what, about, url, act, row.selection.number, since=row.held_at)

        return Kind(rows, told.select_related(_POST), tell, since="held_at")

    def _names(self) -> Kind:
        """Ballots of sittings that a teller has to count, and what staff have to do with the names; no figure."""
        standing = NameSheet.objects.filter(item=OuterRef("pk"), rejected_at__isnull=True)
        named = Participation.objects.filter(
            selection=OuterRef("selection"), account=self.account, part=Part.TELLER, until_on__isnull=True
        )
        entered = standing.order_by().values("item").annotate(number=Count("pk")).values("number")
        wanted = Q(entered=2) if self.holds(Role.STAFF) else Q()
        if self.holds(Role.TELLER):
            wanted |= Q(named=True, mine=False, entered__lt=2)
        told = SittingItem.objects.annotate(entered=Coalesce(Subquery(entered), 0))
        rows = told.annotate(mine=Exists(standing.filter(teller=self.account)), named=Exists(named)).filter(
            wanted,
            selection__in=self.visible,
            selection__stage=Stage.NOMINATION,
            settled_at__isnull=True,
            annulled_at__isnull=True,
        )

        def tell(row: Any) -> Waiting:
            counting = row.entered < 2
            url = act_url(Act.ENTER_NAMES, row) if counting else reverse("sitting", args=[row.sitting_id])
            return Waiting(
                _("A count waits to be entered") if counting else _("Both tellers have entered their counts"),
                f"{row.sitting.get_kind_display()} · {row.selection.sought}",
                url,
                str(Act.ENTER_NAMES.label) if counting else _("Go on with it"),
                row.selection.number,
                since=row.sitting.opened_at,
            )

        return Kind(rows, told.select_related("sitting", _POST), tell, since="sitting__opened_at")

    def _inquiries(self) -> Kind:
        rows = asked_of(self.account).filter(
            reply__isnull=True, selection__closed_at__isnull=True, selection__suspended_at__isnull=True
        )

        def tell(row: Any) -> Waiting:
            return Waiting(
                _("Your department is reminded to give its opinion")
                if row.reminders
                else _("Your department is asked for its opinion"),
                row.candidacy.person.name,
                act_url(Act.ANSWER_INQUIRY, row),
                str(Act.ANSWER_INQUIRY.label),
                due_at=row.due_at,
            )

        return Kind(rows, Inquiry.objects.select_related("candidacy__person"), tell, due="due_at", since="asked_at")

    def _materials(self) -> Iterator[Waiting]:
        """Meetings of which papers were sent that the member has not acknowledged; items open to the member only."""
        seat = Seat.objects.filter(
            Q(until_on__isnull=True) | Q(until_on__gte=OuterRef("item__meeting__held_on")),
            body=OuterRef("item__meeting__body"),
            person=self.account.person_id,
            from_on__lte=OuterRef("item__meeting__held_on"),
        )
        received = Acknowledgement.objects.filter(
            item=OuterRef("item"), seat__person=self.account.person_id, acknowledged_at__gte=OuterRef("sent_at")
        )
        known = Selection.objects.open_to(self.account).filter(stage=Stage.DELIBERATION, suspended_at__isnull=True)
        rows = Material.objects.filter(
            Exists(seat),
            ~Exists(received),
            item__meeting__closed_at__isnull=True,
            selection__in=known.order_by().values("pk"),
        )
        papers: dict[Meeting, list[Material]] = {}
        for row in rows.select_related("item__meeting__body").order_by("item__meeting__held_on", "sent_at"):
            papers.setdefault(row.item.meeting, []).append(row)
        self.number += len(papers)
        for meeting, sent in papers.items():
            what = ngettext(
                "%(n)s paper of the meeting on %(day)s is to be read and acknowledged",
                "%(n)s papers of the meeting on %(day)s are to be read and acknowledged",
                len(sent),
            )
            yield Waiting(
                what % {"n": len(sent), "day": short_day(meeting.held_on)},
                str(meeting),
                reverse("materials", args=[meeting.pk]),
                _("Read and acknowledge"),
                since=sent[0].sent_at,
            )

    def _ballots(self) -> Iterator[Waiting]:
        """Meetings at which ballots are prepared that the member has not collected; how many, and nothing of others."""
        rows = RollMember.objects.of(self.account).filter(COLLECTABLE).order_by().values("round__poll__item__meeting")
        rows = rows.annotate(number=Count("pk"), since=Min("round__prepared_at"))
        waiting = {row["round__poll__item__meeting"]: row for row in rows}
        self.number += len(waiting)
        for meeting in Meeting.objects.filter(pk__in=waiting).select_related("body") if waiting else ():
            number = waiting[meeting.pk]["number"]
            yield Waiting(
                ngettext("%(n)s ballot is to be collected", "%(n)s ballots are to be collected", number)
                % {"n": number},
                str(meeting),
                reverse("collect", args=[meeting.pk]),
                _("Collect my ballots"),
                since=waiting[meeting.pk]["since"],
            )

    def _scrutinies(self) -> Iterator[Waiting]:
        """Meetings at which a scrutineer has boxes to check, or a closing to agree to."""
        seen = Witness.objects.filter(round=OuterRef("pk"), account=self.account)
        checking = Q(state=RoundState.PREPARED) & ~Exists(seen.filter(act=Act.CHECK_BOX))
        closing = Q(state=RoundState.OPEN) & ~Exists(seen.filter(act=Act.AGREE_CLOSING))
        paper = Q(state=RoundState.CLOSED, returned__isnull=True, entered=TELLERS)
        rounds = self._watched(Role.SCRUTINEER).filter(checking | closing | paper).order_by()
        rows = rounds.values("poll__item__meeting").annotate(
            since=Min("prepared_at"), open=Count("pk", filter=~Q(state=RoundState.PREPARED))
        )
        waiting = {row["poll__item__meeting"]: row for row in rows}
        self.number += len(waiting)
        for meeting in Meeting.objects.filter(pk__in=waiting).select_related("body") if waiting else ():
            row = waiting[meeting.pk]
            yield Waiting(
                _("A ballot is under way") if row["open"] else _("The boxes of ballots are to be checked"),
                str(meeting),
                reverse("scrutiny", args=[meeting.pk]),
                _("Scrutiny of the ballots"),
                since=row["since"],
            )

    def _papers(self) -> Kind:
        """Closed ballots of which a teller has to enter the paper sheets."""
        mine = PaperEntry.objects.filter(round=OuterRef("pk"), teller=self.account, rejected_at__isnull=True)
        rows = self._watched(Role.TELLER).filter(
            ~Exists(mine), state=RoundState.CLOSED, returned__isnull=True, entered__lt=TELLERS
        )

        def tell(row: Any) -> Waiting:
            return Waiting(
                _("Paper ballots are to be entered"),
                str(row.selection.sought),
                act_url(Act.ENTER_PAPER, row),
                str(Act.ENTER_PAPER.label),
                since=row.closed_at,
            )

        return Kind(rows, Round.objects.select_related(_POST), tell, since="closed_at")

    def _watched(self, role: Role) -> QuerySet[Any, Any]:
        """Rounds in which the account may act by this role, with how many tellers have ``entered`` their paper."""
        known = Selection.objects.watched_by(self.account, role).order_by().values("pk")
        entries = PaperEntry.objects.filter(round=OuterRef("pk"), rejected_at__isnull=True).order_by().values("round")
        entered = entries.annotate(number=Count("pk")).values("number")
        return Round.objects.filter(selection__in=known).annotate(entered=Coalesce(Subquery(entered), 0))

    @cached_property
    def _watched_over(self) -> Q:
        """Deadlines of what is under way, and what outlasts a selection that the account sees."""
        seen = Selection.objects.visible_to(self.account).order_by().values("pk")
        return Q(selection__in=self.visible) | Q(kind__in=OUTLAST, selection__in=seen)

    def deadlines(self) -> list[Any]:
        """Open deadlines of the selections that the account sees: those that have come and ask for an act, and others.

        Of both the first, each with how many there are.
        """
        come = Q(met_at__isnull=False) | Q(due_at__lte=self.at)
        step = Case(*(When(condition, then=Value(act.value)) for act, (condition, _subject) in STEPS.items()))
        rows = (
            Deadline.objects.filter(self._watched_over, ~trained(), ended_at__isnull=True, due_at__lte=self.at + SOON)
            .annotate(come=ExpressionWrapper(come, BooleanField()), step=step)
            .filter(Q(come=False) | Q(step__isnull=False))
            .annotate(alike=Window(Count("pk"), partition_by="come"))
        )
        in_turn = Window(RowNumber(), partition_by="come", order_by=("due_at", "pk"))  # the first of both, the second …
        keys = rows.order_by(in_turn).values_list("pk", "come", "step", "alike")[: 2 * max(COMING, self.at_most)]
        found = {pk: more for pk, *more in keys}
        concerned = ("appointment__person", "inquiry__candidacy__person", "nomination__person")
        told = (
            Deadline.objects.select_related(_POST, *concerned)
            .only(
                *("kind", "due_at", "provisional", "inquiry__department", *_NAMED),
                *(f"{path}__name" for path in concerned),
            )
            .in_bulk(found)
        )
        for pk, row in told.items():
            row.come, row.step, row.alike = found[pk]  # type: ignore[attr-defined]
        return [told[pk] for pk in found if pk in told]

    def soon(self, deadlines: list[Any]) -> list[dict[str, Any]]:
        """What falls due in the next fourteen days."""
        return [
            {
                "label": DeadlineKind(row.kind).label,
                "about": about_of(row),
                "number": row.selection.number,
                "url": row.selection.get_absolute_url(),
                "due_on": clock.last_day_before(row.due_at),
                "left": workdays.working_days_left(self.at, row.due_at),
                "provisional": row.provisional,
            }
            for row in [row for row in deadlines if not row.come][:COMING]
        ]

    def rails(self) -> list[dict[str, Any]]:
        """Selections under way, those first in which the account has a part."""
        part = Participation.objects.filter(selection=OuterRef("pk"), account=self.account, until_on__isnull=True)
        rows = (
            Selection.objects.visible_to(self.account)
            .filter(closed_at__isnull=True)
            .annotate(
                mine=Exists(part.exclude(part=Part.RECUSED)),
                running=Window(Count("pk", filter=Q(suspended_at__isnull=True))),
            )
            .select_related("post__organisation")
            .only(
                *("number", "kind", "stage", "seats", "competition", "end_reason", "suspended_at"),
                *("post__title", "post__grade", "post__organisation__short_name"),
            )
            .prefetch_related(Prefetch("appointments", Appointment.objects.all(), to_attr="rail_appointments"))
            .order_by("-mine", "-entered_at")[:RAILS]
        )
        return [
            {
                "selection": row,
                "url": row.get_absolute_url(),
                "steps": compact_rail(row, row.rail_appointments),
            }
            for row in rows
        ]

    def came_back(self) -> list[dict[str, Any]]:
        """The last written opinions of departments."""
        keys = Reply.objects.filter(selection__in=self.visible).order_by("-replied_at", "-pk").values("pk")[:CAME_BACK]
        rows = (
            Reply.objects.filter(pk__in=keys)
            .select_related("inquiry__candidacy__person", "selection")
            .only(
                "finding", "replied_at", "selection__number", "inquiry__department", "inquiry__candidacy__person__name"
            )
        )
        return [
            {
                "department": row.inquiry.department,
                "name": row.inquiry.candidacy.person.name,
                "number": row.selection.number,
                "url": row.selection.get_absolute_url(),
                "at": row.replied_at,
                "finding": Finding(row.finding).label,
                "tone": "good" if row.finding == Finding.CLEAR else "warn",
            }
            for row in rows.order_by("-replied_at", "-pk")
        ]


def _told(found: Iterable[Waiting | Key], kinds: Sequence[Kind]) -> Iterator[Waiting]:
    """All in the same order, those that are keys read, one query for each kind."""
    found = list(found)
    keys: dict[int, list[int]] = {}
    for one in found:
        if isinstance(one, Key):
            keys.setdefault(one.nth, []).append(one.pk)
    rows = {nth: kinds[nth].told.in_bulk(pks) for nth, pks in keys.items()}
    for one in found:
        if isinstance(one, Waiting):
            yield one
        elif one.pk in rows[one.nth]:  # it may have gone since its key was read
            yield kinds[one.nth].tell(rows[one.nth][one.pk])


def about_of(row: Deadline) -> str:
    """The person whom a deadline concerns, and the post."""
    for thing in (row.appointment, row.nomination):
        if thing is not None:
            return f"{thing.person.name} · {row.selection.sought}"
    if row.inquiry is not None:
        return f"{row.inquiry.candidacy.person.name} · {row.inquiry.department}"
    return str(row.selection.sought)


@require_safe
@never_cache
def desk(request: HttpRequest) -> HttpResponse:
    """What waits for me, what falls due, my selections, what came back."""
    account: Account = request.user  # type: ignore[assignment]
    mine = Desk(account, clock.now())
    sees_selections = mine.holds(*WHOLE, Role.TELLER, Role.INSPECTOR)
    deadlines = mine.deadlines() if mine.holds(*WHOLE) else []
    rails = mine.rails() if sees_selections else []
    return render(
        request,
        "selection/desk.html",
        {
            "waiting": mine.waiting(deadlines),
            "number": mine.number,
            "due_today": mine.pressing,
            "soon": mine.soon(deadlines),
            "coming": next((row.alike for row in deadlines if not row.come), 0),
            "sees_deadlines": mine.holds(*WHOLE),
            "rails": rails,
            "running": rails[0]["selection"].running if rails else 0,
            "sees_selections": sees_selections,
            "came_back": mine.came_back() if mine.holds(*_STAFF_OR_HEAD) else [],
            "sees_replies": mine.holds(*_STAFF_OR_HEAD),
            "recommend_url": reverse("recommend") if mine.holds(Role.LEADER, Role.SECRETARY) else "",
            "accounts_url": reverse("accounts") if mine.holds(Role.ADMINISTRATOR) else "",
            "meetings_url": reverse("meetings") if mine.holds(Role.MEMBER, Role.SCRUTINEER) else "",
        },
    )


@require_safe
@never_cache
def everything_waiting(request: HttpRequest) -> HttpResponse:
    """All that waits for me, a page at a time."""
    account: Account = request.user  # type: ignore[assignment]
    wanted = request.GET.get("page", "")
    upto = PER_PAGE * max(1, int(wanted) if wanted.isdecimal() and len(wanted) < 6 else 1)
    mine = Desk(account, clock.now(), at_most=upto)
    found = mine.waiting(mine.deadlines() if mine.holds(*WHOLE) else [])
    page = Paginator(range(mine.number), PER_PAGE).get_page(wanted)
    return render(
        request,
        "selection/desk_waiting.html",
        {
            "waiting": found[max(0, page.start_index() - 1) : page.end_index()],
            "number": mine.number,
            "due_today": mine.pressing,
            "page": page,
        },
    )


@require_safe
@never_cache
def search(request: HttpRequest) -> HttpResponse:
    """People, posts and selections whose name or number contains the words; only what the account may see."""
    account: Account = request.user  # type: ignore[assignment]
    words = request.GET.get("q", "").strip()[:60]
    today: date = clock.today()
    sees_register = any(account.holds(role, today) for role in WHOLE)
    people: list[Any] = []
    posts: list[Any] = []
    selections: list[Any] = []
    if words:
        selections = list(
            Selection.objects.visible_to(account)
            .annotate(called=Concat("organisation__short_name", "post__title"))
            .filter(Q(number__icontains=words) | Q(called__icontains=words) | Q(organisation__name__icontains=words))
            .select_related("post__organisation")[:FOUND]
        )
    if words and sees_register:
        people = list(Person.objects.filter(name__contains=words).with_posts(today).in_stroke_order()[:FOUND])
        posts = list(
            Post.objects.existing(today)
            .annotate(called=Concat("organisation__short_name", "title"))
            .filter(Q(called__icontains=words) | Q(organisation__name__icontains=words))
            .select_related("organisation")
            .with_holders(today)[:FOUND]
        )
    return render(
        request,
        "selection/desk_search.html",
        {
            "search_words": words,
            "people": people,
            "posts": posts,
            "selections": selections,
            "sees_register": sees_register,
            "nothing": bool(words) and not (people or posts or selections),
            "cut_at": FOUND if FOUND in (len(people), len(posts), len(selections)) else 0,
        },
    )


urlpatterns = [
    path("", desk, name="desk"),
    path("waiting/", everything_waiting, name="waiting"),
    path("search/", search, name="search"),
]
