"""Recordings: conversations as JSON lines, one a line, gzipped or not. `docs/replay.md` describes the format.

A file is read as often as it is needed and never held as a whole: once to validate it and to learn what it holds, by
each publisher for its share, and once more for the check.
"""

import gzip
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, cast
from uuid import UUID, uuid5

from holdfast.errors import InvalidInput
from holdfast.events import Draft, draft, identifier, instant

__all__ = ["Conversation", "Survey", "conversations", "survey"]

NAMESPACE = UUID("0b9f3b0e-5b1a-5e0c-9d59-6f1f6c1f7a52")
"""Of the events' ids: each is made of its session and its place there, so replaying twice commits nothing twice."""

ACTOR = "replay"
ROLES = frozenset({"system", "user", "assistant", "tool"})

GZIP = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Conversation:
    """One line of a recording, found valid."""

    place: str
    """`file:line`."""
    session_id: str
    user_id: str
    started: Draft
    messages: tuple[Draft, ...]
    times: tuple[datetime | None, ...]
    """When each message was recorded; None where the recording does not say."""
    tool_calls: int
    """How many calls of tools the messages ask for."""

    @property
    def events(self) -> tuple[Draft, ...]:
        """Everything to publish, in order."""
        return (self.started, *self.messages)


@dataclass(slots=True)
class Survey:
    """What recordings hold, without the conversations themselves."""

    sessions: dict[str, "Outline"] = field(default_factory=dict)
    messages: int = 0
    tool_calls: int = 0
    timed: int = 0
    """How many messages say when they were recorded."""
    first: datetime | None = None
    """The earliest of their times."""

    @property
    def events(self) -> int:
        """Everything to publish: the messages, and the start of each session."""
        return self.messages + len(self.sessions)


@dataclass(frozen=True, slots=True)
class Outline:
    """What is remembered of a conversation once it was read."""

    place: str
    user_id: str
    events: int
    first_id: UUID
    last_id: UUID


def survey(paths: Sequence[Path], prefix: str = "") -> Survey:
    """Read and validate all of it. Raises `InvalidInput` naming file, line and field."""
    found = Survey()
    for conversation in conversations(paths, prefix):
        known = found.sessions.get(conversation.session_id)
        if known is not None:
            problem = f"{conversation.session_id!r} comes twice; {known.place} has it too"
            raise InvalidInput(f"{conversation.place}: session_id", problem)
        events = conversation.events
        outline = Outline(conversation.place, conversation.user_id, len(events), events[0].id, events[-1].id)
        found.sessions[conversation.session_id] = outline
        found.messages += len(conversation.messages)
        found.tool_calls += conversation.tool_calls
        times = [at for at in conversation.times if at is not None]
        found.timed += len(times)
        found.first = min([*times, *([found.first] if found.first else [])], default=None)
    return found


def conversations(paths: Sequence[Path], prefix: str = "", share: tuple[int, int] = (0, 1)) -> Iterator[Conversation]:
    """The conversations, in order; `share=(n, of)` gives every `of`-th of them, from the `n`-th (counted from 0) on.

    `prefix` goes before each session's id. Raises `InvalidInput` naming file, line and field.
    """
    nth, of = share
    for number, (place, line) in enumerate(_lines(paths)):
        if number % of == nth:
            yield _conversation(place, line, prefix)


def _lines(paths: Sequence[Path]) -> Iterator[tuple[str, bytes]]:
    for path in paths:
        number = 0
        try:
            with _opened(path) as file:
                for number, line in enumerate(file, 1):
                    if line.strip():
                        yield f"{path}:{number}", line
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise InvalidInput(f"{path}:{number + 1}", f"the gzip file is damaged: {error}") from error
        except OSError as error:
            raise InvalidInput(str(path), f"cannot be read: {error.strerror or error}") from error


def _opened(path: Path) -> BinaryIO:
    """By its first bytes, not its name: what matters is what it is."""
    if path.exists() and not path.is_file():
        raise InvalidInput(str(path), "must be a file, for it is read several times")
    with path.open("rb") as file:
        zipped = file.read(len(GZIP)) == GZIP
    return cast("BinaryIO", gzip.open(path)) if zipped else path.open("rb")


def _conversation(place: str, line: bytes, prefix: str) -> Conversation:
    record = _record(place, line)
    try:
        recorded_id = identifier("session_id", record["session_id"])
        session_id = identifier("session_id (with the prefix)", prefix + recorded_id)
        user_id = identifier("user_id", record["user_id"])
        given = _list("messages", record["messages"])
        times = tuple(_time(index, message) for index, message in enumerate(given))
        messages = tuple(_message(session_id, index, message, times[index]) for index, message in enumerate(given))
    except InvalidInput as error:
        raise InvalidInput(f"{place}: {error.field}", error.problem) from error
    began = min((at for at in times if at is not None), default=None)
    started = _started(session_id, user_id, began, recorded_id if prefix else None)
    calls = sum(len(message.get("tool_calls") or ()) for message in given)
    return Conversation(place, session_id, user_id, started, messages, times, calls)


def _record(place: str, line: bytes) -> dict[str, Any]:
    try:
        # Not orjson, which turns a whole number beyond 64 bits into a float, where an event must refuse it.
        record = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise InvalidInput(place, f"is not valid JSON: {error}") from error
    if not isinstance(record, dict):
        raise InvalidInput(place, "must be an object with session_id, user_id and messages")
    for name in ("session_id", "user_id", "messages"):
        if name not in record:
            raise InvalidInput(f"{place}: {name}", "is missing")
    return record


def _list(field: str, value: object) -> list[Any]:
    if not isinstance(value, list):
        raise InvalidInput(field, "must be a list")
    return value


def _time(index: int, message: object) -> datetime | None:
    if not isinstance(message, dict):
        raise InvalidInput(f"messages[{index}]", "must be an object")
    if "content" not in message:
        raise InvalidInput(f"messages[{index}].content", "is missing; null says that there is none")
    recorded = message.get("timestamp")
    return None if recorded is None else instant(f"messages[{index}].timestamp", recorded)


def _message(session_id: str, index: int, message: dict[str, Any], at: datetime | None) -> Draft:
    role = message.get("role")
    try:
        return draft(
            {
                "type": "message.added",
                "id": uuid5(NAMESPACE, f"{session_id} {index + 1}"),
                "actor": role if isinstance(role, str) and role in ROLES else ACTOR,
                "occurred_at": at,
                "data": message,
            },
            session_id=session_id,
            actor=ACTOR,
        )
    except InvalidInput as error:
        inside = error.field.removeprefix("event").removeprefix("data").removeprefix(".")
        raise InvalidInput(f"messages[{index}]" + (f".{inside}" if inside else ""), error.problem) from error


def _started(session_id: str, user_id: str, at: datetime | None, recorded_as: str | None) -> Draft:
    data = {"user_id": user_id, "kind": ACTOR, "agent": ACTOR}
    if recorded_as is not None:
        data["recorded_as"] = recorded_as
    event = {"type": "session.started", "id": uuid5(NAMESPACE, f"{session_id} 0"), "occurred_at": at, "data": data}
    return draft(event, session_id=session_id, actor=ACTOR)
