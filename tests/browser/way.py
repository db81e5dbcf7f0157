"""The way of one selection through its stages, walked on its pages (选任全程的页面操作).

``County`` has a browser for everybody who is concerned; ``Course`` is one selection with the people in it.  Each
method does what the people of one stage do, and takes what a test wants otherwise.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser

from selection import clock
from selection.enums import (
    Act,
    AppraisalResult,
    Check,
    Choice,
    ConsultationLevel,
    ConsultedBody,
    Duty,
    Finding,
    Grade,
    NominationRoute,
    RecommendationForm,
    Trigger,
)
from selection.register import invented
from tests.browser.office import PHONE, Visitor
from tests.factories import GROUPS, LEVELS, SCRUTINEERS, SIGNED
from tests.faults.visiting import Ledger, values_of
from tests.faults.visiting import Visitor as Sender
from tests.served import Site

#: A PDF of one empty page, as a scanner would make it.
SCAN = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n"
    b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj\nxref\n0 4\n0000000000 65535 f \n"
    b"0000000009 00000 n \n0000000052 00000 n \n0000000101 00000 n \ntrailer<</Size 4/Root 1 0 R>>\n"
    b"startxref\n164\n%%EOF\n"
)
REPLY = {"name": "复函.pdf", "mimeType": "application/pdf", "buffer": SCAN}
COUNT = {"name": "计票结果.pdf", "mimeType": "application/pdf", "buffer": SCAN}
ASSESSMENT = {"name": "测评汇总表.pdf", "mimeType": "application/pdf", "buffer": SCAN}
VERIFIED = {"name": "个人有关事项核实结果.pdf", "mimeType": "application/pdf", "buffer": SCAN}
MINUTES = {"name": "酝酿记录.pdf", "mimeType": "application/pdf", "buffer": SCAN}
CONCLUSION = {"name": "核查报告.pdf", "mimeType": "application/pdf", "buffer": SCAN}
_FORMS = {"issued": 54, "returned": 52, "valid": 50}
CODE = re.compile(r"[0-9A-Z]{3}(?:-[0-9A-Z]{3}){5}")


@dataclass
class County:
    """The site and everybody who has come to it."""

    browser: Browser
    site: Site
    inside: dict[str, Visitor] = field(default_factory=dict)

    def __getitem__(self, username: str) -> Visitor:
        """The browser of an account, logged in."""
        if username not in self.inside:
            self.inside[username] = Visitor(self.browser, self.site.address)
            self.inside[username].log_in(username)
        return self.inside[username]

    def stranger(self, **window: Any) -> Visitor:
        """Somebody without an account and without a cookie."""
        return Visitor(self.browser, self.site.address, **window)

    def voter(self, **window: Any) -> Visitor:
        """Somebody at the box, which knows nobody."""
        return Visitor(self.browser, self.site.box_address, **window)

    def leave(self) -> None:
        for visitor in self.inside.values():
            visitor.context.close()
        self.inside.clear()

    def move(self, step: str) -> None:
        """Move the demonstration clock by a button of its bar."""
        desk = self["jingban"]
        desk.go("/office/")
        desk.push(step, within=desk.page.locator(".clock"))


def able() -> list[str]:
    """Deputies of the invented county whose last appraisal allows a promotion, those of the media centre first."""
    county = invented.county(clock.today())
    at_limits = set(county.remarkable.values())
    deputies = [
        somebody
        for somebody in county.people
        if somebody.values["grade"] is Grade.TOWNSHIP_DEPUTY
        and somebody.name not in at_limits
        and somebody.appraisals[-1]["result"] in (AppraisalResult.EXCELLENT, AppraisalResult.COMPETENT)
    ]
    return [one.name for one in sorted(deputies, key=lambda one: one.unit != invented.MEDIA_CENTRE)]


def vacant() -> list[str]:
    """Posts of deputies in the invented county that have a free seat, by their full titles."""
    county = invented.county(clock.today())
    short = {unit.code: unit.short_name for unit in county.units}
    held = Counter(tenure["post"] for one in county.people for tenure in one.tenures if tenure.get("until_on") is None)
    return [
        f"{short[job.unit]}{job.title}"
        for job in county.jobs
        if job.grade is Grade.TOWNSHIP_DEPUTY and job.is_probationary and held[job.key] < job.seats
    ]


@dataclass
class Course:
    """One selection on its way: its post, the three people on its list, its number once it is opened."""

    county: County
    post: str
    people: list[str]
    batch: str = ""
    number: str = ""
    meeting: str = ""
    codes: list[str] = field(default_factory=list)
    is_for_chief: bool = False

    def at(self, username: str) -> Visitor:
        """Somebody's browser, on the page of this selection; an act of one's own has led back there."""
        visitor = self.county[username]
        if visitor.page.url != f"{visitor.root}{self.page}":
            visitor.go(self.page)
        return visitor

    def look(self, username: str) -> Visitor:
        """Somebody's browser, on the page of this selection as it stands now."""
        visitor = self.county[username]
        visitor.go(self.page)
        return visitor

    @property
    def page(self) -> str:
        return f"/office/selections/{self.number}/"

    # --- motion ---------------------------------------------------------------------------------------------------

    def open(self) -> None:
        """The case officer opens the selection, the secretary agrees."""
        officer = self.county["jingban"]
        officer.go("/office/selections/")
        officer.do(
            Act.OPEN_SELECTION,
            post=self.post,
            seats=1,
            triggers=[Trigger.VACANCY.value],
            reason="原任领导调离，职位空缺。",
            source_direction="县直单位和乡镇的副科级领导干部",
            **({"batch": self.batch} if self.batch else {}),
        )
        self.number = officer.page.url.rstrip("/").rpartition("/")[2]
        secretary = self.county["shuji"]
        secretary.go("/office/")
        secretary.take(Act.APPROVE_MOTION, self.post)
        secretary.fill(opinion="同意启动。")
        secretary.send()
        secretary.done(Act.APPROVE_MOTION)
        officer.go(self.page)
        self.is_for_chief = bool(officer.acts(Act.CHOOSE_ROUTE).count())
        if self.is_for_chief:
            officer.do(Act.CHOOSE_ROUTE, route=NominationRoute.PLENUM_LIST.value)

    @property
    def forms(self) -> list[RecommendationForm]:
        """What is held before anybody is fixed: a chief is recommended by the plenary committee, too."""
        by_plenum = [RecommendationForm.PLENUM] if self.is_for_chief else []
        return [RecommendationForm.MEETING, RecommendationForm.TALK, *by_plenum]

    # --- nomination -----------------------------------------------------------------------------------------------

    def nominate(self, name: str) -> None:
        self.at("jingban").do(Act.NOMINATE_CANDIDATE, **self.nomination(name))

    def nomination(self, name: str) -> dict[str, Any]:
        """What the form of a nomination is filled in with."""
        route = {} if self.is_for_chief else {"route": NominationRoute.PROMOTION.value}
        return {"person": name, "source": "department", "reason": "符合条件，群众认可。", "discipline": True, **route}

    def recommend(self, name: str) -> None:
        """A leading cadre recommends; the department reviews it and tells him the outcome."""
        leader = self.recommend_personally(name)
        officer = self.at("jingban")
        officer.do(Act.REVIEW_RECOMMENDATION, name, outcome="accepted", opinion="符合提名条件。")
        officer.do(Act.FEED_BACK_RECOMMENDATION, name, feedback="已列入初始提名名单，感谢推荐。")
        leader.go("/office/recommend/")
        leader.says(name, "已列入初始提名名单，感谢推荐。")

    def recommend_personally(self, name: str) -> Visitor:
        """A leading cadre recommends under his own name: his browser."""
        leader = self.county["lingdao"]
        leader.go("/office/recommend/")
        leader.do(
            Act.RECOMMEND_PERSONALLY,
            self.post,
            person=name,
            reason="主持过全县的融媒体改革，成效明显。",
            signed=True,
            discipline=True,
        )
        return leader

    def open_recommendation(self) -> None:
        """Everybody on the list is reviewed first."""
        for name in self.people:
            self.at("jingban").do(Act.REVIEW_QUALIFICATION, name, basic=True, qualified="yes")
        self.at("jingban").do(Act.OPEN_RECOMMENDATION)

    # --- recommendation -------------------------------------------------------------------------------------------

    def name_tellers(self) -> None:
        for teller in ("jipiao1", "jipiao2"):
            name = self.county[teller].page.locator(".bar-account summary").inner_text()
            self.at("jingban").do(Act.ASSIGN_OFFICER, "part=teller", account=name)

    def hold(self, form: RecommendationForm) -> None:
        """Of the plenary committee, whose seats are on record, nobody types how many should take part."""
        numbers = {"present_count": 20} if form is RecommendationForm.PLENUM else {"due_count": 60, "present_count": 54}
        self.at("jingban").do(
            Act.HOLD_RECOMMENDATION,
            f"form={form.value}",
            scope="县委全委会成员" if form is RecommendationForm.PLENUM else "领导班子成员、中层干部和职工代表",
            **numbers,
        )

    def count(self, teller: str, form: RecommendationForm, votes: Sequence[int]) -> None:
        """One teller enters a count from paper, for each person in the order of the list."""
        visitor = self.at(teller)
        visitor.take(Act.ENTER_TALLY, str(form.label))
        small = form is RecommendationForm.PLENUM  # which has less than half as many members as take part in the unit
        visitor.fill(**dict.fromkeys(("issued", "returned", "valid"), 20) if small else _FORMS)
        for name, number in zip(self.people, votes, strict=True):
            label = re.compile(re.escape(f"{name}（"))
            visitor.page.get_by_label(label).fill(str(number // 2 if small else number))
        visitor.send()
        visitor.done(Act.ENTER_TALLY)

    def fix(self, chosen: Sequence[str], **given: Any) -> None:
        """The head of the department fixes who is inspected."""
        self.at("buzhang").do(Act.OPEN_INSPECTION, candidates=chosen, opinion="综合考虑，确定为考察对象。", **given)

    # --- inspection -----------------------------------------------------------------------------------------------

    def announce_inspection(self) -> None:
        names = [self.county[one].page.locator(".bar-account summary").inner_text() for one in ("kaocha1", "kaocha2")]
        officer = self.at("jingban")
        officer.do(Act.FORM_TEAM, members=names, leader=names[0])
        officer.do(Act.PUBLISH_PRENOTICE, phone="0000-12380")

    def inspect(self, chosen: Sequence[str]) -> None:
        """Talks, assessment, checks and reports by the team; the opinions of both departments."""
        for name in chosen:
            first, second = self.at("kaocha1"), self.at("kaocha2")
            for group in GROUPS:
                first.do(
                    Act.RECORD_TALK,
                    self._cell(first, name, f"group={group.value}"),
                    people=3,
                    notes="工作扎实，作风正派。",
                )
            first.do(
                Act.RECORD_ASSESSMENT,
                self._cell(first, name),
                issued=40,
                returned=38,
                excellent=30,
                competent=6,
                basically_competent=1,
                incompetent=1,
                evidence=ASSESSMENT,
            )
            second.go(self.page)
            for kind in (Check.ARCHIVE, Check.SITE_VISIT, Check.PERSONAL_MATTERS, Check.INTEGRITY):
                paper = {"evidence": VERIFIED} if kind in (Check.PERSONAL_MATTERS, Check.INTEGRITY) else {}
                paper |= SIGNED if kind is Check.INTEGRITY else {}
                cell = self._cell(second, name, f"check_kind={kind.value}")
                second.do(Act.RECORD_CHECK, cell, finding="clear", **paper)
            second.do(
                Act.WRITE_REPORT,
                self._cell(second, name),
                performance="熟悉业务，成绩突出。",
                shortcomings="抓落实有时偏急。",
                suggestion="建议作为拟任人选。",
            )
            self.ask(name)

    def _cell(self, visitor: Visitor, name: str, also: str = "") -> str:
        """A part of the address in the column of this person, so that a row without a name is told apart."""
        links = visitor.main.locator('a[href*="candidacy="]').filter(has_text=name)
        found = re.search(r"candidacy=\d+", links.first.get_attribute("href") or "")
        assert found is not None
        return f"{found[0]}&{also}" if also else found[0]

    def ask(self, name: str) -> None:
        """Ask both departments: one answers from its own account, the other on paper, which the officer files."""
        officer = self.at("jingban")
        for body in (ConsultedBody.DISCIPLINE, ConsultedBody.FAMILY_PLANNING):
            officer.do(Act.ASK_OPINION, self._cell(officer, name, f"body={body.value}"))
        discipline = self.county["jiwei"]
        discipline.go("/office/inquiries/")
        discipline.do(
            Act.ANSWER_INQUIRY,
            name,
            number="澄纪函〔2026〕8号",
            finding=Finding.CLEAR.value,
            opinion="未发现影响使用的情况。",
        )
        officer.go(self.page)
        officer.do(
            Act.FILE_REPLY,
            name,
            number="澄计函〔2026〕3号",
            finding=Finding.CLEAR.value,
            opinion="无违反计划生育政策的情况。",
            evidence=REPLY,
        )

    def propose(self, chosen: Sequence[str]) -> None:
        self.at("buzhang").do(Act.OPEN_DELIBERATION, candidates=chosen, opinion="提交县委常委会讨论决定。")

    # --- deliberation ---------------------------------------------------------------------------------------------

    def consult(self, level: ConsultationLevel) -> None:
        self.at("jingban").do(
            Act.RECORD_CONSULTATION,
            f"level={level.value}",
            duties=[duty.value for duty in Duty],
            convener="县委书记",
            present="有关领导",
            opinions="意见一致。",
            evidence=MINUTES,
        )

    def consult_all(self) -> None:
        for level in LEVELS:
            self.consult(level)

    def meet(self, number: str) -> None:
        """The officer calls a meeting of the committee and puts the selection on its agenda."""
        officer = self.county["jingban"]
        officer.go("/office/meetings/")
        officer.do(Act.CALL_MEETING, number=number, place="县委常委会议室")
        self.meeting = officer.page.url.removeprefix(officer.root)
        self.put_on_agenda(number)

    def put_on_agenda(self, number: str) -> None:
        self.at("jingban").do(Act.PUT_ON_AGENDA, meeting=number)

    def attend(self, present: int) -> None:
        """So many members are there, the secretary among them."""
        officer = self.county["jingban"]
        officer.go(self.meeting)
        officer.take(Act.RECORD_ATTENDANCE)
        boxes = officer.form.locator('[name="present"]')
        assert boxes.count() >= present
        for place, box in enumerate(boxes.all()):
            box.set_checked(place < present)
        officer.send()
        officer.done(Act.RECORD_ATTENDANCE)

    def introduce(self, chosen: Sequence[str]) -> None:
        sections = ("basic_facts", "recommendation", "assessment", "strengths_and_shortcomings", "reason")
        for name in chosen:
            self.at("jingban").do(
                Act.INTRODUCE_CANDIDATE, name, introducer="组织部部长", **dict.fromkeys(sections, "情况介绍。")
            )

    def discuss(self) -> None:
        """Everybody who is there agrees with everybody, the chief last."""
        officer = self.county["jingban"]
        officer.go(self.meeting)
        officer.follow("成员发言意见", within=officer.main.locator("section", has_text=self.number).last)
        for choice in officer.form.locator("select").all():
            choice.select_option("agree")
        officer.send()

    def prepare(self) -> list[str]:
        """Prepare the ballot with a slip for everybody: their codes, which stand on this page alone."""
        officer = self.county["jingban"]
        officer.go(f"{self.page}ballot/")
        slips = officer.form.locator('[name="slips"]')
        slips.fill(slips.get_attribute("max") or "")
        officer.send()
        return self.slips(officer)

    @staticmethod
    def slips(officer: Visitor) -> list[str]:
        codes = officer.page.locator(".slip-code").all_inner_texts()
        assert codes
        assert all(CODE.fullmatch(code) for code in codes), codes
        return codes

    def sitting(self, username: str) -> Visitor:
        """Somebody's browser, on the page of the last ballot."""
        visitor = self.look(username)
        visitor.press(visitor.main.locator('a[href*="/ballots/"]').last)
        return visitor

    def draw(self) -> None:
        """Everybody who is there draws a slip."""
        officer = self.sitting("jingban")
        waiting = officer.main.locator("form button", has_text="登记领票")
        for _ in range(waiting.count()):
            officer.press(waiting.first)

    def check_boxes(self) -> None:
        """Two scrutineers tick every box of the meeting that they have not checked."""
        for username in SCRUTINEERS:
            scrutineer = self.county[username]
            scrutineer.go(f"{self.meeting}scrutiny/")
            boxes = scrutineer.main.locator('input[type="checkbox"]')
            if boxes.count():
                for box in boxes.all():
                    box.check()
                scrutineer.push("票箱为空")
            scrutineer.says("您已验箱")

    def open_ballot(self) -> None:
        self.check_boxes()
        self.sitting("shuji").do(Act.OPEN_BALLOT)

    def close_ballot(self) -> None:
        scrutineer = self.county[SCRUTINEERS[0]]
        scrutineer.go(f"{self.meeting}scrutiny/")
        scrutineer.push("同意封箱")
        scrutineer.says("您已同意封箱")
        self.sitting("shuji").do(Act.CLOSE_BALLOT)

    def announce(self) -> Visitor:
        """The secretary announces the result, which stands on the page at once."""
        secretary = self.sitting("shuji")
        secretary.do(Act.ANNOUNCE_RESULT)
        return secretary

    def vote(self, codes: Sequence[str], agreeing: Mapping[str, int], against: int = 0) -> None:
        """A ballot by every slip: each agrees with one person at most and disagrees with the others.

        The first is cast in a browser, the others by the plain forms alone, as from a phone without scripts.
        """
        sheets = [
            {name: Choice.AGREE if name == agreed else Choice.DISAGREE for name in agreeing}
            for agreed in [*_spread(agreeing), *[""] * against]
        ]
        with self.county.voter(viewport=PHONE) as member:
            cast(member, codes[0], sheets[0])
            assert member.context.cookies() == []
        for code, choices in zip(codes[1:], sheets[1:], strict=True):
            send(self.county.site, code, choices)

    def ballot(self, agreeing: Mapping[str, int], against: int = 0) -> Visitor:
        """A whole ballot, announced: on the page of the secretary."""
        codes = self.prepare()
        self.draw()
        self.open_ballot()
        self.vote(codes, agreeing, against)
        self.close_ballot()
        return self.announce()

    # --- several stages at once -----------------------------------------------------------------------------------

    def go_ahead(self, until: str) -> None:
        """Leave the stages up to there to acts without pages; the first two of the list are inspected."""
        given = {"post": self.post, "people": self.people, "until": until, "batch": self.batch}
        done = self.county.site.run_python("-m", "tests.browser.ahead", json.dumps(given))
        assert done.returncode == 0, done.stderr
        reached = json.loads(done.stdout.splitlines()[-1])
        self.number, self.meeting, self.codes = reached["number"], reached["meeting"], reached["codes"]


def _spread(agreeing: Mapping[str, int]) -> Iterator[str]:
    for name, number in agreeing.items():
        yield from [name] * number


# --- in the polling booth ----------------------------------------------------------------------------------------


def enter(member: Visitor, code: str, *, status: int = 200) -> None:
    """Type the code of a slip."""
    member.go("/box/")
    member.page.locator("#code").fill(code)
    member.push("打开选票", status=status)


def mark(member: Visitor, choices: Mapping[str, Choice]) -> None:
    """Mark one answer for every person on the sheet."""
    for name, choice in choices.items():
        block = member.page.locator("fieldset", has=member.page.locator("legend", has_text=name))
        block.locator(f'input[value="{choice.value}"]').check(force=True)


def cast(member: Visitor, code: str, choices: Mapping[str, Choice]) -> str:
    """Scan or type, mark, check, confirm; the tracking code of the ballot."""
    enter(member, code)
    mark(member, choices)
    member.push("核对选票")
    member.push("确认投票")
    return member.page.locator(".tracker").inner_text()


def send(site: Site, code: str, choices: Mapping[str, Choice]) -> None:
    """The same steps without a browser: what the forms say is sent, and the receipt comes."""
    member = Sender(site.box_address, Ledger())
    sheet = member.ask("/box/sheet/", {"code": code}).page
    marks = {}
    for name, choice in choices.items():
        (block,) = (one for one in sheet.select("fieldset") if name in one.get_text())
        marks[str(block["id"])] = choice.value
    review = member.ask("/box/review/", values_of(sheet, "form") | marks)
    receipt = member.ask("/box/cast/", values_of(review.page, "form"))
    assert receipt.page.select_one(".tracker"), receipt.text
