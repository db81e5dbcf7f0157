"""Rushes of appointments (突击提拔调整干部): months with far more than usual, and many just before motions are frozen.

No instrument says what a rush is.  The figures are settings of the rulebook, and what stands here is a question to look
into, not a finding.  Rulebook keys: ``motion.surge_*``.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from operator import attrgetter
from typing import Any

from django.db.models import Count, QuerySet

from selection import clock
from selection.models import Appointment, Freeze
from selection.rulebook.rules import Rules, in_force

MONTHS = 12
"""A month is compared with so many before it, and with none before there were so many."""


@dataclass(frozen=True)
class Day:
    """How many were appointed under a mandate on one day, and by whose rules it is judged."""

    mandate: int
    rulebook: str
    on: date
    number: int


@dataclass(frozen=True)
class Rush:
    """Appointments under a mandate from a day to a day; ``usual`` is a month's mean, ``frozen_on`` a freeze."""

    mandate: int
    from_on: date
    until_on: date
    number: int
    usual: float | None = None
    frozen_on: date | None = None


def rushes(appointments: QuerySet[Appointment], today: date) -> list[Rush]:
    """Every rush among these appointments, the latest first.  Two queries."""
    counted = (
        appointments.filter(appointed_on__isnull=False)
        .order_by("selection__mandate", "appointed_on")
        .values_list("selection__mandate", "selection__mandate__rulebook", "appointed_on")
        .annotate(number=Count("pk"))
    )
    days = [Day(*row) for row in counted]
    if not days:
        return []
    frozen: dict[int, list[date]] = {}
    for mandate, on in Freeze.objects.order_by("pk").values_list("mandate", "from_on"):
        frozen.setdefault(mandate, []).append(on)
    found: list[Rush] = []
    for mandate, rows in groupby(days, key=attrgetter("mandate")):
        of_it = list(rows)
        rules = in_force(of_it[0].rulebook, today)
        if any(rules.asking("motion.surge_watched")):
            found += _unusual_months(of_it, rules)
            found += _before_freezes(of_it, rules, frozen.get(mandate, []))
    return sorted(found, key=lambda one: (one.until_on, one.mandate, one.from_on), reverse=True)


def _unusual_months(days: list[Day], rules: Rules) -> Iterator[Rush]:
    if "motion.surge_factor" not in rules or "motion.surge_least" not in rules:
        return
    factor, least = rules["motion.surge_factor"].value, rules["motion.surge_least"].value
    by_month: Counter[int] = Counter()
    for day in days:
        by_month[day.on.year * 12 + day.on.month - 1] += day.number
    first = min(by_month)
    for month, number in by_month.items():
        before = sum(by_month[month - back] for back in range(1, MONTHS + 1))
        if month - first >= MONTHS and number >= least and number * MONTHS > factor * before:
            begins = date(month // 12, month % 12 + 1, 1)
            after = date((month + 1) // 12, (month + 1) % 12 + 1, 1)
            yield Rush(days[0].mandate, begins, after - timedelta(days=1), number, usual=before / MONTHS)


def _before_freezes(days: list[Day], rules: Rules, freezes: list[date]) -> Iterator[Rush]:
    if "motion.surge_days" not in rules or "motion.surge_least" not in rules:
        return
    for frozen_on in freezes:
        begins = frozen_on - timedelta(days=rules["motion.surge_days"].value)
        number = sum(day.number for day in days if begins <= day.on < frozen_on)
        if number >= rules["motion.surge_least"].value:
            yield Rush(days[0].mandate, begins, frozen_on - timedelta(days=1), number, frozen_on=frozen_on)


def appointed_in(rushes_shown: list[Rush], appointments: QuerySet[Appointment]) -> dict[Rush, list[Any]]:
    """Rush → its appointments with person, post and selection.  One query for all that are shown."""
    if not rushes_shown:
        return {}
    rows = list(
        appointments.filter(
            selection__mandate__in={one.mandate for one in rushes_shown},
            appointed_on__gte=min(one.from_on for one in rushes_shown),
            appointed_on__lte=max(one.until_on for one in rushes_shown),
        )
        .select_related("selection__post__organisation", "person")
        .order_by("appointed_on", "pk")
    )
    return {
        one: [
            row
            for row in rows
            if row.selection.mandate_id == one.mandate
            and row.appointed_on
            and one.from_on <= row.appointed_on <= one.until_on
        ]
        for one in rushes_shown
    }


def told(one: Rush) -> dict[str, Any]:
    """The figures of a rush as sentences take them."""
    return {
        "number": one.number,
        "since": clock.worded(one.from_on),
        "until": clock.worded(one.until_on),
        "usual": f"{one.usual:.1f}" if one.usual is not None else "",
        "frozen": clock.worded(one.frozen_on) if one.frozen_on else "",
    }
