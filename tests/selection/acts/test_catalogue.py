"""One act, one word: enum, function, permission, edge and module agree (办理事项一览)."""

import inspect
import pkgutil
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation
from django_fsm import RETURN_VALUE

import selection
from selection import acts, roles
from selection.apps import ACT_MODULES
from selection.enums import Act, Role
from selection.models import Appointment, Candidacy, Selection

MACHINES = [(Selection, "stage"), (Candidacy, "state"), (Appointment, "state")]
SOURCE = Path(inspect.getfile(selection)).parent


def test_every_act_is_in_the_catalogue_under_the_name_of_its_function() -> None:
    assert set(acts.CATALOGUE) == set(Act)
    for act, performed in acts.CATALOGUE.items():
        assert performed.act is act
        assert performed.function.__name__ == act.value
        assert act.name == act.value.upper()


def test_acts_stand_in_the_modules_that_the_app_knows() -> None:
    modules = {performed.module for performed in acts.CATALOGUE.values()}
    assert all(any(module == known or module.startswith(f"{known}.") for known in ACT_MODULES) for module in modules)
    written = {
        ".".join((SOURCE.name, *path.relative_to(SOURCE).with_suffix("").parts))
        for path in SOURCE.rglob("*.py")
        if re.search(r"^@(acts\.)?act\($|^@(acts\.)?act\(Act\.", path.read_text(), re.MULTILINE)
    }
    assert written == modules


def test_every_stage_module_is_known() -> None:
    stages = import_module("selection.stages")
    found = {f"selection.stages.{module.name}" for module in pkgutil.iter_modules(stages.__path__)}
    assert found == {module for module in ACT_MODULES if module.startswith("selection.stages.")}


@pytest.mark.parametrize("act", list(Act))
def test_act_has_roles_labels_and_a_sentence(act: Act) -> None:
    assert roles.ROLES[act]
    with translation.override("en"):
        english = str(act.label)
    with translation.override("zh-hans"):
        chinese = str(act.label)
    assert english
    assert re.search("[一-鿿]", chinese), f"{act} has no Chinese label"
    sentence = acts.CATALOGUE[act].sentence
    assert sentence.split("\n", 1)[0].endswith("."), f"{act} says nothing of itself"


@pytest.mark.parametrize("act", list(Act))
def test_requirements_take_only_what_the_act_is_given(act: Act) -> None:
    """A misspelt parameter of a requirement would never be asked about."""
    performed = acts.CATALOGUE[act]
    if performed.requires is None:
        return
    asked = [name for name in inspect.signature(performed.requires).parameters if name not in ("case", "actor", "at")]
    assert set(asked) <= set(performed.parameters)
    for name in asked:
        parameter = inspect.signature(performed.requires).parameters[name]
        assert parameter.kind is inspect.Parameter.KEYWORD_ONLY
        assert parameter.default is not inspect.Parameter.empty, f"{act}: a page cannot ask without {name}"


def edges(model: Any, field: str) -> dict[str, set[tuple[str, str]]]:
    """Method → (source, target) of the machine."""
    found: dict[str, set[tuple[str, str]]] = {}
    for edge in model._meta.get_field(field).get_all_transitions(model):
        targets = edge.target.allowed_states if isinstance(edge.target, RETURN_VALUE) else [edge.target]
        found.setdefault(edge.name, set()).update((str(edge.source), str(target)) for target in targets)
    return found


@pytest.mark.parametrize(("model", "field"), MACHINES)
def test_every_edge_has_the_name_of_an_act(model: Any, field: str) -> None:
    assert set(edges(model, field)) <= {act.value for act in Act}


@pytest.mark.parametrize(("model", "field"), MACHINES)
def test_every_state_can_be_reached_and_only_the_last_ones_cannot_be_left(model: Any, field: str) -> None:
    column = model._meta.get_field(field)
    found = {edge for of_method in edges(model, field).values() for edge in of_method}
    states = {str(value) for value, _label in column.choices}
    assert {target for _source, target in found} | {str(column.default.value)} == states
    last = states - {source for source, target in found if source != target}
    assert (
        last
        == {
            Selection: {"closed"},
            Candidacy: set(),
            Appointment: {"confirmed", "relieved", "cancelled"},
        }[model]
    )


def test_nobody_has_every_power() -> None:
    """Who opens the box is not who hands out slips; who gives roles performs nothing.

    But for what needs an auditor as well: two people, one of them an auditor, say that a restored backup is older.
    """
    apart = [
        (Act.OPEN_BALLOT, Act.ISSUE_SLIP),
        (Act.ENTER_TALLY, Act.CONFIRM_TALLY),
        (Act.OPEN_SELECTION, Act.APPROVE_MOTION),
    ]
    for first, second in apart:
        assert not roles.ROLES[first] & roles.ROLES[second]
    beside_others = (Act.MOVE_CLOCK, Act.CHANGE_PASSWORD, Act.PROPOSE_RECOVERY, Act.CONFIRM_RECOVERY)
    for act, who in roles.ROLES.items():
        if Role.ADMINISTRATOR in who:
            assert act in beside_others or who == {Role.ADMINISTRATOR}
