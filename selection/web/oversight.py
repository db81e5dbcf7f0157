"""Lists for those who oversee (监督): what was passed over, tried in vain, hurried or late, and whose file was read.

Every list is of the selections that the auditor may see, the latest first; every row leads to its selection or entry.
That somebody looked at a list is recorded itself.
"""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from operator import itemgetter
from typing import Any

from django import forms
from django.core.exceptions import EmptyResultSet
from django.core.paginator import Paginator
from django.db import connection
from django.db.models import (
    BooleanField,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    Max,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
)
from django.db.models.functions import Coalesce
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from audit import reading
from audit.reading import Reading
from selection import acts, clock
from selection.enums import (
    AppointmentState,
    Breach,
    CandidacyState,
    Channel,
    DeadlineKind,
    Effect,
    Matter,
    NominationSource,
    PollKind,
    RecommendationOutcome,
    RoundState,
    RouteFlag,
    SelectionKind,
    Trigger,
)
from selection.models import (
    Account,
    Appointment,
    Deadline,
    ImportantMatter,
    Inquiry,
    Liability,
    Nomination,
    Objection,
    Round,
    Selection,
)
from selection.models.deadline import trained
from selection.models.route import ROUTES, flagged
from selection.rulebook import workdays
from selection.rulebook.keys import KEYS
from selection.web.forms.act import DayField
from selection.web.record import READ, Auditing, audited_by
from selection.web.selection_record import label_of
from selection.web.surges import Rush, appointed_in, rushes, told

PER_PAGE = 25
PRINTED = 500
AT_MOST = 5000
"""No list goes further back than this; a period reaches what is older."""
NAMED = 20
"""Of a rush so many appointments are named; the list of appointments has them all."""
_POST = "selection__post__organisation"


@dataclass(frozen=True)
class Asked:
    """Whose list it is, and what of it is wanted."""

    account: Account
    at: datetime
    since: datetime | None = None
    until: datetime | None = None
    number: str = ""

    @cached_property
    def closed(self) -> Collection[str]:
        """Streams of which the auditor learns nothing."""
        return self.account.closed_streams()

    @cached_property
    def selections(self) -> QuerySet[Selection]:
        rows = audited_by(self.account)
        return rows.filter(number__icontains=self.number) if self.number else rows

    @cached_property
    def _keys(self) -> QuerySet[Any]:
        return self.selections.order_by().values("pk")

    def within(self, rows: Any, when: str) -> Any:
        """Those rows of the selections asked for that lie in the period, the latest first, no more than ``AT_MOST``."""
        return self.in_period(rows.filter(selection__in=self._keys), when)

    def in_period(self, rows: Any, when: str) -> Any:
        if self.since:
            rows = rows.filter(**{f"{when}__gte": self.since})
        if self.until:
            rows = rows.filter(**{f"{when}__lt": self.until})
        return rows.order_by(f"-{when}", "-pk")[:AT_MOST]

    def of_the_record(self, found: Callable[..., reading.Readings], *given: Any, **more: Any) -> Any:
        """Entries about the selections asked for, in the period, the latest first, no more than ``AT_MOST``."""
        if self.number:
            selection = self.selections.filter(number=self.number).first()
            more["case"] = selection.streams()[0] if selection else "-"
        period = {"since": self.since, "until": self.until}
        return found(*given, **more, **period, closed=self.closed).latest(AT_MOST)


@dataclass(frozen=True)
class Listed:
    """One list: its rows, and how they are told."""

    key: str
    title: Any
    explains: Any
    empty: Any
    rows: Callable[[Asked], Any]
    tell: Callable[[Sequence[Any], Asked], list[dict[str, Any]]]


def row(
    at: datetime | None,
    what: Any,
    *,
    selection: Selection | None = None,
    who: Any = "",
    says: Iterable[Any] = (),
    url: str = "",
) -> dict[str, Any]:
    """What the page shows of one row; without a selection ``url`` leads to the entry."""
    return {
        "at": at,
        "what": what,
        "selection": selection,
        "who": who,
        "says": [one for one in says if one],
        "url": url or (reverse("record_of", args=[selection.number]) if selection else ""),
    }


# --- from the rows of selections -------------------------------------------------------------------------------------


def _waived(asked: Asked) -> Any:
    return asked.within(ImportantMatter.objects.exclude(rule="").select_related(_POST, "noted_by"), "noted_at")


