"""A round's private key is of use to its round and this installation alone (私钥保管)."""

from uuid import uuid4

import pytest

from selection.ballots.blind import UnusableKey
from selection.ballots.keys import unwrap, wrap
from tests.selection.ballots.rounds import signing_key


def test_a_key_comes_back_for_its_round_under_the_secret_it_was_kept_with() -> None:
    round_id = uuid4()
    kept = wrap(signing_key(), "secret", round_id)
    assert signing_key().der[-100:] not in kept
    assert kept != wrap(signing_key(), "secret", round_id)
    assert unwrap(kept, "secret", round_id) == signing_key()


def test_another_secret_another_round_or_a_changed_byte_opens_nothing() -> None:
    round_id = uuid4()
    kept = wrap(signing_key(), "secret", round_id)
    changed = kept[:-1] + bytes([kept[-1] ^ 1])
    for wrapped, secret, of in ((kept, "other", round_id), (kept, "secret", uuid4()), (changed, "secret", round_id),
                                (b"", "secret", round_id)):  # fmt: skip
        with pytest.raises(UnusableKey):
            unwrap(wrapped, secret, of)
