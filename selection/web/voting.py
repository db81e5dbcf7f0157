"""The chair's and the tellers' table (票决控制台): slips, counts, opening and closing, the wall.

What a member sees is the box's, at another address and in another process; here nobody's vote is known, only how many
slips were drawn and how many ballots lie in the box.
"""

from typing import Any

import segno
from django.conf import settings
from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.http.request import split_domain_port
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from selection import acts, clock
from selection.ballots import box
from selection.enums import Act, BallotChannel, Choice, Role, RoundState, Stage
from selection.models import Account, Round, RoundItem, Selection
from selection.models.case import Case
from selection.models.poll import handed_out
from selection.roles import ROLES
from selection.rulebook.rules import Share
from selection.stages.deliberation.recount import OVER
from selection.standing import UNDER_WAY
from selection.web import acts as pages
from selection.web.acts import act_url
from selection.web.forms.deliberation import PrepareBallotForm
from selection.web.next_acts import Seen
from selection.web.papers import papers_of
from selection.web.selections import case_or_404, seen_or_404


def round_or_404(request: HttpRequest, pk: int) -> tuple[Round, Case]:
    """The round and its case, if the account sees the selection, presides over the ballot or is its scrutineer."""
    account: Account = request.user  # type: ignore[assignment]
    seen = Q(pk__in=Selection.objects.visible_to(account).order_by().values("pk"))
    if account.person_id and account.holds(Role.MEMBER):
        presided = Round.objects.filter(pk=pk, chair__person=account.person_id).values("selection")
        seen |= Q(pk__in=Selection.objects.open_to(account).filter(pk__in=presided).order_by().values("pk"))
    awaits_paper = Q(state=RoundState.CLOSED, returned__isnull=True)
    going_on = Q(state__in=UNDER_WAY) | Q(witnesses__account=account)
    for role, watched in {Role.TELLER: awaits_paper, Role.SCRUTINEER: going_on}.items():
        if account.holds(role):
            rounds = Round.objects.filter(watched, pk=pk).values("selection")
            known = Selection.objects.watched_by(account, role).filter(pk__in=rounds)
            seen |= Q(pk__in=known.order_by().values("pk"))
    case = case_or_404(Selection.objects.filter(seen, rounds=pk))
    round_ = next(row for row in case.rounds if row.pk == pk)
    case.subject = round_
    return round_, case


@never_cache
def prepare(request: HttpRequest, number: str) -> HttpResponse:
    """Prepare a ballot; the answer is the page with the slips, which exists nowhere else and only this once."""
    account: Account = request.user  # type: ignore[assignment]
    case = seen_or_404(request, number).case
    selection = case.selection
    back = selection.get_absolute_url()
    at = clock.now()
    if acts.permitted(Act.PREPARE_BALLOT, selection, actor=account, at=at) is None:
        return pages.not_permitted(request, acts.NotPermitted(Act.PREPARE_BALLOT))
    arguments: dict[str, Any] = {"subject": selection, "case": case, "actor": account, "at": at}
    if request.method != "POST":
        form = PrepareBallotForm(**arguments)
        found = acts.requirements(Act.PREPARE_BALLOT, case, actor=account, at=at)
        return pages.page(request, Act.PREPARE_BALLOT, selection, form, found, back=back)
    form = PrepareBallotForm(request.POST, **arguments)
    if not form.is_valid():
        found = acts.requirements(Act.PREPARE_BALLOT, case, actor=account, at=at)
        return pages.page(request, Act.PREPARE_BALLOT, selection, form, found, status=422, back=back)
    codes = box.make_codes(form.cleaned_data["slips"])
    try:
        round_ = acts.CATALOGUE[Act.PREPARE_BALLOT].function(
            selection,
            codes=acts.Secret(codes),
            actor=account,
            at=at,
            token=form.cleaned_data["token"],
            reasons=pages.reasons_in(request.POST),
            **form.given(),
        )
    except acts.Refused as refusal:
        found = list(refusal.requirements)
        return pages.page(request, Act.PREPARE_BALLOT, selection, form, found, status=422, refused=True, back=back)
    except acts.NotPermitted as error:
        return pages.not_permitted(request, error)
    except acts.Conflict:
        return pages.conflict(request, selection)
    if not codes:
        messages.success(request, _("Prepared.  Members collect their electronic ballots now."))
        return redirect("ballot", round_.pk)
    address = box_address(request)
    context = {"slips": slips(codes, address), "address": address, "round": round_, "selection": selection}
    return render(request, "voting/slips.html", context)


