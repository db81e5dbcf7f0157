"""Given everything that two databases hold, link voters to their ballots (关联攻击).

The attacker reads every column of every table, the hidden ones too, in the order in which rows lie on the disk.  He
knows no code, no nonce and nobody's face.  Tables are not named: one that lists the voters is found by their keys, one
that holds the ballots by theirs, and others join in when a value of theirs leads to either (a slip's hash, a foreign
key, a field inside JSON).  Between each of the first and each of the second, columns are compared in three ways: equal
or hashed values, the same place in two orders, the nearest value.  ``xmin`` and ``ctid`` are columns like others, and
PostgreSQL numbers transactions across the databases of one server, so they compare between the two.
"""

import hashlib
import json
import math
from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

Rows = list[dict[str, Any]]
PREFIXES = (b"", b"cadre-v1-code", b"cadre-v1-slip")


@dataclass(frozen=True)
class Keyed:
    """A table whose rows are known to belong each to one voter, or each to one ballot."""

    table: str
    name: str
    rows: Mapping[Hashable, dict[str, Any]]


@dataclass(frozen=True)
class Report:
    """How many voters each attack linked rightly."""

    voters: int
    hits: Mapping[str, int]

    @property
    def best(self) -> tuple[str, float]:
        """The best attack and the share of voters it found."""
        name = max(self.hits, key=lambda attack: self.hits[attack])
        return name, self.hits[name] / self.voters

    @property
    def chance(self) -> float:
        """The share that the luckiest of as many blind guessers stays below in 999 of 1000 elections.

        A guesser gives each voter another ballot, so that whoever has all but two right is not so rare in a small
        committee as one who guesses voter by voter.
        """
        level, tail, hits = 0.001 / len(self.hits), 0.0, self.voters
        while (tail := tail + _all_right_by_luck(hits, self.voters)) <= level:
            hits -= 1
        return hits / self.voters


def _all_right_by_luck(hits: int, voters: int) -> float:
    """The probability that a shuffle leaves just so many in their place."""
    terms = min(voters - hits, 30)  # of a series that ends below what a float can tell
    nobody_else = sum((-1) ** j / math.factorial(j) for j in range(terms + 1))
    return nobody_else * (1 / math.factorial(hits))


def link(
    site: BaseDatabaseWrapper,
    box: BaseDatabaseWrapper,
    check_in: Callable[[], Sequence[Hashable]],
    cast: Callable[[], Mapping[Hashable, bytes]],
) -> Report:
    """Hold an election and attack its two databases.

    ``check_in`` lets all voters in and returns their keys as some column of the site has them (a name, an id);
    ``cast`` lets them vote and returns the truth, voter -> key of the ballot, as some column of the box has it.
    """
    voters = check_in()
    truth = cast()
    assert set(truth) == set(voters)
    return attack(site, box, truth)


def attack(
    site: BaseDatabaseWrapper,
    box: BaseDatabaseWrapper,
    truth: Mapping[Hashable, bytes],
    also: Mapping[str, Rows] | None = None,
) -> Report:
    """Attack two databases in which an election was held; ``truth`` is what only the voters know.

    ``also`` are further tables in the attacker's hands, each row with a place of its own in ``ctid``.
    """
    tables = {f"site.{name}": rows for name, rows in dump(site).items()}
    tables |= {f"box.{name}": rows for name, rows in dump(box).items()}
    tables |= also or {}
    rolls = list(_keyed(tables, list(truth)))
    urns = list(_keyed(tables, list(truth.values())))
    assert rolls, "no table lists the voters"
    assert urns, "no table holds the ballots"
    places = _places(tables)
    rolls = _distinct([*rolls, *_led_to(rolls, tables, places)])
    urns = _distinct([*urns, *_led_to(urns, tables, places)])
    hits = {}
    ours = [(roll, _looked_at(roll)) for roll in rolls]
    theirs = [(urn, _looked_at(urn)) for urn in urns]
    for (roll, columns), (urn, others) in product(ours, theirs):
        for name, guess in _guesses(roll, columns, urn, others):
            hits[name] = sum(truth[voter] == ballot for voter, ballot in guess.items())
    return Report(len(truth), hits)


