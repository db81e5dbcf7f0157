"""Meetings of the deciding body (会议): list, one meeting with its agenda, opinions entered in one go."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.postgres.aggregates import ArrayAgg
from django.core.paginator import Paginator
from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache

from selection import acts, clock
from selection.enums import Act, AttendanceKind, BallotChannel, CandidacyState, Opinion, Paper, Role, RoundState, Stage
from selection.models import (
    Account,
    AgendaItem,
    Attendance,
    Body,
    Document,
    Meeting,
    Removal,
    RollMember,
    Round,
    RoundItem,
    Selection,
)
from selection.models.case import Case
from selection.models.meeting import is_there
from selection.models.poll import COLLECTABLE
from selection.register.models import Tenure
from selection.stages.deliberation.meeting import record_opinion
from selection.standing import UNDER_WAY
from selection.web.acts import act_url
from selection.web.forms.act import candidate_label, not_met
from selection.web.papers import row_of
from selection.web.selections import case_or_404
from selection.web.ties import at_meeting, with_candidates
from selection.web.voting import box_of_members

READERS = {Role.STAFF, Role.DEPARTMENT_HEAD, Role.SECRETARY, Role.MEMBER, Role.AUDITOR, Role.SCRUTINEER}


def bodies_of(account: Account) -> QuerySet[Body]:
    """Bodies whose meetings the account may see."""
    held = [mandate for role, mandate in account.roles_in_force(clock.today()) if role in READERS]
    return Body.objects.filter(mandate__in=held).order_by().distinct()


@never_cache
def meetings(request: HttpRequest) -> HttpResponse:
    """Every meeting, the latest first."""
    account: Account = request.user  # type: ignore[assignment]
    bodies = bodies_of(account)
    rows = (
        Meeting.objects.filter(body__in=bodies.values("pk"))
        .select_related("body")
        .annotate(
            number_of_items=Count(
                "items", filter=Q(items__selection__in=Selection.objects.open_to(account).values("pk"))
            )
        )
    )
    rows = rows.order_by("-held_on", "-pk")
    body = bodies.order_by("pk").first()
    at = clock.now()
    may_call = body is not None and acts.permitted(Act.CALL_MEETING, body, actor=account, at=at)
    return render(
        request,
        "selection/meetings.html",
        {
            "page": Paginator(rows, 25).get_page(request.GET.get("page")),
            "today": clock.day_of(at),
            "call_url": act_url(Act.CALL_MEETING, body) if may_call else "",
        },
    )


def meeting_or_404(request: HttpRequest, pk: int) -> Meeting:
    """The meeting, if the account may see it."""
    account: Account = request.user  # type: ignore[assignment]
    meetings = Meeting.objects.select_related("body", "chair__person")
    found = meetings.filter(pk=pk, body__in=bodies_of(account).values("pk")).first()
    if found is None:
        raise Http404
    return found


@never_cache
def meeting(request: HttpRequest, pk: int) -> HttpResponse:
    """One meeting: who is there, what is on the agenda, and the ballots."""
    account: Account = request.user  # type: ignore[assignment]
    found = meeting_or_404(request, pk)
    at = clock.now()
    attendances = list(found.attendances.select_related("person", "seat").prefetch_related("movements"))
    there = {row.pk for row in attendances if is_there(row, row.movements.all())}
    members = [row for row in attendances if row.kind == AttendanceKind.VOTING]
    in_the_room = [row for row in members if row.pk in there]
    seen = AgendaItem.objects.filter(meeting=found, selection__in=Selection.objects.visible_to(account))
    removals = Prefetch("removals", Removal.objects.select_related("person", "tenure__post__organisation"))
    items = list(
        with_candidates(
            seen.select_related(
                "selection__post__organisation", "selection__rule_set", "chair__person", "meeting__chair__person"
            ).prefetch_related(removals)
        )
    )
    sitting = holders(items, clock.day_of(at))
    related = at_meeting(found, items, in_the_room)
    rounds = rounds_at(found)
    rows = [
        {
            "item": item,
            "too_late": too_late(item, rounds.get(item.pk, []), in_the_room),
            "ties": related.get(item.selection_id, []),
            "holders": sitting.get(item.pk, []),
            "chair": item.chair,
            "chair_url": act_url(Act.NAME_CHAIR, item.selection)
            if found.closed_at is None
            and item.selection.stage == Stage.DELIBERATION
            and item.lacks_chair([row.seat_id for row in voters(item, in_the_room)])
            and not any(round_.state in UNDER_WAY for round_ in rounds.get(item.pk, []))
            and acts.permitted(Act.NAME_CHAIR, item.selection, actor=account, at=at)
            else "",
            "rounds": rounds.get(item.pk, []),
            "removals_url": act_url(Act.PROPOSE_REMOVALS, item.selection)
            if found.closed_at is None
            and item.selection.stage == Stage.DELIBERATION
            and not item.selection.is_removal
            and not any(round_.state != RoundState.VOID for round_ in rounds.get(item.pk, []))
            and acts.permitted(Act.PROPOSE_REMOVALS, item.selection, actor=account, at=at)
            else "",
            "may_record": acts.permitted(Act.RECORD_OPINION, item.selection, actor=account, at=at),
            "may_prepare": found.closed_at is None
            and item.selection.stage == Stage.DELIBERATION
            and not any(round_.state in UNDER_WAY for round_ in rounds.get(item.pk, []))
            and acts.permitted(Act.PREPARE_BALLOT, item.selection, actor=account, at=at),
            "may_issue": any(round_.state == RoundState.PREPARED and round_.slips for round_ in rounds.get(item.pk, []))
            and acts.permitted(Act.ISSUE_SLIP, item.selection, actor=account, at=at),
        }
        for item in items
    ]
    moved = any(row.movements.all() for row in attendances)
    possible = [
        *[Act.RECORD_ATTENDANCE] * (not moved),
        *[Act.RECORD_ARRIVAL, Act.RECORD_DEPARTURE] * bool(attendances),
        Act.CLOSE_MEETING,
    ]
    possible = [Act.REQUEST_MINUTES] if found.closed_at else possible
    minutes = [row_of(paper) for paper in minutes_of(found, account)]
    return render(
        request,
        "selection/meeting.html",
        {
            "meeting": found,
            "members": members,
            "observers": [row for row in attendances if row.kind == AttendanceKind.OBSERVER],
            "there": there,
            "here": len(in_the_room),
            "items": rows,
            "may_sheets": sum(bool(row["may_prepare"]) for row in rows) > 1,
            "may_draw": any(row["may_issue"] for row in rows),
            "minutes": minutes,
            "minutes_closed": not minutes and found.closed_at is not None and account.holds(Role.MEMBER),
            "presided": presided(found, account) if not items and account.holds(Role.MEMBER) else [],
            "own": way_of(request, found),
            "scrutiny_url": reverse("scrutiny", args=[found.pk])
            if found.closed_at is None and account.holds(Role.SCRUTINEER)
            else "",
            "closed_to_reader": not items and found.items.exists(),
            "declarations": declarations(found, account) if not items and account.holds(Role.MEMBER) else [],
            "acts": [
                {"label": act.label, "url": act_url(act, found), "may": True}
                for act in possible
                if acts.permitted(act, found, actor=account, at=at)
            ],
        },
    )


def way_of(request: HttpRequest, meeting: Meeting) -> dict[str, Any]:
    """How many ballots a member has still to collect for this meeting, and where those are cast that are collected."""
    papers = RollMember.objects.of(request.user).filter(round__poll__item__meeting=meeting)  # type: ignore[arg-type]
    rows = papers.aggregate(
        waiting=Count("pk", filter=COLLECTABLE), held=Count("pk", filter=Q(channel=BallotChannel.ONLINE, left_at=None))
    )
    return {"to_collect": rows["waiting"], "at_box": box_of_members(request) if rows["held"] else ""}


def minutes_of(meeting: Meeting, account: Account) -> list[Document]:
    """The minutes of a closed meeting, the latest first, for whoever may have them."""
    if meeting.closed_at is None:
        return []
    readable = Meeting.objects.minutes_open_to(account).order_by().values("pk")
    return list(meeting.documents.filter(kind=Paper.MINUTES, meeting__in=readable))


def presided(meeting: Meeting, account: Account) -> list[Round]:
    """Ballots over which a member presides who sees no item."""
    known = Selection.objects.open_to(account).order_by().values("pk")
    rows = Round.objects.filter(poll__item__meeting=meeting, chair__person=account.person_id, selection__in=known)
    return list(rows.select_related("selection__post__organisation").order_by("poll__item__position", "seq"))


def rounds_at(meeting: Meeting) -> dict[int, list[Any]]:
    """Agenda item → its rounds, each with ``voted`` (its candidates) and ``casting`` (who may vote); one query."""
    casting = Q(round__roll__present=True, round__roll__left_at__isnull=True)
    voted = (
        RoundItem.objects.filter(round__poll__item__meeting=meeting)
        .select_related("round__poll", "candidacy__person")
        .annotate(casting=ArrayAgg("round__roll__seat_id", filter=casting, default=[]))
        .order_by("round__seq", "pk")
    )
    rounds: dict[int, Any] = {}
    for row in voted:
        round_: Any = rounds.setdefault(row.round_id, row.round)
        round_.casting = row.casting
        round_.voted = [*getattr(round_, "voted", []), row]
    found: dict[int, list[Any]] = {}
    for round_ in rounds.values():
        found.setdefault(round_.poll.item_id, []).append(round_)
    return found


def holders(items: list[Any], on: date) -> dict[int, list[Tenure]]:
    """Agenda item → who still holds a post whose holder is to leave, and is not removed by the item; one query."""
    leaving = [
        item
        for item in items
        if item.selection.departure and item.selection.stage in (Stage.DELIBERATION, Stage.DECIDED)
    ]
    if not leaving:
        return {}
    posts = {item.selection.post_id for item in leaving}
    held = list(Tenure.objects.held(on).filter(post__in=posts).select_related("person").order_by("pk"))
    return {
        item.pk: [
            row
            for row in held
            if row.post_id == item.selection.post_id
            and row.pk not in {one.tenure_id for one in item.removals.all()}
            and row.person_id not in {one["person"] for one in item.live}
        ]
        for item in leaving
    }


def voters(item: Any, here: list[Attendance]) -> list[Attendance]:
    """Those of the members in the room who are neither recused from the item nor candidates at it."""
    apart = {*item.recused, *(row["person"] for row in item.live)}
    return [row for row in here if row.person_id not in apart]


def too_late(item: Any, rounds: list[Any], here: list[Attendance]) -> list[Attendance]:
    """Members in the room who came after the roll of the ballot under way was fixed, and do not vote in it."""
    for round_ in rounds:
        if round_.state in UNDER_WAY:
            return [row for row in voters(item, here) if row.seat_id not in round_.casting]
    return []


def declarations(meeting: Meeting, account: Account) -> list[tuple[int, str]]:
    """Where a member who sees no item declares not to take part in one: its position on the agenda, and the address."""
    if meeting.closed_at is not None:
        return []
    known = meeting.items.filter(selection__in=Selection.objects.open_to(account).order_by().values("pk"))
    return [(item.position, act_url(Act.DECLARE_RECUSAL, item.selection)) for item in known.select_related("selection")]


class OpinionsForm(forms.Form):
    """What every member present says of every candidate, as far as it is not recorded yet."""

    def __init__(self, *args: Any, case: Case, item: AgendaItem, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.said: list[tuple[Any, Any]] = []
        voters = sorted(case.present_voters(item), key=lambda seat: (seat.is_chief, seat.rank))
        for candidacy in case.at(CandidacyState.PROPOSED):
            spoken = case.opinions_on(item, candidacy)
            for seat in voters:
                if seat.pk in spoken:
                    continue
                name = f"{candidacy.pk}-{seat.pk}"
                self.said.append((candidacy, seat))
                self.fields[f"opinion-{name}"] = forms.ChoiceField(
                    label=_("%(member)s on %(candidate)s") % {"member": seat.person, "candidate": candidacy},
                    choices=[("", "—"), *Opinion.choices],
                    required=False,
                )
                self.fields[f"remark-{name}"] = forms.CharField(
                    label=_("%(member)s on %(candidate)s: what was said")
                    % {"member": seat.person, "candidate": candidacy},
                    required=False,
                    max_length=500,
                )

    def rows(self) -> list[dict[str, Any]]:
        """One row per member and candidate, for the table."""
        return [
            {
                "candidate": candidacy,
                "member": seat,
                "opinion": self[f"opinion-{candidacy.pk}-{seat.pk}"],
                "remark": self[f"remark-{candidacy.pk}-{seat.pk}"],
            }
            for candidacy, seat in self.said
        ]


@never_cache
def opinions(request: HttpRequest, pk: int) -> HttpResponse:
    """Enter the opinions of all members on all candidates of one item; each is an act of its own, the chief's last."""
    account: Account = request.user  # type: ignore[assignment]
    case = case_or_404(Selection.objects.visible_to(account).filter(agenda_items=pk))
    item = next(item for item in case.items if item.pk == pk)
    at = clock.now()
    if acts.permitted(Act.RECORD_OPINION, case.selection, actor=account, at=at) is None:
        return render(request, "403.html", status=403)
    form = OpinionsForm(request.POST or None, case=case, item=item)
    refused: list[acts.Requirement] = []
    if request.method == "POST" and form.is_valid():
        done = 0
        for candidacy, seat in form.said:
            name = f"{candidacy.pk}-{seat.pk}"
            if not form.cleaned_data[f"opinion-{name}"]:
                continue
            try:
                record_opinion(
                    case.selection,
                    candidacy=candidacy,
                    seat=seat,
                    opinion=Opinion(form.cleaned_data[f"opinion-{name}"]),
                    remark=form.cleaned_data[f"remark-{name}"],
                    actor=account,
                    at=at,
                )
                done += 1
            except acts.Refused as refusal:
                refused = list(refusal.requirements)
                form.add_error(f"opinion-{name}", not_met(refusal.unmet[0]))
                break
            except acts.Conflict:
                form.add_error(None, gettext_lazy("Somebody has recorded this opinion already. Open the page again."))
                break
        if done:
            messages.success(request, _("%(number)s opinions were recorded.") % {"number": done})
        if not form.errors:
            return redirect(reverse("meeting", args=[item.meeting_id]))
    return render(
        request,
        "selection/opinions.html",
        {"item": item, "form": form, "requirements": refused, "said": spoken_in(case, item)},
        status=422 if form.errors else 200,
    )


def spoken_in(case: Case, item: AgendaItem) -> list[dict[str, Any]]:
    """Opinions recorded at an item, in the order in which they were stated."""
    place = {candidacy.pk: number for number, candidacy in enumerate(case.candidacies)}
    return [
        {
            "candidate": candidate_label(stated.candidacy),
            "member": stated.seat.person.name,
            "opinion": Opinion(stated.opinion).label,
            "remark": stated.remark,
        }
        for stated in sorted(
            (row for row in case.opinions if row.item_id == item.pk),
            key=lambda row: (place[row.candidacy_id], row.position),
        )
    ]


urlpatterns = [
    path("meetings/", meetings, name="meetings"),
    path("meetings/<int:pk>/", meeting, name="meeting"),
    path("meetings/items/<int:pk>/opinions/", opinions, name="opinions"),
]
