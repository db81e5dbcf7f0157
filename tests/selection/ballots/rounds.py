"""A round in the box, with its slips in hand (测试用的一轮投票)."""

from dataclasses import dataclass
from functools import cache
from uuid import UUID, uuid4

from selection.ballots import blind, box
from selection.ballots.sheet import packed
from tests.selection.ballots.voter import Voter

CANDIDATES = [("first", "甲人选", "女，1978.06，县委办副主任"), ("second", "乙人选", "男，1980.11，某镇党委书记")]
OPTIONS = [
    ("agree", {"en": "Agree", "zh-hans": "同意"}),
    ("disagree", {"en": "Disagree", "zh-hans": "不同意"}),
    ("abstain", {"en": "Abstain", "zh-hans": "弃权"}),
]
SHEET = box.Sheet(
    title="县融媒体中心主任",
    round_label="县委常委会 第一轮票决",
    candidates=CANDIDATES,
    options=OPTIONS,
    limited_option="agree",
    limit=1,
)
VOTE = {"first": "agree", "second": "disagree"}


@dataclass(frozen=True)
class Round:
    """A round and the codes on its slips."""

    id: UUID
    codes: list[str]


def prepared(slips: int = 3, sheet: box.Sheet = SHEET) -> Round:
    """Prepare a round in the box."""
    round_ = Round(uuid4(), box.make_codes(slips))
    box.prepare(round_.id, sheet, [box.code_hash(code) for code in round_.codes])
    return round_


def opened(slips: int = 3, sheet: box.Sheet = SHEET) -> Round:
    """Prepare a round and open it."""
    round_ = prepared(slips, sheet)
    box.open(round_.id)
    return round_


@cache
def signing_key() -> blind.PrivateKey:
    """One key for all tests of a run: rounds differ in their id, and a credential names its round."""
    return blind.make_key()


@dataclass(frozen=True)
class Holder:
    """A voter who has collected a credential of a round."""

    round_id: UUID
    voter: Voter
    signature: bytes

    def fill(self, choices: dict[str, str]) -> box.Signed:
        """The ballot as the voter's browser sends it."""
        payload = packed(self.round_id, choices)
        return box.Signed(self.voter.message, self.signature, payload, self.voter.sign(payload))


def collected(round_id: UUID, key: blind.PrivateKey | None = None) -> Holder:
    """Collect a credential as a browser does: the signer sees the blinded message alone."""
    key = key or signing_key()
    one = Voter(round_id, key.public)
    return Holder(round_id, one, one.collect(blind.blind_sign(key, one.blinded)))


def signed_round(slips: int = 0, sheet: box.Sheet = SHEET) -> Round:
    """Prepare and open a round that takes credentials, and slips beside them."""
    round_ = Round(uuid4(), box.make_codes(slips))
    box.prepare(round_.id, sheet, [box.code_hash(code) for code in round_.codes], signing_key().public.der)
    box.open(round_.id)
    return round_
