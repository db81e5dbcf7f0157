"""What the documents say is so: accounts, commands, rooms, words, columns and links, held against the code (文档)."""

import ast
import html
import re
import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.apps import apps
from django.core.management import get_commands
from django.db.models import TextChoices
from django.template.loader import render_to_string
from django.utils import translation

from audit import chain
from selection import acts, demonstration, enums
from selection.ballots import verify_ballots
from selection.models import Appointment, Candidacy, Selection
from selection.web.forms.act import FORMS

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
README = {"en": ROOT / "README.md", "zh-hans": ROOT / "README.zh-CN.md"}
PAGES = [*README.values(), ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md"))]
ENUMERATIONS = [
    found
    for found in vars(enums).values()
    if isinstance(found, type) and issubclass(found, TextChoices) and found is not TextChoices
]


def text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def in_code_marks(page: str) -> set[str]:
    """What stands between backticks, word by word: ``a`` and ``b`` of `` `a b` ``."""
    return {word for marked in re.findall(r"`([^`\n]+)`", page) for word in marked.split()}


# --- README ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", README)
def test_the_accounts_of_the_readme_are_those_of_the_demonstration(language: str) -> None:
    page = text(README[language])
    with translation.override(language):
        accounts = [f"| `{username}` | {role} | {what} |" for username, role, what in demonstration.ACCOUNTS]
    assert [line for line in page.splitlines() if re.match(r"\| `[a-z0-9]+` \| ", line)] == accounts
    assert f"`{demonstration.PASSWORD}`" in page


@pytest.mark.parametrize("document", README.values(), ids=README)
def test_every_make_target_of_the_readme_exists_and_run_and_test_are_among_them(document: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", text(ROOT / "Makefile"), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", text(document), re.MULTILINE))
    assert {"run", "test"} <= named <= targets


@pytest.mark.parametrize("document", README.values(), ids=README)
def test_the_readme_names_every_command_of_ours_and_no_other(document: Path) -> None:
    ours = {
        path.stem
        for floor in ("cadre", "selection", "audit")
        for path in (ROOT / floor).glob("management/commands/*.py")
        if path.stem != "__init__"
    }
    assert set(re.findall(r"manage\.py ([a-z_]+)", text(document))) - {"migrate"} == ours


@pytest.mark.parametrize("document", README.values(), ids=README)
def test_the_readme_names_what_is_vendored_with_its_version(document: Path) -> None:
    pinned = re.findall(r'"(bootstrap|htmx|@noble/\w+)(?:\.org)?": "([0-9.]+)"', text(ROOT / "package.json"))
    assert {name for name, _version in pinned} == {"bootstrap", "htmx", "@noble/ed25519", "@noble/hashes"}
    for name, version in pinned:
        assert re.search(rf"\| {name} {re.escape(version)} \|", text(document), re.IGNORECASE)
    for licence in [
        *ROOT.glob("static/**/LICENSE"),
        *ROOT.glob("static/**/OFL.txt"),
        *ROOT.glob("selection/**/LICENSE*"),
    ]:
        assert f"]({licence.relative_to(ROOT)})" in text(document)


def test_an_act_is_one_word_as_the_readme_says() -> None:
    """Function, permission, edge and form; the recorded action and the word in the address are the value itself."""
    assert {act: performed.function.__name__ for act, performed in acts.CATALOGUE.items()} == {
        act: act.value for act in enums.Act
    }
    import_module("selection.web.urls")
    for act, form in FORMS.items():
        assert form.__name__ == f"{act.value.title().replace('_', '')}Form"
    for machine, field in ((Selection, "stage"), (Candidacy, "state"), (Appointment, "state")):
        edges = {edge.name for edge in machine._meta.get_field(field).get_all_transitions(machine)}
        assert edges
        assert edges <= set(enums.Act.values)


# --- links -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("document", PAGES, ids=lambda document: str(document.relative_to(ROOT)))
def test_every_link_and_picture_leads_to_a_file(document: Path) -> None:
    targets = [target for target in re.findall(r"\]\(([^)\s]+)\)", text(document)) if "://" not in target]
    lost = [target for target in targets if not (document.parent / target.partition("#")[0]).exists()]
    assert lost == []


@pytest.mark.parametrize("document", PAGES, ids=lambda document: str(document.relative_to(ROOT)))
def test_every_file_named_in_code_marks_exists(document: Path) -> None:
    """A path that begins with one of our folders; a name alone may be that of a file in any of them."""
    folders = "cadre|selection|audit|templates|static|tests|tools|docs|locale"
    named = {word for word in in_code_marks(text(document)) if re.fullmatch(rf"(?:{folders})/[\w./-]*\w\.\w+", word)}
    assert {name for name in named if not (ROOT / name).exists()} == set()


