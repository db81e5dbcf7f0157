"""Members who collect electronic ballots and cast them at the box, in browsers (电子选票：领票与投票)."""

import base64
import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Locator, Page, Request, Route, expect

from selection.ballots import blind
from selection.enums import Choice
from tests.browser.office import PHONE, Visitor
from tests.browser.test_access import TWICE, faults
from tests.browser.way import County, able, mark, vacant
from tests.served import Site

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.covers("DEL-09")]

STORED = "JSON.stringify(Object.entries(localStorage))"


class Member(Visitor):
    """A member's own phone; every request is noted, with what the browser sent along."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.asked: list[Request] = []
        super().__init__(*args, **kwargs)

    def _requested(self, request: Request) -> None:
        """The box has another port than the site."""
        self.asked.append(request)
        if urlsplit(request.url).hostname not in ("127.0.0.1", None):
            self.faults.append(f"asked another machine: {request.url}")

    def stored(self) -> str:
        words: str = self.page.evaluate(STORED)
        return words

    def paper(self, code: str) -> Locator:
        """The row of the round with this box code."""
        return self.page.locator(".paper", has_text=code)


@dataclass
class Sitting:
    """The table of a meeting, and what is voted on."""

    county: County
    meeting: str
    rounds: list[dict[str, Any]]

    def do(self, what: str, nth: int) -> dict[str, Any]:
        return act(self.county.site, {"do": what, "round": self.rounds[nth]["round"]})

    def member(self, username: str, **window: Any) -> Member:
        member = Member(self.county.browser, self.county.site.address, viewport=PHONE, **window)
        member.log_in(username)
        return member

    def code(self, nth: int) -> str:
        code: str = self.rounds[nth]["code"]
        return code

    def choices(self, nth: int) -> dict[str, Choice]:
        first, *others = self.rounds[nth]["names"]
        return {first: Choice.AGREE} | dict.fromkeys(others, Choice.DISAGREE)


def act(site: Site, given: dict[str, Any]) -> dict[str, Any]:
    done = site.run_python("-m", "tests.browser.sitting", json.dumps(given))
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


@pytest.fixture(scope="module")
def sitting(county: County) -> Sitting:
    posts, people = vacant()[-2:], able()
    given = {"do": "prepare", "posts": posts, "people": [people[40:43], people[43:46]]}
    return Sitting(county, **act(county.site, given))


def collect(member: Member, sitting: Sitting) -> None:
    """From the desk to the box: a link, a button, a link."""
    member.go("/office/")
    member.follow("领取选票", within=member.main)
    for nth in range(len(sitting.rounds)):
        member.says(sitting.code(nth))
    assert member.overflow() <= 0
    member.page.get_by_role("button", name="领取电子选票").click()
    over = member.page.get_by_role("link", name="前往票箱投票")
    expect(over).to_be_focused()
    member.check()
    assert "cadre-collect" in member.stored()
    with member.page.expect_navigation():
        over.click()
    expect(member.page.locator(".paper")).to_have_count(len(sitting.rounds))
    assert urlsplit(member.page.url).path == "/box/collected/"
    expect(member.page.locator(".paper.prepared")).to_have_count(len(sitting.rounds))
    assert "#" not in member.page.url
    assert "cadre-collect" not in member.stored(), "the seed stays behind"


def vote(member: Member, choices: dict[str, Choice]) -> str:
    """Mark, check, confirm; the tracking code."""
    mark(member, choices)
    member.page.get_by_role("button", name="核对选票").click()
    member.page.get_by_role("button", name="确认投票").click()
    expect(member.page.get_by_role("heading", name="您的票已投入票箱")).to_be_focused()
    member.says("票箱已签收")
    return member.page.locator(".receipt .tracker").inner_text()


def forgets(member: Member, *names: str) -> None:
    """Neither the page nor the storage knows any more what was chosen, or could cast it again."""
    for kept in (member.stored(), member.page.content()):
        for word in ("agree", "同意", "弃权", "abstain", *names):
            assert word not in kept.replace("title=", ""), f"“{word}” is still there"


def press(page: Page, wanted: str) -> None:
    """Go with the tabulator to what bears these words and press Enter."""
    for _press in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText || ''").strip() == wanted:
            page.keyboard.press("Enter")
            return
    pytest.fail(f"the keyboard does not reach “{wanted}” on {page.url}")


@pytest.mark.covers("BOX-13", "BOX-20")
def test_members_collect_two_ballots_and_cast_both(sitting: Sitting) -> None:
    with sitting.member("changwei1") as phone, sitting.member("changwei2") as keyboard:
        with sitting.member("changwei3") as tabs:
            for member in (phone, keyboard, tabs):
                collect(member, sitting)
            left = len(phone.asked)
            phone.says("等待主持人宣布开始投票", *[sitting.code(nth) for nth in (0, 1)])
            assert phone.overflow() <= 0
            phone.page.reload()
            expect(phone.page.locator(".paper.prepared")).to_have_count(2)

            sitting.do("open", 0)
            trackers = [on_the_phone(phone, sitting), by_keyboard(keyboard, sitting), in_two_tabs(tabs, sitting)]
            closed = sitting.do("close", 0)
            assert set(closed["trackers"]) == set(trackers)
            assert sorted(votes["agree"] for votes in closed["counts"].values()) == [0, 3]
            expect(tabs.page.locator(".paper.cast")).to_have_count(1)

        sitting.do("open", 1)
        expect(phone.paper(sitting.code(1)).get_by_role("button", name="投票")).to_be_visible(timeout=15_000)
        phone.paper(sitting.code(1)).get_by_role("button", name="投票").click()
        second = vote(phone, sitting.choices(1))
        assert second not in trackers
        expect(keyboard.paper(sitting.code(1)).get_by_role("button", name="投票")).to_be_visible(timeout=15_000)
        assert sitting.do("close", 1)["trackers"] == [second]
        expect(keyboard.page.locator(".paper.closed, .paper.tallied")).to_contain_text("已封箱", timeout=15_000)
        phone.page.get_by_role("link", name="在查票名单中查找").or_(phone.page.locator(".foot a").first).click()
        phone.says(second)
        went_over(phone.asked[left:], sitting.county.site.box_address)
        for member in (phone, keyboard):
            member.check()


def on_the_phone(member: Member, sitting: Sitting) -> str:
    """A second agreement is out of reach, nothing is sent before the confirmation, nothing is known after it."""
    row = member.paper(sitting.code(0))
    expect(row.get_by_role("button", name="投票")).to_be_visible(timeout=15_000)
    expect(member.page.get_by_role("status")).to_contain_text("投票已开始")
    row.get_by_role("button", name="投票").click()
    expect(member.page.get_by_role("heading", name="填写选票")).to_be_focused()
    assert member.overflow() <= 0
    for target in member.page.locator(".answer, button").all():
        box = target.bounding_box()
        assert box is not None
        assert box["height"] >= 44
    member.page.get_by_role("button", name="核对选票").click()
    expect(member.page.get_by_role("alert")).to_contain_text("没有填写")
    first, second = sitting.rounds[0]["names"][:2]
    mark(member, {first: Choice.AGREE})
    other = member.page.locator("fieldset", has_text=second)
    expect(other.locator('input[value="agree"]')).to_be_disabled()
    member.page.reload()  # in the middle: the marks are gone, the ballot is not
    row.get_by_role("button", name="投票").click()
    before = len([one for one in member.asked if one.method == "POST"])
    mark(member, sitting.choices(0))
    member.page.get_by_role("button", name="核对选票").click()
    member.page.go_back()
    expect(member.page.get_by_role("heading", name="填写选票")).to_be_visible()
    assert member.page.locator("input:checked").count() == len(sitting.choices(0))
    member.page.get_by_role("button", name="核对选票").click()
    member.says(first, "同意", sitting.code(0))
    assert len([one for one in member.asked if one.method == "POST"]) == before
    member.page.get_by_role("button", name="确认投票").click()
    expect(member.page.get_by_role("heading", name="您的票已投入票箱")).to_be_visible()
    tracker = member.page.locator(".receipt .tracker").inner_text()
    member.page.get_by_role("button", name="返回").click()
    expect(member.page.locator(".paper.cast")).to_contain_text(tracker)
    forgets(member, first, second)
    return tracker


def by_keyboard(member: Member, sitting: Sitting) -> str:
    keys = member.page.keyboard
    expect(member.paper(sitting.code(0)).get_by_role("button", name="投票")).to_be_visible(timeout=15_000)
    press(member.page, "投票")
    for moves in (0, 1):
        for _press in range(40):
            keys.press("Tab")
            if member.page.evaluate("document.activeElement.type") == "radio":
                break
        keys.press("Space")
        for _ in range(moves):
            keys.press("ArrowDown")
    press(member.page, "核对选票")
    press(member.page, "确认投票")
    expect(member.page.get_by_role("heading", name="您的票已投入票箱")).to_be_focused()
    tracker = member.page.locator(".receipt .tracker").inner_text()
    press(member.page, "返回，继续投下一张票")
    expect(member.page.locator(".paper.cast")).to_contain_text(tracker)
    forgets(member, *sitting.rounds[0]["names"])
    return tracker


def in_two_tabs(member: Member, sitting: Sitting) -> str:
    """One ballot counts; the other tab, which was about to send another one, is told so."""
    other = member.context.new_page()
    other.goto(member.page.url)
    for page in (member.page, other):
        page.locator(".paper", has_text=sitting.code(0)).get_by_role("button", name="投票").click(timeout=15_000)
        for name in sitting.rounds[0]["names"]:
            chosen = sitting.choices(0)[name] if page is member.page else Choice.ABSTAIN
            block = page.locator("fieldset", has=page.locator("legend", has_text=name))
            block.locator(f'input[value="{chosen.value}"]').check(force=True)
        page.get_by_role("button", name="核对选票").click()
    held = other.evaluate(STORED)
    member.page.get_by_role("button", name="确认投票").click()
    expect(member.page.get_by_role("heading", name="您的票已投入票箱")).to_be_visible()
    tracker = member.page.locator(".receipt .tracker").inner_text()
    expect(other.locator(".paper.cast")).to_contain_text(tracker)
    # As if that tab had been slower to hear of it: it sends its own ballot under the spent credential.
    other.evaluate("kept => JSON.parse(kept).forEach(([key, value]) => localStorage.setItem(key, value))", held)
    other.reload()
    other.locator(".paper", has_text=sitting.code(0)).get_by_role("button", name="投票").click(timeout=15_000)
    for block in other.locator("fieldset").all():
        block.locator('input[value="abstain"]').check(force=True)
    other.get_by_role("button", name="核对选票").click()
    other.get_by_role("button", name="确认投票").click()
    expect(other.get_by_role("alert").first).to_contain_text("计一次")
    expect(other.locator(".paper.cast")).to_contain_text(tracker)
    other.close()
    member.page.get_by_role("button", name="返回").click()
    return tracker


def went_over(asked: list[Request], box: str) -> None:
    """After leaving the office nothing is asked of it, and nothing that is asked says who asks."""
    assert len(asked) > 10
    for request in asked:
        assert urlsplit(request.url).netloc == box, request.url
        sent = {name for name, value in request.all_headers().items() if value}  # what is in the cache has no sender
        assert not {"cookie", "authorization", "referer"} & sent, request.url
        assert not urlsplit(request.url).query


@pytest.mark.covers("BOX-16", refused=True)
def test_a_key_of_ones_own_is_noticed_at_the_box(county: County) -> None:
    """Item 16: a site that gives one voter another key could know that ballot again; the browser does not vote."""
    people, own = able(), blind.make_key()
    given = {"do": "prepare", "posts": vacant()[-3:-2], "people": [people[46:49]]}
    sitting = Sitting(county, **act(county.site, given))

    def tag(route: Route) -> None:
        """What the site's pages would do if it wanted to: another key, and signatures with it."""
        if route.request.method == "POST":
            blinded = json.loads(route.request.post_data or "")["blinded"]
            signed = {round_: b64(blind.blind_sign(own, base64.b64decode(text))) for round_, text in blinded.items()}
            route.fulfill(json={"signed": signed, "refused": {}})
            return
        answer = route.fetch()
        body, times = re.subn(r'data-key="[^"]+"', f'data-key="{b64(own.public.der)}"', answer.text())
        assert times == 1
        route.fulfill(response=answer, body=body)

    with sitting.member("changwei7") as member:
        member.page.route("**/collect/", tag)
        member.go(f"{sitting.meeting}collect/")
        member.page.get_by_role("button", name="领取电子选票").click()
        with member.page.expect_navigation():
            member.page.get_by_role("link", name="前往票箱投票").click()
        row = member.page.locator(".paper.wrong")
        expect(row).to_contain_text("密钥")
        expect(row).to_contain_text("监票人")
        assert member.page.get_by_role("button", name="投票").count() == 0
        member.check()

    def sign_with_another(route: Route) -> None:
        """The page shows the key of the round, as the wall and everybody else's page do; only the answer is not its."""
        signed = {}
        for round_, text in json.loads(route.request.post_data or "")["blinded"].items():
            blinded = int.from_bytes(base64.b64decode(text)) % own.public.n  # it was made for another modulus
            signed[round_] = b64(blind.blind_sign(own, blinded.to_bytes(own.public.size)))
        route.fulfill(json={"signed": signed, "refused": {}})

    with sitting.member("changwei8") as member:
        member.go(f"{sitting.meeting}collect/")
        member.page.route("**/collect/", sign_with_another)
        member.page.get_by_role("button", name="领取电子选票").click()
        expect(member.page.locator("[data-state]").first).to_contain_text("监票人")
        expect(member.page.get_by_role("status")).to_contain_text("没有领到选票")
        expect(member.page.get_by_role("link", name="前往票箱投票")).to_be_hidden()
        member.check()


