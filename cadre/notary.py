"""The notary as a process: its variables, its rhythm, its end (公证进程)::

    NOTARY_DATABASE_URL=postgresql://cadre_notary@host/site NOTARY_STATE=/var/lib/cadre/notary python -m cadre.notary

``--well`` says by its exit code whether nothing has waited too long to be signed.  ``--last`` prints the last
checkpoint that it has signed.  ``--succeed OLD/key.pub`` begins anew, in a new folder, over a record that another
notary has signed: where the record has less than that one signed, which its folder says, two people must have said so.
"""

import argparse
import logging
import signal
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg2
from django.core.exceptions import ImproperlyConfigured

from audit import chain
from audit.notary import Folder, Notary, Refuses, State, is_well
from audit.outbox import Outbox, Way, by_mail, into_folder
from cadre import env, logs

EVERY = 1.0
"""Seconds from one step to the next."""
SENT_EVERY = 60.0
"""Seconds from one try to hand out what has not gone yet to the next."""

log = logging.getLogger("cadre.notary")


def connect() -> Any:
    """A connection by the notary's own account."""
    password = env.text("NOTARY_DATABASE_PASSWORD", "")
    return psycopg2.connect(env.text("NOTARY_DATABASE_URL"), **({"password": password} if password else {}))


def options_of(arguments: Sequence[str]) -> argparse.Namespace:
    """What it was asked to do; ends with a sentence where that cannot be understood."""
    parser = argparse.ArgumentParser(prog="python -m cadre.notary", description="公证进程 / the notary of the record")
    parser.add_argument(
        "--well", action="store_true", help="退出码 0：没有积压 / exit code 0: nothing has waited too long to be signed"
    )
    parser.add_argument(
        "--succeed", type=Path, metavar="FILE", help="前一公证进程的 key.pub / of the notary before this one"
    )
    parser.add_argument(
        "--last", action="store_true", help="打印最近签署的封签 / print the last checkpoint that it has signed"
    )
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Take a step every second until SIGTERM; exit code 1 where nothing may be signed any more, 2 for what it was told.

    Whatever the database answers instead is told in the log once and tried again.
    """
    options = options_of(arguments)
    handler = logging.StreamHandler()
    handler.setFormatter(logs.formatter(env.choice("LOG_FORMAT", logs.FORMATS)))
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    try:
        chain.hash_with(env.choice("RECORD_HASH", chain.HASHES))
        if options.well:
            return 0 if is_well(connect(), datetime.now(UTC)) else 1
        if options.last:
            signed = Folder(Path(env.text("NOTARY_STATE"))).state()
            sys.stdout.write(signed.note if signed else "")
            return 0 if signed else 1
        before = options.succeed.read_text(encoding="utf-8") if options.succeed else ""
        signed_before = Folder(options.succeed.parent).state() if options.succeed else None
    except ImproperlyConfigured as why:
        log.error("%s", why)
        return 2
    except Refuses as why:
        log.error("%s", why)
        return 1
    except psycopg2.Error as trouble:
        log.error("The database does not answer: %s", type(trouble).__name__)
        return 1
    except (OSError, UnicodeDecodeError) as trouble:
        log.error("前一公证进程的公钥读不出。\nThe keys of the notary before cannot be read: %s", trouble)
        return 2
    except ValueError as why:  # this Python has no such hash
        log.error("%s", why)
        return 2
    try:
        return sign_until_ended(before, signed_before)
    except Refuses as why:
        log.error("%s", why)
        return 1
    except ImproperlyConfigured as why:
        log.error("%s", why)
        return 2
    except OSError as trouble:
        log.error("公证文件夹写不了，未发布封签。\nIts folder cannot be written, nothing was published: %s", trouble)
        return 1


def sign_until_ended(before: str, signed_before: State | None) -> int:
    """Sign as the successor of the notaries whose keys are ``before``, if any; the exit code once it is ended.

    ``signed_before`` is how far the last of them had come.

    Raises:
        Refuses, OSError, ImproperlyConfigured: as :func:`main` tells.
    """
    ended: list[int] = []
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda number, _frame: ended.append(number))
    folder = Folder(Path(env.text("NOTARY_STATE")))
    outbox = Outbox(folder.root / "out", ways())
    notary = Notary(folder, connect, before, hand_out=outbox.put, before=signed_before)
    database, letters, sent = _Told("The database does not answer"), _Told("A checkpoint could not be handed out"), 0.0
    while not ended:
        began = time.monotonic()
        try:
            notary.step()
            database.hears("")
        except psycopg2.Error as error:  # stopped, being restored or migrated, or its rights are gone
            database.hears(type(error).__name__)
        if began - sent >= SENT_EVERY:
            letters.hears(outbox.send())
            sent = began
        time.sleep(max(0.0, EVERY - (time.monotonic() - began)))
    return 0


def ways() -> list[Way]:
    """How the first checkpoint of each day leaves, as the variables say.

    Raises:
        ImproperlyConfigured
    """
    found = []
    if folder := env.text("NOTARY_OUTBOX", ""):
        found.append(into_folder(Path(folder)))
    if recipients := env.names("NOTARY_MAIL_TO", []):
        server = env.text("NOTARY_MAIL_SERVER")
        if not server.rpartition(":")[2].isdigit():
            raise ImproperlyConfigured(f"NOTARY_MAIL_SERVER is {server!r}, but must be host:port, such as mail:25.")
        found.append(by_mail(server, env.text("NOTARY_MAIL_FROM"), recipients))
    return found


class _Told:
    """Says in the log once that something is wrong, and once that it is over."""

    def __init__(self, what: str) -> None:
        self._what, self._last = what, ""

    def hears(self, trouble: str) -> None:
        if trouble != self._last:
            log.warning("%s: %s", self._what, trouble or "over")
            self._last = trouble


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
