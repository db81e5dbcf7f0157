"""The tool that keeps the catalogue of translations (译文目录)."""

import gettext
import json
from pathlib import Path
from typing import Any

import pytest

from tools import messages

CODE = """
from django.utils.translation import gettext_lazy as _, ngettext, pgettext
a = _("Hello %(name)s," " again")
b = ngettext("%(n)d row", "%(n)d rows", 2)
c = pgettext("noun", "Act")
"""
TEMPLATE = """{% load i18n %}{# no message: it's a comment #}
    <p>{% translate "It's here" %} {{ name|default:_("Nobody") }}</p>
  {% blocktranslate trimmed count n=days with who=name %}
    {{ n }} day
    for {{ who }}{% plural %}{{ n }} days for {{ who }}{% endblocktranslate %}
"""
CHINESE = {
    "Hello %(name)s, again": "您好，%(name)s",
    "%(n)d row": ["%(n)d 行"],
    "noun\u0004Act": "行为",
    "It's here": "在此",
    "Nobody": "无人",
    "%(n)s day for %(who)s": ["%(who)s 还有 %(n)s 天"],
}


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site of two files, with a catalogue of its own."""
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    monkeypatch.setattr(messages, "LOCALE", tmp_path / "locale")
    monkeypatch.setattr(messages, "CATALOGUE", tmp_path / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po")
    for name, text in {"cadre/code.py": CODE, "templates/page.html": TEMPLATE}.items():
        (tmp_path / name).parent.mkdir()
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def fill(site: Path, chinese: dict[str, Any]) -> int:
    (site / "given.json").write_text(json.dumps(chinese), encoding="utf-8")
    return messages.main(["fill", str(site / "given.json")])


def test_every_message_of_code_and_templates_is_found_and_compiled(site: Path) -> None:
    assert fill(site, CHINESE) == 0
    assert messages.main(["missing", "--strict"]) == 0
    spoken = gettext.translation("django", site / "locale", ["zh_Hans"])
    assert spoken.gettext("It's here") == "在此"
    assert spoken.pgettext("noun", "Act") == "行为"
    assert spoken.ngettext("%(n)d row", "%(n)d rows", 5) == "%(n)d 行"


def test_filling_again_changes_nothing(site: Path) -> None:
    fill(site, CHINESE)
    before = messages.CATALOGUE.read_bytes()
    fill(site, {})
    assert messages.CATALOGUE.read_bytes() == before


@pytest.mark.parametrize("left_out", sorted(CHINESE))
def test_one_message_without_chinese_is_named(site: Path, capsys: pytest.CaptureFixture[str], left_out: str) -> None:
    fill(site, {english: chinese for english, chinese in CHINESE.items() if english != left_out})
    capsys.readouterr()
    assert messages.main(["missing", "--strict"]) == 1
    assert left_out.rpartition("\u0004")[2] in capsys.readouterr().out


@pytest.mark.parametrize("wrong", ["您好", "您好，%(nom)s", "您好，%(name)s %(more)s"])
def test_a_translation_with_other_placeholders_is_refused(site: Path, wrong: str) -> None:
    assert fill(site, {"Hello %(name)s, again": wrong}) == 1
    assert wrong not in messages.CATALOGUE.read_text(encoding="utf-8")


def test_a_chinese_message_in_the_code_is_refused(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fill(site, CHINESE)
    (site / "cadre" / "more.py").write_text('x = _("姓名")', encoding="utf-8")
    assert fill(site, {"姓名": "姓名"}) == 1
    assert messages.main(["missing", "--strict"]) == 1
    assert "must be English" in capsys.readouterr().out


def test_what_left_the_code_is_kept_until_it_is_pruned_and_comes_back(site: Path) -> None:
    fill(site, CHINESE)
    (site / "cadre" / "code.py").write_text("", encoding="utf-8")
    fill(site, {})
    assert messages.main(["missing", "--strict"]) == 1
    (site / "cadre" / "code.py").write_text(CODE, encoding="utf-8")
    fill(site, {})
    assert messages.main(["missing", "--strict"]) == 0
    (site / "cadre" / "code.py").write_text("", encoding="utf-8")
    assert messages.main(["prune"]) == 0
    assert messages.main(["missing", "--strict"]) == 0
    assert "行为" not in messages.CATALOGUE.read_text(encoding="utf-8")


def test_nothing_is_set_aside_while_a_file_cannot_be_read(site: Path) -> None:
    fill(site, CHINESE)
    (site / "cadre" / "code.py").write_text('"""never ends', encoding="utf-8")
    fill(site, {})
    assert "#~" not in messages.CATALOGUE.read_text(encoding="utf-8")
    assert messages.main(["missing", "--strict"]) == 1
