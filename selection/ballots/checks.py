"""At every start: no column of the box may tell who voted, when, or in which order (票箱字段检查)."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.apps import AppConfig, apps
from django.core import checks
from django.db import models

FORBIDDEN_NAMES = frozenset(
    {
        "user", "voter", "person", "member", "account", "actor", "name", "session", "cookie",
        "ip", "address", "agent", "device", "created", "updated", "time", "date", "at", "on", "order", "seq", "serial",
    }
)  # fmt: skip


def faults(tables: Iterable[type[models.Model]]) -> list[checks.CheckMessage]:
    """Name every column of these models that could link a ballot to a voter."""
    found: list[checks.CheckMessage] = []
    for table in tables:
        for field in [*table._meta.local_fields, *table._meta.local_many_to_many]:
            for number, tells in _tells(field):
                found.append(
                    checks.Error(
                        f"{table.__name__}.{field.name} {tells}, which could link a ballot to a voter.",
                        hint="Keep it on the site's side, or leave it out.",
                        obj=table,
                        id=f"ballots.E{number:03d}",
                    )
                )
    return found


def _tells(field: "models.Field[Any, Any]") -> Iterable[tuple[int, str]]:
    if field.is_relation:
        yield 1, "is a relation"
    if isinstance(field, models.DateField | models.TimeField | models.DurationField):
        yield 2, "holds a time"
    if isinstance(field, models.AutoField) or field.db_returning:
        yield 3, "is numbered or filled in by the database"
    if FORBIDDEN_NAMES & set(field.name.split("_")):
        yield 4, "has a forbidden name"
    if isinstance(field, models.GenericIPAddressField):
        yield 5, "holds an address"


@checks.register(checks.Tags.models)
def box_tells_nothing(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Run over the box's own models, whichever apps were asked for."""
    return faults(apps.get_app_config("ballots").get_models())
