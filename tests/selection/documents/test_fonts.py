"""Every character of a name is in a font, or the paper is not made and the character is named."""

import shutil
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn
import pytest
from django.utils import translation

from selection.documents import fonts


@pytest.mark.parametrize("name", ["王喆堃", "李昇镕", "张珺祎", "赵赟", "牛犇", "龚䶮", "金𬭎", "阿依古丽·买买提"])
def test_check_passes_rare_characters_of_names(name: str) -> None:
    fonts.check(f"拟任人选{name}（1980年5月生），— 1 —\n\t")


@pytest.mark.covers("WPR-04", refused=True)
def test_check_names_a_missing_character_and_its_word() -> None:
    with translation.override("en"), pytest.raises(fonts.Unprintable) as found:
        fonts.check("拟任\n王𰽔\n县融媒体中心主任")
    assert found.value.says.startswith("“王𰽔” contains the character 𰽔 (U+30F54)")


def test_check_refuses_private_characters() -> None:
    with translation.override("en"), pytest.raises(fonts.Unprintable) as found:
        fonts.check("王\ue815喆")
    assert "private character U+E815" in found.value.says


def test_files_are_ours_and_those_of_the_site(settings: Any) -> None:
    assert [path.name for path in fonts.files()] == [
        "NotoSerifSC-Regular.otf",
        "NotoSansSC-Regular.otf",
        "NotoSerifSC-Bold.ttf",
    ]
    folder = Path(settings.FONTS_ROOT)
    folder.mkdir()
    (folder / "readme.txt").write_text("仿宋")
    shutil.copy(pylopdf_fonts_zh_cn.sans_path(), folder / "仿宋_GB2312.OTF")
    assert [path.name for path in fonts.files()][3:] == ["仿宋_GB2312.OTF"]
    assert f"<dir>{folder}</dir>" in fonts.configuration(folder / "cache")
