"""Pages of the box (投票页面): enter the code, fill in the sheet, check it, confirm; later look for the tracking code.

Who drew a slip needs plain forms alone, without script, cookie, session or log-in.  Who has collected a credential has
a page whose script (``static/js/ballot/papers.js``) asks for rounds and sends ballots as JSON.

A slip's code travels in a hidden field of each form, never in an address, so no log, history or referrer holds it.
CSRF tokens protect what a browser is allowed to do because of who is logged in; nobody is logged in here, a form is
worth what the code in it is worth, and a token would need a cookie.

Templates are rendered without the request: no context processor of the site, present or future, can see a ballot.
"""

import base64
import binascii
import json
import logging
import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from http import HTTPStatus
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

from django.conf import settings
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from selection.ballots import box
from selection.ballots.box import BoxRefused, CastRefused, Reason, Signed, Slip, State, Trouble
from selection.ballots.sheet import fault_in, said

logger = logging.getLogger("selection.ballots")

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

_CHOICE = "choice-"
_ABOUT_THE_SHEET = frozenset({Reason.INCOMPLETE, Reason.TOO_MANY, Reason.FOREIGN_OPTION})
_ABOUT_THE_TYPING = frozenset({Reason.MISTYPED_CODE, Reason.UNKNOWN_CODE})
_LARGEST = 16 * 1024  # bytes of a ballot as JSON; one with sixty candidates has about five thousand
_STEP = 1024
_FIELDS = {"message": 104, "signature": 384, "payload": 0, "payload_signature": 64}
_STATUS = {
    Reason.NOT_ISSUED: HTTPStatus.FORBIDDEN,
    Reason.ALTERED: HTTPStatus.FORBIDDEN,
    Reason.INCOMPLETE: HTTPStatus.UNPROCESSABLE_ENTITY,
    Reason.TOO_MANY: HTTPStatus.UNPROCESSABLE_ENTITY,
    Reason.FOREIGN_OPTION: HTTPStatus.UNPROCESSABLE_ENTITY,
}
_WITHOUT_SLIP = {Reason.NOT_OPEN: gettext_lazy("Voting has not begun. Wait until the chair opens it.")}
_CHINESE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")