# --- reading everything -------------------------------------------------------------------------------------------


def dump(connection: BaseDatabaseWrapper) -> dict[str, Rows]:
    """Return every row of every table in storage order, JSON unfolded into columns of its own."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")
        names = [name for (name,) in cursor.fetchall()]
        tables = {}
        for name in names:
            cursor.execute(f'SELECT ctid, xmin, xmax, cmin, * FROM "{name}" ORDER BY ctid')
            columns = [column.name for column in cursor.description]
            tables[name] = [dict(_unfolded(dict(zip(columns, row, strict=True)))) for row in cursor.fetchall()]
    return tables


def _unfolded(row: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, stored in row.items():
        value = stored if prefix else _plain(name, stored)
        yield prefix + name, value
        inside = _parsed(value)
        if isinstance(inside, list):
            inside = {str(at): part for at, part in enumerate(inside)}
        if isinstance(inside, dict):
            yield from _unfolded(inside, f"{prefix}{name}.")


def _plain(name: str, stored: Any) -> Any:
    if isinstance(stored, memoryview):
        return bytes(stored)
    if name == "ctid":
        page, line = stored.strip("()").split(",")
        return int(page) << 16 | int(line)
    return int(stored) if name in {"xmin", "xmax", "cmin"} else stored


def _parsed(value: object) -> object:
    if isinstance(value, dict | list):
        return value
    if isinstance(value, str | bytes) and value[:1] in ("{", "[", b"{", b"["):
        try:
            return json.loads(value)
        except ValueError:
            return None
    return None


# --- which rows belong to whom ------------------------------------------------------------------------------------


Places = Mapping[bytes, Sequence[tuple[str, str, dict[str, Any], dict[str, Any]]]]
"""Form of a value -> where it stands: table, column, the first row and the last row that have it."""


def _places(tables: Mapping[str, Rows]) -> Places:
    places: dict[bytes, list[tuple[str, str, dict[str, Any], dict[str, Any]]]] = {}
    for table, rows in tables.items():
        for column in _columns(rows):
            firsts: dict[bytes, dict[str, Any]] = {}
            lasts: dict[bytes, dict[str, Any]] = {}
            for row in rows:
                for form in _forms(row.get(column)):
                    firsts.setdefault(form, row)
                    lasts[form] = row
            for form, first in firsts.items():
                places.setdefault(form, []).append((table, column, first, lasts[form]))
    return places


def _keyed(tables: Mapping[str, Rows], keys: Sequence[Hashable]) -> Iterator[Keyed]:
    """Find the tables in which (nearly) all these keys stand in one column, the first rows and the last."""
    wanted = set(keys)
    for table, rows in tables.items():
        for column in _columns(rows):
            named = [row for row in rows if _hashable(row.get(column)) and row[column] in wanted]
            for word, ordered in (("last", named), ("first", named[::-1])):
                found = {row[column]: row for row in ordered}
                if len(found) >= 0.95 * len(wanted):
                    yield Keyed(table, f"{table}({word} by {column})", found)


def _led_to(known: Sequence[Keyed], tables: Mapping[str, Rows], places: Places) -> Iterator[Keyed]:
    """Find the tables of which a value, equal or hashed, leads to the rows that are known."""
    for keyed in known:
        for column in _columns(list(keyed.rows.values())):
            index = _index(keyed.rows, column)
            if len(set(index.values())) < len(keyed.rows) / 2:
                continue
            found: dict[tuple[str, str, str], dict[Hashable, dict[str, Any]]] = {}
            for form, key in index.items():
                for table, other, first, last in places.get(form, ()):
                    if table != keyed.table:
                        found.setdefault((table, other, "first"), {}).setdefault(key, first)
                        found.setdefault((table, other, "last"), {}).setdefault(key, last)
            for (table, other, word), rows in found.items():
                if len(rows) >= 0.95 * len(keyed.rows):
                    yield Keyed(table, f"{table}({word} by {other}={keyed.name}.{column})", rows)


def _distinct(found: Sequence[Keyed]) -> list[Keyed]:
    """Leave out what leads to the same rows by another way."""
    by_rows: dict[frozenset[tuple[Hashable, int]], Keyed] = {}
    for keyed in found:
        by_rows.setdefault(frozenset((key, id(row)) for key, row in keyed.rows.items()), keyed)
    return list(by_rows.values())


def _columns(rows: Rows) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in row))


def _hashable(value: object) -> bool:
    return value is not None and not isinstance(value, dict | list)


def _forms(value: object) -> list[bytes]:
    """Return a value and its likely hashes, so that a value and its hash elsewhere are found to be the same."""
    if not _hashable(value):
        return []
    raw = value if isinstance(value, bytes) else str(value).encode()
    if isinstance(value, str) and len(value) == 64:
        try:
            raw = bytes.fromhex(value)
        except ValueError:
            raw = value.encode()
    return [raw, *(hashlib.sha256(prefix + raw).digest() for prefix in PREFIXES)]


def _index(rows: Mapping[Hashable, dict[str, Any]], column: str) -> dict[bytes, Hashable]:
    """Return form -> key for the forms that only one row has."""
    index: dict[bytes, Hashable] = {}
    doubled = set()
    for key, row in rows.items():
        for form in _forms(row.get(column)):
            if index.setdefault(form, key) != key:
                doubled.add(form)
    return {form: key for form, key in index.items() if form not in doubled}


# --- the guesses --------------------------------------------------------------------------------------------------


def _guesses(
    roll: Keyed, ours: "Sequence[Column]", urn: Keyed, theirs: "Sequence[Column]"
) -> Iterator[tuple[str, dict[Hashable, Hashable]]]:
    for one, other in product(ours, theirs):
        name = f"{roll.name}.{one.column} ~ {urn.name}.{other.column}"
        equal = {voter: other.index[form] for form, voter in one.index.items() if form in other.index}
        if equal:
            yield f"equal: {name}", equal
        if one.order and other.order:
            yield f"order: {name}", dict(zip(one.order.values(), other.order.values(), strict=False))
            yield f"reverse order: {name}", dict(zip(one.order.values(), reversed(other.order.values()), strict=False))
            if type(next(iter(one.order))[0]) is type(next(iter(other.order))[0]) in (int, float):
                yield f"nearest: {name}", _nearest(one.order, other.order)


@dataclass(frozen=True)
class Column:
    """What one column says of the rows: the values that only one row has, and an order."""

    column: str
    index: Mapping[bytes, Hashable]
    order: "Order | None"


def _looked_at(keyed: Keyed) -> list[Column]:
    """Return the columns that tell rows apart, one for each way of telling."""
    told: dict[tuple[object, ...], Column] = {}
    for column in _columns(list(keyed.rows.values())):
        index, order = _index(keyed.rows, column), _ordered(keyed.rows, column)
        if index or order:
            told.setdefault((frozenset(index.items()), tuple((order or {}).items())), Column(column, index, order))
    return list(told.values())


Order = dict[tuple[Any, int], Hashable]


def _ordered(rows: Mapping[Hashable, dict[str, Any]], column: str) -> Order | None:
    """Return the keys in the order of a column, rows of equal value as they lie on the disk."""
    values = {key: row.get(column) for key, row in rows.items()}
    if any(isinstance(value, datetime) for value in values.values()):
        values = {key: value.timestamp() for key, value in values.items() if isinstance(value, datetime)}
    kinds = {type(value) for value in values.values()}
    if len(kinds) != 1 or kinds & {dict, list, type(None)} or len(set(values.values())) < 2:
        return None
    places = {(value, rows[key]["ctid"]): key for key, value in values.items()}
    return dict(sorted(places.items(), key=lambda item: item[0]))


def _nearest(one: Order, other: Order) -> dict[Hashable, Hashable]:
    """Give each voter the ballot whose value follows closest."""
    places, ballots = list(other), list(other.values())
    return {voter: ballots[min(bisect_left(places, place), len(ballots) - 1)] for place, voter in one.items()}