def test_what_breaks_on_the_way_costs_no_ballot(county: County) -> None:
    """A dead browser, lost requests, lost answers, a device of two: each ballot counts once, and none is lost."""
    given = {"do": "prepare", "posts": vacant()[-4:-3], "people": [able()[49:52]]}
    sitting = Sitting(county, **act(county.site, given))
    with (
        sitting.member("changwei1") as dying,
        sitting.member("changwei2") as lossy,
        sitting.member("changwei3") as late,
    ):
        for member in (dying, lossy):
            member.go(f"{sitting.meeting}collect/")
            member.page.get_by_role("button", name="领取电子选票").click()
            expect(member.page.get_by_role("link", name="前往票箱投票")).to_be_focused()
        dying.page.reload()  # before it has left: the seed is there, the answers are asked for again
        dying.page.get_by_role("button", name="继续领取").click()
        theirs = lossy.page.get_by_role("link", name="前往票箱投票").get_attribute("href")
        for member in (dying, lossy):
            member.page.get_by_role("link", name="前往票箱投票").click()
            expect(member.page.locator(".paper.prepared")).to_have_count(1)

        before = dying.stored()
        dying.page.goto(str(theirs))  # somebody else with the same device
        expect(dying.page.get_by_role("alert")).to_contain_text("他人")
        assert dying.stored() == before
        assert "#" in dying.page.url
        dying.page.goto(dying.page.url.partition("#")[0])
        dying.page.reload()

        late.page.route(
            "**/collect/", lambda route: route.abort() if route.request.method == "POST" else route.fallback()
        )
        late.go(f"{sitting.meeting}collect/")
        late.page.get_by_role("button", name="领取电子选票").click()
        expect(late.page.get_by_role("status")).to_contain_text("没有应答")
        late.page.unroute("**/collect/")
        late.page.get_by_role("button", name="领取电子选票").click()
        late.page.get_by_role("link", name="前往票箱投票").click()
        expect(late.page.locator(".paper.prepared")).to_have_count(1)

        sitting.do("open", 0)
        for member in (dying, lossy, late):
            member.page.get_by_role("button", name="投票").click(timeout=15_000)
        sent: list[str] = []

        def lose(route: Route) -> None:
            """First the request is lost, then the answer."""
            sent.append(route.request.post_data or "")
            if len(sent) == 2:
                route.fetch()
            if len(sent) < 3:
                route.abort()
            else:
                route.continue_()

        lossy.page.route("**/rounds/*/ballots/", lose)
        trackers = [vote(lossy, sitting.choices(0)), vote(dying, sitting.choices(0))]
        assert len(sent) == 3
        assert len(set(sent)) == 1, "the same bytes are sent again"

        mark(late, sitting.choices(0))
        assert sorted(sitting.do("close", 0)["trackers"]) == sorted(trackers)
        expect(late.page.get_by_role("alert")).to_contain_text("已封箱", timeout=15_000)
        expect(late.page.get_by_role("heading", name="我的选票")).to_be_visible()
        forgets(late, *sitting.rounds[0]["names"])


