"""Members collect electronic ballots, one each, before the vote; nothing of it leads to a vote (领取电子选票)."""

import json
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.urls import reverse

from audit import reading
from selection.acts import Conflict, NotPermitted, Refused, Secret
from selection.ballots import blind, box, keys
from selection.ballots.blind import PublicKey, UnusableRequest
from selection.ballots.sheet import packed
from selection.enums import Act, BallotChannel, Choice, RoundState
from selection.models import Account, BallotKey, Seat
from selection.stages.deliberation import ballot, meeting
from selection.web.acts import act_url
from tests.factories import Course, Point, run_to
from tests.selection.ballots.voter import Voter
from tests.selection.web.standing import signed_in

pytestmark = [pytest.mark.django_db(databases=["default", "box"]), pytest.mark.covers("DEL-09")]


@pytest.fixture
def course() -> Course:
    return run_to(Point.PREPARED)


def of(course: Course, seat: Seat) -> Any:
    """The account of a member."""
    return Account.objects.get(person=seat.person_id)


def browser(course: Course) -> Voter:
    return Voter(course.round.box, PublicKey.from_der(box.look_at(course.round.box).public_key))


def collect(course: Course, seat: Seat, voter: Voter, actor: Any = None) -> bytes:
    ballot.collect_ballot(
        course.round, seat=seat, blinded=Secret(voter.blinded), actor=actor or of(course, seat), at=course.at
    )
    return voter.collect(ballot.blind_signature(course.round, seat, voter.blinded))


def vote(course: Course, voter: Voter, signature: bytes, choice: Choice) -> box.Receipt:
    keys = [str(row.candidacy_id) for row in course.round.items.all()]
    payload = packed(course.round.box, dict.fromkeys(keys, Choice.DISAGREE.value) | {keys[0]: choice.value})
    return box.cast_signed(course.round.box, box.Signed(voter.message, signature, payload, voter.sign(payload)))


def hand_out_slips(course: Course, seats: list[Seat]) -> None:
    for seat in seats:
        ballot.issue_slip(course.round, **course.by("jingban"), seat=seat)


def take_back(course: Course, number: int) -> None:
    for code in course.codes[:number]:
        ballot.hand_back_slip(course.round, **course.by("jingban"), code=Secret(code))
    course.codes = course.codes[number:]


def hand_out_the_rest(course: Course, seats: list[Seat]) -> list[tuple[Voter, bytes]]:
    """Beside one member who has collected two more do, so that the kind shows nobody; the others draw slips."""
    online, by_slip = seats[:2], seats[2:]
    voters = [browser(course) for _ in online]
    held = [(voter, collect(course, seat, voter)) for seat, voter in zip(online, voters, strict=True)]
    hand_out_slips(course, by_slip)
    take_back(course, 3)
    return held


def test_a_round_by_electronic_ballots_and_slips_is_counted_and_announced(course: Course) -> None:
    online, by_slip = course.members()[:8], course.members()[8:]
    voters = {seat.pk: browser(course) for seat in online}
    signatures = {seat.pk: collect(course, seat, voters[seat.pk]) for seat in online}
    hand_out_slips(course, by_slip)
    assert (course.issued, course.spare) == (11, 8)
    with pytest.raises(Refused) as refusal:
        course.open_box()
    assert [str(row.observed) for row in refusal.value.unmet] == ["尚有 8 项未完成"]
    take_back(course, 8)
    course.open_box()
    for nth, seat in enumerate(online):
        vote(course, voters[seat.pk], signatures[seat.pk], Choice.AGREE if nth < 6 else Choice.ABSTAIN)
    candidates = [str(row.candidacy_id) for row in course.round.items.all()]
    for code in course.codes:
        box.cast(code, dict.fromkeys(candidates, Choice.DISAGREE.value))
    course.close_box()
    assert (course.round.issued, course.round.returned, course.round.valid) == (11, 11, 11)
    ballot.announce_result(course.round, **course.by("shuji"))
    first = course.round.items.order_by("pk")[0]
    assert (first.agree, first.disagree, first.abstain, first.passed) == (6, 3, 2, True)


