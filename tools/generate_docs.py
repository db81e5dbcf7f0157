#!/usr/bin/env python3
"""Documents made from the code (由代码生成的文档): the machines, the acts, who may do what, what the tests show.

    python tools/generate_docs.py           write docs/stages.md, acts.md, roles.md and coverage.md
    python tools/generate_docs.py --check   say which of them is not what the code says, and exit 1

Nothing is written twice: labels and sentences come from the enumerations and the requirements, Chinese from the
catalogue of translations.
"""

from __future__ import annotations

import argparse
import ast
import inspect
import os
import sys
import textwrap
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
MADE = "<!-- Made by tools/generate_docs.py; change the code, not this page. -->"


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a page is not current")
    check = parser.parse_args(arguments).check
    _set_up()
    old = []
    for name, page in {
        "stages.md": stages(),
        "acts.md": acts(),
        "roles.md": roles(),
        "coverage.md": coverage(),
    }.items():
        path = DOCS / name
        if check and (not path.exists() or path.read_text(encoding="utf-8") != page):
            old.append(name)
        elif not check:
            path.write_text(page, encoding="utf-8")
    if old:
        print(f"not current: {', '.join(f'docs/{name}' for name in old)}; run python tools/generate_docs.py")
    return 1 if old else 0


def _set_up() -> None:
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cadre.settings")
    import django

    django.setup()


def said(text: Any) -> tuple[str, str]:
    """A text in English and in Chinese."""
    from django.utils import translation

    both = []
    for language in ("en", "zh-hans"):
        with translation.override(language):
            both.append(str(text))
    return both[0], both[1]


def both(text: Any) -> str:
    """English and Chinese beside each other."""
    english, chinese = said(text)
    return english if english == chinese else f"{english} {chinese}"


# --- the machines ------------------------------------------------------------------------------------------------


def stages() -> str:
    """The three machines: a diagram and a table for each."""
    from selection.models import Appointment, Candidacy, Selection

    lines = [
        "# Stages and states (环节与状态)",
        "",
        MADE,
        "",
        "Three state machines, on the models of these names.  An edge has the name of the act that takes it; the",
        "database refuses any other pair of states, also to raw SQL.",
    ]
    for model, field, title in (
        (Selection, "stage", "Selection (选任事项)"),
        (Candidacy, "state", "Candidacy (人选)"),
        (Appointment, "state", "Appointment (任职)"),
    ):
        lines += ["", f"## {title}", "", *machine(model, field)]
    return "\n".join(lines) + "\n"


def machine(model: Any, field: str) -> Iterator[str]:
    """Diagram and table of one machine."""
    column = model._meta.get_field(field)
    labels = {str(value): label for value, label in column.choices}
    order = list(labels)
    found = sorted(set(edges(model, field)), key=lambda edge: (order.index(edge[0]), order.index(edge[2]), edge[1]))
    yield from ("```mermaid", "stateDiagram-v2")
    for state, label in labels.items():
        yield f"    {state}: {said(label)[0]} {said(label)[1]}"
    yield f"    [*] --> {column.default.value}"
    arrows: dict[tuple[str, str], list[str]] = {}
    for source, name, target in found:
        arrows.setdefault((source, target), []).append(name)
    for (source, target), names in arrows.items():
        yield f"    {source} --> {target}: {', '.join(names)}"
    yield "```"
    yield ""
    yield from table(
        ["From", "Act", "To"],
        [[both(labels[source]), f"`{name}`", both(labels[target])] for source, name, target in found],
    )


def edges(model: Any, field: str) -> Iterator[tuple[str, str, str]]:
    """(source, act, target) of every edge."""
    from django_fsm import RETURN_VALUE

    for edge in model._meta.get_field(field).get_all_transitions(model):
        targets = edge.target.allowed_states if isinstance(edge.target, RETURN_VALUE) else [edge.target]
        for target in targets:
            yield str(edge.source), edge.name, str(target)


# --- the acts ----------------------------------------------------------------------------------------------------


def acts() -> str:
    """Every act: what it is done to, by whom, and on what conditions."""
    from selection import acts as performing
    from selection import roles as permissions
    from selection.enums import Act

    lines = [
        "# Acts (办理事项)",
        "",
        MADE,
        "",
        "Everything that anybody can do here, apart from casting a ballot.  The word of an act is the name of its",
        "function, of its permission, of its edge, of its entry in the record and of the word in the address.",
    ]
    by_module: dict[str, list[Act]] = {}
    for act in Act:
        by_module.setdefault(performing.CATALOGUE[act].module, []).append(act)
    for module, of_module in by_module.items():
        lines += ["", f"## `{module}`"]
        for act in of_module:
            lines += ["", *_described(performing.CATALOGUE[act], permissions.ROLES[act])]
    return "\n".join(lines) + "\n"


