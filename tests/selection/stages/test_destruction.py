"""The ballots of a vote are destroyed when nobody can object any more, by the clock and on record (销毁选票)."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.urls import reverse

from audit import reading
from selection import tasks
from selection.acts import NotPermitted, Refused
from selection.ballots import box
from selection.ballots.models import Ballot, BoxState, Line, SlipCode
from selection.enums import Act, Effect, Role, RoundState, Stage
from selection.models import Account, Round
from selection.stages import notice, reports, way_back
from selection.stages.deliberation import ballot, recount
from selection.stages.deliberation.destruction import destroy_sheets, destroy_what_is_over
from tests.factories import SCAN, Course, Point, run_to
from tests.selection.beside import beside_an_entry
from tests.selection.stages.test_removing import decide, holder, moved, remove  # noqa: F401 - a fixture
from tests.selection.web.standing import signed_in, words

pytestmark = [pytest.mark.django_db(databases=["default", "box"]), pytest.mark.covers("DEL-09", "DEL-13")]


def sheets(round_: Round) -> tuple[int, int]:
    """How many ballots and slips' hashes of a round the box still holds."""
    return (
        Ballot.objects.filter(round=round_.box).count(),
        SlipCode.objects.filter(round=round_.box).count(),
    )


def by_clock(course: Course) -> dict[str, Any]:
    return {"actor": Account.objects.clock(), "at": course.at}


# --- when ------------------------------------------------------------------------------------------------------------


def test_ballots_are_destroyed_when_the_notice_has_ended_and_what_was_announced_stays() -> None:
    course = run_to(Point.NOTICE)
    assert destroy_what_is_over(course.at) == 0
    assert sheets(course.round) == (11, 11)
    lines = sorted(Line.objects.filter(round=course.round.box).values_list("pk", "item", "value"))
    root, counts = course.round.root, list(course.round.items.order_by("pk").values())
    course.close_notice()
    assert destroy_what_is_over(course.at) == 1
    assert sheets(course.round) == (0, 0)
    assert course.round.destroyed_at == course.at
    assert sorted(Line.objects.filter(round=course.round.box).values_list("pk", "item", "value")) == lines
    assert (course.round.root, list(course.round.items.order_by("pk").values())) == (root, counts)
    assert box.standing(course.round.box).root.hex() == root
    entry = reading.entries(stream=f"selection:{course.selection.pk}", newest_first=True)[0]
    assert (entry.action, entry.actor["role"], entry.object) == (
        Act.DESTROY_SHEETS,
        "clock",
        ("round", str(course.round.pk)),
    )
    assert destroy_what_is_over(course.at) == 0
    assert reading.verify().whole


def test_the_clock_does_it_of_itself() -> None:
    course = run_to(Point.CLEARED)
    tasks.keep_deadlines()
    assert sheets(course.round) == (0, 0)
    assert course.round.destroyed_at is not None


@pytest.mark.covers("DEL-09", refused=True)
@pytest.mark.parametrize("point", [Point.PREPARED, Point.VOTING, Point.VOTED, Point.DECIDED, Point.NOTICE])
def test_nothing_is_destroyed_while_somebody_may_object(point: Point) -> None:
    course = run_to(point)
    before = sheets(course.round)
    assert destroy_what_is_over(course.at) == 0
    with pytest.raises(Refused):
        destroy_sheets(course.round, **by_clock(course))
    assert sheets(course.round) == before
    assert before[1] == 11


def test_a_report_that_is_being_investigated_keeps_the_ballots() -> None:
    course = run_to(Point.CLEARED)
    filed = reports.file_report(
        course.selection, **course.by("jiandu"), channel="found", content="有人拉票。", receipt_hash="5" * 64
    )
    assert destroy_what_is_over(course.at) == 0
    with pytest.raises(Refused) as refused:
        destroy_sheets(course.round, **by_clock(course))
    assert [row.observed for row in refused.value.unmet] == [1]
    assert sheets(course.round) == (11, 11)
    reports.settle_objection(
        course.fresh(filed),
        **course.by("buzhang"),
        effect=Effect.UNFOUNDED,
        investigation="查无实据。",
        evidence=SCAN,
    )
    assert destroy_what_is_over(course.at) == 1
    assert sheets(course.round) == (0, 0)


def test_an_objection_holds_notice_and_ballots() -> None:
    course = run_to(Point.NOTICE)
    notice.file_objection(
        course.appointment,
        actor=Account.objects.public(),
        at=course.at,
        content="情况反映。",
        reporter="",
        contact="",
        receipt_hash="6" * 64,
    )
    course.at = course.appointment.notice_ends_at
    assert destroy_what_is_over(course.at) == 0
    assert sheets(course.round) == (11, 11)


def test_void_rounds_go_with_the_others() -> None:
    course = run_to(Point.VOTED)
    void = course.round
    ballot.void_ballot(void, **course.by("shuji"), reason="票箱曾被移动，重新表决。")
    assert destroy_what_is_over(course.at) == 0
    course.ballot((8, 3))
    course.go_to(Point.CLEARED)
    assert destroy_what_is_over(course.at) == 2
    assert sheets(void) == sheets(course.round) == (0, 0)
    assert [course.fresh(row).state for row in (void, course.round)] == [RoundState.VOID, RoundState.ANNOUNCED]
    assert BoxState.objects.get(round=void.box).state == box.State.VOID


def test_a_selection_that_was_ended_after_the_vote_lets_its_ballots_go() -> None:
    course = run_to(Point.DECIDED)
    way_back.end_selection(course.selection, **course.by("buzhang"), reason="机构撤销。")
    assert course.selection.stage == Stage.CLOSED
    assert destroy_what_is_over(course.at) == 1


