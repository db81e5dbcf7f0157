"""Counting and cutting the ballots apart (计票): pure functions, no database.

Lines come out sorted by a key that a random nonce makes; the nonce is forgotten when the function returns, so which
lines stood on one sheet cannot be found again.
"""

import hmac
import secrets
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from selection.ballots.sheet import Sheet, fault_in, unpacked


@dataclass(frozen=True)
class Tally:
    """The count of one round: valid <= returned; ``counts`` is candidate -> option -> number.

    Of the returned ballots ``by_slip`` came with a slip and ``on_paper`` on paper, the others with a credential.
    """

    issued_codes: int
    returned: int
    by_slip: int
    on_paper: int
    valid: int
    counts: Mapping[str, Mapping[str, int]]


class Cut(NamedTuple):
    """One opinion on one candidate under its random key."""

    line_id: bytes
    item: str
    value: str


def valid_choices(sheet: Sheet, round_id: UUID, payload: bytes) -> dict[str, str] | None:
    """Return the choices of a valid ballot, or None.  Casting refuses all others, so None means a changed row."""
    choices = unpacked(payload, round_id)
    return None if choices is None or fault_in(sheet, choices) else choices


def valid_on_paper(sheet: Sheet, choices: Mapping[str, str] | None) -> Mapping[str, str] | None:
    """Return the choices of a paper sheet, or None: one that breaks the rule was returned and is void for the post."""
    return None if choices is None or fault_in(sheet, choices) else choices


def count(
    sheet: Sheet,
    round_id: UUID,
    issued_codes: int,
    payloads: Collection[bytes],
    *,
    by_slip: int | None = None,
    paper: Collection[Mapping[str, str] | None] = (),
) -> Tally:
    """Count the ballots of a round, in whatever order they come; without ``by_slip`` all but paper came with a slip."""
    counts = {candidate: dict.fromkeys(sheet.option_keys, 0) for candidate in sheet.candidate_keys}
    valid = 0
    for choices in (
        *(valid_choices(sheet, round_id, payload) for payload in payloads),
        *(valid_on_paper(sheet, one) for one in paper),
    ):
        if choices is None:
            continue
        valid += 1
        for candidate, option in choices.items():
            counts[candidate][option] += 1
    slips = len(payloads) if by_slip is None else by_slip
    return Tally(issued_codes, len(payloads) + len(paper), slips, len(paper), valid, counts)


def cut_apart(
    sheet: Sheet,
    round_id: UUID,
    ballots: Iterable[tuple[bytes, bytes]],
    paper: Iterable[Mapping[str, str] | None] = (),
) -> list[Cut]:
    """Cut (nullifier, payload) pairs and paper sheets into lines, sorted by their random keys."""
    nonce = secrets.token_bytes(32)
    cast = ((nullifier, valid_choices(sheet, round_id, payload)) for nullifier, payload in ballots)
    entered = ((f"paper {n} ".encode(), valid_on_paper(sheet, choices)) for n, choices in enumerate(paper))
    return sorted(
        Cut(hmac.digest(nonce, name + candidate.encode("ascii"), "sha256"), candidate, option)
        for name, choices in (*cast, *entered)
        for candidate, option in (choices or {}).items()
    )


def lines_agree(result: Tally, lines: Iterable[tuple[str, str]]) -> bool:
    """Count the (item, value) lines a second way and compare them with the count of the ballots."""
    counted = {(item, value): n for item, values in result.counts.items() for value, n in values.items() if n}
    return Counter(lines) == counted
