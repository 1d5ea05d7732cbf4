"""Restore: sessions out of a location of blobs alone, into an empty database."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Engine

from holdfast.blobs.place import Place
from holdfast.blobs.vault import Vault
from holdfast.errors import BlobDamaged, HoldfastError, InvalidInput, SessionExists, SnapshotDamaged, WrongKey
from holdfast.pipeline.fetched import Fetched
from holdfast.pipeline.put_back import put_whole
from holdfast.pipeline.restored import Restored, restored
from holdfast.pipeline.rules import Rules
from holdfast.saving.body import Body
from holdfast.saving.names import BodyName, body_name, parsed, segment_name
from holdfast.saving.tracking import folder as folder_of

__all__ = ["Returned", "restore"]

REFUSED = (BlobDamaged, InvalidInput, SnapshotDamaged, WrongKey)
"""What makes a snapshot one that is passed over for the one before it."""


class Returned(NamedTuple):
    """What became of a session. `session_id` is None where no snapshot of it could be read at all."""

    folder: str
    tenant: str | None
    session_id: str | None
    seq: int | None
    saved_at: datetime | None
    """The session is as it was then; what came later is not in the location."""
    new: bool
    """False where it was there before, the same."""
    refused: list[str]
    """Newer snapshots that are not what was saved, and why."""
    conflict: str | None
    """Why nothing was put back though a snapshot is good: the database has another session of that id."""


def restore(engine: Engine, vault: Vault, rules: Rules, *, session_id: str | None = None) -> Iterator[Returned]:
    """Put back the newest good full snapshot of every session there, of all tenants; yields what became of each.

    Changes nothing in the location. Every event is followed along the hash chain; a session comes whole or not at all.
    Killed, it can be run again. Raises `BlobsUnavailable` where the location cannot be reached.
    """
    for tenant_folder in vault.place.folders(""):
        for folder in vault.place.folders(f"{tenant_folder}/sessions"):
            if session_id is None or folder == folder_of(session_id):
                yield _session(engine, vault, rules, f"{tenant_folder}/sessions/{folder}")


def _session(engine: Engine, vault: Vault, rules: Rules, folder: str) -> Returned:
    refused: list[str] = []
    for name in _newest_first(vault.place, folder):
        try:
            with Fetched(vault) as fetched:
                found = _found(name, fetched)
                said = found.body
                lines = (line for line, _ in found.lines())
                try:
                    new = put_whole(engine, said.tenant, said.session_id, lines, rules=rules)
                except SessionExists as error:
                    return _returned(folder, said, refused, conflict=error.message)
                return _returned(folder, said, refused, new=new)
        except REFUSED as error:
            refused.append(_why(name, error))
    return Returned(folder, None, None, None, None, new=False, refused=refused, conflict=None)


def _found(name: BodyName, fetched: Fetched) -> Restored:
    """The session of a full snapshot, with all that it needs fetched."""
    found = restored(name.name, fetched.get(name.name, name.address), fetched.get)
    said = found.body
    try:
        belongs = name.name == body_name(said.tenant, said.session_id, said.seq, name.address)
    except (TypeError, ValueError):  # what it says is no name, or no number
        belongs = False
    if not belongs:
        raise SnapshotDamaged(name.name, "is not where it belongs: it says that it is of another session, or event")
    for part in said.segments:
        fetched.fetch(segment_name(said.tenant, part.address), part.address)
    return found


def _returned(
    folder: str, body: Body, refused: list[str], *, new: bool = False, conflict: str | None = None
) -> Returned:
    return Returned(folder, body.tenant, body.session_id, body.seq, body.created_at, new, refused, conflict)


def _newest_first(place: Place, folder: str) -> list[BodyName]:
    names = (parsed(name) for name in place.names(folder))
    return sorted((name for name in names if name is not None), reverse=True)


def _why(name: BodyName, error: HoldfastError) -> str:
    return error.message if name.name in error.message else f"{name.name}: {error.message}"
