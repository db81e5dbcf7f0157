"""Every variable that the site reads is explained in .env.example, and nothing else is."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
READERS = {"text", "names", "choice", "boolean", "number", "path", "database", "broker", "secret"}
OF_THE_MACHINE = {"PATH", "LD_LIBRARY_PATH"}


def read_by_the_settings() -> set[str]:
    """By the settings of site and box, and by the notary, which has none."""
    names = set()
    for file in ("settings.py", "notary.py"):
        for node in ast.walk(ast.parse((ROOT / "cadre" / file).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in READERS:
                owner = node.func.value
                if isinstance(owner, ast.Name) and owner.id == "env" and isinstance(node.args[0], ast.Constant):
                    names.add(node.args[0].value)
    return names


def test_the_example_names_every_variable_and_no_other() -> None:
    example = (ROOT / ".env.example").read_text(encoding="utf-8")
    assert set(re.findall(r"^([A-Z_]+)=", example, re.MULTILINE)) == read_by_the_settings()


def test_only_the_reader_of_variables_reads_the_environment() -> None:
    """Elsewhere the environment is at most handed on to a child, and only what belongs to the machine is read."""
    found = {}
    for floor in ("cadre", "selection", "audit"):
        for path in sorted((ROOT / floor).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            names = (
                set(re.findall(r"""os\.(?:getenv\(|environ\[|environ\.get\()\s*["']?(\w+)""", text)) - OF_THE_MACHINE
            )
            if names and path != ROOT / "cadre" / "env.py":
                found[str(path.relative_to(ROOT))] = names
    assert found == {}