def _described(performed: Any, allowed: Any) -> Iterator[str]:
    """One act in a paragraph and a list."""
    from selection.enums import Role

    yield f"### `{performed.act.value}` {both(performed.act.label)}"
    yield ""
    yield performed.sentence.split("\n\n")[0].replace("\n", " ")
    yield ""
    yield f"- Done to: `{performed.subject}`"
    yield f"- By: {'; '.join(both(role.label) for role in Role if role in allowed)}"
    if performed.parameters:
        yield f"- Given: {', '.join(f'`{name}`' for name in performed.parameters)}"
    sentences, keys = conditions(performed.requires) if performed.requires else ([], [])
    if keys:
        yield f"- Rules: {', '.join(f'`{key}`' for key in keys)}"
    if sentences:
        yield "- Requires:"
        yield from (f"  - {both(lazy(sentence))}" for sentence in sentences)


def lazy(sentence: str) -> Any:
    """A sentence of the code as something that is translated when it is shown."""
    from django.utils.translation import gettext_lazy

    return gettext_lazy(sentence)


def conditions(requires: Callable[..., Any]) -> tuple[list[str], list[str]]:
    """The sentences of a function of requirements and of those it calls, and the keys of the rules they read."""
    sentences: dict[str, None] = {}
    keys: dict[str, None] = {}
    _read(requires, sentences, keys, set())
    return list(sentences), list(keys)


def _read(
    function: Callable[..., Any], sentences: dict[str, None], keys: dict[str, None], seen: set[Callable[..., Any]]
) -> None:
    from selection.rulebook.keys import KEYS

    seen.add(function)
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    for node in _in_order(tree):
        if isinstance(node, ast.Subscript) and ast.unparse(node.value).endswith(".rules"):
            if isinstance(node.slice, ast.Constant):
                keys[str(node.slice.value)] = None
        elif isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called.rpartition(".")[0].endswith("rules"):  # rules.get, .asking, .value and .first take keys
                keys |= {
                    str(key.value): None for key in node.args if isinstance(key, ast.Constant) and key.value in KEYS
                }
            if called in ("Requirement", "Requirement.under"):
                says = node.args[0 if called == "Requirement" else 1]
                if words := _words(says):
                    sentences[words] = None
            elif isinstance(node.func, ast.Name):
                inner = function.__globals__.get(node.func.id)
                if inspect.isfunction(inner) and inner not in seen and "Requirement" in inspect.getsource(inner):
                    _read(inner, sentences, keys, seen)


def stages_of(requires: Callable[..., Any] | None) -> list[Any]:
    """The stages at which a function of requirements, or one that it calls, wants the selection; empty: at any."""
    from selection.enums import Stage

    waiting = [requires] if requires else []
    seen: set[Callable[..., Any]] = set()
    while waiting:
        function = waiting.pop()
        seen.add(function)
        for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(function)))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            if node.func.id == "at_stage":
                named = {argument.attr for argument in node.args if isinstance(argument, ast.Attribute)}
                return [stage for stage in Stage if stage.name in named]
            inner = function.__globals__.get(node.func.id)
            if inspect.isfunction(inner) and inner not in seen and "Requirement" in inspect.getsource(inner):
                waiting.append(inner)
    return []


