"""The rulebook as it lies on disk, read and located (规则数据).

One file a body: its title, the body it is under, the instruments it cites and, for each key, dated values.  Reading
never stops at the first mistake: every one becomes a ``Problem`` with file, line, key and reason.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from django.conf import settings
from django.utils.translation import gettext, pgettext

from .keys import KEYS, ROLES, Text
from .values import BadValue, content, read

DATA = Path(__file__).resolve().parent / "data"
NO_BODIES = ("calendar.toml",)  # beside the bodies, but none of them

Level = Literal["stop", "waivable"]
_SEED = re.compile(r"seeds/(?P<name>\w+)\.txt:L(?P<line>[1-9]\d*)")
_TABLE = re.compile(r"\s*\[\[\s*([\w.\-\s]+?)\s*\]\]")
_HALF_WIDTH = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F) if not chr(wide).isalnum()}


def data_root() -> Path:
    """Where the rulebook of this installation lies."""
    return Path(getattr(settings, "RULEBOOK_ROOT", None) or DATA) if settings.configured else DATA


@dataclass(frozen=True)
class Problem:
    """What is wrong with the rulebook, and where."""

    file: str
    line: int
    key: str
    reason: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}: {self.key + ': ' if self.key else ''}{self.reason}"


@dataclass(frozen=True)
class Citation:
    """Where a rule is written: words that were read (``quote``), or their sense (``paraphrase``)."""

    instrument: str
    short: str
    article: str
    quote: str = ""
    paraphrase: str = ""
    source: str = ""
    confirmed: bool = False
    own: bool = False  # set by the rulebook itself: no instrument says it

    @property
    def label(self) -> str:
        """The short form: instrument and article."""
        return f"{self.short} {self.article}"

    @property
    def words(self) -> str:
        """What the citation says, quoted or not."""
        return self.quote or self.paraphrase

    @property
    def caution(self) -> str:
        """What a reader must know before trusting the words; empty for words that were read."""
        if self.own:
            return gettext("set by this rulebook")
        return "" if self.confirmed else gettext("not checked against the original text")

    def content(self) -> dict[str, Any]:
        return {
            "instrument": self.instrument,
            "short": self.short,
            "article": self.article,
            "quote": self.quote,
            "paraphrase": self.paraphrase,
            "source": self.source,
            "confirmed": self.confirmed,
            "own": self.own,
        }


@dataclass(frozen=True)
class Rule:
    """One dated value of a key with its citations."""

    key: str
    kind: str
    value: Any  # int, bool, str, tuple of str, Period or Share by the key's kind; None when asked or repealed
    citations: tuple[Citation, ...]
    level: Level
    waived_by: str | None
    from_on: date
    body: str
    asked: bool = False
    repealed: bool = False
    permitted_by: Citation | None = None

    @property
    def citation(self) -> Citation:
        """The first citation."""
        return self.citations[0]

    @property
    def says(self) -> Text:
        """What the value means, in one sentence."""
        return KEYS[self.key].says if self.key in KEYS else self.key

    @property
    def kept(self) -> bool:
        """Whether the value is only written down, and nothing is checked against it yet."""
        return self.key in KEYS and KEYS[self.key].kept

    @property
    def is_own(self) -> bool:
        """Whether no instrument says it: the rulebook has set it itself."""
        return all(citation.own for citation in self.citations)

    @property
    def named(self) -> Any:
        """The value, with what is chosen from a list by its labels, which are translated when they are shown."""
        choices = KEYS[self.key].choices if self.key in KEYS else {}
        if isinstance(self.value, tuple):
            return [choices.get(one, one) for one in self.value]
        return choices.get(self.value, self.value) if isinstance(self.value, str) else self.value

    @property
    def shown(self) -> str:
        """The value in words, in the reader's language."""
        if self.repealed:
            return gettext("repealed")
        if self.asked:
            return gettext("asked each time")
        if isinstance(self.value, bool):
            return gettext("Yes") if self.value else gettext("No")
        declared = KEYS.get(self.key)
        choices: Mapping[str, Text] = declared.choices if declared else {}
        if isinstance(self.value, tuple):
            return pgettext("between the items of a list", "; ").join(str(choices.get(one, one)) for one in self.value)
        text = str(choices.get(self.value, self.value)) if isinstance(self.value, str) else str(self.value)
        return str(declared.unit) % {"value": text} if declared and declared.unit else text

    def content(self) -> dict[str, Any]:
        """The rule as JSON holds it; ``from_content`` takes it back, whatever became of its key since."""
        return {
            "kind": self.kind,
            "value": content(self.value),
            "asked": self.asked,
            "level": self.level,
            "waived_by": self.waived_by,
            "from": self.from_on.isoformat(),
            "body": self.body,
            "cite": [citation.content() for citation in self.citations],
            "permitted_by": self.permitted_by.content() if self.permitted_by else None,
        }

    @classmethod
    def from_content(cls, key: str, stored: Mapping[str, Any]) -> Rule:
        raw, kind = stored["value"], stored["kind"]
        value = None if stored["asked"] else read(kind, raw, raw if kind == "choices" else (raw,))
        permitted_by = stored["permitted_by"]
        return cls(
            key=key,
            kind=kind,
            value=value,
            citations=tuple(Citation(**cite) for cite in stored["cite"]),
            level=stored["level"],
            waived_by=stored["waived_by"],
            from_on=date.fromisoformat(stored["from"]),
            body=stored["body"],
            asked=stored["asked"],
            permitted_by=Citation(**permitted_by) if permitted_by else None,
        )


