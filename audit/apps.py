"""The floor that remembers (全程纪实)."""

from django.apps import AppConfig
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "audit"
    label = "audit"
    verbose_name = _("Process record")

    def ready(self) -> None:
        """Hash as the installation has chosen, and give everybody his rights to the record after a migration."""
        from audit import chain, privileges

        try:
            chain.hash_with(settings.RECORD_HASH)
        except ValueError as why:
            raise ImproperlyConfigured(f"RECORD_HASH: {why}") from None
        post_migrate.connect(privileges.give, sender=self)