def _in_order(tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes in the order in which they are written."""
    yield tree
    for child in ast.iter_child_nodes(tree):
        yield from _in_order(child)


def _words(says: ast.expr) -> str:
    """The English of ``_("…")`` or of ``_("…") % {…}``."""
    for node in ast.walk(says):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "_" and isinstance(node.args[0], ast.Constant):
            return str(node.args[0].value)
    return ""


# --- who may do what ---------------------------------------------------------------------------------------------


def roles() -> str:
    """The table role × act × stage."""
    from selection import acts as performing
    from selection import roles as permissions
    from selection.enums import Act, Role

    lines = [
        "# Roles (权限)",
        "",
        MADE,
        "",
        "A role is held for a mandate, with dates.  Tellers and inspectors act only where a selection names them;",
        "whoever is recused from a selection, or a candidate of it, does not see it at all.  No superuser passes.",
        "An act without a stage does not ask at which one the selection stands.",
        "",
    ]

    def row(act: Act) -> list[str]:
        stages = "<br>".join(both(stage.label) for stage in stages_of(performing.CATALOGUE[act].requires))
        who = ["●" if role in permissions.ROLES[act] else "" for role in Role]
        return [both(act.label), f"`{act.value}`", stages, *who]

    rows = [row(act) for act in Act]
    heads = ["Act", "Word", "Stage", *["<br>".join(said(role.label)) for role in Role]]
    return "\n".join([*lines, *table(heads, rows)]) + "\n"


def table(heads: list[str], rows: list[list[str]]) -> Iterator[str]:
    """A Markdown table."""
    yield f"| {' | '.join(heads)} |"
    yield f"|{'---|' * len(heads)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


# --- coverage ----------------------------------------------------------------------------------------------------


def coverage() -> str:
    """Which test shows which row of the catalogue and which number of the plan of the ballots."""
    shown: dict[str, list[str]] = {}
    refused: dict[str, list[str]] = {}
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for row, is_refused, test in covered(file):
            found = (refused if is_refused else shown).setdefault(row, [])
            if test not in found:
                found.append(test)
    plan = tomllib.loads((ROOT / "tests" / "plan.toml").read_text(encoding="utf-8"))
    planned = {f"{group}-{number}": what for group, numbers in plan.items() for number, what in numbers.items()}
    areas = tomllib.loads((ROOT / "tests" / "catalogue.toml").read_text(encoding="utf-8"))
    page = [
        "# What the tests show (测试覆盖)",
        "",
        MADE,
        "",
        "A test names the rows of the catalogue of requirements (需求目录, `tests/catalogue.toml`) that it proves, and",
        "the numbers of the plan of the ballots (`tests/plan.toml`). A row that asks for something to be enforced,",
        "computed or reminded of is proved when a test shows the case that is refused; any other by a test or by",
        "a reason.",
        "",
        "## How far the chain is proved (各环节证明情况)",
        "",
        "| area | rows | proved | open |",
        "|---|---|---|---|",
    ]
    tables: list[str] = []
    for area, entries in areas.items():
        rows = {f"{area}-{number}": row for number, row in entries.items() if number != "title"}
        unproved = [key for key, row in rows.items() if not _is_proved(row, shown.get(key, []), refused.get(key, []))]
        page.append(
            f"| {entries['title']} | {len(rows)} | {len(rows) - len(unproved)} | "
            f"{' '.join(key.partition('-')[2] for key in unproved)} |"
        )
        tables += ["", f"### {entries['title']}", "", "| row | what | must | shown by | refusal shown by |"]
        tables.append("|---|---|---|---|---|")
        for key, row in rows.items():
            tests = _listed(shown.get(key, [])) or row.get("reason", "")
            tables.append(
                f"| {key} | {row['name']} | {', '.join(row['must'])} | {tests} | {_listed(refused.get(key, []))} |"
            )
    page += ["", "## Rows of the chain (选任各环节)", *tables]
    page += ["", "## Rows of other areas (其他)", "", "| row | shown by | refusal shown by |", "|---|---|---|"]
    for key in sorted({*shown, *refused} - set(planned)):
        if key.partition("-")[0] not in areas:
            page.append(f"| {key} | {_listed(shown.get(key, []))} | {_listed(refused.get(key, []))} |")
    page += ["", "## Checks of the workflows (办事流程验收)", *workflows()]
    page += [
        "",
        "## The plan of the ballots (票决测试计划)",
        "",
        "| number | what must be shown | tests |",
        "|---|---|---|",
    ]
    for number, what in planned.items():
        page.append(f"| {number} | {what} | {_listed([*shown.get(number, []), *refused.get(number, [])]) or '—'} |")
    return "\n".join(page) + "\n"


def workflows() -> Iterator[str]:
    """What each workflow of the seeds is accepted by: lines of its table, tests, or what is lacking."""
    yield ""
    yield "Each check of a workflow has its number. What it says is shown by lines of the table of that workflow in"
    yield "`tests/selection/stages/workflows/`, each of which is tried under the rules of the body, or by tests."
    folder = ROOT / "tests" / "selection" / "stages" / "workflows"
    for path in sorted(
        folder.glob("*.toml"), key=lambda path: (int("".join(filter(str.isdigit, path.stem))), path.stem)
    ):
        table_ = tomllib.loads(path.read_text(encoding="utf-8"))
        rows = [
            [f"{path.stem}.{step['number']}", step["check"], _shown_by(step), step.get("later", "")]
            for step in table_["step"]
        ]
        yield from ("", f"### {table_['title']}", "")
        yield from table(["check", "what must happen", "shown by", "not shown"], rows)


def _shown_by(step: Mapping[str, Any]) -> str:
    cases = step.get("case", [])
    refused = sum(1 for one in cases if one.get("refused"))
    told = [f"{len(cases)} lines of its table, {refused} of them refused"] if cases else []
    return "<br>".join([*told, *([_listed(step["test"])] if "test" in step else [])])


def _is_proved(row: Mapping[str, Any], shown: list[str], refused: list[str]) -> bool:
    """Whether the tests show what the row asks for; a reason stands for those of which nothing can be refused."""
    if {"enforce", "compute", "remind"} & set(row["must"]):
        return bool(refused)
    return bool(shown or refused or row.get("reason"))


def _listed(tests: list[str]) -> str:
    return "<br>".join(f"`{test}`" for test in tests)


def covered(file: Path) -> Iterator[tuple[str, bool, str]]:
    """(row, whether its refusal is shown, test) of every marked test of a file; of a marked file, the file."""
    place = str(file.relative_to(ROOT))
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and any(
            isinstance(one, ast.Name) and one.id == "pytestmark" for one in node.targets
        ):
            marks, test = ast.walk(node.value), place
        elif isinstance(node, ast.FunctionDef):
            marks, test = (part for one in node.decorator_list for part in ast.walk(one)), f"{place}::{node.name}"
        else:
            continue
        for mark in marks:
            if isinstance(mark, ast.Call) and isinstance(mark.func, ast.Attribute) and mark.func.attr == "covers":
                is_refused = any(word.arg == "refused" for word in mark.keywords)
                for row in mark.args:
                    if isinstance(row, ast.Constant):
                        yield str(row.value), is_refused, test


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
