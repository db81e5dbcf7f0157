"""People at the site while its processes are killed: they repeat what was not answered (故障中的用户).

Plain HTTP, so that an answer is either there or lost.  Whoever gets none sends the very same form again, as the page of
a fault says; what a success was answered to is remembered, to be looked for afterwards.
"""

import json
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.client import HTTPException
from http.cookiejar import CookieJar
from typing import Any

from bs4 import BeautifulSoup, Tag

PASSWORD = "yanshi-2026"
PATIENCE = 600.0
"""Seconds for which somebody tries again; far more than any recovery takes."""
LOST = -1
"""In place of a status: no answer came, or none that was whole."""


@dataclass
class Ledger:
    """What was sent and what was answered, by all together."""

    acts: dict[str, str] = field(default_factory=dict)
    """The token of each act that was answered with success → its name."""
    ballots: dict[str, list[str]] = field(default_factory=dict)
    """Round of the box → the tracking codes on the receipts."""
    counted: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, what: str) -> None:
        with self.lock:
            self.counted[what] += 1

    def done(self, act: str, token: str) -> None:
        with self.lock:
            assert token not in self.acts
            self.acts[token] = act

    def received(self, box: str, tracker: str) -> None:
        with self.lock:
            self.ballots.setdefault(box, []).append(tracker)


@dataclass(frozen=True)
class Answer:
    """One answer of the site; ``status`` is ``LOST`` where none came."""

    status: int
    content: bytes = b""
    to: str = ""

    @property
    def text(self) -> str:
        return self.content.decode()

    @property
    def is_unknown(self) -> bool:
        """Whether nobody can tell from it what became of the request."""
        return self.status == LOST or self.status >= 500

    @property
    def page(self) -> BeautifulSoup:
        return BeautifulSoup(self.text, "html.parser")


