"""A whole meeting: eleven members, twelve posts, and what goes wrong at a meeting (常委会票决演练).

Five members vote in browsers, four on phones and one by the keyboard alone; the other six send what their browsers
would send.  At the fifth item the network fails, and all vote on paper; at the ninth nobody passes, and the committee
votes once more.
"""

import base64
import io
import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pypdf
import pytest
from playwright.sync_api import Browser, expect

from selection.ballots.blind import PublicKey
from selection.ballots.sheet import packed
from selection.enums import Act, Choice
from tests.browser.office import PHONE
from tests.browser.office import Visitor as Person
from tests.browser.test_collected_ballots import Member, act, collect, press, vote
from tests.browser.way import County, able, vacant
from tests.factories import SCRUTINEERS
from tests.faults.visiting import Ledger, Visitor
from tests.selection.ballots.voter import Voter
from tests.served import whole_site

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.covers("DEL-09", "DEL-14", "DEL-15", "BOX-30")]

POSTS, ON_PAPER, TWICE = 12, 5, 9
TELLERS = ("jipiao1", "jipiao2")
PHONES, KEYBOARD = ("changwei1", "changwei2", "changwei3", "changwei4"), "changwei5"
OTHERS = ("shuji", "buzhang", "changwei6", "changwei7", "changwei8", "changwei9")
"""Who sends what a browser would send."""


@pytest.fixture
def county(browser: Browser) -> Iterator[County]:
    """A site of its own, whose posts and people are all free."""
    with whole_site(LC_ALL="zh_CN.UTF-8", BOX_JITTER="0") as site:
        county = County(browser, site)
        yield county
        county.leave()


@dataclass
class Item:
    """One post: its ballot, how many agree with each of two candidates, and how many with nobody."""

    number: int
    round: str
    code: str
    names: list[str]
    agreeing: tuple[int, int]

    @property
    def table(self) -> list[list[Choice]]:
        """What each of the eleven answers on either candidate."""
        first, second = self.agreeing
        for_first, for_second = [Choice.AGREE, Choice.DISAGREE], [Choice.DISAGREE, Choice.AGREE]
        nobody = [Choice.ABSTAIN, Choice.ABSTAIN]
        return [for_first] * first + [for_second] * second + [nobody] * (11 - first - second)

    @property
    def counts(self) -> list[tuple[str, list[int], str]]:
        """As the minutes have to say it: name, agree, disagree, abstain, outcome; six of eleven are needed."""
        told = []
        for name, answers in zip(self.names, zip(*self.table, strict=True), strict=True):
            found = Counter(answers)
            told.append((name, [found[choice] for choice in Choice], "通过" if found[Choice.AGREE] >= 6 else "未通过"))
        return told


@dataclass
class Sender:
    """A member whose browser is played: collects with the protocol in Python and casts what the box takes."""

    visitor: Visitor
    box: str
    held: dict[str, tuple[Voter, bytes]] = field(default_factory=dict)

    def collect(self, meeting: str) -> None:
        page = self.visitor.look(f"{meeting}collect/").page
        voters = {
            str(row["data-round"]): Voter(UUID(str(row["data-round"])), PublicKey.from_der(decoded(row["data-key"])))
            for row in page.select("[data-round][data-channel=none]")
        }
        blinded = {round_: base64.b64encode(voter.blinded).decode() for round_, voter in voters.items()}
        token = str(page.select("#collecting")[0]["data-csrf"])
        signed = self.visitor.send(f"{meeting}collect/", {"blinded": blinded}, {"X-CSRFToken": token})["signed"]
        self.held |= {round_: (voter, voter.collect(decoded(signed[round_]))) for round_, voter in voters.items()}

    def cast(self, round_: str, answers: Sequence[Choice]) -> None:
        voter, signature = self.held.pop(round_)
        booth = Visitor(self.box, Ledger())
        keys = [row[0] for row in json.loads(booth.look(f"/box/rounds/{round_}/").content)["manifest"]["candidates"]]
        payload = packed(UUID(round_), dict(zip(keys, (answer.value for answer in answers), strict=True)))
        ballot = {
            "message": voter.message,
            "signature": signature,
            "payload": payload,
            "payload_signature": voter.sign(payload),
        }
        sent = {name: base64.b64encode(value).decode() for name, value in ballot.items()}
        assert booth.send(f"/box/rounds/{round_}/ballots/", sent)["tracker"]


def decoded(text: Any) -> bytes:
    return base64.b64decode(str(text))


