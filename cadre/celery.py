"""The clock and the paper press: Celery, whose only periodic task keeps the deadlines."""

import contextlib
import os
from typing import Any

from celery import Celery
from celery.signals import beat_init
from kombu.exceptions import OperationalError

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cadre.settings")

app = Celery("cadre")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@beat_init.connect  # type: ignore[untyped-decorator]
def look_at_once(**_kwargs: Any) -> None:
    """Whatever has come due while nothing was running is not left for another minute."""
    with contextlib.suppress(OperationalError):  # the beat itself goes on trying
        app.send_task("selection.tasks.keep_deadlines", expires=55)
