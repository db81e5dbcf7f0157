"""One county fills one post: the whole way in a browser, by everybody who is concerned (一个岗位的选任全程)."""

import io
import re
from datetime import timedelta

import pypdf
import pytest

from selection.enums import Act, Choice, RecommendationForm
from tests.browser.office import PHONE, Visitor
from tests.browser.way import CONCLUSION, COUNT, County, Course, able, cast, enter, mark
from tests.factories import LEVELS

pytestmark = [pytest.mark.browser, pytest.mark.slow]

POST = "县融媒体中心主任"


@pytest.mark.covers("MOT-01", "MOT-05", "NOM-15", "DEL-08", "DEL-09", "DEL-10", "DEL-13", "DEL-14", "NOT-15")
@pytest.mark.covers("NOM-05", "INS-01", "DEL-05", "DEL-11", refused=True)
def test_one_post_is_filled_from_the_motion_to_the_end_of_probation(county: County) -> None:
    course = Course(county, POST, able()[:3])
    motion_and_nomination(course)
    recommendation(course)
    inspection(course)
    consultation_and_meeting(course)
    winner = secret_ballot(course)
    public_notice(course, winner)
    appointment_and_probation(course, winner)
    papers(course, winner)
    audit(course, winner)


def motion_and_nomination(course: Course) -> None:
    """Two names for one post are too few; the third comes from a leading cadre under his own name."""
    course.open()
    officer = course.at("jingban")
    officer.says(course.number, "动议", "初始提名")
    first, second, third = course.people
    course.nominate(first)
    course.nominate(second)
    unmet = course.at("jingban").refused(Act.OPEN_RECOMMENDATION)
    short, unseen = unmet
    assert (short, unmet[short]) == ("候选名单达到规定比例", "附件1 第六条（一）")
    assert (unseen, unmet[unseen]) == ("须审核任职资格的人选均已审核并符合条件", "附件1 第三条")
    officer.says("现有：2；要求：3")
    course.recommend(third)
    course.open_recommendation()


def article(unmet: dict[str, str]) -> str:
    """The article of the one requirement that does not hold."""
    (found,) = unmet.values()
    return found


def recommendation(course: Course) -> None:
    """Two tellers count from paper without seeing each other's figures; once they differ, both count again."""
    course.name_tellers()
    meeting = RecommendationForm.MEETING
    assert len(course.forms) == 3
    for form in course.forms:
        course.hold(form)
    course.count("jipiao1", meeting, [40, 31, 20])
    other = course.at("jipiao2")
    other.take(Act.ENTER_TALLY, str(meeting.label))
    assert "31" not in other.form.inner_text()
    course.count("jipiao2", meeting, [40, 30, 20])
    officer = course.look("jingban")
    assert not officer.acts(Act.CONFIRM_TALLY).count()
    officer.do(Act.REJECT_TALLY, str(meeting.label), reason="两名计票人所计票数不一致，重新计票。")
    for form in course.forms:
        for teller in ("jipiao1", "jipiao2"):
            course.count(teller, form, [40, 30, 20])
        officer = course.at("jingban")
        officer.do(Act.CONFIRM_TALLY, str(form.label), evidence=COUNT)
    course.fix(course.people[:2])


def inspection(course: Course) -> None:
    """A talk dated before the pre-notice is refused; then everything that must be done about both persons."""
    chosen = course.people[:2]
    course.announce_inspection()
    inspector = course.at("kaocha1")
    yesterday = inspector.today() - timedelta(days=1)
    unmet = inspector.refused(Act.RECORD_TALK, "group=leaders", held_on=yesterday, people=3, notes="预告前的谈话。")
    assert "已先行发布考察预告" in " ".join(unmet), unmet
    assert all(unmet.values()), unmet
    assert inspector.form.locator('[name="notes"]').input_value() == "预告前的谈话。"
    course.inspect(chosen)
    course.propose(chosen)


def consultation_and_meeting(course: Course) -> None:
    chosen = course.people[:2]
    officer = course.at("jingban")
    for level in LEVELS:
        course.consult(level)
    course.meet("2026年第7次")
    course.attend(7)
    course.introduce(chosen)
    course.discuss()
    officer = course.county["jingban"]
    officer.go(f"{course.page}ballot/")
    officer.send(status=422)
    unmet = officer.unmet()
    assert list(unmet) == ["到会成员达到规定人数"], unmet
    assert article(unmet)
    officer.says("应到 11，实到 7")
    course.attend(9)
    course.discuss()


