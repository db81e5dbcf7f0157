"""Bodies of the rulebook that a test writes itself, under the nation's rules (试验规则)."""

import shutil
from pathlib import Path
from typing import Any

HEAD = """
body  = "{name}"
under = "national"
title = "{name}"
unconfirmed_waived_by = "secretary"

[instruments.setting]
title = "试验参数"
short = "试验"
own   = true
"""
RULE = """
[[{key}]]
from  = 2026-01-01
value = {value}
cite  = {{ instrument = "setting", article = "{key}", paraphrase = "{key}", confirmed = false }}
waivable_by = "secretary"
"""
ANSWER = '{ n = 5, unit = "working_day", first_day = "next" }'


def body(settings: Any, folder: Path, name: str, **rules: str) -> str:
    """Make a body of the rulebook whose own file gives no more than these values (in TOML) and a time for answers.

    ``run_to`` keeps what it reached by the name of the body, so other values want another name.  A double underscore
    stands for the dot of a key.
    """
    root = folder / "rules"
    shutil.copytree(settings.RULEBOOK_ROOT, root)
    given = {"inquiry__due": ANSWER} | rules
    text = [RULE.format(key=key.replace("__", "."), value=value) for key, value in given.items()]
    (root / f"{name}.toml").write_text(HEAD.format(name=name) + "".join(text), encoding="utf-8")
    settings.RULEBOOK_ROOT = root
    return name
