"""A selection is judged to its end by the text of the day on which it was opened (规定的时间效力)."""

from datetime import UTC, datetime, timedelta

import pytest

from selection import clock
from selection.acts import Refused
from selection.stages import notice
from tests.factories import AT, Course, Point, run_to

pytestmark = pytest.mark.django_db

OPENED = datetime(2013, 6, 3, 1, 0, tzinfo=UTC)


def days_published(course: Course) -> int:
    """From the day after publication to the last day."""
    last = clock.last_day_before(course.appointment.notice_ends_at)
    return (last - clock.day_of(course.appointment.notice_at)).days


def test_what_was_opened_under_the_text_of_2002_is_published_by_it_thirteen_years_later() -> None:
    course = run_to(Point.MOTION, at=OPENED)
    assert course.selection.rules["notice.length"].citation.instrument.endswith("（2002年）")
    course.at = AT
    course.go_to(Point.NOTICE)
    assert days_published(course) == 6, "seven days, that of publication counted"
    course.at = course.appointment.notice_ends_at - timedelta(minutes=1)
    with pytest.raises(Refused):
        notice.close_notice(course.appointment, **course.by("jingban"))
    course.at = course.appointment.notice_ends_at
    notice.close_notice(course.appointment, **course.by("jingban"))


def test_what_is_opened_on_the_same_day_is_published_by_the_text_of_2019() -> None:
    course = run_to(Point.NOTICE)
    assert course.selection.rules["notice.length"].citation.instrument == "党政领导干部选拔任用工作条例"
    assert days_published(course) == 7, "five working days and a weekend, that of publication not counted"
