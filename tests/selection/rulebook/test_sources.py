"""The lines of the papers that rules cite: word for word what the papers say."""

import os
import tomllib
from hashlib import sha256
from pathlib import Path

import pytest

from selection.rulebook.book import DATA

KEPT = {
    path.stem: tomllib.loads(path.read_text(encoding="utf-8"))["lines"] for path in (DATA / "sources").glob("*.toml")
}
COMPARED = tomllib.loads((Path(__file__).parent / "kept_lines.toml").read_text(encoding="utf-8"))


def paper(name: str) -> list[str]:
    """The lines of a paper: the papers themselves where SEEDS_ROOT names their folder."""
    return (Path(os.environ["SEEDS_ROOT"]) / f"{name}.txt").read_text(encoding="utf-8").split("\n")


def differing(name: str) -> list[str]:
    """The numbers of the kept lines that are not those of the paper, the blanks around a line apart.

    Without the papers each line is compared by its SHA-256, written down when it was last compared with them.
    """
    if "SEEDS_ROOT" in os.environ:
        told = paper(name)
        return [n for n, line in KEPT[name].items() if told[int(n) - 1].strip() != line]
    return [n for n, line in KEPT[name].items() if sha256(line.encode()).hexdigest() != COMPARED[name].get(n)]


@pytest.mark.parametrize("name", sorted(KEPT))
def test_a_kept_line_is_the_line_of_the_paper(name):
    assert differing(name) == []


def test_every_kept_line_was_compared_and_no_other_is_said_to_be():
    assert {name: set(lines) for name, lines in COMPARED.items()} == {name: set(kept) for name, kept in KEPT.items()}


def test_a_line_in_which_one_character_was_changed_is_found(monkeypatch):
    name, lines = next((name, lines) for name, lines in KEPT.items() if lines)
    number, line = next(iter(lines.items()))
    monkeypatch.setitem(lines, number, f"{line}。")
    assert differing(name) == [number]
