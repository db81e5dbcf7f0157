"""The project as an app, so that its commands and start-up checks are found."""

from django.apps import AppConfig


class CadreConfig(AppConfig):
    name = "cadre"
    verbose_name = "cadre"

    def ready(self) -> None:
        from cadre import checks  # noqa: F401 - registers the start-up checks
