"""The audit package of a ballot and how to recount it (票决审计包、离线复核).

Whoever sees the whole selection sees who asked and who agreed or refused; the package itself goes to the auditor who
asked for it.  Every download is recorded before the file is sent.
"""

from importlib.resources import files
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from selection import acts, clock
from selection.ballots import box, package
from selection.enums import Act, Role, RoundState
from selection.models import Account, Recount, Round
from selection.models.case import Case
from selection.roles import ROLES
from selection.stages.deliberation.recount import OVER, package_of
from selection.web.acts import act_url
from selection.web.next_acts import Seen
from selection.web.voting import round_or_404

VERIFIER = "verify_ballots.py"


def round_over_or_404(request: HttpRequest, pk: int) -> tuple[Round, Case]:
    """A round that is announced or void, if the account sees the whole of its selection."""
    account: Account = request.user  # type: ignore[assignment]
    round_, case = round_or_404(request, pk)
    if round_.state not in OVER or not Seen(case, account, clock.now()).sees_whole:
        raise Http404
    return round_, case


def handed_out(case: Case, round_: Round, account: Account) -> bool:
    """Whether this account may fetch the package now: an auditor who asked for it, with the consent of a second person.

    An auditor who has lost the role since, or for whom the period for objections is over, gets nothing more.
    """
    if case.objections_are_over or not acts.permitted(Act.REQUEST_RECOUNT, round_, actor=account, at=clock.now()):
        return False
    rows = [row for row in case.recounts if row.round_id == round_.pk and row.asked_by_id == account.pk]
    return any(row.agreed_at for row in rows)


@never_cache
@require_safe
def recount(request: HttpRequest, pk: int) -> HttpResponse:
    """Who asked for the package, who agreed or refused; what to compare it with; the package for whom it was meant."""
    account: Account = request.user  # type: ignore[assignment]
    round_, case = round_over_or_404(request, pk)
    asked = [row for row in case.recounts if row.round_id == round_.pk]
    asking = _buttons(case, account, Act.REQUEST_RECOUNT, round_)
    mine = any(row.asked_by_id == account.pk and row.refused_at is None for row in asked)
    return render(
        request,
        "voting/recount.html",
        {
            "round": round_,
            "selection": case.selection,
            "rows": [{"row": row, "buttons": _deciding(case, account, row)} for row in asked],
            "ask": [] if mine else [one for one in asking if one["may"] or not asked],
            "handed_out": handed_out(case, round_, account),
            "over": case.objections_are_over,
            "differs": round_.state == RoundState.ANNOUNCED
            and round_.destroyed_at is None
            and round_.root != box.root(round_.box).hex(),
            "file": file_name(round_),
            "verifier": VERIFIER,
            "command": command(round_),
        },
    )


def _deciding(case: Case, account: Account, row: Recount) -> list[dict[str, Any]]:
    """What a second person can do about a request on which nobody has decided; others see who can agree."""
    if row.agreed_at is not None or row.refused_at is not None or row.asked_by_id == account.pk:
        return []
    refusing = [one | {"tone": "plain"} for one in _buttons(case, account, Act.REFUSE_RECOUNT, row) if one["may"]]
    return _buttons(case, account, Act.AGREE_RECOUNT, row) + refusing


def _buttons(case: Case, account: Account, act: Act, subject: Any) -> list[dict[str, Any]]:
    """An act as a button, or greyed with who does it; none at all once the package is no longer handed out."""
    if case.objections_are_over:
        return []
    may = acts.permitted(act, subject, actor=account, at=clock.now()) is not None
    return [
        {
            "label": act.label,
            "url": act_url(act, subject) if may else "",
            "may": may,
            "who": [role.label for role in Role if role in ROLES[act]],
            "tone": "primary",
        }
    ]


def file_name(round_: Round) -> str:
    """What the package is called on the auditor's machine."""
    return f"ballots-{round_.check_code}.json"


def command(round_: Round) -> str:
    """The command that recounts the package and compares it with what was announced."""
    options = {
        "check-code": round_.check_code,
        "root": round_.root,
        "due": round_.due_count,
        "present": round_.present_count,
        "issued": round_.issued,
    }
    told = " ".join(f"--{name} {value}" for name, value in options.items() if value != "")
    return f"python3 -I -S {VERIFIER} {file_name(round_)} {told}"


@never_cache
@require_safe
def audit_package(request: HttpRequest, pk: int) -> HttpResponse:
    """The package itself, for the auditor who asked for it."""
    account: Account = request.user  # type: ignore[assignment]
    round_, case = round_over_or_404(request, pk)
    if not handed_out(case, round_, account):
        raise Http404
    content = package.write(package_of(round_, case.roll_of(round_)))
    acts.looked_at(account, "audit_package", ("round", str(round_.pk)), clock.now(), case=round_.matter())
    return _attached(content, file_name(round_), "application/json")


@require_safe
def verifier(request: HttpRequest) -> HttpResponse:
    """The file that recounts a package anywhere; it holds nothing of any vote."""
    return _attached(files("selection.ballots").joinpath(VERIFIER).read_bytes(), VERIFIER, "text/x-python")


def _attached(content: bytes, name: str, media_type: str) -> HttpResponse:
    return HttpResponse(
        content, content_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


urlpatterns = [
    path("ballots/<int:pk>/recount/", recount, name="recount"),
    path("ballots/<int:pk>/package/", audit_package, name="audit_package"),
    path("ballots/verifier/", verifier, name="verifier"),
]
