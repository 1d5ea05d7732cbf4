"""What is known of a user, out of the user's sessions and their log. Nothing of it is stored a second time."""

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection

from holdfast.events import Event
from holdfast.store import log

__all__ = ["Record", "last_at_work", "preferences", "record"]

# Which is the newest of a key is told by the reader: Postgres cannot look into data that has a \\u0000 somewhere.
PREFERENCES = f"""
    SELECT (SELECT id FROM sessions WHERE key = session_key), {log.COLUMNS}
    FROM events
    WHERE type = 'preference.stated'
      AND session_key IN (SELECT key FROM sessions WHERE tenant = %s AND user_id = %s)
      AND (NOT %s OR seq > (SELECT learned FROM sessions WHERE key = session_key))
    ORDER BY recorded_at, session_key, seq
"""  # noqa: S608  # constants


class Record(NamedTuple):
    """A user's sessions, in short."""

    last_session_id: str | None
    """The one that was started last; None for a user who was never here."""
    session_count: int


def record(connection: Connection, tenant: str, user_id: str) -> Record:
    """How many sessions the user has, and which is the newest."""
    rows = log.cursor(connection)
    rows.execute(
        """
        SELECT (SELECT id FROM sessions WHERE tenant = %(tenant)s AND user_id = %(user)s AND seq > 0
                ORDER BY created_at DESC, key DESC LIMIT 1),
               (SELECT count(*) FROM sessions WHERE tenant = %(tenant)s AND user_id = %(user)s AND seq > 0)
        """,
        {"tenant": tenant, "user": user_id},
    )
    return Record(*(rows.fetchone() or (None, 0)))


def last_at_work(connection: Connection, tenant: str, user_id: str) -> str | None:
    """The session in which the user was last at work, whatever its status; None where there is no such session.

    One in which nothing happened but its start, pauses and leases holds nothing to go on with, and is passed over. Of
    one that is archived its title tells, which it has from what was said.
    """
    rows = log.cursor(connection)
    rows.execute(
        """
        SELECT id FROM sessions s
        WHERE tenant = %s AND user_id = %s AND seq > 1 AND (
            EXISTS (
                SELECT FROM events e
                WHERE e.session_key = s.key AND split_part(e.type, '.', 1) NOT IN ('session', 'lease', 'save', 'memory')
            ) OR (archived_at IS NOT NULL AND (title IS NOT NULL OR summarised > 0))
        )
        ORDER BY last_activity_at DESC, key DESC LIMIT 1
        """,
        (tenant, user_id),
    )
    found = rows.fetchone()
    return None if found is None else found[0]


def preferences(connection: Connection, tenant: str, user_id: str, *, unlearned: bool = False) -> Iterator[Event]:
    """What the user ever said of how things should be, in all of the user's sessions, the oldest first.

    With `unlearned` only what no memory was made of yet. Between sessions the time of commit tells which was first, by
    the clock of the database.
    """
    rows = log.cursor(connection)
    rows.execute(PREFERENCES, (tenant, user_id, unlearned), binary=True)
    return (Event(*row) for row in rows)
