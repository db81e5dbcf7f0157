"""Working days and the end of a period (工作日与期限).

Order of trust: the official tables in ``data/calendar.toml``; the tables of chinese-calendar (2004–2026); for every
other year weekends and the statutory days, and then the answer is provisional (暂定) until the official table arrives.

A period ends at 24:00 of its last day, Asia/Shanghai.  Days and working days are counted one by one.  Months and years
run to the same date: a year whose first day is counted and that begins on 10 May ends with 9 May; if the next day is
its first, it ends with 10 May.  Where a month has no such date, the period ends with the month.
"""

from __future__ import annotations

import calendar as months
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import chinese_calendar
import holidays

from .book import data_root
from .values import Period

SHANGHAI = ZoneInfo("Asia/Shanghai")
ONE_DAY = timedelta(days=1)
CALENDAR_FILE = "calendar.toml"


@dataclass(frozen=True)
class Ends:
    """The end of a period; provisional as long as no official table covers its days."""

    at: datetime
    last_day: date
    provisional: bool


@dataclass(frozen=True)
class Calendar:
    """Official days off and swapped working days of the ``years`` for which the table has been published."""

    years: frozenset[int] = field(default_factory=frozenset)
    days_off: frozenset[date] = field(default_factory=frozenset)
    working: frozenset[date] = field(default_factory=frozenset)

    @classmethod
    def read(cls, path: Path) -> Calendar:
        """The tables of ``calendar.toml`` in front of those of chinese-calendar, or ``ValueError``."""
        with path.open("rb") as file:
            document = tomllib.load(file)
        if unknown := set(document) - {"year"}:
            raise ValueError(f"unknown word {min(unknown)!r}: a calendar holds [[year]] tables only")
        own_years: set[int] = set()
        days_off: set[date] = set()
        working: set[date] = set()
        tables = document.get("year", [])
        for table in tables if isinstance(tables, list) else [tables]:
            if not isinstance(table, dict) or set(table) != {"year", "source", "off", "working"}:
                raise ValueError("a [[year]] holds year, source, off and working")
            year = table["year"]
            if type(year) is not int or year in own_years:
                raise ValueError(f"{year!r} is no year, or stands twice")
            if not isinstance(table["source"], str) or not table["source"].strip():
                raise ValueError(f"{year} has no source: name the official notice")
            for name, days in (("off", days_off), ("working", working)):
                listed = table[name]
                if not isinstance(listed, list) or any(type(day) is not date or day.year != year for day in listed):
                    raise ValueError(f"{name} of {year} is a list of days of that year")
                days.update(listed)
            if both := sorted(set(table["off"]) & set(table["working"])):
                raise ValueError(f"{both[0]} is both off and working")
            own_years.add(year)
        published = chinese_calendar.constants
        known = {day.year for day in published.holidays}
        days_off.update(day for day in published.holidays if day.year not in own_years)
        working.update(day for day in published.workdays if day.year not in own_years)
        return cls(frozenset(known | own_years), frozenset(days_off), frozenset(working))

    @classmethod
    def official(cls) -> Calendar:
        """The calendar of this installation's rulebook."""
        return _read_once(data_root() / CALENDAR_FILE)

    def is_working(self, day: date) -> bool:
        if day in self.working:
            return True
        if day.weekday() >= 5 or day in self.days_off:
            return False
        return day.year in self.years or day not in _statutory(day.year)

    def is_provisional(self, first: date, last: date) -> bool:
        """Whether a year between the two days has no official table yet."""
        return any(year not in self.years for year in range(first.year, last.year + 1))

    def working_from(self, day: date) -> Iterator[date]:
        """The working days from ``day`` on, that day included."""
        while True:
            if self.is_working(day):
                yield day
            day += ONE_DAY


@cache
def _read_once(path: Path) -> Calendar:
    return Calendar.read(path)


@cache
def _statutory(year: int) -> frozenset[date]:
    return frozenset(holidays.country_holidays("CN", years=year))


def midnight_after(day: date) -> datetime:
    """24:00 of the day in Shanghai."""
    return datetime.combine(day + ONE_DAY, time(), tzinfo=SHANGHAI)


def ends(period: Period, begins_on: date, calendar: Calendar | None = None) -> Ends:
    """When a period ends that begins on a day, the day of the event from which it is counted."""
    calendar = calendar or Calendar.official()
    counted = period.first_day == "counted"
    first = begins_on if counted else begins_on + ONE_DAY
    if period.unit == "working_day":
        days = calendar.working_from(first)
        for _ in range(period.n):
            last = next(days)
        return Ends(midnight_after(last), last, calendar.is_provisional(first, last))
    if period.unit == "day":
        last = first + timedelta(days=period.n - 1)
    else:
        last = _same_date(begins_on, period.n * (12 if period.unit == "year" else 1), day_before=counted)
    return Ends(midnight_after(last), last, provisional=False)


def _same_date(day: date, later: int, *, day_before: bool) -> date:
    """The same date so many months later, or the day before it; the end of the month where there is no such date."""
    year, month = divmod(day.year * 12 + day.month - 1 + later, 12)
    length = months.monthrange(year, month + 1)[1]
    if day.day > length:
        return date(year, month + 1, length)
    return date(year, month + 1, day.day) - (ONE_DAY if day_before else timedelta())


def begins(period: Period, ends_on: date, calendar: Calendar | None = None) -> datetime:
    """0:00 of the day from which a period reaches to ``ends_on``: when to remind of something that ends on that day."""
    if period.unit == "working_day":
        calendar = calendar or Calendar.official()
        day, left = ends_on, period.n
        while left:
            day -= ONE_DAY
            left -= calendar.is_working(day)
    elif period.unit == "day":
        day = ends_on - ONE_DAY * period.n
    else:
        day = _same_date(ends_on, -period.n * (12 if period.unit == "year" else 1), day_before=False)
    return datetime.combine(day, time(), tzinfo=SHANGHAI)


def add_working_days(day: date, n: int, calendar: Calendar | None = None) -> date:
    """The n-th working day after ``day``."""
    if n < 1:
        raise ValueError("at least one working day is added")
    return ends(Period(n, "working_day", "next"), day, calendar).last_day


def working_days_between(a: date, b: date, calendar: Calendar | None = None) -> int:
    """Working days after ``a`` up to and with ``b``; negative when ``b`` lies before ``a``."""
    if b < a:
        return -working_days_between(b, a, calendar)
    calendar = calendar or Calendar.official()
    return sum(calendar.is_working(a + ONE_DAY * n) for n in range(1, (b - a).days + 1))


def working_days_left(now: datetime, ends_at: datetime, calendar: Calendar | None = None) -> int:
    """Working days after today until the end: 0 on the last day, -1 or less as soon as the end has passed."""
    today = now.astimezone(SHANGHAI).date()
    last_day = (ends_at.astimezone(SHANGHAI) - timedelta(microseconds=1)).date()
    left = working_days_between(today, last_day, calendar)
    return left if now < ends_at else min(left, -1)
