"""A post of section officer up to the inspection, by the plan of its bureau (浏览器里的主任科员选任)."""

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from selection import clock
from selection.enums import Act, Grade, PlanOutcome, RecommendationForm
from selection.qualification import Verdict
from selection.register import invented
from tests.browser.way import CONCLUSION, COUNT, County, Course, able, vacant
from tests.served import scratch, whole_site

pytestmark = [pytest.mark.browser, pytest.mark.slow]

PAPER = "主任科员方案"
BLOCKS = (
    "instruments.paper",
    "plan.gate",
    "post.quota_confirmed_by",
    "qualification.education",
    "qualification.grade_years",
    "qualification.excellent_in_row",
    "qualification.competent_in_row",
    "qualification.reviewed",
    "recommendation.majority",
)


@pytest.fixture
def county(browser: Browser, settings: Any) -> Iterator[County]:
    """The invented county, with what the bureau's plan says of the way to the inspection put beside its own rules."""
    with scratch() as data:
        rules = data.with_name("rules")
        shutil.copytree(settings.RULEBOOK_ROOT, rules)
        add_the_plan_of_the_bureau(rules)
        with whole_site(LC_ALL="zh_CN.UTF-8", BOX_JITTER="0", RULEBOOK_ROOT=str(rules)) as site:
            county = County(browser, site)
            yield county
            county.leave()


def add_the_plan_of_the_bureau(rules: Path) -> None:
    bureau = (rules / "section-officer.toml").read_text(encoding="utf-8").split("\n\n")
    wanted = [block for block in bureau if block.lstrip("[").startswith(BLOCKS)]
    assert len(wanted) == len(BLOCKS)
    own = rules / "credibility-county.toml"
    own.write_text("\n\n".join([own.read_text(encoding="utf-8"), *wanted, ""]), encoding="utf-8")


def newcomer() -> str:
    """Somebody of the invented county who has been at work for less than three years."""
    today = clock.today()
    three_years_ago = date(today.year - 3, today.month, 1)
    return next(
        one.name
        for one in invented.county(today).people
        if one.values["grade"] is Grade.STAFF_GRADE and one.values["grade_since"] > three_years_ago
    )


@pytest.mark.covers("POS-01", "POS-12", "QUA-01", "QUA-04", "QUA-05", "QUA-07", "FNR-14", refused=True)
def test_plan_conditions_and_majority_stand_before_the_inspection(county: County) -> None:
    course = Course(county, vacant()[0], able()[:3])
    course.open()
    course.name_tellers()
    officer = county["jingban"]
    first = course.people[0]

    officer.go(course.page)
    unmet = officer.refused(Act.NOMINATE_CANDIDATE, **course.nomination(first))
    assert [article for article in unmet.values() if article.startswith(PAPER)], unmet
    hand_in_the_plan(course)

    officer.go(course.page)
    officer.follow("资格符合情况")
    officer.says("符合全部条件")
    officer.go(f"{course.page}qualified/?verdict={Verdict.MET.value}&q={first}")
    officer.says(first)
    late = newcomer()
    officer.go(f"{course.page}qualified/?verdict={Verdict.MET.value}&q={late}")
    assert late not in officer.main.locator("table").last.inner_text()
    officer.go(f"{course.page}qualified/?verdict={Verdict.UNMET.value}&q={late}")
    officer.says(late, "下一级职务任职年限符合规定")
    officer.go(course.page)
    unmet = officer.refused(Act.NOMINATE_CANDIDATE, **course.nomination(late))
    assert unmet["下一级职务任职年限符合规定"].startswith(PAPER)

    for person in course.people:
        course.nominate(person)
    review(course)
    course.open_recommendation()
    for form, votes in ((RecommendationForm.MEETING, [40, 26, 25]), (RecommendationForm.TALK, [40, 30, 30])):
        course.hold(form)
        for teller in ("jipiao1", "jipiao2"):
            course.count(teller, form, votes)
        course.look("jingban").do(Act.CONFIRM_TALLY, str(form.label), evidence=COUNT)
    head = course.look("buzhang")
    unmet = head.refused(
        Act.OPEN_INSPECTION, candidates=[first, course.people[2]], opinion="综合考虑，确定为考察对象。"
    )
    assert unmet["考察对象在各种民主推荐中均得到多数认可"].startswith(PAPER)
    course.look("buzhang")
    course.fix(course.people[:2])


def hand_in_the_plan(course: Course) -> None:
    """No free post is confirmed, then one is; the plan comes back once and is approved."""
    officer = course.county["jingban"]
    plan = {
        "superior": "市公务员局",
        "quota_confirmed_on": clock.today(),
        "quota_evidence": CONCLUSION,
        "evidence": CONCLUSION,
    }
    officer.go(course.page)
    unmet = officer.refused(Act.SUBMIT_PLAN, **plan, quota_confirmed=0)
    assert "核定的空余职数不少于拟配备的职数" in unmet
    for outcome in (PlanOutcome.RETURNED, PlanOutcome.APPROVED):
        officer.go(course.page)
        officer.do(Act.SUBMIT_PLAN, **plan, quota_confirmed=1)
        officer.go(course.page)
        officer.do(Act.ANSWER_PLAN, outcome=outcome.value, answer="已研究。", evidence=CONCLUSION)


def review(course: Course) -> None:
    """Nobody is voted on before the department has gone through the basic conditions of each."""
    officer = course.county["jingban"]
    officer.go(course.page)
    unmet = officer.refused(Act.OPEN_RECOMMENDATION)
    assert unmet["须审核任职资格的人选均已审核并符合条件"].startswith(PAPER)
    for nth, person in enumerate(course.people):
        officer.go(course.page)
        if not nth:
            assert "符合基本条件" in officer.refused(Act.REVIEW_QUALIFICATION, person, qualified="yes")
            officer.go(course.page)
        officer.do(Act.REVIEW_QUALIFICATION, person, basic=True, qualified="yes")
        officer.go(course.page)
        officer.says("组织部审核：符合")
