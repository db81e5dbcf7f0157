"""One post nominated for in two rounds by ballot: freely, made public, then on the list (浏览器里的两轮推荐提名)."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from selection.enums import Act
from tests.browser.office import Visitor
from tests.browser.way import CONCLUSION, COUNT, County, Course, able, vacant
from tests.served import scratch, whole_site

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROUNDS = ("instruments.paper", "post.documents", "nomination.")
FORMS = {"issued": 255, "returned": 250, "valid": 240}
VOTES = (60, 50, 40, 30, 20, 20)


@pytest.fixture
def county(browser: Browser, settings: Any) -> Iterator[County]:
    """The invented county, whose posts are nominated for as the city of 2008 did."""
    with scratch() as data:
        rules = data.with_name("rules")  # beside the data of a site, where the account of a site can read
        shutil.copytree(settings.RULEBOOK_ROOT, rules)
        add_rounds(rules)
        with whole_site(LC_ALL="zh_CN.UTF-8", BOX_JITTER="0", RULEBOOK_ROOT=str(rules)) as site:
            county = County(browser, site)
            yield county
            county.leave()


def add_rounds(rules: Path) -> None:
    """What the city's paper says of rounds, put beside the county's own rules."""
    city = (rules / "kunming.toml").read_text(encoding="utf-8").split("\n\n")
    of_rounds = [block for block in city if block.lstrip("[").startswith(ROUNDS)]
    own = rules / "credibility-county.toml"
    own.write_text("\n\n".join([own.read_text(encoding="utf-8"), *of_rounds, ""]), encoding="utf-8")


@pytest.mark.covers("TRN-01", "TRN-03", "TRN-05", "TRN-06", "TRN-07", "TRN-08", "TRN-10", refused=True)
def test_a_post_is_nominated_for_in_two_rounds(county: County) -> None:
    people = able()[:6]
    course = Course(county, vacant()[0], people)
    course.open()
    officer = county["jingban"]
    papers_first(course, officer)
    course.name_tellers()

    hold(course, due=52, present=51, groups=5)
    count_freely(course, people)
    officer.go(course.page)
    officer.do(Act.CONFIRM_NAMES, evidence=COUNT)
    officer.says("第1轮", "待核对姓名")
    officer.take(Act.RESOLVE_NAMES)
    officer.send()
    officer.done(Act.RESOLVE_NAMES)
    officer.says("末位同票")
    officer.do(Act.DECIDE_TIE, taken=[people[5]], decision="县委组织部部务会研究决定。", evidence=CONCLUSION)
    officer.take(Act.SETTLE_NAMES)
    officer.send()
    officer.done(Act.SETTLE_NAMES)

    officer.go(course.page)
    assert "首轮入围人选已在第二轮之前公示" in refused_second(officer)
    officer.go(course.page)
    officer.do(Act.PUBLISH_NAMES)
    auditor = county["jiandu"]
    auditor.go(course.page)
    auditor.do(Act.SIGN_OFF_NAMES, supervisor="县纪委 陈示督")
    passer_by = county.stranger()
    passer_by.go("/notices/")
    passer_by.says(course.post, *people[:4], people[5])
    assert people[4] not in passer_by.words

    officer.go(course.page)
    hold(course, due=20, present=18, groups=6)
    for teller in ("jipiao1", "jipiao2"):
        visitor = county[teller]
        visitor.go(course.page)
        visitor.take(Act.ENTER_NAMES)
        visitor.fill(issued=108, returned=105, valid=100)
        fields = visitor.form.locator('input[name^="votes-"]')
        assert fields.count() == 5
        for nth, number in enumerate((5, 40, 30, 20, 5)):
            fields.nth(nth).fill(str(number))
        visitor.send()
        visitor.done(Act.ENTER_NAMES)
    officer.go(course.page)
    officer.do(Act.CONFIRM_NAMES, evidence=COUNT)
    officer.take(Act.SETTLE_NAMES)
    officer.send()
    officer.done(Act.SETTLE_NAMES)

    officer.go(course.page)
    unmet = officer.refused(Act.NOMINATE_CANDIDATE, **course.nomination(people[0]))
    assert unmet == {"只有末轮推荐提名入围的人选才能提名": "昆明材料 把“潜规则”变成“显规则”"}
    course.nominate(people[1])
    officer.go(course.page)
    officer.says(people[1])


def papers_first(course: Course, officer: Visitor) -> None:
    """The plan and the post made public, before which no sitting is held."""
    officer.go(course.page)
    officer.take(Act.OPEN_SITTING)
    fill_roll(officer, 52, 51, 5)
    officer.send(status=422)
    assert "提名之前应有的文件已经具备" in officer.unmet()
    officer.go(course.page)
    officer.do(Act.SUBMIT_PLAN, superior="市委组织部", evidence=CONCLUSION)
    officer.go(course.page)
    officer.do(Act.ANNOUNCE_POST, conditions="大学本科以上学历")


def fill_roll(officer: Visitor, due: int, present: int, groups: int) -> None:
    """The same numbers for each of so many groups."""
    for what, number in (("due", due), ("present", present)):
        fields = officer.form.locator(f'input[name^="{what}-"]')
        assert fields.count() == groups
        for field in fields.all():
            field.fill(str(number))


def hold(course: Course, *, due: int, present: int, groups: int) -> None:
    officer = course.county["jingban"]
    officer.go(course.page)
    officer.take(Act.OPEN_SITTING)
    fill_roll(officer, due, present, groups)
    officer.send()
    officer.done(Act.OPEN_SITTING)
    officer.says(course.post)


def refused_second(officer: Visitor) -> dict[str, str]:
    officer.take(Act.OPEN_SITTING)
    fill_roll(officer, 20, 18, 6)
    officer.send(status=422)
    return officer.unmet()


def count_freely(course: Course, people: list[str]) -> None:
    """Both tellers; one name is nobody's."""
    names = "\n".join(f"{name} {number}" for name, number in zip(people, VOTES, strict=True))
    for teller in ("jipiao1", "jipiao2"):
        visitor = course.county[teller]
        visitor.go(course.page)
        visitor.do(Act.ENTER_NAMES, **FORMS, names=f"{names}\n某不识 3")
