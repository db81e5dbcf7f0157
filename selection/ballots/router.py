"""Keeps the box's tables in the box's database, and everything else out of it (票箱数据库路由)."""

from typing import Any

from django.db.models import Model

LABEL, ALIAS = "ballots", "box"


class BoxRouter:
    """App label ``ballots`` and alias ``box`` belong to each other alone; no relation crosses over."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str | None:
        """Read the box's models from the box."""
        return ALIAS if model._meta.app_label == LABEL else None

    def db_for_write(self, model: type[Model], **hints: Any) -> str | None:
        """Write the box's models to the box."""
        return ALIAS if model._meta.app_label == LABEL else None

    def allow_relation(self, one: Model, other: Model, **hints: Any) -> bool | None:
        """Refuse every relation with a box row at one of its ends, be it between two of them."""
        return False if LABEL in (one._meta.app_label, other._meta.app_label) else None

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool:
        """Create the box's tables in the box, and no other table there."""
        return (db == ALIAS) == (app_label == LABEL)
