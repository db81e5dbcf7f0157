"""One model of twelve fields, once for each way of remembering what happened to it."""

from typing import ClassVar

import pghistory
from auditlog.registry import auditlog
from django.db import models
from simple_history.models import HistoricalRecords


class Twelve(models.Model):
    name = models.CharField(max_length=100)
    unit = models.CharField(max_length=100)
    grade = models.CharField(max_length=40)
    state = models.CharField(max_length=20)
    born_on = models.DateField()
    since = models.DateField()
    at = models.DateTimeField()
    votes = models.IntegerField()
    seats = models.IntegerField()
    open = models.BooleanField()
    reason = models.TextField()
    note = models.TextField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class Bare(Twelve):
    """Remembers nothing."""


class Recorded(Twelve):
    """With an entry of our record in the same transaction, and nothing else."""


class Covered(Twelve):
    """As a table of the site: an entry, refused without one, and an imprint."""


class Logged(Twelve):
    """With django-auditlog."""


class Historic(Twelve):
    """With django-simple-history."""

    history: ClassVar[HistoricalRecords] = HistoricalRecords()


@pghistory.track()
class Tracked(Twelve):
    """With django-pghistory."""


auditlog.register(Logged)
