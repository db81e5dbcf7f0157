"""Fonts of papers (文书字体): which there are, and whether they hold every character of a text.

Noto Serif SC and Noto Sans SC come with the requirements, the bold one for titles with the static files; a site may put
its licensed 仿宋, 楷体 and 小标宋 into ``FONTS_ROOT``.  No other font of the machine is ever used.
"""

import unicodedata
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

import pylopdf_fonts_zh_cn
from django.conf import settings
from django.utils.translation import gettext as _
from fontTools.ttLib import TTCollection, TTFont

_ENDINGS = {".ttf", ".otf", ".ttc"}
_UNSEEN = {"Cc", "Cf", "Zl", "Zp", "Zs"}  # line ends, blanks, joiners: nothing is drawn for them


class Unprintable(Exception):
    """A text with a character that cannot be printed; ``says`` names it."""

    def __init__(self, says: str) -> None:
        self.says = says
        super().__init__(says)


def files() -> list[Path]:
    """The font files that papers may use."""
    own = [
        pylopdf_fonts_zh_cn.serif_path(),
        pylopdf_fonts_zh_cn.sans_path(),
        Path(settings.BASE_DIR) / "static" / "fonts" / "NotoSerifSC-Bold.ttf",
    ]
    licensed = Path(settings.FONTS_ROOT)
    found = sorted(path for path in licensed.rglob("*") if path.suffix.lower() in _ENDINGS) if licensed.is_dir() else []
    return own + found


def configuration(cache_folder: Path) -> str:
    """A configuration of fontconfig that knows these files and no others."""
    folders = dict.fromkeys(str(path.parent) for path in files())
    listed = "".join(f"<dir>{escape(folder)}</dir>" for folder in folders)
    return (
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>'
        f"{listed}<cachedir>{escape(str(cache_folder))}</cachedir></fontconfig>"
    )


def check(text: str) -> None:
    """Look whether every character of the text can be printed.

    Raises:
        Unprintable: the first one that cannot, with the word in which it stands.
    """
    known = _characters(tuple(files()))
    for sign in sorted(set(text)):
        kind = unicodedata.category(sign)
        if kind == "Co":
            raise Unprintable(
                _(
                    "“%(word)s” contains the private character %(code)s, which is different on every computer.  "
                    "Enter the standard character in its place, then have the paper made again."
                )
                % {"word": _word(text, sign), "code": f"U+{ord(sign):04X}"}
            )
        if kind not in _UNSEEN and ord(sign) not in known:
            raise Unprintable(
                _(
                    "“%(word)s” contains the character %(character)s (%(code)s), which no font for papers has.  "
                    "Add a font that has it to the folder of fonts, then have the paper made again."
                )
                % {"word": _word(text, sign), "character": sign, "code": f"U+{ord(sign):04X}"}
            )


def _word(text: str, sign: str) -> str:
    """The character with its neighbours in the same line, up to punctuation or a blank: a name, most often."""
    at = first = last = text.index(sign)
    while first > 0 and at - first < 5 and text[first - 1].isalpha():
        first -= 1
    while last + 1 < len(text) and last - at < 5 and text[last + 1].isalpha():
        last += 1
    return text[first : last + 1]


@cache
def _characters(paths: tuple[Path, ...]) -> frozenset[int]:
    known: set[int] = set()
    for path in paths:
        if path.suffix.lower() == ".ttc":
            with TTCollection(path, lazy=True) as collection:
                for font in collection:
                    known.update(font.getBestCmap())
        else:
            with TTFont(path, lazy=True) as font:
                known.update(font.getBestCmap())
    return frozenset(known)
