"""What every page of the site must keep to (页面检查): valid, labelled, without inline code, in one language.

``lint_page`` reads one page; ``LintingClient`` is Django's test client which does so with every page it is sent.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element

import html5lib
import polib
from django.test import Client
from django.urls import Resolver404, resolve
from html5lib.constants import E as EXPLAINED

CATALOGUE = Path(__file__).parent.parent / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
ENGLISH_WORDS = re.compile(r"[A-Za-z][a-z]+(?: [A-Za-z][a-z]+)+")
ALLOWED_WORDS = frozenset(
    {"PDF", "JPEG", "Excel", "SHA-256", "Ed25519", "lrmx", "lrm", "JSON", "SQL", "PostgreSQL", "Chromium"}
)
SPOKEN_ATTRIBUTES = ("title", "alt", "placeholder", "aria-label")
UNSPOKEN = {"script", "style", "code", "pre", "svg", "title"}
UNLABELLED = {"hidden", "submit", "button", "reset", "image"}
VERBATIM = "digest"


@cache
def catalogue_msgids() -> frozenset[str]:
    """Every English message that has another text in Chinese."""
    entries = polib.pofile(str(CATALOGUE))
    translated = {entry.msgid for entry in entries if entry.msgstr and entry.msgstr != entry.msgid}
    return frozenset(
        translated | {text for entry in entries for text in (entry.msgid, entry.msgid_plural) if entry.msgid_plural}
    )


def known_address(path: str) -> bool:
    """Whether the site answers at this path; the box has a list of its own."""
    for urlconf in (None, "cadre.box_urls"):
        try:
            resolve(path, urlconf)
        except Resolver404:
            continue
        return True
    return path.startswith("/static/")


def lint_page(
    html: str,
    language: str,
    *,
    msgids: Collection[str] | None = None,
    answers: Callable[[str], bool] | None = None,
) -> list[str]:
    """Everything that is wrong with a page in ``language`` ("zh-hans" or "en"); an empty list when it is well.

    ``msgids`` are the English messages that must not stand on a Chinese page, by default those of the catalogue;
    ``answers`` tells whether the site answers at a path, and is asked for every link when given.
    """
    parser = html5lib.HTMLParser(namespaceHTMLElements=False)
    root = parser.parse(html)
    page = _Page(root, language)
    problems = [f"HTML, line {line}: {EXPLAINED.get(code, code) % values}" for (line, _), code, values in parser.errors]
    problems += page.head()
    problems += page.code()
    problems += page.names()
    problems += page.references()
    problems += page.addresses(answers)
    problems += page.tables()
    problems += page.words(catalogue_msgids() if msgids is None else msgids)
    return problems


class _Page:
    def __init__(self, root: Element, language: str) -> None:
        self.root = root
        self.language = language
        self.elements = [element for element in root.iter() if isinstance(element.tag, str)]
        self.parents = {child: parent for parent in self.elements for child in parent}
        self.ids = Counter(element.get("id") for element in self.elements if element.get("id") is not None)

    def above(self, element: Element) -> Iterator[Element]:
        while (parent := self.parents.get(element)) is not None:
            yield parent
            element = parent

    def head(self) -> Iterator[str]:
        if (lang := self.root.get("lang", "")).split("-")[0].lower() != self.language.split("-")[0]:
            yield f"the page says it is in {lang or 'no language'}, not in {self.language}"
        titles = [_text(element) for element in self.elements if element.tag == "title"]
        headings = [_text(element) for element in self.elements if element.tag == "h1"]
        if len(headings) != 1:
            yield f"{len(headings)} h1 instead of one"
        elif not headings[0]:
            yield "the h1 is empty"
        elif not titles or not f"{titles[0]} · ".startswith(f"{headings[0]} · "):
            yield f"the title {titles[0] if titles else ''!r} does not begin with the h1 {headings[0]!r}"

    def code(self) -> Iterator[str]:
        for element in self.elements:
            if element.tag == "script" and not element.get("src"):
                yield "inline script"
            if element.tag == "style":
                yield "inline style sheet"
            for name, value in element.attrib.items():
                if name == "style":
                    yield f"style attribute on <{element.tag}>"
                elif name.startswith("on"):
                    yield f"{name} on <{element.tag}>"
                elif value.strip().lower().startswith("javascript:"):
                    yield f"javascript: in {name} of <{element.tag}>"

    def names(self) -> Iterator[str]:
        labels = {
            element.get("for"): _text(element)
            for element in self.elements
            if element.tag == "label" and element.get("for")
        }
        for element in self.elements:
            if element.tag == "img" and element.get("alt") is None:
                yield f"image without alt: {element.get('src')}"
            if element.tag in {"a", "button", "summary"} and not self.called(element):
                yield f"<{element.tag}> without words"
            if element.tag not in {"input", "select", "textarea"} or element.get("type") in UNLABELLED:
                continue
            which = f"<{element.tag} name={element.get('name')!r}>"
            around = next((_text(outer) for outer in self.above(element) if outer.tag == "label"), "")
            if not (labels.get(element.get("id")) or around or self.called(element)):
                yield f"{which} has no label"
            if element.get("type") == "radio" and not any(
                outer.tag == "fieldset" and any(child.tag == "legend" and _text(child) for child in outer)
                for outer in self.above(element)
            ):
                yield f"{which} stands in no fieldset with a legend"

    def called(self, element: Element) -> bool:
        spoken = any(ord(char) > 32 for char in _text(element)) if element.tag not in {"select", "textarea"} else False
        images = any(inner.tag == "img" and inner.get("alt") for inner in element.iter())
        by = [self.ids.get(one) for one in element.get("aria-labelledby", "").split()]
        return bool(spoken or images or element.get("aria-label", "").strip() or (by and all(by)))

    def references(self) -> Iterator[str]:
        for name, times in self.ids.items():
            if not name or re.search(r"\s", name):
                yield f"bad id {name!r}"
            if times > 1:
                yield f"id {name!r} stands {times} times"
        for element in self.elements:
            wanted = [element.get(name, "") for name in ("for", "form", "list") if name in element.attrib]
            wanted += [
                one
                for name in ("aria-describedby", "aria-labelledby", "aria-controls")
                for one in element.get(name, "").split()
            ]
            href = element.get("href", "")
            if href.startswith("#") and len(href) > 1:
                wanted.append(href[1:])
            for one in wanted:
                if one not in self.ids:
                    yield f"<{element.tag}> points to #{one}, which is not there"

    def addresses(self, answers: Callable[[str], bool] | None) -> Iterator[str]:
        for element in self.elements:
            for name in ("href", "src", "action", "hx-get", "hx-post"):
                if name not in element.attrib:
                    continue
                address = element.get(name, "")
                parts = urlsplit(address)
                if parts.scheme == "data" and element.tag in {"img", "link"}:
                    continue
                if not address or address == "#":
                    yield f"<{element.tag}> with an empty {name}"
                elif parts.scheme or parts.netloc:
                    # The box has an address of its own; the way there tells nothing of where it was taken.
                    is_way_to_the_box = parts.path.startswith("/box/") and element.get("rel") == "noreferrer"
                    if parts.scheme not in {"mailto", "tel"} and not is_way_to_the_box:
                        yield f"<{element.tag}> leaves the site: {address}"
                elif answers and parts.path.startswith("/") and not answers(parts.path):
                    yield f"<{element.tag}> leads nowhere: {address}"

    def tables(self) -> Iterator[str]:
        for table in self.elements:
            if table.tag == "table" and not any(cell.tag == "th" and cell.get("scope") for cell in table.iter()):
                yield "a table without a header cell that has a scope"

    def words(self, msgids: Collection[str]) -> Iterator[str]:
        raw, patterns = _messages(frozenset(msgids)) if self.language.startswith("zh") else (frozenset(), ())
        for text, lang in self.spoken(self.root, self.root.get("lang", self.language)):
            words = " ".join(text.split())
            if not words:
                continue
            if not self.language.startswith("zh"):
                if CHINESE.search(words) and not lang.startswith("zh"):
                    yield f"Chinese on a page in {self.language}: {words[:60]!r}"
            elif lang.startswith("zh"):
                if words in raw or any(pattern.fullmatch(words) for pattern in patterns):
                    yield f"a message left in English: {words[:60]!r}"
                elif any(found[0] not in ALLOWED_WORDS for found in ENGLISH_WORDS.finditer(words)):
                    yield f"English words on a Chinese page: {words[:60]!r}"

    def spoken(self, element: Element, lang: str) -> Iterator[tuple[str, str]]:
        """Every text that is read or heard, with the language it is marked with."""
        if not isinstance(element.tag, str):
            return
        lang = element.get("lang", lang).lower()
        for name in SPOKEN_ATTRIBUTES:
            if element.get(name):
                yield element.get(name, ""), lang
        if element.tag == "input" and element.get("type") in {"submit", "button"}:
            yield element.get("value", ""), lang
        silent = element.tag in UNSPOKEN or VERBATIM in element.get("class", "").split()
        if not silent:
            yield element.text or "", lang
        for child in element:
            if not silent:
                yield from self.spoken(child, lang)
                yield child.tail or "", lang


@cache
def _messages(msgids: frozenset[str]) -> tuple[frozenset[str], tuple[re.Pattern[str], ...]]:
    """Messages as they stand, and those with places to fill as patterns; short words may be data and are let be."""
    plain = frozenset(" ".join(message.split()) for message in msgids if "%(" not in message)
    filled = [" ".join(message.split()) for message in msgids if "%(" in message]
    patterns = [
        re.compile(".+".join(re.escape(part) for part in re.split(r"%\(\w+\)[sdi]", message)))
        for message in filled
        if re.search(r"[A-Za-z]{2}", re.sub(r"%\(\w+\)[sdi]", "", message))
    ]
    return frozenset(message for message in plain if re.search(r"[A-Za-z]{2}", message)) - ALLOWED_WORDS, tuple(
        patterns
    )


def _text(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


class LintingClient(Client):
    """Django's test client, which reads every page that it is sent and refuses one with a problem."""

    def request(self, **request: Any) -> Any:
        response = super().request(**request)
        if response.get("Content-Type", "").startswith("text/html") and not response.streaming:
            html = response.content.decode()
            if html.lstrip().lower().startswith("<!doctype"):
                language = re.search(r'<html[^>]* lang="([a-zA-Z-]+)"', html)
                problems = lint_page(html, language[1].lower() if language else "zh-hans", answers=known_address)
                assert not problems, f"{request.get('PATH_INFO')} ({response.status_code}):\n" + "\n".join(problems)
        return response
