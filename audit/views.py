"""The raw record, for those who hold ``audit.read_record`` (原始纪实:查阅与核验).

Whoever reads here is recorded first and shown the page then.  The account itself says whether it ``reads_record()`` and
which are its ``closed_streams()``: of these it finds nothing here, as if they were not there, though they are verified
with the rest.  This floor knows no acts, so it is told by four settings what stands above it: ``AUDIT_LOOKED_AT``
(called with account, what, object, at and the case), ``AUDIT_CLOCK`` (the time of an act), ``AUDIT_ACTIONS`` (an
enumeration that gives the actions their names) and ``AUDIT_FILE`` (called with a SHA-256, gives the file's content).
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.module_loading import import_string
from django.utils.translation import get_language, gettext_lazy, ngettext, pgettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from audit import chain, reading, tree
from audit import verification as verifying
from audit.dossier import VERIFIER, NotSealed
from audit.dossier import dossier as dossier_of
from audit.models import Verification

STREAMS_PER_PAGE = 50
ENTRIES_PER_PAGE = 50
CHECKPOINTS_PER_PAGE = 20

View = Callable[..., HttpResponseBase]


def readers_only(view: View) -> View:
    """Refuse (403) whoever may not read the raw record."""

    @functools.wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user: Any = request.user
        if not user.is_authenticated or not user.reads_record():
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return never_cache(guarded)


def _looked_at(request: HttpRequest, what: str, kind: str, name: str, *, case: str = "") -> None:
    at: datetime = import_string(settings.AUDIT_CLOCK)()
    import_string(settings.AUDIT_LOOKED_AT)(request.user, what, (kind, name), at, case=case)


def _closed(request: HttpRequest) -> Collection[str]:
    """The streams of which this reader must learn nothing."""
    user: Any = request.user
    closed: Collection[str] = user.closed_streams()
    return closed


def _action_names() -> dict[str, Any]:
    return dict(import_string(settings.AUDIT_ACTIONS).choices)


class StreamFilter(forms.Form):
    action = forms.ChoiceField(label=gettext_lazy("Recorded act"), required=False)
    actor = forms.CharField(label=gettext_lazy("Acted by"), max_length=60, required=False)
    since = forms.DateField(
        label=gettext_lazy("Acts from"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    until = forms.DateField(
        label=gettext_lazy("Acts until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, actions: Sequence[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["action"].choices = [("", _("All acts")), *actions]  # type: ignore[attr-defined]

    def narrowing(self) -> dict[str, Any]:
        """What the filled-in fields mean to ``reading.entries``; a field with an error narrows nothing."""
        self.full_clean()
        given = self.cleaned_data if self.is_bound else {}
        return {
            "actions": [given["action"]] if given.get("action") else None,
            "actor": given.get("actor") or None,
            "since": _midnight(given["since"]) if given.get("since") else None,
            "until": _midnight(given["until"] + timedelta(days=1)) if given.get("until") else None,
        }


class StreamSearch(forms.Form):
    q = forms.CharField(label=gettext_lazy("Stream"), max_length=60, required=False)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


@require_safe
@readers_only
def streams(request: HttpRequest) -> HttpResponse:
    """All streams with the number of their entries."""
    form = StreamSearch(request.GET or None)
    wanted = form.cleaned_data["q"].strip() if form.is_valid() else ""
    _looked_at(request, "record", "record", wanted)
    closed = _closed(request)
    page = Paginator(reading.streams(containing=wanted, closed=closed), STREAMS_PER_PAGE).get_page(
        request.GET.get("page")
    )
    found = reading.summaries(page, closed=closed)
    lines = [(found[name], _address(name)) for name in page if name in found]
    return render(request, "audit/streams.html", {"page": page, "lines": lines, "form": form})


@require_safe
@readers_only
def stream(request: HttpRequest, stream: str) -> HttpResponse:
    """The entries of one stream, newest first, narrowed by act, person and days."""
    closed = _closed(request)
    occurring = reading.actions_of(stream, closed=closed) if chain.is_stream(stream) else []
    if not occurring:
        raise Http404
    names = _action_names()
    form = StreamFilter(request.GET or None, actions=[(action, names.get(action, action)) for action in occurring])
    _looked_at(request, "record_stream", "stream", stream, case=stream)
    found = reading.entries(stream=stream, closed=closed, newest_first=True, **form.narrowing())
    page = Paginator(found, ENTRIES_PER_PAGE).get_page(request.GET.get("page"))
    lines = [(entry, names.get(entry.action, "")) for entry in page]
    return render(request, "audit/stream.html", {"stream": stream, "page": page, "lines": lines, "form": form})


@require_safe
@readers_only
def entry(request: HttpRequest, stream: str, seq: int) -> HttpResponse:
    """One entry: what it says, its bytes, its hash and the texts that still belong to it."""
    closed = _closed(request)
    found = reading.entries(stream=stream, seq=seq, closed=closed).first() if chain.is_stream(stream) else None
    if found is None:
        raise Http404
    _looked_at(request, "record_entry", "entry", f"{stream}/{seq}", case=stream)
    sealed = [(field, found.opened.get(field)) for field in found.data.get("sealed", {})]
    gone = next((reading.Named(stream, seq, field) for field, text in sealed if text is None), None)
    context = {
        "entry": found,
        "destroyed_by": gone and reading.destroyed_by(gone),
        "action_name": _action_names().get(found.action, ""),
        "sealed": sealed,
        "has_one_before": bool(seq) and bool(reading.entries(stream=stream, seq=seq - 1, closed=closed)),
    }
    return render(request, "audit/entry.html", context)


@require_safe
@readers_only
def checkpoints(request: HttpRequest) -> HttpResponse:
    """The checkpoints, the latest first, to be copied to somewhere that no administrator of this site reaches."""
    _looked_at(request, "record_checkpoints", "record", "checkpoints")
    page = Paginator(tree.checkpoints(), CHECKPOINTS_PER_PAGE).get_page(request.GET.get("page"))
    keys = [key.text for key in tree.known_keys()]
    context = {
        "page": page,
        "latest": tree.latest(),
        "keys": keys,
        "waiting": tree.waiting(),
        "recoveries": tree.recoveries(),
    }
    return render(request, "audit/checkpoints.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@readers_only
def dossier(request: HttpRequest, stream: str) -> HttpResponseBase:
    """The stream with its papers and proof as one file, made to fit a checkpoint that the reader keeps."""
    if not chain.is_stream(stream) or not reading.entries(stream=stream, closed=_closed(request)):
        raise Http404
    context = {"stream": stream, "keys": [key.text for key in tree.known_keys()], "latest": tree.latest()}
    if request.method != "POST":
        return render(request, "audit/dossier.html", context)
    kept, fault = _kept(request)
    if fault:
        context |= {"kept": request.POST.get("kept", ""), "kept_fault": fault}
        return render(request, "audit/dossier.html", context, status=422)
    try:
        made = dossier_of(stream, import_string(settings.AUDIT_FILE), kept)
    except NotSealed:
        return render(request, "audit/dossier.html", context | {"unsealed": True}, status=409)
    _looked_at(request, "dossier", "stream", stream, case=stream)
    disposition = {"Content-Disposition": f'attachment; filename="{made.name}"'}
    return StreamingHttpResponse(made.packed(), content_type="application/zip", headers=disposition)


@require_safe
@readers_only
def verifier(request: HttpRequest) -> HttpResponse:
    """The file with which a dossier is verified, to be kept."""
    disposition = {"Content-Disposition": f'attachment; filename="{VERIFIER.name}"'}
    return HttpResponse(VERIFIER.read_bytes(), content_type="text/x-python; charset=utf-8", headers=disposition)


@require_http_methods(["GET", "HEAD", "POST"])
@readers_only
def verify(request: HttpRequest) -> HttpResponseBase:
    """One button and one clear answer: whole, or where it breaks.

    A stream is verified at once; the whole record may take the worker a while, and has a page of its own.
    """
    wanted = (request.POST if request.method == "POST" else request.GET).get("stream", "").strip()
    closed = _closed(request)
    if wanted and (wanted in closed or not chain.is_stream(wanted)):
        raise Http404
    if request.method != "POST":
        return render(
            request, "audit/verify.html", {"stream": wanted, "before": None if wanted else verifying.latest()}
        )
    if wanted:
        _looked_at(request, "record_verified", "stream", wanted, case=wanted)
        return render(request, "audit/verify.html", {"stream": wanted} | _shown(reading.verify(stream=wanted), closed))
    _checkpoints, fault = _kept(request)
    if fault:
        context = {"kept": request.POST.get("kept", ""), "kept_fault": fault, "before": verifying.latest()}
        return render(request, "audit/verify.html", context, status=422)
    _looked_at(request, "record_verified", "record", "")
    return redirect("audit:verification", verifying.ask(_note(request), at=timezone.now()).pk)


@require_safe
@readers_only
def verification(request: HttpRequest, pk: int) -> HttpResponse:
    """A verification of the whole record: how far it is, and then the answer."""
    one = get_object_or_404(Verification, pk=pk)
    if one.finished_at is None:
        context = {"one": one, "stalled": verifying.is_stalled(one, timezone.now())}
        name = "audit/progress.html" if request.headers.get("HX-Request") else "audit/verification.html"
        return render(request, name, context)
    if request.headers.get("HX-Request"):  # whoever waits sees the answer as a page
        return HttpResponse(headers={"HX-Refresh": "true"})
    shown = _shown(verifying.verdict_of(one), _closed(request))
    return render(request, "audit/verify.html", {"stream": "", "one": one, "kept": one.kept} | shown)


def _kept(request: HttpRequest) -> tuple[list[chain.Checkpoint], str]:
    """The checkpoint that somebody brings along, and what is wrong with it."""
    if not (note := _note(request)):
        return [], ""
    try:
        return [tree.opened(note, tree.known_keys())], ""
    except Exception:  # whatever is pasted is hostile input
        return [], _("This is no checkpoint of this record, or not all of it. Paste its whole text, unaltered.")


def _note(request: HttpRequest) -> str:
    """What was pasted, as it was copied: browsers send other line ends, and people leave out the last one."""
    note = request.POST.get("kept", "").replace("\r\n", "\n").strip()
    return f"{note}\n" if note else ""


def _shown(verdict: reading.Verdict, closed: Collection[str]) -> dict[str, Any]:
    """What the page says of a verdict."""
    listed = verdict.findings[: verifying.FINDINGS_KEPT]
    return {
        "verdict": verdict,
        "figures": _four_properties(verdict),
        "findings": [_named(finding, closed) for finding in listed],
        "unshown": verdict.found - len(listed),
    }


def _named(finding: chain.Finding, closed: Collection[str]) -> dict[str, Any]:
    chinese = (get_language() or "").startswith("zh")
    return {
        "stream": "" if finding.stream == "-" else finding.stream,
        "seq": finding.seq,
        "kind": finding.kind,
        "says": finding.says_zh if chinese else finding.says,
        "url": None if finding.kind == "missing" or finding.stream in closed else _address(finding.stream, finding.seq),
    }


def _address(stream: str, seq: int | None = None) -> str | None:
    """The page of a stream or entry; None for names and numbers that only tampering can have made."""
    try:
        return reverse("audit:stream", args=[stream]) if seq is None else reverse("audit:entry", args=[stream, seq])
    except NoReverseMatch:
        return None


def _four_properties(verdict: reading.Verdict) -> list[dict[str, Any]]:
    """Authenticity, completeness, usability and security (真实性、完整性、可用性、安全性) in figures."""
    false, gone = verdict.found_of(chain.AUTHENTICITY), verdict.found_of(chain.COMPLETENESS)
    illegible = verdict.found_of(chain.USABILITY)
    return [
        {
            "label": _("Authenticity"),
            "figure": ngettext("%(n)d finding", "%(n)d findings", false) % {"n": false},
            "note": pgettext("between facts", "; ").join(_held(verdict)),
            "tone": "bad" if false else "good",
        },
        {
            "label": _("Completeness"),
            "figure": ngettext("%(n)d finding", "%(n)d findings", gone) % {"n": gone},
            "note": ngettext(
                "numbers and order followed from 0 on in %(n)d stream",
                "numbers and order followed from 0 on in each of %(n)d streams",
                verdict.streams,
            )
            % {"n": verdict.streams},
            "tone": "bad" if gone else "good",
        },
        {
            "label": _("Usability"),
            "figure": _("%(legible)d of %(entries)d")
            % {"legible": max(verdict.entries - illegible, 0), "entries": verdict.entries},
            "note": _(
                "entries can be read; of %(sealed)d texts kept apart, %(opened)d are still held and agree and"
                " %(destroyed)d were destroyed by entries that say so"
            )
            % {"sealed": verdict.sealed, "opened": verdict.opened, "destroyed": verdict.destroyed},
            "tone": "bad" if illegible else "good",
        },
        {
            "label": _("Security"),
            "figure": _("No checkpoint yet")
            if verdict.signed.number is None
            else _("Checkpoint no. %(number)s") % {"number": verdict.signed.number},
            "note": f"{_lock(verdict)} {_cover(verdict.signed)}",
            "tone": "bad" if not verdict.guarded else "good" if verdict.signed.is_signed else "warn",
        },
    ]


def _held(verdict: reading.Verdict) -> Iterator[str]:
    """What was held against what: the entries, and the rows of business that they tell of."""
    yield ngettext(
        "%(n)d entry hashed anew and held against its hash, its columns and its neighbours",
        "%(n)d entries hashed anew and held against their hashes, columns and neighbours",
        verdict.entries,
    ) % {"n": verdict.entries}
    if verdict.rows:
        yield ngettext(
            "%(n)d row of business held against the imprint in the record",
            "%(n)d rows of business held against their imprints in the record",
            verdict.rows,
        ) % {"n": verdict.rows}


def _lock(verdict: reading.Verdict) -> str:
    return _("The lock against changes is on.") if verdict.guarded else _("The lock against changes is OFF.")


def _cover(signed: tree.Covered) -> str:
    """How much the checkpoints cover, and whether their signatures could be checked."""
    if signed.number is None:
        return _("No checkpoint was looked at.")
    covers = ngettext(
        "The tree of %(n)d entry was held against every checkpoint.",
        "The tree of %(n)d entries was held against every checkpoint.",
        signed.size,
    ) % {"n": signed.size}
    by = (
        _("Each is signed by the key of the notary.")
        if signed.is_signed
        else _("Whose signatures they bear is not known here: this site has no key of a notary.")
    )
    return f"{covers} {by}"