def _tell_waived(rows: Sequence[ImportantMatter], asked: Asked) -> list[dict[str, Any]]:
    return [
        row(
            one.noted_at,
            label_of(one.act),
            selection=one.selection,
            who=one.noted_by.name if one.noted_by else "",
            says=[one.cause, one.result],
        )
        for one in rows
    ]


def _low_votes(asked: Asked) -> Any:
    rows = ImportantMatter.objects.filter(kind=Matter.LOW_VOTES).select_related(_POST, "candidacy__person")
    return asked.within(rows, "noted_at")


def _tell_low_votes(rows: Sequence[ImportantMatter], asked: Asked) -> list[dict[str, Any]]:
    return [
        row(
            one.noted_at,
            one.candidacy.person.name if one.candidacy else Matter.LOW_VOTES.label,
            selection=one.selection,
            says=[one.cause, one.result],
        )
        for one in rows
    ]


def _equal(asked: Asked) -> Any:
    # Found for all selections at once: to count the items of every selection by itself takes ten times as long.
    ballots = (
        Round.objects.filter(poll__kind=PollKind.DECISION, seq=1)
        .exclude(state=RoundState.VOID)
        .annotate(number=Count("items"))
        .filter(number__lte=F("selection__seats"))
    )
    equal = ExpressionWrapper(Q(pk__in=ballots.values("selection")), BooleanField())
    rows = asked.selections.filter(kind=SelectionKind.APPOINTMENT).annotate(equal_ballot=equal)
    rows = rows.filter(~Q(equal_number_reason="") | Q(equal_ballot=True)).select_related("post__organisation")
    return asked.in_period(rows, "opened_at")


def _tell_equal(rows: Sequence[Any], asked: Asked) -> list[dict[str, Any]]:
    return [
        row(
            one.opened_at,
            _("Ballot with no more candidates than posts")
            if one.equal_ballot
            else _("Inspection or proposal with no more persons than posts"),
            selection=one,
            says=[one.equal_number_reason],
        )
        for one in rows
    ]


_UNUSUAL = flagged(*RouteFlag)


def _routes(asked: Asked) -> Any:
    nominated = Nomination.objects.filter(route__in=_UNUSUAL)
    rows = asked.selections.filter(
        Q(route__in=_UNUSUAL) | Q(Exists(nominated.filter(selection=OuterRef("pk"))))
    ).select_related("post__organisation")
    unusual = Prefetch("nominations", nominated.select_related("person"), to_attr="unusual")
    return asked.in_period(rows.prefetch_related(unusual), "opened_at")


def _tell_routes(rows: Sequence[Any], asked: Asked) -> list[dict[str, Any]]:
    """Each unusual route with its flag, for whom and why."""
    told = []
    for one in rows:
        taken = [(one.route, "", one.route_reason)] if one.route in _UNUSUAL else []
        taken += [
            (by.route, " · ".join(part for part in (by.person.name, by.get_ground_display()) if part), by.reason)
            for by in one.unusual
        ]
        flags = dict.fromkeys(str(flag.label) for route, _who, _why in taken if (flag := ROUTES[route].flag))
        says = [
            _("%(route)s (%(about)s): %(reason)s")
            % {"route": ROUTES[route].name.label, "about": about or str(one.post), "reason": why}
            for route, about, why in taken
        ]
        told.append(row(one.opened_at, " · ".join(flags), selection=one, says=says))
    return told


def _removals(asked: Asked) -> Any:
    rows = asked.selections.filter(kind=SelectionKind.REMOVAL)
    return asked.in_period(rows.select_related("post__organisation", "tenure__person"), "opened_at")


def _tell_removals(rows: Sequence[Any], asked: Asked) -> list[dict[str, Any]]:
    return [
        row(
            one.opened_at,
            one.tenure.person.name,
            selection=one,
            says=[*(str(Trigger(trigger).label) for trigger in one.triggers), one.reason],
        )
        for one in rows
    ]


def _short(asked: Asked) -> Any:
    rows = Appointment.objects.filter(cleared_at__lt=F("notice_ends_at"))
    return asked.within(rows.select_related(_POST, "person"), "cleared_at")


def _tell_short(rows: Sequence[Appointment], asked: Asked) -> list[dict[str, Any]]:
    return [
        row(
            one.cleared_at,
            one.person.name,
            selection=one.selection,
            says=[
                _("closed on %(closed)s, due to run until %(due)s")
                % {
                    "closed": clock.worded(clock.day_of(one.cleared_at)),
                    "due": clock.worded(clock.last_day_before(one.notice_ends_at)),
                }
            ],
        )
        for one in rows
        if one.cleared_at
    ]


