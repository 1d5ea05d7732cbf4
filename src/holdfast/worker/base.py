"""The base of every task: how its log lines are marked, and what an absent server does to it."""

from collections.abc import Sequence
from typing import Any

from celery import Task
from celery.exceptions import SoftTimeLimitExceeded
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError
from structlog.contextvars import bound_contextvars

from holdfast.errors import SchemaOutdated, StreamUnavailable, Unavailable
from holdfast.logs import get_logger
from holdfast.pipeline.tick import CLAIM_SECONDS, FollowUp

__all__ = ["BaseTask"]

logger = get_logger(__name__)


class BaseTask(Task):  # type: ignore[misc]  # Celery ships no types
    """Every log line of a task carries its name and id, and the `session_id` where the task is for one session."""

    # A server that is away, hangs, or is not upgraded yet is news and no defect of the task: one line, no traceback.
    throws = (Unavailable, SchemaOutdated, SoftTimeLimitExceeded)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:  # noqa: D102  # Celery's
        names = {name: value for name, value in kwargs.items() if isinstance(value, str)}
        with bound_contextvars(task=self.name, task_id=self.request.id, **names):
            return super().__call__(*args, **kwargs)

    def on_retry(self, exc: Exception, task_id: str, args: Any, kwargs: Any, einfo: Any) -> None:  # noqa: D102
        self.on_failure(exc, task_id, args, kwargs, einfo)

    def on_failure(self, exc: Exception, task_id: str, args: Any, kwargs: Any, einfo: Any) -> None:  # noqa: ARG002, D102
        if isinstance(exc, self.throws):
            logger.warning(
                "task.waits", task=self.name, task_id=task_id, arguments=args, reason=str(exc) or repr(exc), **kwargs
            )

    def enqueue(self, follow_ups: Sequence[FollowUp]) -> None:
        """Send follow-ups. Only after the commit that called for them.

        They expire when their timers come due again: while no worker is there, they must not pile up.
        """
        try:
            for follow_up in follow_ups:
                self.app.send_task(follow_up.task, kwargs=follow_up.arguments, expires=CLAIM_SECONDS)
        except (OperationalError, RedisError, OSError) as error:
            raise StreamUnavailable(f"follow-ups could not be sent: {error}") from error
