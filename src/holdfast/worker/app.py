"""The Celery app: `celery -A holdfast.worker.app worker`."""

from celery import signals

from holdfast import logs
from holdfast.bootstrap import celery_app
from holdfast.config import Settings
from holdfast.worker import stopping  # noqa: F401  # importing it connects its signal

__all__ = ["app"]

app = celery_app(Settings.load())


@signals.setup_logging.connect  # type: ignore[untyped-decorator]  # Celery ships no types
def _set_up_logs(**_: object) -> None:
    logs.set_up(Settings.load().log_format)


@signals.worker_ready.connect  # type: ignore[untyped-decorator]  # as above
def _look_first(**_: object) -> None:
    """Whatever waited while no worker was there is drained at once, beat or no beat; what was never saved will be."""
    app.send_task("holdfast.sweep")
    app.send_task("holdfast.catch_up")
