"""Inspections: what somebody should look at, by session. A mark says why; it changes nothing of the session."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, select

from holdfast.store.log import Cursor
from holdfast.store.tables import Inspection as Table

__all__ = ["Inspection", "done", "listed", "note"]

PROBLEM_CHARACTERS = 300
"""As much of a problem as tells it from others: an entry of an index has at most 2,704 bytes."""


class Inspection(NamedTuple):
    """Why somebody should look at a session."""

    session_id: str
    code: str
    problem: str
    details: dict[str, Any]
    noted_at: datetime
    done_at: datetime | None
    """When somebody saw to it; None where nobody has since."""


def note(cursor: Cursor, tenant: str, session_id: str, found: Iterable[tuple[str, str, dict[str, Any]]]) -> None:
    """Mark the session with each (code, problem, details). What was noted before is brought up to date."""
    cursor.executemany(
        """
        INSERT INTO inspections (tenant, session_id, code, problem, details) VALUES (%s, %s, %s, %s, %s)
        ON CONFLICT (tenant, session_id, code, problem)
        DO UPDATE SET details = EXCLUDED.details, noted_at = now(), done_at = NULL
        """,
        [
            (tenant, session_id, code, _line(problem), orjson.dumps({"problem": problem, **details}).decode())
            for code, problem, details in found
        ],
    )


def listed(
    connection: Connection, tenant: str, *, session_id: str | None, everything: bool, limit: int
) -> list[Inspection]:
    """The marks of a session or of all, the newest first; `everything`: also those that were seen to."""
    query = select(Table).where(Table.tenant == tenant)
    if session_id is not None:
        query = query.where(Table.session_id == session_id)
    if not everything:
        query = query.where(Table.done_at.is_(None))
    query = query.order_by(Table.noted_at.desc(), Table.session_id, Table.code, Table.problem).limit(limit)
    rows = connection.execute(query).mappings()
    return [Inspection(**{name: row[name] for name in Inspection._fields}) for row in rows]


def done(cursor: Cursor, tenant: str, session_id: str) -> int:
    """Say that the session was seen to; returns how many marks that takes off."""
    cursor.execute(
        "UPDATE inspections SET done_at = now() WHERE tenant = %s AND session_id = %s AND done_at IS NULL",
        (tenant, session_id),
    )
    return cursor.rowcount


def _line(problem: str) -> str:
    """On one line, without what Postgres cannot hold."""
    return " ".join(problem.replace("\0", "\\0").split())[:PROBLEM_CHARACTERS]
