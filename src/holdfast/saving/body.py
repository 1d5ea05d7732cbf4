"""The body of a full snapshot: all that is needed, with its segments, to have the session back without a database.

    {"format": "holdfast.snapshot/1", "tenant": "default", "session_id": "SESSION-260129-001",
     "id": "RECOVERY-260129-001-AUTO-SAVE-7", "tier": "full", "seq": 290, "reason": "interval", "created_at": "…",
     "log_digest": "…", "recipe": 1, "state": {…},
     "segments": [{"first": 1, "last": 128, "address": "…"}, …]}

`state` is the fold at `seq`, as JSON without what has its default value. It is left out where it is heavy and was not
folded for this save: the events tell it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from holdfast.errors import SnapshotDamaged
from holdfast.events.values import identifier, instant, whole
from holdfast.saving.packing import packed, unpacked

__all__ = ["FORMAT", "Body", "Part", "decode", "encode"]

FORMAT = "holdfast.snapshot/1"


class Part(NamedTuple):
    """A segment of a full snapshot."""

    first: int
    last: int
    address: bytes


class Body(NamedTuple):
    """What a full snapshot says."""

    tenant: str
    session_id: str
    id: str
    seq: int
    reason: str
    created_at: datetime
    log_digest: bytes
    recipe: int | None
    state: bytes | None
    """JSON."""
    segments: Sequence[Part]


def encode(body: Body) -> bytes:
    """The blob."""
    said: dict[str, Any] = {"format": FORMAT, **body._asdict(), "tier": "full", "log_digest": body.log_digest.hex()}
    said["segments"] = [{**part._asdict(), "address": part.address.hex()} for part in body.segments]
    said["state"] = None if body.state is None else orjson.Fragment(body.state)
    return packed(orjson.dumps(said))


def decode(what: str, content: bytes) -> Body:
    """What a blob says. Raises `SnapshotDamaged` naming `what`."""
    try:
        said = orjson.loads(unpacked(what, content))
        if said["format"] != FORMAT:
            raise SnapshotDamaged(what, f"is of the format {said['format']}, and this release reads {FORMAT}")
        return Body(
            _tenant(said["tenant"]),
            identifier("session_id", said["session_id"]),
            said["id"],
            whole("seq", said["seq"], 1),
            said["reason"],
            instant("created_at", said["created_at"]),
            bytes.fromhex(said["log_digest"]),
            said["recipe"],
            None if said["state"] is None else orjson.dumps(said["state"]),
            [Part(part["first"], part["last"], bytes.fromhex(part["address"])) for part in said["segments"]],
        )
    except (ValueError, KeyError, TypeError) as error:
        raise SnapshotDamaged(what, f"cannot be read: {error}") from error


def _tenant(value: object) -> str:
    if not isinstance(value, str) or "\0" in value:
        raise ValueError("the tenant is no text that a database can hold")
    return value