@dataclass
class Hall:
    """Everybody at the meeting."""

    county: County
    meeting: str
    items: list[Item]
    phones: list[Member]
    keyboard: Member
    senders: list[Sender]

    # --- before the vote ------------------------------------------------------------------------------------------

    def check_boxes(self) -> None:
        for username in SCRUTINEERS:
            scrutineer = self.county[username]
            scrutineer.go("/office/")
            scrutineer.follow("监票", within=scrutineer.main)
            for box in scrutineer.main.locator('input[type="checkbox"]').all():
                box.check()
            scrutineer.push("票箱为空")
            scrutineer.says("您已验箱")

    def collect(self) -> None:
        """Each collects all that there is at one press; the one by keyboard without ever touching anything else."""
        for phone in self.phones:
            collect(phone, self)  # type: ignore[arg-type]  # of a sitting it asks for the codes alone
        self.keyboard.go(f"{self.meeting}collect/")
        press(self.keyboard.page, "领取电子选票")
        over = self.keyboard.page.get_by_role("link", name="前往票箱投票")
        expect(over).to_be_focused(timeout=30_000)
        with self.keyboard.page.expect_navigation():
            self.keyboard.page.keyboard.press("Enter")
        expect(self.keyboard.page.locator(".paper.prepared").first).to_be_visible()
        for sender in self.senders:
            sender.collect(self.meeting)

    @property
    def rounds(self) -> list[Item]:
        return self.items

    def code(self, nth: int) -> str:
        return self.items[nth].code

    # --- one item -------------------------------------------------------------------------------------------------

    def table(self, item: Item) -> Person:
        """The secretary at the table of the item's ballot."""
        secretary = self.county["shuji"]
        secretary.go(self.meeting)
        row = secretary.main.locator("section.stack").nth(item.number - 1)
        secretary.press(row.locator('a[href*="/ballots/"]').last)
        return secretary

    def open(self, item: Item) -> None:
        self.table(item).do(Act.OPEN_BALLOT)

    def close(self, item: Item) -> None:
        scrutineer = self.county[SCRUTINEERS[0]]
        scrutineer.go("/office/")
        scrutineer.follow("监票", within=scrutineer.main)
        scrutineer.push("同意封箱")
        scrutineer.says("您已同意封箱")
        self.table(item).do(Act.CLOSE_BALLOT)

    def announce(self, item: Item) -> None:
        secretary = self.table(item)
        secretary.do(Act.ANNOUNCE_RESULT)
        for name, (agree, _disagree, _abstain), outcome in item.counts:
            secretary.says(name, outcome, f"同意 {agree} 票")

    def vote(self, item: Item) -> None:
        """All eleven cast their electronic ballots."""
        on_phone, (by_keyboard, *sent) = item.table[: len(PHONES)], item.table[len(PHONES) :]
        for sender, answers in zip(self.senders, sent, strict=True):
            sender.cast(item.round, answers)
        for phone, answers in zip(self.phones, on_phone, strict=True):
            row = phone.paper(item.code)
            expect(row.get_by_role("button", name="投票")).to_be_visible(timeout=15_000)
            row.get_by_role("button", name="投票").click()
            vote(phone, dict(zip(item.names, answers, strict=True)))
            phone.page.get_by_role("button", name="返回").click()
        self._by_keyboard(item, by_keyboard)

    def _by_keyboard(self, item: Item, answers: Sequence[Choice]) -> None:
        member, keys = self.keyboard, self.keyboard.page.keyboard
        expect(member.paper(item.code).get_by_role("button", name="投票")).to_be_visible(timeout=15_000)
        press(member.page, "投票")
        for answer in answers:
            for _press in range(40):
                keys.press("Tab")
                if member.page.evaluate("document.activeElement.type") == "radio":
                    break
            keys.press("Space")
            while member.page.evaluate("document.activeElement.value") != answer.value:
                keys.press("ArrowDown")
        press(member.page, "核对选票")
        press(member.page, "确认投票")
        expect(member.page.get_by_role("heading", name="您的票已投入票箱")).to_be_focused()
        press(member.page, "返回，继续投下一张票")
        expect(member.page.locator(".paper.cast", has_text=item.code)).to_be_visible()

    # --- what goes wrong ------------------------------------------------------------------------------------------

    def prepare_again(self, item: Item) -> None:
        """Another ballot of the item; its number, its characters and its candidates."""
        officer = self.county["jingban"]
        officer.go(self.meeting)
        row = officer.main.locator("section.stack").nth(item.number - 1)
        officer.press(row.get_by_role("link", name="准备票决"))
        officer.send()
        known = act(self.county.site, {"do": "last", "meeting": self.meeting, "position": item.number})
        item.round, item.code, item.names = known["round"], known["code"], known["names"]

    def on_paper(self, item: Item) -> None:
        """The network fails: the ballot is void, a new one is held with pencils and counted by hand, twice."""
        secretary = self.table(item)
        secretary.do(Act.VOID_BALLOT, reason="会场网络中断，本项改用纸质票。")
        self.prepare_again(item)
        officer = self.county["jingban"]
        waiting = officer.main.get_by_role("button", name="登记领纸质票")
        assert waiting.count() == 11
        for _ in range(11):
            officer.press(waiting.first)
        self.check_boxes()
        self.open(item)
        self.close(item)
        for username in TELLERS:
            teller = self.county[username]
            teller.go("/office/")
            teller.follow("录入纸质票", within=teller.main)
            order = item.table if username == TELLERS[0] else item.table[::-1]
            for number, answers in enumerate(order, start=1):
                for select, answer in zip(teller.form.locator("tbody tr").nth(number - 1).locator("select").all(),
                                          answers, strict=True):  # fmt: skip
                    select.select_option(answer.value)
            teller.send()
        scrutineer = self.county[SCRUTINEERS[1]]
        scrutineer.go("/office/")
        scrutineer.follow("监票", within=scrutineer.main)
        scrutineer.push("确认纸质票")
        self.announce(item)

    def once_more(self, item: Item) -> None:
        """Nobody has passed: the committee decides to vote again, and everybody collects a new ballot."""
        officer = self.county["jingban"]
        officer.go(self.meeting)
        row = officer.main.locator("section.stack").nth(item.number - 1)
        officer.press(row.locator('a[href*="/ballots/"]').last)
        officer.do(Act.DECIDE_REVOTE, another="yes", candidates=item.names, decision="拟对两名人选再次票决。")
        self.prepare_again(item)
        self.check_boxes()
        for member in (*self.phones, self.keyboard):
            member.go(f"{self.meeting}collect/")
            press(member.page, "领取电子选票")
            expect(member.page.get_by_role("link", name="前往票箱投票")).to_be_focused(timeout=30_000)
            with member.page.expect_navigation():
                member.page.keyboard.press("Enter")
        for sender in self.senders:
            sender.collect(self.meeting)

    # --- afterwards -----------------------------------------------------------------------------------------------

    def minutes(self) -> str:
        """The words of the minutes without blanks."""
        officer = self.county["jingban"]
        officer.go(self.meeting)
        officer.do(Act.CLOSE_MEETING)
        officer.go(self.meeting)
        officer.do(Act.REQUEST_MINUTES)
        officer.go(self.meeting)
        link = officer.page.locator(".paper").first.get_by_role("link")
        link.wait_for(timeout=60_000)
        pages = pypdf.PdfReader(io.BytesIO(officer.fetch(link))).pages
        return re.sub(r"\s", "", "".join(page.extract_text() for page in pages))


