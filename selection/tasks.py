"""The clock's way in (定时任务): what the beat and the web send by name.

Every task may come twice or late without harm: what it does is written in rows, not in the message.
"""

from celery import shared_task

from selection import clock, deadlines
from selection.documents import filing, making, requests


@shared_task(name="selection.tasks.keep_deadlines")
def keep_deadlines() -> None:
    """Each minute: meet the deadlines that have come, send waiting papers again, sweep up after killed processes."""
    at = clock.now()
    deadlines.keep(at)
    requests.send_waiting(at)
    filing.sweep()


@shared_task(name="selection.tasks.render_document", acks_late=True)
def render_document(pk: int) -> None:
    """Make one requested paper."""
    making.make(pk, at=clock.now())
