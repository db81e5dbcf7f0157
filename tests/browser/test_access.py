"""Everybody can use the pages: screen readers, keyboard alone, twice the size, both languages (无障碍)."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.office import DESK, PHONE, Visitor
from tests.browser.way import County, Course, enter

pytestmark = [pytest.mark.browser, pytest.mark.slow]

#: A window of 1280 pixels at 200 %.
TWICE = {"width": 640, "height": 450}


@contextmanager
def looking(county: County, username: str = "") -> Iterator[Visitor]:
    """A browser that lets axe add the styles which the site's policy forbids."""
    with county.stranger(bypass_csp=True) as visitor:
        if username:
            visitor.log_in(username)
        yield visitor


def faults(visitor: Visitor) -> list[str]:
    """Serious faults that axe finds on the page, and whether it is wider than a phone or a window at 200 %."""
    found = Axe().run(visitor.page).response["violations"]
    serious = [
        f"{visitor.page.url} {one['id']}: {one['help']} ({one['nodes'][0]['html'][:120]})"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]
    for window in (TWICE, PHONE):
        visitor.page.set_viewport_size(window)  # type: ignore[arg-type]
        if (wider := visitor.overflow()) > 0:
            serious.append(f"{visitor.page.url} is {wider} px wider than {window['width']}")
    visitor.page.set_viewport_size(DESK)  # type: ignore[arg-type]
    return serious


def test_pages_of_the_office_have_no_serious_fault_in_either_language(voting: Course) -> None:
    officer = voting.county["jingban"]
    officer.go(voting.page)
    ballot = officer.main.locator('a[href*="/ballots/"]').first.get_attribute("href") or ""
    pages = [
        "/office/",
        "/office/selections/",
        *(f"{voting.page}{tab}" for tab in ("", "votes/", "papers/", "record/", "rules/", "people/", "compare/")),
        "/office/act/mandate/1/open_selection/",
        voting.meeting,
        ballot,
        f"{ballot}wall/",
        "/office/people/",
        "/office/units/",
        "/office/inquiries/",
        "/office/rules/",
        "/office/status/",
    ]
    found = []
    with looking(voting.county, "jingban") as officer:
        for language in ("English", "中文"):
            officer.go("/office/")
            officer.push(language)
            for page in pages:
                officer.go(page)
                found += faults(officer)
    assert found == []


def test_pages_of_the_auditor_and_the_administrator_have_no_serious_fault(voting: Course) -> None:
    found = []
    for username, pages in {
        "jiandu": ["/office/process-record/", f"/office/process-record/selections/{voting.number}/", "/office/record/"],
        "guanli": ["/office/accounts/", "/office/act/mandate/1/create_account/"],
    }.items():
        with looking(voting.county, username) as visitor:
            for page in pages:
                visitor.go(page)
                found += faults(visitor)
            if username == "jiandu":
                visitor.go("/office/record/verify/")
                visitor.push("核验全部纪实")
                found += faults(visitor)
    assert found == []


def test_pages_for_everybody_have_no_serious_fault(county: County, voting: Course) -> None:
    found = []
    with looking(county) as anybody:
        for page in ("/office/log-in/", "/notices/", "/notices/?language=en", "/notices/receipt/"):
            anybody.go(page)
            found += faults(anybody)
    with county.voter(bypass_csp=True) as member:
        for page in ("/box/", "/box/en/"):
            member.go(page)
            found += faults(member)
        enter(member, voting.codes[0])
        found += faults(member)
    assert found == []


@pytest.mark.covers("BOX-29")
def test_a_member_votes_with_the_keyboard_alone(county: County, voting: Course) -> None:
    with county.voter(viewport=PHONE) as member:
        member.go("/box/")
        keys = member.page.keyboard
        reach(member, "code")
        keys.type(voting.codes[1].replace("-", "").lower())
        with member.page.expect_navigation():
            keys.press("Enter")
        for name, moves in (("choice-", 0), ("choice-", 1)):
            reach(member, name)
            keys.press("Space")
            for _ in range(moves):
                keys.press("ArrowDown")
        for button in ("核对选票", "确认投票"):
            reach(member, button)
            with member.page.expect_navigation():
                keys.press("Enter")
            member.check()
        member.says("您的票已投入票箱")


def reach(member: Visitor, wanted: str) -> None:
    """Press the tabulator until a field of this name or a button of these words has the focus."""
    for _press in range(40):
        member.page.keyboard.press("Tab")
        name, words = member.page.evaluate(
            "[document.activeElement.name || '', document.activeElement.innerText || '']"
        )
        if wanted in (name, words) or re.match(re.escape(wanted) + r"\d+$", name):
            return
    pytest.fail(f"the keyboard does not reach “{wanted}” on {member.page.url}")
