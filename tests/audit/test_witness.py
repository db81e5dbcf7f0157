"""What the notary hands out each day, and the witness that cosigns it elsewhere (每日封签与外部见证)."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from audit import chain, tree
from audit.models import Checkpoint
from audit.notary import HERE
from audit.outbox import Letter, Outbox, Way, by_mail, into_folder
from tests.audit.notarising import Office, many, tampered
from tests.served import ROOT, free_addresses

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.covers("WPR-20", refused=True)]


class Day:
    """An office whose notary hands out the first checkpoint of each day."""

    def __init__(self, office: Office, *ways: Way) -> None:
        self.office, self.outbox = office, Outbox(office.folder / "out", ways)

    def passes(self, entries: int) -> Checkpoint:
        """A day on which so much is recorded; the checkpoint that says so."""
        many(entries)
        self.office.end()
        notary = self.office.start()
        notary.hand_out = self.outbox.put
        state = self.office.folder / "state.json"
        if state.exists():
            kept = json.loads(state.read_text())
            yesterday = self.office.at.astimezone(HERE).date() - timedelta(days=1)
            state.write_text(json.dumps(kept | {"heads_on": yesterday.isoformat()}))
        assert self.office.step() is not None
        assert self.office.step() is None
        return Checkpoint.objects.latest("number")


def witness(inbox: Path, state: Path, *options: str) -> tuple[int, str]:
    """What the witness says on its own machine, to which nothing of the site has come."""
    done = subprocess.run(
        [sys.executable, "-m", "audit.witness", str(inbox), "--state", str(state), "--notary", notarys_key(), *options],
        cwd=ROOT, capture_output=True, encoding="utf-8", check=False, env={"PATH": "/usr/bin"},
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout + done.stderr


def notarys_key() -> str:
    return tree.known_keys()[0].text


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def test_the_witness_cosigns_day_after_day_and_an_auditor_can_ask_for_both_signatures(
    office: Office, inbox: Path, tmp_path: Path
) -> None:
    day = Day(office, into_folder(inbox))
    for entries in (3, 300, 1, 700):
        row = day.passes(entries)
        assert day.outbox.send() == ""
        assert (inbox / f"checkpoint-{row.number:08d}.txt").read_text() == row.note
        assert witness(inbox, tmp_path / "witness", "--name", "纪委见证") == (
            0, f"checkpoint-{row.number:08d}.cosigned.txt\n",
        )  # fmt: skip
        cosigned = (inbox / f"checkpoint-{row.number:08d}.cosigned.txt").read_text()
        (own,) = map(chain.read_key, (tmp_path / "witness" / "key.pub").read_text().split())
        assert own.name == "纪委见证"
        assert chain.opened_note(cosigned, [*tree.known_keys(), own])[1] == (*tree.known_keys(), own)
        assert tree.opened(cosigned, tree.known_keys()).number == row.number  # and the site takes it as it is
    assert list(office.folder.joinpath("out").iterdir()) == []
    assert witness(inbox, tmp_path / "witness")[0] == 0  # nothing new


@pytest.mark.tampers
def test_the_witness_does_not_cosign_a_record_written_anew(office: Office, inbox: Path, tmp_path: Path) -> None:
    """By somebody who has the database, the notary's key and its folder: the checkpoints fit one another."""
    day = Day(office, into_folder(inbox))
    day.passes(5)
    day.passes(4)
    assert day.outbox.send() == ""
    assert witness(inbox, tmp_path / "witness")[0] == 0
    kept = {file.name: file.read_bytes() for file in inbox.iterdir()}
    tampered("DELETE FROM audit_checkpoint", "DELETE FROM audit_subtree", "DELETE FROM audit_leaf",
             "DELETE FROM audit_entry WHERE stream = 'selection:17' AND seq > 7")  # fmt: skip
    office.folder.joinpath("state.json").unlink()
    for _nth in range(3):
        day.passes(2)
    for file in inbox.iterdir():
        file.unlink()
    assert day.outbox.send() == ""
    (last,) = inbox.glob("*2.add")
    for other in inbox.glob("checkpoint-0000000[01]*"):
        other.unlink()
    for name, content in kept.items():
        (inbox / name).write_bytes(content)
    code, said = witness(inbox, tmp_path / "witness")
    assert (code, "未见证" in said, f"{last.stem}.cosigned.txt" in {file.name for file in inbox.iterdir()}) == (
        1, True, False,
    )  # fmt: skip
    tampered()


def mutated(request: str, how: str) -> str:
    before, path, note = chain.read_request(request)
    return {
        "another size": lambda: chain.written_request(before + 1, path, note),
        "another proof": lambda: chain.written_request(before, path[::-1], note),
        "no proof": lambda: chain.written_request(before, [], note),
        "another root": lambda: request.replace("\ncp ", "A\ncp "),
        "cut off": lambda: request[:-20],
        "nothing": lambda: "",
        "a note alone": lambda: note,
    }[how]()