# --- architecture ------------------------------------------------------------------------------------------------


def importlinter() -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads(text(ROOT / "pyproject.toml"))["tool"]["importlinter"]
    return found


def test_the_page_of_architecture_has_every_contract_by_its_name() -> None:
    page = text(DOCS / "architecture.md")
    assert re.findall(r"^- \*\*(\d .+?)\*\*", page, re.MULTILINE) == [
        one["name"] for one in importlinter()["contracts"]
    ]


def test_the_page_of_architecture_has_the_rooms_of_selection_in_their_order() -> None:
    (rooms,) = [one for one in importlinter()["contracts"] if one["id"] == "rooms"]
    lines = re.findall(r"^\| (\d+) \| ([^|]+) \|", text(DOCS / "architecture.md"), re.MULTILINE)
    assert [set(re.findall(r"`(\w+)`", names)) for _number, names in lines] == [
        set(re.findall(r"\w+", layer)) for layer in rooms["layers"]
    ]
    assert [int(number) for number, _names in lines] == list(range(1, len(rooms["layers"]) + 1))


@pytest.mark.parametrize("floor", ["cadre", "audit"])
def test_the_page_of_architecture_has_every_room_of_the_other_floors(floor: str) -> None:
    page = text(DOCS / "architecture.md")
    section = page.split(f"\n### {floor}\n")[1].split("\n### ")[0].split("\n## ")[0]
    rows = "".join(row.split("|")[1] for row in section.splitlines() if row.startswith("| `"))
    there = {
        f"{path.name}/" if path.is_dir() else path.name
        for path in (ROOT / floor).iterdir()
        if path.name not in ("__init__.py", "__pycache__")
    }
    assert in_code_marks(rows) == there


@pytest.mark.parametrize("room", ["stages", "documents", "register", "ballots"])
def test_the_page_of_architecture_names_what_is_in_the_larger_rooms(room: str) -> None:
    (lines,) = re.findall(
        rf"^- `{room}/`: (.+?)(?=\n- |\n\n)", text(DOCS / "architecture.md"), re.MULTILINE | re.DOTALL
    )
    left_out = {"__init__", "__pycache__", "apps", "migrations", "data"}
    there = {path.stem for path in (ROOT / "selection" / room).iterdir()} - left_out
    assert there <= {name.rstrip("/") for name in in_code_marks(lines)}


def test_every_decision_is_numbered_listed_and_says_what_was_weighed() -> None:
    decisions = sorted((DOCS / "adr").glob("*.md"))
    assert [path.name[:4] for path in decisions] == [f"{number:04}" for number in range(1, len(decisions) + 1)]
    for path in decisions:
        page = text(path)
        title = page.splitlines()[0].removeprefix("# ")
        assert f"- [{title}](adr/{path.name})" in text(DOCS / "architecture.md")
        headings = re.findall(r"^## (.+)$", page, re.MULTILINE)
        assert headings[:3] == ["Context", "Decision", "Consequences"]
        assert "**Status**" in page


# --- words -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("enumeration", ENUMERATIONS, ids=lambda found: found.__name__)
def test_the_glossary_has_every_label_in_both_languages(enumeration: type[TextChoices]) -> None:
    rows = text(DOCS / "glossary.md").splitlines()
    missing = []
    for member in enumeration:
        with translation.override("zh-hans"):
            chinese = str(member.label)
        with translation.override("en"):
            english = str(member.label)
        assert chinese != english, "no Chinese in the catalogue"
        row = f"| {chinese} | `{member.value}` | {english} |"
        if not any(line.startswith(row) for line in rows):
            missing.append(row)
    assert missing == []


# --- operating ---------------------------------------------------------------------------------------------------

OPERATING = [DOCS / "operating.md", DOCS / "operating.zh-CN.md"]


@pytest.mark.parametrize("document", OPERATING, ids=lambda document: document.name)
def test_the_page_of_operating_names_what_exists(document: Path) -> None:
    """Commands, variables, services, volumes and secrets."""
    page = text(document)
    assert set(re.findall(r"manage\.py ([a-z_]+)", page)) <= set(get_commands())
    assert {"backup", "restore", "doctor", "first_administrator"} <= set(re.findall(r"manage\.py ([a-z_]+)", page))
    variables = set(re.findall(r"^([A-Z_]+)=", text(ROOT / ".env.example"), re.MULTILINE))
    of_compose = set(re.findall(r"\$\{(\w+)", text(ROOT / "docker-compose.yml")))
    named = set(re.findall(r"\b([A-Z]+(?:_[A-Z]+)+)\b", page)) - {"PIP_NO_INDEX", "PIP_FIND_LINKS"}
    assert {name.removesuffix("_FILE") for name in named} <= variables | of_compose
    compose = yaml.safe_load(text(ROOT / "docker-compose.yml"))
    told = re.findall(r"docker compose (?:exec|run --rm|stop|logs) ([a-z ]+?)(?= python| \||\n)", page)
    assert told
    assert {service for services in told for service in services.split()} <= set(compose["services"])
    (made,) = re.findall(r"for name in ([a-z_ ]+); do", page)
    assert set(made.split()) == set(compose["secrets"])
    assert set(re.findall(r"http://127\.0\.0\.1:(\d+)", page)) == {
        service["ports"][0].split(":")[1] for service in compose["services"].values() if "ports" in service
    }
    assert set(re.findall(r"\b(?:postgres|redis):\d+\b", page)) == {
        compose["services"][name]["image"] for name in ("postgres", "redis")
    }