class _Stay(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer; where it leads is asked for by itself."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class Impatient(AssertionError):
    """The site did not come back."""


class Visitor:
    """Somebody with cookies of one's own, or, in the polling booth, without any."""

    def __init__(self, address: str, ledger: Ledger, username: str = "") -> None:
        self.root, self.ledger, self.username = f"http://{address}", ledger, username
        self.opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPCookieProcessor(CookieJar()), _Stay()
        )
        if username:
            self.log_in()

    # --- one request --------------------------------------------------------------------------------------------

    def ask(self, path: str, data: Mapping[str, Any] | None = None) -> Answer:
        """One request, one answer, or none."""
        body = None if data is None else urllib.parse.urlencode(data, doseq=True).encode()
        request = urllib.request.Request(f"{self.root}{path}", body, {"Accept-Language": "zh-hans"})
        self.ledger.note("requests")
        try:
            with self.opener.open(request, timeout=60) as answer:
                return Answer(answer.status, answer.read())
        except urllib.error.HTTPError as error:
            with error:
                return self._noted(Answer(error.code, error.read(), error.headers.get("Location", "")))
        except (OSError, HTTPException):
            return self._noted(Answer(LOST))

    def send(self, path: str, values: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> dict[str, Any]:
        """JSON as a script sends it, from the page of the same site; the JSON that comes back."""
        about = {"Content-Type": "application/json", "Referer": f"{self.root}{path}", **(headers or {})}
        request = urllib.request.Request(f"{self.root}{path}", json.dumps(values).encode(), about)
        with self.opener.open(request, timeout=60) as answer:
            told: dict[str, Any] = json.loads(answer.read())
        return told

    def _noted(self, answer: Answer) -> Answer:
        if answer.is_unknown:
            self.ledger.note("lost" if answer.status == LOST else "faults")
        return answer

    def insist(self, path: str, data: Mapping[str, Any] | None = None) -> tuple[Answer, int]:
        """The same request until it is answered one way or the other; the answer, and how often it was sent."""
        sent = 0

        def answered() -> Answer | None:
            nonlocal sent
            sent += 1
            answer = self.ask(path, data)
            return None if answer.is_unknown else answer

        return until(answered, f"{path} is answered"), sent

    def look(self, path: str) -> Answer:
        """A page; going where it leads."""
        answer, _sent = self.insist(path)
        while answer.status in (301, 302):
            answer, _sent = self.insist(urllib.parse.urlsplit(answer.to)._replace(scheme="", netloc="").geturl())
        return answer

    # --- in the office ------------------------------------------------------------------------------------------

    def log_in(self) -> None:
        def inside() -> bool:
            form = values_of(self.look("/office/log-in/").page, "form")
            answer = self.ask("/office/log-in/", form | {"username": self.username, "password": PASSWORD})
            return answer.status == 302

        until(inside, f"{self.username} is logged in")

    def do(self, act: str, subject: str, pk: int, /, **values: Any) -> str:
        """Perform an act once, however often its form must be sent; its token."""
        path = f"/office/act/{subject}/{pk}/{act}/"
        shown = self.look(path)
        assert shown.status == 200, f"{act}: {shown.status}\n{words_of(shown)}"
        form = values_of(shown.page, "form#act") | values
        answer, sent = self.insist(path, form)
        if answer.status == 409:
            assert sent > 1, f"{act} was overtaken, though nobody else does it:\n{words_of(answer)}"
            self.ledger.note("done though the answer was lost")
        else:
            assert answer.status == 302, f"{act}: {answer.status}\n{words_of(answer)}"
            self.ledger.note("done on a repeat" if sent > 1 else "done at once")
        self.ledger.done(act, form["token"])
        return str(form["token"])

    def fetch(self, path: str) -> bytes:
        """A file."""
        answer, _sent = self.insist(path)
        assert answer.status == 200, f"{path}: {answer.status}"
        return answer.content

    def link(self, page: str, part: str) -> str:
        """The address of a link of the page whose address holds this; empty where there is none."""
        found = self.look(page).page.select_one(f'a[href*="{part}"]')
        return str(found["href"]) if found else ""

    def move_clock(self, step: str) -> None:
        """A button of the demonstration, which asks nobody for a token: once or twice is the same to it."""
        form = values_of(self.look("/office/").page, ".clock form")
        self.insist("/office/clock/", form | {"step": step})

    # --- in the polling booth -----------------------------------------------------------------------------------

    def cast(self, box: str, code: str, choices: Mapping[str, str]) -> None:
        """One slip: open, mark, check, confirm until there is a receipt."""
        sheet, _sent = self.insist("/box/sheet/", {"code": code})
        assert sheet.status == 200, words_of(sheet)
        review, _sent = self.insist("/box/review/", values_of(sheet.page, "form") | dict(choices))
        assert review.status == 200, words_of(review)
        receipt, sent = self.insist("/box/cast/", values_of(review.page, "form"))
        tracker = receipt.page.select_one(".tracker")
        assert receipt.status == 200, words_of(receipt)
        assert tracker is not None, words_of(receipt)
        self.ledger.received(box, tracker.get_text(strip=True))
        self.ledger.note("ballots confirmed more than once" if sent > 1 else "ballots confirmed once")


def until(found: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
    """Ask until there is something; the pause between two questions grows to a second."""
    end, pause = time.monotonic() + patience, 0.05
    while not (value := found()):
        if time.monotonic() > end:
            raise Impatient(f"not within {patience:.0f} s: {what}")
        threading.Event().wait(pause)
        pause = min(pause * 1.5, 1.0)
    return value


def values_of(page: BeautifulSoup, which: str) -> dict[str, Any]:
    """What a browser would send of a form if nobody touched it."""
    form = page.select_one(which)
    assert form is not None, page.get_text(" ", strip=True)[:600]
    values: dict[str, Any] = {}
    for one in form.select("input[name], select[name], textarea[name]"):
        name, kind = str(one["name"]), one.get("type", "text")
        if one.name == "select":
            value = _chosen(one)
        elif one.name == "textarea":
            value = one.get_text().removeprefix("\n")
        elif kind in ("checkbox", "radio"):
            if not one.has_attr("checked"):
                continue
            value = str(one.get("value", "on"))
        elif kind == "file":
            continue
        else:
            value = str(one.get("value", ""))
        values.setdefault(name, []).append(value)
    return {name: found[0] if len(found) == 1 else found for name, found in values.items()}


def _chosen(select: Tag) -> str:
    chosen = select.select_one("option[selected]") or select.select_one("option")
    return str(chosen.get("value", chosen.get_text())) if chosen else ""


def words_of(answer: Answer) -> str:
    return answer.page.get_text(" ", strip=True)[:1500]
