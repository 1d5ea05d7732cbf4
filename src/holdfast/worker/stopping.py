"""Stopping: a worker that is asked to stop does so in time, also where a process of its pool hangs.

Celery waits for its pool without an end. A process that finished a task at the very moment of the signal waits half a
minute for somebody to take its result (billiard's `_ensure_messages_consumed`), and one that is frozen waits for ever.
Every task may be run again, and what is not acknowledged is delivered again.
"""

import os
import signal
import threading
from contextlib import suppress
from typing import Any

from billiard import active_children
from celery import signals

from holdfast.logs import get_logger

__all__ = ["STOP_SECONDS"]

logger = get_logger(__name__)

STOP_SECONDS = 10.0
"""How long a worker's tasks may go on after it was asked to stop."""


@signals.worker_shutting_down.connect  # type: ignore[untyped-decorator]  # Celery ships no types
def _bound(**_: object) -> None:
    """Start the clock. A worker that ends in time takes it along."""
    clock = threading.Timer(STOP_SECONDS, _end, [active_children()])
    clock.daemon = True
    clock.start()


def _end(children: list[Any]) -> None:
    for child in children:
        if child.is_alive():
            with suppress(ProcessLookupError):
                os.kill(child.pid, signal.SIGKILL)
            logger.warning("worker.killed", pid=child.pid, after_seconds=STOP_SECONDS)