def test_the_same_browser_gets_the_same_signature_again_and_no_other_one(course: Course) -> None:
    seat, voter = course.members()[0], browser(course)
    signature = collect(course, seat, voter)
    assert voter.collect(ballot.blind_signature(course.round, seat, voter.blinded)) == signature
    other = browser(course)
    with pytest.raises(Conflict):
        ballot.blind_signature(course.round, seat, other.blinded)
    with pytest.raises(Refused) as refusal:
        collect(course, seat, other)
    assert [str(row.observed) for row in refusal.value.unmet] == [str(BallotChannel.ONLINE.label)]
    assert course.issued == 1


@pytest.mark.covers("DEL-09", refused=True)
def test_nobody_collects_twice_by_two_ways_or_for_somebody_else(course: Course) -> None:
    mine, other = course.members()[:2]
    hand_out_slips(course, [mine])
    with pytest.raises(Refused):
        collect(course, mine, browser(course))
    with pytest.raises(Refused):
        collect(course, other, browser(course), actor=of(course, mine))
    with pytest.raises(NotPermitted):
        collect(course, other, browser(course), actor=course.county["jingban"])
    collect(course, other, browser(course))
    with pytest.raises(Refused):
        hand_out_slips(course, [other])
    assert sorted(course.round.roll.exclude(channel="none").values_list("channel", flat=True)) == ["online", "slip"]


@pytest.mark.covers("DEL-09", refused=True)
def test_no_slip_is_noted_that_was_never_printed(course: Course) -> None:
    """Whoever is noted with a slip can collect no electronic ballot, and would have nothing to vote with."""
    ballot.void_ballot(course.round, **course.by("shuji"), reason="改用电子选票。")
    course.prepare_ballot(codes=Secret(box.make_codes(1)))
    first, second = course.members()[:2]
    hand_out_slips(course, [first])
    with pytest.raises(Refused) as refusal:
        hand_out_slips(course, [second])
    assert [(row.observed, row.required) for row in refusal.value.unmet] == [(0, 1)]
    page = signed_in(course, "jingban").get(reverse("ballot", args=[course.round.pk])).content.decode()
    assert act_url(Act.ISSUE_SLIP, course.round) not in page
    collect(course, second, browser(course))
    assert course.issued == 2


def test_at_the_table_of_sheets_whoever_votes_online_hands_nothing_back(course: Course) -> None:
    online, by_slip = course.members()[:2]
    collect(course, online, browser(course))
    hand_out_slips(course, [by_slip])
    page = signed_in(course, "jingban").get(reverse("draw", args=[course.meeting.pk]))
    held = {row["seat"].pk: (row["holds"], row["hands_back"]) for row in page.context["members"]}
    assert held[online.pk] == (["电子选票"], [])
    assert held[by_slip.pk] == (["票码条"], [])


def test_what_the_box_refused_is_told_at_the_table_and_recorded(course: Course) -> None:
    member, *others = course.members()
    voter = browser(course)
    signature = collect(course, member, voter)
    hand_out_the_rest(course, others)
    course.open_box()
    with pytest.raises(box.CastRefused):
        vote(course, browser(course), signature, Choice.AGREE)  # somebody else's message under this signature
    page = signed_in(course, "jingban").get(reverse("ballot", args=[course.round.pk])).content.decode()
    assert "不是为本次票决发出的：1" in page
    course.close_box()
    entry = reading.entries(stream=f"selection:{course.selection.pk}", newest_first=True)[0]
    assert (entry.action, entry.data["facts"]["refused"], course.round.returned) == (Act.CLOSE_BALLOT, 1, 0)


