"""The project itself: it wires the floors below it together and decides nothing."""

from cadre.celery import app as celery_app

__all__ = ["celery_app"]
