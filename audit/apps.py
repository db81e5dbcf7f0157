"""The floor that remembers (全程纪实)."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "audit"
    label = "audit"
    verbose_name = _("Process record")

    def ready(self) -> None:
        """Give everybody his rights to the record after a migration."""
        from audit import privileges

        post_migrate.connect(privileges.give, sender=self)
