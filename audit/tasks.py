"""The clock's way into the record (定时核验); every task may come twice or late without harm."""

from celery import shared_task
from django.utils import timezone

from audit import verification


@shared_task(name="audit.tasks.keep_verified")  # type: ignore[untyped-decorator]
def keep_verified() -> None:
    """Each minute: whether the verification of the night is due, and whether one was left undone."""
    verification.keep(timezone.now())


@shared_task(name=verification.TASK)  # type: ignore[untyped-decorator]
def verify_record(pk: int) -> None:
    """Verify the record as it was asked for."""
    verification.carry_out(pk)
