"""The voter's half of the credential (选民端): what the browser does, once more in Python.

For the tests, which hold the two against each other, and for measurements with thousands of voters.  The salt may have
any length here, because the RFC has test vectors with none; the box takes forty-eight bytes alone.
"""

import hashlib
import math
import secrets
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from selection.ballots import credential

HASH_BYTES = SALT_BYTES = 48


class Key(Protocol):
    """A public key, whichever copy of the module it comes from."""

    @property
    def n(self) -> int: ...
    @property
    def e(self) -> int: ...
    @property
    def der(self) -> bytes: ...


class NotSigned(Exception):
    """What came back from the signer is no signature on the message."""


def _size(key: Key) -> int:
    return (key.n.bit_length() + 7) // 8


def _mask(seed: bytes, length: int) -> bytes:
    blocks = (hashlib.sha384(seed + at.to_bytes(4)).digest() for at in range(math.ceil(length / HASH_BYTES)))
    return b"".join(blocks)[:length]


def encode(message: bytes, salt: bytes, bits: int) -> bytes:
    """EMSA-PSS-ENCODE of RFC 8017, section 9.1.1, with SHA-384."""
    length = (bits + 7) // 8
    if length < HASH_BYTES + len(salt) + 2:
        raise ValueError("the key is too small for this padding")
    hashed = hashlib.sha384(bytes(8) + hashlib.sha384(message).digest() + salt).digest()
    block = bytes(length - len(salt) - HASH_BYTES - 2) + b"\x01" + salt
    masked = bytearray(one ^ other for one, other in zip(block, _mask(hashed, len(block)), strict=True))
    masked[0] &= 0xFF >> (8 * length - bits)
    return bytes(masked) + hashed + b"\xbc"


def random_unit(n: int) -> int:
    """A number by which the message can be blinded."""
    while True:
        number = secrets.randbelow(n - 1) + 1
        if math.gcd(number, n) == 1:
            return number


def prepare(message: bytes, prefix: bytes | None = None) -> bytes:
    """PrepareRandomize of RFC 9474, section 4.1."""
    return (secrets.token_bytes(32) if prefix is None else prefix) + message


def blind(key: Key, prepared: bytes, *, salt: bytes | None = None, r: int | None = None) -> tuple[bytes, int]:
    """Return the blinded message and the inverse that takes the blinding away: Blind of RFC 9474, section 4.2."""
    salt = secrets.token_bytes(SALT_BYTES) if salt is None else salt
    r = random_unit(key.n) if r is None else r
    encoded = int.from_bytes(encode(prepared, salt, key.n.bit_length() - 1))
    if math.gcd(encoded, key.n) != 1:
        raise ValueError("the message has a factor of the key")
    return (encoded * pow(r, key.e, key.n) % key.n).to_bytes(_size(key)), pow(r, -1, key.n)


def finalize(key: Key, prepared: bytes, blind_signature: bytes, inverse: int, salt_bytes: int = SALT_BYTES) -> bytes:
    """Take the blinding away and check what is left, or raise NotSigned: Finalize of RFC 9474, section 4.4."""
    if len(blind_signature) != _size(key):
        raise NotSigned
    signature = (int.from_bytes(blind_signature) * inverse % key.n).to_bytes(_size(key))
    if not is_signed(key, prepared, signature, salt_bytes):
        raise NotSigned
    return signature


def is_signed(key: Key, prepared: bytes, signature: bytes, salt_bytes: int = SALT_BYTES) -> bool:
    """RSASSA-PSS-VERIFY by the library, with a salt of any length."""
    pss = padding.PSS(mgf=padding.MGF1(hashes.SHA384()), salt_length=salt_bytes)
    try:
        rsa.RSAPublicNumbers(key.e, key.n).public_key().verify(signature, prepared, pss, hashes.SHA384())
    except InvalidSignature:
        return False
    return True


@dataclass(frozen=True)
class Secrets:
    """All that a voter's browser makes for one round, from one seed of sixteen bytes."""

    prefix: bytes
    salt: bytes
    r: int
    signing_seed: bytes


def derive(seed: bytes, round_id: UUID, key: Key) -> Secrets:
    """Derive the secrets of a round: HKDF-SHA-384, each under a label, bound to the round and to the key."""
    assert len(seed) == 16
    bound = round_id.bytes + hashlib.sha256(key.der).digest()

    def drawn(label: bytes, length: int) -> bytes:
        return HKDF(hashes.SHA384(), length, salt=b"cadre-v1-seed", info=label + bound).derive(seed)

    return Secrets(
        prefix=drawn(b"cadre-v1-prefix", 32),
        salt=drawn(b"cadre-v1-salt", SALT_BYTES),
        r=int.from_bytes(drawn(b"cadre-v1-blind", _size(key) + 16)) % key.n,  # as good as uniform: 2^-128
        signing_seed=drawn(b"cadre-v1-sign", 32),
    )


class Voter:
    """One voter in one round: collects a credential, then signs a ballot with it."""

    def __init__(self, round_id: UUID, key: Key, seed: bytes | None = None) -> None:
        self._key = key
        self.seed = secrets.token_bytes(16) if seed is None else seed
        made = derive(self.seed, round_id, key)
        self._signer = Ed25519PrivateKey.from_private_bytes(made.signing_seed)
        self.credential = credential.Credential(made.prefix, round_id, self._signer.public_key().public_bytes_raw())
        self.message = self.credential.message
        self.blinded, self._inverse = blind(key, self.message, salt=made.salt, r=made.r)

    def collect(self, blind_signature: bytes) -> bytes:
        """Return the signature on the credential."""
        return finalize(self._key, self.message, blind_signature, self._inverse)

    def sign(self, payload: bytes) -> bytes:
        """Return the signature on the filled-in sheet."""
        return self._signer.sign(credential.ballot_message(payload))
