"""A small rulebook that a test writes itself."""

from collections.abc import Callable
from pathlib import Path

import pytest

NATION = """
body  = "nation"
title = "全国"
unconfirmed_waived_by = "secretary"

[instruments.law]
title = "试验条例"
short = "条例"
"""

COUNTY = """
body  = "county"
under = "nation"
title = "试验县"
unconfirmed_waived_by = "department_head"

[instruments.own]
title = "试验县办法"
short = "办法"
"""

CITE = 'cite = { instrument = "law", article = "第一条", paraphrase = "意思", confirmed = true, source = "web.cn/1" }'
OWN = 'cite = { instrument = "own", article = "第二条", quote = "公示期为五个工作日", source = "seeds/paper.txt:L7" }'
EXCERPT = 'title = "试验文件"\n[lines]\n7 = "第二条 公示期为五个工作日，自次日起算（节假日除外）。"\n'


def notice(n: int, day: str, cite: str, *more: str) -> str:
    """A dated value of notice.length in working days."""
    value = f'value = {{ n = {n}, unit = "working_day", first_day = "next" }}'
    return "\n".join(["", "[[notice.length]]", f"from = {day}", value, cite, *more, ""])


@pytest.fixture
def write(tmp_path: Path, settings) -> Callable[..., Path]:
    """Writes a rulebook of two bodies and makes it the one of this installation."""

    def write(*, nation: str = "", county: str = "", excerpt: str = EXCERPT, calendar: str = "") -> Path:
        (tmp_path / "sources").mkdir(exist_ok=True)
        (tmp_path / "sources" / "paper.toml").write_text(excerpt, encoding="utf-8")
        (tmp_path / "calendar.toml").write_text(calendar, encoding="utf-8")
        (tmp_path / "nation.toml").write_text(NATION + nation, encoding="utf-8")
        (tmp_path / "county.toml").write_text(COUNTY + county, encoding="utf-8")
        settings.RULEBOOK_ROOT = tmp_path
        return tmp_path

    return write
