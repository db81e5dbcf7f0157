"""The clock's way in (定时任务): what the beat and the web send by name.

Every task may come twice or late without harm: what it does is written in rows, not in the message.
"""

from typing import Any

from celery import shared_task
from celery.signals import worker_process_init, worker_process_shutdown

from selection import clock, deadlines
from selection.documents import filing, making, render, requests
from selection.stages import retention
from selection.stages.deliberation import destruction


@shared_task(name="selection.tasks.keep_deadlines")
def keep_deadlines() -> None:
    """Each minute: meet the deadlines that have come, destroy ballots and texts, send waiting papers again, sweep up.

    Ballots are destroyed whose period for objections is over, and texts whose period of being kept is; swept up is what
    killed processes have left.
    """
    at = clock.now()
    deadlines.keep(at)
    destruction.destroy_what_is_over(at)
    retention.destroy_what_is_over(at)
    requests.send_waiting(at)
    filing.sweep()


@shared_task(name="selection.tasks.render_document", acks_late=True)
def render_document(pk: int) -> None:
    """Make one requested paper."""
    making.make(pk, at=clock.now())


@worker_process_init.connect
def keep_a_press_ahead(**_kwargs: Any) -> None:
    """Papers are made here, one after another."""
    render.keep_ahead()


@worker_process_shutdown.connect
def keep_no_press(**_kwargs: Any) -> None:
    """The press ends with the worker."""
    render.keep_no_more()