def _surges(asked: Asked) -> list[Rush]:
    """MOT-08: many appointments in one month or before a freeze, among those of the selections and days asked for."""
    found = rushes(
        Appointment.objects.filter(selection__in=asked.selections.order_by().values("pk")), clock.day_of(asked.at)
    )
    since, until = asked.since and clock.day_of(asked.since), asked.until and clock.day_of(asked.until)
    return [
        one for one in found if (since is None or one.until_on >= since) and (until is None or one.until_on < until)
    ][:AT_MOST]


def _tell_surges(rows: Sequence[Rush], asked: Asked) -> list[dict[str, Any]]:
    visible = Appointment.objects.filter(selection__in=asked.selections.order_by().values("pk"))
    appointed = appointed_in(list(rows), visible)
    return [
        row(
            workdays.midnight_after(one.until_on),
            _("Many appointments before motions were frozen")
            if one.frozen_on
            else _("Many more appointments than in other months"),
            says=[
                (
                    _("%(number)s appointed from %(since)s to %(until)s; frozen from %(frozen)s")
                    if one.frozen_on
                    else _("%(number)s appointed from %(since)s to %(until)s; %(usual)s a month in the year before")
                )
                % told(one),
                "、".join(
                    f"{by.selection.number} {by.selection.sought} {by.person.name}" for by in appointed[one][:NAMED]
                ),
                _("and %(number)s more") % {"number": one.number - NAMED} if one.number > NAMED else "",
            ],
            url=reverse("oversight_list", args=["appointments"]),
        )
        for one in rows
    ]


def _unanswered(asked: Asked) -> Any:
    """Somebody appointed under rules by which one person answers first, though nobody is on record as answering."""
    answered = Nomination.objects.filter(candidacy=OuterRef("candidacy"), first_responsible__isnull=False)
    rows = Appointment.objects.filter(
        ~Exists(answered),
        appointed_on__isnull=False,
        selection__rule_set__content__rules__has_key="nomination.first_responsible",
    )
    return asked.within(rows.select_related(_POST, "person"), "cleared_at")


def _tell_unanswered(rows: Sequence[Appointment], asked: Asked) -> list[dict[str, Any]]:
    return [row(one.cleared_at, one.person.name, selection=one.selection) for one in rows]


def _nominators(asked: Asked) -> Any:
    """FNR-22: what became of the nominations of each person who answers for some, or made some in his or her name."""
    rows = asked.in_period(
        Nomination.objects.filter(selection__in=asked.selections.order_by().values("pk")), "nominated_at"
    )
    who = Coalesce("first_responsible", "nominator__person")
    counted = (
        Nomination.objects.filter(
            Q(first_responsible__isnull=False) | Q(source=NominationSource.PERSONAL), pk__in=rows.values("pk")
        )
        .annotate(who=who)
        .filter(who__isnull=False)
        .values("who")
        .annotate(
            latest=Max("nominated_at"),
            name=Max(Coalesce("first_responsible__name", "nominator__person__name")),
            number=Count("pk", distinct=True),
            listed=Count("pk", distinct=True, filter=Q(outcome=RecommendationOutcome.ACCEPTED)),
            passed=Count("pk", distinct=True, filter=Q(candidacy__state=CandidacyState.PASSED)),
            cases=Count("liabilities", distinct=True),
        )
    )
    return list(counted.order_by("-latest", "who"))


def _tell_nominators(rows: Sequence[dict[str, Any]], asked: Asked) -> list[dict[str, Any]]:
    told = _(
        "nominated %(number)s, on a list %(listed)s, passed the vote %(passed)s, cases against the nominator %(cases)s"
    )
    return [
        row(
            one["latest"],
            _("Nominations"),
            who=one["name"],
            says=[told % one],
            url=reverse("person_record", args=[one["who"]]),
        )
        for one in rows
    ]


def _exceptions(asked: Asked) -> Any:
    rows = Nomination.objects.exclude(exception="").select_related(_POST, "selection__rule_set", "person", "nominator")
    return asked.within(rows, "nominated_at")


