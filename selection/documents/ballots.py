"""Papers of a ballot (表决票、计票结果报告单): the blank sheet that is printed, and the count that is signed.

The blank sheet is the one in the box: same candidates, same order, same answers, same limit.  Nothing on it says which
sheet of many it is, and a second making gives the same bytes; that is what keeps paper ballots secret.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import translation

from selection import clock
from selection.ballots import box
from selection.ballots.sheet import said
from selection.documents.contexts import day, moment, month, posts_held
from selection.documents.render import OFFICIAL
from selection.enums import Choice, Paper, RoundState
from selection.models import Candidacy, Document, Round, RoundItem, Selection
from selection.models.case import Case
from selection.rulebook.rules import Citation

_MARKING = ("ballot.options", "ballot.agree_limit", "ballot.write_in")


@dataclass(frozen=True)
class Row:
    """One candidate: name (with the month of birth where two are called the same), post held, posts taken and left.

    ``item`` are the counts, on the report alone.
    """

    name: str
    born: str
    posts: str
    proposed: tuple[str, ...]
    item: RoundItem | None = None


def of(document: Document, *, at: datetime) -> tuple[str, dict[str, Any]]:
    """Template and context of a paper of one ballot, in official Chinese whatever the reader's language."""
    assert document.selection_id is not None
    case = Selection.objects.whole(document.selection_id)
    round_ = next(row for row in case.rounds if row.pk == document.round_id)
    with translation.override(OFFICIAL):
        if document.kind == Paper.BALLOT_PAPER:
            return "documents/ballot_paper.html", ballot_paper(case, round_)
        return "documents/count_report.html", count_report(case, round_, at=at)


def ballot_paper(case: Case, round_: Round) -> dict[str, Any]:
    """The blank sheet of one round, as the box has it."""
    sheet = box.Sheet.load(box.look_at(round_.box).manifest)
    return {
        **_heading(case, round_),
        "title": "干部任免表决票",
        "matter": _official(sheet.title),
        "options": [_official(label) for _key, label in sheet.options],
        "rows": list(_rows(case, round_, _listed(case, sheet))),
        "seats": None if case.selection.is_removal else sheet.limit,
        "limited": _official(dict(sheet.options)[sheet.limited_option]),
        "limit": sheet.limit if sheet.limit < len(sheet.candidates) else None,
        "citations": _cited(case),
        "created": round_.prepared_at.astimezone(clock.LOCAL).isoformat(),
    }


def count_report(case: Case, round_: Round, *, at: datetime) -> dict[str, Any]:
    """The count of an announced round, with lines for those who sign it."""
    assert round_.state == RoundState.ANNOUNCED
    assert round_.announced_at is not None
    assert round_.returned is not None
    assert round_.valid is not None
    manifest = box.look_at(round_.box).manifest
    items = {row.candidacy_id: row for row in case.round_items if row.round_id == round_.pk}
    rows = list(_rows(case, round_, _listed(case, box.Sheet.load(manifest)), items))
    return {
        **_heading(case, round_),
        "title": "干部任免表决计票结果报告单",
        "matter": _official(manifest["title"]),
        "figures": [
            ("应到", round_.due_count, "人"),
            ("实到", round_.present_count, "人"),
            ("发出", round_.issued, "张"),
            ("收回", round_.returned, "张"),
            ("有效", round_.valid, "张"),
            ("无效", round_.returned - round_.valid, "张"),
        ],
        "least": case.selection.pass_rule.value.least(round_.due_count),
        "options": [str(choice.label) for choice in Choice],
        "rows": rows,
        "passed": "、".join(row.name for row in rows if row.item and row.item.passed),
        "chair": round_.chair.person.name if round_.chair else "",
        "scrutineers": "、".join(
            dict.fromkeys(row.account.name for row in case.witnesses if row.round_id == round_.pk)
        ),
        "tellers": "、".join(row.teller.name for row in case.paper_entered(round_)),
        "announced_at": moment(round_.announced_at),
        "created": at.astimezone(clock.LOCAL).isoformat(),
    }


def _heading(case: Case, round_: Round) -> dict[str, Any]:
    """What both papers say of body, meeting, item and round."""
    item = round_.poll.item
    assert item is not None
    return {
        "department": case.selection.mandate.department.name,
        "meeting": item.meeting.full_title,
        "held_on": day(item.meeting.held_on),
        "position": item.position,
        "number": case.selection.number,
        "round": round_,
    }


def _listed(case: Case, sheet: box.Sheet) -> list[Candidacy]:
    """The candidates of a sheet in its order."""
    known = {str(row.pk): row for row in case.candidacies}
    return [known[key] for key in sheet.candidate_keys]


def _rows(
    case: Case, round_: Round, candidates: list[Candidacy], items: dict[int, RoundItem] | None = None
) -> Iterator[Row]:
    """The candidates in the order of the sheet, with the posts that they held on the day of the meeting."""
    held = posts_held([row.person_id for row in candidates], round_.poll.held_on)
    names = Counter(row.person.name for row in candidates)
    leaving = case.removals_at(round_.poll.item)
    for row in candidates:
        left = [one.tenure.post.full_title for one in leaving if one.candidacy_id == row.pk]
        post = case.selection.sought.full_title
        taken = [f"免：{post}"] if case.selection.is_removal else [f"任：{post}"]
        yield Row(
            row.person.name,
            month(row.person.born_on) if names[row.person.name] > 1 else "",
            held.get(row.person_id, ""),
            (*taken, *([f"免：{'、'.join(left)}"] if left else [])),
            (items or {}).get(row.pk),
        )


def _cited(case: Case) -> list[Citation]:
    """Where the rules of marking stand, each article once."""
    found = [case.rules[key].citation for key in _MARKING if key in case.rules]
    return list({(one.instrument, one.article): one for one in found}.values())


def _official(text: Any) -> str:
    """A text of the sheet as the box has stored it, in Chinese."""
    return said(text, OFFICIAL)
