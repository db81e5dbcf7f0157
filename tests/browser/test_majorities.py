"""What passes and what does not, and what two failures mean: counted over those who should attend (票决通过线)."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from selection.enums import Act, Duty
from tests.browser.way import County, Course, able, vacant
from tests.served import whole_site

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def county(browser: Browser) -> Iterator[County]:
    """A site of its own: the seat that is given here would count in every other test's votes."""
    with whole_site(LC_ALL="zh_CN.UTF-8") as site:
        county = County(browser, site)
        yield county
        county.leave()


@pytest.mark.covers("DEL-14", "DEL-15")
@pytest.mark.covers("DEL-14", "DEL-15", "DEL-16", refused=True)
def test_half_of_those_who_should_attend_is_not_enough_and_two_failures_bar_from_the_same_post(county: County) -> None:
    first, second, third = people = able()[6:9]
    post, another_post = vacant()[1:3]
    course = Course(county, post, people)
    course.go_ahead("consulted")
    course.meet("2026年第8次")

    course.attend(9)
    course.introduce([first, second])
    course.discuss()
    page = course.ballot({first: 5, second: 4})
    page.says("未通过", "应到 11 人", "同意 5 票", "须 6 票")

    revote(course, first)
    seat_a_twelfth(county, third)
    course.attend(12)
    course.discuss()
    page = course.ballot({first: 6}, against=6)
    page.says("未通过", "应到 12 人", "同意 6 票", "须 7 票")

    unmet = course.sitting("jingban").refused(
        Act.DECIDE_REVOTE, another="yes", candidates=[first], decision="拟对该人选再次票决。"
    )
    assert list(unmet) == ["再次票决的人选未受限制"], unmet
    assert all(unmet.values()), "the article is not shown"
    revote(course, second)
    course.discuss()
    page = course.ballot({second: 7}, against=5)
    page.says("通过", "应到 12 人", "同意 7 票", "须 7 票")
    course.look("buzhang").do(Act.END_SELECTION, reason="拟任人选另有任用。")

    again = Course(county, post, people)
    again.open()
    unmet = again.at("jingban").refused(Act.NOMINATE_CANDIDATE, **again.nomination(first))
    assert list(unmet) == ["未受同一职务提名限制"], unmet
    assert all(unmet.values()), "the article is not shown"
    other = Course(county, another_post, people)
    other.open()
    other.nominate(first)
    other.look("jingban").says(first)


def revote(course: Course, *names: str) -> None:
    """The committee decides to vote once more, on these persons."""
    course.sitting("jingban").do(Act.DECIDE_REVOTE, another="yes", candidates=names, decision="经研究，同意再次票决。")


def seat_a_twelfth(county: County, name: str) -> None:
    """The administrator gives one more seat in the standing committee."""
    administrator = county["guanli"]
    administrator.go("/office/accounts/")
    administrator.press(administrator.main.locator('a[href*="/accounts/seats/"]').first)
    administrator.do(Act.SEAT_MEMBER, person=name, duty=Duty.MEMBER.value)
