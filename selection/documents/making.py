"""Making a requested paper (文书制作): rows and entries in, one kept PDF out."""

import hashlib
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.conf import settings
from django.db import Error as DatabaseTrouble
from django.db import connection
from django.utils import translation
from django.utils.translation import gettext as _

from selection.acts import Conflict
from selection.documents import (
    appointed,
    approval,
    ballots,
    checkpoint,
    contexts,
    filing,
    fonts,
    inspected,
    letters,
    minutes,
    render,
    seal,
)
from selection.documents.requests import keep_document
from selection.enums import DocumentState, Paper
from selection.models import Account, Document

_AT_THE_PRESS = 0x9A9E2  # names our advisory locks among others of the database

#: Who puts the words of a paper together, where that is not ``contexts``.
_WORDS = {
    Paper.MINUTES: minutes,
    Paper.CONSULTATION: minutes,
    Paper.BALLOT_PAPER: ballots,
    Paper.COUNT_REPORT: ballots,
    Paper.APPOINTMENT: letters,
    Paper.PRENOTICE: inspected,
    Paper.INSPECTED: inspected,
    Paper.TALK_RECORD: inspected,
    Paper.ASSESSMENT: inspected,
    Paper.INQUIRY: inspected,
    Paper.INSPECTION_REPORT: inspected,
    Paper.APPROVAL_FORM: approval,
    Paper.APPOINTMENT_TALK: appointed,
    Paper.PLEDGE: appointed,
    Paper.INTEGRITY_REPORT: appointed,
    Paper.PROBATION_FORM: appointed,
}

log = logging.getLogger(__name__)


def make(pk: int, *, at: datetime) -> bool:
    """Make one paper; False where it is made already or another worker is at it.

    The paper ends as kept or as failed with a sentence.  What is no fault of the paper (a full disk, a lost database, a
    press that was killed, a seal that cannot be used) is raised, and the paper stays waiting.
    """
    with _alone_with(pk) as alone:
        if not alone:
            return False
        document = Document.objects.select_related("selection").filter(pk=pk, state=DocumentState.REQUESTED).first()
        if document is None:
            return False
        upload, problem, carried, unsealed = None, "", None, ""
        try:
            carried = checkpoint.last_for(document)
            to_seal = document.kind not in checkpoint.BARE
            if to_seal:
                seal.make_ready(at=at)
            made = bare = pdf(document, carried, at=at)
            if to_seal:
                made = seal.sealed(bare, at=at)
            if made != bare:
                unsealed = hashlib.sha256(bare).hexdigest()
            upload = filing.keep(made, f"{document.title}.pdf")
        except fonts.Unprintable as unprintable:
            problem = unprintable.says
        except render.PressFailed as failure:
            log.error("paper %s could not be made: %s", pk, failure)
            problem = _failed()
        except seal.NotSealed as why:
            with translation.override("en"):
                log.error("paper %s waits for its seal: %s", pk, why)
            raise
        except (OSError, DatabaseTrouble):
            raise
        except Exception:
            log.exception("paper %s could not be made", pk)  # trying again each minute would mend nothing
            problem = _failed()
        try:
            keep_document(
                document,
                actor=Account.objects.clock(),
                at=at,
                upload=upload,
                checkpoint=carried and carried.number,
                unsealed=unsealed,
                problem=problem,
            )
        except Conflict:
            return False
        return True


def pdf(document: Document, carried: checkpoint.Carried | None, *, at: datetime) -> bytes:
    """The paper as of that time, without its seal; the same rows, entries, time and checkpoint give the same bytes.

    Raises:
        fonts.Unprintable, render.PressFailed, OSError: as ``render.render``.
    """
    template, context = _WORDS.get(Paper(document.kind), contexts).of(document, at=at)
    return render.render(template, {**context, "carried": carried})


def is_being_made(pk: int) -> bool:
    """Whether a worker is at the paper at this moment; a killed one is not, for its lock went with its connection."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            " AND classid = %s AND objid = %s)",
            _key(pk),
        )
        (found,) = cursor.fetchone()
    return bool(found)


def _failed() -> str:
    with translation.override(settings.LANGUAGE_CODE):
        return _("The paper could not be set.  Have it made again; if it fails again, show this to the administrator.")


def _key(pk: int) -> list[int]:
    """The advisory lock of a paper, as two numbers."""
    return [_AT_THE_PRESS, pk % 2**31]


@contextmanager
def _alone_with(pk: int) -> Iterator[bool]:
    """Whether no other worker is making this paper; the database forgets it with the worker's connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", _key(pk))
        (alone,) = cursor.fetchone()
    try:
        yield alone
    finally:
        if alone:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", _key(pk))
