"""Blind signatures (盲签名): the vectors of RFC 9474, what is refused, and that a transcript tells nothing.

``rfc9474_vectors.json`` holds the four vectors of appendix A of RFC 9474, whose key of 4096 bits they share.
"""

import dataclasses
import importlib.util
import json
import random
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings
from hypothesis import strategies as st

from selection.ballots import blind
from tests.selection.ballots import voter

RFC: dict[str, Any] = json.loads((Path(__file__).parent / "rfc9474_vectors.json").read_text(encoding="ascii"))
RFC_NUMBERS = [int(RFC["key"][part], 16) for part in "nedpq"]
KEY = blind.make_key()
DER, PKCS8 = serialization.Encoding.DER, serialization.PrivateFormat.PKCS8


def without_gmpy2() -> ModuleType:
    """The same module as it is where gmpy2 cannot be imported."""
    spec = importlib.util.spec_from_file_location("blind_without_gmpy2", blind.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "gmpy2", None)
        patch.setitem(sys.modules, "blind_without_gmpy2", module)
        spec.loader.exec_module(module)
    return module


PLAIN = without_gmpy2()


@pytest.fixture(params=[blind, PLAIN], ids=["gmpy2", "plain"])
def arithmetic(request: pytest.FixtureRequest) -> Any:
    """The module on gmpy2, then on plain integers."""
    assert request.node.callspec.id.split("-")[0] == request.param.ARITHMETIC
    return request.param


# --- the RFC -----------------------------------------------------------------------------------------------------


def test_the_four_variants_of_the_rfc_are_there() -> None:
    assert [vector["name"] for vector in RFC["vectors"]] == [
        f"RSABSSA-SHA384-{padding}-{kind}" for kind in ("Randomized", "Deterministic") for padding in ("PSS", "PSSZERO")
    ]


@pytest.mark.covers("BOX-01")
@pytest.mark.parametrize("vector", RFC["vectors"], ids=lambda vector: vector["name"].removeprefix("RSABSSA-SHA384-"))
def test_every_step_gives_what_the_rfc_gives(arithmetic: Any, vector: dict[str, str]) -> None:
    key = arithmetic.PrivateKey(*RFC_NUMBERS)
    salt = bytes.fromhex(vector["salt"])
    inverse = int(vector["inv"], 16)
    prepared = voter.prepare(bytes.fromhex(vector["msg"]), bytes.fromhex(vector["msg_prefix"]))
    assert prepared.hex() == vector["prepared_msg"]
    assert voter.encode(prepared, salt, key.n.bit_length() - 1).hex() == vector["encoded_msg"]
    blinded, unblind = voter.blind(key.public, prepared, salt=salt, r=pow(inverse, -1, key.n))
    assert (blinded.hex(), unblind) == (vector["blinded_msg"], inverse)
    answer = arithmetic.blind_sign(key, blinded)
    assert answer.hex() == vector["blind_sig"]
    signature = voter.finalize(key.public, prepared, answer, unblind, len(salt))
    assert signature.hex() == vector["sig"]
    assert arithmetic.verify(key.public, prepared, signature) is bool(salt), "the box takes forty-eight bytes of salt"


# --- signing -----------------------------------------------------------------------------------------------------


@pytest.mark.covers("BOX-01")
@settings(max_examples=20, deadline=None)
@given(st.integers(1, KEY.n - 1))
def test_both_arithmetics_give_the_same_signature_each_time(number: int) -> None:
    blinded = number.to_bytes(384)
    signature = blind.blind_sign(KEY, blinded)
    assert PLAIN.blind_sign(KEY, blinded) == blind.blind_sign(KEY, blinded) == signature
    assert pow(int.from_bytes(signature), KEY.e, KEY.n) == number


@pytest.mark.parametrize(
    "blinded",
    [
        b"",
        b"\x01",
        bytes(384),
        KEY.n.to_bytes(384),
        (KEY.n + 1).to_bytes(384),
        b"\xff" * 384,
        b"\x01" * 383,
        bytes(1) + b"\x01" * 384,
        b"\x01" * 385,
    ],
    ids=["empty", "one byte", "zero", "modulus", "modulus and one", "all ones", "short", "padded", "long"],
)
@pytest.mark.covers("BOX-01", refused=True)
def test_what_is_no_blinded_message_is_not_signed(arithmetic: Any, blinded: bytes) -> None:
    with pytest.raises(arithmetic.UnusableRequest):
        arithmetic.blind_sign(KEY, blinded)


