"""Ed25519 in plain Python: as strict as RFC 8032, and stricter with keys for which anyone can sign (签名核验)."""

import json
import random
from hashlib import sha512
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from audit.chain import ORDER, P, signed_by
from selection.ballots import verify_ballots

# RFC 8032 §7.1.
VECTORS = json.loads(Path(__file__).with_name("rfc8032_vectors.json").read_text(encoding="utf-8"))
LITTLE = "little"


@pytest.fixture(params=VECTORS, ids=lambda vector: vector["name"])
def vector(request: pytest.FixtureRequest) -> dict[str, bytes]:
    return {name: bytes.fromhex(value) for name, value in request.param.items() if name != "name"}


def openssl_accepts(public: bytes, message: bytes, signature: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def flipped(value: bytes, bit: int) -> bytes:
    return (int.from_bytes(value, LITTLE) ^ 1 << bit).to_bytes(len(value), LITTLE)


def test_vectors_of_rfc_8032(vector: dict[str, bytes]) -> None:
    private = Ed25519PrivateKey.from_private_bytes(vector["secret"])
    assert private.public_key().public_bytes_raw() == vector["public"]
    assert private.sign(vector["message"]) == vector["signature"]
    assert signed_by(vector["public"], vector["message"], vector["signature"])


def test_one_bit_anywhere_makes_it_another_signature(vector: dict[str, bytes]) -> None:
    public, message, signature = vector["public"], vector["message"], vector["signature"]
    for bit in range(512):
        assert not signed_by(public, message, flipped(signature, bit))
    for bit in range(256):
        assert not signed_by(flipped(public, bit), message, signature)
    for bit in random.Random(8032).sample(range(len(message) * 8), min(64, len(message) * 8)):
        assert not signed_by(public, flipped(message, bit), signature)
    for other in (message + b"\x00", message[:-1] + b"?", b"\x00" + message):
        assert not signed_by(public, other, signature)


def test_it_agrees_with_openssl_on_what_others_have_signed() -> None:
    dice = random.Random(1)
    for length in [*range(40), 111, 112, 127, 128, 1000, 20_000]:
        private = Ed25519PrivateKey.from_private_bytes(dice.randbytes(32))
        public, message = private.public_key().public_bytes_raw(), dice.randbytes(length)
        signature = private.sign(message)
        assert signed_by(public, message, signature)
        other = Ed25519PrivateKey.from_private_bytes(dice.randbytes(32)).public_key().public_bytes_raw()
        assert not signed_by(other, message, signature)
        for damaged in (flipped(signature, dice.randrange(512)), dice.randbytes(64)):
            assert not signed_by(public, message, damaged)
            assert not openssl_accepts(public, message, damaged)


def secret_scalar(seed: bytes) -> int:
    bits = int.from_bytes(sha512(seed).digest()[:32], LITTLE)
    return bits & (1 << 254) - 8 | 1 << 254


def test_the_second_half_is_below_the_order(vector: dict[str, bytes]) -> None:
    """Otherwise each signature would have several spellings."""
    scalar = int.from_bytes(vector["signature"][32:], LITTLE)
    for times in range(1, 16):
        if scalar + times * ORDER < 1 << 256:
            other = vector["signature"][:32] + (scalar + times * ORDER).to_bytes(32, LITTLE)
            assert not signed_by(vector["public"], vector["message"], other)


def test_the_first_half_has_one_spelling(vector: dict[str, bytes]) -> None:
    """The owner of a key can have the neutral point as R; of its encodings only that below the prime is one."""
    public, message, secret = vector["public"], vector["message"], secret_scalar(vector["secret"])

    def with_neutral_point(encoded: bytes) -> bytes:
        k = int.from_bytes(sha512(encoded + public + message).digest(), LITTLE)
        return encoded + (k * secret % ORDER).to_bytes(32, LITTLE)

    assert signed_by(public, message, with_neutral_point((1).to_bytes(32, LITTLE)))
    for other in (P + 1, 1 | 1 << 255, P + 1 | 1 << 255):
        assert not signed_by(public, message, with_neutral_point(other.to_bytes(32, LITTLE)))


ORDER_8 = ("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
           "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a")  # fmt: skip
SMALL_ORDER = [
    y | sign << 255
    for y in (0, 1, P - 1, P, P + 1, *(int.from_bytes(bytes.fromhex(text), LITTLE) for text in ORDER_8))
    for sign in (0, 1)
]


@pytest.mark.parametrize("key", [key.to_bytes(32, LITTLE) for key in SMALL_ORDER], ids=bytes.hex)
def test_a_key_for_which_anyone_can_sign_is_refused(key: bytes) -> None:
    """No secret is needed: R = sB - kA for an A of so small an order that k is a multiple of it after a few tries."""
    known = Ed25519PrivateKey.from_private_bytes(sha512(b"nonce").digest()[:32]).public_key().public_bytes_raw()
    scalar = (secret_scalar(sha512(b"nonce").digest()[:32]) % ORDER).to_bytes(32, LITTLE)
    forged = 0
    for attempt in range(80):
        message = b"checkpoint %d" % attempt
        # The recount of ballots takes such keys, as the box does; here it shows that these signatures are good ones.
        forged += verify_ballots.is_signed(key, message, known + scalar)
        assert not signed_by(key, message, known + scalar)
    assert forged


@pytest.mark.parametrize(
    "wrong", [None, "", b"", b"\x00" * 31, b"\x00" * 33, "d7" * 32, 7, bytearray(32), b"\xff" * 32]
)
def test_a_key_of_whatever_kind_is_answered_with_no(wrong: Any) -> None:
    assert signed_by(wrong, b"", bytes.fromhex(VECTORS[0]["signature"])) is False


@pytest.mark.parametrize(
    "wrong", [None, "", b"", b"\x00" * 63, b"\x00" * 65, "d7" * 64, 7, bytearray(64), b"\xff" * 64]
)
def test_a_signature_of_whatever_kind_is_answered_with_no(wrong: Any) -> None:
    public = bytes.fromhex(VECTORS[0]["public"])
    assert signed_by(public, b"", wrong) is False
    assert signed_by(public, "", bytes.fromhex(VECTORS[0]["signature"])) is False  # type: ignore[arg-type]


def test_bytes_that_are_no_point_are_no_key() -> None:
    """For about half of all numbers below the prime no x makes them the y of a point."""
    refused = 0
    for y in range(2, 40):
        square = (y * y - 1) * pow(-121665 * pow(121666, -1, P) * y * y + 1, -1, P)
        if pow(square, (P - 1) // 2, P) == P - 1:
            refused += 1
            assert not signed_by(y.to_bytes(32, LITTLE), b"", (1).to_bytes(64, LITTLE))
    assert refused > 10