@dataclass
class Body:
    """One body's file: its rules in the order of their dates, and where each of them stands."""

    name: str
    file: str
    title: str = ""
    under: str = ""
    unconfirmed_waived_by: str = ""
    instruments: dict[str, tuple[str, str, bool]] = field(default_factory=dict)
    rules: dict[str, list[Rule]] = field(default_factory=dict)
    lines: dict[tuple[str, date], int] = field(default_factory=dict)


@dataclass
class Reader:
    """Reads one file and collects what is wrong with it."""

    path: Path
    excerpts: Mapping[str, Mapping[int, str]]
    problems: list[Problem] = field(default_factory=list)

    @cached_property
    def text(self) -> list[str]:
        return self.path.read_text(encoding="utf-8").splitlines()

    def body(self) -> Body | None:
        """The body, or None when the file is no TOML."""
        document = load(self.path, self.problems)
        if document is None:
            return None
        body = Body(self.path.stem, self.path.name)
        if document.get("body") != body.name:
            self._say(self._line("body"), "", f"body must be {body.name!r}, the name of the file")
        for name in ("title", "under", "unconfirmed_waived_by"):
            text = document.get(name, "")
            if not isinstance(text, str) or (name != "under" and not text.strip()):
                self._say(self._line(name), "", f"{name} is missing or no text")
            else:
                setattr(body, name, text)
        if body.unconfirmed_waived_by and body.unconfirmed_waived_by not in ROLES:
            self._say(self._line("unconfirmed_waived_by"), "", f"only {' or '.join(ROLES)} can waive a rule")
        self._instruments(body, document.get("instruments", {}))
        stages = {key.stage for key in KEYS.values()}
        for name, table in document.items():
            if name in ("body", "title", "under", "unconfirmed_waived_by", "instruments"):
                continue
            if name not in stages or not isinstance(table, dict):
                self._say(self._line(name), name, "unknown key: no rule is declared by this name")
                continue
            for thing, entries in table.items():
                self._entries(body, f"{name}.{thing}", entries)
        return body

    def _instruments(self, body: Body, tables: object) -> None:
        for code, table in tables.items() if isinstance(tables, dict) else ():
            line = self._line(rf"\[instruments\.{re.escape(code)}\]")
            if not isinstance(table, dict) or not set(table) <= {"title", "short", "own"}:
                self._say(line, "", f"instrument {code} holds title, short and own")
            elif not all(isinstance(table.get(name), str) and table[name].strip() for name in ("title", "short")):
                self._say(line, "", f"instrument {code} has no title or no short")
            else:
                body.instruments[code] = (table["title"], table["short"], table.get("own") is True)

    def _entries(self, body: Body, name: str, entries: object) -> None:
        blocks = self._blocks(name)
        if name not in KEYS:
            self._say(blocks[0][0] if blocks else 1, name, "unknown key: no rule is declared by this name")
            return
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            self._say(self._line(rf"\[?\[?{re.escape(name)}"), name, f"write dated values as [[{name}]]")
            return
        for index, entry in enumerate(entries):
            block = blocks[index] if index < len(blocks) else (1, len(self.text))
            rule = self._rule(body, name, entry, block)
            if rule is None:
                continue
            if (name, rule.from_on) in body.lines:
                first = body.lines[name, rule.from_on]
                self._say(block[0], name, f"overlap: line {first} already gives a value from {rule.from_on}")
                continue
            body.lines[name, rule.from_on] = block[0]
            body.rules.setdefault(name, []).append(rule)
        body.rules.get(name, []).sort(key=lambda rule: rule.from_on)

    def _rule(self, body: Body, name: str, entry: dict[str, Any], block: tuple[int, int]) -> Rule | None:
        before = len(self.problems)

        def wrong(word: str, reason: str) -> None:
            self._say(self._line(word, block), name, reason)

        for word in set(entry) - {"from", "value", "asked", "repealed", "cite", "waivable_by", "permitted_by"}:
            wrong(word, f"unknown word {word!r}")
        from_on = entry.get("from")
        if type(from_on) is not date:
            wrong("from", "from is missing or no date like 2019-03-03")
        asked, repealed = entry.get("asked") is True, entry.get("repealed") is True
        if (value_given := "value" in entry) + asked + repealed != 1:
            wrong("value", "bad value: give one of value, asked = true, repealed = true")
        key, value = KEYS[name], None
        if value_given:
            try:
                value = read(key.kind, entry["value"], tuple(key.choices))
            except BadValue as bad:
                wrong("value", f"bad value: {bad}")
        cites = entry.get("cite")
        if not cites:
            wrong("cite", "missing citation: no rule without its source")
        listed = cites if isinstance(cites, list) else [cites] if cites else []
        citations = [self._citation(body, name, cite, block, "cite") for cite in listed]
        permitted_by = None
        if "permitted_by" in entry:
            permitted_by = self._citation(body, name, entry["permitted_by"], block, "permitted_by")
        waived_by = entry.get("waivable_by")
        if waived_by is not None and waived_by not in ROLES:
            wrong("waivable_by", f"only {' or '.join(ROLES)} can waive a rule, not {waived_by!r}")
        if waived_by is not None and not key.waivable:
            wrong("waivable_by", "nobody can waive this rule")
        if len(self.problems) > before or not isinstance(from_on, date):
            return None
        known = tuple(citation for citation in citations if citation)
        if key.waivable and not all(citation.confirmed for citation in known):
            waived_by = waived_by or body.unconfirmed_waived_by
        return Rule(
            key=name,
            kind=key.kind,
            value=value,
            citations=known,
            level="waivable" if waived_by else "stop",
            waived_by=waived_by,
            from_on=from_on,
            body=body.name,
            asked=asked,
            repealed=repealed,
            permitted_by=permitted_by,
        )

    def _citation(self, body: Body, name: str, cite: object, block: tuple[int, int], word: str) -> Citation | None:
        """The citation, or None with at least one problem said."""
        line = self._line(word, block)
        words = {"instrument", "article", "quote", "paraphrase", "source", "confirmed"}
        if not isinstance(cite, dict) or not set(cite) <= words:
            self._say(line, name, f"missing citation: {word} holds {', '.join(sorted(words))}")
            return None
        texts = {text: cite.get(text, "") for text in words - {"confirmed"}}
        if not all(isinstance(text, str) for text in texts.values()):
            self._say(line, name, "missing citation: its parts are texts")
            return None
        quote, paraphrase, source = texts["quote"], texts["paraphrase"], texts["source"]
        if quote:
            line = self._line(re.escape(quote), block, anywhere=True)
        reason = ""
        if texts["instrument"] not in body.instruments:
            reason = f"missing citation: {texts['instrument']!r} is none of the instruments of this file"
        elif not texts["article"].strip():
            reason = "missing citation: no article"
        elif bool(quote.strip()) == bool(paraphrase.strip()):
            reason = "missing citation: give either quote or paraphrase"
        elif quote and "confirmed" in cite:
            reason = "a quote is compared with its source: leave out confirmed"
        elif quote:
            reason = self._quoted(quote, source)
        elif type(cite.get("confirmed")) is not bool:
            reason = "a paraphrase says confirmed = true or confirmed = false"
        elif cite["confirmed"] and not source.strip():
            reason = "a confirmed paraphrase names the page where it was read as source"
        if reason:
            self._say(line, name, reason)
            return None
        title, short, own = body.instruments[texts["instrument"]]
        confirmed = bool(quote) or (cite["confirmed"] and not own)
        return Citation(title, short, texts["article"], quote, paraphrase, source, confirmed, own)

    def _quoted(self, quote: str, source: str) -> str:
        """What is wrong with a quotation, or nothing."""
        seed = _SEED.fullmatch(source)
        if not seed:
            return f"source of a quote is like seeds/NAME.txt:L12, not {source!r}"
        line = self.excerpts.get(seed["name"], {}).get(int(seed["line"]))
        if line is None:
            return f"sources/{seed['name']}.toml does not hold line {seed['line']}"
        if plain(quote) not in plain(line):
            return f"the quote does not stand in {source}"
        return ""

    def _blocks(self, name: str) -> list[tuple[int, int]]:
        """First and last line of each [[name]] table."""
        starts = [(n, match[1]) for n, line in enumerate(self.text, 1) if (match := _TABLE.match(line))]
        heads = [n for n, line in enumerate(self.text, 1) if line.lstrip().startswith("[")]
        return [
            (n, next((other - 1 for other in heads if other > n), len(self.text)))
            for n, found in starts
            if re.sub(r"\s", "", found) == name
        ]

    def _line(self, word: str, block: tuple[int, int] | None = None, *, anywhere: bool = False) -> int:
        """The line on which a word of the file stands, or the first line of its block."""
        first, last = block or (1, len(self.text))
        pattern = re.compile(word if anywhere else rf"\s*{word}\b" if word[-1:].isalnum() else rf"\s*{word}")
        for n in range(first, last + 1):
            if n <= len(self.text) and (pattern.search if anywhere else pattern.match)(self.text[n - 1]):
                return n
        return first

    def _say(self, line: int, key: str, reason: str) -> None:
        self.problems.append(Problem(self.path.name, line, key, reason))


