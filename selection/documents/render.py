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
from collections.abc import Mapping
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
    with translation.override(OFFICIAL):
        html = render_to_string(template, dict(context))
        fonts.check(text_of(html))
    return press(html)


def text_of(html: str) -> str:
    """What a reader will see of an HTML document, and its title."""
    collected = _Text()
    collected.feed(html)
    collected.close()
    return "\n".join(collected.parts)


def press(html: str) -> bytes:
    """Have a child process make the PDF, with our fonts and nothing of our environment."""
    style = Path(settings.BASE_DIR) / "static" / "documents" / "paper.css"
    with tempfile.TemporaryDirectory(prefix="press-") as folder:
        configuration = Path(folder) / "fonts.conf"
        configuration.write_text(fonts.configuration(Path(folder) / "cache"), encoding="utf-8")
        environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "HOME": folder,
            "FONTCONFIG_FILE": str(configuration),
            "SOURCE_DATE_EPOCH": "0",
        }
        if "LD_LIBRARY_PATH" in os.environ:
            environment["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH"]
        try:
            done = subprocess.run(  # noqa: S603 - our own program, and nothing of the paper is an argument
                [sys.executable, "-I", "-X", "utf8", str(_PRESS), str(style)],
                input=html.encode(),
                capture_output=True,
                timeout=SECONDS,
                cwd=folder,
                env=environment,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise PressFailed(f"no PDF within {SECONDS} s") from error
    if done.returncode in _FROM_OUTSIDE:
        raise InterruptedError(f"the press was ended by {signal.Signals(-done.returncode).name}")
    if done.returncode == NO_ROOM:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if done.returncode != 0 or not done.stdout.startswith(b"%PDF-"):
        raise PressFailed(f"the press ended with {done.returncode}: {_last_words(done.stderr)}")
    return done.stdout


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
