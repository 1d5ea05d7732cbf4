"""Arrive: put the sessions of an export back, once all of it has been checked."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Engine

from holdfast.errors import InvalidInput, SnapshotDamaged
from holdfast.events import identifier, instant, parse
from holdfast.pipeline.put_back import check_same, is_there, put_whole
from holdfast.pipeline.rules import Rules
from holdfast.portable import bundle, history, manifest
from holdfast.portable.manifest import Entry, Manifest
from holdfast.saving.segment import Line
from holdfast.store.chain import genesis, link
from holdfast.store.transaction import transaction

__all__ = ["arrive", "opened"]


@contextmanager
def opened(path: Path) -> Iterator[tuple[Path, Manifest]]:
    """An export, a directory or a bundle, with every file checked against its manifest. Raises `SnapshotDamaged`."""
    if not path.exists():
        raise InvalidInput("path", f"{path} does not exist")
    with TemporaryDirectory(prefix="holdfast-import-") as directory:
        root = path
        if path.is_file():
            root = Path(directory)
            bundle.unpack(path, root)
        said = manifest.load(root)
        if path.is_file():
            manifest.check_no_others(root, said.files)
        manifest.check(root, said.files)
        yield root, said


def arrive(
    engine: Engine, tenant: str, rules: Rules, root: Path, said: Manifest, chosen: Mapping[str, str]
) -> Iterator[tuple[str, bool]]:
    """Put sessions back under the ids that `chosen` gives them; yields each id, and whether it was not there before.

    The logs of all of them are read through and followed along their chain before the first is put back. Raises
    `SnapshotDamaged` naming the file, and `SessionExists` for an id that another session has; nothing is then put back.
    Each session comes whole or not at all, and what was put back before may be put back again.
    """
    for session_id, new_id in chosen.items():
        identifier("session_id", new_id)
        entry = said.sessions[session_id]
        _follow(root, said.tenant, session_id, entry)
        lines = history.read(root / entry.history, entry.history, entry.events)
        with transaction(engine) as connection:
            if is_there(connection, tenant, new_id):
                check_same(connection, tenant, new_id, lines)
    for session_id, new_id in chosen.items():
        entry = said.sessions[session_id]
        lines = history.read(root / entry.history, entry.history, entry.events)
        try:
            new = put_whole(engine, tenant, new_id, lines, rules=rules)
        except InvalidInput as error:
            raise SnapshotDamaged(entry.history, str(error)) from error
        yield new_id, new


def _follow(root: Path, tenant: str, session_id: str, entry: Entry) -> None:
    digest = genesis(tenant, session_id)
    for line in history.read(root / entry.history, entry.history, entry.events):
        _check(entry.history, session_id, line)
        digest = link(digest, line[:-1], line.data)
    if digest.hex() != entry.digest:
        raise SnapshotDamaged(entry.history, "does not end in the digest that the manifest says: an event was altered")


def _check(what: str, session_id: str, line: Line) -> None:
    """Anyone may have written the file: an event must be one that the log could have, written as the log has it."""
    fields = {
        "id": str(line.id),
        "session": session_id,
        "type": line.type,
        "version": str(line.version),
        "actor": line.actor,
        "at": line.occurred_at.isoformat(),
        "conversation": line.conversation,
        "causation": None if line.causation_id is None else str(line.causation_id),
        "fence": None if line.fence is None else str(line.fence),
    }
    try:
        made = parse({name: value for name, value in fields.items() if value is not None}, line.data)
        recorded_at = instant("recorded_at", line.recorded_at)
    except (InvalidInput, AttributeError, TypeError) as error:
        raise SnapshotDamaged(what, f"event {line.seq}: {error}") from error
    same = line._replace(version=made.version, fence=made.fence, occurred_at=made.occurred_at, recorded_at=recorded_at)
    # Not by their values: a time of another zone, or a number as text, has another digest once it is in the database.
    if repr(same[:-1]) != repr(line[:-1]):
        raise SnapshotDamaged(what, f"event {line.seq}: is not written as the log has it")
    if (line.seq == 1) != (line.type == "session.started"):
        raise SnapshotDamaged(what, f"event {line.seq}: a session starts with session.started, and once")
