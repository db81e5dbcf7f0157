"""The tab of the papers: those that the system made, and files that were filed (材料)."""

from collections.abc import Mapping
from typing import Any

from django.urls import reverse

from selection.enums import Act
from selection.models import Document
from selection.web.next_acts import Seen
from selection.web.papers import row_of


def papers(seen: Seen) -> dict[str, Any]:
    """Papers that the system made, and files that were filed."""
    case = seen.case
    names = {row.pk: row.person.name for row in case.candidacies}
    return {
        "papers": [{**row_of(row), "title": titled(row, names)} for row in case.documents],
        "index_url": reverse("archive", args=[case.selection.number]) if seen.sees_whole else "",
        "request_url": seen.url(Act.REQUEST_DOCUMENT, case.selection),
        "file_url": seen.url(Act.FILE_DOCUMENT, case.selection),
    }


def titled(document: Document, names: Mapping[int, str]) -> str:
    """The title of a paper with the name of the candidate whom it is about; ``names`` by the key of the candidacy."""
    about = names.get(document.candidacy_id or 0, "")
    return f"{document.title}（{about}）" if about and about not in document.title else document.title