def plain(text: str) -> str:
    """The text without white space and with half-width punctuation: all that a quotation may differ in."""
    return re.sub(r"\s", "", text).translate(_HALF_WIDTH)


def load(path: Path, problems: list[Problem]) -> dict[str, Any] | None:
    """The TOML document, or None and a problem."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError) as error:
        found = re.search(r"at line (\d+)", str(error))
        problems.append(Problem(path.name, int(found[1]) if found else 1, "", f"cannot be read: {error}"))
        return None


def excerpts(root: Path, problems: list[Problem]) -> dict[str, dict[int, str]]:
    """The cited lines of each source, by its name and line number."""
    found: dict[str, dict[int, str]] = {}
    for path in sorted((root / "sources").glob("*.toml")):
        document = load(path, problems) or {}
        lines = document.get("lines", {})
        if not isinstance(lines, dict) or not all(n.isdigit() and isinstance(line, str) for n, line in lines.items()):
            problems.append(Problem(f"sources/{path.name}", 1, "", "[lines] holds texts under their line numbers"))
            continue
        found[path.stem] = {int(n): line for n, line in lines.items()}
    return found


def read_bodies(root: Path) -> tuple[dict[str, Body], list[Problem]]:
    """Every body of the rulebook under ``root``, and what is wrong with each file for itself."""
    problems: list[Problem] = []
    known = excerpts(root, problems)
    bodies: dict[str, Body] = {}
    for path in sorted(root.glob("*.toml")):
        if path.name in NO_BODIES:
            continue
        reader = Reader(path, known)
        if body := reader.body():
            bodies[body.name] = body
        problems.extend(reader.problems)
    if not bodies and not problems:
        problems.append(Problem(str(root.name), 1, "", "no rulebook here: not one body's file"))
    return bodies, problems
