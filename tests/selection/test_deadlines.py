"""Deadlines are met once, by the clock, however many clocks run; what is suspended or ended is left alone."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from audit import reading
from selection import acts, deadlines
from selection.enums import DeadlineKind
from selection.models import Account, Deadline, Selection
from selection.stages import way_back
from tests import factories
from tests.selection.beside import AT, beside_an_entry, later

KIND = DeadlineKind.PROBATION_REMINDER


def expected(selection: Selection, due_at: datetime, kind: DeadlineKind = KIND, **given: Any) -> Deadline:
    with beside_an_entry(selection):
        return deadlines.expect(selection, kind, due_at, at=AT, **given)


@pytest.fixture
def county(transactional_db: None) -> factories.County:
    return factories.county(members=4)


@pytest.fixture
def selection(county: factories.County) -> Selection:
    return factories.course(county).go_to(factories.Point.MOTION).now()


def met(selection: Selection) -> list[tuple[int, datetime]]:
    return list(selection.deadlines.filter(met_at__isnull=False).values_list("pk", "met_at").order_by("pk"))


def test_keep_meets_what_has_come_due_and_nothing_else(selection: Selection) -> None:
    due = expected(selection, later(days=5))
    expected(selection, later(days=5, seconds=1), DeadlineKind.PROBATION_END)
    assert deadlines.keep(later(days=5, seconds=-1)) == 0
    assert deadlines.keep(later(days=5)) == 1
    assert met(selection) == [(due.pk, later(days=5))]
    assert deadlines.keep(later(days=5)) == 0


def test_keep_records_what_it_met_in_the_name_of_the_clock(selection: Selection) -> None:
    due = expected(selection, later(days=1))
    deadlines.keep(later(days=1))
    entry = reading.entries(stream=f"selection:{selection.pk}", newest_first=True)[0]
    assert entry.action == "meet_deadline"
    assert entry.object == ("deadline", str(due.pk))
    assert (entry.actor["role"], entry.actor["auth"]) == ("clock", "clock")
    assert entry.data["facts"]["kind"] == KIND.value


def test_meet_deadline_before_its_time_is_refused(county: factories.County, selection: Selection) -> None:
    due = expected(selection, later(days=1))
    with pytest.raises(acts.Refused) as refused:
        deadlines.meet_deadline(due, actor=Account.objects.clock(), at=later(hours=23))
    assert len(refused.value.unmet) == 1
    assert met(selection) == []


@pytest.mark.parametrize("username", ["jingban", "buzhang", "shuji", "jiandu", "guanli"])
def test_meet_deadline_is_for_the_clock_alone(county: factories.County, selection: Selection, username: str) -> None:
    due = expected(selection, later(days=1))
    with pytest.raises(acts.NotPermitted):
        deadlines.meet_deadline(due, actor=county[username], at=later(days=2))
    assert met(selection) == []


def test_keep_meets_each_deadline_once_under_several_clocks(selection: Selection) -> None:
    kinds = [KIND, DeadlineKind.PROBATION_END, DeadlineKind.NOTICE_END, DeadlineKind.FEEDBACK_DUE]
    due = [expected(selection, later(days=1), kind) for kind in kinds]
    clocks, start = 4, threading.Barrier(4)
    counted: list[int] = []

    def run() -> None:
        try:
            start.wait()
            counted.append(deadlines.keep(later(days=2)))
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(clocks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(counted) == clocks
    assert sum(counted) == len(due)
    assert [pk for pk, _at in met(selection)] == sorted(row.pk for row in due)
    entries = reading.entries(stream=f"selection:{selection.pk}", actions=["meet_deadline"])
    assert sorted(int(entry.object[1]) for entry in entries) == sorted(row.pk for row in due)


def test_one_deadline_that_cannot_be_met_stops_no_other_and_is_tried_again(
    selection: Selection, caplog: pytest.LogCaptureFixture
) -> None:
    kinds = [KIND, DeadlineKind.PROBATION_END, DeadlineKind.NOTICE_END]
    first, broken, last = [expected(selection, later(days=1), kind) for kind in kinds]
    with connection.cursor() as cursor:
        cursor.execute(
            "ALTER TABLE selection_deadline ADD CONSTRAINT broken CHECK (id <> %s OR met_at IS NULL)", [broken.pk]
        )
    try:
        assert deadlines.keep(later(days=2)) == 2
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE selection_deadline DROP CONSTRAINT broken")
    assert met(selection) == [(first.pk, later(days=2)), (last.pk, later(days=2))]
    assert f"deadline {broken.pk} cannot be met" in caplog.text
    assert deadlines.last_beat() is not None
    assert deadlines.keep(later(days=3)) == 1
    assert len(met(selection)) == 3


def test_meet_deadline_twice_is_a_conflict(selection: Selection) -> None:
    due = expected(selection, later(days=1))
    keeper = Account.objects.clock()
    deadlines.meet_deadline(due, actor=keeper, at=later(days=1))
    with pytest.raises(acts.Conflict):
        deadlines.meet_deadline(due, actor=keeper, at=later(days=2))
    assert met(selection) == [(due.pk, later(days=1))]


def test_keep_leaves_a_suspended_selection_until_it_runs_again(county: factories.County, selection: Selection) -> None:
    due = expected(selection, later(days=1))
    way_back.suspend_selection(selection, actor=county["buzhang"], at=later(hours=1), reason="等待上级批复")
    assert deadlines.keep(later(days=2)) == 0
    with pytest.raises(acts.Refused):
        deadlines.meet_deadline(Deadline.objects.get(pk=due.pk), actor=Account.objects.clock(), at=later(days=2))
    assert met(selection) == []
    way_back.resume_selection(selection, actor=county["buzhang"], at=later(days=3), reason="批复已到")
    assert deadlines.keep(later(days=3)) == 1


def test_keep_leaves_what_was_ended(selection: Selection) -> None:
    due = expected(selection, later(days=1))
    with beside_an_entry(selection):
        assert deadlines.end(selection, at=later(hours=1), kinds=[DeadlineKind.PROBATION_END]) == 0
        assert deadlines.end(selection, at=later(hours=1), kinds=[KIND]) == 1
    assert deadlines.keep(later(days=2)) == 0
    with pytest.raises(acts.Conflict):
        deadlines.meet_deadline(due, actor=Account.objects.clock(), at=later(days=2))


def test_expect_puts_a_new_deadline_in_place_of_the_open_one(selection: Selection) -> None:
    former = expected(selection, later(days=1))
    other = expected(selection, later(days=1), DeadlineKind.PROBATION_END)
    new = expected(selection, later(days=9), provisional=True)
    open_ = selection.deadlines.filter(ended_at__isnull=True).order_by("pk")
    assert list(open_.values_list("pk", "provisional")) == [(other.pk, False), (new.pk, True)]
    assert Deadline.objects.get(pk=former.pk).ended_at == AT


def test_end_ends_all_that_are_open_and_nothing_twice(selection: Selection) -> None:
    expected(selection, later(days=1))
    expected(selection, later(days=1), DeadlineKind.PROBATION_END)
    with beside_an_entry(selection):
        assert deadlines.end(selection, at=AT) == 2
        assert deadlines.end(selection, at=later(hours=1)) == 0
    assert set(selection.deadlines.values_list("ended_at", flat=True)) == {AT}


def test_keep_beats_by_the_real_time_however_far_ahead_the_clock_stands(county: factories.County) -> None:
    assert deadlines.last_beat() is None
    before = timezone.now()
    deadlines.keep(later(days=4000))
    beaten_at = deadlines.last_beat()
    assert beaten_at is not None
    assert before - timedelta(seconds=5) <= beaten_at <= timezone.now() + timedelta(seconds=5)
    assert deadlines.last_beat("somebody else") is None
