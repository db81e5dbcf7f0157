"""The notary as a process: its variables, its rhythm, its end (公证进程)::

    NOTARY_DATABASE_URL=postgresql://cadre_notary@host/site NOTARY_STATE=/var/lib/cadre/notary python -m cadre.notary

``--well`` says by its exit code whether nothing has waited for a minute to be signed.  ``--succeed OLD/key.pub`` begins
anew, in a new folder, over a record that another notary has signed.
"""

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

from audit.notary import Folder, Notary, Refuses, is_well
from cadre import env

EVERY = 1.0
"""Seconds from one step to the next."""

log = logging.getLogger("cadre.notary")


def connect() -> Any:
    """A connection by the notary's own account."""
    password = env.text("NOTARY_DATABASE_PASSWORD", "")
    return psycopg2.connect(env.text("NOTARY_DATABASE_URL"), **({"password": password} if password else {}))


def before(arguments: Sequence[str]) -> str:
    """The public keys of the notaries before this one, from the file that follows ``--succeed``."""
    after = arguments.index("--succeed") + 1 if "--succeed" in arguments else 0
    return Path(arguments[after]).read_text(encoding="utf-8") if after else ""


def main(arguments: Sequence[str]) -> int:
    """Take a step every second until SIGTERM; exit code 1 where nothing may be signed any more."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    if "--well" in arguments:
        return 0 if is_well(connect(), datetime.now(UTC)) else 1
    ended: list[int] = []
    for one in (signal.SIGTERM, signal.SIGINT):
        signal.signal(one, lambda number, _frame: ended.append(number))
    try:
        notary = Notary(Folder(Path(env.text("NOTARY_STATE"))), connect, before(arguments))
        while not ended:
            began = time.monotonic()
            try:
                notary.step()
            except (psycopg2.OperationalError, psycopg2.InterfaceError) as trouble:
                log.warning("The database does not answer: %s", type(trouble).__name__)
            time.sleep(max(0.0, EVERY - (time.monotonic() - began)))
    except Refuses as why:
        log.error("%s", why)
        return 1
    except ImproperlyConfigured as why:
        log.error("%s", why)
        return 2
    except OSError as trouble:
        log.error("公证文件夹写不了，未发布封签。\nIts folder cannot be written, nothing was published: %s", trouble)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
