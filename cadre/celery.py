"""The clock and the paper press: Celery, whose periodic tasks keep the deadlines and verify the record at night."""

import contextlib
import logging.config
import os
from typing import Any

from celery import Celery
from celery.signals import beat_init, setup_logging
from django.conf import settings
from kombu.exceptions import OperationalError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cadre.settings")

app = Celery("cadre")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect  # type: ignore[untyped-decorator]
def log_as_the_site_does(**_kwargs: Any) -> None:
    """Celery's own set-up would print what a failed task said."""
    logging.config.dictConfig(settings.LOGGING)


@beat_init.connect  # type: ignore[untyped-decorator]
def look_at_once(**_kwargs: Any) -> None:
    """Whatever has come due while nothing was running is not left for another minute."""
    with contextlib.suppress(OperationalError):  # the beat itself goes on trying
        app.send_task("selection.tasks.keep_deadlines", expires=55)
