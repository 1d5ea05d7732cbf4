"""The hash chain of a session's log: each event's digest covers the event and the digest before it.

    digest(0) = SHA-256(JSON [tenant, session id])
    digest(n) = SHA-256(digest(n - 1) + JSON [seq, id, type, version, actor, conversation, causation_id, fence,
                        occurred_at, recorded_at] + newline + the text of data)

The JSON is compact, its times are RFC 3339 in UTC with microseconds where they are not zero. An event that was altered,
left out, moved or put in breaks the chain at its place.
"""

from collections.abc import Sequence
from hashlib import sha256

import orjson

__all__ = ["genesis", "link"]


def genesis(tenant: str, session_id: str) -> bytes:
    """The digest before a session's first event."""
    return sha256(orjson.dumps([tenant, session_id])).digest()


def link(previous: bytes, fields: Sequence[object], data: bytes) -> bytes:
    """The digest of the event that follows the one whose digest is `previous`. `fields` are those listed above."""
    return sha256(b"".join((previous, orjson.dumps(fields), b"\n", data))).digest()
