"""Having a file examined (验印): what the seal on it says, asked of a child process that may fail."""

import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

from selection.documents import render, seal
from selection.documents.examiner import Seal

SECONDS: Final = 30
_EXAMINER: Final = Path(__file__).with_name("examiner.py")
_one_at_a_time = threading.Lock()  # a file may cost a gigabyte to read, and several may come at once


def seal_on(content: bytes) -> Seal:
    """What the seal on a file says; unclear where the file takes too long, too much, or cannot be read."""
    try:
        ours = b" ".join(one.hex().encode() for one in seal.in_der())
    except seal.NotSealed:
        return Seal.UNCLEAR
    try:
        with _one_at_a_time:
            ended = subprocess.run(  # noqa: S603 - our own program, and nothing of the file is an argument
                [sys.executable, "-I", "-X", "utf8", str(_EXAMINER)],
                input=ours + b"\n" + content,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=render.of_the_machine(),
                timeout=SECONDS,
                check=True,
            )
        return Seal(ended.stdout.decode().strip())
    except (subprocess.SubprocessError, ValueError):
        return Seal.UNCLEAR