@pytest.mark.parametrize("number", [1, KEY.n - 1], ids=["one", "minus one"])
def test_the_two_numbers_that_are_their_own_signature_tell_nothing(arithmetic: Any, number: int) -> None:
    assert arithmetic.blind_sign(KEY, number.to_bytes(384)) == number.to_bytes(384)


@pytest.mark.parametrize("part", ["d", "p", "q"])
def test_a_signature_from_a_broken_key_is_never_given_away(arithmetic: Any, part: str) -> None:
    broken = dataclasses.replace(KEY, **{part: getattr(KEY, part) ^ 1 << 40})
    with pytest.raises(arithmetic.SigningFault):
        arithmetic.blind_sign(broken, b"\x01" * 384)


# --- verifying ---------------------------------------------------------------------------------------------------


def signed(message: bytes, salt: bytes | None = None) -> bytes:
    """A signature by way of a blinding; the voter's check is left out, so that odd ones can be made."""
    blinded, inverse = voter.blind(KEY.public, message, salt=salt)
    return (int.from_bytes(blind.blind_sign(KEY, blinded)) * inverse % KEY.n).to_bytes(384)


def test_a_signature_holds_for_its_message_and_its_key_alone() -> None:
    message = voter.prepare(b"message")
    signature = signed(message)
    assert blind.verify(KEY.public, message, signature)
    assert not blind.verify(KEY.public, message + b" ", signature)
    assert not blind.verify(KEY.public, message[32:], signature)
    assert not blind.verify(blind.make_key().public, message, signature)


@pytest.mark.parametrize("length", [0, 47, 49])
def test_a_salt_of_another_length_is_refused(length: int) -> None:
    message = voter.prepare(b"message")
    signature = signed(message, bytes(length))
    assert voter.is_signed(KEY.public, message, signature, length)
    assert not blind.verify(KEY.public, message, signature)


def test_a_signature_has_one_form() -> None:
    """The modulus added to it would leave it right, could it be sent so."""
    vector, public = RFC["vectors"][0], blind.PublicKey(*RFC_NUMBERS[:2])
    message, signature = bytes.fromhex(vector["prepared_msg"]), int(vector["sig"], 16)
    assert blind.verify(public, message, signature.to_bytes(512))
    assert not blind.verify(public, message, (signature + public.n).to_bytes(512))


def mutated(signature: bytes, chance: random.Random) -> bytes:
    """The signature with something about it changed."""
    number, at = int.from_bytes(signature), chance.randrange(len(signature))
    kind = chance.randrange(8)
    if kind == 0:
        return (number ^ 1 << chance.randrange(3072)).to_bytes(384)
    if kind == 1:
        return signature[:at] + bytes([signature[at] ^ chance.randrange(1, 256)]) + signature[at + 1 :]
    if kind == 2:
        return signature[:at]
    if kind == 3:
        return signature + chance.randbytes(chance.randrange(1, 4))
    if kind == 4:
        return bytes(chance.randrange(1, 4)) + signature
    if kind == 5:
        return ((number * chance.randrange(2, 1000) if at % 2 else -number) % KEY.n).to_bytes(384)
    if kind == 6:
        return (number + KEY.n).to_bytes(385)
    return chance.randbytes(384)


def test_ten_thousand_changed_signatures_are_refused() -> None:
    chance = random.Random(9474)
    messages = [voter.prepare(bytes([at])) for at in range(20)]
    signatures = [signed(message) for message in messages]
    for message, signature in zip(messages, signatures, strict=True):
        assert blind.verify(KEY.public, message, signature)
    taken = 0
    for _ in range(10_000):
        at = chance.randrange(20)
        taken += blind.verify(KEY.public, messages[at], mutated(signatures[at], chance))
    for message in messages:
        taken += sum(blind.verify(KEY.public, message, signature) for signature in signatures)
    assert taken == len(messages), "each signature for its own message, and nothing else"


# --- blindness ---------------------------------------------------------------------------------------------------


