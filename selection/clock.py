"""What time it is (时钟).

The demonstration site may live some days ahead of the real time, so that a person can walk through a notice of five
working days and a probation of a year in minutes.  Only pages and tasks ask; everything below is told.
"""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import lazy
from django.utils.translation import pgettext

LOCAL = ZoneInfo("Asia/Shanghai")


def ahead() -> timedelta:
    """How far the demonstration clock stands ahead of the real one; zero anywhere else."""
    if not settings.DEMONSTRATION or not settings.CLOCK_FILE:
        return timedelta()
    try:
        return timedelta(days=int(settings.CLOCK_FILE.read_text().strip() or 0))
    except FileNotFoundError:
        return timedelta()


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return timezone.now() + ahead()


def today() -> date:
    """The present day in Shanghai."""
    return day_of(now())


def day_of(at: datetime) -> date:
    """The day in Shanghai on which ``at`` falls."""
    return at.astimezone(LOCAL).date()


def _worded(day: date) -> str:
    return date_format(day, pgettext("date format", "j F Y"))


def worded(day: date) -> str:
    """The day in full, in the language of whoever reads it; for a place in a sentence that is translated late."""
    return lazy(_worded, str)(day)


def time_of(at: datetime) -> str:
    """The time of day in Shanghai, to the minute."""
    return f"{at.astimezone(LOCAL):%H:%M}"


def last_day_before(end: datetime) -> date:
    """The last day of something that ends at ``end``, which is 24:00 of that day."""
    return day_of(end - timedelta(microseconds=1))


def move(days: int) -> None:
    """Move the demonstration clock forward.

    Raises:
        RuntimeError: anywhere but on a demonstration site.
        ValueError: ``days`` is not positive; time never runs back.
    """
    path = settings.CLOCK_FILE
    if not settings.DEMONSTRATION or path is None:
        raise RuntimeError("Only a demonstration site has a clock that moves.")
    if days <= 0:
        raise ValueError("The clock only moves forward.")
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".new")
    beside.write_text(f"{ahead().days + days}\n")
    beside.replace(path)
