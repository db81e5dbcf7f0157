"""The ballot credential (投票凭证): its bytes, what of them is refused, and what its key and the box's sign."""

import hashlib
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from selection.ballots import blind, codes, credential
from selection.ballots.credential import Credential, Flaw, UnusableCredential
from tests.selection.ballots.voter import Voter, derive

ROUND, OTHER = UUID("5f0c6a5e-4f3b-4d7a-9d0e-3b8c1d2e4f50"), UUID("5f0c6a5e-4f3b-4d7a-9d0e-3b8c1d2e4f51")
KEY, SEED = blind.make_key(), bytes(range(16))
BYTES32, SIGNATURE = st.binary(min_size=32, max_size=32), st.binary(min_size=64, max_size=64)
BOX = Ed25519PrivateKey.from_private_bytes(bytes(32))
BOX_PUBLIC = BOX.public_key().public_bytes_raw()


# --- the message -------------------------------------------------------------------------------------------------


def test_the_message_has_its_parts_in_their_places() -> None:
    message = Credential(prefix=b"p" * 32, round_id=ROUND, key=b"k" * 32).message
    assert message == b"p" * 32 + b"cadre-v1" + ROUND.bytes + bytes(16) + b"k" * 32
    assert len(message) == credential.MESSAGE_BYTES == 104


@given(BYTES32, st.uuids(), BYTES32)
def test_a_message_is_read_as_it_was_made(prefix: bytes, round_id: UUID, key: bytes) -> None:
    made = Credential(prefix, round_id, key)
    assert Credential.read(made.message, round_id) == made


@pytest.mark.parametrize("length", [0, 1, 100, 103, 105, 1000])
def test_a_message_of_another_length_is_refused(length: int) -> None:
    message = (Credential(b"p" * 32, ROUND, b"k" * 32).message * 10)[:length]
    with pytest.raises(UnusableCredential) as refused:
        Credential.read(message, ROUND)
    assert refused.value.flaw is Flaw.LENGTH


@given(st.integers(32, 71), st.integers(1, 255))
def test_a_message_with_anything_fixed_changed_is_refused(at: int, change: int) -> None:
    message = bytearray(Credential(b"p" * 32, ROUND, b"k" * 32).message)
    message[at] ^= change
    with pytest.raises(UnusableCredential) as refused:
        Credential.read(bytes(message), ROUND)
    assert refused.value.flaw is (Flaw.TAG if at < 40 else Flaw.ROUND if at < 56 else Flaw.RESERVED)


def test_a_credential_of_another_round_is_refused() -> None:
    with pytest.raises(UnusableCredential) as refused:
        Credential.read(Voter(OTHER, KEY.public).message, ROUND)
    assert refused.value.flaw is Flaw.ROUND


# --- what is derived from it -------------------------------------------------------------------------------------


def test_a_credential_and_a_slip_never_meet_in_one_nullifier() -> None:
    message = Voter(ROUND, KEY.public, SEED).message
    assert credential.nullifier(message) == hashlib.sha256(b"cadre-v1-null" + message).digest()
    code = codes.make_codes(1)[0]
    assert credential.nullifier(codes.read_code(code).encode()) != codes.nullifier_of(code)


def test_a_voter_signs_one_sheet_byte_for_byte() -> None:
    voter, other = Voter(ROUND, KEY.public), Voter(ROUND, KEY.public)
    payload = '{"甲":"agree"}'.encode()
    signature = voter.sign(payload)
    key = Credential.read(voter.message, ROUND).key
    assert len(signature) == credential.SIGNATURE_BYTES
    assert credential.ballot_is_signed(key, payload, signature)
    assert not credential.ballot_is_signed(key, payload + b" ", signature)
    assert not credential.ballot_is_signed(key, payload, other.sign(payload))
    assert not credential.ballot_is_signed(other.credential.key, payload, signature)


