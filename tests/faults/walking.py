"""A ballot, a notice and its papers, carried through while processes are killed (票决、公示、文书的往复办理)."""

import hashlib
import json
import queue
import re
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from tests.faults import looking
from tests.faults.visiting import Ledger, Visitor, until
from tests.served import Site

VOTERS = 5
FILED = "5c" * 32
"""Digest of the replies of `tests.factories`, which are rows alone: nothing was ever filed under it."""
PREPARING_TAKES = 900.0
#: How many papers may wait at once: one is made slower than another is asked for, and all are waited for at the end.
MOST_WAITING = 12


@dataclass(frozen=True)
class Matter:
    """One selection whose ballot is open; see ``preparing``."""

    selection: int
    number: str
    round: int
    box: str
    chosen: int
    candidates: list[int]
    codes: list[str]

    @property
    def page(self) -> str:
        return f"/office/selections/{self.number}/"


def prepare(site: Site, number: int) -> list[Matter]:
    """So many selections with an open ballot, in a site that has nothing in it yet."""
    done = site.run_python("-m", "tests.faults.preparing", str(number), timeout=PREPARING_TAKES)
    assert done.returncode == 0, done.stderr[-3000:]
    return [Matter(**json.loads(line)) for line in done.stdout.splitlines() if line.startswith("{")]


class Office:
    """The officer, the secretary and the voters of every matter."""

    def __init__(self, site: Site, ledger: Ledger) -> None:
        self.site, self.ledger = site, ledger
        self.stop = threading.Event()

    def walk(self, matters: Sequence[Matter], *, at_once: int) -> None:
        """Carry every matter to the end of its notice; then ask for papers until somebody says stop.

        Matters that are left when it is time to stop stay as they are, their ballots open and empty.
        """
        waiting: queue.SimpleQueue[Matter] = queue.SimpleQueue()
        for matter in matters:
            waiting.put(matter)
        with ThreadPoolExecutor(at_once) as people:
            for done in [people.submit(self._work, waiting) for _ in range(at_once)]:
                done.result()

    def _work(self, waiting: "queue.SimpleQueue[Matter]") -> None:
        officer, secretary, scrutineer = (
            Visitor(self.site.address, self.ledger, name) for name in ("jingban", "shuji", "jianpiao1")
        )
        last: Matter | None = None
        while True:
            try:
                last = waiting.get_nowait()
            except queue.Empty:
                break
            self.carry(last, officer, secretary, scrutineer)
            if self.stop.is_set():
                return
        while last is not None and not self.stop.wait(1.0):
            if looking.waiting(self.site) < MOST_WAITING:
                self.ask_for_paper(last, officer)

    def carry(self, matter: Matter, officer: Visitor, secretary: Visitor, scrutineer: Visitor) -> None:
        """From the open ballot to the end of the notice."""
        self.vote(matter)
        scrutineer.do("agree_closing", "round", matter.round)
        secretary.do("close_ballot", "round", matter.round)
        secretary.do("announce_result", "round", matter.round)
        listed = Visitor(self.site.box_address, self.ledger).look(f"/box/{matter.box}/ballots/")
        looking.check_receipts(listed.page, self.ledger.ballots[matter.box], VOTERS)
        officer.do("publish_notice", "candidacy", matter.chosen, phone="0000-12380", address="县委组织部干部监督科")
        self.ask_for_paper(matter, officer)
        officer.move_clock("end_of_notice")
        until(lambda: self.is_noticed(matter), f"the clock has seen the end of the notice of {matter.number}")
        self.ask_for_paper(matter, officer)
        way = until(lambda: officer.link(matter.page, "/close_notice/"), f"{matter.number} offers to close the notice")
        officer.do("close_notice", "appointment", int(re.findall(r"/appointment/(\d+)/", way)[0]))
        self.ledger.note("matters")

    def vote(self, matter: Matter) -> None:
        """All at once, as in a meeting: each agrees with the one who is chosen and with nobody else."""
        choices: dict[str, Any] = {f"choice-{pk}": "disagree" for pk in matter.candidates}
        choices[f"choice-{matter.chosen}"] = "agree"
        with ThreadPoolExecutor(VOTERS) as booth:
            for done in [
                booth.submit(Visitor(self.site.box_address, self.ledger).cast, matter.box, code, choices)
                for code in matter.codes
            ]:
                done.result()

    def ask_for_paper(self, matter: Matter, officer: Visitor) -> None:
        officer.do("request_document", "selection", matter.selection, kind="record_form")

    def time_of_a_paper(self, matter: Matter) -> float:
        """Seconds from asking for a paper until it is kept, while nobody is disturbed."""
        assert self.site.until_ready()
        began = time.monotonic()
        self.ask_for_paper(matter, Visitor(self.site.address, self.ledger, "jingban"))
        until(lambda: looking.waiting(self.site) == 0, "a paper is made in peace")
        return time.monotonic() - began

    def is_noticed(self, matter: Matter) -> bool:
        met = "SELECT count(*) FROM selection_deadline WHERE kind = 'notice_end' AND met_at IS NOT NULL"
        return looking.number(self.site, f"{met} AND selection_id = %s", matter.selection) == 1


def fetch_papers(officer: Visitor, matter: Matter) -> int:
    """Every paper of the matter as a reader gets it, compared with the digest beside it; how many there are."""
    fetched = 0
    for paper in officer.look(f"{matter.page}papers/").page.select(".paper"):
        link, digest = paper.select_one("a[href]"), paper.select_one(".digest[title]")
        assert link is not None, paper.get_text(" ", strip=True)
        assert digest is not None, paper.get_text(" ", strip=True)
        if digest["title"] == FILED:
            continue
        content = officer.fetch(str(link["href"]))
        assert content.startswith(b"%PDF-")
        assert hashlib.sha256(content).hexdigest() == digest["title"]
        fetched += 1
    return fetched
