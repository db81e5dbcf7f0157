"""Collecting electronic ballots: each member the own ones, once, and again in the same browser alone (签到领票)."""

import base64
import json
import secrets
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit import reading
from selection.acts import Secret
from selection.ballots import blind
from selection.enums import Act, BallotChannel, CandidacyState, Grade, PostClass
from selection.models import RollMember, Round, Seat
from selection.register import keeping
from selection.stages import charge
from selection.stages.deliberation import ballot, meeting
from tests import factories
from tests.factories import Course, Point, run_to
from tests.page_lint import LintingClient
from tests.selection.ballots.voter import Voter

pytestmark = [pytest.mark.django_db(databases=["default", "box"]), pytest.mark.covers("DEL-09")]


def signed_in(course: Course, username: str, language: str = "zh-hans") -> LintingClient:
    client = LintingClient(headers={"accept-language": language})
    client.force_login(course.county[username])
    return client


def here(course: Course) -> str:
    return f"/office/meetings/{course.meeting.pk}/collect/"


def key_of(round_: Round) -> blind.PublicKey:
    return blind.PublicKey.from_der(bytes(round_.key.public))


def browser_of(round_: Round) -> Voter:
    """A member's browser: one seed, one blinded message."""
    return Voter(round_.box, key_of(round_))


def ask(client: LintingClient, course: Course, *browsers: Voter) -> Any:
    blinded = {str(one.credential.round_id): base64.b64encode(one.blinded).decode() for one in browsers}
    return client.post(here(course), json.dumps({"blinded": blinded}), content_type="application/json")


def seat_of(course: Course, username: str) -> Seat:
    return course.county.body.seats.get(person=course.county[username].person)


def row_of(course: Course, username: str) -> RollMember:
    return course.round.roll.get(seat=seat_of(course, username))


@pytest.fixture
def course() -> Course:
    return run_to(Point.PREPARED)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_member_collects_a_ballot_that_the_site_cannot_know_again(course: Course, language: str) -> None:
    client = signed_in(course, "changwei1", language)
    page = client.get(here(course))
    assert page.context["can_collect"]
    assert course.round.check_code in page.content.decode()
    assert {"zh-hans": "本次票决保什么密", "en": "What this vote keeps secret"}[language] in page.content.decode()
    browser = browser_of(course.round)
    answer = ask(client, course, browser).json()
    assert answer["refused"] == {}
    (signature,) = answer["signed"].values()
    assert blind.verify(key_of(course.round), browser.message, browser.collect(base64.b64decode(signature)))
    row = row_of(course, "changwei1")
    assert row.channel == BallotChannel.ONLINE
    kept = f"{reading.entries(newest_first=True)[0]} {row.__dict__} {course.fresh(course.round).__dict__}"
    assert browser.message.hex() not in kept
    assert course.round.roll.exclude(pk=row.pk).filter(channel=BallotChannel.ONLINE).count() == 0
    after = client.get(here(course))
    assert after.context["holds"]
    assert not after.context["can_collect"]


def test_the_same_browser_gets_the_same_answer_and_another_one_none(course: Course) -> None:
    client = signed_in(course, "changwei1")
    browser = browser_of(course.round)
    first = ask(client, course, browser)
    again = ask(client, course, browser)
    assert (again.status_code, again.json()) == (200, first.json())
    other = ask(client, course, browser_of(course.round))
    assert other.status_code == 409
    assert other.json()["signed"] == {}
    assert "另一浏览器" in next(iter(other.json()["refused"].values()))
    assert course.issued == 1
    acts = [entry.action for entry in reading.entries(stream=f"selection:{course.selection.pk}")]
    assert acts.count(Act.COLLECT_BALLOT) == 1


@pytest.mark.covers("DEL-09", refused=True)
def test_whoever_has_drawn_a_slip_collects_nothing(course: Course) -> None:
    ballot.issue_slip(course.round, **course.by("jingban"), seat=seat_of(course, "changwei2"))
    client = signed_in(course, "changwei2")
    page = client.get(here(course))
    assert not page.context["can_collect"]
    assert "票码" in page.content.decode()
    answer = ask(client, course, browser_of(course.round))
    assert answer.status_code == 422
    assert answer.json()["signed"] == {}
    assert row_of(course, "changwei2").channel == BallotChannel.SLIP


