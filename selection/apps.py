"""The app ``selection``, which knows every act from the start (办理事项登记)."""

from importlib import import_module
from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate

#: The modules in which acts are defined; importing one enters its acts in ``acts.CATALOGUE``.
ACT_MODULES = (
    "selection.register.keeping",
    "selection.accounts",
    "selection.recovery",
    "selection.stages.yearly",
    "selection.stages.motion",
    "selection.stages.charge",
    "selection.stages.planning",
    "selection.stages.sitting",
    "selection.stages.nomination",
    "selection.stages.review",
    "selection.stages.recommendation",
    "selection.stages.inspection",
    "selection.stages.deliberation",
    "selection.stages.reports",
    "selection.stages.assignment",
    "selection.stages.notice",
    "selection.stages.probation",
    "selection.stages.comparison",
    "selection.stages.formality",
    "selection.stages.way_back",
    "selection.stages.liability",
    "selection.stages.retention",
    "selection.documents.requests",
    "selection.deadlines",
    "selection.demonstration",
)


class SelectionConfig(AppConfig):
    name = "selection"
    label = "selection"

    def ready(self) -> None:
        """Enter every act, so that it does not depend on who imported what before somebody asks."""
        for module in ACT_MODULES:
            import_module(module)
        post_migrate.connect(grant_anew, sender=self)


def grant_anew(*, using: str, **_: Any) -> None:
    """Bring the permissions of every mandate up to the table of roles, which an upgrade may have changed."""
    from selection import roles
    from selection.models import Mandate

    if using == "default":
        for mandate in Mandate.objects.all():
            roles.grant(mandate)