@pytest.mark.covers("BOX-10")
@pytest.mark.covers("DEL-09")
def test_with_every_key_in_hand_any_voter_may_have_cast_any_ballot() -> None:
    """For each pair there is a blinding factor that explains it, so what the site and the box keep pairs nobody."""
    cast, collected = [], []
    for number in range(25):
        message, salt = voter.prepare(bytes([number])), bytes([number]) * 48
        blinded, inverse = voter.blind(KEY.public, message, salt=salt)
        answer = blind.blind_sign(KEY, blinded)
        collected.append((blinded, int.from_bytes(answer)))
        cast.append((message, salt, int.from_bytes(voter.finalize(KEY.public, message, answer, inverse))))
    explained = 0
    for message, salt, signature in cast:
        unblinded = pow(signature, -1, KEY.n)
        for blinded, answer_number in collected:
            factor = answer_number * unblinded % KEY.n
            explained += voter.blind(KEY.public, message, salt=salt, r=factor)[0] == blinded
    assert explained == 25 * 25


# --- keys --------------------------------------------------------------------------------------------------------


def pkcs8(key: Any) -> bytes:
    der: bytes = key.private_bytes(DER, PKCS8, serialization.NoEncryption())
    return der


def spki(key: Any) -> bytes:
    der: bytes = key.public_key().public_bytes(DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return der


FOREIGN = {
    "smaller": rsa.generate_private_key(65537, 2048),
    "other exponent": rsa.generate_private_key(3, 3072),
    "other kind": ec.generate_private_key(ec.SECP256R1()),
}


def test_a_key_is_read_as_it_was_written(arithmetic: Any) -> None:
    key = arithmetic.make_key()
    assert (key.n.bit_length(), key.e, key.public.size) == (3072, 65537, 384)
    assert arithmetic.PrivateKey.from_der(key.der) == key
    assert arithmetic.PublicKey.from_der(key.public.der) == key.public
    assert serialization.load_der_private_key(key.der, None).private_numbers().d == key.d  # type: ignore[union-attr]


@pytest.mark.parametrize("foreign", FOREIGN.values(), ids=FOREIGN)
def test_a_key_of_another_form_is_refused(foreign: Any) -> None:
    with pytest.raises(blind.UnusableKey):
        blind.PrivateKey.from_der(pkcs8(foreign))
    with pytest.raises(blind.UnusableKey):
        blind.PublicKey.from_der(spki(foreign))


@pytest.mark.parametrize("change", [lambda der: b"", lambda der: der[:-1], lambda der: der + b"\x00", lambda der: b"x"])
def test_what_is_no_key_is_refused(change: Any) -> None:
    with pytest.raises(blind.UnusableKey):
        blind.PublicKey.from_der(change(KEY.public.der))
    with pytest.raises(blind.UnusableKey):
        blind.PrivateKey.from_der(change(KEY.der))


def test_the_same_key_in_another_form_is_refused() -> None:
    """Otherwise one key would have two fingerprints."""
    key = serialization.load_der_public_key(KEY.public.der)
    pkcs1 = key.public_bytes(DER, serialization.PublicFormat.PKCS1)
    assert serialization.load_der_public_key(pkcs1) == key
    with pytest.raises(blind.UnusableKey):
        blind.PublicKey.from_der(pkcs1)


@pytest.mark.parametrize("part", ["d", "p", "q", "n"])
def test_a_private_key_whose_numbers_disagree_is_refused(part: str) -> None:
    number = getattr(KEY, part)
    length = (number.bit_length() + 7) // 8
    right, wrong = number.to_bytes(length), (number ^ 1 << 40).to_bytes(length)
    assert KEY.der.count(right) == 1
    with pytest.raises(blind.UnusableKey):
        blind.PrivateKey.from_der(KEY.der.replace(right, wrong))


def test_a_fingerprint_is_that_of_one_key() -> None:
    other = blind.make_key()
    assert len(blind.fingerprint(KEY.public)) == 32
    assert blind.fingerprint(KEY.public) == blind.fingerprint(blind.PublicKey.from_der(KEY.public.der))
    assert blind.fingerprint(KEY.public) != blind.fingerprint(other.public)


def test_a_private_key_in_a_log_or_a_traceback_tells_nothing() -> None:
    blind.blind_sign(KEY, b"\x01" * 384)
    said = f"{KEY} {KEY!r}"
    assert not any(str(part) in said for part in (KEY.d, KEY.p, KEY.q))
