"""Rendering (排版): from a template to a PDF that can be archived.

Every character is checked against the fonts first: without that a rare character of a name would become an empty box
and nobody would be told.  The work is done by a child process that may fail without taking the worker along.
"""

import errno
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from selection.documents import fonts
from selection.documents.press import NO_ROOM

OFFICIAL = "zh-hans"
SECONDS = 180
_PRESS = Path(__file__).with_name("press.py")
_SILENT = {"style", "script"}
_FROM_OUTSIDE = (-signal.SIGKILL, -signal.SIGTERM, -signal.SIGINT, -signal.SIGHUP)


class PressFailed(Exception):
    """The child process did not deliver a PDF; the text is for the log, it holds no words of the paper."""


def render(template: str, context: Mapping[str, Any]) -> bytes:
    """The PDF of a template, in official Chinese whatever the reader's language.

    Raises:
        fonts.Unprintable: a character has no font.
        PressFailed: nothing can be made of this paper.
        OSError: it can be made another time: the disk was full, or the press was killed.
    """
    with _child() as child:  # which loads what it needs while the words are put together
        with translation.override(OFFICIAL):
            html = render_to_string(template, dict(context))
            fonts.check(text_of(html))
        return child.press(html)


def text_of(html: str) -> str:
    """What a reader will see of an HTML document, and its title."""
    collected = _Text()
    collected.feed(html)
    collected.close()
    return "\n".join(collected.parts)


def press(html: str) -> bytes:
    """Have a child process make the PDF, with our fonts and nothing of our environment."""
    with _child() as child:
        return child.press(html)


@contextmanager
def _child() -> Iterator["Press"]:
    """The press that waits, or a new one; it is gone afterwards, and where one is kept the next one waits."""
    child = next((one for one in (_ahead.pop() for _ in _ahead[:]) if one.is_there), None) or Press()
    try:
        yield child
    finally:
        child.end()
        if _keeping_ahead:
            _ahead.append(Press())


def of_the_machine() -> dict[str, str]:
    """Of our environment what a child process cannot do without: where programs and libraries are."""
    found = {"PATH": os.environ.get("PATH", os.defpath)}
    if "LD_LIBRARY_PATH" in os.environ:
        found["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
    return found


class Press:
    """A child process that has loaded what it needs and waits for the one paper that it will make."""

    def __init__(self) -> None:
        style = Path(settings.BASE_DIR) / "static" / "documents" / "paper.css"
        self._folder = tempfile.TemporaryDirectory(prefix="press-")
        folder = Path(self._folder.name)
        configuration = folder / "fonts.conf"
        configuration.write_text(fonts.configuration(folder / "cache"), encoding="utf-8")
        environment = {
            **of_the_machine(),
            "LANG": "C.UTF-8",
            "HOME": self._folder.name,
            "FONTCONFIG_FILE": str(configuration),
            "SOURCE_DATE_EPOCH": "0",
        }
        self._process = subprocess.Popen(  # noqa: S603 - our own program, and nothing of the paper is an argument
            [sys.executable, "-I", "-X", "utf8", str(_PRESS), str(style)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env=environment,
        )

    @property
    def is_there(self) -> bool:
        """Whether the process still waits; where it does not, what it held is given back."""
        if self._process.poll() is None:
            return True
        self.end()
        return False

    def press(self, html: str) -> bytes:
        """The PDF; the process ends with it."""
        try:
            made, said = self._process.communicate(html.encode(), timeout=SECONDS)
        except subprocess.TimeoutExpired as error:
            raise PressFailed(f"no PDF within {SECONDS} s") from error
        finally:
            self.end()
        ended = self._process.returncode
        if ended in _FROM_OUTSIDE:
            raise InterruptedError(f"the press was ended by {signal.Signals(-ended).name}")
        if ended == NO_ROOM:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        if ended != 0 or not made.startswith(b"%PDF-"):
            raise PressFailed(f"the press ended with {ended}: {_last_words(said)}")
        return made

    def end(self) -> None:
        """Leave no process and no folder behind."""
        if self._process.poll() is None:
            self._process.kill()
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()
        self._process.wait()
        self._folder.cleanup()


_ahead: list[Press] = []
"""The press that waits for the next paper, in a process that keeps one."""
_keeping_ahead = False


def keep_ahead() -> None:
    """From now on have a press waiting in this process: loading it takes longer than a paper."""
    global _keeping_ahead  # noqa: PLW0603 - one for the process, like the press itself
    _keeping_ahead = True
    if not _ahead:
        _ahead.append(Press())


def keep_no_more() -> None:
    """End the press that waits."""
    global _keeping_ahead  # noqa: PLW0603 - as above
    _keeping_ahead = False
    while _ahead:
        _ahead.pop().end()


def _last_words(stderr: bytes) -> str:
    """The kind of the error without its text, which could quote the paper."""
    lines = [line for line in stderr.decode(errors="replace").splitlines() if line and not line[0].isspace()]
    return lines[-1].partition(":")[0] if lines else "silent"


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._inside.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if not self._inside and data.strip():
            self.parts.append(data.strip())
