"""Names in order of strokes (按姓氏笔画为序).

The order in which every list of a committee is printed: by the surname first; within a surname those with one
character in their given name first; then by the other characters.  Characters stand in the order of GB 13000.1: by
their number of strokes, then by the kind of each stroke.  ``key`` puts this into a text that a database sorts byte by
byte.  A character beyond the 20,897 of the table comes last.
"""

from functools import cache
from pathlib import Path

_TABLE = Path(__file__).with_name("data") / "stroke_order_gb13000.txt"
_NOTHING = "0000"
_BEYOND = "ffff"
#: What stands between the parts of a transcribed name, which has no surname.
_DOTS = "·•‧・"

_COMPOUND = """
欧阳 太史 端木 上官 司马 东方 独孤 南宫 万俟 闻人 夏侯 诸葛 尉迟 公羊 赫连 澹台 皇甫 宗政 濮阳 公冶
太叔 申屠 公孙 慕容 仲孙 钟离 长孙 宇文 司徒 鲜于 司空 闾丘 子车 亓官 司寇 巫马 公西 颛孙 壤驷 公良
漆雕 乐正 宰父 谷梁 拓跋 夹谷 轩辕 令狐 段干 百里 呼延 东郭 南门 羊舌 微生 梁丘 左丘 东门 西门 第五
叶赫 完颜 达奚 贺兰
"""
COMPOUND_SURNAMES = frozenset(_COMPOUND.split())


@cache
def _positions() -> dict[str, int]:
    return {character: place for place, character in enumerate(_TABLE.read_text(encoding="utf-8").strip(), start=1)}


def _place(character: str) -> str:
    place = _positions().get(character)
    return f"{place:04x}" if place else f"{_BEYOND}{ord(character):06x}"


def split(name: str) -> tuple[str, str]:
    """Surname and given name; of a transcribed name, which has no surname, the first character and the rest."""
    if any(dot in name for dot in _DOTS):
        return name[:1], "".join(character for character in name[1:] if character not in _DOTS)
    length = 2 if len(name) > 2 and name[:2] in COMPOUND_SURNAMES else 1
    return name[:length], name[length:]


def key(name: str) -> str:
    """A text of ASCII characters; comparing such texts byte by byte compares the names in order of strokes."""
    if not name:
        return ""
    surname, given = split(name)
    second = _place(surname[1]) if len(surname) > 1 else _NOTHING
    several = "0" if len(given) <= 1 else "1"
    return _place(surname[0]) + second + several + "".join(map(_place, given))
