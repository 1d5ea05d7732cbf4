"""The JSON of an event's data, and what of JSON is accepted.

What is refused, wherever it comes from: NaN and infinities, whole numbers beyond 64 bits, lone surrogates, bytes that
are not UTF-8, more than `MAX_DEPTH` levels, more than `MAX_EVENT_BYTES`. What remains is taken by Postgres' type `json`
and read alike by every parser. Of a key that comes twice in an object the last one counts, as it does for Postgres.
"""

import json
from datetime import UTC, date, datetime
from math import isfinite
from typing import Any
from uuid import UUID

import orjson

from holdfast.errors import EventTooLarge, InvalidEvent
from holdfast.events.values import shown

__all__ = ["MAX_DEPTH", "MAX_EVENT_BYTES", "decode", "encode", "too_large"]

MAX_EVENT_BYTES = 256 * 1024
"""The size that an event may have: its data as JSON text, and its envelope."""

MAX_DEPTH = 100
"""Levels of objects and lists in an event's data. Half of what pydantic's parser bears: states wrap it in more."""

_DIGITS_AS_ZERO = bytes(ord("0") if chr(byte).isascii() and chr(byte).isdigit() else byte for byte in range(256))
_LONG_NUMBER = b"0" * 19


def encode(value: object) -> bytes:
    """The JSON text of an event's data. Raises `InvalidEvent`, naming the field, for what JSON does not have.

    Times become RFC 3339 text in UTC (and are taken as UTC when they name no zone), UUIDs become text, tuples lists.
    """
    _check(value)
    try:
        return orjson.dumps(value, default=_time, option=orjson.OPT_PASSTHROUGH_DATETIME)
    except TypeError as error:
        raise InvalidEvent("data", f"cannot be written as JSON: {error.__cause__ or error}") from error


def decode(text: bytes, field: str = "data") -> Any:
    """The value of a JSON text, which is accepted by the rules above, or else `InvalidEvent`."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidEvent(field, f"is not valid JSON: {error}") from error
    # Counting brackets and runs of digits costs half a microsecond and clears nearly every event of the long walk.
    if text.count(b"{") + text.count(b"[") > MAX_DEPTH:
        _check(value, field)
    # orjson turns a whole number beyond 64 bits into a float; only the text still shows it.
    if _LONG_NUMBER in text.translate(_DIGITS_AS_ZERO):
        _check(json.loads(text), field)
    return value


def too_large(size: int) -> EventTooLarge:
    """The error for an event of that many bytes."""
    return EventTooLarge("event", f"has {size:,} bytes; the limit is {MAX_EVENT_BYTES:,} (data and envelope)")


def _time(value: date | datetime) -> str:
    # Not left to orjson, which crashes the interpreter when a zone of the user's own raises.
    if not isinstance(value, datetime):
        return value.isoformat()
    return (value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)).isoformat()


class _Fault(Exception):  # it never leaves this file: it carries the path up to where it is named
    def __init__(self, problem: str) -> None:
        self.problem = problem
        self.path: list[str] = []


def _check(value: object, field: str = "data") -> None:
    try:
        _Walk().check(value, MAX_DEPTH)
    except _Fault as fault:
        path = [field, *reversed(fault.path)]
        raise InvalidEvent(".".join(path if len(path) <= 10 else [*path[:9], "…"]), fault.problem) from None


class _Walk:
    """One walk over a value. Values are counted, since lists that share their parts can be endless without a cycle."""

    def __init__(self) -> None:
        self.room = MAX_EVENT_BYTES  # no value takes less than a byte

    def check(self, value: object, depth: int) -> None:
        if isinstance(value, str):
            _check_text(value)
        elif isinstance(value, bool | None | datetime | date | UUID):
            pass
        elif isinstance(value, int):
            if not -(2**63) <= value < 2**64:
                raise _Fault(f"must be a whole number of at most 64 bits, not {shown(value)}; write it as text")
        elif type(value) is float:
            if not isfinite(value):
                raise _Fault(f"must be a finite number, not {value}")
        elif isinstance(value, dict | list) or type(value) is tuple:
            self._check_parts(value, depth)
        else:
            raise _Fault(f"must be a JSON value (or a time), not a {type(value).__name__}")

    def _check_parts(self, value: dict[object, object] | list[object] | tuple[object, ...], depth: int) -> None:
        self.room -= len(value)
        if self.room < 0:
            raise too_large(MAX_EVENT_BYTES - self.room)
        if depth == 0:
            raise _Fault(f"is nested more than {MAX_DEPTH} levels deep, or contains itself")
        for key, part in value.items() if isinstance(value, dict) else enumerate(value):
            if isinstance(value, dict):
                _check_key(key)
            try:
                self.check(part, depth - 1)
            except _Fault as fault:
                fault.path.append(str(key)[:40])
                raise


def _check_key(key: object) -> None:
    if type(key) is not str:
        raise _Fault(f"has a key that is not text: {shown(key)}")
    _check_text(key)


def _check_text(text: str) -> None:
    if not text.isascii():
        try:
            text.encode()
        except UnicodeEncodeError as error:
            code = ord(text[error.start])
            raise _Fault(f"has half a character (the lone surrogate U+{code:04X} at {error.start})") from None
