"""The app ``selection.register``."""

from django.apps import AppConfig


class RegisterConfig(AppConfig):
    name = "selection.register"
    label = "register"
