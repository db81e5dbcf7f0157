"""A selection is judged to its end by the text of the day on which it was opened (规定的时间效力)."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from selection import clock
from selection.acts import Refused
from selection.enums import AppraisalResult, Grade
from selection.register import keeping
from selection.stages import notice
from tests.factories import AT, Course, Point, person, run_to
from tests.selection.bodies import body

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


def changed(settings: Any, folder: Path, name: str, old: str, new: str) -> None:
    """Put another number into the file of a body, and read the rules anew."""
    shutil.copytree(settings.RULEBOOK_ROOT, folder)
    file = folder / f"{name}.toml"
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")
    settings.RULEBOOK_ROOT = folder


def test_a_number_changed_in_the_file_holds_for_what_is_opened_afterwards_and_for_nothing_else(
    tmp_path: Path, settings: Any
) -> None:
    name = body(settings, tmp_path, "changing", qualification__recent_competent="2")
    earlier = run_to(Point.NOMINATION, rulebook=name)
    by: dict[str, Any] = earlier.by("jingban")
    competent = [{"year": year, "result": AppraisalResult.COMPETENT} for year in (2025, 2024)]
    somebody = person(earlier.county, "何示一", at=earlier.at, appraisals=competent)
    keeping.set_quota(earlier.unit, **by, grade=Grade.TOWNSHIP_CHIEF, approved=2)
    post = keeping.add_post(earlier.unit, **by, values={"title": "总编辑", "grade": Grade.TOWNSHIP_CHIEF, "seats": 1})

    changed(settings, tmp_path / "changed", name, "value = 2\n", "value = 3\n")
    later = earlier.again(post, at=earlier.at + timedelta(days=1)).go_to(Point.NOMINATION)
    assert [one.selection.rules["qualification.recent_competent"].value for one in (earlier, later)] == [2, 3]
    assert earlier.nominate(somebody).person == somebody
    with pytest.raises(Refused) as found:
        later.nominate(somebody)
    assert [one.rule for one in found.value.unmet] == ["qualification.recent_competent"]
    earlier.go_to(Point.RECOMMENDATION)
    assert earlier.selection.rules["qualification.recent_competent"].value == 2