def test_a_member_who_has_left_is_told_so_and_collects_nothing(course: Course) -> None:
    gone = course.meeting.attendances.get(person=course.county["changwei3"].person)
    meeting.record_departure(course.meeting, **course.by("jingban"), attendance=gone, moved_at=course.at)
    client = signed_in(course, "changwei3", "en")
    page = client.get(here(course))
    assert not page.context["can_collect"]
    assert "not there when the roll was fixed" in page.content.decode()
    answer = ask(client, course, browser_of(course.round))
    assert (answer.status_code, answer.json()["signed"]) == (422, {})
    assert row_of(course, "changwei3").channel == BallotChannel.NONE


def test_whoever_is_recused_sees_nothing_and_collects_nothing() -> None:
    course = run_to(Point.CONSULTED)
    away = course.county["changwei4"].person
    charge.recuse_person(course.selection, **course.by("jingban"), person=away, reason="与人选有亲属关系。")
    here_ = [seat for seat in course.members(11) if seat.person_id != away.pk]
    course.discuss(here_)
    course.prepare_ballot(recused_count="counted")
    client = signed_in(course, "changwei4")
    page = client.get(here(course))
    assert page.context["rows"] == []
    assert str(course.selection.post) not in page.content.decode()
    answer = ask(client, course, browser_of(course.round))
    assert (answer.status_code, answer.json()["signed"]) == (422, {})
    assert not course.round.roll.filter(channel=BallotChannel.ONLINE).exists()


@pytest.mark.parametrize("username", ["jingban", "guanli", "jiandu"])
def test_nobody_without_a_seat_collects(course: Course, username: str) -> None:
    client = signed_in(course, username)
    assert client.get(here(course)).status_code == 404
    assert ask(client, course, browser_of(course.round)).status_code == 404
    assert not course.round.roll.exclude(channel=BallotChannel.NONE).exists()


def test_once_the_vote_is_open_nothing_is_collected(course: Course) -> None:
    member, *others = (signed_in(course, f"changwei{nth}") for nth in (1, 3, 4))  # as many as one kind of ballot needs
    for one in (member, *others):
        assert ask(one, course, browser_of(course.round)).status_code == 200
    for row in course.round.roll.filter(present=True, channel=BallotChannel.NONE):
        ballot.issue_slip(course.round, **course.by("jingban"), seat=row.seat)
    for code in course.codes[: course.spare]:
        ballot.hand_back_slip(course.round, **course.by("jingban"), code=Secret(code))
    course.open_box()
    assert ask(signed_in(course, "changwei2"), course, browser_of(course.round)).status_code == 422
    page = member.get(here(course))
    assert page.context["holds"]
    assert not page.context["can_collect"]
    assert "/box/collected/" in page.content.decode()


@pytest.mark.parametrize(
    "body",
    [
        "",
        "[]",
        "{}",
        '{"blinded": []}',
        '{"blinded": {}, "seat": 3}',
        '{"blinded": {"x": 7}}',
        '{"blinded": {"x": "*"}}',
        '{"blinded": {"x": "签"}}',
        "[" * 100_000,
    ],
)
def test_what_cannot_be_read_is_refused_in_words(course: Course, body: str) -> None:
    answer = signed_in(course, "changwei1").post(here(course), body, content_type="application/json")
    assert answer.status_code == 400
    assert "重新打开" in answer.json()["words"]


@pytest.mark.parametrize("message", [b"", bytes(384), b"\xff" * 384, secrets.token_bytes(383)])
def test_what_cannot_be_signed_does_not_take_the_ballot_away(course: Course, message: bytes) -> None:
    """The roll must never name bytes for which there will be no signature."""
    client = signed_in(course, "changwei1")
    sent = {"blinded": {str(course.round.box): base64.b64encode(message).decode()}}
    answer = client.post(here(course), json.dumps(sent), content_type="application/json")
    assert (answer.status_code, answer.json()["signed"]) == (422, {})
    assert row_of(course, "changwei1").channel == BallotChannel.NONE
    assert ask(client, course, browser_of(course.round)).status_code == 200


