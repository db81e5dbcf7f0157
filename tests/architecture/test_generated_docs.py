"""The documents made from the code are made whole, and a page that is not current is named (生成文档)."""

from pathlib import Path

import pytest

from selection.enums import Act, Role, Stage
from selection.stages.notice import before_closing
from tools import generate_docs


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(generate_docs, "DOCS", tmp_path)
    return tmp_path


def test_pages_are_written_and_a_changed_one_is_found(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert generate_docs.main(["--check"]) == 1
    assert generate_docs.main([]) == 0
    assert generate_docs.main(["--check"]) == 0
    capsys.readouterr()
    page = folder / "roles.md"
    page.write_text(page.read_text().replace("●", "○", 1))
    assert generate_docs.main(["--check"]) == 1
    assert "docs/roles.md" in capsys.readouterr().out
    assert "○" in page.read_text()


def test_every_act_stage_and_role_is_on_its_page(folder: Path) -> None:
    generate_docs.main([])
    acts, roles, stages = ((folder / name).read_text() for name in ("acts.md", "roles.md", "stages.md"))
    assert all(acts.count(f"### `{act.value}` ") == 1 and f"| `{act.value}` |" in roles for act in Act)
    assert all(stages.count(f"    {stage.value}: ") == 1 for stage in Stage)
    assert all(generate_docs.said(role.label)[1] in roles for role in Role)


def test_requirements_are_read_from_the_function_and_from_those_it_calls() -> None:
    assert generate_docs.conditions(before_closing) == (
        [
            "The selection is neither suspended nor closed",
            "The appointment is on public notice",
            "The notice has run its full length",
            "Every objection has been settled",
        ],
        ["notice.length", "notice.objections"],
    )
