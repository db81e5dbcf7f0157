"""The form of approval of appointment and removal (干部任免审批表), cell by cell as offices know it.

Columns and rows are in ``static/documents/paper.css``, in millimetres; here is what stands in each cell and in which
size it fits.  What the register does not keep stays empty, to be filled in by hand.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil
from typing import Any

from django.utils import translation

from selection import clock
from selection.documents.contexts import paragraphs, picture, posts_held
from selection.documents.render import OFFICIAL
from selection.enums import EducationLevel, EducationMode, Paper
from selection.models import Candidacy, Document, Selection
from selection.models.case import Case
from selection.register.models import Education, Kinship, Person, PersonCase, Sanction, Tenure

_LARGEST, _SMALLEST = 14, 8
_LINE = 1.2  # height of a line, in sizes of its characters
_POINT = 25.4 / 72  # mm
_PADDING = 1.6  # mm, both sides of a cell together
_FAMILY = 7  # rows that the form has for the family
_YEARS = 2  # whose appraisals are told
_OPEN = " " * 9  # in place of the month in which the last post ends, and of the gap after it


@dataclass(frozen=True)
class Cell:
    """What stands in a cell, line by line, and the size of its characters in points, from 14 down to 8."""

    lines: tuple[str, ...]
    size: int


def of(document: Document, *, at: datetime) -> tuple[str, dict[str, Any]]:
    """Template and context of the requested forms, in official Chinese whatever the reader's language."""
    assert document.selection_id is not None
    case = Selection.objects.whole(document.selection_id)
    candidacies = [row for row in case.candidacies if document.candidacy_id in (None, row.pk)]
    with translation.override(OFFICIAL):
        return "documents/approval_form.html", {
            "title": str(Paper.APPROVAL_FORM.label),
            "selection": case.selection,
            "department": case.selection.mandate.department.name,
            "forms": [form(case, row, on=clock.day_of(at)) for row in candidacies],
            "filled_by": document.requested_by.name,
            "created": at.astimezone(clock.LOCAL).isoformat(),
        }


def fitted(text: str, *, width: float, height: float) -> Cell:
    """The text in the largest size in which it fits a cell of that width and height, both in mm.

    What does not fit in the smallest size keeps it, and the cell grows.
    """
    lines = tuple(text.splitlines()) or ("",)
    for size in range(_LARGEST, _SMALLEST, -1):
        across = (width - _PADDING) / (size * _POINT)
        needed = sum(max(1, ceil(_ems(line) / across)) for line in lines)
        if across >= 1 and needed * size * _LINE * _POINT <= height - 0.6:
            return Cell(lines, size)
    return Cell(lines, _SMALLEST)


def _ems(line: str) -> float:
    """How wide a line is, in full characters; digits and letters take half of one."""
    return sum(1 if unicodedata.east_asian_width(one) in "WFA" else 0.5 for one in line)


def form(case: Case, candidacy: Candidacy, *, on: date) -> dict[str, Any]:
    """All cells of one person's form, as of a day."""
    person, file = candidacy.person, case.file_of(candidacy.person)
    posts = posts_held([person.pk], on).get(person.pk, "")
    leaves = [row.tenure.post.full_title for row in case.removals if row.person_id == person.pk]
    noticed = case.of(case.appointments, candidacy)
    photo = next((row.notice_photo for row in reversed(noticed) if row.notice_photo), None)
    family = [[fitted(text, width=width, height=12.3) for text, width in row] for row in _family(person, on)]
    return {
        "name": fitted(person.name, width=23, height=12.5),
        "photo": picture(photo),
        "sex": fitted(str(person.get_sex_display()), width=23, height=12.5),
        "born": fitted(f"{_month(person.born_on)}\n（{age(person.born_on, on)}岁）", width=23.5, height=12.5),
        "ethnicity": fitted(person.ethnicity, width=23, height=12.2),
        "native_place": fitted(person.native_place, width=23, height=12.2),
        "joined_party": fitted(_party(person), width=23, height=12),
        "joined_work": fitted(_month(person.joined_work_on), width=23, height=12),
        "schooling": _schooling(person, file.educations),
        "posts": fitted(posts, width=124.8, height=12),
        "proposed": fitted(candidacy.proposed_post.full_title, width=124.8, height=12),
        "leaves": fitted("、".join(leaves), width=124.8, height=12),
        "career": fitted("\n".join(career(person, on)), width=152, height=125.8),
        "merits": fitted("\n".join(_merits(case, candidacy, file)), width=152.7, height=25),
        "appraised": fitted("\n".join(_appraised(file)), width=152.7, height=18),
        "reason": fitted("\n".join(paragraphs(candidacy.reason)), width=152.7, height=24),
        "family": [*family, *[[Cell(("",), _LARGEST)] * 5] * (_FAMILY - len(family))],
        "rows": max(_FAMILY, len(family)) + 1,
        "reported_by": fitted(case.selection.mandate.department.name, width=152.7, height=23.5),
    }


