"""Entries to remember (测试用的记录)."""

from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from audit import record

AT = datetime(2026, 9, 28, 9, 0, tzinfo=UTC)


def entry(stream: str = "selection:17", **changed: Any) -> record.Entry:
    given: dict[str, Any] = {
        "stream": stream,
        "action": "open_notice",
        "actor": {"id": "9", "name": "周勤", "dept": "县委组织部", "role": "staff", "auth": "password"},
        "at": AT,
        "basis": "",
        "case": "selection:17",
        "object": ("appointment", "31"),
        "data": {"given": {"seats": 1}},
        "files": [],
        "req": "r1",
        "state": "",
        "sealed": {},
    }
    return record.Entry(**(given | changed))


def remember(*entries: record.Entry) -> list[record.Appended]:
    with transaction.atomic():
        return record.append(entries)
