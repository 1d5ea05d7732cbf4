"""Runs: which range of which session was learned from, by which recipe, and what was undone since."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from holdfast.events import Event
from holdfast.store import log, timers
from holdfast.store.log import Cursor
from holdfast.store.memories import Owner

__all__ = [
    "New",
    "Place",
    "Run",
    "Source",
    "add",
    "campaign",
    "concerns",
    "find",
    "learned",
    "listed",
    "lock_session",
    "named",
    "reached",
    "recalls",
    "source",
    "undo",
    "unlearned",
]

Place = tuple[datetime, int, str]
"""Where a run stands in listings: when it was made, zero, its id."""

COLUMNS = "r.id::text, s.id, r.first, r.upto, r.recipe, r.findings, r.made_at, r.undone_at"


class Run(NamedTuple):
    """An extraction over a range of a session's log."""

    id: str
    session_id: str
    first: int
    upto: int
    recipe: str
    findings: int
    """How much evidence it found, whether or not that is still there."""
    made_at: datetime
    undone_at: datetime | None

    @property
    def place(self) -> Place:
        """Where it stands in listings."""
        return self.made_at, 0, self.id


class New(NamedTuple):
    """A run that is to be written down."""

    id: UUID
    first: int
    upto: int
    recipe: str
    campaign: str | None
    """Which the session served at the range's end."""
    findings: int


class Source(NamedTuple):
    """A session that is learned from."""

    key: int
    id: str
    user_id: str
    events: int
    learned: int
    """Up to where it was learned from."""
    status: str


def lock_session(cursor: Cursor, tenant: str, session_id: str) -> None:
    """Let nobody else learn from this session until the transaction ends. Its events can be appended meanwhile."""
    cursor.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended(concat_ws(E'\\x1f', 'learn', %s::text, %s::text), 5))",
        (tenant, session_id),
    )


def named(cursor: Cursor, keys: Sequence[int]) -> list[tuple[int, str, str]]:
    """Key, tenant and id of these sessions, as far as they are there."""
    cursor.execute("SELECT key, tenant, id FROM sessions WHERE key = ANY(%s) ORDER BY key", (list(keys),))
    return list(cursor)


def source(cursor: Cursor, tenant: str, session_id: str) -> Source | None:
    """The session as it is now; None where its events are not here, as those of an archived one."""
    cursor.execute(
        "SELECT key, id, user_id, seq, learned, status FROM sessions WHERE tenant = %s AND id = %s AND seq > 0 "
        "AND archived_at IS NULL",
        (tenant, session_id),
    )
    row = cursor.fetchone()
    return None if row is None else Source(*row)


def campaign(cursor: Cursor, key: int, upto: int) -> str | None:
    """The id of the campaign that the session served behind that event."""
    cursor.execute("SELECT campaign FROM runs WHERE session_key = %s AND upto = %s LIMIT 1", (key, upto))
    row = cursor.fetchone()
    if row is not None or not upto:
        return None if row is None else row[0]
    # Nobody has learned from what was before, as in a fork. Its log is read backwards, once.
    cursor.execute(
        """
        SELECT data FROM events WHERE session_key = %s AND seq <= %s AND type || '' = 'campaign.updated'
        ORDER BY seq DESC
        """,
        (key, upto),
    )
    return next((data["gtm_id"] for (data,) in cursor if data.get("gtm_id")), None)


def recalls(cursor: Cursor, key: int, session_id: str, upto: int, types: Sequence[str]) -> Iterator[Event]:
    """The events of these types from where something was first given back from memory, up to that event."""
    cursor.execute(
        f"""
        SELECT %s, {log.COLUMNS} FROM events
        WHERE session_key = %s AND seq <= %s AND type = ANY(%s) AND seq >= (
            SELECT min(seq) FROM events WHERE session_key = %s AND type = 'memory.recalled'
        )
        ORDER BY seq
        """,  # noqa: S608  # constants
        (session_id, key, upto, list(types), key),
        binary=True,
    )
    return (Event(*row) for row in cursor)


def add(cursor: Cursor, tenant: str, key: int, run: New) -> bool:
    """Write a run down. False where this range was learned from before by the same recipe."""
    cursor.execute(
        """
        INSERT INTO runs (tenant, session_key, id, first, upto, recipe, campaign, findings)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING
        """,
        (tenant, key, *run),
    )
    return cursor.rowcount > 0