def box_address(request: HttpRequest) -> str:
    """Where members reach the box: as the place says, or by the name of this request and the box's own port."""
    if settings.BOX_ADDRESS:
        return f"{settings.BOX_ADDRESS}/box/"
    host, _port = split_domain_port(request.get_host())
    return f"http://{host}:{settings.BOX_BIND.rpartition(':')[2]}/box/"


def box_of_members(request: HttpRequest) -> str:
    """Where the box keeps a member's electronic ballots, in the language of this page."""
    return f"{box_address(request)}{'en/' if get_language() == 'en' else ''}collected/"


def slips(codes: list[str], address: str) -> list[dict[str, str]]:
    """Every slip with its code and its picture; the code stands behind the #, so no server log sees it."""
    return [
        {"code": code, "picture": segno.make(f"{address}#{code}", error="m").svg_data_uri(scale=4, border=2)}
        for code in codes
    ]


@never_cache
def ballot(request: HttpRequest, pk: int) -> HttpResponse:
    """One round: its numbers, who holds a ballot, and what comes next."""
    account: Account = request.user  # type: ignore[assignment]
    round_, case = round_or_404(request, pk)
    at, roll = clock.now(), case.roll_of(round_)
    by_state = {
        RoundState.PREPARED: [Act.OPEN_BALLOT, *[Act.HAND_BACK_SLIP] * (round_.spare(roll) > 0), Act.VOID_BALLOT],
        RoundState.OPEN: [Act.CLOSE_BALLOT, Act.VOID_BALLOT],
        RoundState.CLOSED: [Act.ANNOUNCE_RESULT, Act.VOID_BALLOT],
        RoundState.ANNOUNCED: [Act.DECIDE_REVOTE] if leaves_a_seat_empty(case, round_) else [],
        RoundState.VOID: [],
    }
    possible = by_state[RoundState(round_.state)]
    may = {
        act: acts.permitted(act, round_, actor=account, at=at)
        for act in {*possible, Act.ISSUE_SLIP, Act.ISSUE_PAPER, Act.ENTER_PAPER}
    }
    next_act = possible[0] if possible else None
    standing, sees_whole = while_open(round_), Seen(case, account, at).sees_whole
    kinds = handed_out(roll)
    casting = {row.seat_id for row in roll if row.may_cast}
    item = round_.poll.item if round_.state in UNDER_WAY else None
    return render(
        request,
        "voting/ballot.html",
        {
            "round": round_,
            "selection": case.selection,
            "sees_whole": sees_whole,
            "roll": roll,
            "too_late": [seat for seat in case.present_voters(item) if seat.pk not in casting] if item else [],
            "may_issue": may[Act.ISSUE_SLIP] and round_.state == RoundState.PREPARED and round_.slips_left(roll) > 0,
            "issue_act": act_url(Act.ISSUE_SLIP, round_),
            "paper_act": act_url(Act.ISSUE_PAPER, round_)
            if may[Act.ISSUE_PAPER] and round_.state == RoundState.PREPARED
            else "",
            "enter_act": act_url(Act.ENTER_PAPER, round_)
            if may[Act.ENTER_PAPER] and round_.state == RoundState.CLOSED and round_.returned is None
            else "",
            "numbers": numbers(case, round_, standing),
            "refused": [(box.Unfit(kind).label, number) for kind, number in sorted(standing.refused.items())]
            if standing
            else [],
            "scrutiny": [
                {"label": act.label, "names": [row.account.name for row in case.witnessed(round_, act)]}
                for act in (Act.CHECK_BOX, Act.AGREE_CLOSING, *[Act.CONFIRM_PAPER] * (kinds[BallotChannel.PAPER] > 0))
            ],
            "scrutiny_url": reverse("scrutiny", args=[item.meeting_id])
            if item and account.holds(Role.SCRUTINEER)
            else "",
            "next_act": next_act,
            "requirements": acts.requirements(next_act, case, actor=account, at=at) if next_act else [],
            "buttons": [
                {
                    "label": act.label,
                    "url": act_url(act, round_),
                    "may": may[act] is not None,
                    "who": [role.label for role in Role if role in ROLES[act]],
                    "tone": "danger" if act == Act.VOID_BALLOT else "primary",
                }
                for act in possible
            ],
            "result": result(case, round_),
            "papers": papers_of(case, round_, account, sees_whole=sees_whole, at=at),
            "recount_url": reverse("recount", args=[round_.pk]) if round_.state in OVER else "",
            "chair": round_.chair,
        },
    )


