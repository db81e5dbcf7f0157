"""One page performs any act (办理).

The page shows what must hold, with article; the form; and what will follow.  A refused act shows the same list, with
what was typed still there (422); whoever was slower is told so (409); whoever may not, learns nothing (403, 404).
"""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from audit import reading, tree
from selection import acts, clock
from selection.enums import Act, Role
from selection.models import (
    Account,
    Appointment,
    Body,
    Candidacy,
    Correction,
    Document,
    Inquiry,
    Liability,
    Mandate,
    Meeting,
    Nomination,
    Objection,
    Plan,
    Poll,
    Recount,
    Recovery,
    Removal,
    Round,
    Selection,
    SittingItem,
)
from selection.register.models import Organisation, Person, Post
from selection.web.forms.act import FORMS, ActForm

EVIDENCE_WITHIN = 2.0
"""Seconds that whoever ends a selection waits at most for a checkpoint that covers it."""

SUBJECTS: dict[str, Any] = {
    model._meta.model_name: model
    for model in (
        Account,
        Appointment,
        Body,
        Candidacy,
        Correction,
        Document,
        Inquiry,
        Liability,
        Mandate,
        Meeting,
        Nomination,
        Objection,
        Organisation,
        Person,
        Plan,
        Poll,
        Post,
        Recount,
        Recovery,
        Removal,
        Round,
        Selection,
        SittingItem,
    )
}


def act_url(act: Act, subject: Any, **first: object) -> str:
    """The address at which ``act`` is performed on ``subject``; ``first`` fills in the form."""
    query = {key: str(value) for key, value in first.items()}
    return reverse("act", args=[subject._meta.model_name, subject.pk, act.value], query=query or None)


def page_of(subject: Any, account: Account) -> str:
    """The page on which the subject is shown to this account; the desk, where it does not see the selection.

    A member who presides over a ballot sees no more of the selection than that.
    """
    selection = subject if isinstance(subject, Selection) else getattr(subject, "selection", None)
    if selection is not None:
        sees = Selection.objects.visible_to(account).filter(pk=selection.pk).exists()
        unseen = reverse("ballot", args=[subject.pk]) if isinstance(subject, Round) else reverse("desk")
        return selection.get_absolute_url() if sees else unseen
    if isinstance(subject, Meeting):
        return reverse("meeting", args=[subject.pk])
    if isinstance(subject, Body):
        return reverse("seats", args=[subject.pk]) if account.holds(Role.ADMINISTRATOR) else reverse("meetings")
    if isinstance(subject, Person):
        return reverse("person", args=[subject.pk])
    if isinstance(subject, Post):
        return reverse("unit", args=[subject.organisation_id])
    if isinstance(subject, Organisation):
        return reverse("unit", args=[subject.pk])
    if isinstance(subject, Recovery):
        return reverse("recovery")
    if isinstance(subject, Account):
        sees = account.holds(Role.ADMINISTRATOR) or account.holds(Role.AUDITOR)
        return reverse("account", args=[subject.pk]) if sees else reverse("desk")
    return reverse("desk")


def subject_or_404(kind: str, pk: int, act: Act, account: Account) -> Any:
    """The subject, if this account may perform the act on it.

    Raises:
        Http404: there is none, or the account must not know of it.
        acts.NotPermitted
    """
    if kind not in SUBJECTS or act not in acts.CATALOGUE or acts.CATALOGUE[act].subject != kind:
        raise Http404
    subject = SUBJECTS[kind].objects.filter(pk=pk).first()
    if subject is None or subject.hides_from(account):
        raise Http404
    if acts.permitted(act, subject, actor=account, at=clock.now()) is None:
        raise acts.NotPermitted(act)
    return subject


def form_for(act: Act, subject: Any, case: Any, actor: Account, *, request: HttpRequest, bound: bool) -> ActForm:
    """The form of the act, filled in from what was sent or from the address."""
    form = FORMS.get(act) or type("PlainForm", (ActForm,), {})
    arguments: dict[str, Any] = {"subject": subject, "case": case, "actor": actor, "at": clock.now()}
    if bound:
        return form(request.POST, request.FILES, **arguments)
    return form(initial={key: value for key, value in request.GET.items() if key != "token"}, **arguments)


