"""Ctrl-C, SIGTERM and a terminal that goes away: taken once, and never while a process is being started."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any, Self

__all__ = ["Interrupts"]

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """In its block the first of the signals raises `KeyboardInterrupt`; the clean-up after it is not interrupted."""

    def __init__(self) -> None:
        self._told = False
        self._shielded = False
        self._before: dict[signal.Signals, Callable[[int, FrameType | None], Any] | int | None] = {}

    def __enter__(self) -> Self:
        before = {name: signal.getsignal(name) for name in SIGNALS}
        # What is ignored stays ignored, as SIGHUP is under nohup.
        self._before = {name: handler for name, handler in before.items() if handler is not signal.SIG_IGN}
        for name in self._before:
            signal.signal(name, self._tell)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for name, handler in self._before.items():
            signal.signal(name, handler)

    @contextmanager
    def shielded(self) -> Iterator[None]:
        """A signal in this block interrupts at its end: a process must not be started and then not be known of."""
        told, self._shielded = self._told, True
        try:
            yield
        finally:
            self._shielded = False
        if self._told and not told:
            raise KeyboardInterrupt

    def _tell(self, _signal: int, _frame: FrameType | None) -> None:
        again, self._told = self._told, True
        if not again and not self._shielded:
            raise KeyboardInterrupt
