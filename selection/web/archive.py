"""The file of a selection as it goes to the archive (卷内目录): what it holds, and what is missing before it is closed.

The index numbers every paper in the order of the entries that name it.  What is missing comes from the links of the
chain that each candidate went through, from the papers that are not made, and from files that are gone.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from audit import reading
from audit.reading import Reading
from selection import acts, clock
from selection.documents import filing
from selection.enums import Act, DocumentState, Stage
from selection.models import Account, Document, Selection
from selection.models.case import Case
from selection.models.selection import TEXTS_KEPT
from selection.web.look_back import CHAIN, missing_at, papers_for, whole_way
from selection.web.record import Auditing
from selection.web.tabs.papers import titled


def index_of(case: Case, papers: Iterable[Document], entries: Sequence[Reading]) -> list[dict[str, Any]]:
    """Every paper that is kept, numbered in the order of the entries that first name it."""
    teller, names = Auditing([], [], []), {row.pk: row.person.name for row in case.candidacies}
    named: dict[str, Reading] = {}
    for entry in entries:
        for file in entry.files:
            named.setdefault(str(file["sha256"]), entry)
    kept = [row for row in papers if row.state == DocumentState.KEPT]
    kept.sort(key=lambda row: (named[row.sha256].seq if row.sha256 in named else len(entries), row.pk))
    return [
        {
            "number": number,
            "title": titled(row, names),
            "kind": row.get_kind_display(),
            "on": row.kept_at,
            "entry": named.get(row.sha256),
            "who": teller.who(named[row.sha256]) if row.sha256 in named else "",
            "size": row.size,
            "digest": row.sha256,
            "url": reverse("document", args=[row.pk]) if getattr(row, "may_have", True) else "",
        }
        for number, row in enumerate(kept, start=1)
    ]


def gaps_of(case: Case, papers: Sequence[Document], entries: Sequence[Reading]) -> list[tuple[str, list[Any]]]:
    """What is missing: under an empty name for the whole, and under the name of each candidate."""
    of_each = [(row.person.name, list(_of_candidate(case, papers, entries, row))) for row in case.candidacies]
    shared = [one for one in (of_each[0][1] if of_each else []) if all(one in found for _name, found in of_each)]
    whole = [*_of_selection(case), *shared, *_of_papers(papers), *_not_on_file(papers, entries)]
    own = [(name, [one for one in found if one not in shared]) for name, found in of_each]
    return [(name, found) for name, found in [("", whole), *own] if found]


def _of_candidate(case: Case, papers: Sequence[Document], entries: Sequence[Reading], candidacy: Any) -> Iterator[Any]:
    appointment = max(case.of(case.appointments, candidacy), key=lambda row: row.pk, default=None)
    way = whole_way(case, entries, papers, candidacy, appointment)
    for link in CHAIN:
        for one in missing_at(link, way):
            yield {"where": link.title, "says": one}


def _of_selection(case: Case) -> Iterator[Mapping[str, Any]]:
    if case.selection.stage != Stage.CLOSED:
        yield {"where": case.selection.get_stage_display(), "says": _("The selection is not finished yet.")}


def _of_papers(papers: Iterable[Document]) -> Iterator[Mapping[str, Any]]:
    said = {
        DocumentState.REQUESTED: _("%(title)s: not made yet."),
        DocumentState.FAILED: _("%(title)s: could not be made."),
    }
    for row in papers:
        if row.state == DocumentState.KEPT:
            place = filing.place_of(row.sha256)
            if not place.is_file() or place.stat().st_size != row.size:
                gone = _("%(title)s: the file is gone or has another length.") % {"title": row.title}
                yield {"where": _("Papers"), "says": gone}
        else:
            yield {"where": _("Papers"), "says": said[DocumentState(row.state)] % {"title": row.title}}


def _not_on_file(papers: Iterable[Document], entries: Iterable[Reading]) -> Iterator[Mapping[str, Any]]:
    """Files that entries name and no paper stands for."""
    on_file = {row.sha256 for row in papers}
    for entry in entries:
        for file in entry.files:
            if file["sha256"] not in on_file:
                said = {"name": file["name"], "n": entry.seq}
                yield {"where": _("Papers"), "says": _("%(name)s, named in entry %(n)s, is not on file.") % said}


def retention_of(case: Case, entries: Sequence[Reading]) -> dict[str, Any]:
    """How long the texts of the selection are kept, how many are, and the entry by which others were destroyed."""
    rule = case.rules.get(TEXTS_KEPT)
    return {
        "period": rule and rule.value,
        "until": case.selection.texts_kept_until,
        "kept": sum(len(entry.opened) for entry in entries),
        "destroyed": next((entry for entry in entries if entry.action == Act.DESTROY_TEXTS), None),
    }


@never_cache
@require_safe
def archive(request: HttpRequest, number: str) -> HttpResponse:
    """The index of the file, and what is missing, for those who see the selection whole."""
    account: Account = request.user  # type: ignore[assignment]
    seen = Selection.objects.visible_to(account, taking_part=()).filter(number=number)
    key = seen.order_by().values_list("pk", flat=True).first()
    if key is None:
        raise Http404
    at = clock.now()
    stream = f"selection:{key}"
    acts.looked_at(account, "archive_index", ("selection", str(key)), at, case=stream)
    case: Case = Selection.objects.whole(key)
    entries = reading.entries(stream=stream)[:]
    papers = papers_for(case, account)
    gaps = gaps_of(case, papers, entries)
    return render(
        request,
        "selection/archive.html",
        {
            "selection": case.selection,
            "finished": case.selection.stage == Stage.CLOSED,
            "rows": index_of(case, papers, entries),
            "gaps": gaps,
            "number_of_gaps": sum(len(found) for _name, found in gaps),
            "retention": retention_of(case, entries),
            "entries": len(entries),
            "last": entries[-1] if entries else None,
            "stream": stream,
            "may_audit": account.reads_record(),
            "printed_at": at,
        },
    )


urlpatterns = [path("selections/<str:number>/archive/", archive, name="archive")]
