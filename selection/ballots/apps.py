"""The ballot box as a Django app (票箱)."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class BallotsConfig(AppConfig):
    """Registers the check of forbidden columns, and gives the box's process its rights after a migration."""

    name = "selection.ballots"
    label = "ballots"
    verbose_name = _("Ballot box")

    def ready(self) -> None:
        from selection.ballots import checks, privileges  # noqa: F401  the checks register themselves

        post_migrate.connect(privileges.give, sender=self)
