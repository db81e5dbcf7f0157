"""The three machines and the table that the database trigger looks at."""

from collections.abc import Iterator
from typing import Any

import pytest
from django_fsm import RETURN_VALUE

from selection.models import Appointment, Candidacy, Selection, StageEdge

MACHINES = [(Selection, "stage"), (Candidacy, "state"), (Appointment, "state")]


def edges_of(model: Any, field: str) -> Iterator[tuple[str, str]]:
    column = model._meta.get_field(field)
    yield "", str(column.default.value)
    for edge in column.get_all_transitions(model):
        targets = edge.target.allowed_states if isinstance(edge.target, RETURN_VALUE) else [edge.target]
        for target in targets:
            if edge.source != target:
                yield str(edge.source), str(target)


@pytest.mark.django_db
@pytest.mark.parametrize(("model", "field"), MACHINES)
def test_stage_edge_table_equals_the_machine(model: Any, field: str) -> None:
    rows = StageEdge.objects.filter(machine=model._meta.model_name).values_list("source", "target")
    assert set(rows) == set(edges_of(model, field))


@pytest.mark.parametrize(("model", "field"), MACHINES)
def test_state_is_protected_and_stays_so_after_a_refresh_that_fails(model: Any, field: str) -> None:
    row = model()
    with pytest.raises(AttributeError):
        setattr(row, field, "closed")


@pytest.mark.django_db
@pytest.mark.parametrize(("model", "field"), MACHINES)
def test_refresh_of_a_row_that_is_gone_leaves_the_protection_up(model: Any, field: str) -> None:
    row = model(pk=404)
    with pytest.raises(model.DoesNotExist):
        row.refresh_from_db()
    with pytest.raises(AttributeError):
        setattr(row, field, "closed")
