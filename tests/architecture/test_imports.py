"""The house stands: imports go down only, and every contract refuses what it was written against."""

import ast
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = ("cadre", "selection", "audit")
FORBIDDEN_WORDS = {
    "utils",
    "util",
    "helpers",
    "helper",
    "common",
    "base",
    "core",
    "manager",
    "service",
    "handler",
    "misc",
}

LINTER = [sys.executable, "-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    command = [*LINTER, "--no-cache", "--no-logo"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    for name in OURS:
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "*.toml", "*.json"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_contracts_hold() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout
    assert re.search(r"Contracts: (\d+) kept, 0 broken", done.stdout)


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("audit/reading.py", "import selection.clock", "1 Three floors"),
        ("selection/acts.py", "import cadre.env", "1 Three floors"),
        ("selection/roles.py", "import selection.models", "2 The rooms of selection"),
        ("selection/register/apps.py", "import selection.models", "2 The rooms of selection"),
        ("selection/stages/notice.py", "import selection.stages.motion", "3 Stages hand over"),
        ("selection/polls.py", "import selection.ballots.models", "4 Nobody but the box"),
        ("selection/stages/notice.py", "import audit.record", "5 Only an act is recorded"),
        ("selection/tasks.py", "import audit.record", "5 Only an act is recorded"),
        ("selection/documents/contexts.py", "import audit.models", "6 Others read the record"),
        ("selection/ballots/box.py", "import audit.reading", "7 The box knows nothing"),
    ],
)
def test_a_contract_refuses_what_it_forbids(copied: Path, module: str, line: str, contract: str) -> None:
    with (copied / module).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    done = lint(copied)
    assert done.returncode == 1
    broken = re.findall(r"^(.+?)\s+BROKEN$", done.stdout.replace("\n ", " "), re.MULTILINE)
    assert any(contract in name for name in broken), done.stdout


def test_a_room_that_is_not_listed_is_refused(copied: Path) -> None:
    (copied / "selection" / "helpers.py").write_text('"""Odds and ends."""\n', encoding="utf-8")
    done = lint(copied)
    assert done.returncode == 1
    assert "helpers" in done.stdout


def modules() -> list[Path]:
    return [path for name in (*OURS, "tools") for path in sorted((ROOT / name).rglob("*.py"))]


def words(name: str) -> set[str]:
    return {word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)}


def test_no_module_or_class_has_a_name_that_says_nothing() -> None:
    found = []
    for path in modules():
        if FORBIDDEN_WORDS & {path.stem, *path.relative_to(ROOT).parts[:-1]}:
            found.append(str(path.relative_to(ROOT)))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and FORBIDDEN_WORDS & words(node.name):
                found.append(f"{path.relative_to(ROOT)}: {node.name}")
    assert found == []


@pytest.mark.parametrize(
    ("file", "content", "answer"),
    [
        ("audit/chain.py", '{"not": "an entry"}\n', (1, "NOT whole", "")),
        ("selection/ballots/verify_ballots.py", "{}", (2, "", "Not a readable audit package")),
    ],
)
def test_a_copy_kept_by_others_needs_the_standard_library_alone(
    tmp_path: Path, file: str, content: str, answer: tuple[int, str, str]
) -> None:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {node.module or "." for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in imported} <= sys.stdlib_module_names

    copy = Path(shutil.copy(ROOT / file, tmp_path / "verify.py"))
    given = tmp_path / "given"
    given.write_text(content, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-I", "-S", copy, given], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    code, said, complained = answer
    assert (done.returncode, said in done.stdout, complained in done.stderr) == (code, True, True)
    assert bool(done.stderr) == bool(complained)
