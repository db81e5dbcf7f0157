"""The characters on a slip: any slip of the finger is found, any way of writing them is read (票码)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selection.ballots import codes

ALPHABET = st.sampled_from(codes.ALPHABET)
CODES = st.lists(st.integers(0, 31), min_size=16, max_size=16).map(
    lambda values: "".join(codes.ALPHABET[value] for value in values + codes.check_values(values))
)


@given(CODES, st.integers(0, 17), ALPHABET)
def test_any_single_mistyping_is_found(code: str, at: int, other: str) -> None:
    wrong = code[:at] + other + code[at + 1 :]
    if wrong == code:
        assert codes.read_code(wrong) == code
    else:
        with pytest.raises(codes.Mistyped):
            codes.read_code(wrong)


@given(CODES, st.integers(0, 17), st.integers(0, 17))
def test_any_two_exchanged_characters_are_found(code: str, one: int, other: int) -> None:
    characters = list(code)
    characters[one], characters[other] = characters[other], characters[one]
    wrong = "".join(characters)
    if wrong == code:
        assert codes.read_code(wrong) == code
    else:
        with pytest.raises(codes.Mistyped):
            codes.read_code(wrong)


@given(CODES, st.integers(0, 17))
def test_a_missing_or_doubled_character_is_found(code: str, at: int) -> None:
    for wrong in (code[:at] + code[at + 1 :], code[:at] + code[at] + code[at:]):
        with pytest.raises(codes.Mistyped):
            codes.read_code(wrong)


def _full_width(code: str) -> str:
    return "".join(chr(ord(character) + 0xFEE0) for character in code)


@pytest.mark.parametrize(
    "written",
    [
        str.lower,
        codes.grouped,
        lambda code: f"  {codes.grouped(code).replace('-', ' ')}\n",
        lambda code: codes.grouped(code).replace("-", "—"),
        lambda code: code.replace("0", "O").replace("1", "l"),
        lambda code: code.replace("0", "o").replace("1", "I"),
        _full_width,
    ],
)
def test_a_code_is_read_however_it_is_written(written: object) -> None:
    for code in codes.make_codes(50):
        plain = code.replace("-", "")
        assert codes.read_code(written(plain)) == plain  # type: ignore[operator]


@pytest.mark.parametrize(
    "typed", ["", "-", "一二三四五六七八九十一二三四五六七八", "U" * 18, "0" * 500, "0" * 17, "0" * 19]
)
def test_what_cannot_be_a_code_is_refused(typed: str) -> None:
    with pytest.raises(codes.Mistyped):
        codes.read_code(typed)


def test_codes_differ_and_spread_over_the_alphabet() -> None:
    made = codes.make_codes(2000)
    assert len(set(made)) == 2000
    for at in range(16):
        assert {code.replace("-", "")[at] for code in made} == set(codes.ALPHABET)


def test_what_the_box_keeps_of_a_code_differs_from_the_key_of_its_ballot() -> None:
    code = codes.make_codes(1)[0]
    kept, key = codes.code_hash(code), codes.nullifier_of(code)
    assert len({kept, key, codes.tracker_of(key)}) == 3
    assert codes.code_hash(code.lower().replace("-", " ")) == kept
    assert codes.nullifier_of(code.lower()) == key


def test_a_tracking_code_reads_as_two_groups_of_five() -> None:
    tracker = codes.tracker_of(bytes(32))
    assert len(tracker) == 11
    assert tracker[5] == "-"
    assert set(tracker.replace("-", "")) <= set(codes.ALPHABET)