@pytest.fixture
def hall(county: County) -> Iterator[Hall]:
    people = able()
    named = [people[3 * nth : 3 * nth + 3] for nth in range(POSTS)]
    made = act(county.site, {"do": "prepare", "posts": vacant()[:POSTS], "people": named})
    agreeing = {ON_PAPER: (8, 2), TWICE: (5, 5)}
    items = [
        Item(nth, one["round"], one["code"], one["names"], agreeing.get(nth, (6 + nth % 5, 5 - nth % 5)))
        for nth, one in enumerate(made["rounds"], start=1)
    ]
    address, box = county.site.address, county.site.box_address
    with ExitStack() as devices:
        phones = [devices.enter_context(Member(county.browser, address, viewport=PHONE)) for _ in PHONES]
        keyboard = devices.enter_context(Member(county.browser, address))
        for member, username in zip((*phones, keyboard), (*PHONES, KEYBOARD), strict=True):
            member.log_in(username)
        senders = [Sender(Visitor(address, Ledger(), username), box) for username in OTHERS]
        yield Hall(county, made["meeting"], items, phones, keyboard, senders)


def told_the_box_nothing(hall: Hall) -> None:
    """Of five browsers and sixty ballots no request to the box says who asks, though the site's cookies are there."""
    box, casts = hall.county.site.box_address, 0
    for member in (*hall.phones, hall.keyboard):
        member.check()
        assert member.context.cookies()
        asked = [request for request in member.asked if urlsplit(request.url).netloc == box]
        for request in asked:
            sent = {name for name, value in request.all_headers().items() if value}
            assert not {"cookie", "authorization", "referer"} & sent, request.url
        casts += sum(request.method == "POST" for request in asked)
    assert casts == 60


@pytest.mark.covers("BOX-13")
def test_eleven_members_vote_on_twelve_posts_and_the_minutes_agree(hall: Hall) -> None:
    hall.check_boxes()
    hall.collect()
    decided: list[tuple[str, list[int], str]] = []
    for item in hall.items:
        if item.number == ON_PAPER:
            hall.on_paper(item)
            decided += item.counts
            continue
        hall.open(item)
        hall.vote(item)
        hall.close(item)
        hall.announce(item)
        decided += item.counts
        if item.number == TWICE:
            hall.once_more(item)
            item.agreeing = (7, 4)
            hall.open(item)
            hall.vote(item)
            hall.close(item)
            hall.announce(item)
            decided += item.counts
    said = hall.minutes()
    for name, (agree, disagree, abstain), outcome in decided:
        assert f"{name}{agree}{disagree}{abstain}{outcome}" in said
    assert len(decided) == 2 * (POSTS + 1)
    assert "本次表决作废：会场网络中断，本项改用纸质票" in said
    assert len(re.findall("纸质票由[^；]+、[^；]+录入", said)) == 1
    assert said.count("监票") == POSTS + 2  # the ballot that was void had been checked too
    told_the_box_nothing(hall)
    auditor = hall.county["jiandu"]
    auditor.go("/office/process-record/")
    auditor.follow("核验全程纪实")
    auditor.push("核验全部纪实")
    auditor.says("记录完整")
