"""State machines on models (状态机).

django-fsm-2's own ``refresh_from_db`` lifts the protection of a state field for all threads while it reads.  The small
model here reads the row into ``__dict__`` instead, so that a protected field can be set by an edge and by nothing else.
A trigger in the database refuses a pair of states that is not in ``StageEdge``, also for raw SQL.
"""

from collections.abc import Iterable
from typing import Any

from django.db import models
from django_fsm import FSMField


class Machine(models.Model):
    """A model with one protected state field."""

    class Meta:
        abstract = True

    def refresh_from_db(
        self, using: str | None = None, fields: Iterable[str] | None = None, from_queryset: Any = None
    ) -> None:
        """Read the row again; a row that is gone raises ``DoesNotExist`` and leaves everything as it was."""
        rows = from_queryset if from_queryset is not None else type(self)._base_manager.using(using or self._state.db)
        columns = {column.name: column.attname for column in self._meta.concrete_fields}
        wanted = list(columns.values()) if fields is None else [columns.get(name, name) for name in fields]
        row = rows.filter(pk=self.pk).values(*wanted).get() if wanted else {}
        self.__dict__.update(row)
        for relation in self._meta.related_objects:
            self._state.fields_cache.pop(relation.get_accessor_name(), None)
        for column in self._meta.concrete_fields:
            if column.is_relation and column.attname in row:
                self._state.fields_cache.pop(column.name, None)
        if fields is None:
            self.__dict__.pop("_prefetched_objects_cache", None)

    def clean_fields(self, exclude: Iterable[str] | None = None) -> None:
        """Check the fields, except the state, which only an edge may set."""
        states = {column.name for column in self._meta.concrete_fields if isinstance(column, FSMField)}
        super().clean_fields(exclude=states | set(exclude or ()))


class StageEdge(models.Model):
    """One allowed pair of states of one machine; what the database trigger looks at."""

    machine = models.CharField(max_length=40)
    source = models.CharField(max_length=20)
    target = models.CharField(max_length=20)

    class Meta:
        db_table = "stage_edge"
        constraints = [
            models.UniqueConstraint(fields=["machine", "source", "target"], name="one_row_per_stage_edge"),
        ]

    def __str__(self) -> str:
        return f"{self.machine}: {self.source} → {self.target}"