def _page(view: View[P]) -> View[P]:
    """Answer a fault with a plain page, and log where one of ours happened without any value of the request."""

    @wraps(view)
    def answer(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Http404:
            return _rendered("absent", {}, HTTPStatus.NOT_FOUND)
        except (BadRequest, SuspiciousOperation, MultiPartParserError):
            return misread(request)
        except Exception:
            logger.exception("The box failed")
            return failed(request)

    return answer


def _step(view: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """One step of voting: it comes by POST from the step before, and by any other way begins at the code."""

    @wraps(view)
    def answer(request: HttpRequest) -> HttpResponse:
        return view(request) if request.method == "POST" else HttpResponseRedirect(_to("enter"))

    return _page(answer)


@require_safe
@_page
def enter(request: HttpRequest) -> HttpResponse:
    """Ask for the code."""
    return _rendered("enter", {"switch": _other_language("enter")})


@_step
def sheet(request: HttpRequest) -> HttpResponse:
    """Show the sheet that the code opens, with what was marked before (on the way back from the review)."""
    code, choices = _code(request), _choices(request)
    try:
        return _sheet(code, box.look(code), choices)
    except CastRefused as refused:
        return _refused(refused, code)


@_step
def review(request: HttpRequest) -> HttpResponse:
    """Show what was marked, to be confirmed once."""
    code, choices = _code(request), _choices(request)
    try:
        slip = box.look(code)
    except CastRefused as refused:
        return _refused(refused, code)
    fault = fault_in(slip.sheet, choices)
    if fault is not None:
        kind, candidates = fault
        return _sheet(code, slip, choices, Reason(kind), candidates)
    return _rendered(
        "review",
        {**_described(slip, choices), "code": code, "attempt": secrets.token_hex(16)},
    )


@_step
def cast(request: HttpRequest) -> HttpResponse:
    """Put the ballot into the box.  Sending this page again, by reload or twice in a row, shows the same receipt."""
    code, choices = _code(request), _choices(request)
    try:
        receipt = box.cast(code, choices, attempt=request.POST.get("attempt", ""))
    except CastRefused as refused:
        if refused.reason in _ABOUT_THE_SHEET:
            return _sheet(code, box.look(code), choices, refused.reason, refused.candidates)
        return _refused(refused, code)
    found = _to("ballots", round_id=receipt.round_id)
    return _rendered("receipt", {"tracker": receipt.tracker, "ballots": found, "next": _to("enter")})


@require_safe
@_page
def ballots(request: HttpRequest, round_id: UUID) -> HttpResponse:
    """List the tracking codes of a closed round, sorted, without any content."""
    switch = _other_language("ballots", round_id=round_id)
    try:
        standing = box.standing(round_id)
        found = box.trackers(round_id)
    except BoxRefused as refused:
        if refused.trouble == Trouble.UNKNOWN_ROUND:
            raise Http404 from None
        final = refused.trouble == Trouble.DESTROYED
        context = {"trouble": refused.trouble.label, "is_final": final, "switch": switch}
        return _rendered("list", context | ({"root": standing.root.hex()} if final else {}))
    context = {"trackers": found, "check_code": standing.check_code, "root": standing.root.hex(), "switch": switch}
    return _rendered("list", context)


@require_safe
@_page
def collected(request: HttpRequest) -> HttpResponse:
    """Show the page that keeps a member's credentials and votes with them; it is the same for everybody."""
    reasons = {reason.value: reason.label for reason in (Reason.INCOMPLETE, Reason.TOO_MANY)}
    rounds = f"{_to('enter')}rounds/"
    context = {"reasons": reasons, "rounds": rounds, "jitter": settings.BOX_JITTER}
    return _rendered("collected", {**context, "switch": _other_language("collected")})


@require_safe
@_page
def urn(request: HttpRequest, round_id: UUID) -> HttpResponse:
    """Answer what everybody may know of a round: its sheet, its state, its key; no number and no vote."""
    try:
        found = box.look_at(round_id)
    except BoxRefused as refused:
        return _told("unknown_round", str(refused.trouble.label), HTTPStatus.NOT_FOUND)
    return JsonResponse(
        {
            "state": found.state.value,
            "manifest": found.manifest,
            "public_key": _written(found.public_key),
            "check_code": found.check_code,
            "receipt_key": _written(box.receipt_key()),
        }
    )


@require_POST
@_page
def put(request: HttpRequest, round_id: UUID) -> HttpResponse:
    """Take one ballot cast with a credential; the same bytes sent again get the same receipt."""
    try:
        ballot = _ballot(request)
    except _Malformed as fault:
        return _told("malformed", str(fault), HTTPStatus.BAD_REQUEST)
    try:
        receipt = box.cast_signed(round_id, ballot)
    except CastRefused as refused:
        reason = refused.reason
        if reason == Reason.OTHER_ROUND:  # what the box says of slips while another round is open
            is_to_come = box.look_at(round_id).state == State.PREPARED
            reason = Reason.NOT_OPEN if is_to_come else Reason.CLOSED
        words = _WITHOUT_SLIP.get(reason, reason.label)
        return _told(reason.value, str(words), _STATUS.get(reason, HTTPStatus.CONFLICT))
    return JsonResponse({"tracker": receipt.tracker, "receipt": _written(receipt.signature)})


class _Malformed(ValueError):
    """What was sent is no ballot; the words say what is wrong with it."""


def _ballot(request: HttpRequest) -> Signed:
    """Read a ballot out of a request: exactly its four fields, each in base64 and of its length."""
    if request.content_type != "application/json":
        raise _Malformed(_("A ballot is sent as JSON."))
    body = request.read(_LARGEST + 1)
    if len(body) > _LARGEST:
        raise _Malformed(_("This is longer than any ballot."))
    try:
        pairs = json.loads(body.decode(), object_pairs_hook=tuple)
    except (ValueError, RecursionError):
        raise _Malformed(_("This is not JSON.")) from None
    fields = dict(pairs) if isinstance(pairs, tuple) else {}
    if set(fields) != set(_FIELDS) or len(pairs) != len(_FIELDS):
        raise _Malformed(_("A ballot has four fields: message, signature, payload and payload_signature."))
    read = {}
    for name, length in _FIELDS.items():
        value = _bytes(fields[name])
        if value is None:
            raise _Malformed(_("The field %(name)s is not written in base64.") % {"name": name})
        if len(value) != length if length else not value or len(value) % _STEP:
            raise _Malformed(_("The field %(name)s has a wrong length.") % {"name": name})
        read[name] = value
    return Signed(**read)


def _bytes(text: object) -> bytes | None:
    """Return what is meant by base64 as its standard writes it, or None."""
    try:
        value = base64.b64decode(text, validate=True) if isinstance(text, str) else None
    except (binascii.Error, ValueError):
        return None
    return value if value is not None and _written(value) == text else None


def _written(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _told(reason: str, words: str, status: int) -> HttpResponse:
    """Answer a script with the reason and the words that it shows."""
    return JsonResponse({"reason": reason, "words": words}, status=status)


@_page
def absent(request: HttpRequest, other: str) -> HttpResponse:
    """Answer any other address under the box's own roof, not with the site's page."""
    raise Http404


def misread(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer what cannot be read as a form."""
    return _rendered("fault", {}, HTTPStatus.BAD_REQUEST)


def failed(request: HttpRequest) -> HttpResponse:
    """Answer a fault of ours."""
    return _rendered("fault", {}, HTTPStatus.INTERNAL_SERVER_ERROR)


def _code(request: HttpRequest) -> str:
    return request.POST.get("code", "")


def _choices(request: HttpRequest) -> dict[str, str]:
    """Return the marks of the form; a candidate marked twice gets both, which is no option of any sheet."""
    return {
        field.removeprefix(_CHOICE): "\n".join(values)
        for field, values in request.POST.lists()
        if field.startswith(_CHOICE)
    }


def _refused(refused: CastRefused, code: str) -> HttpResponse:
    """Say why the box takes no ballot with this code, on the page where the code can be corrected."""
    typing = refused.reason in _ABOUT_THE_TYPING
    status = HTTPStatus.UNPROCESSABLE_ENTITY if typing else HTTPStatus.CONFLICT
    context = {"refusal": refused.reason.label, "code": code, "switch": _other_language("enter")}
    return _rendered("enter", context, status)


def _sheet(
    code: str,
    slip: Slip,
    choices: Mapping[str, str],
    reason: Reason | None = None,
    candidates: Sequence[str] = (),
) -> HttpResponse:
    described = _described(slip, choices)
    marked = [block for block in described["blocks"] if block["key"] in candidates]
    for block in marked:
        block["refused"] = True
    context = {
        **described,
        "code": code,
        "refusal": reason and reason.label,
        "marked": marked,
        "switch": _other_language("sheet"),
    }
    return _rendered("sheet", context, HTTPStatus.UNPROCESSABLE_ENTITY if reason else HTTPStatus.OK)


def _described(slip: Slip, choices: Mapping[str, str]) -> dict[str, Any]:
    """Return a slip's sheet as the templates show it, in the language of the page."""
    sheet = slip.sheet
    options = [(key, _shown(label)) for key, label in sheet.options]
    blocks = [
        {
            "key": key,
            "name": _CHOICE + key,
            "label": _shown(label),
            "facts": _shown(facts),
            "answers": [
                {"key": option, "label": shown, "chosen": choices.get(key) == option} for option, shown in options
            ],
            "answer": next((shown for option, shown in options if choices.get(key) == option), ""),
            "value": choices.get(key, ""),
        }
        for key, label, facts in sheet.candidates
    ]
    return {
        "title": _shown(sheet.title),
        "round_label": _shown(sheet.round_label),
        "check_code": format_html('<span class="whole">{}</span>', slip.check_code),
        "blocks": blocks,
        "total": len(blocks),
        "limited": sheet.limited_option,
        "limited_label": dict(options)[sheet.limited_option],
        "limit": sheet.limit if sheet.limit < len(blocks) else None,
    }


def _rendered(name: str, context: dict[str, Any], status: int = HTTPStatus.OK) -> HttpResponse:
    steps = {step: _to(step) for step in ("enter", "sheet", "review", "cast", "collected")}
    return HttpResponse(render_to_string(f"voting/box_{name}.html", {**context, "to": steps}), status=status)


def _to(name: str, **kwargs: object) -> str:
    """Return the address of a page of the box in the language of this one."""
    return reverse(f"{'box-en' if _english() else 'box'}:{name}", kwargs=kwargs)


def _other_language(name: str, **kwargs: object) -> dict[str, str]:
    """Return the way to a page in the other language, under that language's own name."""
    if _english():
        return {"to": reverse(f"box:{name}", kwargs=kwargs), "lang": "zh-Hans", "name": "中文"}
    return {"to": reverse(f"box-en:{name}", kwargs=kwargs), "lang": "en", "name": "English"}


def _english() -> bool:
    return get_language() == "en"


def _shown(text: Any) -> str:
    """Return a text of the sheet for this page, marked as Chinese where it stands on an English one."""
    words = said(text, "en" if _english() else "zh-hans")
    return format_html('<span lang="zh-Hans">{}</span>', words) if _english() and _CHINESE.search(words) else words
