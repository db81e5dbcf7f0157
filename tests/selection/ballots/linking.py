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
        """The share that the luckiest of as many blind guessers stays below in 999 of 1000 elections."""
        level, tail, hits = 0.001 / len(self.hits), 1.0, 0
        while tail > level:
            tail -= (
                math.comb(self.voters, hits) * (1 / self.voters) ** hits * (1 - 1 / self.voters) ** (self.voters - hits)
            )
            hits += 1
        return (hits - 1) / self.voters


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
    tables = {f"site.{name}": rows for name, rows in dump(site).items()}
    tables |= {f"box.{name}": rows for name, rows in dump(box).items()}
    rolls = list(_keyed(tables, list(truth)))
    urns = list(_keyed(tables, list(truth.values())))
    assert rolls, "no table lists the voters"
    assert urns, "no table holds the ballots"
    rolls += list(_led_to(rolls, tables))
    urns += list(_led_to(urns, tables))
    hits = {}
    for roll, urn in product(rolls, urns):
        for name, guess in _guesses(roll, urn):
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


def _keyed(tables: Mapping[str, Rows], keys: Sequence[Hashable]) -> Iterator[Keyed]:
    """Find the tables in which (nearly) all these keys stand in one column."""
    wanted = set(keys)
    for table, rows in tables.items():
        for column in _columns(rows):
            found = {row[column]: row for row in rows if _hashable(row.get(column)) and row[column] in wanted}
            if len(found) >= 0.95 * len(wanted):
                yield Keyed(f"{table}({column})", found)


def _led_to(known: Sequence[Keyed], tables: Mapping[str, Rows]) -> Iterator[Keyed]:
    """Find the tables of which a value, equal or hashed, leads to the rows that are known."""
    for keyed in known:
        for column in _columns(list(keyed.rows.values())):
            index = _index(keyed.rows, column)
            if len(index) < len(keyed.rows) / 2:
                continue
            for table, rows in tables.items():
                if keyed.table.startswith(f"{table}("):
                    continue
                for other in _columns(rows):
                    found: dict[Hashable, dict[str, Any]] = {}
                    for row in rows:
                        for form in _forms(row.get(other)):
                            if form in index:
                                found.setdefault(index[form], row)
                    if len(found) >= 0.95 * len(keyed.rows):
                        yield Keyed(f"{table}({other}={keyed.table}.{column})", found)


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


def _guesses(roll: Keyed, urn: Keyed) -> Iterator[tuple[str, dict[Hashable, Hashable]]]:
    for ours, theirs in product(_columns(list(roll.rows.values())), _columns(list(urn.rows.values()))):
        name = f"{roll.table}.{ours} ~ {urn.table}.{theirs}"
        yield f"equal: {name}", _equal(roll, ours, urn, theirs)
        one, other = _ordered(roll.rows, ours), _ordered(urn.rows, theirs)
        if one and other:
            yield f"order: {name}", dict(zip(one.values(), other.values(), strict=False))
            yield f"reverse order: {name}", dict(zip(one.values(), reversed(other.values()), strict=False))
            if type(next(iter(one))[0]) is type(next(iter(other))[0]) in (int, float):
                yield f"nearest: {name}", _nearest(one, other)


def _equal(roll: Keyed, ours: str, urn: Keyed, theirs: str) -> dict[Hashable, Hashable]:
    index = _index(urn.rows, theirs)
    return {voter: index[form] for voter, row in roll.rows.items() for form in _forms(row.get(ours)) if form in index}


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
