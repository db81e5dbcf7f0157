"""A round in the box, with its slips in hand (测试用的一轮投票)."""

from dataclasses import dataclass
from uuid import UUID, uuid4

from selection.ballots import box

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