def test_after_opening_nothing_new_is_signed_and_after_closing_nothing_at_all(course: Course) -> None:
    first, *others = course.members()
    voter = browser(course)
    signature = collect(course, first, voter)
    hand_out_the_rest(course, others)
    course.open_box()
    with pytest.raises(Refused):
        collect(course, others[0], browser(course))
    assert (
        voter.collect(ballot.blind_signature(course.round, first, voter.blinded)) == signature
    )  # the page was reloaded
    vote(course, voter, signature, Choice.AGREE)
    course.close_box()
    with pytest.raises(Conflict):
        ballot.blind_signature(course.round, first, voter.blinded)
    key = BallotKey.objects.get(round=course.round)
    assert (key.wrapped, key.destroyed_at) == (None, course.at)


def test_a_void_round_destroys_its_key_and_the_next_one_has_its_own(course: Course) -> None:
    before = bytes(BallotKey.objects.get(round=course.round).public)
    ballot.void_ballot(course.round, **course.by("shuji"), reason="名单有误，重新表决。")
    assert BallotKey.objects.get(round=course.round).wrapped is None
    course.prepare_ballot()
    assert bytes(BallotKey.objects.get(round=course.round).public) != before


def test_a_member_who_leaves_with_an_electronic_ballot_stops_the_round(course: Course) -> None:
    """It cannot be taken back, and would be cast from outside the room."""
    gone, *others = course.members()
    collect(course, gone, browser(course))
    hand_out_slips(course, others)
    take_back(course, 1)
    attendance = course.meeting.attendances.get(seat=gone)
    meeting.record_departure(course.meeting, attendance=attendance, moved_at=course.at, **course.by("jingban"))
    with pytest.raises(Refused) as refusal:
        course.open_box()
    assert gone.person.name in [row.observed for row in refusal.value.unmet]


def test_more_electronic_ballots_than_were_collected_make_the_round_void(course: Course) -> None:
    """Whoever can read the site's secret signs himself a ballot more; the count shows it."""
    member, *others = course.members()
    voter, forged = browser(course), browser(course)
    signature = collect(course, member, voter)
    beside = hand_out_the_rest(course, others)
    wrapped = bytes(BallotKey.objects.get(round=course.round).wrapped or b"")
    private = keys.unwrap(wrapped, settings.BALLOT_KEY, course.round.box)
    course.open_box()
    for holder, signed in [(voter, signature), *beside]:
        vote(course, holder, signed, Choice.DISAGREE)
    vote(course, forged, forged.collect(blind.blind_sign(private, forged.blinded)), Choice.AGREE)
    course.close_box()
    assert (course.round.state, course.round.void_reason) == (RoundState.VOID, "电子选票：收回4张，发出3张")


def test_what_is_no_blinded_message_is_not_signed(course: Course) -> None:
    seat = course.members()[0]
    for wrong in (b"", b"\x00" * 384, b"\xff" * 384, b"\x01" * 383):
        with pytest.raises((UnusableRequest, Conflict)):
            ballot.blind_signature(course.round, seat, wrong)


def test_neither_record_nor_tables_of_the_site_hold_what_was_cast(course: Course) -> None:
    seat, *others = course.members()
    voter = browser(course)
    signature = collect(course, seat, voter)
    hand_out_the_rest(course, others)
    course.open_box()
    receipt = vote(course, voter, signature, Choice.AGREE)
    entries = reading.entries(stream=f"selection:{course.selection.pk}")
    told = [entry for entry in entries if entry.action == Act.COLLECT_BALLOT]
    assert [entry.actor["auth"] for entry in told]
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT coalesce(json_agg(t)::text, '') FROM \"{table}\" t")
            (dump,) = cursor.fetchone()
            for secret in (voter.message.hex(), signature.hex(), voter.blinded.hex(), receipt.tracker):
                assert secret not in dump, table
    assert "blinded" not in json.dumps([entry.data for entry in told])
