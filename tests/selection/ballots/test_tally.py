"""Counting: the order of ballots changes nothing, a damaged ballot is returned but not valid (计票)."""

from collections import Counter
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selection.ballots.sheet import packed
from selection.ballots.tally import count, cut_apart, lines_agree
from tests.selection.ballots.rounds import SHEET, VOTE

ROUND = UUID(int=7)
VOTES = st.fixed_dictionaries(
    {"first": st.sampled_from(SHEET.option_keys), "second": st.sampled_from(SHEET.option_keys)}
)
LAWFUL = VOTES.filter(lambda vote: list(vote.values()).count("agree") < 2)


@pytest.mark.covers("BOX-07")
@given(st.lists(LAWFUL, max_size=30), st.randoms())
def test_the_count_is_that_of_a_simple_counter_in_any_order(votes: list[dict[str, str]], random: object) -> None:
    payloads = [packed(ROUND, vote) for vote in votes]
    result = count(SHEET, ROUND, 30, payloads)
    assert (result.valid, result.returned, result.issued_codes) == (len(votes), len(votes), 30)
    for candidate in ("first", "second"):
        simple = Counter(vote[candidate] for vote in votes)
        assert result.counts[candidate] == {option: simple[option] for option in SHEET.option_keys}
    random.shuffle(payloads)  # type: ignore[attr-defined]
    assert count(SHEET, ROUND, 30, payloads) == result


@given(st.lists(VOTES, max_size=20), st.lists(st.binary(max_size=40), max_size=5))
def test_valid_never_exceeds_returned_and_each_candidate_sums_to_valid(
    votes: list[dict[str, str]], rubbish: list[bytes]
) -> None:
    payloads = [packed(ROUND, vote) for vote in votes] + rubbish
    result = count(SHEET, ROUND, 25, payloads)
    assert result.valid == sum(list(vote.values()).count("agree") < 2 for vote in votes)
    assert result.valid <= result.returned <= result.issued_codes
    assert {sum(options.values()) for options in result.counts.values()} == {result.valid}


@given(st.lists(LAWFUL, max_size=20))
def test_lines_say_the_same_as_the_ballots_they_were_cut_from(votes: list[dict[str, str]]) -> None:
    ballots = [(bytes([n]) * 32, packed(ROUND, vote)) for n, vote in enumerate(votes)]
    lines = cut_apart(SHEET, ROUND, ballots)
    result = count(SHEET, ROUND, 20, [payload for _key, payload in ballots])
    assert lines_agree(result, [(line.item, line.value) for line in lines])
    assert [line.line_id for line in lines] == sorted({line.line_id for line in lines})


@pytest.mark.parametrize("change", [lambda lines: lines[1:], lambda lines: [*lines, ("first", "agree")],
                                    lambda lines: [("stranger", "agree"), *lines[1:]]])  # fmt: skip
def test_a_changed_line_is_noticed(change: object) -> None:
    ballots = [(bytes([n]) * 32, packed(ROUND, VOTE)) for n in range(5)]
    lines = [(line.item, line.value) for line in cut_apart(SHEET, ROUND, ballots)]
    result = count(SHEET, ROUND, 5, [payload for _key, payload in ballots])
    assert lines_agree(result, lines)
    assert not lines_agree(result, change(lines))  # type: ignore[operator]


def test_two_cuts_of_the_same_ballots_share_no_key() -> None:
    ballots = [(bytes([n]) * 32, packed(ROUND, VOTE)) for n in range(50)]
    one, other = ({line.line_id for line in cut_apart(SHEET, ROUND, ballots)} for _ in range(2))
    assert len(one) == len(other) == 100
    assert not one & other
