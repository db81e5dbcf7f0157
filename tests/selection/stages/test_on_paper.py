"""Acts that rest on a paper, on their way through a whole selection (原始依据材料)."""

from pathlib import Path
from typing import Any

import pytest
from django.urls import reverse

from selection import acts
from selection.enums import Act, Check, ConsultedBody, Finding, Matter, RecommendationForm, Role, UnitKind
from selection.models import Assessment, Document, ImportantMatter, Reply
from selection.stages import charge, inspection, recommendation
from selection.web.acts import act_url
from tests import factories
from tests.factories import SCAN, Point
from tests.selection.bodies import body
from tests.selection.web.standing import fill_in, scan, signed_in, words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def papers(settings: Any, tmp_path: Any) -> None:
    settings.PAPERS_ROOT = tmp_path / "papers"


def test_an_inspector_fetches_what_he_uploaded_and_nothing_once_he_is_recused() -> None:
    course = factories.run_to(Point.INSPECTION)
    course.announce_inspection()
    answer = fill_in(
        signed_in(course, "kaocha1"),
        act_url(Act.RECORD_TALK, course.selection),
        candidacy=course.candidacies[0].pk,
        group="leaders",
        held_on=course.day.isoformat(),
        notes="工作扎实。",
        evidence=scan("谈话记录.pdf"),
    )
    assert answer.status_code == 302
    url = reverse("document", args=[Document.objects.get(name="谈话记录.pdf").pk])
    assert signed_in(course, "kaocha1").get(url).status_code == 200
    assert signed_in(course, "kaocha2").get(url).status_code == 404
    charge.declare_recusal(course.selection, **course.by("kaocha1"), reason="系考察对象的亲属。")
    assert signed_in(course, "kaocha1").get(url).status_code == 404


@pytest.mark.covers("REC-01", refused=True)
def test_a_count_is_confirmed_with_the_paper_that_the_tellers_signed() -> None:
    course = factories.run_to(Point.RECOMMENDATION)
    poll = course.hold(RecommendationForm.MEETING)
    for teller in ("jipiao1", "jipiao2"):
        course.count(poll, (40, 30, 20), by=teller)
    with pytest.raises(acts.Refused) as refused:
        recommendation.confirm_tally(poll, **course.by("jingban"), evidence=None)
    (unmet,) = refused.value.unmet
    assert (unmet.rule, unmet.field) == ("record.papers", "evidence")
    recommendation.confirm_tally(poll, **course.by("jingban"), evidence=SCAN)
    assert Document.objects.get(sha256=SCAN.sha256).title == "签字的计票结果：会议推荐"


def test_the_audit_bureau_gives_its_result_though_it_answers_itself() -> None:
    course = factories.run_to(Point.INSPECTION)
    course.announce_inspection()
    course.county.hold("shenji", Role.REVIEWER, department="县审计局")
    bureau = factories.unit(course.county, "县审计局", "CX-0306", kind=UnitKind.GOVERNMENT_ORGAN)
    inquiry = inspection.ask_opinion(
        course.selection,
        **course.by("jingban"),
        candidacy=course.candidacies[0],
        body=ConsultedBody.AUDIT_OFFICE,
        department=bureau,
    )
    inquiry = course.fresh(inquiry)
    said = {"number": "审函1号", "replied_on": course.day, "finding": Finding.CLEAR, "opinion": "未发现问题。"}
    with pytest.raises(acts.Refused) as refused:
        inspection.answer_inquiry(inquiry, **course.by("shenji"), **said, evidence=None)
    assert [unmet.rule for unmet in refused.value.unmet] == ["record.papers"]
    inspection.answer_inquiry(inquiry, **course.by("shenji"), **said, evidence=SCAN)
    assert Reply.objects.get(inquiry=inquiry).document == Document.objects.get(title="审计结果：县审计局 审函1号")


