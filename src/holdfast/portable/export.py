"""Export: sessions as the tracking tree of the guide to persistence, from which they can be put back."""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Engine

from holdfast.blobs.vault import Vault
from holdfast.errors import HoldfastError, InvalidInput, SnapshotDamaged
from holdfast.pipeline.archived import last_fulls, read
from holdfast.pipeline.rebuild import state_at
from holdfast.pipeline.whole import whole
from holdfast.portable import history
from holdfast.portable.manifest import NAME, Entry, Manifest, digest_of, document, load
from holdfast.saving import contents, tracking
from holdfast.saving.policy import Policy, policy_of
from holdfast.saving.snapshot import Snapshot
from holdfast.session import State
from holdfast.session.status import ENDED
from holdfast.store import log, savings, sessions, snapshots
from holdfast.store.transaction import transaction

__all__ = ["Exporter"]

FOLDERS = (
    tracking.SESSION_ARCHIVE,
    tracking.CONTEXT_SNAPSHOTS,
    tracking.CONVERSATION_HISTORY,
    tracking.RECOVERY_POINTS,
    tracking.RECOVERY_LOGS,
    tracking.EMERGENCY_BACKUPS,
)


class Exporter:
    """Writes sessions of one tenant into a directory: a new one, or one with an earlier export of the same tenant.

    What was exported there before stays, and a session that is exported again replaces what was there of it. Every file
    is written beside its place and moved there, the manifest last. Raises `InvalidInput` for a directory that holds
    something else.
    """

    def __init__(
        self,
        engine: Engine,
        tenant: str,
        policy: Policy,
        root: Path,
        open_vault: Callable[[], Vault] | None = None,
    ) -> None:
        """`open_vault` is called where an archived session is exported; without it that raises `SessionArchived`."""
        self._engine = engine
        self._open_vault = open_vault
        self._tenant = tenant
        self._policy = policy
        self.root = root

    def export(self, session_ids: Iterable[str]) -> int:
        """Export sessions; returns how many. Raises `SessionNotFound`, and `LogDamaged` for a log that is not whole."""
        manifest, entries = self._before()
        with _translated(self.root):
            return self._export(session_ids, manifest, entries)

    def _export(self, session_ids: Iterable[str], manifest: Manifest, entries: dict[str, Mapping[str, Any]]) -> int:
        self.root.mkdir(parents=True, exist_ok=True)
        if not manifest.files:
            self._write_manifest(manifest)  # killed from here on, the next export knows the directory for its own
        for folder in FOLDERS:
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        exported = 0
        try:
            for session_id in session_ids:
                entries[session_id] = self._session(session_id, manifest)
                exported += 1
        finally:
            # Whatever went wrong with one of them, the directory is an export, also of those that were replaced.
            self._close(manifest, entries)
        return exported

    def _close(self, manifest: Manifest, entries: Mapping[str, Mapping[str, Any]]) -> None:
        in_order = sorted(entries.values(), key=lambda entry: (entry["created"] or "", entry["id"]))
        self._write(manifest, tracking.SESSION_REGISTRY, tracking.session_registry(in_order))
        self._write(manifest, tracking.ACTIVE_SESSIONS, tracking.active_sessions(in_order))
        self._write(manifest, tracking.RECOVERY_PROTOCOLS, tracking.recovery_protocols())
        self._write_manifest(manifest)

    def _before(self) -> tuple[Manifest, dict[str, Mapping[str, Any]]]:
        """What an earlier export left here: its manifest, and the entries of its registry."""
        if not (self.root / NAME).exists():
            if (self.root / "tracking").exists():
                raise InvalidInput("to", f"{self.root} has a folder `tracking` that is no export; choose another place")
            return Manifest(tenant=self._tenant), {}
        manifest = load(self.root)
        if manifest.tenant != self._tenant:
            raise InvalidInput("to", f"{self.root} holds sessions of the tenant {manifest.tenant!r}")
        if not manifest.sessions:
            return manifest, {}
        try:
            registry = orjson.loads((self.root / tracking.SESSION_REGISTRY).read_bytes())
            entries = registry["sessionRegistry"]["sessions"]
            return manifest, {each: _entry(entries[each]) for each in manifest.sessions}
        except (OSError, TypeError, ValueError, KeyError) as error:
            raise SnapshotDamaged(tracking.SESSION_REGISTRY, f"cannot be read: {error!r}") from error

    def _session(self, session_id: str, manifest: Manifest) -> Mapping[str, Any]:
        with transaction(self._engine) as connection:
            log.steady(connection)
            cursor = log.cursor(connection)
            found, digest = sessions.find(connection, self._tenant, session_id, archived=self._open_vault is not None)
            kept_fulls = last_fulls(connection, found.key, found.events) if found.archived_at else []
            if not found.archived_at:
                state = state_at(connection, self._tenant, found.key, session_id, found.events)
            kept = [each.public for each in snapshots.kept(cursor, found.key)]
            (saving,) = savings.load(cursor, [found.key])
        lines = whole(partial(self._read, found.key), self._tenant, session_id, found.events)
        if found.archived_at and self._open_vault:
            archived = read(self._tenant, session_id, kept_fulls, digest, self._open_vault)
            lines, state = archived.lines(), archived.state()
        folder = tracking.folder(session_id)
        path = f"{tracking.CONVERSATION_HISTORY}/{folder}.jsonl.gz"
        with _beside(self.root / path) as fresh:
            history.write(fresh, lines, found.events)
        manifest.files[path] = digest_of(self.root / path)
        entry = self._documents(folder, state, kept, policy_of(self._policy, saving.autosave), manifest)
        manifest.sessions[session_id] = Entry(events=found.events, digest=digest.hex(), history=path)
        return entry

    def _documents(
        self, folder: str, state: State, kept: list[Snapshot], policy: Policy, manifest: Manifest
    ) -> Mapping[str, Any]:
        """The documents of one session; returns its entry for the registry."""
        last_save = kept[0].created_at if kept else None
        entry = contents.context(state, policy=policy, last_save=last_save)
        at = state.updated_at
        shown = contents.project_state(state, at=at) if at else {}
        session_id = str(state.session_id)
        self._write(
            manifest, f"{tracking.CONTEXT_SNAPSHOTS}/{folder}.json", tracking.context_snapshots(session_id, shown)
        )
        points = {
            "recoveryPoints": {session_id: [point._asdict() for point in kept]},
            "state": state.model_dump(mode="json"),
        }
        self._write(manifest, f"{tracking.RECOVERY_POINTS}/{folder}.json", points)
        archive = f"{tracking.SESSION_ARCHIVE}/{folder}.json"
        if state.status in ENDED:
            self._write(manifest, archive, tracking.archived(entry))
        elif manifest.files.pop(archive, None):
            (self.root / archive).unlink(missing_ok=True)
        return entry

    def _read(self, key: int, after: int, upto: int) -> list[tuple[Any, ...]]:
        with transaction(self._engine) as connection:
            return savings.lines(log.cursor(connection), [savings.Range(key, after, upto)])[key]

    def _write_manifest(self, manifest: Manifest) -> None:
        with _beside(self.root / NAME) as fresh:
            fresh.write_bytes(manifest.dump())

    def _write(self, manifest: Manifest, path: str, value: Mapping[str, Any]) -> None:
        with _beside(self.root / path) as fresh:
            fresh.write_bytes(document(value))
        manifest.files[path] = digest_of(self.root / path)


def _entry(value: Mapping[str, Any]) -> Mapping[str, Any]:
    """An entry of a registry that anyone may have changed. Raises `KeyError` or `TypeError`."""
    if not all(isinstance(value[name], str) for name in ("id", "status", "created")):
        raise TypeError("an entry lacks what it must have")
    return value


@contextmanager
def _translated(root: Path) -> Iterator[None]:
    try:
        yield
    except HoldfastError:
        raise  # some of ours are OSErrors, too
    except OSError as error:
        raise InvalidInput("to", f"{root} cannot be written: {error.strerror or error}") from error


@contextmanager
def _beside(path: Path) -> Iterator[Path]:
    """A file beside this one that takes its place at the end of the block, on the disk."""
    fresh = path.with_name(f".{path.name}.new")
    try:
        yield fresh
        with fresh.open("rb+") as file:
            os.fsync(file.fileno())
        fresh.replace(path)
    finally:
        fresh.unlink(missing_ok=True)