@pytest.mark.parametrize(
    "how", ["another size", "another proof", "no proof", "another root", "cut off", "nothing", "a note alone"]
)
def test_a_request_that_was_altered_is_not_cosigned_and_the_true_one_is_later(
    office: Office, inbox: Path, tmp_path: Path, how: str
) -> None:
    day = Day(office, into_folder(inbox))
    day.passes(5)
    row = day.passes(6)
    assert day.outbox.send() == ""
    file = inbox / f"checkpoint-{row.number:08d}.add"
    true = file.read_text()
    file.write_text(mutated(true, how))
    code, said = witness(inbox, tmp_path / "witness")
    assert (code, f"{file.name}：未见证" in said) == (1, True)
    file.write_text(true)
    assert witness(inbox, tmp_path / "witness")[0] == 0


def test_a_day_that_is_missing_is_named(office: Office, inbox: Path, tmp_path: Path) -> None:
    day = Day(office, into_folder(inbox))
    day.passes(5)
    missing = day.passes(6)
    day.passes(2)
    assert day.outbox.send() == ""
    taken = inbox / f"checkpoint-{missing.number:08d}.add"
    aside = taken.rename(tmp_path / taken.name)
    code, said = witness(inbox, tmp_path / "witness")
    assert (code, "缺中间的文件" in said) == (1, True)
    aside.rename(taken)
    assert witness(inbox, tmp_path / "witness")[0] == 0


def test_a_folder_that_is_not_there_puts_it_off(office: Office, inbox: Path, tmp_path: Path) -> None:
    inbox.rmdir()
    day = Day(office, into_folder(inbox))
    day.passes(3)
    assert day.outbox.send() == "FileNotFoundError"
    day.passes(3)
    day.outbox = Outbox(office.folder / "out", [into_folder(inbox)])  # it was started again meanwhile
    inbox.mkdir()
    assert day.outbox.send() == ""
    assert len(list(inbox.glob("*.txt"))) == len(list(inbox.glob("*.add"))) == 2
    assert witness(tmp_path / "nowhere", tmp_path / "file.txt")[0] == 0  # an empty stick has nothing to cosign
    (tmp_path / "file").touch()
    assert witness(inbox, tmp_path / "file" / "state")[0] == 2


def test_where_nothing_is_to_be_handed_out_nothing_piles_up(office: Office) -> None:
    day = Day(office)
    day.passes(3)
    assert list(office.folder.joinpath("out").iterdir()) == []


class Mailbox:
    """Keeps what comes; refuses while ``is_full``."""

    def __init__(self) -> None:
        self.mails: list[Any] = []
        self.is_full = False

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.is_full:
            return "452 no room"
        self.mails.append((envelope.rcpt_tos, message_from_bytes(envelope.content, policy=policy.default)))
        return "250 OK"


@contextmanager
def post_office(box: Mailbox) -> Iterator[str]:
    address, _other = free_addresses()
    host, _, port = address.rpartition(":")
    controller = Controller(box, hostname=host, port=int(port))
    controller.start()
    try:
        yield address
    finally:
        controller.stop()


def test_the_checkpoint_of_the_day_goes_by_mail_and_waits_while_the_server_is_away(office: Office) -> None:
    box = Mailbox()
    with post_office(box) as address:
        day = Day(office, by_mail(address, "notary@zzb.example", ["jiwei@example", "dangan@example"]))
        row = day.passes(3)
        box.is_full = True
        assert day.outbox.send() == "SMTPDataError"
        box.is_full = False
        assert day.outbox.send() == ""
        assert day.outbox.send() == ""
    ((recipients, mail),) = box.mails
    assert recipients == ["jiwei@example", "dangan@example"]
    assert mail["Subject"].startswith(f"全程纪实第 {row.number} 号封签")
    body = mail.get_body(("plain",)).get_content()
    assert row.note.strip() in body
    (attached,) = mail.iter_attachments()
    assert attached.get_content() == row.note.encode()
    assert attached.get_filename() == f"checkpoint-{row.number:08d}.txt"
    day.passes(1)
    assert day.outbox.send() == "ConnectionRefusedError"
    assert len(list(office.folder.joinpath("out").iterdir())) == 1


def test_a_request_has_one_spelling(office: Office) -> None:
    day = Day(office)
    row = day.passes(3)
    request = Letter.of(0, [], row.note).request
    assert request == f"old 0\n\n{row.note}"
    assert chain.read_request(request) == (0, [], row.note)
    for other in (request.replace("old 0", "old 00"), f"{request}\n", request.replace("old", "Old"), f"\n{request}"):
        with pytest.raises(chain.NotCanonical):
            chain.read_request(other)
