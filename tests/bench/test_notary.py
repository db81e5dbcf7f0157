"""The notary over the record of a large county: its steps and its start, dossiers, verification (公证速度)."""

from pathlib import Path
from typing import Any

import pytest

from audit import chain, reading, tree
from audit.dossier import dossier
from audit.models import Entry
from tests.audit.entries import entry, remember
from tests.audit.notarising import Office
from tests.bench import scale
from tests.bench.measuring import Times, scaled, seconds, tell

pytestmark = [pytest.mark.bench, pytest.mark.tampers, pytest.mark.django_db(transaction=True)]

A_SECOND = 1000
"""Entries that come in a second, at most."""


def test_signing_and_taking_away(tmp_path: Path, settings: Any) -> None:
    grown = scale.grown()
    grown.grow_to(scaled(10_000, least=20))
    settings.NOTARY_STATE, settings.NOTARY_KEY = tmp_path / "notary", ""
    office = Office(tmp_path / "notary")
    number = len(reading.entries())
    took = seconds(office.step)
    tell(f"the notary's first step, {number:,} entries", f"{took:.1f} s, {number / took:,.0f} entries/s")
    office.start()
    tell("its start over them, everything hashed again", f"{seconds(office.step):.1f} s")

    def steps(which: str, number: int) -> None:
        took = []
        for nth in range(number):
            remember(*(entry(f"selection:{9_000_000 + one}", req=f"{which} {nth}") for one in range(A_SECOND)))
            took.append(seconds(office.step))
        tell(f"a step with {A_SECOND:,} new entries, {which}", f"{Times(took)}; aim 100 ms")

    steps("the second after its start", 1)
    steps("later", 10)
    stream = "selection:8000000"
    for nth in range(300):
        remember(entry(stream, req=f"d{nth}"), *(entry(f"person:{8_000_000 + one}", req=f"d{nth}") for one in range(3)))
    office.step()
    target = tmp_path / "dossier.zip"
    keys = tree.known_keys()

    def make() -> None:
        target.write_bytes(b"".join(dossier(stream, {}.__getitem__).packed()))

    tell("the first dossier of a day, 300 entries", f"{seconds(make):.2f} s")
    made = seconds(make)
    verified = seconds(lambda: chain.verify_dossier(str(target), keys))
    assert chain.verify_dossier(str(target), keys).verdict.entries == 300
    tell(f"another one, {target.stat().st_size / 1024:,.0f} KB", f"{made:.2f} s, verified in {verified:.2f} s; aim 1 s")
    number = Entry.objects.count()
    took = seconds(lambda: tell("is it whole", str(reading.verify().whole)))
    tell(f"verified with tree and checkpoints, {number:,} entries", f"{took:.1f} s, {number / took:,.0f} entries/s")
    office.end()
