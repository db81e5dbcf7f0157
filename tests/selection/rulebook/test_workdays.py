"""Working days, the end of a period, and what is provisional."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selection.rulebook.values import Period
from selection.rulebook.workdays import (
    Calendar,
    add_working_days,
    ends,
    working_days_between,
    working_days_left,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")
days = st.dates(date(2004, 1, 1), date(2040, 12, 31))
calendar_periods = st.builds(
    Period, st.integers(1, 40), st.sampled_from(["day", "month", "year"]), st.sampled_from(["counted", "next"])
)
periods = calendar_periods | st.builds(
    Period, st.integers(1, 40), st.just("working_day"), st.sampled_from(["counted", "next"])
)


@pytest.fixture(scope="module")
def official():
    return Calendar.official()


@pytest.mark.covers("NOT-02", refused=True)
def test_five_working_days_over_the_national_holiday_end_on_a_working_saturday():
    end = ends(Period(5, "working_day", "next"), date(2026, 9, 28))
    assert end.last_day == date(2026, 10, 10)
    assert end.at == datetime(2026, 10, 11, tzinfo=SHANGHAI)
    assert end.provisional is False


@pytest.mark.covers("NOT-02", refused=True)
def test_five_working_days_into_an_unpublished_year_are_provisional():
    end = ends(Period(5, "working_day", "next"), date(2026, 12, 28))
    assert (end.last_day, end.provisional) == (date(2027, 1, 5), True)


def test_days_that_stay_in_a_published_year_are_not_provisional():
    end = ends(Period(3, "working_day", "next"), date(2026, 12, 28))
    assert (end.last_day, end.provisional) == (date(2026, 12, 31), False)


@pytest.mark.parametrize(
    ("begins_on", "first_day", "last_day"),
    [
        (date(2026, 3, 2), "counted", date(2026, 3, 6)),  # Monday to Friday
        (date(2026, 3, 2), "next", date(2026, 3, 9)),
        (date(2026, 3, 7), "counted", date(2026, 3, 13)),  # from a Saturday
        (date(2026, 3, 7), "next", date(2026, 3, 13)),
    ],
)
def test_five_working_days_in_an_ordinary_week(begins_on, first_day, last_day):
    assert ends(Period(5, "working_day", first_day), begins_on).last_day == last_day


@pytest.mark.covers("DEL-16", refused=True)
def test_a_year_of_which_the_day_itself_counts_leaves_the_same_date_free():
    end = ends(Period(1, "year", "counted"), date(2024, 5, 10))
    assert end.last_day == date(2025, 5, 9)
    assert datetime(2025, 5, 9, 23, 59, 59, tzinfo=SHANGHAI) < end.at == datetime(2025, 5, 10, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    ("period", "begins_on", "last_day"),
    [
        (Period(1, "year", "next"), date(2024, 5, 10), date(2025, 5, 10)),
        (Period(1, "year", "counted"), date(2024, 2, 29), date(2025, 2, 28)),
        (Period(1, "year", "next"), date(2024, 2, 29), date(2025, 2, 28)),
        (Period(4, "year", "next"), date(2024, 2, 29), date(2028, 2, 29)),
        (Period(4, "year", "counted"), date(2024, 2, 29), date(2028, 2, 28)),
        (Period(1, "year", "counted"), date(2023, 3, 1), date(2024, 2, 29)),
        (Period(1, "month", "next"), date(2026, 1, 31), date(2026, 2, 28)),
        (Period(1, "month", "counted"), date(2026, 1, 31), date(2026, 2, 28)),
        (Period(1, "month", "counted"), date(2026, 3, 1), date(2026, 3, 31)),
        (Period(1, "month", "next"), date(2026, 12, 15), date(2027, 1, 15)),
        (Period(12, "month", "next"), date(2026, 12, 15), date(2027, 12, 15)),
        (Period(7, "day", "counted"), date(2026, 12, 24), date(2026, 12, 30)),
        (Period(7, "day", "next"), date(2026, 12, 24), date(2026, 12, 31)),
        (Period(1, "day", "counted"), date(2026, 12, 24), date(2026, 12, 24)),
    ],
)
def test_days_months_and_years(period, begins_on, last_day):
    end = ends(period, begins_on)
    assert (end.last_day, end.provisional) == (last_day, False)


@given(periods, days)
def test_a_period_ends_at_midnight_after_its_last_day_and_not_before_it_began(period, begins_on):
    end = ends(period, begins_on)
    assert end.last_day >= begins_on
    assert end.at == datetime.combine(end.last_day + timedelta(days=1), datetime.min.time(), SHANGHAI)


@given(periods, days, st.integers(1, 60))
def test_what_begins_later_never_ends_earlier(period, begins_on, later):
    assert ends(period, begins_on).last_day <= ends(period, begins_on + timedelta(days=later)).last_day


@given(periods, days)
def test_a_longer_period_never_ends_earlier(period, begins_on):
    longer = Period(period.n + 1, period.unit, period.first_day)
    assert ends(period, begins_on).last_day < ends(longer, begins_on).last_day


@given(calendar_periods, calendar_periods, days)
def test_what_is_surely_not_shorter_is_not_shorter(one, other, begins_on):
    if one.surely_not_shorter_than(other):
        assert ends(one, begins_on).last_day >= ends(other, begins_on).last_day


@given(days, st.integers(1, 60))
def test_working_days_added_are_the_working_days_between(day, n):
    last = add_working_days(day, n)
    assert Calendar.official().is_working(last)
    assert working_days_between(day, last) == n
    assert working_days_between(last, day) == -n


def test_adding_no_working_day_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        add_working_days(date(2026, 3, 2), 0)


@pytest.mark.parametrize(
    ("now", "left"),
    [
        (datetime(2026, 9, 30, 8, tzinfo=SHANGHAI), 3),  # 8, 9 and 10 October
        (datetime(2026, 10, 9, 23, 59, tzinfo=SHANGHAI), 1),
        (datetime(2026, 10, 10, 23, 59, tzinfo=SHANGHAI), 0),
        (datetime(2026, 10, 11, 0, 0, tzinfo=SHANGHAI), -1),  # over, though Sunday is no working day
        (datetime(2026, 10, 10, 16, 0, tzinfo=ZoneInfo("UTC")), -1),  # the same instant
        (datetime(2026, 10, 14, 8, tzinfo=SHANGHAI), -3),
    ],
)
def test_working_days_left_until_the_end_of_a_working_saturday(now, left):
    assert working_days_left(now, datetime(2026, 10, 11, tzinfo=SHANGHAI)) == left


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2026, 9, 20), True),  # a Sunday on which people work
        (date(2026, 10, 1), False),
        (date(2026, 10, 10), True),
        (date(2026, 10, 11), False),
        (date(2004, 1, 1), False),
        (date(2027, 10, 1), False),  # by statute, though no table is published
        (date(2027, 10, 11), True),
    ],
)
def test_official_days(official, day, works):
    assert official.is_working(day) is works


TABLE = """
[[year]]
year    = 2027
source  = "国务院办公厅通知"
off     = [2027-01-01, 2027-01-04]
working = [2027-01-09]
"""


@pytest.mark.covers("NOT-02")
def test_a_published_table_ends_what_was_provisional(write):
    write(calendar=TABLE)
    end = ends(Period(5, "working_day", "next"), date(2026, 12, 28))
    assert (end.last_day, end.provisional) == (date(2027, 1, 6), False)
    assert Calendar.official().is_working(date(2027, 1, 9))


def test_an_own_table_stands_in_front_of_the_packaged_one(tmp_path):
    file = tmp_path / "calendar.toml"
    file.write_text('[[year]]\nyear = 2026\nsource = "更正"\noff = [2026-10-09]\nworking = []\n', encoding="utf-8")
    calendar = Calendar.read(file)
    assert not calendar.is_working(date(2026, 10, 9))
    assert not calendar.is_working(date(2026, 10, 10)), "the swapped Saturday of the packaged table is gone"
    assert calendar.is_working(date(2026, 10, 1))
    assert calendar.is_working(date(2025, 9, 28)), "other years keep their table"


@pytest.mark.parametrize(
    "text",
    [
        "holidays = []",
        "[year]\nyear = 2027",
        TABLE.replace('source  = "国务院办公厅通知"', 'source = ""'),
        TABLE.replace("2027-01-09", "2027-01-04"),
        TABLE.replace("2027-01-09", "2028-01-08"),
        TABLE.replace("2027-01-09", '"2027-01-09"'),
        TABLE + TABLE,
    ],
)
def test_a_calendar_with_a_mistake_is_refused(tmp_path, text):
    file = tmp_path / "calendar.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"\w"):
        Calendar.read(file)
