"""The desk (工作台): what waits for me, what falls due, my selections; and the search.

Every row says the next act and opens exactly there.  Which rows there are depends on the roles held today.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, Subquery
from django.db.models.functions import Concat
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from selection import clock
from selection.enums import (
    Act,
    AppointmentState,
    CandidacyState,
    CorrectionState,
    DeadlineKind,
    Finding,
    NominationSource,
    Part,
    PollKind,
    Role,
    RoundState,
    Stage,
)
from selection.models import (
    Account,
    Acknowledgement,
    Appointment,
    Candidacy,
    Correction,
    Deadline,
    Material,
    Meeting,
    Nomination,
    Objection,
    Participation,
    Poll,
    Removal,
    Reply,
    Round,
    Seat,
    Selection,
    TallySheet,
)
from selection.register.models import Person, Post
from selection.rulebook import workdays
from selection.web.acts import act_url
from selection.web.inquiries import asked_of
from selection.web.next_acts import WHOLE, compact_rail
from selection.web.tags import short_day

SOON = timedelta(days=14)
RAILS = 8
CAME_BACK = 5
FOUND = 20
_NO_DEADLINE = 10_000
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


@dataclass(frozen=True)
class Desk:
    """The desk of one account at one time."""

    account: Account
    at: datetime

    def holds(self, *roles: Role) -> bool:
        return any(self.account.holds(role, clock.day_of(self.at)) for role in roles)

    @cached_property
    def visible(self) -> Any:
        """Selections that are under way and that the account sees, as a subquery."""
        rows = Selection.objects.visible_to(self.account).filter(closed_at__isnull=True, suspended_at__isnull=True)
        return rows.order_by().values("pk")

    def waiting(self, deadlines: list[Deadline]) -> list[dict[str, Any]]:
        """Everything that waits for the account, what is due first at the top."""
        found: list[Waiting] = []
        if self.holds(Role.SECRETARY):
            found += self._motions()
        if self.holds(Role.SECRETARY, Role.MEMBER):
            found += self._sittings()
        if self.holds(*_STAFF):
            found += [*self._come_due(deadlines), *self._recommendations(deadlines), *self._after_the_vote()]
        if self.holds(Role.DEPARTMENT_HEAD):
            found += [*self._to_decide(), *self._probations()]
        if self.holds(Role.INSPECTOR):
            found += self._inspections()
        if self.holds(*_STAFF_OR_HEAD):
            found += [*self._objections(), *self._corrections()]
        if self.holds(Role.STAFF, Role.TELLER):
            found += self._counts()
        if self.holds(Role.REVIEWER):
            found += self._inquiries()
        if self.holds(Role.MEMBER):
            found += self._materials()
        rows = [one.row(self.at) for one in found]
        return sorted(rows, key=lambda row: (_NO_DEADLINE if row["left"] is None else row["left"], str(row["since"])))

    def _come_due(self, deadlines: list[Deadline]) -> Iterator[Waiting]:
        for row in deadlines:
            if row.met_at is None and row.due_at > self.at:
                continue
            step = act_of(row)
            if step is not None:
                act, subject, about = step
                yield Waiting(
                    str(DeadlineKind(row.kind).label),
                    about,
                    act_url(act, subject),
                    str(act.label),
                    row.selection.number,
                    due_at=row.due_at,
                )

    def _motions(self) -> Iterator[Waiting]:
        rows = Selection.objects.filter(pk__in=self.visible, stage=Stage.MOTION).select_related("post__organisation")
        for row in rows.order_by("opened_at"):
            yield Waiting(
                _("A motion waits for your consent"),
                str(row.post),
                act_url(Act.APPROVE_MOTION, row),
                str(Act.APPROVE_MOTION.label),
                row.number,
                since=row.opened_at,
            )

    def _sittings(self) -> Iterator[Waiting]:
        """Ballots under way: those that the secretary sees, and those over which a member presides."""
        mine = Q(selection__in=self.visible) if self.holds(Role.SECRETARY) else Q(pk__in=())
        if self.account.person_id and self.holds(Role.MEMBER):
            known = Selection.objects.open_to(self.account).order_by().values("pk")
            mine |= Q(chair__person=self.account.person_id, selection__in=known)
        acts = {
            RoundState.PREPARED: Act.OPEN_BALLOT,
            RoundState.OPEN: Act.CLOSE_BALLOT,
            RoundState.CLOSED: Act.ANNOUNCE_RESULT,
        }
        rows = Round.objects.filter(mine, state__in=list(acts)).order_by("prepared_at", "pk")
        for row in rows.select_related("selection__post__organisation"):
            yield Waiting(
                _("A ballot is under way"),
                str(row.selection.post),
                reverse("ballot", args=[row.pk]),
                str(acts[RoundState(row.state)].label),
                row.selection.number if self.holds(Role.SECRETARY) else "",
                since=row.prepared_at,
            )

    def _recommendations(self, deadlines: list[Deadline]) -> Iterator[Waiting]:
        """Personal recommendations to review, and recommenders to be told."""
        due = {row.nomination_id: row.due_at for row in deadlines if row.kind == DeadlineKind.FEEDBACK_DUE}
        rows = Nomination.objects.filter(
            Q(reviewed_at__isnull=True, selection__stage=Stage.NOMINATION)
            | Q(reviewed_at__isnull=False, fed_back_at__isnull=True),
            selection__in=self.visible,
            source=NominationSource.PERSONAL,
        ).select_related("person", "selection__post__organisation")
        for row in rows:
            act = Act.FEED_BACK_RECOMMENDATION if row.reviewed_at else Act.REVIEW_RECOMMENDATION
            yield Waiting(
                _("A recommender waits for the outcome") if row.reviewed_at else _("A personal recommendation came in"),
                f"{row.person.name} · {row.selection.post}",
                act_url(act, row),
                str(act.label),
                row.selection.number,
                due_at=due.get(row.pk),
                since=row.reviewed_at or row.nominated_at,
            )

    def _after_the_vote(self) -> Iterator[Waiting]:
        """Persons who have passed the vote and are not announced, or cleared by the notice and not appointed."""
        live = Appointment.objects.filter(candidacy=OuterRef("pk")).exclude(state=AppointmentState.CANCELLED)
        cleared = live.filter(state=AppointmentState.CLEARED)
        removal = Removal.objects.filter(candidacy=OuterRef("pk"), ended_on__isnull=True).order_by("-pk")
        rows = Candidacy.objects.filter(
            selection__in=self.visible, selection__stage=Stage.DECIDED, state=CandidacyState.PASSED
        ).annotate(
            announced=Exists(live),
            cleared=Subquery(cleared.values("pk")[:1]),
            talked=Subquery(cleared.values("talked_on")[:1]),
            removal=Subquery(removal.values("pk")[:1]),
        )
        for row in rows.select_related("person", "selection__post__organisation"):
            subject: Any = row
            act = Act.PUBLISH_NOTICE
            if row.selection.is_removal:
                subject, act = Removal(pk=row.removal), Act.REMOVE_HOLDER
            elif row.cleared:
                subject = Appointment(pk=row.cleared)
                act = Act.APPOINT_CANDIDATE if row.talked else Act.HOLD_APPOINTMENT_TALK
            elif row.announced:
                continue
            yield Waiting(
                _("The notice is closed") if row.cleared else _("The vote was passed"),
                f"{row.person.name} · {row.selection.post}",
                act_url(act, subject),
                str(act.label),
                row.selection.number,
                since=row.selection.entered_at,
            )

    def _to_decide(self) -> Iterator[Waiting]:
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
        for row in rows.select_related("post__organisation"):
            counted = row.stage == Stage.RECOMMENDATION
            act = Act.OPEN_INSPECTION if counted else Act.OPEN_DELIBERATION
            yield Waiting(
                _("The recommendation is counted") if counted else _("The inspection reports are written"),
                str(row.post),
                act_url(act, row),
                str(act.label),
                row.number,
                since=row.entered_at,
            )

    def _probations(self) -> Iterator[Waiting]:
        """Persons assessed at the end of their probation."""
        rows = Appointment.objects.filter(
            selection__in=self.visible, state=AppointmentState.APPOINTED, assessed_on__isnull=False
        )
        for row in rows.select_related("person", "selection__post__organisation"):
            act = Act.CONFIRM_APPOINTMENT if row.assessed_fit else Act.RELIEVE_APPOINTMENT
            yield Waiting(
                _("Probation has been assessed"),
                f"{row.person.name} · {row.selection.post}",
                act_url(act, row),
                str(act.label),
                row.selection.number,
                due_at=row.probation_ends_at,
            )

    def _inspections(self) -> Iterator[Waiting]:
        """Inspections in which the account takes part and of which a report is missing."""
        named = Participation.objects.filter(
            selection=OuterRef("pk"), account=self.account, part=Part.INSPECTOR, until_on__isnull=True
        )
        unreported = Candidacy.objects.filter(
            selection=OuterRef("pk"), state=CandidacyState.INSPECTED, reports__isnull=True
        )
        rows = Selection.objects.filter(Exists(named), Exists(unreported), pk__in=self.visible, stage=Stage.INSPECTION)
        for row in rows.select_related("post__organisation"):
            yield Waiting(
                _("An inspection is under way"),
                str(row.post),
                f"{row.get_absolute_url()}#inspection",
                _("Inspect"),
                row.number,
                since=row.entered_at,
            )

    def _objections(self) -> Iterator[Waiting]:
        rows = Objection.objects.filter(selection__in=self.visible, settled_at__isnull=True)
        concerned = ("appointment__candidacy__person", "candidacy__person")
        for row in rows.select_related(*concerned, "selection__post__organisation"):
            yield Waiting(
                _("An objection is to be settled") if row.appointment else _("A report is to be settled"),
                " · ".join(str(one) for one in (row.candidate, row.selection.post) if one),
                act_url(Act.SETTLE_OBJECTION, row),
                str(Act.SETTLE_OBJECTION.label),
                row.selection.number,
                due_at=row.appointment.notice_ends_at if row.appointment else None,
                since=row.filed_at,
            )

    def _corrections(self) -> Iterator[Waiting]:
        """Corrections that somebody else proposed."""
        rows = Correction.objects.filter(selection__in=self.visible, state=CorrectionState.PROPOSED)
        for row in rows.exclude(proposed_by=self.account).select_related("selection__post__organisation"):
            yield Waiting(
                _("A correction waits for a second person"),
                str(row.selection.post),
                f"{reverse('selection_facts', args=[row.selection.number])}#parts",
                _("Look at it"),
                row.selection.number,
                since=row.proposed_at,
            )

    def _counts(self) -> Iterator[Waiting]:
        """Counts that a teller has to enter, and counts that staff have to confirm; no figure of either."""
        standing = TallySheet.objects.filter(poll=OuterRef("pk"), rejected_at__isnull=True)
        named = Participation.objects.filter(
            selection=OuterRef("selection"), account=self.account, part=Part.TELLER, until_on__isnull=True
        )
        rows = (
            Poll.objects.filter(selection__in=self.visible, kind=PollKind.RECOMMENDATION, confirmed_at__isnull=True)
            .annotate(
                mine=Exists(standing.filter(teller=self.account)),
                named=Exists(named),
                entered=Count("sheets", filter=Q(sheets__rejected_at__isnull=True)),
            )
            .select_related("selection__post__organisation")
        )
        for row in rows:
            about = f"{row.get_form_display()} · {row.selection.post}"
            if row.named and not row.mine and row.entered < 2 and self.holds(Role.TELLER):
                url, act = act_url(Act.ENTER_TALLY, row), str(Act.ENTER_TALLY.label)
                what = _("A count waits to be entered")
            elif row.entered == 2 and self.holds(Role.STAFF):
                url, act = row.selection.get_absolute_url(), str(Act.CONFIRM_TALLY.label)
                what = _("Both tellers have entered their counts")
            else:
                continue
            yield Waiting(what, about, url, act, row.selection.number, since=row.held_at)

    def _inquiries(self) -> Iterator[Waiting]:
        rows = asked_of(self.account).filter(
            reply__isnull=True, selection__closed_at__isnull=True, selection__suspended_at__isnull=True
        )
        for row in rows.select_related("candidacy__person"):
            yield Waiting(
                _("Your department is reminded to give its opinion")
                if row.reminders
                else _("Your department is asked for its opinion"),
                row.candidacy.person.name,
                act_url(Act.ANSWER_INQUIRY, row),
                str(Act.ANSWER_INQUIRY.label),
                due_at=row.due_at,
            )

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

    def deadlines(self) -> list[Deadline]:
        """Deadlines that are open, of the selections that the account sees."""
        rows = Deadline.objects.filter(selection__in=self.visible, ended_at__isnull=True, due_at__lte=self.at + SOON)
        return list(
            rows.select_related(
                "selection__post__organisation",
                "appointment__person",
                "inquiry__candidacy__person",
                "nomination__person",
            ).order_by("due_at", "pk")
        )

    def soon(self, deadlines: list[Deadline]) -> list[dict[str, Any]]:
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
            for row in deadlines
            if row.due_at > self.at
        ]

    def rails(self) -> list[dict[str, Any]]:
        """Selections under way, those first in which the account has a part."""
        part = Participation.objects.filter(selection=OuterRef("pk"), account=self.account, until_on__isnull=True)
        rows = (
            Selection.objects.visible_to(self.account)
            .filter(closed_at__isnull=True)
            .annotate(mine=Exists(part.exclude(part=Part.RECUSED)))
            .select_related("post__organisation")
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
        rows = Reply.objects.filter(selection__in=self.visible).select_related(
            "inquiry__candidacy__person", "selection__post__organisation"
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
            for row in rows.order_by("-replied_at", "-pk")[:CAME_BACK]
        ]


def about_of(row: Deadline) -> str:
    """The person whom a deadline concerns, and the post."""
    for thing in (row.appointment, row.nomination):
        if thing is not None:
            return f"{thing.person.name} · {row.selection.post}"
    if row.inquiry is not None:
        return f"{row.inquiry.candidacy.person.name} · {row.inquiry.department}"
    return str(row.selection.post)


def act_of(row: Deadline) -> tuple[Act, Any, str] | None:
    """What staff do once a deadline has come: the act, its subject, and whom it is about."""
    about = about_of(row)
    appointment = row.appointment
    if row.kind == DeadlineKind.REPLY_DUE and row.inquiry is not None:
        return Act.FILE_REPLY, row.inquiry, about
    if appointment is None:
        return None
    if row.kind == DeadlineKind.NOTICE_END and appointment.state == AppointmentState.ON_NOTICE:
        return Act.CLOSE_NOTICE, appointment, about
    if appointment.state == AppointmentState.APPOINTED and appointment.assessed_on is None:
        return Act.ASSESS_PROBATION, appointment, about
    return None


@require_safe
@never_cache
def desk(request: HttpRequest) -> HttpResponse:
    """What waits for me, what falls due, my selections, what came back."""
    account: Account = request.user  # type: ignore[assignment]
    mine = Desk(account, clock.now())
    sees_selections = mine.holds(*WHOLE, Role.TELLER, Role.INSPECTOR)
    deadlines = mine.deadlines() if mine.holds(*WHOLE) else []
    waiting = mine.waiting(deadlines)
    return render(
        request,
        "selection/desk.html",
        {
            "waiting": waiting,
            "due_today": sum(row["left"] is not None and row["left"] <= 0 for row in waiting),
            "soon": mine.soon(deadlines),
            "sees_deadlines": mine.holds(*WHOLE),
            "rails": mine.rails() if sees_selections else [],
            "sees_selections": sees_selections,
            "came_back": mine.came_back() if mine.holds(*_STAFF_OR_HEAD) else [],
            "sees_replies": mine.holds(*_STAFF_OR_HEAD),
            "recommend_url": reverse("recommend") if mine.holds(Role.LEADER, Role.SECRETARY) else "",
            "accounts_url": reverse("accounts") if mine.holds(Role.ADMINISTRATOR) else "",
            "meetings_url": reverse("meetings") if mine.holds(Role.MEMBER) else "",
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
    path("search/", search, name="search"),
]