def _tell_exceptions(rows: Sequence[Nomination], asked: Asked) -> list[dict[str, Any]]:
    """Whom, by whom and why, and each rule that was passed over."""
    return [
        row(
            one.nominated_at,
            _("By exception"),
            selection=one.selection,
            who=one.person.name,
            says=[
                one.exception,
                _("nominated by %(name)s") % {"name": one.nominator.name},
                *(one.selection.rules[key].citation.label for key in one.unmet),
            ],
        )
        for one in rows
    ]


def _liabilities(asked: Asked) -> Any:
    return asked.within(Liability.objects.select_related(_POST, "person", "nomination__person"), "opened_at")


def _tell_liabilities(rows: Sequence[Liability], asked: Asked) -> list[dict[str, Any]]:
    """Who answers, for whose nomination and where it went; never what is said to have happened."""
    return [
        row(
            one.opened_at,
            one.get_ground_display(),
            selection=one.selection,
            who=one.person.name,
            says=[
                _("nominated: %(name)s") % {"name": one.nomination.person.name},
                one.get_handed_to_display() if one.handed_to else "",
                _("decided on %(day)s") % {"day": clock.worded(one.settled_on)} if one.settled_on else _("still open"),
            ],
        )
        for one in rows
    ]


#: Deadlines by which somebody else has to answer; the others are the days from which an act may be done.
_ANSWERS = (DeadlineKind.REPLY_DUE, DeadlineKind.FEEDBACK_DUE)


def _late(asked: Asked) -> Any:
    waiting = Q(ended_at__isnull=True, selection__suspended_at__isnull=True, due_at__lte=asked.at)
    rows = Deadline.objects.filter(
        waiting & ~Q(kind=DeadlineKind.PROBATION_REMINDER) & ~trained() | Q(kind__in=_ANSWERS, ended_at__gt=F("due_at"))
    )
    more = ("appointment__person", "inquiry__candidacy__person", "nomination__person")
    return asked.within(rows.select_related(_POST, *more), "due_at")


def _tell_late(rows: Sequence[Deadline], asked: Asked) -> list[dict[str, Any]]:
    return [
        row(
            one.due_at,
            DeadlineKind(one.kind).label,
            selection=one.selection,
            who=one.inquiry.department if one.inquiry else "",
            says=[
                _concerned(one),
                _("came on %(day)s") % {"day": clock.worded(clock.day_of(one.ended_at))}
                if one.ended_at
                else _("still open"),
            ],
        )
        for one in rows
    ]


def _reports(asked: Asked) -> Any:
    concerned = ("appointment__candidacy__person", "candidacy__person")
    return asked.within(Objection.objects.select_related(_POST, *concerned), "filed_at")


def _tell_reports(rows: Sequence[Objection], asked: Asked) -> list[dict[str, Any]]:
    """Neither what was said nor by whom."""
    return [
        row(
            one.filed_at,
            Breach(one.breach).label if one.breach else _("Report"),
            selection=one.selection,
            who=str(one.candidate or ""),
            says=[
                Channel(one.channel).label if one.channel else "",
                Effect(one.effect).label if one.effect else _("still open"),
                one.investigation,
            ],
        )
        for one in rows
    ]


def _appointments(asked: Asked) -> Any:
    return asked.within(Appointment.objects.select_related(_POST, "person"), "notice_at")


def _tell_appointments(rows: Sequence[Appointment], asked: Asked) -> list[dict[str, Any]]:
    return [
        row(
            one.notice_at,
            one.person.name,
            selection=one.selection,
            says=[
                AppointmentState(one.state).label,
                _("appointed on %(day)s") % {"day": clock.worded(one.appointed_on)} if one.appointed_on else "",
            ],
            url=reverse("look_back", args=[one.selection.number, one.pk]),
        )
        for one in rows
    ]


def _reminders(asked: Asked) -> Any:
    rows = Inquiry.objects.filter(reminders__gt=0).select_related(_POST, "candidacy__person", "reply")
    return asked.within(rows, "reminded_at")


def _tell_reminders(rows: Sequence[Inquiry], asked: Asked) -> list[dict[str, Any]]:
    told = []
    for one in rows:
        reply = getattr(one, "reply", None)
        due = clock.worded(clock.last_day_before(one.due_at))
        says = [
            one.candidacy.person.name,
            _("reminders: %(number)s") % {"number": one.reminders},
            _("due on %(day)s") % {"day": due},
            _("answered on %(day)s") % {"day": clock.worded(reply.replied_on)} if reply else _("still open"),
        ]
        told.append(
            row(one.reminded_at, one.get_body_display(), selection=one.selection, who=one.department, says=says)
        )
    return told


