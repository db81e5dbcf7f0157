"""The ballot credential (投票凭证): the bytes of what is signed, cast and receipted, each of fixed length.

A voter makes a key pair for one ballot and has its public half signed blind, inside this message of 104 bytes::

    prefix 32 | "cadre-v1" 8 | round 16 | reserved 16 | public key 32

The prefix is the random one of RFC 9474 ("Randomized"), so the message is already the *prepared* message of the RFC.
A round here is the vote on one post, with a key of its own, so the round says all that there is to say; the sixteen
reserved bytes are zero and are there for a round that would vote on several matters.

Who holds the credential can cast one ballot, found by the ``nullifier``.  The key signs the ballot, so that nobody else
can change it afterwards; a voter who picks a weak key on purpose weakens that ballot alone.  The receipt says that the
box has the ballot, and not what it says.

Pure functions without database; the same formats stand in ``static/js/ballot/credential.js``.
"""

import hashlib
from dataclasses import dataclass
from enum import Enum
from typing import Self
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

__all__ = [
    "MESSAGE_BYTES",
    "SIGNATURE_BYTES",
    "Credential",
    "Flaw",
    "UnusableCredential",
    "ballot_is_signed",
    "ballot_message",
    "nullifier",
    "receipt_is_genuine",
    "receipt_message",
    "sign_receipt",
]

PREFIX_BYTES = KEY_BYTES = 32
SIGNATURE_BYTES = 64
_TAG = b"cadre-v1"
_RESERVED = bytes(16)
MESSAGE_BYTES = PREFIX_BYTES + len(_TAG) + 16 + len(_RESERVED) + KEY_BYTES


class Flaw(Enum):
    """What is wrong with a message, for counting; the voter is told nothing of it."""

    LENGTH = "length"
    TAG = "tag"
    ROUND = "round"
    RESERVED = "reserved"


class UnusableCredential(ValueError):
    """The message is no credential for this round."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.value)
        self.flaw = flaw


@dataclass(frozen=True)
class Credential:
    """What the voter had signed, taken apart."""

    prefix: bytes
    round_id: UUID
    key: bytes

    @property
    def message(self) -> bytes:
        """The message of ``MESSAGE_BYTES`` bytes, which ``blind.verify`` takes as it is."""
        return self.prefix + _TAG + self.round_id.bytes + _RESERVED + self.key

    @classmethod
    def read(cls, message: bytes, round_id: UUID) -> Self:
        """Take a message apart, or raise UnusableCredential.  Its signature is not looked at here."""
        if len(message) != MESSAGE_BYTES:
            raise UnusableCredential(Flaw.LENGTH)
        prefix, rest = message[:PREFIX_BYTES], message[PREFIX_BYTES:]
        if not rest.startswith(_TAG):
            raise UnusableCredential(Flaw.TAG)
        rest = rest.removeprefix(_TAG)
        if rest[:16] != round_id.bytes:
            raise UnusableCredential(Flaw.ROUND)
        if rest[16:32] != _RESERVED:
            raise UnusableCredential(Flaw.RESERVED)
        return cls(prefix, round_id, rest[32:])


def nullifier(message: bytes) -> bytes:
    """Return the key of the one ballot that this credential can cast; nobody can tell it from the blinded message."""
    return hashlib.sha256(b"cadre-v1-null" + message).digest()


def ballot_message(payload: bytes) -> bytes:
    """Return what the voter's key signs: the hash of the filled-in sheet, byte for byte as it is sent."""
    return b"cadre-v1-ballot" + hashlib.sha256(payload).digest()


def ballot_is_signed(key: bytes, payload: bytes, signature: bytes) -> bool:
    """Whether the key inside the credential has signed this sheet."""
    return _is_signed(key, ballot_message(payload), signature)


def receipt_message(round_id: UUID, nullifier: bytes) -> bytes:
    """Return what the box signs when it has taken a ballot; nothing in it depends on the choice."""
    return b"cadre-v1-rcpt" + round_id.bytes + nullifier


def sign_receipt(box_key: Ed25519PrivateKey, round_id: UUID, nullifier: bytes) -> bytes:
    """Return the box's signature of ``SIGNATURE_BYTES`` bytes; the same ballot always has the same receipt."""
    return box_key.sign(receipt_message(round_id, nullifier))


def receipt_is_genuine(box_key: bytes, round_id: UUID, nullifier: bytes, receipt: bytes) -> bool:
    """Whether the box with this public key of thirty-two bytes has signed for the ballot."""
    return _is_signed(box_key, receipt_message(round_id, nullifier), receipt)


def _is_signed(key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
