"""Months with far more appointments than usual, and many before a freeze (突击提拔调整干部)."""

import secrets
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.urls import reverse

from selection import acts
from selection.enums import AppointmentState
from selection.models import Appointment
from selection.stages import motion, way_back
from selection.web.surges import Rush, rushes
from tests.factories import Course, Point, run_to
from tests.selection.bodies import body
from tests.selection.web.standing import signed_in, words

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 20)
WATCHED = {
    "motion__surge_watched": "true",
    "motion__surge_factor": "3",
    "motion__surge_least": "4",
    "motion__surge_days": "90",
}


@pytest.fixture
def under(tmp_path: Any, settings: Any) -> Callable[..., Course]:
    """A selection under a body with these rules; its rows stand for those of many."""

    def begun(name: str, **rules: str) -> Course:
        course = run_to(Point.LISTED, rulebook=body(settings, tmp_path, name, **rules))
        way_back.suspend_selection(course.selection, **course.by("buzhang"), reason="试验中另行写入任职记录。")
        return course

    return begun


def appoint(course: Course, on: date, number: int) -> None:
    """So many more were appointed on a day, and cancelled since: one candidacy has one live appointment."""
    for _nth in range(number):
        made = Appointment.objects.create(
            selection=course.selection,
            candidacy=course.candidacies[0],
            person=course.people[0],
            notice_slug=secrets.token_hex(12),
            notice_at=course.at,
            notice_ends_at=course.at,
            notice_phone="0000-12380",
        )
        Appointment.objects.filter(pk=made.pk).update(appointed_on=on, state=AppointmentState.CANCELLED)
    enter(course)


def enter(course: Course) -> None:
    """Rows that no act made belong to the next entry."""
    acts.looked_at(course.county["jiandu"], "oversight", ("list", "surges"), course.at)


def found(course: Course) -> list[tuple[date, date, int]]:
    mine = Appointment.objects.filter(selection=course.selection)
    return [(one.from_on, one.until_on, one.number) for one in rushes(mine, TODAY)]


def a_quiet_year(course: Course) -> None:
    """One appointment in each month of 2025: a mean of one a month."""
    for month in range(1, 13):
        appoint(course, date(2025, month, 10), 1)


@pytest.mark.covers("MOT-08")
@pytest.mark.parametrize(("number", "shown"), [(3, False), (4, True), (9, True)])
def test_a_month_stands_out_beyond_the_factor_and_not_at_it(
    under: Callable[..., Course], number: int, shown: bool
) -> None:
    course = under("watching", **WATCHED)
    a_quiet_year(course)
    appoint(course, date(2026, 1, 12), number)
    assert found(course) == ([(date(2026, 1, 1), date(2026, 1, 31), number)] if shown else [])


@pytest.mark.covers("MOT-08")
def test_nothing_stands_out_before_there_is_a_year_to_compare_with(under: Callable[..., Course]) -> None:
    course = under("watching", **WATCHED)
    appoint(course, date(2025, 2, 3), 1)
    appoint(course, date(2026, 1, 12), 8)
    assert found(course) == []
    appoint(course, date(2026, 2, 12), 8)
    assert found(course) == [(date(2026, 2, 1), date(2026, 2, 28), 8)]


@pytest.mark.covers("MOT-08")
@pytest.mark.parametrize(
    ("days", "number", "shown"), [(91, 4, False), (90, 4, True), (1, 4, True), (1, 3, False), (0, 4, False)]
)
def test_appointments_shortly_before_a_freeze_are_counted(
    under: Callable[..., Course], days: int, number: int, shown: bool
) -> None:
    course = under("watching", **WATCHED)
    frozen_on = date(2026, 3, 1)
    motion.freeze_motions(course.county.mandate, **course.by("buzhang"), ground="书记拟调动", from_on=frozen_on)
    appoint(course, frozen_on - timedelta(days=days), number)
    enter(course)
    begins = frozen_on - timedelta(days=90)
    assert found(course) == ([(begins, frozen_on - timedelta(days=1), number)] if shown else [])


@pytest.mark.covers("MOT-08")
def test_a_body_that_does_not_watch_has_no_rushes(under: Callable[..., Course]) -> None:
    course = under("silent")
    a_quiet_year(course)
    appoint(course, date(2026, 1, 12), 30)
    assert found(course) == []


@pytest.mark.covers("MOT-08")
@pytest.mark.parametrize(
    ("language", "says", "ends"),
    [
        ("zh-hans", "此前一年月均1.0人", "2026年1月31日 24:00"),
        ("en", "1.0 a month in the year before", "31 January 2026, 24:00"),
    ],
)
def test_the_list_names_who_was_appointed_and_stays_closed_to_others(
    under: Callable[..., Course], language: str, says: str, ends: str
) -> None:
    course = under("watching", **WATCHED)
    a_quiet_year(course)
    appoint(course, date(2026, 1, 12), 25)
    where = reverse("oversight_list", args=["surges"])
    shown = words(signed_in(course, "jiandu", language).get(where))
    assert says in shown
    assert ends in shown
    assert shown.count(course.people[0].name) == 20
    assert signed_in(course, "jingban").get(where).status_code == 403
    assert isinstance(rushes(Appointment.objects.all(), TODAY)[0], Rush)