def _concerned(deadline: Deadline) -> str:
    candidacy = deadline.inquiry.candidacy if deadline.inquiry else None
    about = deadline.appointment or deadline.nomination or candidacy
    return about.person.name if about else ""


# --- from the record -------------------------------------------------------------------------------------------------


def _refused(asked: Asked) -> Any:
    return asked.of_the_record(reading.attempts_refused)


def _over_quota(asked: Asked) -> Any:
    return asked.of_the_record(reading.attempts_refused, resting_on=["post.quota"])


#: Rule of a requirement → which of the disciplines that bind the secretary it keeps (附件2 第十条).  Investigations are
#: no act of the secretary's, so nothing of the seventh can be tried.
DISCIPLINES = {
    "motion.freeze": "freeze",
    "post.quota": "quota",
    "motion.no_ad_hoc": "ad_hoc",
    "deliberation.quorum": "quorum",
    "recusal.relations": "recusal",
    "deliberation.reconsideration": "overturn",
}


def _disciplines(keys: Iterable[str]) -> str:
    words = KEYS["secretary.discipline"].choices
    return " · ".join(dict.fromkeys(str(words[DISCIPLINES[key]]) for key in keys if key in DISCIPLINES))


def _conduct(asked: Asked) -> list[Any]:
    """SEC-04: what was tried in vain, or done with a written reason, against one of the disciplines."""
    tried = asked.of_the_record(reading.attempts_refused, resting_on=list(DISCIPLINES))
    done = asked.within(
        ImportantMatter.objects.filter(rule__in=DISCIPLINES).select_related(_POST, "noted_by"), "noted_at"
    )
    rows = [*((one.at, one) for one in tried), *((one.noted_at, one) for one in done)]
    return [one for _at, one in sorted(rows, key=itemgetter(0), reverse=True)[:AT_MOST]]


def _tell_conduct(rows: Sequence[Reading | ImportantMatter], asked: Asked) -> list[dict[str, Any]]:
    """The discipline with each; the selection, who and what as in the lists of what was refused and waived."""
    tried = [one for one in rows if isinstance(one, Reading)]
    done = [one for one in rows if isinstance(one, ImportantMatter)]
    told = {id(one): line for one, line in zip(tried, _tell_refused(tried, asked), strict=True)}
    told |= {id(one): line for one, line in zip(done, _tell_waived(done, asked), strict=True)}
    for entry in tried:
        told[id(entry)]["says"].insert(0, _disciplines(unmet.get("key", "") for unmet in entry.data.get("unmet", [])))
    for matter in done:
        told[id(matter)]["says"].insert(0, _disciplines([matter.rule]))
    return [told[id(one)] for one in rows]


def _tell_refused(entries: Sequence[Reading], asked: Asked) -> list[dict[str, Any]]:
    teller = Auditing(entries, [], [])
    known = _selections_of(entries, asked)
    return [
        row(
            entry.at,
            " · ".join(part for part in (teller.what(entry), teller.about(entry)) if part),
            selection=known.get(entry.case),
            who=teller.who(entry),
            says=[one.get("rule") or _("what the act itself needs") for one in entry.data.get("unmet", [])],
            url=reverse("audit:entry", args=[entry.stream, entry.seq]),
        )
        for entry in entries
    ]


def _files(asked: Asked) -> Any:
    return asked.of_the_record(reading.looked_at, "person")


def _tell_files(entries: Sequence[Reading], asked: Asked) -> list[dict[str, Any]]:
    teller = Auditing(entries, [], [])
    return [
        row(
            entry.at,
            teller.names.get(entry.object, ""),
            who=teller.who(entry),
            says=[READ.get(entry.data.get("what", ""), "")],
            url=reverse("audit:entry", args=[entry.stream, entry.seq]),
        )
        for entry in entries
    ]


def _selections_of(entries: Sequence[Reading], asked: Asked) -> dict[str, Selection]:
    """Name of the stream → selection, for those that the auditor may see; one query."""
    pks = {entry.case.removeprefix("selection:") for entry in entries if entry.case.startswith("selection:")}
    seen = audited_by(asked.account).filter(pk__in=pks).select_related("post__organisation")
    return {one.streams()[0]: one for one in seen} if pks else {}


