"""Asking what is not ours: a probe may raise anything, or never answer, and a recovery goes on all the same."""

from collections.abc import Callable
from contextvars import copy_context
from dataclasses import dataclass
from threading import Thread
from typing import Generic, TypeVar

__all__ = ["PATIENCE", "Answer", "ask"]

T = TypeVar("T")

PATIENCE = 10.0
"""Seconds that a probe may take."""


@dataclass(slots=True)
class Answer(Generic[T]):
    """What was answered, or why there is no answer."""

    value: T | None = None
    failed: str | None = None


def ask(question: Callable[[], T], patience: float = PATIENCE) -> Answer[T]:
    """The answer, within that many seconds. Asked in a thread of its own, where a question that hangs is left."""
    answer: Answer[T] = Answer(failed=f"it did not answer within {patience:g} s")

    def run() -> None:
        try:
            answered: Answer[T] = Answer(question())
        # Whatever a user's probe raises is the same news: nothing is known. Nobody else hears of it in this thread.
        except BaseException as error:  # noqa: BLE001
            answered = Answer(failed=_why(error))
        nonlocal answer
        answer = answered

    thread = Thread(target=copy_context().run, args=(run,), name="holdfast-probe", daemon=True)
    thread.start()
    thread.join(patience)
    return answer


def _why(error: BaseException) -> str:
    """An error in a line, cut where somebody put a page into it."""
    try:
        text = str(error)
    except Exception:  # noqa: BLE001  # as above: an error that cannot even be told
        text = ""
    text = " ".join(text.encode("utf-8", "replace").decode().split())[:500]
    name = type(error).__name__
    return f"{name}: {text}" if text else name