def secret_ballot(course: Course) -> str:
    """Nine of eleven are there: six agree with the first, which is over half of those who should attend."""
    first, second, _third = course.people
    codes = course.prepare()
    assert len(set(codes)) == 9
    officer = course.county["jingban"]
    officer.go(f"{course.page}ballot/")
    assert not any(code in officer.page.content() for code in codes), "the slips can be seen a second time"
    course.draw()
    with course.county.voter(viewport=PHONE) as early:
        enter(early, codes[0], status=409)
        early.says("选票未投入票箱")
    course.open_ballot()
    wall = course.sitting("shuji")
    wall.follow("大屏显示")
    wall.says("应到", "11", "实到", "9")

    agree = {first: Choice.AGREE, second: Choice.DISAGREE}
    trackers = []
    for place, code in enumerate(codes):
        with course.county.voter(viewport=PHONE) as member:
            if place == 0:
                two_agreements(member, code, first, second)
            elif place == 1:
                wrong = code[:-1] + ("2" if code[-1] != "2" else "3")
                enter(member, wrong, status=422)
                member.says("票码")
            choices = agree if place < 6 else {first: Choice.DISAGREE, second: Choice.AGREE}
            trackers.append(cast(member, code, choices))
            assert member.context.cookies() == []
            member.says("您的票已投入票箱")
            if place == 2:
                enter(member, code, status=409)
                member.says("已使用")
    course.close_ballot()
    with course.county.voter(viewport=PHONE) as late:
        enter(late, codes[3], status=409)
    secretary = course.announce()
    secretary.says(first, "通过", "应到 11 人", "同意 6 票", "须 6 票")
    secretary.follow("大屏显示")
    secretary.says(first, "通过", second, "未通过")
    course.look("jingban").says(first, "票决通过")
    officer = course.county["jingban"]
    officer.go(course.meeting)
    officer.do(Act.CLOSE_MEETING)
    return first


def two_agreements(member: Visitor, code: str, first: str, second: str) -> None:
    """The page puts the second agreement out of reach; the server refuses it too, and the slip is not spent."""
    enter(member, code)
    mark(member, {first: Choice.AGREE})
    block = member.page.locator("fieldset", has_text=second)
    assert block.locator('input[value="agree"]').is_disabled()
    member.page.evaluate("document.querySelectorAll('input').forEach(i => { i.disabled = false; })")
    block.locator('input[value="agree"]').check(force=True)
    member.push("核对选票", status=422)
    member.says("最多")


def public_notice(course: Course, winner: str) -> None:
    """Anybody reads it and may object; an open objection holds it."""
    course.at("jingban").do(Act.PUBLISH_NOTICE, winner, phone="0000-12380", address="澄溪县委组织部干部监督科")
    with course.county.stranger() as reader:
        reader.go("/notices/")
        reader.follow(winner)
        reader.says(winner, POST, "0000-12380", "5 个工作日")
        reader.follow("反映情况")
        reader.page.locator('[name="content"]').fill("该同志任职期间有一项经费使用情况需要核实。")
        reader.push("提交反映")
        code = reader.page.locator("#receipt-code").inner_text()
        assert reader.context.cookies() == []

        for _day in range(6):
            course.county.move("下一个工作日")
        unmet = course.at("jingban").refused(Act.CLOSE_NOTICE, winner)
        assert list(unmet) == ["公示期间反映均已核结"], unmet
        assert article(unmet)
        course.at("jingban").do(
            Act.SETTLE_OBJECTION,
            effect="unfounded",
            investigation="调阅账目并向有关人员核实，反映的问题不存在。",
            answer="经核实，所反映的问题不存在。",
            evidence=CONCLUSION,
        )
        reader.go("/notices/receipt/")
        reader.page.locator('[name="code"]').fill(code.lower())
        reader.push("查询")
        reader.says("经核实，所反映的问题不存在。")
    course.at("jingban").do(Act.CLOSE_NOTICE, winner)


def appointment_and_probation(course: Course, winner: str) -> None:
    course.at("jingban").do(
        Act.HOLD_APPOINTMENT_TALK, winner, talked_by="组织部部长", talk_notes="肯定成绩，指出不足，提出要求。"
    )
    course.at("jingban").do(Act.APPOINT_CANDIDATE, winner, document_number="澄委干〔2026〕7号")
    course.look("jingban").says("试用")
    course.county.move("过一年")
    course.at("jingban").do(Act.ASSESS_PROBATION, winner, fit="yes", opinion="能够胜任本职工作。")
    course.at("buzhang").do(Act.CONFIRM_APPOINTMENT, winner)
    course.look("jingban").says("本选任事项已办结")


def papers(course: Course, winner: str) -> None:
    """The worker has made both papers; the page shows them by itself."""
    officer = course.county["jingban"]
    officer.go(f"{course.page}papers/")
    for title in ("公示", "记实表"):
        paper = officer.page.locator(".paper", has_text=title).first
        link = paper.get_by_role("link")
        link.wait_for(timeout=60_000)
        text = "".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(officer.fetch(link))).pages)
        assert winner in re.sub(r"\s", "", text), text


def audit(course: Course, winner: str) -> None:
    auditor = course.county["jiandu"]
    auditor.go("/office/process-record/")
    auditor.follow(course.number)
    auditor.says(winner, str(Act.ANNOUNCE_RESULT.label), str(Act.CONFIRM_APPOINTMENT.label))
    paper = auditor.page.locator(".paper", has_text="记实表").get_by_role("link").first
    assert auditor.fetch(paper).startswith(b"%PDF")
    auditor.push("核验本记录")
    auditor.says("记录完整")
    auditor.follow("改为核验全部纪实")
    auditor.push("核验全部纪实")
    auditor.says("记录完整")
    auditor.log_out()
    auditor.go("/office/process-record/")
    assert "/log-in/" in auditor.page.url
    auditor.log_in("jiandu")  # whoever comes after finds the browser as it was