def reached(cursor: Cursor, key: int, run: New) -> int:
    """Up to where the run goes that began there by the same recipe."""
    cursor.execute(
        "SELECT upto FROM runs WHERE session_key = %s AND recipe = %s AND first = %s", (key, run.recipe, run.first)
    )
    (upto,) = cursor.fetchone() or (run.upto,)
    return int(upto)


def learned(cursor: Cursor, key: int, upto: int, *, behind: bool = False) -> None:
    """Write down up to where the session was learned from, and, unless it is `behind`, that nothing is due.

    To be called last: it may have to wait for an append, and one may have to wait for it.
    """
    cursor.execute("UPDATE sessions SET learned = greatest(learned, %s) WHERE key = %s", (upto, key))
    if behind:
        return
    timers.clear(cursor, [key], timers.LEARN)
    # An append that was committed while this waited may have found the timer set, and left it to us.
    cursor.execute(
        """
        SELECT FROM sessions s WHERE key = %s AND status <> 'active' AND EXISTS (
            SELECT FROM events WHERE session_key = s.key AND seq > s.learned
        )
        """,
        (key,),
    )
    if cursor.fetchone() is not None:
        timers.set_after(cursor, [key], timers.LEARN, 0.0)


def find(cursor: Cursor, tenant: str, run_id: str, *, lock: bool = False) -> Run | None:
    """The run of that id."""
    cursor.execute(
        f"SELECT {COLUMNS} FROM runs r JOIN sessions s ON s.key = r.session_key WHERE r.tenant = %s AND r.id = %s"  # noqa: S608  # constants
        + (" FOR NO KEY UPDATE OF r" if lock else ""),
        (tenant, run_id),
    )
    row = cursor.fetchone()
    return None if row is None else Run(*row)


def concerns(cursor: Cursor, tenant: str, run_id: str, owners: Sequence[Owner] | None) -> bool:
    """Whether there is that run, and it is one of those that are listed for these owners."""
    condition, values = _of(owners)
    cursor.execute(
        "SELECT FROM runs r JOIN sessions s ON s.key = r.session_key"
        f" WHERE r.tenant = %(tenant)s AND r.id = %(run)s AND {condition}",
        {"tenant": tenant, "run": run_id, **values},
    )
    return cursor.fetchone() is not None


def _of(owners: Sequence[Owner] | None) -> tuple[str, dict[str, object]]:
    if owners is None:
        return "true", {}
    return "(s.user_id = ANY(%(users)s) OR r.campaign = ANY(%(campaigns)s))", {
        "users": [owner.id for owner in owners if owner.kind == "user"],
        "campaigns": [owner.id for owner in owners if owner.kind == "campaign"],
    }


def undo(cursor: Cursor, run_id: str) -> None:
    """Write down that what the run found counts no more."""
    cursor.execute("UPDATE runs SET undone_at = clock_timestamp() WHERE id = %s AND undone_at IS NULL", (run_id,))


def listed(
    cursor: Cursor,
    tenant: str,
    *,
    owners: Sequence[Owner] | None,
    session_id: str | None,
    before: Place | None,
    limit: int,
) -> Sequence[Run]:
    """Runs, the newest first: of a session, and of those of a user or a campaign."""
    condition, values = _of(owners)
    chosen = ["r.tenant = %(tenant)s", condition]
    values |= {"tenant": tenant, "limit": limit}
    if session_id is not None:
        chosen.append("(s.tenant, s.id) = (r.tenant, %(session)s)")
        values["session"] = session_id
    if before is not None:
        chosen.append("(r.made_at, r.id) < (%(at)s, %(id)s::uuid)")
        values |= {"at": before[0], "id": before[2]}
    cursor.execute(
        f"SELECT {COLUMNS} FROM runs r JOIN sessions s ON s.key = r.session_key WHERE {' AND '.join(chosen)}"  # noqa: S608  # constants
        " ORDER BY r.made_at DESC, r.id DESC LIMIT %(limit)s",
        values,
    )
    return [Run(*row) for row in cursor]


def unlearned(cursor: Cursor, tenant: str, *, after: int, limit: int) -> list[tuple[int, str]]:
    """Sessions that rest and have events which nobody has learned from: key and id, in the order of their keys."""
    cursor.execute(
        """
        SELECT key, id FROM sessions
        WHERE tenant = %s AND key > %s AND seq > learned AND status <> 'active' AND archived_at IS NULL
        ORDER BY key LIMIT %s
        """,
        (tenant, after, limit),
    )
    return list(cursor)
