#!/usr/bin/env python3
"""The catalogue of translations (译文目录): English in the code, Chinese in ``locale/zh_Hans``, without GNU gettext.

    python tools/messages.py fill FILE.json      add or replace translations, then extract, merge and compile
    python tools/messages.py missing [PATH ...]  list what has no Chinese yet (below these paths only)
    python tools/messages.py missing --strict    the same for everything, and exit 1 when the catalogue is not whole
    python tools/messages.py prune               drop translations whose English no longer stands in the code
    python tools/messages.py compile             write the .mo files; needs polib alone

FILE.json maps English to Chinese.  A plural is ``"%(n)d day": ["%(n)d 天"]``; a message with a context is written
``"context\\u0004message"``.  English that nobody uses yet is kept aside and comes to life when it is first used.
Nobody edits the .po by hand: its order and wrapping are made here, so that it changes only where a text changed.
"""

from __future__ import annotations

import argparse
import fcntl
import io
import json
import os
import re
import sys
import tokenize
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "locale"
CATALOGUE = LOCALE / "zh_Hans" / "LC_MESSAGES" / "django.po"
CODE = ("cadre", "selection", "audit")
TEMPLATES = ("templates",)
CONTEXT = "\u0004"
CHINESE = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
PLACEHOLDER = re.compile(r"%\(\w+\)[sdif]|%[sd](?!\w)|\{\w*\}")
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
METADATA = {
    "Project-Id-Version": "cadre",
    "Language": "zh_Hans",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=1; plural=0;",
}

Key = tuple[str, str]  # context ("" for none), English


@dataclass
class Found:
    """One English message of the code: its plural, and the files in which it stands."""

    plural: str = ""
    places: set[str] = field(default_factory=set)


def template_code(text: str, origin: str) -> str:
    """A template as Python-like code with nothing but its messages, one line for each line of the template."""
    from django.conf import settings

    if not settings.configured:
        settings.configure(USE_I18N=True)
    from django.utils.translation.template import templatize

    return "\n".join(line.lstrip() for line in templatize(text, origin=origin).split("\n"))


def sources() -> Iterator[tuple[Path, str]]:
    """Every file that may hold messages, with its text as Python code."""
    for folder in CODE:
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path, path.read_text(encoding="utf-8")
    for folder in TEMPLATES:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".html", ".txt"}:
                yield path, template_code(path.read_text(encoding="utf-8"), str(path))


def extract() -> tuple[dict[Key, Found], list[str]]:
    """Every message of the code, and the files that could not be read (with the reason)."""
    from babel.messages.extract import extract as messages_of

    found: dict[Key, Found] = {}
    unreadable: list[str] = []
    reading = sources()
    while True:
        try:
            path, code = next(reading)
        except StopIteration:
            break
        place = path.relative_to(ROOT).as_posix()
        try:
            messages = list(messages_of("python", io.BytesIO(code.encode()), keywords=KEYWORDS))
        except (SyntaxError, tokenize.TokenError) as problem:
            unreadable.append(f"{place}: {problem}")
            continue
        for _line, message, _comments, context in messages:
            singular, plural = (message[0], message[1]) if isinstance(message, tuple) else (message, "")
            if not singular:
                continue
            entry = found.setdefault((context or "", singular), Found())
            entry.plural = entry.plural or plural
            entry.places.add(place)
    return found, unreadable


def key_of(entry: polib.POEntry) -> Key:
    return entry.msgctxt or "", entry.msgid


def shown(key: Key) -> str:
    return f"[{key[0]}] {key[1]}" if key[0] else key[1]


def translated(entry: polib.POEntry) -> bool:
    return bool(entry.msgstr_plural.get(0) if entry.msgid_plural else entry.msgstr)


def placeholders(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text))


def refused(key: Key, plural: str, chinese: str) -> str:
    """Why this translation cannot stand, or an empty string."""
    if CHINESE.search(key[1]):
        return "the message in the code must be English"
    english = placeholders(key[1]) | placeholders(plural)
    differing = placeholders(chinese) - english if plural else placeholders(chinese) ^ english
    return f"its placeholders differ: {', '.join(sorted(differing))}" if differing else ""


