"""The checks by which each workflow of the seeds is accepted, one table a workflow (办事流程验收)."""

import ast
from pathlib import Path

import pytest
from django.conf import settings

from selection.rulebook.rules import in_force
from tests.selection.stages import cases, workflows
from tests.selection.stages.workflows import TABLES, Line, lines, refusals

#: The numbers of the checks of each workflow, as the catalogue of requirements gives them.
NUMBERS = {
    "W1": [*map(str, range(1, 15))],
    "W2": [*map(str, range(1, 8))],
    "W2a": ["1", "2", "3"],
    "W2b": [*map(str, range(1, 6))],
    "W3": [*map(str, range(1, 13))],
    "W4": [*map(str, range(1, 12))],
    "W5": [*map(str, range(1, 8))],
    "W8": [*map(str, range(6, 14))],
    "W10": [*map(str, range(1, 14))],
    "W11": ["1", "2", "3", "4", "5", "2b", "2c"],
    "W12": ["1", "2", "3", "4"],
    "W13": [*map(str, range(1, 15))],
}
STEPS = [pytest.param(step, id=f"{table}.{step['number']}") for table in TABLES for step in TABLES[table]["step"]]


def of(table: str) -> list[object]:
    """The lines of a table, each named by its number and what it says."""
    return [pytest.param(line, id=f"{number}-{line['says']}") for number, line in lines(table)]


@pytest.mark.covers("POS-08", "INS-01", "INS-04", "INS-07", "INS-13", "AUD-01", "NOT-04", "REC-01", refused=True)
@pytest.mark.parametrize("line", of("W1"))
def test_the_county_that_looks_for_recognition(line: Line) -> None:
    assert refusals(line) == line.get("refused", {})


@pytest.mark.covers("POS-07", "TRN-01", "TRN-03", "TRN-05", "TRN-06", "TRN-07", "TRN-08", "TRN-09", refused=True)
@pytest.mark.covers("TRN-10", refused=True)
@pytest.mark.parametrize("line", of("W2"))
def test_the_city_that_nominates_in_two_rounds(line: Line) -> None:
    assert refusals(line) == line.get("refused", {})


@pytest.mark.covers("INS-20", "INS-21", refused=True)
@pytest.mark.covers("POS-13", "NOT-02", "NOT-13", "APT-01", "APT-02", refused=True)
@pytest.mark.covers("REC-04", "REC-05", "REC-06", "REC-07", refused=True)
@pytest.mark.parametrize("line", of("W3"))
def test_the_company_and_its_middle_level(line: Line) -> None:
    assert refusals(line) == line.get("refused", {})


@pytest.mark.covers(
    "POS-01",
    "POS-02",
    "POS-12",
    "QUA-01",
    "QUA-02",
    "QUA-03",
    "QUA-04",
    "QUA-05",
    "QUA-07",
    "FNR-14",
    "INS-01",
    "INS-19",
    "NOT-03",
    "REC-09",
    "REC-10",
    "REC-11",
    refused=True,
)
@pytest.mark.parametrize("line", of("W4"))
def test_the_bureau_that_fills_posts_of_section_officers(line: Line) -> None:
    assert refusals(line) == line.get("refused", {})


@pytest.mark.covers("NOM-03", "FNR-02", "FNR-03", "FNR-04", "FNR-12", "FNR-13", "FNR-14", "FNR-18", refused=True)
@pytest.mark.parametrize("line", of("W5"))
def test_the_city_where_one_person_answers_for_a_nomination(line: Line) -> None:
    assert refusals(line) == line.get("refused", {})


@pytest.mark.covers(
    "POS-01", "POS-09", "NOM-18", "INS-01", "NOT-10", "NOT-12", "NOT-16", "APT-03", "REC-12", refused=True
)
@pytest.mark.parametrize("line", of("W10"))
def test_the_city_with_a_plan_of_ten_years(line: Line) -> None:
    assert refusals(line) == line.get("refused", {})


@pytest.mark.covers("MOT-01", "MOT-07", "POS-01", "NOM-04", "NOM-05", "NOM-06", "NOM-07", "NOM-08", refused=True)
@pytest.mark.parametrize("line", of("W11"))
def test_the_county_nominates_a_chief(line: Line) -> None:
    assert refusals(line) == line.get("refused", {})


@pytest.mark.covers("NOM-09", "NOM-10", "NOM-11", "NOM-12", "NOM-13", "NOM-14", "NOM-15", refused=True)
@pytest.mark.parametrize("line", of("W12"))
def test_the_county_nominates_other_leaders(line: Line) -> None:
    assert refusals(line) == line.get("refused", {})


@pytest.mark.covers("DIF-10", refused=True)
@pytest.mark.parametrize("line", of("W8"))
def test_the_street_and_its_middle_level(line: Line) -> None:
    assert refusals(line) == line.get("refused", {})


@pytest.mark.covers("DIF-04", "INS-11", refused=True)
@pytest.mark.parametrize("line", of("W13"))
def test_the_county_from_the_differential_recommendation_on(line: Line) -> None:
    assert refusals(line) == line.get("refused", {})


# --- the tables are whole --------------------------------------------------------------------------------------------


def test_every_check_of_a_workflow_stands_in_its_table() -> None:
    assert {table: [step["number"] for step in of["step"]] for table, of in TABLES.items()} == NUMBERS


@pytest.mark.parametrize("step", STEPS)
def test_a_check_is_shown_or_says_what_is_lacking(step: dict[str, object]) -> None:
    assert step["check"]
    assert step.get("case") or step.get("test") or step.get("later")


@pytest.mark.parametrize("step", STEPS)
def test_the_tests_that_a_check_names_exist(step: dict[str, list[str]]) -> None:
    for named in step.get("test", ()):
        file, _, test = named.partition("::")
        tree = ast.parse((Path(settings.BASE_DIR) / file).read_text(encoding="utf-8"))
        assert test in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("table", [table for table in TABLES if any(lines(table))])
def test_every_workflow_shows_what_is_refused_and_what_is_not(table: str) -> None:
    verdicts = {bool(line.get("refused")) for _number, line in lines(table)}
    assert verdicts == {True, False}


def test_a_refusal_rests_on_the_article_that_the_body_itself_cites() -> None:
    for table in TABLES:
        for number, line in lines(table):
            rules = in_force(line["body"], cases.TODAY)
            for key, article in line.get("refused", {}).items():
                assert rules[key].citation.label == article if article else key not in rules, number


def test_every_fact_of_the_tables_is_used() -> None:
    used = {name for table in TABLES for _number, line in lines(table) for name in line.get("given", {})}
    assert set(workflows.FACTS) <= used


def test_every_fact_of_the_tables_is_explained() -> None:
    document = (Path(settings.BASE_DIR) / "docs" / "rulebook.md").read_text(encoding="utf-8")
    assert [name for name in workflows.FACTS if f"| `{name}` |" not in document] == []
