"""Verifications of the whole record that were asked for, and how they ended (核验任务).

An auditor asks for one, the clock for one every night.  A small record is verified at once; a large one by the worker,
which says meanwhile how far it is, so that whoever asked may leave the page and come back.  Everything lives in a row:
a queue that does not answer, or a worker that is killed, only puts it off until the next scan.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, time, timedelta
from typing import Any, Final, cast

from celery import current_app
from django.conf import settings
from django.db import connections, router
from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from kombu.exceptions import OperationalError

from audit import chain, reading, tree
from audit.models import Entry, Verification

log = logging.getLogger(__name__)

TASK: Final = "audit.tasks.verify_record"
NIGHTLY_FROM: Final = time(2)
"""From this hour on, local time, the clock asks for the verification of a day."""
AT_ONCE: Final = 20_000
"""A record of so many entries is verified while whoever asks for it waits, in about a second."""
STALLED_AFTER: Final = timedelta(minutes=2)
"""A worker that has said nothing for so long is gone."""
SAID_EVERY = timedelta(seconds=1)
FINDINGS_KEPT: Final = 100


def ask(kept: str = "", *, at: datetime) -> Verification:
    """Ask for a verification, also against a checkpoint that was kept elsewhere; a small one is done on return."""
    one = Verification.objects.create(asked_at=at, kept=kept, expected=Entry.objects.count())
    if one.expected <= AT_ONCE:
        carry_out(one.pk)
        one.refresh_from_db()
    else:
        _send(one.pk)
    return one


def keep(at: datetime) -> None:
    """Each minute: ask for the verification of the night, and send again what waits or has stalled."""
    due = datetime.combine(timezone.localdate(at), NIGHTLY_FROM, timezone.get_current_timezone())
    if at >= due and not Verification.objects.filter(asked_at__gte=due).exists():
        ask(at=at)
    for pk in list(_to_do(at).filter(asked_at__lt=at - timedelta(minutes=1)).values_list("pk", flat=True)):
        _send(pk)


def carry_out(pk: int) -> None:
    """Do a verification that was asked for, unless it is done or somebody is at it."""
    at = timezone.now()
    if not _to_do(at).filter(pk=pk).update(touched_at=at, entries=0):
        return
    one = Verification.objects.get(pk=pk)
    with _progress(pk) as progress:
        verdict = reading.verify(kept=_checkpoints(one.kept), progress=progress)
    ended = {"entries": verdict.entries, "finished_at": timezone.now(), "verdict": _written(verdict)}
    Verification.objects.filter(pk=pk).update(**ended)


def latest() -> Verification | None:
    """The last one that was finished."""
    return Verification.objects.filter(finished_at__isnull=False).order_by("-finished_at").first()


def verdict_of(one: Verification) -> reading.Verdict:
    """The verdict of one that is finished; of its findings the first hundred are kept."""
    content: dict[str, Any] = {"rows": 0} | cast("dict[str, Any]", one.verdict)  # of before there were imprints
    signed = dict(content.pop("signed"))
    signed["at"] = parse_datetime(signed["at"]) if signed["at"] else None
    findings = tuple(chain.Finding(**finding) for finding in content.pop("findings"))
    return reading.Verdict(findings=findings, signed=tree.Covered(**signed), **content)


def is_stalled(one: Verification, at: datetime) -> bool:
    """Whether nobody is at it although somebody was, or it waits to be begun for longer than it should."""
    return one.finished_at is None and (one.touched_at or one.asked_at) < at - STALLED_AFTER


def _to_do(at: datetime) -> Any:
    free = Q(touched_at__isnull=True) | Q(touched_at__lt=at - STALLED_AFTER)
    return Verification.objects.filter(free, finished_at__isnull=True)


def _checkpoints(note: str) -> list[chain.Checkpoint]:
    return [tree.opened(note, tree.known_keys())] if note else []


def _written(verdict: reading.Verdict) -> dict[str, Any]:
    content = dataclasses.asdict(dataclasses.replace(verdict, findings=tuple(verdict.findings[:FINDINGS_KEPT])))
    at = verdict.signed.at
    content["signed"]["at"] = at.isoformat() if at else None
    return content


@contextmanager
def _progress(pk: int) -> Iterator[Any]:
    """Says how many entries have been read, every second, by a connection of its own: the other one is reading."""
    other = connections[router.db_for_write(Verification)].copy()
    said = timezone.now()

    def progress(entries: int) -> None:
        nonlocal said
        if (now := timezone.now()) - said >= SAID_EVERY:
            said = now
            with other.cursor() as cursor:
                cursor.execute(
                    "UPDATE audit_verification SET entries = %s, touched_at = %s WHERE id = %s", [entries, now, pk]
                )

    try:
        yield progress
    finally:
        other.close()


def _send(pk: int) -> None:
    """Nudge the worker; a queue that does not answer is no obstacle."""
    try:
        with current_app.connection_for_write(transport_options=settings.QUEUE_BRIEFLY) as connection:
            current_app.send_task(TASK, args=[pk], connection=connection)
    except OperationalError:
        log.warning("verification %s waits for the next scan: the queue does not answer", pk)