@never_cache
@require_http_methods(["GET", "POST"])
def act(request: HttpRequest, kind: str, pk: int, act: str) -> HttpResponse:
    """Show what an act needs, and perform it."""
    account: Account = request.user  # type: ignore[assignment]
    try:
        name = Act(act)
        subject = subject_or_404(kind, pk, name, account)
    except (ValueError, acts.NotPermitted) as error:
        if isinstance(error, acts.NotPermitted):
            return not_permitted(request, error)
        raise Http404 from error
    if request.method == "POST" and reading.has_request(request.POST.get("token", "")):
        return conflict(request, subject)  # before the form is read: what it offered may be gone by now
    case = subject.case()
    form = form_for(name, subject, case, account, request=request, bound=request.method == "POST")
    if request.method == "POST" and form.is_valid():
        return perform(request, name, subject, form, case)
    if isinstance(subject, Person) and not form.is_bound:  # the form shows what is to be corrected
        acts.looked_at(account, "personal_file", ("person", str(pk)), clock.now(), case=subject.streams()[0])
    found = acts.requirements(name, case, actor=account, at=clock.now())
    return page(request, name, subject, form, found, status=422 if form.is_bound else 200)


def perform(request: HttpRequest, name: Act, subject: Any, form: ActForm, case: Any) -> HttpResponse:
    """Perform the act with what the form gives, and say what became of it."""
    account: Account = request.user  # type: ignore[assignment]
    try:
        result = acts.CATALOGUE[name].function(
            subject,
            actor=account,
            at=clock.now(),
            token=form.cleaned_data["token"],
            reasons=reasons_in(request.POST),
            **form.given(),
        )
    except acts.Refused as refusal:
        form.blame(refusal.requirements)
        return page(request, name, subject, form, refusal.requirements, status=422, refused=True)
    except acts.NotPermitted as error:
        return not_permitted(request, error)
    except acts.Conflict:
        return conflict(request, subject)
    except ValidationError as error:
        form.add_error(None, error.messages)
        found = acts.requirements(name, case, actor=account, at=clock.now())
        return page(request, name, subject, form, found, status=422)
    form.performed(request)
    messages.success(request, _("Done: %(act)s") % {"act": name.label})
    if number := in_evidence(case, form.cleaned_data["token"]):
        messages.success(request, _("Kept in evidence, under checkpoint no. %(number)s.") % {"number": number})
    return redirect(next_page(request) or form.next_url(result) or page_of(subject, account))


def in_evidence(case: Any, token: str) -> int | None:
    """The checkpoint that covers the act with which a selection has ended, if there is one soon (已存证)."""
    selection = getattr(case, "selection", None)
    if selection is None or selection.closed_at is not None:
        return None
    has_ended = Selection.objects.filter(pk=selection.pk, closed_at__isnull=False).exists()
    return tree.covering(token, patience=EVIDENCE_WITHIN) if has_ended else None


def next_page(request: HttpRequest) -> str:
    """Where the page that led here wants to go on, if that is on this site."""
    wanted = request.POST.get("next", "")
    return wanted if wanted and url_has_allowed_host_and_scheme(wanted, {request.get_host()}) else ""


def reasons_in(data: Mapping[str, str]) -> dict[int, str]:
    """Position of a waivable requirement → the written reason for passing it."""
    return {
        int(key.removeprefix("reason-")): value
        for key, value in data.items()
        if key.startswith("reason-") and key.removeprefix("reason-").isdigit()
    }


def page(
    request: HttpRequest,
    name: Act,
    subject: Any,
    form: ActForm,
    found: Any,
    *,
    status: int = 200,
    refused: bool = False,
    back: str = "",
) -> HttpResponse:
    """The page of an act; ``back`` is the page of its subject, where that is known already."""
    return render(
        request,
        [f"selection/acts/{name.value}.html", "selection/act.html"],
        {
            "act": name,
            "subject": subject,
            "subject_url": back or page_of(subject, request.user),  # type: ignore[arg-type]
            "form": form,
            "requirements": found,
            "unmet": [requirement for requirement in found if not requirement.met],
            "reasons": reasons_in(request.POST),
            "refused": refused,
            "go_on": request.POST.get("next") or request.GET.get("next", ""),
        },
        status=status,
    )


def not_permitted(request: HttpRequest, error: acts.NotPermitted) -> HttpResponse:
    """403, or 404 for whoever must not know."""
    if error.hidden:
        raise Http404
    return render(request, "403.html", status=403)


def conflict(request: HttpRequest, subject: Any) -> HttpResponse:
    """409: somebody was faster, or the form came twice."""
    return render(request, "409.html", {"back_url": page_of(subject, request.user)}, status=409)  # type: ignore[arg-type]
