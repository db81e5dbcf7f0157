"""Periods, shares and which of two values is stricter."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from selection.rulebook.values import BadValue, Period, Share, content, loosened, read

shares = st.integers(1, 60).flatmap(
    lambda whole: st.builds(Share, st.integers(1, whole), st.just(whole), st.booleans())
)
periods = st.builds(
    Period,
    st.integers(1, 40),
    st.sampled_from(["working_day", "day", "month", "year"]),
    st.sampled_from(["counted", "next"]),
)


@pytest.mark.covers("QUA-08", refused=True)
@pytest.mark.parametrize(("part", "met"), [(19, False), (20, True), (21, True)])
def test_two_thirds_of_thirty_is_twenty(part, met):
    assert Share(2, 3, strict=False).met(part, 30) is met


@pytest.mark.covers("QUA-08", refused=True)
@pytest.mark.parametrize(("part", "over"), [(9, False), (10, False), (11, True)])
def test_exactly_one_third_is_not_over_one_third(part, over):
    assert Share(1, 3, strict=True).met(part, 30) is over


@pytest.mark.covers("DEL-14", refused=True)
@pytest.mark.parametrize(("agree", "due", "passes"), [(5, 11, False), (6, 11, True), (6, 12, False), (7, 12, True)])
def test_more_than_half_of_those_due(agree, due, passes):
    assert Share(1, 2, strict=True).met(agree, due) is passes


def test_nothing_of_nothing_reaches_no_share():
    assert Share(2, 3, strict=False).met(0, 0) is False


@pytest.mark.parametrize(("part", "whole"), [(4, 3), (-1, 3)])
def test_what_is_no_part_of_the_whole_is_refused(part, whole):
    with pytest.raises(ValueError, match="no part"):
        Share(1, 2, strict=True).met(part, whole)


@given(shares, st.integers(1, 500))
def test_the_least_part_is_the_first_that_reaches_the_share(share, whole):
    least = share.least(whole)
    assert least > whole or share.met(least, whole)
    assert least == 0 or least - 1 > whole or not share.met(least - 1, whole)


@given(shares, shares, st.integers(1, 300))
def test_a_larger_share_is_never_reached_where_a_smaller_one_is_not(upper, lower, whole):
    if not loosened("larger", upper, lower):
        assert all(upper.met(part, whole) for part in range(whole + 1) if lower.met(part, whole))


@given(shares)
def test_a_share_comes_back_from_its_content(share):
    assert read("share", content(share)) == share
    assert Fraction(share.numerator, share.denominator) <= 1


@given(periods)
def test_a_period_comes_back_from_its_content(period):
    assert read("period", content(period)) == period


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("integer", True),
        ("integer", 2.0),
        ("integer", -1),
        ("integer", "3"),
        ("boolean", 1),
        ("text", " "),
        ("choice", "third"),
        ("choice", ["first"]),
        ("choices", []),
        ("choices", "first"),
        ("choices", ["first", "first"]),
        ("choices", ["first", "third"]),
        ("period", {"n": 0, "unit": "day", "first_day": "next"}),
        ("period", {"n": 5, "unit": "week", "first_day": "next"}),
        ("period", {"n": 5, "unit": "day", "first_day": "second"}),
        ("period", {"n": 5, "unit": "day"}),
        ("period", {"n": True, "unit": "day", "first_day": "next"}),
        ("period", 5),
        ("share", {"numerator": 0, "denominator": 3, "strict": False}),
        ("share", {"numerator": 4, "denominator": 3, "strict": False}),
        ("share", {"numerator": 0.5, "denominator": 1, "strict": False}),
        ("share", {"numerator": 2, "denominator": 3, "strict": 1}),
        ("share", {"numerator": 2, "denominator": 3}),
        ("share", 0.66),
    ],
)
def test_a_value_of_another_kind_is_refused(kind, raw):
    with pytest.raises(BadValue):
        read(kind, raw, ("first", "second"))


def working(n, first_day="next"):
    return Period(n, "working_day", first_day)


@pytest.mark.parametrize(
    ("stricter", "upper", "lower", "expected"),
    [
        ("larger", 3, 3, False),
        ("larger", 3, 2, True),
        ("smaller", 2, 3, True),
        ("smaller", 2, 1, False),
        ("true", True, False, True),
        ("true", False, True, False),
        ("false", False, True, True),
        ("superset", ("a", "b"), ("b", "c", "a"), False),
        ("superset", ("a", "b"), ("a", "c"), True),
        ("subset", ("a", "b"), ("a",), False),
        ("subset", ("a",), ("a", "b"), True),
        ("", ("a",), ("b",), False),
        ("larger", None, 3, False),
        ("larger", 3, None, True),
        ("larger", Share(1, 2, strict=True), Share(1, 2, strict=False), True),
        ("larger", Share(1, 2, strict=False), Share(2, 4, strict=False), False),
        ("smaller", Share(1, 3, strict=True), Share(1, 2, strict=True), True),
        ("larger", working(5), working(5, "counted"), True),
        ("larger", working(5), working(7), False),
        ("larger", working(5), Period(7, "day", "next"), True),  # nobody can say how many working days are in it
        ("larger", Period(7, "day", "next"), working(7), False),
        ("larger", Period(1, "year", "next"), Period(12, "month", "next"), False),
        ("larger", Period(1, "year", "next"), Period(365, "day", "next"), True),
        ("larger", Period(1, "year", "next"), Period(366, "day", "next"), False),
        ("smaller", Period(1, "year", "next"), Period(13, "month", "next"), True),
    ],
)
def test_which_value_demands_less(stricter, upper, lower, expected):
    assert loosened(stricter, upper, lower) is expected
