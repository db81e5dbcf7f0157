"""A turnover of fourteen counties as one selection (换届): 2,990 talked with, 4,820 assessment forms."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from selection.documents import inspected, render
from selection.enums import Paper, TalkGroup
from selection.models import Assessment, Document, Talk
from selection.stages import inspection
from tests.bench.measuring import seconds, tell, timed
from tests.factories import SCAN, Course, Point, run_to

pytestmark = [pytest.mark.bench, pytest.mark.django_db(transaction=True)]

COUNTIES, INSPECTED = 14, 18
TALKED_WITH, FORMS = 2990, 4820


def test_four_thousand_eight_hundred_and_twenty_forms_in_one_selection() -> None:
    """D-03: eighteen persons are inspected in each of fourteen counties; all counts add up again on the paper."""
    course = run_to(Point.RECOMMENDATION, seats=INSPECTED // 3, people=INSPECTED)
    course.recommend([40 - place for place in range(INSPECTED)])
    course.open_inspection(candidates=course.candidacies, low_votes_reason="按换届方案全部考察。")
    course.announce_inspection()
    cells = COUNTIES * INSPECTED

    took = seconds(lambda: [talk(course, nth, share(TALKED_WITH, nth, cells)) for nth in range(cells)])
    tell(f"{TALKED_WITH:,} talks in {cells} records", f"{took:.1f} s")
    took = seconds(lambda: [assess(course, nth, share(FORMS, nth, cells)) for nth in range(cells)])
    tell(f"{FORMS:,} assessment forms in {cells} counts", f"{took:.1f} s")
    assert sum(Talk.objects.values_list("people", flat=True)) == TALKED_WITH
    assert sum(Assessment.objects.values_list("returned", flat=True)) == FORMS

    client = Client()
    client.force_login(course.county["jingban"])
    address = reverse("selection", args=[course.selection.number])
    tell("page of the selection with all of them", str(timed(lambda: client.get(address), runs=10)))
    paper = Document(selection=course.selection, kind=Paper.ASSESSMENT, title="", requested_by=course.county["jingban"])
    context: dict[str, Any] = {}

    def make() -> None:
        template, said = inspected.of(paper, at=course.at)
        context.update(said)
        assert render.render(template, {**said, "carried": None}).startswith(b"%PDF")

    tell("table of the assessment, a sheet for each person", f"{seconds(make):.1f} s")
    told = sum(one["returned"] for form in context["forms"] for one in form["assessments"])
    assert told == FORMS


def share(total: int, nth: int, among: int) -> int:
    """So many of a total that the parts add up to it and differ by one at most."""
    return total // among + (nth < total % among)


def talk(course: Course, nth: int, people: int) -> None:
    inspection.record_talk(
        course.selection,
        **course.by("kaocha1"),
        candidacy=course.candidacies[nth % INSPECTED],
        group=list(TalkGroup)[nth % 4],
        held_on=course.day,
        people=people,
        notes="工作扎实，作风正派。",
    )


def assess(course: Course, nth: int, forms: int) -> None:
    inspection.record_assessment(
        course.selection,
        **course.by("kaocha1"),
        candidacy=course.candidacies[nth % INSPECTED],
        held_on=course.day,
        issued=forms + 1,
        returned=forms,
        excellent=forms - 3,
        competent=2,
        basically_competent=1,
        incompetent=0,
        trust=None,
        evidence=SCAN,
    )
