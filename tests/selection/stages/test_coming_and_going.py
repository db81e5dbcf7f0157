"""Members who come late or leave early, with the times; the roll of a ballot stays as it was frozen (到会、离会)."""

from datetime import datetime, timedelta

import pytest

from audit import reading
from selection import clock
from selection.acts import Refused, Secret
from selection.ballots import box
from selection.enums import Act, RoundState
from selection.models import Attendance, Movement, Seat
from selection.models.meeting import is_there
from selection.stages.deliberation import ballot, meeting
from selection.web.acts import act_url
from tests.factories import Course, Point, run_to
from tests.kept import kept
from tests.page_lint import LintingClient

pytestmark = [pytest.mark.django_db(databases=["default", "box"]), pytest.mark.covers("DEL-05", "DEL-13")]

LATER = timedelta(minutes=20)


def of(course: Course, seat: Seat) -> Attendance:
    return Attendance.objects.get(meeting=course.meeting, seat=seat)


def arrive(course: Course, seat: Seat, moved_at: datetime | None = None) -> None:
    meeting.record_arrival(
        course.meeting, **course.by("jingban"), attendance=of(course, seat), moved_at=moved_at or course.at
    )


def leave(course: Course, seat: Seat, moved_at: datetime | None = None) -> None:
    meeting.record_departure(
        course.meeting, **course.by("jingban"), attendance=of(course, seat), moved_at=moved_at or course.at
    )


@kept
def discussed(present: int = 10) -> Course:
    course = run_to(Point.CONSULTED)
    course.discuss(present)
    course.at += LATER
    return course


def test_a_member_who_comes_before_the_ballot_is_prepared_speaks_and_votes() -> None:
    course = discussed()
    late = course.members()[10]
    arrive(course, late)
    for nth in (0, 1):
        course.speak(course.candidacy(nth), late)
    course.prepare_ballot()
    assert (course.round.due_count, course.round.present_count) == (11, 11)
    assert course.round.roll.get(seat=late).present


def test_whoever_comes_after_the_roll_was_frozen_cannot_vote_on_that_item_and_is_told_why() -> None:
    course = discussed()
    late = course.members()[10]
    course.prepare_ballot()
    course.at += LATER
    arrive(course, late)
    entry = reading.entries(stream=f"selection:{course.selection.pk}", newest_first=True)[0]
    assert (entry.action, entry.data["facts"]["too_late_for"]) == (Act.RECORD_ARRIVAL, 1)
    with pytest.raises(Refused) as refusal:
        ballot.issue_slip(course.round, **course.by("jingban"), seat=late)
    (unmet,) = refusal.value.unmet
    assert str(clock.time_of(course.at)) in str(unmet.observed)
    assert str(clock.time_of(course.round.prepared_at)) in str(unmet.required)
    course.open_ballot()  # opens with the ten of the roll; the eleventh neither helps nor hinders
    assert (course.round.present_count, course.round.issued) == (10, 10)
    page = signed_in(course).get(f"/office/ballots/{course.round.pk}/").content.decode()
    assert late.person.name in page
    assert "名单已经固定" in page
    ballot.void_ballot(course.round, **course.by("shuji"), reason="迟到成员要求参加表决，常委会决定重新表决。")
    for nth in (0, 1):
        course.speak(course.candidacy(nth), late)
    course.prepare_ballot()
    assert course.round.present_count == 11


def test_whoever_leaves_before_the_ballot_opens_hands_the_slip_back_and_the_roll_stays() -> None:
    course = discussed(11)
    course.prepare_ballot()
    gone, waiting = course.members()[9:11]
    for row in course.round.roll.exclude(seat=waiting):
        ballot.issue_slip(course.round, **course.by("jingban"), seat=row.seat)
    leave(course, gone)
    leave(course, waiting)
    assert (course.issued, course.spare) == (9, 2)
    with pytest.raises(Refused):
        course.open_box()
    for code in course.codes[:2]:
        ballot.hand_back_slip(course.round, **course.by("jingban"), code=Secret(code))
    course.codes = course.codes[2:]
    course.open_box()
    course.vote((6, 3))
    course.announce()
    round_ = course.round
    counts = (round_.due_count, round_.present_count, round_.issued, round_.returned)
    assert counts == (11, 11, 9, 9)
    assert round_.roll.filter(present=True).count() == 11
    assert round_.items.filter(passed=True).count() == 1  # six of the eleven who should attend
    assert reading.verify().whole