@pytest.mark.covers("INS-08", "WPR-21", refused=True)
def test_assessment_and_personal_matters_are_recorded_with_their_paper() -> None:
    course = factories.run_to(Point.INSPECTION)
    course.announce_inspection()
    of = {"candidacy": course.candidacies[0], "held_on": course.day}
    counts = {"issued": 40, "returned": 38, "excellent": 30, "competent": 8, "basically_competent": 0, "incompetent": 0}
    with pytest.raises(acts.Refused) as refused:
        inspection.record_assessment(course.selection, **course.by("kaocha1"), **of, **counts, evidence=None)
    (unmet,) = refused.value.unmet
    assert (unmet.rule, unmet.field) == ("record.papers", "evidence")
    inspection.record_assessment(course.selection, **course.by("kaocha1"), **of, **counts, evidence=SCAN)
    check = {**of, "check_kind": Check.PERSONAL_MATTERS, "finding": Finding.CLEAR}
    with pytest.raises(acts.Refused) as refused:
        inspection.record_check(course.selection, **course.by("kaocha1"), **check, evidence=None)
    assert [unmet.rule for unmet in refused.value.unmet] == ["record.papers"]
    made = inspection.record_check(course.selection, **course.by("kaocha1"), **check, evidence=SCAN)
    assert made.document.title == "个人有关事项报告核实结果"
    inspection.record_check(
        course.selection, **course.by("kaocha1"), **check | {"check_kind": Check.SITE_VISIT}, evidence=None
    )
    titles = set(Document.objects.filter(selection=course.selection).values_list("title", flat=True))
    assert "民主测评汇总表" in titles


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_form_of_a_check_says_which_one_needs_a_paper(language: str) -> None:
    course = factories.run_to(Point.INSPECTION)
    course.announce_inspection()
    url = act_url(Act.RECORD_CHECK, course.selection, candidacy=course.candidacies[0].pk)
    client = signed_in(course, "kaocha1", language)
    says = "核查个人有关事项报告须附" if language == "zh-hans" else "Needed for the report on personal matters"
    assert says in words(client.get(url))
    sent = {"check_kind": "personal_matters", "held_on": course.day.isoformat(), "finding": "clear"}
    refused = fill_in(client, url, **sent)
    assert list(refused.context["form"].errors) == ["evidence"]
    assert fill_in(client, url, **sent, evidence=scan("核实结果.pdf")).status_code == 302
    assert Document.objects.get(name="核实结果.pdf").candidacy == course.candidacies[0]


@pytest.mark.covers("INS-13")
@pytest.mark.parametrize(("trust", "few"), [(5999, True), (6000, False)])
def test_too_few_votes_of_trust_are_an_important_matter(trust: int, few: bool, tmp_path: Path, settings: Any) -> None:
    floor = "{ numerator = 3, denominator = 5, strict = false }"
    course = factories.run_to(
        Point.INSPECTION, rulebook=body(settings, tmp_path, "trusting", inspection__trust_floor=floor)
    )
    course.announce_inspection()
    first = course.candidacies[0]
    url = act_url(Act.RECORD_ASSESSMENT, course.selection, candidacy=first.pk)
    client = signed_in(course, "kaocha1")
    counts = {"issued": 10000, "returned": 10000, "excellent": 9000, "competent": 900}
    counts |= {"basically_competent": 0, "incompetent": 0}
    given = counts | {"candidacy": first.pk, "held_on": course.day.isoformat(), "evidence": scan("测评表.pdf")}
    assert fill_in(client, url, **given, trust=10001).status_code == 422
    assert not Assessment.objects.exists()
    assert fill_in(client, url, **given | {"evidence": scan("测评表.pdf")}, trust=trust).status_code == 302
    assert Assessment.objects.get().trust == trust
    noted = ImportantMatter.objects.filter(selection=course.selection, candidacy=first, kind=Matter.OTHER)
    assert [row.cause for row in noted] == ([f"民主测评信任票{trust}票，占收回票10000票的比例未达规定"] if few else [])
    client.force_login(course.county["jingban"])
    page = client.get(reverse("compare", args=[course.selection.number])).content.decode()
    assert f"{trust} / 10000" in page
