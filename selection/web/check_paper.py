"""Checking a paper (核对文书): is the file in my hands the one that the record names, byte for byte?

Nothing is kept of what is sent.  Its bytes are hashed first, and what the record says of them is the answer.  A PDF to
which something was added after it had been kept (a signature, a note, a page painted over) still begins with the bytes
of the kept one; one whose seal was taken off or replaced begins with those that were sealed.  Only where the record
knows no such file, its seal is read to say why, by a process of its own, so that a hostile file can do no harm.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from typing import Any, Final

from django import forms
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from audit import reading
from audit.reading import Reading
from selection import acts, clock
from selection.documents import examining, filing
from selection.documents.examiner import Seal
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
    for whoever must not learn what it is.  ``unsealed``: the file begins with the paper as it was before it was sealed.
    """

    added: int
    paper: Document | None
    entry: Reading | None
    unsealed: bool = False

    @property
    def is_it(self) -> bool:
        return not self.added and not self.unsealed and self.entry is not None


#: What a seal says of a file that the record does not know: in short, and what that means for whoever holds the file.
SAID: Final = {
    Seal.NO_PDF: (
        _("This is no paper of the record"),
        _("It is no PDF, so the site has not made it; and nothing was filed as evidence with these bytes."),
    ),
    Seal.NONE: (
        _("This is no paper of the record"),
        _(
            "No paper was ever kept here with these bytes, and it carries no seal: it was altered, saved anew by"
            " another program, or comes from elsewhere.  Ask for the file that was kept."
        ),
    ),
    Seal.FOREIGN: (
        _("This is no paper of the record: it carries the seal of somebody else"),
        _(
            "The certificate of its seal is none of this site's, whatever name stands in it.  Do not take it for one of"
            " our papers, and tell the auditors if somebody has passed it off as one."
        ),
    ),
    Seal.ALTERED: (
        _("This is no paper of the record: it was altered after it had been sealed"),
        _(
            "It carries the seal of this site, and the seal does not fit what stands there.  Ask for the file that was"
            " kept."
        ),
    ),
    Seal.ADDED: (
        _("This is no paper of the record: something was added after it had been sealed"),
        _(
            "The seal of this site covers a part of it.  What a program shows may have been painted over, even where"
            " the program calls the seal valid.  Ask for the file that was kept."
        ),
    ),
    Seal.INTACT: (
        _("It carries the seal of this site, and the record does not know it"),
        _(
            "Bytes that no seal covers were altered, another site uses the same certificate, or somebody has used the"
            " key of the seal past the record.  Do not rely on it, and tell the auditors."
        ),
    ),
    Seal.UNCLEAR: (
        _("This is no paper of the record, and its seal cannot be read"),
        _(
            "No paper was ever kept here with these bytes.  It is damaged, built in an unusual way, or sealed in a way"
            " that this site cannot read.  Ask for the file that was kept."
        ),
    ),
}


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
    named = Q(sha256__in=lengths) | Q(unsealed__in=lengths)
    found = []
    for row in Document.objects.filter(named, state=DocumentState.KEPT).order_by("pk"):
        if row.size == lengths.get(row.sha256):
            found.append((row.size, False, row))
        elif row.unsealed in lengths and _recorded_unsealed(row):
            found.append((lengths[row.unsealed], True, row))
    longest = max((length for length, _unsealed, _row in found), default=0)
    found = [(length, unsealed, row) for length, unsealed, row in found if length == longest]
    seen = set(open_to(account).filter(pk__in=[row.pk for _, _, row in found]).values_list("pk", flat=True))
    added = len(content) - longest
    told = [Known(added, row, _named(row), unsealed) for _length, unsealed, row in found if row.pk in seen]
    return told or [Known(added, None, _named(row), unsealed) for _length, unsealed, row in found[:1]]


def _named(row: Document) -> Reading | None:
    """The first entry that names the file, with its length."""
    for entry in reading.entries(streams=row.streams(), naming=row.sha256)[:1]:
        if any(file["sha256"] == row.sha256 and file["bytes"] == row.size for file in entry.files):
            return entry
    return None


def _recorded_unsealed(row: Document) -> bool:
    """Whether the entry by which the paper was kept says what it was before it was sealed, as the row does."""
    entry = _named(row)
    return entry is not None and entry.data["given"].get("unsealed") == row.unsealed


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
            "seal": SAID[examining.seal_on(content)] if not found or (found[0].unsealed and found[0].added) else None,
            "digest": sha256(content).hexdigest(),
            "size": len(content),
            "may_audit": account.reads_record(),
        }
    status = 422 if request.method == "POST" and form.errors else 200
    return render(request, "selection/check_paper.html", context, status=status)


urlpatterns = [path("check-paper/", check_paper, name="check_paper")]
