"""After the count each opinion lies on a line of its own: can the lines of one sheet be joined again? (拆分后的选票行).

The attacker has every column of both databases and the order in which rows lie on the disk, as in ``test_linking``; he
tries to say which line on the second candidate stood on the sheet of a line on the first.
"""

import hmac
import random
import secrets
from collections.abc import Iterator

import pytest
from django.db import connections

from selection.ballots import box
from selection.ballots.codes import nullifier_of
from selection.ballots.models import Line
from tests.selection.ballots.linking import attack
from tests.selection.ballots.rounds import CANDIDATES, opened

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

BALLOTS = 400
FIRST, SECOND = (key for key, _name, _facts in CANDIDATES)


@pytest.fixture
def specimen() -> Iterator[None]:
    """What a hasty design does: the opinions of a sheet written down one after another, under keys of their own."""
    with connections["box"].cursor() as cursor:
        cursor.execute("CREATE TABLE specimen_line (line_id bytea PRIMARY KEY, item text, value text)")
    yield
    with connections["box"].cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS specimen_line")


@pytest.mark.covers("BOX-18")
def test_lines_of_one_sheet_cannot_be_joined(specimen: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """The nonce under which the lines got their keys is seen by this test alone, which must know the truth."""
    drawn: list[bytes] = []
    draw = secrets.token_bytes
    round_ = opened(slips=BALLOTS)
    specimens = {}
    for code in random.sample(round_.codes, BALLOTS):
        choices = random.choice(
            [
                {FIRST: "agree", SECOND: "disagree"},
                {FIRST: "disagree", SECOND: "agree"},
                {FIRST: "abstain", SECOND: "abstain"},
            ]
        )
        box.cast(code, choices)
        keys = (draw(32), draw(32))
        specimens[keys[0]] = keys[1]
        with connections["box"].cursor() as cursor:
            cursor.executemany(
                "INSERT INTO specimen_line VALUES (%s, %s, %s)",
                [(key, item, choices[item]) for key, item in zip(keys, (FIRST, SECOND), strict=True)],
            )
    box.close(round_.id)
    with monkeypatch.context() as counting:
        counting.setattr(secrets, "token_bytes", lambda number: drawn.append(draw(number)) or drawn[-1])  # type: ignore[func-returns-value]
        box.tally(round_.id)
    assert Line.objects.count() == 2 * BALLOTS
    site, urn = connections["default"], connections["box"]
    leaking = attack(site, urn, specimens)
    assert leaking.best[1] >= 0.95
    with urn.cursor() as cursor:
        cursor.execute("DROP TABLE specimen_line")

    (nonce,) = (one for one in drawn if _line(one, round_.codes[0], FIRST) in _held())
    ours = attack(site, urn, {_line(nonce, code, FIRST): _line(nonce, code, SECOND) for code in round_.codes})
    name, found = ours.best
    assert found <= ours.chance < 0.04, name
    assert any("order:" in one and "line_id" in one for one in ours.hits)


def _line(nonce: bytes, code: str, item: str) -> bytes:
    return hmac.digest(nonce, nullifier_of(code) + item.encode(), "sha256")


def _held() -> set[bytes]:
    return {bytes(key) for key in Line.objects.values_list("line_id", flat=True)}
