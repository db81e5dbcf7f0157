"""What a rule can say: numbers, choices, periods and shares (规则取值).

Values are exact: integers and fractions, never floats.  Every kind is read from TOML, written into a stored rule set
and compared for strictness here, so that the rest of the package never asks of which kind a value is.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, cast, get_args

from django.utils.translation import gettext, ngettext

Unit = Literal["working_day", "day", "month", "year"]
FirstDay = Literal["counted", "next"]
Kind = Literal["integer", "boolean", "choice", "choices", "period", "share", "text"]
Stricter = Literal["larger", "smaller", "superset", "subset", "true", "false", ""]

STRICTER_OF: dict[Kind, tuple[Stricter, ...]] = {
    "integer": ("larger", "smaller", ""),
    "boolean": ("true", "false", ""),
    "choice": ("",),
    "choices": ("superset", "subset", ""),
    "period": ("larger", "smaller", ""),
    "share": ("larger", "smaller", ""),
    "text": ("",),
}


class BadValue(ValueError):
    """A value is not of the declared kind; the text says what is expected."""


@dataclass(frozen=True)
class Period:
    """A length of time; ``first_day`` says whether the day on which it begins is its first day or the next one is."""

    n: int
    unit: Unit
    first_day: FirstDay

    def __post_init__(self) -> None:
        if type(self.n) is not int or self.n < 1:
            raise BadValue("a period needs n, a whole number of at least 1")
        if self.unit not in get_args(Unit):
            raise BadValue(f"the unit of a period is one of {', '.join(get_args(Unit))}, not {self.unit!r}")
        if self.first_day not in get_args(FirstDay):
            raise BadValue(f"first_day of a period is counted or next, not {self.first_day!r}")

    def __str__(self) -> str:
        if self.unit == "working_day":
            text = ngettext("%(n)d working day", "%(n)d working days", self.n)
        elif self.unit == "day":
            text = ngettext("%(n)d day", "%(n)d days", self.n)
        elif self.unit == "month":
            text = ngettext("%(n)d month", "%(n)d months", self.n)
        else:
            text = ngettext("%(n)d year", "%(n)d years", self.n)
        return text % {"n": self.n}

    def _bounds(self) -> tuple[int, int | None]:
        """The fewest and the most calendar days that may pass after the day on which the period begins."""
        more = 0 if self.first_day == "next" else -1
        if self.unit == "working_day":
            return self.n + more, None
        if self.unit == "day":
            return self.n + more, self.n + more
        months = self.n * (12 if self.unit == "year" else 1)
        years, rest = divmod(months, 12)
        return years * 365 + rest * 28 + more, years * 366 + rest * 31 + more

    def surely_not_shorter_than(self, other: Period) -> bool:
        """Whether this period lasts at least as long as the other on whatever day they begin."""
        mine, theirs = self._in_months(), other._in_months()
        same_scale = self.unit == other.unit or (mine is not None and theirs is not None)
        if same_scale:
            longer = (mine or self.n) > (theirs or other.n)
            equal = (mine or self.n) == (theirs or other.n)
            return longer or (equal and (self.first_day == other.first_day or self.first_day == "next"))
        longest = other._bounds()[1]
        return longest is not None and self._bounds()[0] >= longest

    def _in_months(self) -> int | None:
        return {"month": self.n, "year": 12 * self.n}.get(self.unit)


@dataclass(frozen=True)
class Share:
    """A part of a whole, in whole numbers: at least (or, if strict, more than) numerator/denominator."""

    numerator: int
    denominator: int
    strict: bool

    def __post_init__(self) -> None:
        if type(self.numerator) is not int or type(self.denominator) is not int:
            raise BadValue("numerator and denominator of a share are whole numbers")
        if not 0 < self.numerator <= self.denominator:
            raise BadValue("a share lies above 0 and not above 1")
        if type(self.strict) is not bool:
            raise BadValue("strict of a share is true (more than) or false (at least)")

    def met(self, part: int, whole: int) -> bool:
        """Whether ``part`` of ``whole`` reaches the share; nothing of nothing never does."""
        if not 0 <= part <= whole:
            raise ValueError(f"{part} of {whole} is no part of a whole")
        if whole == 0:
            return False
        have, need = part * self.denominator, whole * self.numerator
        return have > need if self.strict else have >= need

    def least(self, whole: int) -> int:
        """The smallest part of ``whole`` that reaches the share; more than ``whole`` where none does."""
        need, rest = divmod(whole * self.numerator, self.denominator)
        return max(need + 1 if self.strict or rest else need, 1)

    def __str__(self) -> str:
        text = gettext("more than %(share)s") if self.strict else gettext("at least %(share)s")
        return text % {"share": f"{self.numerator}/{self.denominator}"}


Value = int | str | tuple[str, ...] | Period | Share | None  # bool is an int; None is "asked each time"


def read(kind: Kind, raw: object, choices: Collection[str] = ()) -> Value:
    """The value of the declared kind that stands in TOML or JSON as ``raw``, or ``BadValue``."""
    if kind == "integer":
        if type(raw) is not int or raw < 0:
            raise BadValue(f"expected a whole number, found {_shown(raw)}")
        return raw
    if kind == "boolean":
        if type(raw) is not bool:
            raise BadValue(f"expected true or false, found {_shown(raw)}")
        return raw
    if kind == "text":
        if not isinstance(raw, str) or not raw.strip():
            raise BadValue(f"expected a text, found {_shown(raw)}")
        return raw
    if kind == "choice":
        return _choice(raw, choices)
    if kind == "choices":
        if not isinstance(raw, list | tuple) or not raw:
            raise BadValue(f"expected a list of choices, found {_shown(raw)}")
        chosen = tuple(_choice(one, choices) for one in raw)
        if len(set(chosen)) < len(chosen):
            raise BadValue("the same choice stands in the list twice")
        return chosen
    if kind == "period":
        n, unit, first_day = _fields(raw, "n", "unit", "first_day")
        return Period(cast(int, n), cast(Unit, unit), cast(FirstDay, first_day))
    numerator, denominator, strict = _fields(raw, "numerator", "denominator", "strict")
    return Share(cast(int, numerator), cast(int, denominator), cast(bool, strict))


def content(value: Value) -> Any:
    """The value as JSON can hold it; ``read`` takes it back."""
    if isinstance(value, Period):
        return {"n": value.n, "unit": value.unit, "first_day": value.first_day}
    if isinstance(value, Share):
        return {"numerator": value.numerator, "denominator": value.denominator, "strict": value.strict}
    return list(value) if isinstance(value, tuple) else value


def loosened(stricter: Stricter, upper: Value, lower: Value) -> bool:
    """Whether ``lower`` demands less than ``upper``, or cannot be shown to demand as much."""
    if not stricter or lower == upper or upper is None:
        return False
    if lower is None:
        return True
    if stricter in ("true", "false"):
        return upper is (stricter == "true")
    if isinstance(upper, tuple) and isinstance(lower, tuple):
        return not (set(lower) >= set(upper) if stricter == "superset" else set(lower) <= set(upper))
    if isinstance(upper, Period) and isinstance(lower, Period):
        long, short = (lower, upper) if stricter == "larger" else (upper, lower)
        return not long.surely_not_shorter_than(short)
    mine, theirs = _rank(lower), _rank(upper)
    return mine < theirs if stricter == "larger" else mine > theirs


def _rank(value: Value) -> tuple[Fraction, bool]:
    if isinstance(value, Share):
        return Fraction(value.numerator, value.denominator), value.strict
    return Fraction(cast(int, value)), False


def _choice(raw: object, choices: Collection[str]) -> str:
    if not isinstance(raw, str) or raw not in choices:
        raise BadValue(f"expected one of {', '.join(choices)}, found {_shown(raw)}")
    return raw


def _fields(raw: object, *names: str) -> tuple[object, ...]:
    if not isinstance(raw, Mapping) or set(raw) != set(names):
        raise BadValue(f"expected {{ {', '.join(names)} }}, found {_shown(raw)}")
    return tuple(raw[name] for name in names)


def _shown(raw: object) -> str:
    return json.dumps(raw, ensure_ascii=False, default=str)