def age(born: date, on: date) -> int:
    """Full years as of a month."""
    return on.year - born.year - (on.month < born.month)


def _month(value: date) -> str:
    return f"{value:%Y.%m}"


def _party(person: Person) -> str:
    """The month of joining the communist party; of whoever is in another party, or in none, what is known."""
    if person.joined_party_on is None:
        return person.party
    month = _month(person.joined_party_on)
    return month if person.party in ("中共党员", "中共预备党员") else f"{month}\n{person.party}"


def _schooling(person: Person, known: Sequence[Education]) -> list[dict[str, Cell]]:
    """Four rows: full-time and in-service education, each with the highest and what else is known.

    The register keeps one degree without saying how it was had; it stands where all studies were of one kind.
    """
    by_mode = {mode: [row for row in known if row.mode == mode] for mode in EducationMode}
    studied = [mode for mode in EducationMode if by_mode[mode]]
    rows = []
    for mode in EducationMode:
        best = max(by_mode[mode], key=lambda row: (_LEVELS.index(row.level), row.graduated_on), default=None)
        unclear = not studied and mode == EducationMode.FULL_TIME
        level = str(best.get_level_display()) if best else f"{person.education}（学习形式未登记）" if unclear else ""
        degree = person.degree if studied == [mode] or unclear else ""
        school = "".join((best.school, best.subject)) if best else ""
        rows.append({"level": _schooled(level), "school": _schooled(school, width=59.8)})
        rows.append({"level": _schooled(degree), "school": _schooled("", width=59.8)})
    return rows


def _schooled(text: str, width: float = 41.8) -> Cell:
    return fitted(text, width=width, height=6.1)


_LEVELS = list(EducationLevel.values)


def career(person: Person, on: date) -> list[str]:
    """The posts somebody has held, the first at the top: month, two hyphens, month, two blanks, post."""
    rows = Tenure.objects.filter(person=person, from_on__lte=on).select_related("post__organisation")
    told = []
    for row in rows.order_by("from_on", "pk"):
        until = f"{_month(row.until_on)}  " if row.until_on and row.until_on <= on else _OPEN
        told.append(f"{_month(row.from_on)}--{until}{row.post.full_title}")
    return told


def _merits(case: Case, candidacy: Candidacy, file: PersonCase) -> Iterable[str]:
    """Rewards as the public notice tells them, and every sanction on file; the register keeps no rewards of its own."""
    noticed = [row.notice_rewards for row in case.of(case.appointments, candidacy) if row.notice_rewards]
    yield from paragraphs(noticed[-1] if noticed else "")
    for row in sorted(file.sanctions, key=lambda one: one.decided_on):
        yield _sanction(row)
    if not file.sanctions:
        yield "处分：无"


def _sanction(row: Sanction) -> str:
    said = f"{_month(row.decided_on)}，{row.get_kind_display()}" + (f"（{row.basis}）" if row.basis else "")
    return said + (f"，{_month(row.lifted_on)}解除" if row.lifted_on else "")


def _appraised(file: PersonCase) -> Iterable[str]:
    """The last two years; who has not been appraised in one has no line for it."""
    for row in reversed(file.appraisals[:_YEARS]):
        yield f"{row.year}年度：{row.get_result_display()}"


def _family(person: Person, on: date) -> Iterable[list[tuple[str, float]]]:
    """Relatives as far as the register was told, each cell with its width; age and party of whom it has itself."""
    rows = list(Kinship.objects.standing().filter(person=person).select_related("relative__organisation"))
    held = posts_held([row.relative_id for row in rows if row.relative_id is not None], on)
    for row in rows:
        known = row.relative
        yield [
            (row.called, 19.3),
            (row.name, 22.5),
            (str(age(known.born_on, on)) if known else "", 10.1),
            (known.party if known else "", 17.8),
            ((held.get(known.pk) or known.organisation.name) if known else row.relative_unit, 83.0),
        ]