@pytest.mark.covers("BOX-29")
def test_a_member_collects_and_votes_by_keyboard_alone_at_twice_the_size(county: County) -> None:
    """From the log-in to the receipt without a mouse, in a window at 200 %; nothing is cut off at any step."""
    given = {"do": "prepare", "posts": vacant()[-6:-5], "people": [able()[55:58]]}
    sitting = Sitting(county, **act(county.site, given))
    with sitting.member("changwei4") as member:
        member.page.set_viewport_size(TWICE)  # type: ignore[arg-type]
        member.go(f"{sitting.meeting}collect/")
        press(member.page, "领取电子选票")
        over = member.page.get_by_role("link", name="前往票箱投票")
        expect(over).to_be_focused()
        assert member.overflow() <= 0
        with member.page.expect_navigation():
            member.page.keyboard.press("Enter")
        expect(member.page.locator(".paper.prepared")).to_have_count(1)
        assert member.overflow() <= 0
        sitting.do("open", 0)
        tracker = by_keyboard(member, sitting)
        assert member.overflow() <= 0
        assert sitting.do("close", 0)["trackers"] == [tracker]
        member.check()


@pytest.mark.covers("BOX-29")
def test_pages_of_members_have_no_serious_fault(county: County) -> None:
    """For screen readers, on a phone and at twice the size, at every step and in both languages."""
    given = {"do": "prepare", "posts": vacant()[-5:-4], "people": [able()[52:55]]}
    sitting = Sitting(county, **act(county.site, given))
    found = []
    with (
        sitting.member("changwei5", bypass_csp=True) as chinese,
        sitting.member("changwei6", bypass_csp=True) as english,
    ):
        english.push("English")
        for member in (chinese, english):
            member.go(f"{sitting.meeting}collect/")
            found += faults(member)
            member.page.locator("[data-press]").click()
            expect(member.page.locator("[data-leave]")).to_be_focused()
            found += faults(member)
            member.page.locator("[data-leave]").click()
            expect(member.page.locator(".paper.prepared")).to_have_count(1)
            found += faults(member)
        sitting.do("open", 0)
        for member in (chinese, english):
            member.page.locator(".paper.open button").click(timeout=15_000)
            member.page.locator("form .press").click()
            found += faults(member)
            mark(member, sitting.choices(0))
            member.page.locator("form .press").click()
            found += faults(member)
            member.page.locator(".press").click()
            expect(member.page.locator(".receipt")).to_be_visible()
            found += faults(member)
            member.page.locator(".press").click()
            found += faults(member)
        assert not re.search(
            "[\u3400-\u9fff]", re.sub(r"<[^>]*lang=.zh[^>]*>[^<]*<", "<", english.page.inner_html("main"))
        )
    assert found == []


@pytest.mark.parametrize(("at", "words"), [("/box/collected/", "纸质票码"), ("/box/en/collected/", "for a slip")])
def test_without_script_and_without_ballots_the_page_says_what_to_do(county: County, at: str, words: str) -> None:
    for script in (True, False):
        with county.voter(java_script_enabled=script, viewport=PHONE) as member:
            member.go(at)
            expect(member.page.locator("#view")).to_contain_text(words)


def b64(value: bytes) -> str:
    return base64.b64encode(value).decode()