@contextmanager
def locked() -> Iterator[None]:
    """One writer at a time, over the folder itself, so that no lock file stays behind."""
    LOCALE.mkdir(exist_ok=True)
    folder = os.open(LOCALE, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def load() -> dict[Key, polib.POEntry]:
    return {key_of(entry): entry for entry in polib.pofile(str(CATALOGUE), wrapwidth=0)} if CATALOGUE.exists() else {}


def save(entries: dict[Key, polib.POEntry]) -> None:
    catalogue = polib.POFile(wrapwidth=0)
    catalogue.metadata = METADATA
    catalogue.extend(entries[key] for key in sorted(entries, key=lambda key: (entries[key].obsolete, key[1], key[0])))
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    draft = CATALOGUE.with_suffix(".po.new")
    catalogue.save(str(draft))
    draft.replace(CATALOGUE)


def merge(entries: dict[Key, polib.POEntry], found: dict[Key, Found], *, complete: bool) -> None:
    """Bring the catalogue in line with the code.  Nothing is set aside while some file could not be read."""
    for key, message in found.items():
        if CHINESE.search(key[1]):
            continue
        entry = entries.setdefault(key, polib.POEntry(msgid=key[1], msgctxt=key[0] or None))
        if message.plural and not entry.msgid_plural:
            entry.msgid_plural, entry.msgstr_plural, entry.msgstr = message.plural, {0: entry.msgstr}, ""
        elif entry.msgid_plural and not message.plural:
            entry.msgstr, entry.msgid_plural, entry.msgstr_plural = entry.msgstr_plural.get(0, ""), "", {}
        else:
            entry.msgid_plural = message.plural
        entry.obsolete = False
        entry.occurrences = [(place, "") for place in sorted(message.places)]
        whole = key[1] + message.plural
        entry.flags = ["python-format"] if "%(" in whole or re.search(r"%[sd]", whole) else []
    if complete:
        for key, entry in entries.items():
            if key not in found:
                entry.obsolete, entry.occurrences, entry.flags = True, [], []


def compile_all() -> None:
    for source in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
        draft = source.with_suffix(".mo.new")
        polib.pofile(str(source)).save_as_mofile(str(draft))
        draft.replace(source.with_suffix(".mo"))


def fill(file: Path) -> int:
    wanted = json.loads(file.read_text(encoding="utf-8"))
    wrong: list[str] = []
    with locked():
        entries = load()
        found, unreadable = extract()
        waiting = 0
        for written, chinese in wanted.items():
            context, _, message = written.rpartition(CONTEXT)
            key = context, message
            text = chinese[0] if isinstance(chinese, list) else chinese
            plural = found[key].plural if key in found else ""
            if problem := refused(key, plural, text) if key in found else "":
                wrong.append(f"{shown(key)}: {problem}")
                continue
            entry = entries.setdefault(key, polib.POEntry(msgid=message, msgctxt=context or None))
            if entry.msgid_plural:
                entry.msgstr_plural = {0: text}
            else:
                entry.msgstr = text
            waiting += key not in found
        merge(entries, found, complete=not unreadable)
        save(entries)
        compile_all()
    for line in unreadable:
        print(f"not read: {line}", file=sys.stderr)
    for line in wrong:
        print(f"refused: {line}", file=sys.stderr)
    taken = len(wanted) - len(wrong)
    print(f"{taken} translations taken, {waiting} not used in the code yet; {len(found)} messages in the code")
    return 1 if wrong else 0


def missing(paths: list[str], *, strict: bool) -> int:
    found, unreadable = extract()
    entries = load()
    problems = [f"not read: {line}" for line in unreadable]
    for key, message in sorted(found.items(), key=lambda item: (sorted(item[1].places), item[0])):
        places = sorted(message.places)
        if paths and not any(place.startswith(path) for place in places for path in paths):
            continue
        entry = entries.get(key)
        if CHINESE.search(key[1]):
            problems.append(f"{places[0]}: a message in the code must be English: {shown(key)}")
        elif entry is None or not translated(entry):
            problems.append(
                f"{places[0]}: {json.dumps(key[0] + CONTEXT + key[1] if key[0] else key[1], ensure_ascii=False)}"
            )
        elif problem := refused(key, message.plural, entry.msgstr_plural[0] if entry.msgid_plural else entry.msgstr):
            problems.append(f"{places[0]}: {problem}: {shown(key)}")
    if strict:
        problems += [
            f"no longer in the code (tools/messages.py prune drops it): {shown(key)}"
            for key in sorted(entries)
            if key not in found
        ]
    for line in problems:
        print(line)
    print(f"{len(problems)} to mend, {len(found)} messages in the code", file=sys.stderr)
    return 1 if strict and problems else 0


def prune() -> int:
    with locked():
        found, unreadable = extract()
        if unreadable:
            print("\n".join(f"not read: {line}" for line in unreadable), file=sys.stderr)
            return 1
        entries = load()
        merge(entries, found, complete=True)
        kept = {key: entry for key, entry in entries.items() if not entry.obsolete}
        save(kept)
        compile_all()
    print(f"{len(entries) - len(kept)} dropped, {len(kept)} kept")
    return 0


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("fill").add_argument("file", type=Path)
    lister = verbs.add_parser("missing")
    lister.add_argument("--strict", action="store_true")
    lister.add_argument("paths", nargs="*")
    verbs.add_parser("prune")
    verbs.add_parser("compile")
    chosen = parser.parse_args(arguments)
    if chosen.verb == "fill":
        return fill(chosen.file)
    if chosen.verb == "missing":
        return missing(chosen.paths, strict=chosen.strict)
    if chosen.verb == "prune":
        return prune()
    compile_all()
    return 0


if __name__ == "__main__":
    sys.exit(main())
