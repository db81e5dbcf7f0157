"""What is wrong with the rulebook (规则检查): ``python -m selection.rulebook.lint [FOLDER]``.

Each file is checked while it is read (``book``); here the bodies are compared with one another: a body under another
may be stricter, and looser only where it cites the clause that lets it.
"""

from __future__ import annotations

import json
import sys
import tomllib
from datetime import date
from pathlib import Path

from .book import Body, Problem, Rule, data_root, read_bodies
from .keys import KEYS, WEIGHTS
from .values import content, loosened
from .workdays import CALENDAR_FILE, Calendar


def above(bodies: dict[str, Body], name: str) -> list[str]:
    """The body and those it is under, from itself up; stops at an unknown one or at a circle."""
    chain: list[str] = []
    while name in bodies and name not in chain:
        chain.append(name)
        name = bodies[name].under
    return chain


def resolve(bodies: dict[str, Body], name: str, key: str, on: date, *, own: bool = True) -> Rule | None:
    """The rule in force for a body on a day: its own latest one, else that of the body above.

    Without ``own`` what the rulebook has set itself is passed over, and the next body above is asked.
    """
    for each in above(bodies, name):
        dated = [rule for rule in bodies[each].rules.get(key, []) if rule.from_on <= on]
        if dated and not dated[-1].repealed and (own or not dated[-1].is_own):
            return dated[-1]
    return None


def check(root: Path) -> tuple[dict[str, Body], list[Problem]]:
    """The bodies under ``root`` and everything that is wrong with them."""
    bodies, found = read_bodies(root)
    for body in bodies.values():
        found.extend(_under(bodies, body))
        found.extend(_weights(bodies, body))
        for key, dated in body.rules.items():
            for rule, following in zip(dated, [*dated[1:], None], strict=True):
                found.extend(_loosened(bodies, body, key, rule, following))
    found.extend(_calendar(root / CALENDAR_FILE))
    return bodies, sorted(found, key=lambda problem: (problem.file, problem.line, problem.key, problem.reason))


def problems(root: Path | None = None) -> list[Problem]:
    """Everything that is wrong with the rulebook, in the order of files and lines."""
    return check(root or data_root())[1]


def _under(bodies: dict[str, Body], body: Body) -> list[Problem]:
    if not body.under:
        return []
    if body.under not in bodies:
        return [Problem(body.file, 1, "", f"under: there is no body {body.under!r}")]
    if bodies[above(bodies, body.name)[-1]].under:
        return [Problem(body.file, 1, "", f"under: {body.name!r} stands under itself")]
    return []


def _weights(bodies: dict[str, Body], body: Body) -> list[Problem]:
    """Weights come to a hundred on each day on which one of them begins."""
    for day in sorted({rule.from_on for key in WEIGHTS for rule in body.rules.get(key, [])}):
        weighed = [rule for key in WEIGHTS if (rule := resolve(bodies, body.name, key, day))]
        if (total := sum(rule.value for rule in weighed)) != 100:
            last = max(weighed, key=lambda rule: rule.from_on)
            line = body.lines.get((last.key, last.from_on), 1)
            return [Problem(body.file, line, last.key, f"the weights come to {total} on {day}, and not to 100")]
    return []


def _loosened(bodies: dict[str, Body], body: Body, key: str, rule: Rule, following: Rule | None) -> list[Problem]:
    """The rule against those above it, on each day on which one of the two begins."""
    if body.under not in bodies or rule.repealed or rule.permitted_by:
        return []
    days = {rule.from_on}
    for name in above(bodies, body.under):
        days.update(upper.from_on for upper in bodies[name].rules.get(key, []))
    for day in sorted(days):
        if day < rule.from_on or (following and day >= following.from_on):
            continue
        upper = resolve(bodies, body.under, key, day, own=False)  # a setting fills a gap and binds nobody below
        if upper is None:
            continue
        if loosened(KEYS[key].stricter, upper.value, rule.value):
            mine, theirs = (json.dumps(content(each.value), ensure_ascii=False) for each in (rule, upper))
            reason = f"loosened: {mine} where {upper.body} has {theirs} from {upper.from_on}"
        elif upper.level == "stop" and rule.level == "waivable":
            reason = f"loosened: can be waived where {upper.body} has a stop from {upper.from_on}"
        else:
            continue
        says = f"{reason}; cite the clause that lets it as permitted_by"
        return [Problem(body.file, body.lines[key, rule.from_on], key, says)]
    return []


def _calendar(path: Path) -> list[Problem]:
    try:
        Calendar.read(path)
    except FileNotFoundError:
        return [Problem(path.name, 1, "", "is missing: a rulebook has a calendar, be it an empty one")]
    except (tomllib.TOMLDecodeError, ValueError) as error:
        return [Problem(path.name, 1, "", str(error))]
    return []


def main(arguments: list[str]) -> int:
    root = Path(arguments[0]) if arguments else data_root()
    bodies, found = check(root)
    for problem in found:
        sys.stderr.write(f"{problem}\n")
    if not found:
        rules = sum(len(dated) for body in bodies.values() for dated in body.rules.values())
        sys.stdout.write(f"{rules} dated rules of {len(bodies)} bodies, every one cited.\n")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
