"""Ctrl-C for a command that goes on until somebody stops it."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["heard"]


@contextmanager
def heard() -> Iterator[Callable[[], None]]:
    """What is yielded raises `KeyboardInterrupt` again where the block was interrupted, to be called now and then.

    Python drops an interrupt that falls into a finaliser, and the command would go on until the next.
    """
    asked = threading.Event()

    def hear(number: int, frame: FrameType | None) -> None:
        asked.set()
        signal.default_int_handler(number, frame)

    def again() -> None:
        if asked.is_set():
            raise KeyboardInterrupt

    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield again  # somebody else listens, or nobody is to
        return
    signal.signal(signal.SIGINT, hear)
    try:
        yield again
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
