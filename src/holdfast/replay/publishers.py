"""The publishers of a replay, as the process sees them that started them."""

import multiprocessing
from collections.abc import Callable, Sequence
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from types import TracebackType
from typing import Self, cast

from holdfast.errors import HoldfastError
from holdfast.replay.publish import Share, Told, work

__all__ = ["Publishers"]


class Publishers:
    """A process for each share. They begin together when all of them are ready, and end with the block at the latest.

    Processes, not threads: making and sending an event is work for the processor.
    """

    def __init__(self, shares: Sequence[Share], notice: Callable[[str], None]) -> None:
        self.accepted = 0
        """How many events Redis has taken so far."""
        self._notice = notice
        self._shares = shares
        self._processes: dict[Connection, SpawnProcess] = {}

    def __enter__(self) -> Self:
        # Spawned: connections and threads of this process must not be copied.
        context = multiprocessing.get_context("spawn")
        for share in self._shares:
            ours, theirs = context.Pipe()
            process = context.Process(target=work, args=(share, theirs), name=f"publisher-{share.nth}", daemon=True)
            self._processes[ours] = process
            process.start()
            theirs.close()
        try:
            for connection in list(self._processes):
                self._hear(connection)
        except BaseException:
            self.__exit__(None, None, None)
            raise
        for connection in self._processes:
            connection.send("begin")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes.values():
            process.terminate()
        for connection in list(self._processes):
            self._end(connection)

    @property
    def at_work(self) -> bool:
        """Whether any of them has still something to publish."""
        return bool(self._processes)

    def listen(self, seconds: float) -> None:
        """Take in what they tell within that time. Raises why one of them gave up."""
        for ready in wait(list(self._processes), seconds):
            self._hear(cast("Connection", ready))

    def _hear(self, connection: Connection) -> None:
        try:
            told: Told = connection.recv()
        except (EOFError, ConnectionResetError):
            process = self._processes[connection]
            process.join()
            raise HoldfastError(
                f"{process.name} ended by itself (status {process.exitcode}) before its work was done"
            ) from None
        if isinstance(told, HoldfastError):
            raise told
        if told is None:
            self._end(connection)
        elif isinstance(told, str):
            self._notice(told)
        else:
            self.accepted += told

    def _end(self, connection: Connection) -> None:
        process = self._processes.pop(connection)
        process.join()
        process.close()
        connection.close()
