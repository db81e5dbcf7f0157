"""Ballots cast with a credential: counted once, checkable by anybody, refused without a trace (凭证投票)."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from selection.ballots import blind, box
from selection.ballots.box import BoxRefused, CastRefused, Reason, Trouble
from selection.ballots.credential import nullifier, receipt_is_genuine
from selection.ballots.models import Ballot
from selection.ballots.package import Online, OnSlip, root_of
from selection.ballots.sheet import packed
from tests.selection.ballots.rounds import SHEET, VOTE, Holder, collected, opened, signed_round, signing_key

pytestmark = pytest.mark.django_db
OTHER = {"first": "disagree", "second": "agree"}


def prepared_for_credentials() -> UUID:
    round_id = uuid4()
    box.prepare(round_id, SHEET, [], signing_key().public.der)
    return round_id


def refused(holder: Holder, ballot: box.Signed) -> Reason:
    with pytest.raises(CastRefused) as refusal:
        box.cast_signed(holder.round_id, ballot)
    return refusal.value.reason


@pytest.mark.covers("DEL-09", "DEL-10")
def test_a_ballot_is_counted_and_its_receipt_is_the_boxs_own() -> None:
    round_ = signed_round()
    holder = collected(round_.id)
    receipt = box.cast_signed(round_.id, holder.fill(VOTE))
    assert receipt_is_genuine(box.receipt_key(), round_.id, nullifier(holder.voter.message), receipt.signature)
    assert not receipt_is_genuine(box.receipt_key(), uuid4(), nullifier(holder.voter.message), receipt.signature)
    box.close(round_.id)
    tally = box.tally(round_.id)
    assert (tally.returned, tally.by_slip, tally.valid) == (1, 0, 1)
    assert tally.counts["first"]["agree"] == tally.counts["second"]["disagree"] == 1
    assert box.trackers(round_.id) == [receipt.tracker]


def test_slips_and_credentials_count_in_the_same_round() -> None:
    round_ = signed_round(slips=2)
    box.cast(round_.codes[0], VOTE)
    box.cast_signed(round_.id, collected(round_.id).fill(OTHER))
    box.cast_signed(round_.id, collected(round_.id).fill(VOTE))
    box.close(round_.id)
    tally = box.tally(round_.id)
    assert (tally.issued_codes, tally.returned, tally.by_slip) == (2, 3, 1)
    assert tally.counts["first"] == {"agree": 2, "disagree": 1, "abstain": 0}


def test_the_same_bytes_sent_again_count_once_and_get_the_same_receipt() -> None:
    round_ = signed_round()
    ballot = collected(round_.id).fill(VOTE)
    first = box.cast_signed(round_.id, ballot)
    assert box.cast_signed(round_.id, ballot) == first
    box.close(round_.id)
    assert box.cast_signed(round_.id, ballot) == first  # the answer was lost, and the box is closed meanwhile
    assert box.tally(round_.id).returned == 1


@pytest.mark.covers("DEL-09", refused=True)
def test_a_spent_credential_casts_no_other_sheet() -> None:
    round_ = signed_round()
    holder = collected(round_.id)
    box.cast_signed(round_.id, holder.fill(VOTE))
    assert refused(holder, holder.fill(OTHER)) == Reason.ALREADY_CAST
    box.close(round_.id)
    assert box.tally(round_.id).counts["first"]["agree"] == 1


@pytest.mark.covers("DEL-11", refused=True)
def test_a_sheet_that_breaks_the_rule_leaves_the_credential_unspent() -> None:
    round_ = signed_round()
    holder = collected(round_.id)
    assert refused(holder, holder.fill({"first": "agree", "second": "agree"})) == Reason.TOO_MANY
    assert refused(holder, holder.fill({"first": "agree"})) == Reason.INCOMPLETE
    assert refused(holder, holder.fill({**VOTE, "third": "agree"})) == Reason.FOREIGN_OPTION
    assert not Ballot.objects.exists()
    box.cast_signed(round_.id, holder.fill(VOTE))
    assert Ballot.objects.count() == 1


def test_forged_altered_and_misplaced_ballots_are_counted_and_leave_nothing_else() -> None:
    round_, other = signed_round(), signed_round()
    holder = collected(round_.id)
    ballot = holder.fill(VOTE)
    flipped = bytes([ballot.signature[0] ^ 1, *ballot.signature[1:]])
    stranger = collected(round_.id, blind.make_key())
    assert refused(holder, replace(ballot, signature=flipped)) == Reason.NOT_ISSUED
    assert refused(holder, replace(ballot, signature=b"")) == Reason.NOT_ISSUED
    assert refused(stranger, stranger.fill(VOTE)) == Reason.NOT_ISSUED
    assert refused(holder, replace(ballot, payload=packed(round_.id, OTHER))) == Reason.ALTERED
    moved = replace(holder, round_id=other.id)
    assert refused(moved, moved.fill(VOTE)) == Reason.NOT_ISSUED
    assert box.standing(round_.id).refused == {"forged": 3, "altered": 1}
    assert box.standing(other.id).refused == {"misplaced": 1}
    assert not Ballot.objects.exists()
    box.cast_signed(round_.id, ballot)  # none of it has spent the credential


def test_a_round_of_slips_alone_and_an_unknown_one_take_no_credential() -> None:
    for round_id in (opened().id, uuid4()):
        holder = collected(round_id)
        assert refused(holder, holder.fill(VOTE)) == Reason.NOT_ISSUED
        assert not Ballot.objects.filter(round=round_id).exists()


def test_before_opening_after_closing_and_in_a_void_round_nothing_is_taken() -> None:
    early = prepared_for_credentials()
    holder = collected(early)
    assert refused(holder, holder.fill(VOTE)) == Reason.NOT_OPEN
    box.open(early)
    box.close(early)
    assert refused(holder, holder.fill(VOTE)) == Reason.CLOSED
    box.void(early)
    assert refused(holder, holder.fill(VOTE)) == Reason.VOID
    assert not Ballot.objects.exists()


@pytest.mark.parametrize("column", ["payload", "signature", "message", "payload_signature"])
def test_a_ballot_changed_in_the_database_stops_the_count(column: str) -> None:
    """An administrator who turns a vote round has the payload of another ballot, but not the voter's key."""
    round_ = signed_round()
    for vote in (VOTE, OTHER):
        box.cast_signed(round_.id, collected(round_.id).fill(vote))
    box.close(round_.id)
    one, other = Ballot.objects.order_by("nullifier")
    setattr(one, column, getattr(other, column))
    one.save()
    with pytest.raises(BoxRefused) as refusal:
        box.tally(round_.id)
    assert refusal.value.trouble == Trouble.NOT_SIGNED


