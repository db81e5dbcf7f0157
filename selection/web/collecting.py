"""Collecting electronic ballots (签到领票): a member's browser has one credential per post signed blind, then leaves.

The page shows what the account itself may collect, and nothing of others.  What the browser sends is a number that says
nothing of the ballot that will be cast; the roll keeps its hash, so the same browser can ask again, and no other can.
"""

import base64
import binascii
import hashlib
import json
from functools import lru_cache
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import path
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from selection import acts, clock
from selection.ballots import blind
from selection.enums import Act, BallotChannel, Role, RoundState
from selection.models import Account, RollMember
from selection.stages.deliberation.ballot import blind_signature, collect_ballot
from selection.web.forms.act import not_met
from selection.web.meetings import meeting_or_404
from selection.web.voting import box_of_members

_LARGEST = 128 * 1024  # bytes; a meeting of a hundred posts has half as many


@require_http_methods(["GET", "POST"])
@never_cache
def collect(request: HttpRequest, pk: int) -> HttpResponse:
    """The posts on which a member votes, and one button that collects a ballot for each."""
    account: Account = request.user  # type: ignore[assignment]
    if account.person_id is None or not account.holds(Role.MEMBER):
        raise Http404
    if request.method == "POST":
        named = RollMember.objects.naming(account).filter(round__poll__item__meeting=pk)
        signable = named.select_related("round__key", "seat").order_by()
        return _collected(request, {str(row.round.box): row for row in signable})
    meeting = meeting_or_404(request, pk)
    papers = (
        RollMember.objects.of(account)
        .filter(round__poll__item__meeting=meeting)
        .select_related("round__key", "round__poll__item", "round__selection__post__organisation", "seat")
        .order_by("round__poll__item__position", "round__seq")
    )
    rows = [{"paper": row, "key": _written(bytes(row.round.key.public)), **_standing(row)} for row in papers]
    return render(
        request,
        "voting/collect.html",
        {
            "meeting": meeting,
            "rows": rows,
            "can_collect": any(row["can_collect"] for row in rows),
            "holds": any(row["holds"] for row in rows),
            "at_box": box_of_members(request),
            # Two members on one tablet must never share a seed; the name of nobody is in this.
            "holder": salted_hmac("selection.collect", f"{meeting.pk} {account.person_id}").hexdigest(),
        },
    )


def _standing(row: RollMember) -> dict[str, Any]:
    """How the member stands with one ballot, in words, and whether it can be collected or is held."""
    is_prepared = row.round.state == RoundState.PREPARED
    says = _("To be collected") if is_prepared else _("The vote was opened before this ballot was collected")
    if not row.may_cast:
        says = _("You were not there when the roll was fixed, or have left since")
    elif row.channel == BallotChannel.ONLINE:
        says = _("Collected")
    elif row.channel == BallotChannel.PAPER:
        says = _("You have a paper ballot: vote with it")
    elif row.channel != BallotChannel.NONE:
        says = _("You have drawn a slip: vote with it")
    return {
        "says": says,
        "can_collect": is_prepared and row.may_cast and row.channel == BallotChannel.NONE,
        "holds": row.may_cast and row.channel == BallotChannel.ONLINE,
        "is_prepared": is_prepared,
    }


def _collected(request: HttpRequest, papers: dict[str, RollMember]) -> HttpResponse:
    """Sign what the browser has blinded, ballot by ballot; each answer can be asked for again."""
    try:
        blinded = _blinded(request)
    except (ValueError, RecursionError):
        words = _("The request cannot be read. Open the page again and press the button once more.")
        return JsonResponse({"words": words}, status=HTTPStatus.BAD_REQUEST)
    signed, refused = {}, {}
    status = HTTPStatus.OK
    for round_id, message in blinded.items():
        row = papers.get(round_id)
        try:
            if row is None or not _can_be_signed(row, message):
                raise acts.NotPermitted
            signed[round_id] = _written(_signature(request, row, message))
        except acts.Conflict:
            status = HTTPStatus.CONFLICT
            refused[round_id] = _(
                "This ballot was collected in another browser. Vote there; if that browser is lost, tell a scrutineer."
            )
        except acts.Refused as refusal:
            status = HTTPStatus.UNPROCESSABLE_ENTITY
            refused[round_id] = not_met(refusal.unmet[0])
        except acts.NotPermitted:
            status = HTTPStatus.UNPROCESSABLE_ENTITY
            refused[round_id] = _("You cannot collect this ballot. Open the page again, or ask a scrutineer.")
    return JsonResponse({"signed": signed, "refused": refused}, status=HTTPStatus.OK if signed else status)


def _signature(request: HttpRequest, row: RollMember, message: bytes) -> bytes:
    """The signature on what the roll names already, or on what it names from now on."""
    account: Account = request.user  # type: ignore[assignment]
    if row.channel == BallotChannel.NONE:
        try:
            collect_ballot(row.round, seat=row.seat, blinded=acts.Secret(message), actor=account, at=clock.now())
        except (acts.Conflict, acts.Refused):
            row.refresh_from_db(fields=["channel", "blinded_sha256"])
            if row.blinded_sha256 != hashlib.sha256(message).hexdigest():  # not the same request, sent twice
                raise
    elif row.channel != BallotChannel.ONLINE or not _is_open_to(row, account):
        raise acts.NotPermitted
    return blind_signature(row.round, row.seat, message)


def _is_open_to(row: RollMember, account: Account) -> bool:
    """What the act asks of the first request, of one that is sent again."""
    role = acts.permitted(Act.COLLECT_BALLOT, row.round, actor=account, at=clock.now())
    return role is not None and not row.round.hides_from(account)


@lru_cache(maxsize=64)
def _public(der: bytes) -> blind.PublicKey:
    return blind.PublicKey.from_der(der)


def _can_be_signed(row: RollMember, message: bytes) -> bool:
    """Whether the bytes are a message blinded for this round's key, before the roll names them for good."""
    key = _public(bytes(row.round.key.public))
    return len(message) == key.size and 0 < int.from_bytes(message) < key.n


def _blinded(request: HttpRequest) -> dict[str, bytes]:
    """What the browser sent: round → its blinded message; or ValueError."""
    if len(request.body) > _LARGEST:
        raise ValueError
    sent = json.loads(request.body)
    if not isinstance(sent, dict) or set(sent) != {"blinded"} or not isinstance(sent["blinded"], dict):
        raise ValueError
    try:
        return {key: base64.b64decode(text, validate=True) for key, text in sent["blinded"].items()}
    except (TypeError, binascii.Error) as fault:
        raise ValueError from fault


def _written(value: bytes) -> str:
    return base64.b64encode(value).decode()


urlpatterns = [
    path("meetings/<int:pk>/collect/", collect, name="collect"),
]
