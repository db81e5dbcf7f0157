"""Checking a paper (核对文书): is the file in my hands the one that the record names, byte for byte?

Nothing is kept of what is sent, and nothing in it is opened: only its bytes are hashed, so a hostile file can do no
harm.  A PDF to which something was added after it had been kept (a signature, a note, a page painted over) still begins
with the bytes of the kept one, and is told apart from one that the record does not know at all.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import Any, Final

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from audit import reading
from audit.reading import Reading
from selection import acts, clock
from selection.documents import filing
from selection.enums import DocumentState, Role
from selection.models import Account, Document
from selection.web.papers import open_to

CHECKERS: Final = frozenset({Role.STAFF, Role.DEPARTMENT_HEAD, Role.SECRETARY, Role.AUDITOR})
ENDS_AT_MOST: Final = 200
"""So many endings of a PDF are tried as the ending of the kept one; each later version of a file adds one."""
_ENDING: Final = re.compile(rb"%%EOF(?:\r\n|\r|\n)?")


class PaperToCheck(forms.Form):
    file = forms.FileField(
        label=_("File to check"),
        help_text=_("At most 20 MB.  It is compared and not kept."),
        error_messages={"empty": _("The file is empty.  Choose another one.")},
    )

    def clean_file(self) -> Any:
        if self.cleaned_data["file"].size > filing.MOST_BYTES:
            raise forms.ValidationError(
                _("The file is larger than 20 MB, which no paper of this site is: it is not one of them.")
            )
        return self.cleaned_data["file"]


@dataclass(frozen=True)
class Known:
    """A paper of the record with which the file begins; ``added`` bytes come after it.

    ``entry`` is the first one that names it; None: a row says that it was kept, and no entry does.  ``paper`` is None
    for whoever must not learn what it is.
    """

    added: int
    paper: Document | None
    entry: Reading | None

    @property
    def is_it(self) -> bool:
        return not self.added and self.entry is not None


def beginnings(content: bytes) -> Iterator[tuple[str, int]]:
    """SHA-256 and length of the file, the whole first, and of all its beginnings that end as a PDF does."""
    yield sha256(content).hexdigest(), len(content)
    if not content.startswith(b"%PDF-"):
        return
    running, at = sha256(), 0
    for found in islice(_ENDING.finditer(content), ENDS_AT_MOST):
        for end in sorted({found.start() + len(b"%%EOF"), found.end()}):
            running.update(content[at:end])
            at = end
            if end < len(content):
                yield running.hexdigest(), end


def known(content: bytes, account: Account) -> list[Known]:
    """Papers of the record with which the file begins, the longest alone; those that the account may see first."""
    lengths = dict(reversed([*beginnings(content)]))
    kept = Document.objects.filter(state=DocumentState.KEPT, sha256__in=lengths)
    found = [row for row in kept.order_by("pk") if row.size == lengths[row.sha256]]
    longest = max((row.size for row in found), default=0)
    found = [row for row in found if row.size == longest]
    seen = set(open_to(account).filter(pk__in=[row.pk for row in found]).values_list("pk", flat=True))
    told = [Known(len(content) - longest, row, _named(row)) for row in found if row.pk in seen]
    return told or [Known(len(content) - longest, None, _named(row)) for row in found[:1]]


def _named(row: Document) -> Reading | None:
    """The first entry that names the file, with its length."""
    for entry in reading.entries(streams=row.streams(), naming=row.sha256)[:1]:
        if any(file["sha256"] == row.sha256 and file["bytes"] == row.size for file in entry.files):
            return entry
    return None


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def check_paper(request: HttpRequest) -> HttpResponse:
    """The form, and one clear answer below it."""
    account: Account = request.user  # type: ignore[assignment]
    if not CHECKERS & {role for role, _mandate in account.roles_in_force(clock.today())}:
        raise PermissionDenied
    form = PaperToCheck(request.POST, request.FILES) if request.method == "POST" else PaperToCheck()
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        content = form.cleaned_data["file"].read()
        found = known(content, account)
        first = found[0].paper if found else None
        read = ("document", str(first.pk) if first else "")
        acts.looked_at(account, "paper_checked", read, clock.now(), case=first.matter() if first else "")
        context |= {
            "checked": True,
            "found": found,
            "digest": sha256(content).hexdigest(),
            "size": len(content),
            "may_audit": account.reads_record(),
        }
    status = 422 if request.method == "POST" and form.errors else 200
    return render(request, "selection/check_paper.html", context, status=status)


urlpatterns = [path("check-paper/", check_paper, name="check_paper")]
