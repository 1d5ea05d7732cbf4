"""Structured logs: constant event names, ids as fields.

Lines go through Python's own `logging`, so a program that uses Holdfast decides where they go. A worker and the command
line set up a handler that writes one line each, with all the fields, to standard error.
"""

import logging
import sys
from typing import Any, cast

import structlog

__all__ = ["get_logger", "set_up"]

# A program that set up no logging at all must not find our lines on its screen.
logging.getLogger("holdfast").addHandler(logging.NullHandler())


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """A logger whose fields arrive as the `extra` of Python's log records."""
    logger = structlog.wrap_logger(
        logging.getLogger(name),
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.render_to_log_kwargs,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    return cast("structlog.stdlib.BoundLogger", logger)


def set_up(style: str, level: int = logging.INFO) -> None:
    """Write every library's lines to standard error, as JSON objects (`json`) or for eyes (`console`)."""
    given: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.ExtraAdder(),
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    written: list[Any] = [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    if style == "json":
        written = [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer()]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=given,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *written],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level)
    # Beat's ticks would otherwise write several lines a second that say nothing.
    for noisy in ("celery.worker.strategy", "celery.app.trace", "celery.beat"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
