"""The notary as a process: what it says and how it ends where it cannot do what it was asked (公证进程)."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.served import ROOT

NOBODY = "postgresql://notary:geheim@127.0.0.1:1/site"
"""Where no database answers, with a password that must stand in no log."""


def begun(folder: Path, *arguments: str, **variables: str) -> subprocess.Popen[str]:
    """A notary that inherits nothing of this process but the way to its programs."""
    environment = {"PATH": os.environ["PATH"], "NOTARY_DATABASE_URL": NOBODY, "NOTARY_STATE": str(folder)}
    return subprocess.Popen(
        [sys.executable, "-m", "cadre.notary", *arguments],
        cwd=ROOT,
        env=environment | variables,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def said(process: subprocess.Popen[str], code: int) -> str:
    """What it wrote before it ended with this exit code: sentences, neither its path through the code nor a secret."""
    _out, words = process.communicate(timeout=60)
    assert process.returncode == code, words
    assert "Traceback" not in words
    assert "geheim" not in words
    return words


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--succeed", "nowhere/key.pub"], 2, "The keys of the notary before cannot be read"),
        (["--succeed"], 2, "--succeed: expected one argument"),
        (["--sign"], 2, "unrecognized arguments: --sign"),
        (["--well"], 1, "The database does not answer: OperationalError"),
    ],
)
def test_notary_says_what_is_wrong_with_what_it_was_told(
    tmp_path: Path, arguments: list[str], code: int, says: str
) -> None:
    assert says in said(begun(tmp_path / "notary", *arguments), code)
    assert not (tmp_path / "notary").exists()


def test_notary_without_its_variables_names_them(tmp_path: Path) -> None:
    assert "NOTARY_STATE" in said(begun(tmp_path, NOTARY_STATE=""), 2)


def test_folder_that_cannot_be_written_is_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "Its folder cannot be written" in said(begun(tmp_path / "file" / "notary"), 1)


def test_database_that_is_away_is_told_once_and_asked_again_until_the_notary_is_ended(tmp_path: Path) -> None:
    notary = begun(tmp_path / "notary", LOG_FORMAT="json")
    assert notary.stderr is not None
    line = json.loads(notary.stderr.readline())
    assert (line["level"], line["logger"]) == ("WARNING", "cadre.notary")
    assert line["message"] == "The database does not answer: OperationalError"
    notary.send_signal(signal.SIGTERM)
    assert said(notary, 0) == ""
