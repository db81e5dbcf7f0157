"""The project as an app, so that its commands and start-up checks are found."""

from django.apps import AppConfig, apps
from django.conf import settings
from django.db.models.signals import post_migrate


class CadreConfig(AppConfig):
    name = "cadre"
    verbose_name = "cadre"

    def ready(self) -> None:
        from cadre import checks  # noqa: F401 - registers the start-up checks

        if not settings.AT_THE_BOX:  # which knows no record
            from cadre import database_roles

            # Of an app without tables, as this one is, Django tells nobody that it has been migrated.
            post_migrate.connect(database_roles.give, sender=apps.get_app_config("selection"))
