"""Keeps the processes of a site alive: starts them, starts again what has ended, stops all of them in order.

A child that ends is started again after a pause that doubles while it keeps ending at once, up to half a minute.
"""

import os
import pwd
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from django.utils.translation import gettext as _

from tools import servers

SHORTEST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
STEADY = 30.0
"""Seconds after which a child counts as well, and its next end as a first one."""


@dataclass
class Child:
    """One process of the site: what it is called, how it starts and how it is asked to end."""

    name: str
    launch: Callable[[], subprocess.Popen[bytes]]
    farewell: signal.Signals
    log: Path
    patience: float = 20.0
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = SHORTEST_PAUSE
    due: float = field(default=0.0)

    def start(self) -> None:
        self.process, self.started = self.launch(), time.monotonic()

    def stop(self) -> None:
        """Ask it to end; what does not end in time is ended with everything it has started."""
        if self.process is None:
            return
        group = self.process.pid
        if not servers.ask_to_end(self.process, self.farewell, self.patience):
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
            self.process.wait()
        self.process = None


class Stopped(BaseException):
    """Somebody asked for the end: Ctrl-C, SIGTERM, or the terminal was closed."""


def _stop(number: int, _frame: object) -> NoReturn:
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, signal.SIG_IGN)  # the end has begun; asking twice must not break it off
    raise Stopped(signal.Signals(number).name)


class Supervisor:
    """Children in the order of their start; they are stopped the other way round."""

    def __init__(self, to: pwd.struct_passwd, cwd: Path, say: Callable[[str], None]) -> None:
        self.to, self.cwd, self.say = to, cwd, say
        self.children: list[Child] = []

    def __enter__(self) -> "Supervisor":
        for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(one, _stop)
        return self

    def __exit__(self, *_: object) -> None:
        for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(one, signal.SIG_IGN)
        for child in reversed(self.children):
            child.stop()

    def server(self, server: servers.Server) -> Child:
        """Start one of the trial's own servers and wait until it answers."""
        child = Child(server.name, lambda: server.start(self.to, self.cwd), server.farewell, server.log)
        self.add(child)
        assert child.process is not None
        servers.wait_for(server.answers, child.process, server.name, server.log)
        return child

    def program(self, name: str, command: Sequence[str], log: Path, env: dict[str, str]) -> Child:
        """Start one of the site's own programs; what it says goes to ``log``."""

        def launch() -> subprocess.Popen[bytes]:
            with log.open("ab") as to:
                return servers.start(command, to=self.to, farewell=signal.SIGTERM, log=to, cwd=self.cwd, env=env)

        child = Child(name, launch, signal.SIGTERM, log)
        self.add(child)
        return child

    def add(self, child: Child) -> None:
        self.children.append(child)
        child.start()

    def watch(self) -> NoReturn:
        """Look after the children until somebody asks for the end."""
        while True:
            time.sleep(0.3)
            for child in self.children:
                self.look_after(child)

    def look_after(self, child: Child) -> None:
        """Start ``child`` again where it has ended and its pause is over."""
        now = time.monotonic()
        if child.process is None:
            if now >= child.due:
                self.start_again(child, now)
        elif child.process.poll() is not None:
            code, child.process = child.process.returncode, None
            self.put_off(child, now, steady=now - child.started >= STEADY)
            said = {"name": child.name, "code": code, "pause": f"{child.pause:.0f}", "log": child.log}
            self.say(_("%(name)s ended (%(code)s) and starts again in %(pause)s s; see %(log)s.") % said)

    def start_again(self, child: Child, now: float) -> None:
        """A machine without memory or room refuses a start; the others must not end for it."""
        try:
            child.start()
        except (OSError, subprocess.SubprocessError) as problem:
            self.put_off(child, now)
            said = {"name": child.name, "why": problem, "pause": f"{child.pause:.0f}"}
            self.say(_("%(name)s could not be started (%(why)s); tried again in %(pause)s s.") % said)

    def put_off(self, child: Child, now: float, *, steady: bool = False) -> None:
        child.pause = SHORTEST_PAUSE if steady else min(child.pause * 2, LONGEST_PAUSE)
        child.due = now + child.pause
