"""The envelope: an event on its way in (`Draft`), an event out of the log (`Event`), and the checks between them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from uuid_utils.compat import uuid7

from holdfast import clock
from holdfast.errors import InvalidEvent, InvalidInput
from holdfast.events.catalog import KNOWN
from holdfast.events.encoding import MAX_EVENT_BYTES, decode, encode, too_large
from holdfast.events.payload import Payload
from holdfast.events.values import identifier, instant, name, shown

__all__ = ["Draft", "Event", "draft", "parse"]

T = TypeVar("T")

MAX_FENCE = 2**63 - 1

_ENVELOPE = frozenset(
    {
        "id",
        "session_id",
        "type",
        "version",
        "actor",
        "occurred_at",
        "data",
        "conversation",
        "causation_id",
        "fence",
    }
)


@dataclass(frozen=True, slots=True)
class Draft:
    """An event on its way in, found valid. `data` is the text of a JSON object, exactly as it will be stored."""

    id: UUID
    session_id: str
    type: str
    version: int
    actor: str
    occurred_at: datetime
    data: bytes
    conversation: str | None = None
    causation_id: UUID | None = None
    fence: int | None = None

    @property
    def payload(self) -> Payload:
        """What the event says, in today's form."""
        return KNOWN.validate(self.type, self.version, self.data)

    def fields(self) -> dict[str, str]:
        """The envelope as text, field by field; what is absent has no field. `parse` reads it back."""
        fields = {
            "id": str(self.id),
            "session": self.session_id,
            "type": self.type,
            "version": str(self.version),
            "actor": self.actor,
            "at": self.occurred_at.isoformat(),
        }
        if self.conversation is not None:
            fields["conversation"] = self.conversation
        if self.causation_id is not None:
            fields["causation"] = str(self.causation_id)
        if self.fence is not None:
            fields["fence"] = str(self.fence)
        return fields


@dataclass(frozen=True, slots=True)
class Event:
    """An event out of the log: an immutable fact about a session."""

    session_id: str
    seq: int
    """The event's place in its session: 1, 2, 3 without a gap."""
    id: UUID
    type: str
    version: int
    actor: str
    occurred_at: datetime
    """By the clock of whoever published it. It informs; `seq` orders."""
    recorded_at: datetime
    """When it was committed, by the clock of the database."""
    data: dict[str, Any]
    digest: bytes
    """The link of the session's hash chain that ends in this event."""
    conversation: str | None = None
    causation_id: UUID | None = None
    fence: int | None = None

    @property
    def payload(self) -> Payload:
        """What the event says, typed and brought up to today's version. Made anew at each call."""
        return KNOWN.load(self.type, self.version, self.data)


def draft(
    item: Payload | Mapping[str, Any] | str | bytes | Draft,
    *,
    session_id: str,
    actor: str,
    conversation: str | None = None,
    causation_id: UUID | None = None,
    fence: int | None = None,
    now: Callable[[], datetime] = clock.now,
) -> Draft:
    """A valid event out of what a user gives: a typed payload, or the envelope as a mapping or as JSON text.

    What the envelope carries goes before the arguments; a draft of the same session stays as it is, id and all. Raises
    `InvalidEvent`, naming the field and the limit.
    """
    if isinstance(item, Draft):
        if item.session_id != session_id:
            raise InvalidEvent("session_id", f"is {item.session_id!r}; the event was given to {shown(session_id)}")
        return item
    given = _given(item)
    try:
        if given.get("session_id", session_id) != session_id:
            raise InvalidEvent("session_id", f"is {shown(given['session_id'])}; the event was given to {session_id!r}")
        event_type = given["type"]
        if not isinstance(event_type, str):
            raise InvalidEvent("type", f"must be text, not {shown(event_type)}")
        made = Draft(
            id=_uuid("id", given["id"]) if "id" in given else uuid7(),
            session_id=identifier("session_id", session_id),
            type=event_type,
            version=_version(given.get("version", KNOWN.payload_class(event_type).VERSION)),
            actor=name("actor", given.get("actor", actor)),
            occurred_at=instant("occurred_at", given["occurred_at"] if "occurred_at" in given else now()),
            data=_data(given.get("data", {})),
            conversation=_optional(identifier, "conversation", given.get("conversation", conversation)),
            causation_id=_optional(_uuid, "causation_id", given.get("causation_id", causation_id)),
            fence=_optional(_fence, "fence", given.get("fence", fence)),
        )
    except InvalidInput as error:
        raise _as_event(error) from error
    _check_size(made)
    KNOWN.validate(made.type, made.version, made.data)
    return made


