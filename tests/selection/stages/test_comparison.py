"""Candidates held against each other and against the post (综合比较、差额酝酿比较)."""

import pytest
from django.utils import translation

from audit import reading
from selection.acts import Refused
from selection.enums import Act, Aspect, Stage
from selection.models import Comparison
from selection.stages import comparison
from selection.web.acts import act_url
from tests import factories
from tests.factories import Point
from tests.selection.stages import cases
from tests.selection.web.standing import fill_in, signed_in, words

FACTORS = ("post_needs", "achievements", "appraisals", "potential")
VIRTUE = ("duties", "tasks", "events", "moments", "gain")
TRAITS = ("virtue", "achievements", "potential", "support", "personality", "fit")
HOW = "It is written down how the person stands in this: {}"


def english(refused: Refused) -> list[str]:
    with translation.override("en"):
        return [str(one.says) for one in refused.unmet]


def compared(case: cases.Case, **said: str) -> dict[str, str]:
    case.subject = case.candidacies[0]
    return cases.refused(Act.COMPARE_CANDIDATE, case, **said)


@pytest.mark.covers("REC-14", "DIF-07", refused=True)
@pytest.mark.parametrize(
    ("stage", "body", "aspects", "article"),
    [
        (Stage.RECOMMENDATION, "jinchang", FACTORS, "金昌实施意见 二、（二）1"),
        (Stage.INSPECTION, "jinchang", VIRTUE, "金昌实施意见 二、（二）1"),
        (Stage.DELIBERATION, "credibility-county", TRAITS, "附件3 差额酝酿办法"),
    ],
)
def test_compare_candidate_in_every_aspect_that_the_rules_name(
    stage: Stage, body: str, aspects: tuple[str, ...], article: str
) -> None:
    case = cases.at(stage, body=body)
    said = dict.fromkeys(aspects, "较好。")
    assert compared(case, **said) == {}
    for aspect in aspects:
        with translation.override("en"):
            how = HOW.format(Aspect(aspect).label)
        for nothing in ("", " \n"):
            assert compared(case, **said | {aspect: nothing}) == {how: article}


@pytest.mark.covers("REC-14", "DIF-07", refused=True)
@pytest.mark.parametrize(
    ("stage", "body"),
    [
        (Stage.RECOMMENDATION, "credibility-county"),
        (Stage.DELIBERATION, "jinchang"),
        (Stage.INSPECTION, "credibility-county"),
        (Stage.DECIDED, "credibility-county"),
    ],
)
def test_compare_candidate_where_the_rules_want_no_comparison(stage: Stage, body: str) -> None:
    assert "The rules want the candidates compared at this stage" in compared(
        cases.at(stage, body=body), achievements="较好。"
    )


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.covers("REC-14", "DIF-07", "INS-16")
@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize(
    ("point", "body", "aspects"),
    [
        (Point.COUNTED, "jinchang", FACTORS),
        (Point.INSPECTION, "jinchang", VIRTUE),
        (Point.DELIBERATION, "credibility-county", TRAITS),
    ],
)
def test_the_comparison_stands_beside_the_other_candidates(
    point: Point, body: str, aspects: tuple[str, ...], language: str
) -> None:
    course = factories.run_to(point, rulebook=body)
    client = signed_in(course, "jingban", language)
    first, second = course.candidacy(0), course.candidacy(1)
    side_by_side = f"/office/selections/{course.selection.number}/compare/"
    address = act_url(Act.COMPARE_CANDIDATE, first)
    assert address in words(client.get(side_by_side))
    assert set(client.get(address).context["form"].fields) - {"token"} == set(aspects)
    said = {aspect: f"示例比较之{'一二三四五六'[number]}" for number, aspect in enumerate(aspects)}
    lacking = fill_in(client, address, **said | {aspects[-1]: ""})
    assert (lacking.status_code, set(lacking.context["form"].errors)) == (422, {aspects[-1]})
    assert not Comparison.objects.exists()
    assert fill_in(client, address, **said).status_code == 302
    comparison.compare_candidate(second, **course.by("jingban"), **dict.fromkeys(aspects, "另一人的情况"))
    again = said | {aspects[0]: "修改后的比较"}
    assert fill_in(client, address, **again).status_code == 302
    page = words(client.get(side_by_side))
    for text in (*list(said.values())[1:], "修改后的比较", "另一人的情况"):
        assert text in page
    assert said[aspects[0]] not in page, "a later comparison takes the place of an earlier one"
    entry = reading.entries(stream=course.selection.streams()[0], actions=["compare_candidate"])[0]
    assert "示例" not in str(entry.data["given"]), "what is said of a person enters the record as a commitment"
    assert set(entry.data["facts"]["aspects"]) == set(aspects)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_whoever_has_left_is_not_compared() -> None:
    course = factories.run_to(Point.INSPECTION, rulebook="jinchang")
    left = next(row for row in map(course.candidacy, range(len(course.candidacies))) if not row.is_live)
    with pytest.raises(Refused) as refused:
        comparison.compare_candidate(left, **course.by("jingban"), **dict.fromkeys(VIRTUE, "较好。"))
    assert "The person is still a candidate" in english(refused.value)
