"""A whole site, served in a scratch folder as a person would serve it (供测试用的真实站点)."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

ROOT = Path(__file__).resolve().parents[1]
ANSWERS = re.compile(r"http://127\.0\.0\.1:\d+")


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """A data folder that is gone afterwards.

    Not pytest's own temporary folder: any other run closes it to the account of the site.
    """
    with tempfile.TemporaryDirectory(prefix="cadre-serve-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder) / "var"


def free_addresses() -> tuple[str, str]:
    """Two that nobody listens on."""
    with socket.socket() as one, socket.socket() as other:
        for probe in (one, other):
            probe.bind(("127.0.0.1", 0))
        return tuple(f"127.0.0.1:{probe.getsockname()[1]}" for probe in (one, other))  # type: ignore[return-value]


class Site:
    """One ``serve`` as a person would start it, with what it said."""

    def __init__(self, data: Path, **variables: str) -> None:
        self.data = data
        self.address, self.box_address = free_addresses()
        self.environment = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
        self.environment |= {"DATA_ROOT": str(data), "BIND": self.address, "LC_ALL": "C.UTF-8"}
        self.environment |= {"BOX_BIND": self.box_address, **variables}
        self.said: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "serve"],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def until_it_answers(self) -> "Site":
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(line)
            if ANSWERS.search(line):
                return self
        pytest.fail("".join(["the site ended:\n", *self.said]))

    def get(self, path: str) -> bytes:
        """A page of the site or, where the path is one of its own, of the box."""
        address = self.box_address if path.startswith("/box/") else self.address
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"http://{address}{path}") as answer:
            content: bytes = answer.read()
            return content

    def until_ready(self) -> bool:
        """Whether worker and clock make their first round within a minute."""
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with contextlib.suppress(urllib.error.HTTPError):
                return self.get("/readyz") == b"ready\n"
        return False

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command of ``manage.py`` beside the site, as its administrator would."""
        return self.run_python("manage.py", *command)

    def run_python(self, *command: str, timeout: float = 120) -> subprocess.CompletedProcess[str]:
        """Run a program beside the site, with the site's own variables."""
        command_line, env = [sys.executable, *command], self.environment | {"LC_ALL": "C.UTF-8"}
        return subprocess.run(
            command_line, cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=timeout
        )

    def family(self) -> list[psutil.Process]:
        me = psutil.Process(self.process.pid)
        return [me, *me.children(recursive=True)]

    def end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        self.said.append(self.rest())
        return self.process.returncode

    def rest(self) -> str:
        """What it says until it ends by itself."""
        said, _ = self.process.communicate(timeout=60)
        return said


def gone(family: list[psutil.Process]) -> list[psutil.Process]:
    """Those that are still there after a while that is generous."""
    _, alive = psutil.wait_procs(family, timeout=20)
    return alive


@contextlib.contextmanager
def whole_site(**variables: str) -> Iterator[Site]:
    """A demonstration site as ``manage.py serve`` starts it, ready; it leaves no process behind."""
    with scratch() as data:
        served = Site(data, DEMONSTRATION="yes", **variables).until_it_answers()
        try:
            assert served.until_ready(), "worker and clock have not made their first round"
            yield served
        finally:
            family = served.family()
            assert served.end(signal.SIGTERM) == 0
            assert gone(family) == []
            assert served.process.stdout is not None
            served.process.stdout.close()
