"""One tenant's saves: taking, listing, reading back, checking and pinning them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine

from holdfast.blobs.vault import Vault
from holdfast.errors import InvalidInput, SessionNotFound, SnapshotNotFound
from holdfast.events import identifier, instant, name, whole
from holdfast.events.values import shown
from holdfast.pipeline import archived, checking
from holdfast.pipeline.capture import Saver
from holdfast.pipeline.fork import fork
from holdfast.pipeline.making import Order
from holdfast.pipeline.rebuild import state_at
from holdfast.pipeline.restored import Restored, restored
from holdfast.pipeline.revive import revive
from holdfast.pipeline.rules import Rules
from holdfast.saving.contents import content
from holdfast.saving.policy import policy_of
from holdfast.saving.snapshot import Snapshot
from holdfast.saving.tiers import TIERS, Tier
from holdfast.session import State
from holdfast.store import log, savings, sessions, snapshots
from holdfast.store.sessions import Listed
from holdfast.store.snapshots import Kept, Pin
from holdfast.store.transaction import transaction

__all__ = ["Saves"]

ASKED = "user-request"


class Saves:
    """One tenant's saves. Every method raises `SessionNotFound` for a session that is not there."""

    def __init__(self, engine: Engine, saver: Saver, open_vault: Callable[[], Vault], *, tenant: str) -> None:
        self._engine = engine
        self._saver = saver
        self._open_vault = open_vault
        self.tenant = tenant

    def save(self, session_id: str, tier: Tier) -> Snapshot:
        """Save what is committed, now and here; returns the snapshot when it was read back and is what it should be.

        Saved at the same event before, it is that snapshot that is returned. Raises `BlobsUnavailable`, `LogDamaged`.
        """
        key = self._find(session_id).key
        self._saver.save([Order(key, {_tier(tier): ASKED}, asked=True)])
        with transaction(self._engine) as connection:
            kept = snapshots.kept(log.cursor(connection), key)
            saved = next((each for each in kept if each.row.tier == tier), None)
            if saved is None:
                raise SessionNotFound(session_id, f"session {session_id!r} was forgotten while it was saved")
            found = checking.found(connection, self.tenant, key, session_id, saved)
        checking.check(found, self._open_vault, fresh=True)
        return saved.public

    def snapshots(self, session_id: str) -> list[Snapshot]:
        """A session's snapshots, the newest first."""
        with transaction(self._engine) as connection:
            key = sessions.find(connection, self.tenant, session_id, archived=True)[0].key
            return [each.public for each in snapshots.kept(log.cursor(connection), key)]

    def snapshot(self, session_id: str, point: str) -> Snapshot:
        """The snapshot of that recovery point. Raises `SnapshotNotFound`."""
        with transaction(self._engine) as connection:
            return self._kept(connection, session_id, point).public

    def state(self, session_id: str, at: int | datetime | str) -> State:
        """The state as it was after an event (its sequence number), at a time, or at a recovery point.

        Raises `SnapshotNotFound` for a recovery point that is not there, `SnapshotDamaged` where its row was altered,
        `InvalidInput` for what lies outside the log.
        """
        with transaction(self._engine) as connection:
            log.steady(connection)
            found, _ = sessions.find(connection, self.tenant, session_id)
            return state_at(connection, self.tenant, found.key, session_id, self._seq(connection, found, at))

    def content(self, session_id: str, point: str, tier: Tier | None = None) -> dict[str, Any]:
        """What a snapshot holds, as JSON in the shape of the guide: of its own tier, or of one that is asked for."""
        with transaction(self._engine) as connection:
            log.steady(connection)
            found, _ = sessions.find(connection, self.tenant, session_id)
            row = checking.check_row(self.tenant, session_id, self._kept(connection, session_id, point))
            state = state_at(connection, self.tenant, found.key, session_id, row.seq)
            (saving,) = savings.load(log.cursor(connection), [found.key])
        policy = policy_of(self._saver.policy, saving.autosave)
        at = row.created_at
        return content(state, row.tier if tier is None else _tier(tier), at=at, policy=policy, last_save=at)

    def restored(self, session_id: str, point: str) -> Restored:
        """The session out of this full snapshot alone: its blob and its segments, not the log."""
        with transaction(self._engine) as connection:
            kept = self._kept(connection, session_id, point)
        checking.check_row(self.tenant, session_id, kept)
        if kept.body is None:
            raise InvalidInput("point", f"{point} is a snapshot of tier {kept.row.tier}; only full ones stand alone")
        vault = self._open_vault()
        content = vault.get(kept.body.name, kept.body.address, key_id=kept.body.key_id)
        return restored(kept.body.name, content, vault.get)

    def verify(self, session_id: str, point: str) -> int:
        """Check a snapshot from its row to its last blob; returns how many parts there were.

        Raises `SnapshotDamaged`, `BlobDamaged` or `WrongKey`, naming the part.
        """
        with transaction(self._engine) as connection:
            log.steady(connection)
            kept = self._kept(connection, session_id, point)
            session, _ = sessions.find(connection, self.tenant, session_id, archived=True)
            found = checking.found(connection, self.tenant, session.key, session_id, kept)
        if session.archived_at is not None and found.log_digest is None:
            # A pinned one of before: its events have only its own word for their end.
            found = replace(found, log_digest=kept.row.log_digest)
        return checking.check(found, self._open_vault)

    def fork(
        self,
        session_id: str,
        at: int | datetime | str | None,
        *,
        new_id: str | None,
        agent: str | None,
        reason: str | None,
        rules: Rules,
    ) -> str:
        """A new session with the events of this one up to there, by default all; returns its id.

        Raises `SessionExists`, `SnapshotNotFound`, `LogDamaged`, and `InvalidInput` for what lies outside the log.
        """
        with transaction(self._engine) as connection:
            parent, _ = sessions.find(connection, self.tenant, session_id)
            seq = parent.events if at is None else self._seq(connection, parent, at)
            # In a transaction of its own: a long log must not keep other sessions from getting their ids.
            chosen = sessions.new_id(connection, self.tenant) if new_id is None else new_id
        point = at if isinstance(at, str) and at.startswith("RECOVERY-") else None
        said = {"from_session": parent.id, "at_seq": seq, "recovery_point": point, "reason": reason}
        with transaction(self._engine) as connection:
            fork(connection, self.tenant, parent, chosen, said, actor=agent or parent.agent, rules=rules)
        return chosen

    def archived(self, session_id: str) -> Restored:
        """An archived session, as its last full snapshot has it. Raises as `archived.read` does."""
        with transaction(self._engine) as connection:
            found, digest = sessions.find(connection, self.tenant, session_id, archived=True)
            fulls = archived.last_fulls(connection, found.key, found.events)
        return archived.read(self.tenant, session_id, fulls, digest, self._open_vault)

    def revive(self, session_id: str, rules: Rules) -> bool:
        """As `pipeline.revive.revive` says."""
        identifier("session_id", session_id)
        return revive(self._engine, self._open_vault, self.tenant, session_id, rules=rules)

    def pin(self, session_id: str, point: str | None, *, note: str | None = None) -> None:
        """Keep a snapshot for ever; without `point` all of the session's, those to come as well (a legal hold)."""
        if note is not None:
            name("note", note)
        with transaction(self._engine) as connection:
            key = self._pinnable(connection, session_id, point)
            snapshots.pin(log.cursor(connection), key, point or "", note)

    def unpin(self, session_id: str, point: str | None) -> None:
        """Let go of what was pinned: the next save of its tier prunes it if it is old."""
        with transaction(self._engine) as connection:
            key = self._pinnable(connection, session_id, point)
            if not snapshots.unpin(log.cursor(connection), key, point or ""):
                raise InvalidInput("point", f"{point or 'the session'} is not pinned")

    def pins(self, session_id: str) -> list[Pin]:
        """What is pinned of a session, the oldest first."""
        with transaction(self._engine) as connection:
            key = sessions.find(connection, self.tenant, session_id, archived=True)[0].key
            return snapshots.pins(log.cursor(connection), key)

    def _find(self, session_id: str) -> Listed:
        identifier("session_id", session_id)
        with transaction(self._engine) as connection:
            return sessions.find(connection, self.tenant, session_id)[0]

    def _pinnable(self, connection: Connection, session_id: str, point: str | None) -> int:
        key = sessions.find(connection, self.tenant, session_id, archived=True)[0].key
        snapshots.hold_still(log.cursor(connection), key)
        if point is not None:
            self._kept(connection, session_id, point)
        return key

    def _kept(self, connection: Connection, session_id: str, point: str) -> Kept:
        found, _ = sessions.find(connection, self.tenant, session_id, archived=True)
        kept = snapshots.kept(log.cursor(connection), found.key, point) if point.isprintable() else []
        if not kept:
            raise SnapshotNotFound(f"session {session_id!r} has no recovery point {shown(point)}")
        return kept[0]

    def _seq(self, connection: Connection, found: Listed, at: int | datetime | str) -> int:
        if isinstance(at, str) and at.startswith("RECOVERY-"):
            return checking.check_row(self.tenant, found.id, self._kept(connection, found.id, at)).seq
        if isinstance(at, int):
            return whole("at", at, 1, found.events)
        seq = snapshots.seq_at(log.cursor(connection), found.key, instant("at", at))
        if seq == 0:
            raise InvalidInput("at", f"session {found.id!r} began later, at {found.created_at.isoformat()}")
        return seq


def _tier(tier: Tier) -> Tier:
    if tier in TIERS:
        return tier
    raise InvalidInput("tier", f"must be one of {', '.join(TIERS)}, not {shown(tier)}")