def test_two_members_on_one_tablet_never_share_a_seed(course: Course) -> None:
    holders = [signed_in(course, name).get(here(course)).context["holder"] for name in ("changwei1", "changwei2")]
    assert holders[0] != holders[1]
    assert signed_in(course, "changwei1").get(here(course)).context["holder"] == holders[0]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_desk_and_meeting_show_the_way_until_it_is_done(course: Course, language: str) -> None:
    client = signed_in(course, "changwei1", language)
    at_meeting = f"/office/meetings/{course.meeting.pk}/"
    assert here(course) in client.get("/office/").content.decode()
    assert here(course) in client.get(at_meeting).content.decode()
    other = signed_in(course, "jingban", language)
    assert here(course) not in other.get("/office/").content.decode()
    assert here(course) not in other.get(at_meeting).content.decode()
    ask(client, course, browser_of(course.round))
    assert here(course) not in client.get("/office/").content.decode()
    page = client.get(at_meeting).content.decode()
    assert here(course) not in page
    assert ("/box/en/collected/" if language == "en" else "/box/collected/") in page


def two_posts() -> tuple[Course, Course]:
    """Two posts at one meeting, on which everybody has spoken; no ballot is prepared yet."""
    first = factories.course(people=6)
    first.people, others = first.people[:3], first.people[3:]
    staff = first.by("jingban")
    keeping.set_quota(first.unit, **staff, grade=Grade.TOWNSHIP_CHIEF, approved=2)
    values = {"title": "总编辑", "grade": Grade.TOWNSHIP_CHIEF, "post_class": PostClass.CHIEF, "seats": 1}
    second = first.again(keeping.add_post(first.unit, **staff, values=values), at=first.at)
    second.people = others
    second.go_to(Point.CONSULTED)
    first.go_to(Point.DISCUSSED)
    second.at, second.meeting = first.at, first.meeting
    meeting.put_on_agenda(second.selection, **second.by("jingban"), meeting=second.meeting)
    for candidacy in second.now().candidacies.filter(state=CandidacyState.PROPOSED).order_by("pk"):
        second.introduce(candidacy)
        for seat in sorted(second.members(), key=lambda seat: seat.is_chief):
            second.speak(candidacy, seat)
    return first, second


def test_one_post_or_two_cost_the_same_queries_and_are_collected_at_one_press() -> None:
    first, second = two_posts()
    client = signed_in(first, "changwei1")

    def queries(address: str) -> int:
        with CaptureQueriesContext(connection) as caught:
            assert client.get(address).status_code == 200
        return len(caught)

    first.prepare_ballot()
    pages = [here(first), "/office/"]
    client.get(here(first))
    one = [queries(page) for page in pages]
    second.prepare_ballot()
    assert [queries(page) for page in pages] == one
    assert one[0] <= 12
    assert len(client.get(here(first)).context["rows"]) == 2
    answer = ask(client, first, browser_of(first.round), browser_of(second.round))
    assert set(answer.json()["signed"]) == {str(first.round.box), str(second.round.box)}
    assert RollMember.objects.filter(channel=BallotChannel.ONLINE).count() == 2


def test_to_collect_a_member_waits_for_no_case_to_be_read(course: Course) -> None:
    """Hundreds press the button in the same minute: each costs the same, however large the case and the body are."""
    client, browser = signed_in(course, "changwei1"), browser_of(course.round)
    with CaptureQueriesContext(connection) as caught:
        answer = ask(client, course, browser)
    assert set(answer.json()["signed"]) == {str(browser.credential.round_id)}
    asked = [one["sql"] for one in caught if not one["sql"].startswith(("SAVEPOINT", "RELEASE"))]
    assert [sql for sql in asked if "rows_of_a_case" in sql] == []
    assert len(asked) <= 19