def leaves_a_seat_empty(case: Case, round_: Round) -> bool:
    """Whether an announced round did not fill every seat and nothing was decided about another one yet."""
    return round_.another_round is None and case.selection.stage == Stage.DELIBERATION


def while_open(round_: Round) -> box.Standing | None:
    """How the box stands while the vote is on; afterwards the round has its numbers itself."""
    return box.standing(round_.box) if round_.state == RoundState.OPEN else None


def numbers(case: Case, round_: Round, standing: box.Standing | None) -> list[dict[str, Any]]:
    """应到, 实到, 发出, 收回, 有效: what may be known while the vote is on."""
    returned = standing.returned if standing else round_.returned
    return [
        {"label": _("Should attend"), "figure": round_.due_count},
        {"label": _("In attendance"), "figure": round_.present_count},
        {"label": _("Ballots handed out"), "figure": case.issued(round_)},
        {"label": _("Ballots in the box"), "figure": "—" if returned is None else returned},
        {"label": _("Valid"), "figure": "—" if round_.valid is None else round_.valid},
    ]


def result(case: Case, round_: Round) -> list[dict[str, Any]]:
    """The announced counts with the rule applied, in words."""
    if round_.state != RoundState.ANNOUNCED:
        return []
    rule = case.selection.pass_rule
    share: Share = rule.value
    items: list[RoundItem] = [item for item in case.round_items if item.round_id == round_.pk]
    return [
        {
            "name": item.candidacy.person.name,
            "counts": [
                {"label": choice.label, "figure": figure}
                for choice, figure in zip(Choice, (item.agree, item.disagree, item.abstain), strict=True)
            ],
            "passed": item.passed,
            "words": _("%(due)s should attend, %(agree)s agree, %(least)s needed")
            % {"due": round_.due_count, "agree": item.agree, "least": share.least(round_.due_count)},
            "citation": rule.citation,
        }
        for item in items
    ]


@never_cache
def wall(request: HttpRequest, pk: int) -> HttpResponse:
    """The screen on the wall: the box's characters, the numbers, and the result as soon as it is announced."""
    round_, case = round_or_404(request, pk)
    template = "voting/wall_numbers.html" if request.headers.get("HX-Request") else "voting/wall.html"
    return render(
        request,
        template,
        {
            "round": round_,
            "selection": case.selection,
            "numbers": numbers(case, round_, while_open(round_)),
            "result": result(case, round_),
            "chair": round_.chair,
            "going_on": round_.state in (RoundState.PREPARED, RoundState.OPEN, RoundState.CLOSED),
            "wall_url": reverse("wall", args=[round_.pk]),
        },
    )


urlpatterns = [
    path("selections/<str:number>/ballot/", prepare, name="prepare_ballot"),
    path("ballots/<int:pk>/", ballot, name="ballot"),
    path("ballots/<int:pk>/wall/", wall, name="wall"),
]
