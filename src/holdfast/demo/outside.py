"""What lies outside the session, where nothing can be undone: a restaurant and the post, as files in a folder.

Neither looks whether it was asked for the same before. That nothing is done twice is up to the agents.
"""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from holdfast.demo.trip import ITINERARY

__all__ = ["ANSWER_SECONDS", "Book", "Deed", "Outside"]

ANSWER_SECONDS = 30.0
"""How long the restaurant keeps one waiting: long enough for whoever waits to be killed meanwhile."""


@dataclass(slots=True)
class Deed:
    """Something that the agent is to do outside, once, under a key by which it can be asked about."""

    kind: str
    key: str
    target: str
    arguments: dict[str, Any]
    do: Callable[[], dict[str, Any]]
    repeatable: bool = False
    result: dict[str, Any] | None = None
    """What came of it; the agent sets it."""


class Book:
    """A book that others keep: a line of JSON for each entry, which says under what key it was asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def enter(self, key: str, entry: Mapping[str, Any]) -> dict[str, Any]:
        """Write it down, and return what was written."""
        written = {"key": key, **entry}
        file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(file, orjson.dumps(written) + b"\n")
        finally:
            os.close(file)
        return written

    def entries(self) -> list[dict[str, Any]]:
        """All of them, in order."""
        text = self._path.read_bytes() if self._path.exists() else b""
        whole, _, _ = text.rpartition(b"\n")  # the last line may be on its way
        return [orjson.loads(line) for line in whole.splitlines()]

    def find(self, key: str) -> dict[str, Any] | None:
        """The entry of a key."""
        return next((entry for entry in self.entries() if entry["key"] == key), None)


class Outside:
    """The agents' way to it. `answer_seconds` is how long the restaurant takes to answer."""

    def __init__(self, folder: Path, *, answer_seconds: float = ANSWER_SECONDS) -> None:
        self.itinerary = folder / ITINERARY
        self.bookings = Book(folder / "bookings.jsonl")
        self.mails = Book(folder / "mails.jsonl")
        self._answer_seconds = answer_seconds

    def book_table(self, key: str, table: Mapping[str, Any]) -> dict[str, Any]:
        """It is in the restaurant's book at once, and the answer comes late."""
        booked = self.bookings.enter(key, table)
        time.sleep(self._answer_seconds)
        return booked

    def send_mail(self, key: str, mail: Mapping[str, Any]) -> dict[str, Any]:
        """No mail leaves the machine: it lies in the folder."""
        self.mails.enter(key, mail)
        return {"sent_to": mail["to"]}

    def write_file(self, text: str) -> dict[str, Any]:
        """Write the itinerary, or write it anew."""
        self.itinerary.write_text(text, "utf-8")
        return {"bytes": self.itinerary.stat().st_size}

    def look(self, kind: str, key: str) -> dict[str, Any] | None:
        """Whether that was done under that key: what is found of it, or None."""
        book = {"book_table": self.bookings, "send_mail": self.mails}.get(kind)
        return None if book is None else book.find(key)
