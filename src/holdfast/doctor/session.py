"""One session, examined now: its log, its snapshots, what was refused of it, who holds it. Nothing is changed."""

from holdfast.doctor.finding import Finding
from holdfast.errors import BlobDamaged, LogDamaged, SessionNotFound, SnapshotDamaged, SnapshotNotFound, WrongKey
from holdfast.saving.snapshot import Snapshot
from holdfast.service import Service

__all__ = ["examine_session"]


def examine_session(service: Service, session_id: str) -> list[Finding]:
    """A finding a part. Raises `StoreUnavailable`, and `BlobsUnavailable` where snapshots cannot be looked at."""
    return [*_itself(service, session_id), _letters(service, session_id)]


def _itself(service: Service, session_id: str) -> list[Finding]:
    try:
        events = service.find(session_id).events
        snapshots = service.saves.snapshots(session_id)
    except SessionNotFound as error:
        advice = "Look for it in the second location: holdfast restore --help"
        return [Finding("session", "ill", error.message, advice)]
    found = [_log(service, session_id, events)]
    found += [each for one in snapshots if (each := _snapshot(service, session_id, one))]
    return [*found, _lease(service, session_id)]


def _log(service: Service, session_id: str, events: int) -> Finding:
    try:
        verified = service.verify(session_id)
    except (LogDamaged, SnapshotDamaged, BlobDamaged) as error:
        advice = f"See what can be had all the same: holdfast recover {session_id} --mode full --no-record"
        return Finding("log", "ill", error.message, advice, {"events": events})
    return Finding("log", "ok", f"{verified:,} events, and the chain verifies", facts={"events": verified})


def _snapshot(service: Service, session_id: str, one: Snapshot) -> Finding | None:
    try:
        parts = service.saves.verify(session_id, one.id)
    except SnapshotNotFound:  # pruned meanwhile
        return None
    except WrongKey as error:
        return Finding(one.id, "unknown", error.message, "Set HOLDFAST_BLOB_KEYS to all keys that were ever in use")
    except (SnapshotDamaged, BlobDamaged) as error:
        advice = f"Save the session anew: holdfast snapshots save {session_id}"
        return Finding(one.id, "ill", error.message, advice, {"code": error.code})
    return Finding(one.id, "ok", f"{parts:,} parts, each of them what was saved", facts={"parts": parts})


def _letters(service: Service, session_id: str) -> Finding:
    count = service.inspections.dead_letters(session_id)
    facts = {"count": count}
    if not count:
        return Finding("dead letters", "ok", "none", facts=facts)
    advice = f"holdfast dead-letters list --session {session_id}"
    return Finding("dead letters", "warning", f"{count:,}: events that the log did not accept", advice, facts)


def _lease(service: Service, session_id: str) -> Finding:
    found = service.find(session_id)
    facts = {"holder": found.holder, "until": found.held_until, "fence": found.fence, "shared": found.shared}
    if found.holder is None:
        text = "nobody: it is shared by many agents" if found.shared else "nobody"
        return Finding("lease", "ok", f"{text}; the fence is {found.fence}", facts=facts)
    until = f" until {found.held_until:%Y-%m-%d %H:%M:%S} UTC" if found.held_until else ""
    return Finding("lease", "ok", f"held by {found.holder}{until}; the fence is {found.fence}", facts=facts)
