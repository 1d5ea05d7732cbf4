"""An agent's journal: each event is published as it happens, and written down when Redis has taken it.

What is written down is what the log is checked against.
"""

import os
import time
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from holdfast.client import Session
from holdfast.errors import StreamUnavailable
from holdfast.events import Draft, Payload

__all__ = ["Journal", "acknowledged"]

PATIENCE_SECONDS = 30.0


def acknowledged(folder: Path, number: int) -> Path:
    """Where agent NUMBER writes the ids that were acknowledged to it."""
    return folder / f"acknowledged-{number}"


class Journal:
    """The events of one agent, and the file with the ids of those that were acknowledged."""

    def __init__(self, session: Session, place: Path) -> None:
        self._session = session
        self._written = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        os.close(self._written)

    def publish(self, *events: Payload) -> None:
        """Publish until Redis acknowledges; their ids make a repeat harmless. Raises `StreamUnavailable` in the end."""
        until = time.monotonic() + PATIENCE_SECONDS
        made: Sequence[Payload | Draft] = events
        while True:
            try:
                ids = self._session.publish(*made)
            except StreamUnavailable as error:
                if time.monotonic() > until:
                    raise
                made = error.events
            else:
                os.write(self._written, "".join(f"{each}\n" for each in ids).encode())
                return
