"""The ballot box as a Django app (票箱)."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class BallotsConfig(AppConfig):
    """Registers the check of forbidden columns."""

    name = "selection.ballots"
    label = "ballots"
    verbose_name = _("Ballot box")

    def ready(self) -> None:
        from selection.ballots import checks  # noqa: F401  registers itself
