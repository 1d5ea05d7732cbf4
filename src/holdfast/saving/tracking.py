"""The tracking tree of the guide to persistence and recovery: where its files lie, and the documents in them.

    tracking/
    ├── sessions/   session-registry.json  active-sessions.json  session-archive/
    ├── snapshots/  context-snapshots/  conversation-history/  recovery-points/
    └── recovery/   recovery-protocols.json  recovery-logs/  emergency-backups/

An entry is what `contents.context` makes of a session.
"""

import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Any

__all__ = [
    "ACTIVE_SESSIONS",
    "CONTEXT_SNAPSHOTS",
    "CONVERSATION_HISTORY",
    "EMERGENCY_BACKUPS",
    "RECOVERY_LOGS",
    "RECOVERY_POINTS",
    "RECOVERY_PROTOCOLS",
    "SESSION_ARCHIVE",
    "SESSION_REGISTRY",
    "active_sessions",
    "archived",
    "context_snapshots",
    "folder",
    "recovery_protocols",
    "session_registry",
]

SESSION_REGISTRY = "tracking/sessions/session-registry.json"
ACTIVE_SESSIONS = "tracking/sessions/active-sessions.json"
SESSION_ARCHIVE = "tracking/sessions/session-archive"
CONTEXT_SNAPSHOTS = "tracking/snapshots/context-snapshots"
CONVERSATION_HISTORY = "tracking/snapshots/conversation-history"
RECOVERY_POINTS = "tracking/snapshots/recovery-points"
RECOVERY_PROTOCOLS = "tracking/recovery/recovery-protocols.json"
RECOVERY_LOGS = "tracking/recovery/recovery-logs"
EMERGENCY_BACKUPS = "tracking/recovery/emergency-backups"

SYSTEM_VERSION = "1.0"
"""The version of the guide."""

NO_SESSION = "SESSION-000000"
"""What the guide has for the last session where there is none."""

Entry = Mapping[str, Any]

_PLAIN = re.compile(r"SESSION-[0-9-]*[0-9]|(?!session-)[a-z0-9](?:[a-z0-9._-]*[a-z0-9_-])?")
"""Texts that are file names as they are. No two of them differ only in case, and none has a tilde in it."""

_DEVICES = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?")
"""Files that Windows takes for something else."""

_SLUG = 60
"""Characters of an id that a name shows when it has to tell it by a digest."""


def session_registry(entries: Iterable[Entry]) -> dict[str, Any]:
    """The registry of these sessions, which come in the order in which they were started."""
    sessions = {entry["id"]: entry for entry in entries}
    return {
        "sessionRegistry": {
            "metadata": {
                "totalSessions": len(sessions),
                "activeSessions": sum(_active(entry) for entry in sessions.values()),
                "lastSessionId": next(reversed(sessions), NO_SESSION),
                "systemVersion": SYSTEM_VERSION,
            },
            "sessions": sessions,
        }
    }


def active_sessions(entries: Iterable[Entry]) -> dict[str, Any]:
    """Those of these sessions that are active."""
    return {"activeSessions": {entry["id"]: entry for entry in entries if _active(entry)}}


def archived(entry: Entry) -> dict[str, Any]:
    """The archive's file of a session that has ended."""
    return {"sessionArchive": {entry["id"]: entry}}


def context_snapshots(session_id: str, snapshot: Mapping[str, Any]) -> dict[str, Any]:
    """The file of a session's context snapshot, which `contents.project_state` makes."""
    return {"contextSnapshots": {session_id: snapshot}}


def recovery_protocols() -> dict[str, Any]:
    """The three ways of recovering, as the guide has them."""
    return {
        "recoveryProtocols": {
            "quickRecovery": {
                "description": "Fast context restoration for same-day sessions",
                "timeLimit": "24 hours",
                "steps": [
                    "load-session-snapshot",
                    "restore-conversation-context",
                    "verify-project-state",
                    "resume-current-task",
                ],
                "estimatedTime": "30 seconds",
            },
            "fullRecovery": {
                "description": "Complete context reconstruction for older sessions",
                "timeLimit": "unlimited",
                "steps": [
                    "analyze-project-changes",
                    "rebuild-context-from-logs",
                    "update-knowledge-base",
                    "synchronize-with-current-state",
                    "generate-recovery-summary",
                ],
                "estimatedTime": "2-5 minutes",
            },
            "emergencyRecovery": {
                "description": "Minimal context for critical situations",
                "timeLimit": "unlimited",
                "steps": ["load-critical-project-info", "identify-urgent-tasks", "establish-basic-context"],
                "estimatedTime": "15 seconds",
            },
        }
    }


def folder(text: str) -> str:
    """A name for a folder or a file that stands for an id, of a session or of a tenant; no other id has the same.

    That holds where case does not count, too. An id of the usual kinds (`SESSION-240124-001`, a UUID) is its own name;
    of any other the name is what can be shown of it, a tilde, and a digest. At most 128 characters, all of them ASCII.
    """
    if _PLAIN.fullmatch(text) and not _DEVICES.fullmatch(text):
        return text
    shown = re.sub(r"[^a-z0-9]+", "-", text.lower())[:_SLUG].strip("-") or "id"
    return f"{shown}~{sha256(text.encode()).hexdigest()[:32]}"


def _active(entry: Entry) -> bool:
    return bool(entry["status"] == "active")
