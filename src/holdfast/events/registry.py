"""Which types of event there are, and how data of any version of them is checked."""

from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from typing import Any

import orjson
from pydantic import ValidationError

from holdfast.errors import InvalidEvent, InvalidInput, UnknownEventType
from holdfast.events.custom import Custom
from holdfast.events.encoding import MAX_EVENT_BYTES, decode, too_large
from holdfast.events.payload import Payload
from holdfast.events.problems import invalid
from holdfast.events.values import identifier, shown

__all__ = ["MAX_VERSION", "Registry", "Upcaster"]

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]
"""Turns data of one version into data of the next. Gets a dict of its own, which it may change and return."""

MAX_VERSION = 2**15 - 1
"""The highest version that a type may reach; for `custom.*`, the highest that its owner may give."""

_CUSTOM = "custom."


class Registry:
    """A fixed set of event types, and of the steps that bring data of their older versions up to date.

    Every version from 1 on must have its step: `ValueError` otherwise, when the registry is made.
    """

    def __init__(
        self, payloads: Iterable[type[Payload]], upcasters: Mapping[tuple[str, int], Upcaster] | None = None
    ) -> None:
        self.types: Mapping[str, type[Payload]] = {payload.TYPE: payload for payload in payloads}
        self._upcasters = dict(upcasters or {})
        wanted = {(kind, version) for kind, payload in self.types.items() for version in range(1, payload.VERSION)}
        if wanted != self._upcasters.keys():
            raise ValueError(f"these are upcasters too few or too many: {sorted(wanted ^ self._upcasters.keys())}")
        self._checks = {
            (kind, payload.VERSION): payload.__pydantic_validator__.validate_json
            for kind, payload in self.types.items()
        }

    def payload_class(self, event_type: str) -> type[Payload]:
        """The class of that type's payloads: `Custom` for `custom.*`. `UnknownEventType` when there is none."""
        known = self.types.get(event_type)
        if known is not None:
            return known
        try:
            identifier("type", event_type)
        except InvalidInput as error:
            raise InvalidEvent("type", error.problem) from error
        if event_type.startswith(_CUSTOM) and event_type != _CUSTOM:
            return Custom
        near = get_close_matches(event_type, self.types, n=1)
        hint = f"did you mean {near[0]!r}?" if near else "types of your own begin with 'custom.'"
        raise UnknownEventType("type", f"{event_type!r} is not known to this release; {hint}")

    def validate(self, event_type: str, version: int, data: bytes) -> Payload:
        """The payload that `data`, a JSON object, holds. Raises `InvalidEvent`, `UnknownEventType`, `EventTooLarge`."""
        if len(data) > MAX_EVENT_BYTES:
            raise too_large(len(data))
        # The text is parsed twice: orjson for its strictness (see `encoding`), pydantic for the types. Handing orjson's
        # value to pydantic would save nothing, and make times and lists fail in its strict mode.
        value = decode(data)
        check = self._checks.get((event_type, version))
        if check is None:
            return self._validate_other(event_type, version, value)
        try:
            return check(data)  # type: ignore[no-any-return]  # what pydantic's core returns is untyped
        except ValidationError as error:
            raise invalid(error, value) from error

    def load(self, event_type: str, version: int, data: dict[str, Any]) -> Payload:
        """The payload of an event that is in the log, in today's form."""
        check = self._checks.get((event_type, version))
        if check is None:
            return self._validate_other(event_type, version, data)
        try:
            return check(orjson.dumps(data))  # type: ignore[no-any-return]  # as above
        except ValidationError as error:
            raise invalid(error, data) from error

    def upcast(self, event_type: str, version: int, data: dict[str, Any]) -> dict[str, Any]:
        """`data` of an older version, brought up to today's step by step. What was passed in is not changed."""
        for step in range(version, self._current(event_type, version)):
            data = self._upcasters[event_type, step](dict(data))
        return data

    def _validate_other(self, event_type: str, version: int, value: Any) -> Payload:
        """The checks off the hot path: unknown types, own types, and versions that are not today's."""
        payload = self.payload_class(event_type)
        self._current(event_type, version)
        if not isinstance(value, dict):
            raise InvalidEvent("data", f"must be an object, not {shown(value)}")
        value = self.upcast(event_type, version, value)
        try:
            return payload.model_validate_json(orjson.dumps(value))
        except ValidationError as error:
            raise invalid(error, value) from error

    def _current(self, event_type: str, version: int) -> int:
        """The version that `version` of the type is brought to. Checks that this release can do so."""
        payload = self.payload_class(event_type)
        if type(version) is not int or not 1 <= version <= MAX_VERSION:
            raise InvalidEvent("version", f"must be a whole number from 1 to {MAX_VERSION}, not {shown(version)}")
        if payload is Custom:
            return version
        if version > payload.VERSION:
            raise UnknownEventType(
                "version",
                f"{version} of {event_type!r} is newer than this release knows, {payload.VERSION}: upgrade the workers",
            )
        return payload.VERSION
