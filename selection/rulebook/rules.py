"""Which rules are in force for a body on a day (现行规则).

``in_force`` resolves from the nation down: a body's own latest value that is not later than the day, else that of the
body it is under.  A selection stores the answer whole, and later reads it back with ``Rules.load``: changing the data
never changes a selection under way.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from .book import Body, Citation, Problem, Rule, data_root
from .keys import KEYS, Key
from .lint import above, check, resolve
from .values import Period, Share

FORMAT = 1
#: What a selection cannot do without: its clocks and counts would have nothing to run by.
NEEDED = ("recommendation.forms", "inquiry.due", "ballot.pass", "notice.length", "probation.length")


class RulebookBroken(Exception):
    """The rulebook has problems; nothing is decided by it before they are mended."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class Rules(Mapping[str, Rule]):
    """The rules in force for a body on a day, one a key."""

    def __init__(self, body: str, title: str, on: date, rules: Mapping[str, Rule]) -> None:
        order = {key: place for place, key in enumerate(KEYS)}
        self.body, self.title, self.on = body, title, on
        self._rules = {key: rules[key] for key in sorted(rules, key=lambda key: (order.get(key, len(order)), key))}

    def __getitem__(self, key: str) -> Rule:
        return self._rules[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._rules)

    def __len__(self) -> int:
        return len(self._rules)

    def first(self, *keys: str) -> Rule | None:
        """The rule of the first of these keys that the set has.

        A more special key may be younger than a set that a selection has stored, which then goes on without it.
        """
        return next((self[key] for key in keys if key in self), None)

    def asking(self, key: str) -> Iterator[Rule]:
        """The rule of a key where it asks for something: none where no rule of the set speaks of it, or it says no."""
        rule = self.get(key)
        if rule is not None and rule.value is not False:
            yield rule

    def value(self, key: str, default: Any = None) -> Any:
        """The value of a key; ``default`` where no rule of the set speaks of it."""
        return self[key].value if key in self else default

    @property
    def lacking(self) -> list[str]:
        """Keys that every selection needs and of which no rule of the set speaks."""
        return [key for key in NEEDED if key not in self]

    def __repr__(self) -> str:
        return f"<Rules of {self.body} on {self.on}: {len(self)}>"

    @cached_property
    def content(self) -> dict[str, Any]:
        """The whole set as JSON holds it: str, int, bool, None, list and dict, no floats, ASCII keys."""
        return {
            "format": FORMAT,
            "body": self.body,
            "title": self.title,
            "on": self.on.isoformat(),
            "rules": {key: rule.content() for key, rule in self.items()},
        }

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON of ``content``, in hex."""
        text = json.dumps(self.content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @classmethod
    def load(cls, content: Mapping[str, Any]) -> Rules:
        """The same rules from their stored ``content``."""
        if content["format"] != FORMAT:
            raise ValueError(f"a rule set of format {content['format']!r} cannot be read")
        rules = {key: Rule.from_content(key, stored) for key, stored in content["rules"].items()}
        return cls(content["body"], content["title"], date.fromisoformat(content["on"]), rules)


def in_force(body: str, on: date) -> Rules:
    """The rules of a body on a day.

    Raises ``LookupError`` for an unknown body and ``RulebookBroken`` for a rulebook with problems.
    """
    found = _bodies(data_root())
    if body not in found:
        raise LookupError(f"there is no body {body!r} in the rulebook")
    resolved = {key: resolve(found, body, key, on) for key in KEYS}
    return Rules(body, found[body].title, on, {key: rule for key, rule in resolved.items() if rule})


def bodies() -> dict[str, str]:
    """Every body of the rulebook with its title, a body before those under it."""
    found = _bodies(data_root())
    return {name: found[name].title for name in sorted(found, key=lambda name: (len(above(found, name)), name))}


def working() -> dict[str, str]:
    """Bodies under whose rules selections are opened, with their titles: those that no other is under."""
    found = _bodies(data_root())
    uppers = {body.under for body in found.values()}
    return {name: title for name, title in bodies().items() if name not in uppers}


def under(body: str) -> str:
    """The body that a body is under, or an empty text."""
    return _bodies(data_root())[body].under


def history(key: str) -> list[Rule]:
    """Every dated value of a key, the nation's first, each body's in the order of their dates."""
    found = _bodies(data_root())
    return [rule for name in bodies() for rule in found[name].rules.get(key, [])]


@cache
def _bodies(root: Path) -> dict[str, Body]:
    found, problems = check(root)
    if problems:
        raise RulebookBroken(problems)
    return found


__all__ = [
    "KEYS",
    "Citation",
    "Key",
    "Period",
    "Problem",
    "Rule",
    "RulebookBroken",
    "Rules",
    "Share",
    "bodies",
    "history",
    "in_force",
    "under",
    "working",
]
