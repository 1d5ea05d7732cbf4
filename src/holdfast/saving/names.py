"""Where blobs lie: found by their content, and full snapshots also by their session, so that no database is needed.

<tenant>/segments/ab/ab12….jsonl.gz                  a segment, by the SHA-256 of its content
<tenant>/sessions/<session>/000000000290-cd34….json.gz    a full snapshot: sequence number, SHA-256
"""

from pathlib import PurePosixPath
from typing import NamedTuple

from holdfast.saving.tracking import folder

__all__ = ["BodyName", "body_name", "parsed", "segment_name", "sessions_of"]


class BodyName(NamedTuple):
    """What the name of a full snapshot's blob tells."""

    seq: int
    address: bytes
    name: str


def segment_name(tenant: str, address: bytes) -> str:
    """The name of a segment's blob."""
    text = address.hex()
    return f"{folder(tenant)}/segments/{text[:2]}/{text}.jsonl.gz"


def body_name(tenant: str, session_id: str, seq: int, address: bytes) -> str:
    """The name of a full snapshot's blob."""
    return f"{sessions_of(tenant)}/{folder(session_id)}/{seq:012d}-{address.hex()}.json.gz"


def sessions_of(tenant: str) -> str:
    """Where a tenant's full snapshots lie."""
    return f"{folder(tenant)}/sessions"


def parsed(name: str) -> BodyName | None:
    """The other way round. None for what is not the name of a full snapshot's blob."""
    stem, _, suffix = PurePosixPath(name).name.partition(".")
    seq, _, address = stem.partition("-")
    if suffix != "json.gz" or not seq.isdigit() or len(address) != 64:
        return None
    try:
        return BodyName(int(seq), bytes.fromhex(address), name)
    except ValueError:
        return None