def test_the_pages_of_operating_tell_the_same_in_both_languages() -> None:
    """The same commands and configuration but for remarks, and as many headings, tables and paragraphs of each kind."""
    english, chinese = (text(document) for document in OPERATING)
    blocks = [
        [re.sub(r"(?m)^\s*#.*$", "", block) for block in re.findall(r"```\w+\n(.*?)```", page, re.DOTALL)]
        for page in (english, chinese)
    ]
    assert blocks[0] == blocks[1]
    for kind in ("## ", "### ", "| ", "- "):
        counted = [sum(line.startswith(kind) for line in page.splitlines()) for page in (english, chinese)]
        assert counted[0] == counted[1], kind


# --- secrecy and verification ------------------------------------------------------------------------------------


def test_the_page_of_secrecy_lists_every_column_of_the_box_in_both_languages() -> None:
    columns = [
        f"| `{model.__name__}` | {' '.join(f'`{field.name}`' for field in model._meta.concrete_fields)} |"
        for model in apps.get_app_config("ballots").get_models()
    ]
    page = text(DOCS / "secrecy.md")
    english, chinese = page.split("\n---\n")
    for half in (english, chinese):
        listed = [" |".join(line.split(" |")[:2]) + " |" for line in half.splitlines() if re.match(r"\| `[A-Z]", line)]
        assert sorted(listed) == sorted(columns)


@pytest.mark.parametrize("language", README)
def test_voters_read_the_short_form_of_the_page_of_secrecy_word_for_word(language: str) -> None:
    with translation.override(language):
        shown = re.sub(r"<[^>]+>", "\n", render_to_string("voting/secrecy.html"))
    _summary, *sentences = [line.strip() for line in shown.splitlines() if line.strip()]
    english, chinese = re.split(r"^# 票决保什么密$", text(DOCS / "secrecy.md"), flags=re.MULTILINE)
    page = english if language == "en" else chinese
    quoted = " ".join(line.lstrip("> -") for line in page.splitlines() if line.startswith(">"))
    assert re.sub(r"\s+", " ", quoted).strip() == " ".join(html.unescape(one) for one in sentences)


def test_the_figures_of_secrecy_are_those_that_the_linking_test_asserts() -> None:
    source = text(ROOT / "tests" / "selection" / "ballots" / "test_linking.py")
    tree = ast.parse(source)
    compared = [
        ast.unparse(node.test)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assert) and "report" in ast.unparse(node)
    ]
    assert sum(one == "report.best[1] >= 0.95" for one in compared) == 4
    assert "found <= report.chance < 0.04" in compared
    assert "range(400)" in source
    for half in text(DOCS / "secrecy.md").split("\n---\n"):
        rows = [line for line in half.splitlines() if line.startswith("|") and "400" in line]
        assert len(rows) == 8
        assert sum("95 %" in row for row in rows) == 4
        assert re.search(r"(?:under|低于) 4 %", half)


def test_the_page_of_verification_has_every_kind_of_finding() -> None:
    record, vote = text(DOCS / "verifying.md").split("\n# Recounting a vote without the site\n")
    for half, kinds in ((record, chain.KINDS), (vote, verify_ballots.FAULTS)):
        assert re.findall(r"^\| `(\w+)` \|", half, re.MULTILINE) == list(kinds)


# --- changes -----------------------------------------------------------------------------------------------------


def test_every_version_says_what_changed_in_the_rules_and_what_in_the_software() -> None:
    _head, *versions = re.split(r"^## ", text(ROOT / "CHANGELOG.md"), flags=re.MULTILINE)
    assert versions
    for version in versions:
        assert re.findall(r"^### (.+)$", version, re.MULTILINE) == ["Rules (规则)", "Software (软件)"]
    assert versions[0].startswith(tomllib.loads(text(ROOT / "pyproject.toml"))["project"]["version"])