def parse(fields: Mapping[str, str], data: bytes) -> Draft:
    """The event of an entry that anyone may have written: `Draft.fields` and the data. Other fields are left alone.

    Raises `InvalidEvent` for whatever `draft` would not have made.
    """
    try:
        conversation = fields.get("conversation")
        causation = fields.get("causation")
        fence = fields.get("fence")
        made = Draft(
            _uuid("id", fields["id"]),
            identifier("session_id", fields["session"]),
            fields["type"],
            _whole("version", fields["version"]),
            name("actor", fields["actor"]),
            instant("occurred_at", fields["at"]),
            data,
            None if conversation is None else identifier("conversation", conversation),
            None if causation is None else _uuid("causation_id", causation),
            None if fence is None else _fence("fence", _whole("fence", fence)),
        )
    except KeyError as error:
        raise InvalidEvent(str(error.args[0]), "is required") from None
    except InvalidInput as error:
        raise _as_event(error) from error
    _check_size(made)
    KNOWN.validate(made.type, made.version, data)
    return made


def _given(item: object) -> Mapping[str, Any]:
    """The envelope that an item carries, without its nulls: they say no more than an absent field."""
    if isinstance(item, Payload):
        if item.TYPE == "custom.*":
            raise InvalidEvent("type", "a plain Custom has none; derive a class with a TYPE, or give a mapping")
        return {"type": item.TYPE, "version": item.VERSION, "data": item}
    if isinstance(item, str):
        try:
            item = item.encode()
        except UnicodeEncodeError as error:
            raise InvalidEvent("event", f"has half a character (a lone surrogate) at {error.start}") from error
    if isinstance(item, bytes):
        item = decode(item, "event")
    if not isinstance(item, Mapping):
        raise InvalidEvent("event", f"must be a typed event, or an object with `type` and `data`, not {shown(item)}")
    unknown = [key for key in item if key not in _ENVELOPE]
    if unknown:
        fields = ", ".join(sorted(_ENVELOPE))
        raise InvalidEvent(str(unknown[0])[:60], f"is no field of an event ({fields}); what it says goes into `data`")
    if item.get("type") is None:
        raise InvalidEvent("type", "is required")
    return {key: value for key, value in item.items() if value is not None}


def _data(value: object) -> bytes:
    if isinstance(value, Payload):
        # What was not given is not stored, so that the text is as small as if it had been written by hand.
        value = value.model_dump(exclude_unset=True, warnings=False)
    if not isinstance(value, Mapping):
        raise InvalidEvent("data", f"must be an object, not {shown(value)}")
    return encode(dict(value))


def _check_size(made: Draft) -> None:
    # An envelope is at most some 2,500 bytes: identifiers of 128 characters, of four bytes each.
    if len(made.data) > MAX_EVENT_BYTES - 4096:
        size = len(made.data) + sum(len(key) + len(text.encode()) for key, text in made.fields().items())
        if size > MAX_EVENT_BYTES:
            raise too_large(size)


def _uuid(field: str, value: object) -> UUID:
    if isinstance(value, UUID):
        return value
    try:
        return UUID(value)  # type: ignore[arg-type]  # what is no text is said below
    except (ValueError, TypeError, AttributeError):
        raise InvalidEvent(field, f"must be a UUID, not {shown(value)}") from None


def _whole(field: str, text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) <= 19:
        return int(text)
    raise InvalidEvent(field, f"must be a whole number, not {shown(text)}")


def _version(value: object) -> int:
    if type(value) is int:  # exactly: True equals 1, and would find its type
        return value
    raise InvalidEvent("version", f"must be a whole number, not {shown(value)}")


def _fence(field: str, value: object) -> int:
    if type(value) is int and 0 <= value <= MAX_FENCE:
        return value
    raise InvalidEvent(field, f"must be a whole number from 0 to 2**63 - 1, not {shown(value)}")


def _optional(check: Callable[[str, object], T], field: str, value: object) -> T | None:
    return None if value is None else check(field, value)


def _as_event(error: InvalidInput) -> InvalidEvent:
    return error if isinstance(error, InvalidEvent) else InvalidEvent(error.field, error.problem)
