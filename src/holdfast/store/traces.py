"""Traces: a row for each session that came to rest, brought up to its log whenever it rests again."""

from holdfast.remembering.patterns import RECIPE, Trace
from holdfast.store.log import Cursor

__all__ = ["find", "keep", "newest"]


def find(cursor: Cursor, key: int) -> Trace | None:
    """The session's; None where there is none, or none of today's recipe."""
    cursor.execute("SELECT trace::text FROM traces WHERE session_key = %s AND recipe = %s", (key, RECIPE))
    found = cursor.fetchone()
    return None if found is None else Trace.of(found[0])


def keep(cursor: Cursor, tenant: str, key: int, trace: Trace) -> None:
    """Put the session's trace in the place of the one before. One that goes further stays as it is."""
    if trace.started_at is None:
        return
    cursor.execute(
        """
        INSERT INTO traces (session_key, tenant, user_id, upto, recipe, trace, started_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT (session_key) DO UPDATE
        SET user_id = EXCLUDED.user_id, upto = EXCLUDED.upto, recipe = EXCLUDED.recipe, trace = EXCLUDED.trace,
            started_at = EXCLUDED.started_at
        WHERE traces.upto < EXCLUDED.upto OR traces.recipe <> EXCLUDED.recipe
        """,
        (key, tenant, trace.user_id, trace.upto, RECIPE, trace.text(), trace.started_at),
    )


def newest(cursor: Cursor, tenant: str, user_id: str, limit: int) -> list[Trace]:
    """The user's, the newest first, at most so many. Those of another recipe are passed over."""
    cursor.execute(
        """
        SELECT trace::text FROM traces
        WHERE tenant = %s AND user_id = %s AND recipe = %s ORDER BY started_at DESC, session_key DESC LIMIT %s
        """,
        (tenant, user_id, RECIPE, limit),
    )
    return [Trace.of(text) for (text,) in cursor]
