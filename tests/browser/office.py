"""One person at a browser: what can be seen, followed, filled in and sent (浏览器里的一个人).

Nothing here knows the site but its address.  After every step the page is asked whether the browser complained about it
(errors in its console, a breach of the content security policy) and whether anything was asked of another machine.
"""

import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from playwright.sync_api import Browser, ConsoleMessage, Download, Locator, Page, Request, Response

from selection.enums import Act

PASSWORD = "yanshi-2026"
DESK = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}
_STATUS = re.compile(r"Failed to load resource: the server responded with a status of 4\d\d")


class Visitor:
    """A browser of one's own, with its own cookies; ``viewport`` is its window."""

    def __init__(self, browser: Browser, address: str, *, viewport: Mapping[str, int] = DESK, **context: Any) -> None:
        self.root = f"http://{address}"
        self.faults: list[str] = []
        window = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", "viewport": dict(viewport), **context}
        self.context = browser.new_context(**window)
        self.context.set_default_timeout(15_000)
        self.context.on("request", self._requested)
        self.context.on("console", self._complained)
        self.context.on("weberror", lambda error: self.faults.append(f"script failed: {error.error}"))
        self.page: Page = self.context.new_page()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.context.close()

    def _requested(self, request: Request) -> None:
        if not request.url.startswith((f"{self.root}/", "data:")):
            self.faults.append(f"asked another machine: {request.url}")

    def _complained(self, message: ConsoleMessage) -> None:
        """A refused form is answered with 422, which the browser notes as an error of its own."""
        if message.type in ("error", "warning") and not _STATUS.match(message.text):
            self.faults.append(f"{message.type}: {message.text}")

    # --- going ----------------------------------------------------------------------------------------------------

    def go(self, path: str, *, status: int = 200) -> None:
        """Open an address of the site."""
        answer = self.page.goto(path if path.startswith("http") else f"{self.root}{path}")
        self._arrived(answer, status)

    def press(self, thing: Locator, *, status: int = 200) -> None:
        """Press something that leads to another page."""
        with self.page.expect_navigation() as going:
            thing.click()
        self._arrived(going.value, status)

    def follow(self, words: str | re.Pattern[str], *, within: Locator | None = None, status: int = 200) -> None:
        """Follow the link of these words."""
        self.press((within or self.page).get_by_role("link", name=words).first, status=status)

    def push(self, words: str | re.Pattern[str], *, within: Locator | None = None, status: int = 200) -> None:
        """Push the button of these words, which sends a form."""
        self.press((within or self.page).get_by_role("button", name=words).first, status=status)

    def fetch(self, thing: Locator) -> bytes:
        """Download what a link leads to."""
        with self.page.expect_download() as coming:
            thing.click()
        download: Download = coming.value
        self.check()
        return Path(download.path()).read_bytes()

    def _arrived(self, answer: Response | None, status: int) -> None:
        assert answer is not None
        assert answer.status == status, f"{answer.url} answers {answer.status}:\n{self.words[:2000]}"
        self.check()

    def check(self) -> None:
        """Fail on what the browser complained about."""
        assert not self.faults, f"{self.page.url}: {self.faults}"

    # --- reading --------------------------------------------------------------------------------------------------

    @property
    def words(self) -> str:
        """What stands on the page."""
        return self.page.locator("body").inner_text()

    @property
    def main(self) -> Locator:
        return self.page.locator("main")

    def says(self, *words: str) -> None:
        """The page says all of this."""
        shown = self.words
        for one in words:
            assert one in shown, f"“{one}” does not stand on {self.page.url}:\n{shown}"

    def unmet(self) -> dict[str, str]:
        """Requirements that do not hold, as the page lists them → the article on which each rests."""
        found = {}
        for item in self.page.locator(".requirement-stop, .requirement-waivable").all():
            says = item.locator(".requirement-words p").first.evaluate("p => p.firstChild.textContent.trim()")
            article = item.locator(".citation summary")
            found[says] = article.inner_text() if article.count() else ""
        return found

    def overflow(self) -> int:
        """By how many pixels the page is wider than its window."""
        wider: int = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return wider

    def today(self) -> date:
        """The day that the demonstration clock shows on this page."""
        year, month, day = re.findall(r"\d+", self.page.locator(".clock p").inner_text())[:3]
        return date(int(year), int(month), int(day))

    # --- filling in -----------------------------------------------------------------------------------------------

    @property
    def form(self) -> Locator:
        return self.page.locator("form#act")

    def fill(self, **values: Any) -> None:
        """Fill in fields by their names; ``__`` stands for a hyphen."""
        for name, value in values.items():
            self._fill(self.form.locator(f'[name="{name.replace("__", "-")}"]'), value)

    def _fill(self, field: Locator, value: Any) -> None:
        tag, kind = field.first.evaluate("e => [e.tagName, e.type]")
        if kind in ("radio", "checkbox"):
            self._tick(field, value)
        elif tag == "SELECT":
            chosen = field.locator(f'option[value="{value}"]')
            chosen = chosen if chosen.count() else field.locator("option", has_text=str(value))
            field.select_option(value=chosen.first.get_attribute("value"))
        elif kind == "file":
            field.set_input_files(value)
        else:
            field.fill(str(value))

    def _tick(self, boxes: Locator, value: Any) -> None:
        """Tick exactly the boxes whose value or label is among these."""
        wanted = [value] if isinstance(value, str | bool) else list(value)
        for box in boxes.all():
            own, label = box.evaluate("e => [e.value, e.closest('label').innerText]")
            chosen = wanted[0] if isinstance(value, bool) else any(one == own or str(one) in label for one in wanted)
            if chosen or box.get_attribute("type") == "checkbox":
                box.set_checked(chosen)

    def send(self, *, status: int = 200) -> None:
        """Send the form of the page."""
        self.press(self.form.locator('button[type="submit"]').last, status=status)

    # --- in the office --------------------------------------------------------------------------------------------

    def log_in(self, username: str) -> None:
        """Come in through the log-in page."""
        self.go("/office/")
        self.page.locator('[name="username"]').fill(username)
        self.page.locator('[name="password"]').fill(PASSWORD)
        self.push("登录", within=self.main)
        assert self.page.url == f"{self.root}/office/", self.words

    def log_out(self) -> None:
        self.page.locator(".bar-account summary").click()
        self.push("退出登录")

    def acts(self, act: Act, about: str = "") -> Locator:
        """Links to the page of an act; ``about`` is a name in the link or in its row, or a part of its address."""
        way = f'a[href*="/{act.value}/"]'
        if about.isascii():
            return self.main.locator(f'{way}[href*="{about}"]' if about else way)
        named = self.main.locator(way).filter(has_text=about)
        return named if named.count() else self.main.locator("tr, li, section").filter(has_text=about).locator(way)

    def take(self, act: Act, about: str = "") -> None:
        """Go to the page of an act by a link that stands on this page."""
        found = self.acts(act, about)
        if not found.count():  # somebody else has done something since this page was opened
            self.go(self.page.url)
        assert found.count(), f"no way to {act.value} {about} on {self.page.url}:\n{self.words}"
        self.press(found.first)

    def do(self, act: Act, about: str = "", **values: Any) -> None:
        """Perform an act from this page, and be told that it is done."""
        self.take(act, about)
        self.fill(**values)
        self.send()
        self.done(act)

    def done(self, act: Act) -> None:
        told = self.page.locator(".messages li.success")
        assert told.count(), f"{act.value} was not done:\n{self.words}"

    def refused(self, act: Act, about: str = "", **values: Any) -> dict[str, str]:
        """Try an act that is refused; what does not hold, with its article."""
        self.take(act, about)
        self.fill(**values)
        self.send(status=422)
        unmet = self.unmet()
        assert unmet, self.words
        return unmet