@given(st.binary(max_size=70) | SIGNATURE)
def test_no_bytes_pass_for_a_signature_or_a_receipt_by_chance(signature: bytes) -> None:
    assert not credential.ballot_is_signed(BOX_PUBLIC, b"payload", signature)
    assert not credential.receipt_is_genuine(BOX_PUBLIC, ROUND, bytes(32), signature)


@given(st.binary(max_size=40).filter(lambda key: len(key) != 32))
def test_what_is_no_key_has_signed_nothing(key: bytes) -> None:
    assert not credential.ballot_is_signed(key, b"payload", BOX.sign(credential.ballot_message(b"payload")))
    receipt = credential.sign_receipt(BOX, ROUND, bytes(32))
    assert not credential.receipt_is_genuine(key, ROUND, bytes(32), receipt)


def test_a_receipt_is_for_one_ballot_in_one_round_and_is_always_the_same() -> None:
    nullifier = credential.nullifier(Voter(ROUND, KEY.public).message)
    receipt = credential.sign_receipt(BOX, ROUND, nullifier)
    assert receipt == credential.sign_receipt(BOX, ROUND, nullifier)
    assert credential.receipt_is_genuine(BOX_PUBLIC, ROUND, nullifier, receipt)
    assert not credential.receipt_is_genuine(BOX_PUBLIC, OTHER, nullifier, receipt)
    assert not credential.receipt_is_genuine(BOX_PUBLIC, ROUND, bytes(32), receipt)


def test_a_signed_sheet_does_not_pass_for_a_receipt_nor_a_receipt_for_a_sheet() -> None:
    """One key for both would be a mistake; even then the two could not be exchanged."""
    payload, nullifier = b"payload", bytes(32)
    of_sheet = BOX.sign(credential.ballot_message(payload))
    assert not credential.receipt_is_genuine(BOX_PUBLIC, ROUND, nullifier, of_sheet)
    receipt = credential.sign_receipt(BOX, ROUND, nullifier)
    assert not credential.ballot_is_signed(BOX_PUBLIC, payload, receipt)


# --- the whole way -----------------------------------------------------------------------------------------------


@pytest.mark.covers("DEL-09")
def test_what_the_site_signs_blind_the_box_accepts() -> None:
    voter = Voter(ROUND, KEY.public)
    signature = voter.collect(blind.blind_sign(KEY, voter.blinded))
    assert blind.verify(KEY.public, voter.message, signature)
    assert voter.message not in voter.blinded
    assert signature not in voter.blinded


@pytest.mark.covers("DEL-09", refused=True)
def test_a_credential_of_another_key_or_of_none_is_refused() -> None:
    voter, stranger = Voter(ROUND, KEY.public), blind.make_key()
    theirs = Voter(ROUND, stranger.public)
    assert not blind.verify(KEY.public, theirs.message, theirs.collect(blind.blind_sign(stranger, theirs.blinded)))
    assert not blind.verify(KEY.public, voter.message, voter.blinded)
    assert not blind.verify(KEY.public, voter.message, b"")


def test_the_same_seed_collects_the_same_credential_again() -> None:
    first, again = Voter(ROUND, KEY.public, SEED), Voter(ROUND, KEY.public, SEED)
    assert (first.blinded, first.message) == (again.blinded, again.message)
    answer = blind.blind_sign(KEY, first.blinded)
    assert first.collect(answer) == again.collect(answer)


def test_another_round_another_key_or_another_seed_shares_no_secret() -> None:
    stranger = blind.make_key()
    made = [
        derive(SEED, ROUND, KEY.public),
        derive(SEED, OTHER, KEY.public),
        derive(SEED, ROUND, stranger.public),
        derive(bytes(16), ROUND, KEY.public),
    ]
    parts = [part for one in made for part in (one.prefix, one.salt[:32], one.r, one.signing_seed)]
    assert len(set(parts)) == len(parts)
    assert [len(made[0].prefix), len(made[0].salt), len(made[0].signing_seed)] == [32, 48, 32]
