"""One batch, one meeting, three posts: one is filled, one fails twice, one falls on its notice (浏览器里的一批三项)"""

import pytest

from selection.enums import Act
from tests.browser.office import Visitor
from tests.browser.way import CONCLUSION, County, Course, able, vacant

pytestmark = [pytest.mark.browser, pytest.mark.slow]

KEPT_OUT = "buzhang"
MEETING = "2026年第9次"


@pytest.mark.covers("MOT-04", "DEL-09", "DEL-13", "DEL-14", "DEL-15", "DEL-16", "NOT-15")
def test_three_posts_of_one_batch_come_to_one_meeting(county: County) -> None:
    courses = batch(county)
    first, second, third = courses
    recuse(third)
    on_one_agenda(courses)
    slips = one_sheet_each(courses)

    page = vote(first, slips[0], {first.people[0]: 8, first.people[1]: 3})
    page.says(first.people[0], "通过", "同意 8 票")
    page = vote(second, slips[1], {second.people[0]: 5, second.people[1]: 5}, against=1)
    page.says("未通过", "同意 5 票", "须 6 票")
    page = vote(third, slips[2], {third.people[0]: 6, third.people[1]: 4})
    page.says(third.people[0], "通过", "应到 11 人", "同意 6 票")

    fails_again(second)
    officer = county["jingban"]
    officer.go(first.meeting)
    officer.says(*(one.post for one in courses))
    officer.do(Act.CLOSE_MEETING)
    notices(first, third)
    nothing_for_whoever_is_recused(courses)
    what_remains(courses)


def batch(county: County) -> list[Course]:
    """Three motions under one batch, each brought to the end of its consultation."""
    officer = county["jingban"]
    officer.go("/office/batches/")
    officer.do(Act.OPEN_BATCH, title="下半年县直单位副职", grounds="三个职位同时空缺，统一动议。")
    batch = officer.page.url.rstrip("/").rpartition("/")[2]
    people = able()[9:18]
    courses = [
        Course(county, post, people[3 * number : 3 * number + 3], batch=batch)
        for number, post in enumerate(vacant()[3:6])
    ]
    for one in courses:
        one.go_ahead("consulted")
    return courses


def name_of(visitor: Visitor) -> str:
    return visitor.page.locator(".bar-account summary").inner_text()


def recuse(course: Course) -> None:
    """The head of the department, a member of the committee, keeps out of this post."""
    name = name_of(course.county[KEPT_OUT])
    officer = course.county["jingban"]
    officer.go(f"{course.page}people/")
    officer.do(Act.RECUSE_PERSON, person=name, reason="与人选有亲属关系。")


def on_one_agenda(courses: list[Course]) -> None:
    """All three on the agenda of one meeting; everybody who may speak has spoken."""
    first = courses[0]
    first.meet(MEETING)
    for one in courses[1:]:
        one.meeting = first.meeting
        one.put_on_agenda(MEETING)
    first.attend(11)
    for one in courses:
        one.introduce(one.people[:2])
        one.discuss()


def one_sheet_each(courses: list[Course]) -> list[list[str]]:
    """One sheet for all items; the slips of each item.  The recused member hands the slip of that item back."""
    officer = courses[0].county["jingban"]
    officer.go(courses[0].meeting)
    officer.follow("一次准备多项票决")
    officer.page.locator('[name="recused_count"][value="counted"]').check()
    officer.page.locator('[name="sheets"]').fill("11")
    officer.push("准备票决")
    sheets = [sheet.locator(".slip-code").all_inner_texts() for sheet in officer.page.locator(".slips-of-sheet").all()]
    assert [len(sheet) for sheet in sheets] == [3] * 11
    officer.go(courses[0].meeting)
    officer.follow("登记领票")
    waiting = officer.main.locator("form button", has_text="登记领票")
    assert waiting.count() == 11
    for _ in range(waiting.count()):
        officer.press(waiting.first)
    slips = [[sheet[number] for sheet in sheets] for number in range(3)]
    officer.do(Act.HAND_BACK_SLIP, code=slips[2].pop())
    return slips


def vote(course: Course, slips: list[str], agreeing: dict[str, int], against: int = 0) -> Visitor:
    course.open_ballot()
    course.vote(slips, agreeing, against)
    course.close_ballot()
    return course.announce()


def fails_again(course: Course) -> None:
    """The committee votes once more on both, and neither passes: both are barred from this post."""
    first, second = course.people[:2]
    course.sitting("jingban").do(
        Act.DECIDE_REVOTE, another="yes", candidates=[first, second], decision="经研究，同意再次票决。"
    )
    page = course.ballot({first: 5, second: 4}, against=2)
    page.says("未通过", "同意 5 票", "同意 4 票")
    unmet = course.sitting("jingban").refused(
        Act.DECIDE_REVOTE, another="yes", candidates=[first], decision="拟对该人选再次票决。"
    )
    assert list(unmet) == ["再次票决的人选未受限制"], unmet
    assert all(unmet.values()), "the article is not shown"


def notices(first: Course, third: Course) -> None:
    """An upheld objection ends the third on its notice; the first goes through."""
    county = first.county
    for one in (first, third):
        one.look("jingban").do(
            Act.PUBLISH_NOTICE, one.people[0], phone="0000-12380", address="澄溪县委组织部干部监督科"
        )
    with county.stranger() as reader:
        reader.go("/notices/")
        reader.follow(third.people[0])
        reader.follow("反映情况")
        reader.page.locator('[name="content"]').fill("该同志有一项个人事项未如实报告。")
        reader.push("提交反映")
        code = reader.page.locator("#receipt-code").inner_text()
        third.look("jingban").do(
            Act.SETTLE_OBJECTION,
            effect="upheld",
            investigation="经核查，反映属实。",
            answer="经核查属实，已取消任用。",
            evidence=CONCLUSION,
        )
        reader.go("/notices/receipt/")
        reader.page.locator('[name="code"]').fill(code)
        reader.push("查询")
        reader.says("经核查属实，已取消任用。")
    for _day in range(6):
        county.move("下一个工作日")
    first.look("jingban").do(Act.CLOSE_NOTICE, first.people[0])
    first.look("jingban").says("公示期满")


def nothing_for_whoever_is_recused(courses: list[Course]) -> None:
    """The member sees the meeting with two items and finds nothing of the third anywhere."""
    first, second, third = courses
    member = first.county[KEPT_OUT]
    member.go(first.meeting)
    member.says(first.post, second.post)
    for path in (first.meeting, "/office/", "/office/meetings/", "/office/selections/"):
        member.go(path)
        assert third.number not in member.words, path
        assert third.people[0] not in member.words, path
        assert third.post not in member.words, path
    member.go(third.page, status=404)


def what_remains(courses: list[Course]) -> None:
    """The batch shows where all three stand, and the auditor finds the record whole."""
    officer = courses[0].county["jingban"]
    officer.go(f"/office/batches/{courses[0].batch}/")
    officer.says(*(word for one in courses for word in (one.number, one.post)))
    auditor = courses[0].county["jiandu"]
    for one in courses:
        auditor.go("/office/process-record/")
        auditor.follow(one.number)
        auditor.says(str(Act.ANNOUNCE_RESULT.label))
    auditor.push("核验本记录")
    auditor.says("记录完整")
