"""What the notary hands out: one checkpoint a day, into a folder and by mail (每日封签).

A checkpoint shows later what was altered only if it lies where no administrator of the site reaches.  So the first one
of a day leaves by itself.  It is kept in the notary's own folder until it has gone all ways; a folder that is not
mounted or a mail server that does not answer only puts it off.
"""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Final

from audit import chain
from audit.keeping import put

PATIENCE: Final = 10.0
"""Seconds that a mail server may take to answer."""


@dataclass(frozen=True)
class Letter:
    """One checkpoint on its way: its note, and the request by which a witness is asked to cosign it (C2SP
    tlog-witness): from which size on it is shown to extend, the proof of that, and the note."""

    number: int
    note: str
    request: str

    @classmethod
    def of(cls, before: int, path: Sequence[bytes], note: str) -> Letter:
        checkpoint = chain.Note.parse(note).checkpoint
        return cls(checkpoint.number, note, chain.written_request(before, path, note))

    @property
    def name(self) -> str:
        return f"checkpoint-{self.number:08d}"


Way = Callable[[Letter], None]
"""Takes a letter where it is to go; OSError where that cannot be done now."""


class Outbox:
    """Letters that have not gone yet, in files of the notary's own folder, and the ways they go."""

    def __init__(self, root: Path, ways: Sequence[Way]) -> None:
        self._root, self._ways = root, ways
        root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def put(self, letter: Letter) -> None:
        """Keep it until it has gone; it replaces one of the same number, which then was never published."""
        if self._ways:
            put(self._root, f"{letter.name}.add", letter.request.encode())

    def send(self) -> str:
        """Let everything go that can, the earliest first; why something could not, or nothing.

        Whatever went one way and not another goes both ways again.
        """
        for file in sorted(self._root.glob("*.add")):
            letter = Letter.of(*chain.read_request(file.read_text(encoding="utf-8")))
            try:
                for way in self._ways:
                    way(letter)
            except (OSError, smtplib.SMTPException) as trouble:
                return type(trouble).__name__
            file.unlink()
        return ""


def into_folder(folder: Path) -> Way:
    """Into a folder that somebody else takes away: a share, a disc, a stick; the note to read, the request for a
    witness."""

    def way(letter: Letter) -> None:
        put(folder, f"{letter.name}.txt", letter.note.encode(), mode=0o644)
        put(folder, f"{letter.name}.add", letter.request.encode(), mode=0o644)

    return way


def by_mail(server: str, sender: str, recipients: Sequence[str]) -> Way:
    """By the mail server ``host:port``, enciphered where it offers that; without an account on it."""
    host, _, port = server.rpartition(":")

    def way(letter: Letter) -> None:
        at = chain.Note.parse(letter.note).checkpoint.at
        mail = EmailMessage()
        mail["From"], mail["To"] = sender, ", ".join(recipients)
        mail["Subject"] = f"全程纪实第 {letter.number} 号封签（{at:%Y-%m-%d}）"
        mail.set_content(f"{WORDS}\n{letter.note}")
        # As bytes: mail would change the line ends of a text.
        mail.add_attachment(
            letter.note.encode(), maintype="application", subtype="octet-stream", filename=f"{letter.name}.txt"
        )
        with smtplib.SMTP(host, int(port), timeout=PATIENCE) as connection:
            if connection.has_extn("starttls"):
                connection.starttls()
            connection.send_message(mail)

    return way


WORDS: Final = """\
这是全程纪实今日的封签。请保存本邮件，不要交给本系统管理员保管；今后凭它可查出此前的记录是否被改动。
This is today's checkpoint of the process record.  Keep this mail where no administrator of the site reaches.
"""
