"""Ends processes of a served site at random moments, and notes how long each is missed (随机终止进程)."""

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from tests.faults.visiting import PATIENCE, Impatient
from tests.served import Site
from tools import servers

#: What can be ended.  The seven that `serve` looks after come first; then what they have started themselves.
SUPERVISED = ("web", "box", "worker", "clock", "notary", "Valkey", "PostgreSQL")
STARTED = ("web process", "box process", "worker process", "press", "backend")

#: How often the next one is ended before the last one is back.
IN_A_ROW = 0.2


@dataclass
class Death:
    """One process that was ended, and after how many seconds another did its work."""

    kind: str
    pid: int
    at: float
    back_after: float | None = None


@dataclass
class Killer:
    """Ends one process after another, of kinds and at moments that only the seed knows."""

    site: Site
    seed: int
    between: tuple[float, float]
    deaths: list[Death] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    def run(self, kinds: Sequence[str], number: int | None = None) -> None:
        """End one of each of these, in an order of chance; or so many, drawn anew each time from those that are there.

        Of the first, what is not there at its moment waits for a later one.  Mostly the site is whole again before the
        next one is ended, or on a slow machine nothing would ever be under way; now and then it is not.
        """
        waiting = list(kinds)
        self.random.shuffle(waiting)
        most = len(waiting) if number is None else number
        end, moment, in_a_row = time.monotonic() + PATIENCE, 0.0, False
        while len(self.deaths) < most or self.missed():
            self.see_who_is_back()
            if not moment and (in_a_row or self.is_whole()):
                moment = time.monotonic() + self.random.uniform(*self.between)
            if len(self.deaths) < most and 0 < moment <= time.monotonic() and (victim := self.first_alive(waiting)):
                kind, process = victim
                with suppress(psutil.NoSuchProcess):
                    process.kill()
                    self.deaths.append(Death(kind, process.pid, time.monotonic()))
                    if number is None:
                        waiting.remove(kind)
                    else:
                        self.random.shuffle(waiting)
                    end, moment = time.monotonic() + PATIENCE, 0.0
                    in_a_row = self.random.random() < IN_A_ROW
            if time.monotonic() > end:
                raise Impatient(
                    f"{len(self.deaths)} of {most} ended, to choose from {waiting}; not back: {self.missed()}"
                )
            threading.Event().wait(0.05)

    def is_whole(self) -> bool:
        """Whether everything is back, and the worker has come so far that it could make a paper."""
        return not self.missed() and bool(processes(self.site, "worker process"))

    def missed(self) -> set[str]:
        """Kinds that were ended and are not back."""
        return {death.kind for death in self.deaths if death.back_after is None}

    def first_alive(self, waiting: Sequence[str]) -> tuple[str, psutil.Process] | None:
        """The first of these kinds of which there is one, unless it has just been ended and is not back."""
        missed = self.missed()
        for kind in waiting:
            if kind not in missed and (alive := processes(self.site, kind)):
                return kind, self.random.choice(alive)
        return None

    def see_who_is_back(self) -> None:
        for death in self.deaths:
            if death.back_after is None and is_back(self.site, death):
                death.back_after = time.monotonic() - death.at


def is_back(site: Site, death: Death) -> bool:
    """Whether another process does the work of the one that was ended; the press is only there while it is needed."""
    if death.kind in ("press", "backend"):
        return True
    if not any(process.pid != death.pid for process in processes(site, death.kind)):
        return False
    answers = ANSWERS.get(death.kind)
    return answers is None or answers(site)


def _says_it_is_alive(site: Site, probe: str) -> bool:
    try:
        return site.get(probe) == b"alive\n"
    except OSError:
        return False


ANSWERS: dict[str, Callable[[Site], bool]] = {
    "web": lambda site: _says_it_is_alive(site, "/healthz"),
    "box": lambda site: _says_it_is_alive(site, "/box/healthz"),
    "Valkey": lambda site: servers.valkey_answers(site.data),
    "PostgreSQL": lambda site: servers.postgres_answers(site.data),
}


def processes(site: Site, kind: str) -> list[psutil.Process]:
    """The processes of this kind that run at this moment."""
    return [process for process, found in tree(psutil.Process(site.process.pid)) if found == kind]


def tree(serve: psutil.Process) -> Iterator[tuple[psutil.Process, str]]:
    """Every process of the site with what it is."""
    for child in serve.children():
        with suppress(psutil.NoSuchProcess):
            kind = _supervised(child.cmdline())
            yield child, kind
            for grandchild in child.children():
                yield from _started(kind, grandchild)


def _supervised(command: Sequence[str]) -> str:
    own_name = Path(command[0].split()[0]).name if command else ""
    server = {"valkey-server": "Valkey", "postgres": "PostgreSQL"}.get(own_name)
    if "gunicorn" in command:
        return "box" if "box" in command else "web"
    program = {"worker": "worker", "beat": "clock", "cadre.notary": "notary"}
    return server or next((kind for word, kind in program.items() if word in command), "")


def _started(kind: str, process: psutil.Process) -> Iterator[tuple[psutil.Process, str]]:
    with suppress(psutil.NoSuchProcess):
        if kind in ("web", "box"):
            yield process, f"{kind} process"
        elif kind == "worker":
            yield process, "worker process"
            yield from ((one, "press") for one in process.children() if is_press(one))
        elif kind == "PostgreSQL" and process.cmdline()[:1] and process.cmdline()[0].startswith("postgres: cadre"):
            yield process, "backend"


def is_press(process: psutil.Process) -> bool:
    with suppress(psutil.NoSuchProcess):
        return any(Path(word).name == "press.py" for word in process.cmdline())
    return False
