"""Audit packages with real keys and real voters (测试用的票决审计包)."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any
from uuid import UUID, uuid5

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from selection.ballots import blind, package
from selection.ballots.codes import code_hash, make_codes, nullifier_of
from selection.ballots.credential import Credential, ballot_message, nullifier
from selection.ballots.package import Issued, Online, OnSlip
from selection.ballots.sheet import packed
from tests.selection.ballots import voter
from tests.selection.ballots.rounds import SHEET

ROUND = UUID("7d2f3a14-0c55-4c8e-9a61-5f2b8c0d9e11")
OTHER_ROUND = uuid5(ROUND, "other")
AGREE_FIRST = {"first": "agree", "second": "disagree"}
AGREE_SECOND = {"first": "abstain", "second": "agree"}
NEITHER = {"first": "disagree", "second": "disagree"}
BOTH = {"first": "agree", "second": "agree"}


@cache
def _made(name: str) -> blind.PrivateKey:
    return blind.make_key()


def key(name: str = "the round's") -> blind.PrivateKey:
    """A key of this run of the tests, the same under the same name."""
    return _made(name)


def online(choices: Mapping[str, str], *, by: str = "the round's", for_: UUID = ROUND, of: UUID = ROUND) -> Online:
    """A ballot cast online, its credential signed by a key for a round, its sheet of a round."""
    one = voter.Voter(for_, key(by).public)
    signature, payload = one.collect(blind.blind_sign(key(by), one.blinded)), packed(of, choices)
    return Online(nullifier(one.message), one.message, signature, payload, one.sign(payload))


def online_with(message: bytes, signer: Ed25519PrivateKey, choices: Mapping[str, str] = AGREE_FIRST) -> Online:
    """A ballot whose credential is any message at all, signed in due form."""
    blinded, inverse = voter.blind(key().public, message)
    signature = voter.finalize(key().public, message, blind.blind_sign(key(), blinded), inverse)
    payload = packed(ROUND, choices)
    return Online(nullifier(message), message, signature, payload, signer.sign(ballot_message(payload)))


def with_reserved_bytes() -> Online:
    """A ballot whose credential says more than ours do."""
    signer = Ed25519PrivateKey.generate()
    message = bytearray(Credential(bytes(32), ROUND, signer.public_key().public_bytes_raw()).message)
    message[60] = 1
    return online_with(bytes(message), signer)


@cache
def codes() -> tuple[str, ...]:
    """The codes on the three slips of the round."""
    return tuple(sorted(make_codes(3)))


def on_slip(number: int, choices: Mapping[str, str], *, of: UUID = ROUND) -> OnSlip:
    """A ballot cast with one of the slips."""
    return OnSlip(nullifier_of(codes()[number]), packed(of, choices))


@dataclass(frozen=True)
class Vote:
    """What the box and the tables have at the end of a round; ``package`` writes it down."""

    manifest: Mapping[str, Any]
    public_key: bytes | None
    ballots: tuple[Online | OnSlip, ...]
    paper: tuple[Mapping[str, str] | None, ...]
    issued: Issued = field(default_factory=lambda: Issued(online=5, slip=2, paper=2))
    due: int = 11
    present: int = 10
    slips: tuple[bytes, ...] = field(default_factory=lambda: tuple(code_hash(code) for code in codes()))

    def but(self, **changed: Any) -> "Vote":
        """The same vote with some of it changed."""
        return replace(self, **changed)

    def package(self) -> dict[str, Any]:
        """The package of this vote, in which every figure fits."""
        return package.build(
            self.manifest,
            public_key=self.public_key,
            slips=self.slips,
            issued=self.issued,
            due=self.due,
            present=self.present,
            ballots=self.ballots,
            paper=self.paper,
        )


def manifest(public_key: bytes | None) -> dict[str, Any]:
    """The manifest of the round, with the fingerprint of a key."""
    fingerprint = None if public_key is None else hashlib.sha256(public_key).hexdigest()
    made = SHEET.manifest(ROUND, [code_hash(code) for code in codes()])
    return made | {"version": 2, "key_sha256": fingerprint}


@cache
def honest() -> Vote:
    """Ten present of eleven: five collected online and four cast, two voted on slips, two on paper, one void."""
    public = key().public.der
    return Vote(
        manifest=manifest(public),
        public_key=public,
        ballots=(
            *(online(choices) for choices in (AGREE_FIRST, AGREE_FIRST, AGREE_SECOND, NEITHER)),
            on_slip(0, AGREE_FIRST),
            on_slip(1, AGREE_SECOND),
        ),
        paper=(AGREE_FIRST, BOTH),
    )
