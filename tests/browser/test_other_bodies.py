"""A post filled by the rules of a company, and by those of a county that looks for recognition (公司、群众公认县)."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser

from selection.enums import Act, Check, ConsultedBody, Finding, RecommendationForm, TalkGroup
from tests.browser.way import ASSESSMENT, CONCLUSION, COUNT, REPLY, VERIFIED, County, Course, able, vacant
from tests.factories import SIGNED
from tests.served import scratch, whole_site

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@contextmanager
def county_by(browser: Browser, body: str) -> Iterator[County]:
    """The invented county, whose selections go by the rules of another body."""
    with scratch() as data:
        rules = data.with_name("rules")
        shutil.copytree(settings.RULEBOOK_ROOT, rules)
        text = (rules / f"{body}.toml").read_text(encoding="utf-8")
        own = rules / "credibility-county.toml"
        own.write_text(text.replace(f'"{body}"', '"credibility-county"', 1), encoding="utf-8")
        with whole_site(LC_ALL="zh_CN.UTF-8", BOX_JITTER="0", RULEBOOK_ROOT=str(rules)) as site:
            county = County(browser, site)
            yield county
            county.leave()


@dataclass
class OtherCourse(Course):
    """A course whose forms ask what the rules of its body ask."""

    groups: Sequence[TalkGroup] = (TalkGroup.LEADERS, TalkGroup.CANDIDATE)
    bodies: Sequence[ConsultedBody] = (ConsultedBody.DISCIPLINE,)
    trust: bool = False

    def inspect(self, chosen: Sequence[str]) -> None:
        for name in chosen:
            first, second = self.at("kaocha1"), self.at("kaocha2")
            for group in self.groups:
                cell = self._cell(first, name, f"group={group.value}")
                first.do(Act.RECORD_TALK, cell, people=3, notes="工作扎实，作风正派。")
            counts = {"issued": 40, "returned": 38, "excellent": 30, "competent": 8, "basically_competent": 0}
            trust = {"trust": 36} if self.trust else {}
            cell = self._cell(first, name)
            first.do(Act.RECORD_ASSESSMENT, cell, **counts, **trust, incompetent=0, evidence=ASSESSMENT)
            second.go(self.page)
            for kind in (Check.PERSONAL_MATTERS, Check.INTEGRITY):
                cell = self._cell(second, name, f"check_kind={kind.value}")
                signed = SIGNED if kind is Check.INTEGRITY else {}
                second.do(Act.RECORD_CHECK, cell, finding="clear", evidence=VERIFIED, **signed)
            second.do(
                Act.WRITE_REPORT,
                self._cell(second, name),
                performance="熟悉业务，成绩突出。",
                shortcomings="抓落实有时偏急。",
                suggestion="建议作为拟任人选。",
            )
            self.ask(name)

    def ask(self, name: str) -> None:
        officer = self.at("jingban")
        for body in self.bodies:
            officer.go(self.page)
            cell = self._cell(officer, name, f"body={body.value}")
            officer.do(Act.ASK_OPINION, cell)
            officer.go(self.page)
            officer.do(
                Act.FILE_REPLY,
                name,
                number=f"复函〔2026〕{len(body.value)}号",
                finding=Finding.CLEAR.value,
                opinion="未发现影响使用的情况。",
                evidence=REPLY,
            )


def recommended(course: OtherCourse, votes: Sequence[int], **meeting: Any) -> None:
    course.name_tellers()
    for form in (RecommendationForm.MEETING, RecommendationForm.TALK):
        given = {key: value for key, value in meeting.items() if not key.startswith("group__")}
        groups = {key: value for key, value in meeting.items() if f"__{form.value}__" in key}
        also = given if form is RecommendationForm.MEETING else {}
        course.at("jingban").do(
            Act.HOLD_RECOMMENDATION,
            f"form={form.value}",
            scope="领导班子成员、中层干部和职工代表",
            due_count=60,
            present_count=54,
            **also,
            **groups,
        )
        for teller in ("jipiao1", "jipiao2"):
            course.count(teller, form, votes)
        course.look("jingban").do(Act.CONFIRM_TALLY, str(form.label), evidence=COUNT)


def put_to_the_vote(course: OtherCourse, number: str, first: str, second: str) -> None:
    course.meet(number)
    course.attend(9)
    course.introduce([first, second])
    course.discuss()
    course.ballot({first: 7, second: 2}).says("通过")


def test_a_company_fills_a_post_of_its_middle_level(browser: Browser) -> None:
    """Two reviews by the leaders, the talk before the notice, the examination after it."""
    with county_by(browser, "company") as county:
        course = OtherCourse(county, vacant()[0], able()[:3])
        first, second, _third = course.people
        course.open()
        for name in course.people:
            course.at("jingban").do(
                Act.NOMINATE_CANDIDATE,
                person=name,
                source="department",
                reason="符合条件，群众认可。",
                origin="company",
                nobody_nearer="本部门无人符合条件。",
                evidence=CONCLUSION,
            )
        course.at("jingban").do(Act.OPEN_RECOMMENDATION)
        day = course.at("jingban").today()
        groups = {
            "group__meeting__function_heads": 18,
            "group__meeting__backbone": 18,
            "group__meeting__workers": 18,
            "group__talk__backbone": 18,
            "group__talk__workers": 18,
        }
        recommended(course, [40, 36, 30], called_on=day, **groups)
        fixing = {"candidates": [first, second], "opinion": "综合考虑，确定为考察对象。"}
        course.look("buzhang").do(Act.OPEN_INSPECTION, **fixing, result_reviewed_on=day, evidence=CONCLUSION)
        course.announce_inspection()
        course.inspect([first, second])
        proposing = {"candidates": [first, second], "opinion": "提交党政联席会议讨论。", "evidence": CONCLUSION}
        course.look("buzhang").do(Act.OPEN_DELIBERATION, **proposing, report_reviewed_on=day)
        put_to_the_vote(course, "2026年第3次", first, second)
        talk = {"talked_on": day, "talked_by": "总公司领导", "talk_notes": "提出要求。"}
        course.look("jingban").do(Act.PUBLISH_NOTICE, first, phone="0000-12380", **talk)
        for _day in range(6):
            county.move("下一个工作日")
        course.look("jingban").do(Act.CLOSE_NOTICE, first)
        unmet = course.look("jingban").refused(Act.APPOINT_CANDIDATE, first, document_number="公司人〔2026〕7号")
        assert unmet["任职前的廉政事项已经登记"].startswith("公司方案"), unmet


def test_a_county_that_looks_for_recognition_fills_a_post(browser: Browser) -> None:
    """A floor for the votes, both organs in the team, votes of trust, four departments, and a result that is told."""
    with county_by(browser, "recognition-county") as county:
        bodies = [
            ConsultedBody.DISCIPLINE,
            ConsultedBody.SUPERVISION,
            ConsultedBody.AUDIT_OFFICE,
            ConsultedBody.FAMILY_PLANNING,
        ]
        course = OtherCourse(county, vacant()[0], able()[:3], bodies=bodies, trust=True)
        first, second, third = course.people
        course.open()
        course.at("jingban").do(Act.ANNOUNCE_POST, conditions="大学本科以上学历，任副科级职务满三年")
        for name in course.people:
            course.at("jingban").do(
                Act.NOMINATE_CANDIDATE, person=name, source="department", reason="符合条件，群众认可。"
            )
        course.at("jingban").do(Act.OPEN_RECOMMENDATION)
        recommended(course, [40, 36, 29], names="listed")
        unmet = course.look("buzhang").refused(Act.OPEN_INSPECTION, candidates=[first, third], opinion="同意。")
        below = [article for says, article in unmet.items() if says.endswith("（会议推荐）")]
        assert below == ["群众公认县材料 一、一是"], unmet
        course.look("buzhang")
        course.fix([first, second])
        course.announce_inspection()
        course.inspect([first, second])
        proposing: dict[str, Any] = {"candidates": [first, second], "opinion": "提交常委会讨论决定。"}
        day, proposing["findings_told_to"] = course.at("buzhang").today(), "所在单位党组"
        early = {"findings_told_on": day - timedelta(days=1)}
        unmet = course.look("buzhang").refused(Act.OPEN_DELIBERATION, **proposing, **early)
        assert unmet == {"已填写考察结果的通报时间": "群众公认县材料 一、二是"}, unmet
        course.look("buzhang").do(Act.OPEN_DELIBERATION, **proposing, findings_told_on=day)
        put_to_the_vote(course, "2026年第3次", first, second)
        course.look("jingban").do(Act.PUBLISH_NOTICE, first, phone="0000-12380")
        course.look("jingban").says(first)