LISTS = (
    Listed(
        "appointments",
        gettext_lazy("Looking back at appointments"),
        gettext_lazy("Everybody who passed the vote and was announced; each row leads to the whole way to the post."),
        gettext_lazy("Nobody has been announced yet."),
        _appointments,
        _tell_appointments,
    ),
    Listed(
        "waived",
        gettext_lazy("Waived requirements"),
        gettext_lazy("Requirements that somebody passed with a written reason, as the rulebook lets that role."),
        gettext_lazy("No requirement was waived."),
        _waived,
        _tell_waived,
    ),
    Listed(
        "low-votes",
        gettext_lazy("Few votes, yet inspected"),
        gettext_lazy("Persons who were fixed for inspection in spite of few votes in the recommendation."),
        gettext_lazy("Nobody was inspected in spite of few votes."),
        _low_votes,
        _tell_low_votes,
    ),
    Listed(
        "equal-number",
        gettext_lazy("As many persons as posts"),
        gettext_lazy("Inspections, proposals and first ballots with no more persons than posts."),
        gettext_lazy("There were always more persons than posts."),
        _equal,
        _tell_equal,
    ),
    Listed(
        "routes",
        gettext_lazy("Unusual routes"),
        gettext_lazy(
            "Nominations for an urgent need or in a special case, by exception, or directly by the department."
        ),
        gettext_lazy("Everybody was nominated by the usual routes."),
        _routes,
        _tell_routes,
    ),
    Listed(
        "exceptions",
        gettext_lazy("Promotions by exception"),
        gettext_lazy("Persons nominated although they did not meet what the rules ask of time or education."),
        gettext_lazy("Nobody was nominated by exception."),
        _exceptions,
        _tell_exceptions,
    ),
    Listed(
        "over-quota",
        gettext_lazy("Attempts beyond the number of posts"),
        gettext_lazy("Acts that were refused because the unit had no free post of the grade."),
        gettext_lazy("Nobody has tried to go beyond the number of posts."),
        _over_quota,
        _tell_refused,
    ),
    Listed(
        "refused",
        gettext_lazy("Refused attempts"),
        gettext_lazy("Somebody tried an act whose requirements were not met; nothing was done."),
        gettext_lazy("No attempt was refused."),
        _refused,
        _tell_refused,
    ),
    Listed(
        "secretary",
        gettext_lazy("Disciplines of the secretary"),
        gettext_lazy(
            "What was tried in vain, or done with a written reason, against a rule that binds the secretary: freezes, "
            "numbers of posts, stages, quorum, recusal, decisions of the committee."
        ),
        gettext_lazy("Nothing was tried against the disciplines."),
        _conduct,
        _tell_conduct,
    ),
    Listed(
        "removals",
        gettext_lazy("Removals"),
        gettext_lazy("Motions to remove somebody from a post without filling it."),
        gettext_lazy("Nobody was to be removed from a post."),
        _removals,
        _tell_removals,
    ),
    Listed(
        "short-notices",
        gettext_lazy("Short notices"),
        gettext_lazy("Public notices that were closed before they had run their full length."),
        gettext_lazy("Every notice ran its full length."),
        _short,
        _tell_short,
    ),
    Listed(
        "late",
        gettext_lazy("Passed deadlines"),
        gettext_lazy("What has come due and is still open, and answers that came after their day."),
        gettext_lazy("Nothing is late."),
        _late,
        _tell_late,
    ),
    Listed(
        "reports",
        gettext_lazy("Reports and breaches of discipline"),
        gettext_lazy("What was reported or found about candidates and selections, and what came of it."),
        gettext_lazy("Nothing was reported."),
        _reports,
        _tell_reports,
    ),
    Listed(
        "surges",
        gettext_lazy("Rushes of appointments"),
        gettext_lazy(
            "Months with far more appointments than usual, and many just before motions were frozen.  What counts as "
            "many is a setting of the rulebook; a row is a question to look into, not a finding."
        ),
        gettext_lazy("No month stands out, and nothing was hurried before a freeze."),
        _surges,
        _tell_surges,
    ),
    Listed(
        "unanswered",
        gettext_lazy("Appointed, and nobody answers first"),
        gettext_lazy(
            "Appointments under rules by which one person answers first for a nomination, and none is on record."
        ),
        gettext_lazy("For everybody who was appointed somebody answers first, where the rules want it."),
        _unanswered,
        _tell_unanswered,
    ),
    Listed(
        "nominators",
        gettext_lazy("What became of nominations"),
        gettext_lazy(
            "For each person who answers first for nominations or recommended in person: how many, and how it went on."
        ),
        gettext_lazy("Nobody has nominated anybody under a name of his or her own."),
        _nominators,
        _tell_nominators,
    ),
    Listed(
        "liabilities",
        gettext_lazy("Cases against those who answer for a nomination"),
        gettext_lazy("What was opened against somebody who nominated, where it went and what came of it."),
        gettext_lazy("Nobody was held to a nomination."),
        _liabilities,
        _tell_liabilities,
    ),
    Listed(
        "reminders",
        gettext_lazy("Reminded departments"),
        gettext_lazy("Departments that were reminded of an inquiry, by the clock or by hand."),
        gettext_lazy("No department had to be reminded."),
        _reminders,
        _tell_reminders,
    ),
    Listed(
        "files",
        gettext_lazy("Personal files read"),
        gettext_lazy("Who read whose file, and when."),
        gettext_lazy("Nobody has read a personal file."),
        _files,
        _tell_files,
    ),
)
BY_KEY = {one.key: one for one in LISTS}


