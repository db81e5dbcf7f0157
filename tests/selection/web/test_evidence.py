"""An act that rests on a paper names the uploaded one: asked for, kept, in the entry, on the tab, for nobody else."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import reverse

from audit import reading
from selection import acts
from selection.enums import Act, ConsultationLevel, Evidence, Paper
from selection.models import Consultation, Document
from selection.rulebook.rules import Rules
from selection.web.acts import act_url
from tests.factories import Course, Point
from tests.selection.web.standing import fill_in, scan, signed_in, standing_at, words

pytestmark = pytest.mark.django_db
LANGUAGES = pytest.mark.parametrize("language", ["zh-hans", "en"])
CONSULTED = {
    "level": ConsultationLevel.DEPARTMENT,
    "convener": "组织部部长",
    "duties": [],
    "present": "部务会全体成员",
    "opinions": "一致同意。",
}


@pytest.fixture(scope="module")
def standing(django_db_setup: None, django_db_blocker: Any) -> Iterator[Course]:
    with standing_at(Point.DELIBERATION, django_db_blocker) as course:
        yield course


@pytest.fixture
def course(standing: Course, db: None, settings: Any, tmp_path: Any) -> Course:
    settings.PAPERS_ROOT = tmp_path / "papers"
    return standing


def consult(course: Course, language: str = "zh-hans", **given: Any) -> Any:
    return fill_in(
        signed_in(course, "jingban", language), act_url(Act.RECORD_CONSULTATION, course.selection), **CONSULTED | given
    )


@LANGUAGES
@pytest.mark.covers("WPR-21", refused=True)
def test_a_consultation_without_its_minutes_is_refused_and_nothing_is_lost(course: Course, language: str) -> None:
    answer = consult(course, language)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["evidence"]
    assert "部务会全体成员" in words(answer)
    assert not Consultation.objects.filter(selection=course.selection).exists()


@LANGUAGES
@pytest.mark.covers("WPR-21")
def test_the_minutes_stand_in_the_entry_and_on_the_tab(course: Course, language: str) -> None:
    assert consult(course, language, evidence=scan("酝酿记录 1.pdf")).status_code == 302
    paper = Document.objects.get(kind=Paper.EVIDENCE, name="酝酿记录 1.pdf")
    assert paper.title == "酝酿记录：部长办公会"
    entry = reading.entries(stream=course.selection.streams()[0], newest_first=True)[0]
    assert entry.action == Act.RECORD_CONSULTATION
    assert [dict(one) for one in entry.files] == [
        {"name": "酝酿记录 1.pdf", "sha256": paper.sha256, "bytes": paper.size}
    ]
    assert ["document", str(paper.pk)] in entry.data["made"]
    tab = signed_in(course, "jingban", language).get(reverse("selection_papers", args=[course.selection.number]))
    assert paper.title in words(tab)
    assert reverse("document", args=[paper.pk]) in words(tab)


@LANGUAGES
def test_a_file_sent_with_a_form_that_is_refused_need_not_be_sent_again(course: Course, language: str) -> None:
    first = consult(course, language, evidence=scan("酝酿记录 2.pdf"), present="")
    assert first.status_code == 422
    assert list(first.context["form"].errors) == ["present"]
    assert "酝酿记录 2.pdf" in words(first)
    kept = words(first).split('name="evidence-kept" value="')[1].split('"')[0]
    changed = kept[:-1] + ("A" if kept[-1] != "A" else "B")
    assert list(consult(course, language, **{"evidence-kept": changed}).context["form"].errors) == ["evidence"]
    assert consult(course, language, **{"evidence-kept": kept}).status_code == 302
    assert Document.objects.get(name="酝酿记录 2.pdf").title == "酝酿记录：部长办公会"


@pytest.mark.covers("WPR-21", refused=True)
@pytest.mark.parametrize("username", ["kaocha1", "jipiao1", "jiwei", "lingdao", "changwei1", "guanli"])
def test_who_sees_a_part_of_the_selection_fetches_no_paper_of_another(course: Course, username: str) -> None:
    assert consult(course, evidence=scan()).status_code == 302
    paper = Document.objects.latest("pk")
    answer = signed_in(course, username).get(reverse("document", args=[paper.pk]))
    assert answer.status_code == 404


def test_a_selection_opened_before_the_rule_was_there_asks_for_no_paper(course: Course) -> None:
    content = course.selection.rules.content
    older = {key: rule for key, rule in content["rules"].items() if key != "record.papers"}
    case = course.selection.case()
    case.rules = Rules.load({**content, "rules": older})
    given = {**CONSULTED, "held_on": course.day, "evidence": None}
    found = acts.requirements(Act.RECORD_CONSULTATION, case, **course.by("jingban"), **given)
    assert [one for one in found if not one.met] == []


def test_every_paper_that_the_rules_ask_for_is_one_that_acts_know(course: Course) -> None:
    rules = course.selection.rules
    assert set(rules["record.papers"].value) <= set(Evidence.values)
