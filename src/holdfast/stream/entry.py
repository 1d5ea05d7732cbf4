"""One entry of a stream: an event, the tenant it belongs to, and who waits for it.

The fields are flat, so that the text of `data` reaches the log byte for byte and a writer in any language needs nothing
but `XADD`:

| field | |
|---|---|
| `tenant`, `id`, `session`, `type`, `version`, `actor` | text; `id` is a UUID, `version` a number |
| `at` | when it happened, by the writer's clock: RFC 3339 |
| `data` | the event's data: the text of one JSON object |
| `conversation`, `causation`, `fence`, `reply` | optional; `reply` is the token of an `append` that waits |
"""

from collections.abc import Mapping
from dataclasses import dataclass

from holdfast.errors import InvalidEvent
from holdfast.events import Draft, identifier, parse

__all__ = ["Entry", "decode", "encode", "named"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A well-formed entry. Whether the log accepts its event is another question."""

    tenant: str
    draft: Draft
    reply: str | None


def encode(tenant: str, draft: Draft, reply: str | None = None) -> dict[str, str | bytes]:
    """The fields of an entry, ready for `XADD`."""
    fields: dict[str, str | bytes] = {"tenant": tenant, **draft.fields(), "data": draft.data}
    if reply is not None:
        fields["reply"] = reply
    return fields


def decode(raw: Mapping[bytes, bytes]) -> Entry:
    """Read an entry that anyone may have written. Raises `InvalidEvent` naming the field."""
    data = raw.get(b"data")
    if data is None:
        raise InvalidEvent("data", "is missing: an entry needs the fields that holdfast.stream.entry describes")
    fields = {}
    for name, value in raw.items():
        if name != b"data":
            try:
                fields[name.decode()] = value.decode()
            except UnicodeDecodeError as error:
                raise InvalidEvent(repr(name)[2:-1], "is not UTF-8 text") from error
    tenant = identifier("tenant", fields.pop("tenant", None))
    reply = fields.pop("reply", None)
    return Entry(tenant, parse(fields, data), reply)


def named(raw: Mapping[bytes, bytes]) -> tuple[str, str] | None:
    """The tenant and the session that an entry names, whatever else is wrong with it; None where there can be none."""
    try:
        tenant, session = raw[b"tenant"].decode(), raw[b"session"].decode()
    except (KeyError, UnicodeDecodeError):
        return None
    return None if "\0" in tenant + session else (tenant, session)