def test_a_ballot_that_too_many_have_left_does_not_open() -> None:
    course = discussed(9)
    course.prepare_ballot()
    for row in course.round.roll.filter(present=True):
        ballot.issue_slip(course.round, **course.by("jingban"), seat=row.seat)
    for seat in course.members()[6:9]:
        leave(course, seat)
    newcomers = course.members()[9:]
    for seat in newcomers:  # they do not count: the roll is frozen
        arrive(course, seat)
    with pytest.raises(Refused) as refusal:
        course.open_box()
    assert "deliberation.quorum" in {row.rule for row in refusal.value.unmet}


def test_leaving_during_an_open_ballot_changes_no_figure() -> None:
    course = run_to(Point.VOTING)
    before = (course.issued, course.spare)
    leave(course, course.members()[10])
    assert (course.issued, course.spare) == before
    assert course.round.state == RoundState.OPEN
    box.cast(course.codes[0], dict.fromkeys([str(row.pk) for row in course.candidacies[:2]], "abstain"))


def test_coming_back_after_leaving_does_not_restore_a_handed_in_slip() -> None:
    course = discussed(11)
    course.prepare_ballot()
    member = course.members()[10]
    leave(course, member)
    course.at += LATER
    arrive(course, member)
    assert is_there(of(course, member), Movement.objects.all())
    with pytest.raises(Refused):
        ballot.issue_slip(course.round, **course.by("jingban"), seat=member)


@pytest.mark.parametrize("wrong", ["there already", "before", "future", "other day", "closed"])
def test_movements_that_cannot_be_are_refused(wrong: str) -> None:
    course = discussed()
    late, present = course.members()[10], course.members()[0]
    if wrong == "before":
        leave(course, present)
    if wrong == "closed":
        meeting.close_meeting(course.meeting, **course.by("jingban"))
    who = present if wrong in ("there already", "before") else late
    shift = {"before": -LATER, "future": LATER, "other day": timedelta(days=-1)}.get(wrong, timedelta())
    with pytest.raises(Refused):
        arrive(course, who, course.at + shift)


def test_attendance_is_not_recorded_anew_once_somebody_has_moved() -> None:
    course = discussed()
    arrive(course, course.members()[10])
    with pytest.raises(Refused):
        course.attend(9)
    assert Attendance.objects.filter(meeting=course.meeting, present=True).count() == 10


def signed_in(course: Course, language: str = "zh-hans") -> LintingClient:
    client = LintingClient(headers={"accept-language": language})
    client.force_login(course.county["jingban"])
    return client


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_forms_offer_those_outside_and_those_inside(language: str) -> None:
    course = discussed()
    client = signed_in(course, language)
    outside = client.get(act_url(Act.RECORD_ARRIVAL, course.meeting)).context["form"].fields["attendance"].rows
    inside = client.get(act_url(Act.RECORD_DEPARTURE, course.meeting)).context["form"].fields["attendance"].rows
    assert [row.seat_id for row in outside.values()] == [course.members()[10].pk]
    assert len(inside) == 10
    address = act_url(Act.RECORD_ARRIVAL, course.meeting)
    sent = {"token": "t" * 32, "attendance": of(course, course.members()[10]).pk, "moved_at": "25:00"}
    assert client.post(address, sent).status_code == 422
    at = course.at.astimezone(clock.LOCAL)
    assert client.post(address, sent | {"moved_at": f"{at:%H:%M}"}).status_code == 302
    page = client.get(f"/office/meetings/{course.meeting.pk}/").content.decode()
    assert f"{at:%H:%M}" in page


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_for_drawing_sheets_tells_whoever_came_too_late(language: str) -> None:
    course = discussed()
    course.prepare_ballot()
    course.at += LATER
    arrive(course, course.members()[10])
    page = signed_in(course, language).get(f"/office/meetings/{course.meeting.pk}/draw/")
    late = [row for row in page.context["members"] if row["late"]]
    assert [row["seat"].pk for row in late] == [course.members()[10].pk]
    meeting_page = signed_in(course, language).get(f"/office/meetings/{course.meeting.pk}/").content.decode()
    assert course.members()[10].person.name in meeting_page