class Filters(forms.Form):
    """Which rows to show; kept in the address."""

    since = DayField(label=gettext_lazy("From day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    until = DayField(label=gettext_lazy("Until day"), required=False, widget=forms.DateInput(attrs={"type": "date"}))
    number = forms.CharField(label=gettext_lazy("Selection no."), max_length=20, required=False)

    def asked(self, account: Account, at: datetime) -> Asked:
        """What is asked for; a field with an error narrows nothing."""
        self.full_clean()
        given = self.cleaned_data if self.is_bound else {}
        return Asked(
            account,
            at,
            since=_midnight(given.get("since")),
            until=_midnight(given.get("until"), days=1),
            number=(given.get("number") or "").strip(),
        )


def _midnight(day: date | None, *, days: int = 0) -> datetime | None:
    return timezone.make_aware(datetime.combine(day + timedelta(days=days), time.min)) if day else None


@never_cache
@require_safe
def oversight(request: HttpRequest) -> HttpResponse:
    """What the lists are, and how much stands in each."""
    account: Account = request.user  # type: ignore[assignment]
    asked = Asked(account, clock.now())
    audited_by(account)
    rows = {one.key: one.rows(asked) for one in LISTS}
    counted = _counted({key: found for key, found in rows.items() if isinstance(found, QuerySet)})
    numbers = [(one, counted[one.key] if one.key in counted else len(rows[one.key])) for one in LISTS]
    return render(request, "selection/oversight.html", {"lists": numbers})


def _counted(rows: dict[str, QuerySet[Any]]) -> dict[str, int]:
    """How many rows each list has, all in one query."""
    numbers: list[str] = []
    given: list[Any] = []
    for found in rows.values():
        try:
            listed, values = found.values("pk").query.sql_with_params()
        except EmptyResultSet:  # whoever sees no selection has nothing in the list
            numbers.append("0")
        else:
            numbers.append(f"(SELECT count(*) FROM ({listed}) listed)")  # noqa: S608 - the ORM's own words
            given += values
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(numbers)}", given)
        return dict(zip(rows, cursor.fetchone(), strict=True))


@never_cache
@require_safe
def oversight_list(request: HttpRequest, key: str) -> HttpResponse:
    """One list, a page at a time, or as much of it as is printed at once."""
    account: Account = request.user  # type: ignore[assignment]
    audited_by(account)
    if (listed := BY_KEY.get(key)) is None:
        raise Http404
    at = clock.now()
    acts.looked_at(account, "oversight", ("list", key), at)
    form = Filters(request.GET if set(request.GET) & set(Filters.base_fields) else None)
    asked = form.asked(account, at)
    printing = request.GET.get("print") == "1"
    page = Paginator(listed.rows(asked), PRINTED if printing else PER_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "selection/oversight_list.html",
        {
            "listed": listed,
            "lists": LISTS,
            "form": form,
            "page": page,
            "rows": listed.tell(list(page), asked),
            "printing": printing,
            "at_most": AT_MOST if page.paginator.count == AT_MOST else 0,
        },
    )


urlpatterns = [
    path("oversight/", oversight, name="oversight"),
    path("oversight/<slug:key>/", oversight_list, name="oversight_list"),
]
