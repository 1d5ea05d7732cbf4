"""Ctrl-C for a command that goes on until somebody stops it."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

__all__ = ["heard"]


@contextmanager
def heard() -> Iterator[Callable[[float], None]]:
    """What is yielded sleeps for so many seconds, and raises `KeyboardInterrupt` as soon as Ctrl-C was pressed.

    Between two sleeps the first Ctrl-C is only remembered: raised inside a call to the database it would leave the
    connection in the middle of a query, and inside a finaliser Python would drop it. The second is raised at once.
    """
    asked, asleep = False, False

    def hear(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        again, asked = asked, True
        if again or asleep:
            signal.default_int_handler(number, frame)

    def sleep(seconds: float) -> None:
        nonlocal asleep
        asleep = True
        try:
            if asked:
                raise KeyboardInterrupt
            time.sleep(seconds)
        finally:
            asleep = False

    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield time.sleep  # somebody else listens, or nobody is to
        return
    signal.signal(signal.SIGINT, hear)
    try:
        yield sleep
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)
