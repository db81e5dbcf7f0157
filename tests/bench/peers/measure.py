"""``python -m tests.bench.peers.measure BLOCKS ROWS``: what each way costs beside a bare write, as JSON (写入开销).

Every write is a transaction of its own: ``ROWS`` rows inserted, then each fetched and saved, block by block, the ways
in an order of chance within a block, so that what else the machine does meets all of them.
"""

import json
import os
import random
import sys
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager, nullcontext
from datetime import UTC, date, datetime
from multiprocessing import get_context
from threading import Barrier
from time import perf_counter
from typing import Any

import django

os.environ["DJANGO_SETTINGS_MODULE"] = "tests.bench.peers.settings"
django.setup()

import pghistory  # noqa: E402
from auditlog.context import set_actor  # noqa: E402
from django.contrib.auth.models import User  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from audit import record  # noqa: E402
from audit.coverage import Cover  # noqa: E402
from audit.imprint import Imprints  # noqa: E402
from tests.bench.peers.models import Bare, Covered, Historic, Logged, Recorded, Tracked, Twelve  # noqa: E402

AT = datetime(2026, 9, 28, 9, 0, tzinfo=UTC)
VALUES: dict[str, Any] = {
    "name": "林示甲",
    "unit": "青石镇人民政府",
    "grade": "乡科级正职",
    "state": "inspected",
    "born_on": date(1980, 1, 1),
    "since": date(2020, 1, 1),
    "at": AT,
    "votes": 11,
    "seats": 1,
    "open": True,
    "reason": "工作需要。",
    "note": "无。",
}
USER = "jingban"
SHARED = ("bare", "record", "record, cover and imprint")
"""The ways of which several processes at once are measured: the best of five rounds, in which they take turns."""


def entry_of(row: Twelve, action: str) -> record.Entry:
    """As an act would have it: who, what was given, where the row stands now; free text as commitments."""
    return record.Entry(
        stream=f"selection:{row.pk}",
        action=action,
        actor={"id": "9", "name": "周勤", "dept": "县委组织部", "role": "staff", "auth": "password"},
        at=AT,
        basis="0" * 64,
        case=f"selection:{row.pk}",
        object=("peer", str(row.pk)),
        data={"given": {"votes": row.votes, "seats": row.seats, "state": row.state, "since": str(row.since)}},
        files=[],
        req=uuid.uuid4().hex,
        state="0" * 64,
        sealed={},
    )


def write(model: type[Any], beside: Callable[[], Any], row: Twelve | None = None) -> Twelve:
    with transaction.atomic(), beside():
        if row is None:
            made: Twelve = model.objects.create(**VALUES)
        else:
            made = model.objects.get(pk=row.pk)
            made.votes += 1
            made.state = "decided"
            made.save()
        if model in (Recorded, Covered):
            record.append([entry_of(made, "put" if row is None else "alter")])
    return made


@contextmanager
def acted_in_auditlog() -> Iterator[None]:
    with set_actor(User.objects.first()):
        yield


WAYS: dict[str, tuple[type[Any], Callable[[], Any]]] = {
    "bare": (Bare, nullcontext),
    "record": (Recorded, nullcontext),
    "record, cover and imprint": (Covered, nullcontext),
    "pghistory": (Tracked, lambda: pghistory.context(user=USER)),
    "simple-history": (Historic, nullcontext),
    "auditlog": (Logged, acted_in_auditlog),
}


def prepare() -> None:
    call_command("migrate", verbosity=0)
    call_command("migrate", verbosity=0, run_syncdb=True)
    call_command("pgtrigger", "install", verbosity=0)
    User.objects.create(username=USER)
    table = Covered._meta.db_table
    columns = [field.column for field in Covered._meta.concrete_fields if field.column not in ("reason", "note")]
    with connection.cursor() as cursor:
        cursor.execute(Cover(table, stream="selection:", column="id").sql)
        cursor.execute(Imprints({table: columns}).sql)


def block(way: str, rows: int) -> float:
    model, beside = WAYS[way]
    began = perf_counter()
    made = [write(model, beside) for _ in range(rows)]
    for row in made:
        write(model, beside, row)
    return perf_counter() - began


def side_by_side(blocks: int, rows: int) -> dict[str, list[float]]:
    """Way → seconds of each block."""
    dice, took = random.Random(20260928), {way: list[float]() for way in WAYS}
    for way in WAYS:
        block(way, 20)  # warm
    for _ in range(blocks):
        for way in dice.sample(list(WAYS), len(WAYS)):
            took[way].append(block(way, rows))
    return took


def writer(way: str, rows: int, ready: Barrier) -> float:
    """When this one was done; it begins when all are connected and warm."""
    block(way, 20)
    ready.wait()
    block(way, rows)
    return perf_counter()


def together(way: str, writers: int, rows: int) -> float:
    """Transactions a second of so many processes."""
    connection.close()
    context = get_context("fork")
    with context.Manager() as manager, ProcessPoolExecutor(writers, context) as pool:
        ready = manager.Barrier(writers + 1)
        running = [pool.submit(writer, way, rows // writers, ready) for _ in range(writers)]
        ready.wait()
        began = perf_counter()
        return 2 * (rows // writers) * writers / (max(one.result() for one in running) - began)


def main(blocks: int, rows: int) -> None:
    prepare()
    told: dict[str, Any] = {"alone": side_by_side(blocks, rows)}
    rates: dict[str, dict[int, float]] = {way: {} for way in SHARED}
    for _round in range(5):
        for way in SHARED:
            for writers in (1, 2, 8):
                rates[way][writers] = max(rates[way].get(writers, 0.0), together(way, writers, 4 * rows))
    told["together"] = rates
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