def test_a_removal_keeps_its_ballots_until_it_is_carried_out(holder: Any) -> None:  # noqa: F811 - the fixture
    one, _person, tenure = holder
    moved(one, tenure)
    decide(one)
    assert destroy_what_is_over(one.at) == 0
    remove(one)
    assert destroy_what_is_over(one.at) == 1
    assert sheets(one.round) == (0, 0)


def test_a_suspended_selection_keeps_its_ballots() -> None:
    course = run_to(Point.CLEARED)
    way_back.suspend_selection(course.selection, **course.by("buzhang"), reason="机构改革")
    assert destroy_what_is_over(course.at) == 0
    with pytest.raises(Refused):
        destroy_sheets(course.round, **by_clock(course))
    way_back.resume_selection(course.selection, **course.by("buzhang"), reason="机构改革完成")
    assert destroy_what_is_over(course.at) == 1


def test_one_matter_that_is_over_does_not_touch_another_in_the_same_box() -> None:
    course = run_to(Point.CLEARED)
    with beside_an_entry(course.selection, course.at):
        other = Round.objects.get(pk=course.round.pk)
        other.pk, other.seq, other.state, other.box = None, 2, RoundState.CLOSED, "5c" * 16
        other.save()
    box.prepare(other.box, box.Sheet.load(box.look_at(course.round.box).manifest), [b"\x05" * 32])
    assert destroy_what_is_over(course.at) == 1
    assert sheets(other) == (0, 1)


# --- by whom, and what a crash leaves --------------------------------------------------------------------------------


@pytest.mark.parametrize("username", ["jingban", "buzhang", "shuji", "jiandu", "guanli", "changwei1"])
def test_nobody_destroys_ballots_but_the_clock(username: str) -> None:
    course = run_to(Point.CLEARED)
    with pytest.raises(NotPermitted):
        destroy_sheets(course.round, **course.by(username))
    assert sheets(course.round) == (11, 11)


def test_after_a_crash_between_box_and_record_the_act_runs_again(caplog: pytest.LogCaptureFixture) -> None:
    course = run_to(Point.CLEARED)
    with connection.cursor() as cursor:  # the record refuses, as a full disk would
        cursor.execute(
            "CREATE FUNCTION pg_temp.full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no room'; END $$;"
            "CREATE TRIGGER full_disk BEFORE UPDATE ON selection_round FOR EACH ROW EXECUTE FUNCTION pg_temp.full()"
        )
    assert destroy_what_is_over(course.at) == 0
    assert f"the ballots of round {course.round.pk} cannot be destroyed" in caplog.text
    assert sheets(course.round) == (0, 0)
    assert course.round.destroyed_at is None
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER full_disk ON selection_round")
    assert destroy_what_is_over(course.at) == 1
    assert course.round.destroyed_at == course.at
    assert len(reading.entries(stream=f"selection:{course.selection.pk}", actions=[Act.DESTROY_SHEETS])) == 1


def test_a_round_that_the_box_has_lost_stops_no_other(caplog: pytest.LogCaptureFixture) -> None:
    course = run_to(Point.VOTED)
    lost = course.round
    ballot.void_ballot(lost, **course.by("shuji"), reason="重新表决。")
    course.ballot((8, 3))
    course.go_to(Point.CLEARED)
    BoxState.objects.filter(round=lost.box).delete()
    assert destroy_what_is_over(course.at) == 1
    assert f"the ballots of round {lost.pk} cannot be destroyed" in caplog.text
    assert course.selection.number not in caplog.text
    assert course.round.destroyed_at is not None


def test_the_table_refuses_a_round_whose_ballots_went_before_it_was_over() -> None:
    course = run_to(Point.VOTED)
    with pytest.raises(IntegrityError, match="sheets_are_destroyed_of_a_round_that_is_over"), transaction.atomic():
        Round.objects.filter(pk=course.round.pk).update(destroyed_at=course.at)


# --- what everybody reads afterwards ---------------------------------------------------------------------------------


@pytest.mark.covers("DEL-09", refused=True)
@pytest.mark.parametrize(("language", "destroyed"), [("zh-hans", "选票已于"), ("en", "Destroyed on")])
def test_every_page_says_that_the_ballots_are_gone_and_nothing_is_counted_again(language: str, destroyed: str) -> None:
    course = run_to(Point.NOTICE)
    made = recount.request_recount(course.round, **course.by("jiandu"), reason="信访核查。")
    recount.agree_recount(made, **course.by("shuji"))
    course.county.hold("jiandu2", Role.AUDITOR, at=course.at)
    recount.request_recount(course.round, **course.by("jiandu2"), reason="例行抽查。")
    waiting = reverse("recount", args=[course.round.pk])
    assert waiting in words(signed_in(course, "shuji", language).get(reverse("desk")))
    course.close_notice()
    destroy_what_is_over(course.at)
    for username in ("jingban", "jiandu"):
        client = signed_in(course, username, language)
        for page in ("ballot", "recount"):
            shown = words(client.get(reverse(page, args=[course.round.pk])))
            assert destroyed in shown, page
            assert course.round.root in shown
            assert "no longer holds what was announced" not in shown
    assert {"en": "Lapsed", "zh-hans": "已失效"}[language] in shown
    assert waiting not in words(signed_in(course, "shuji", language).get(reverse("desk")))
    auditor = signed_in(course, "jiandu", language)
    record = auditor.get(reverse("record_of", args=[course.selection.number]))
    assert {"en": "Destroy the ballots of a vote", "zh-hans": "销毁选票"}[language] in words(record)
    assert auditor.get(reverse("audit_package", args=[course.round.pk])).status_code == 404
    with pytest.raises(box.BoxRefused) as refused:
        recount.package_of(course.round, list(course.round.roll.all()))
    assert refused.value.trouble == box.Trouble.DESTROYED