def test_the_characters_of_the_box_change_with_the_key() -> None:
    round_ = signed_round()
    urn = box.look_at(round_.id)
    assert urn.manifest["key_sha256"] == blind.fingerprint(blind.PublicKey.from_der(urn.public_key)).hex()
    with pytest.raises(BoxRefused) as refusal:
        box.prepare(round_.id, SHEET, [], blind.make_key().public.der)
    assert refusal.value.trouble == Trouble.OTHER_MANIFEST


def test_what_a_recount_needs_is_given_after_closing_alone() -> None:
    round_ = signed_round(slips=1)
    ballot = collected(round_.id).fill(VOTE)
    box.cast_signed(round_.id, ballot)
    box.cast(round_.codes[0], OTHER)
    with pytest.raises(BoxRefused) as refusal:
        box.contents(round_.id)
    assert refusal.value.trouble == Trouble.STILL_OPEN
    box.close(round_.id)
    slips, ballots = box.contents(round_.id)
    assert slips == [box.code_hash(round_.codes[0])]
    assert sorted(ballots, key=lambda one: one.nullifier) == ballots
    assert {type(one) for one in ballots} == {Online, OnSlip}
    assert (ballot.message, ballot.payload) in [(one.message, one.payload) for one in ballots if type(one) is Online]
    assert box.root(round_.id) == root_of(reversed(ballots))
