"""Budgets: the rows of what may be used, locked, moved and listed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from holdfast.store.log import Cursor

__all__ = [
    "MOST",
    "Budget",
    "Place",
    "activate",
    "active_task",
    "at",
    "listed",
    "lock",
    "lock_campaigns",
    "make",
    "newest_task",
    "open_task",
    "serving",
    "told",
    "use",
    "write",
]

MOST = 2**61
"""No figure goes beyond it: the sum of any three still fits a column."""

COLUMNS = """
    key, level, owner, max_calls, max_tokens, told_calls, told_tokens, deadline, limited_at, calls_used, tokens_used,
    calls_reserved, tokens_reserved, calls_over, tokens_over, opened_seq, ended,
    coalesce(deadline <= clock_timestamp(), false)
"""


@dataclass(slots=True)
class Budget:
    """A row. Of calls and of tokens alike: `used` and `reserved` together never exceed `max`."""

    key: int
    level: str
    owner: str
    max_calls: int | None
    max_tokens: int | None
    told_calls: int | None
    """The limit as it was set: `max` is above it as long as more is set aside."""
    told_tokens: int | None
    deadline: datetime | None
    limited_at: datetime | None
    calls_used: int
    tokens_used: int
    calls_reserved: int
    tokens_reserved: int
    calls_over: int
    tokens_over: int
    opened_seq: int
    ended: bool
    is_late: bool
    """Whether its deadline has passed, by the database's clock."""

    @property
    def calls_left(self) -> int | None:
        """None: not limited."""
        return None if self.max_calls is None else self.max_calls - self.calls_used - self.calls_reserved

    @property
    def tokens_left(self) -> int | None:
        """None: not limited."""
        return None if self.max_tokens is None else self.max_tokens - self.tokens_used - self.tokens_reserved


@dataclass(frozen=True, slots=True)
class Place:
    """Where work is done: every budget that it counts in."""

    tenant: str
    session: int
    campaign: str | None
    task: str | None
    """None: the active one."""
    agent: str | None


def lock(cursor: Cursor, place: Place) -> list[Budget]:
    """Lock the budgets that are there of a place, always in the same order. The session must be locked before."""
    cursor.execute(
        f"""
        SELECT {COLUMNS} FROM budgets
        WHERE (tenant = %(tenant)s AND level = 'session' AND session_key = %(session)s AND owner = '')
           OR (tenant = %(tenant)s AND level = 'agent' AND session_key = %(session)s AND owner = %(agent)s)
           OR (tenant = %(tenant)s AND level = 'campaign' AND session_key IS NULL AND owner = %(campaign)s)
           OR key = (
               SELECT key FROM budgets
               WHERE session_key = %(session)s AND level = 'task'
                 AND (owner = %(task)s::text OR (%(task)s::text IS NULL AND active))
           )
        ORDER BY key
        FOR NO KEY UPDATE
        """,  # noqa: S608  # constants
        {
            "tenant": place.tenant,
            "session": place.session,
            "campaign": place.campaign,
            "task": place.task,
            "agent": place.agent,
        },
    )
    return [Budget(*row) for row in cursor]


def lock_campaigns(cursor: Cursor, campaigns: Sequence[tuple[str, str]], sessions: Sequence[int]) -> None:
    """Lock the budgets of these campaigns, of (tenant, id), making those that are not there, and of those in which
    these sessions have something set aside. In the order of `lock`.
    """
    tenants, owners = [tenant for tenant, _ in campaigns], [owner for _, owner in campaigns]
    cursor.execute(
        """
        INSERT INTO budgets (tenant, level, owner)
        SELECT tenant, 'campaign', owner FROM unnest(%s::text[], %s::text[]) AS n (tenant, owner)
        ORDER BY tenant, owner
        ON CONFLICT DO NOTHING
        """,
        (tenants, owners),
    )
    cursor.execute(
        """
        SELECT FROM budgets
        WHERE level = 'campaign' AND key IN (
            SELECT b.key FROM budgets b JOIN unnest(%s::text[], %s::text[]) n (tenant, owner) USING (tenant, owner)
            WHERE b.level = 'campaign' AND b.session_key IS NULL
            UNION ALL
            SELECT unnest(budgets) FROM reservations WHERE session_key = ANY(%s) AND status = 'open'
        )
        ORDER BY key
        FOR NO KEY UPDATE
        """,
        (tenants, owners, list(sessions)),
    )


def make(cursor: Cursor, tenant: str, session: int | None, level: str, owner: str) -> None:
    """Make a budget without limits, unless it is there."""
    cursor.execute(
        "INSERT INTO budgets (tenant, level, session_key, owner) VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
        (tenant, level, session, owner),
    )


def at(cursor: Cursor, tenant: str, session: int | None, level: str, owner: str) -> Budget | None:
    """Lock one budget."""
    cursor.execute(
        f"""
        SELECT {COLUMNS} FROM budgets
        WHERE tenant = %s AND level = %s AND session_key IS NOT DISTINCT FROM %s AND owner = %s
        FOR NO KEY UPDATE
        """,  # noqa: S608  # constants
        (tenant, level, session, owner),
    )
    row = cursor.fetchone()
    return None if row is None else Budget(*row)


def active_task(cursor: Cursor, session: int) -> str | None:
    """The session's active task."""
    cursor.execute("SELECT owner FROM budgets WHERE session_key = %s AND level = 'task' AND active", (session,))
    row = cursor.fetchone()
    return None if row is None else row[0]


def newest_task(cursor: Cursor, session: int) -> str | None:
    """The one of the session's open tasks that was opened last."""
    cursor.execute(
        """
        SELECT owner FROM budgets WHERE session_key = %s AND level = 'task' AND NOT ended
        ORDER BY opened_seq DESC LIMIT 1
        """,
        (session,),
    )
    row = cursor.fetchone()
    return None if row is None else row[0]


def activate(cursor: Cursor, session: int, owner: str | None) -> None:
    """Let this task be the active one, and no other."""
    cursor.execute(
        """
        UPDATE budgets SET active = owner IS NOT DISTINCT FROM %(owner)s
        WHERE session_key = %(session)s AND level = 'task' AND (active OR owner = %(owner)s)
        """,
        {"owner": owner, "session": session},
    )


def open_task(cursor: Cursor, tenant: str, session: int, owner: str, seq: int) -> None:
    """The task is open from this event on, without limits, unless it is open already."""
    cursor.execute(
        """
        INSERT INTO budgets (tenant, level, session_key, owner, opened_seq) VALUES (%s, 'task', %s, %s, %s)
        ON CONFLICT (tenant, level, session_key, owner) DO UPDATE
        SET ended = false, opened_seq = EXCLUDED.opened_seq, max_calls = NULL, max_tokens = NULL, told_calls = NULL,
            told_tokens = NULL, deadline = NULL, calls_used = 0, tokens_used = 0, calls_over = 0, tokens_over = 0
        WHERE budgets.ended
        """,
        (tenant, session, owner, seq),
    )


USED = ", ".join(
    f"""
    {of}_reserved = b.{of}_reserved - aside.{of},
    {of}_used = greatest(0, least(
        {MOST}, b.{of}_used + b.{of}_over + %({of})s::bigint, b.told_{of} - b.{of}_reserved + aside.{of})),
    {of}_over = least({MOST}, b.{of}_used + b.{of}_over + %({of})s::bigint) - greatest(0, least(
        {MOST}, b.{of}_used + b.{of}_over + %({of})s::bigint, b.told_{of} - b.{of}_reserved + aside.{of})),
    max_{of} = b.told_{of} + greatest(0, b.{of}_reserved - aside.{of} - b.told_{of})
    """
    for of in ("calls", "tokens")
)
"""What becomes of a budget `b` when what was set `aside` is over, and that much was used: as much of all that was used
counts as used as the limit has room for beside what is still set aside. A null is never the least."""


def use(cursor: Cursor, keys: Sequence[int], calls: int, tokens: int) -> None:
    """Count what was used without having been reserved, in budgets that are locked."""
    cursor.execute(
        f"""
        UPDATE budgets b SET {USED} FROM (SELECT 0::bigint AS calls, 0::bigint AS tokens) aside
        WHERE b.key = ANY(%(keys)s)
        """,  # noqa: S608  # constants
        {"keys": list(keys), "calls": calls, "tokens": tokens},
    )


def write(cursor: Cursor, budgets: Sequence[Budget]) -> None:
    """Write back the figures, the limits and the life of budgets that are locked."""
    cursor.execute(
        """
        UPDATE budgets b
        SET max_calls = n.max_calls, max_tokens = n.max_tokens, told_calls = n.told_calls,
            told_tokens = n.told_tokens, deadline = n.deadline, limited_at = n.limited_at, calls_used = n.calls_used,
            tokens_used = n.tokens_used, calls_reserved = n.calls_reserved, tokens_reserved = n.tokens_reserved,
            calls_over = n.calls_over, tokens_over = n.tokens_over, opened_seq = n.opened_seq, ended = n.ended
        FROM unnest(
            %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::timestamptz[],
            %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[],
            %s::boolean[]
        ) AS n (
            key, max_calls, max_tokens, told_calls, told_tokens, deadline, limited_at, calls_used, tokens_used,
            calls_reserved, tokens_reserved, calls_over, tokens_over, opened_seq, ended
        )
        WHERE b.key = n.key
        """,
        [
            list(column)
            for column in zip(
                *(
                    (
                        each.key,
                        each.max_calls,
                        each.max_tokens,
                        each.told_calls,
                        each.told_tokens,
                        each.deadline,
                        each.limited_at,
                        each.calls_used,
                        each.tokens_used,
                        each.calls_reserved,
                        each.tokens_reserved,
                        each.calls_over,
                        each.tokens_over,
                        each.opened_seq,
                        each.ended,
                    )
                    for each in budgets
                ),
                strict=True,
            )
        ],
    )


def serving(cursor: Cursor, tenant: str, campaign: str) -> list[tuple[str, Budget]]:
    """The sessions that serve a campaign now, by id, each with its own budget."""
    cursor.execute(
        f"""
        SELECT id, {COLUMNS} FROM (
            SELECT s.id, s.created_at, b.* FROM sessions s JOIN budgets b ON b.session_key = s.key
            WHERE s.tenant = %(tenant)s AND s.campaign = %(campaign)s AND b.level = 'session'
        ) b
        ORDER BY created_at, key
        """,  # noqa: S608  # constants
        {"tenant": tenant, "campaign": campaign},
    )
    return [(row[0], Budget(*row[1:])) for row in cursor]


def told(cursor: Cursor, session: int, upto: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """What a session's log says, up to there, of what it used and whom it served: types of events, and their data."""
    cursor.execute(
        """
        SELECT type, data FROM events
        WHERE session_key = %s AND seq < %s
          AND type IN ('campaign.updated', 'compute.reserved', 'compute.settled', 'compute.released')
        ORDER BY seq
        """,
        (session, upto),
    )
    yield from cursor


def listed(cursor: Cursor, tenant: str, *, session: int | None = None, campaign: str | None = None) -> list[Budget]:
    """The budgets of a campaign, or of a session and the campaign that it serves, from the widest to the narrowest."""
    cursor.execute(
        f"""
        SELECT {COLUMNS} FROM budgets
        WHERE tenant = %(tenant)s
          AND (session_key = %(session)s OR (
              level = 'campaign' AND session_key IS NULL
              AND owner = coalesce(%(campaign)s, (SELECT s.campaign FROM sessions s WHERE s.key = %(session)s))
          ))
        ORDER BY array_position(ARRAY['campaign', 'session', 'task', 'agent'], level), opened_seq, owner
        """,  # noqa: S608  # constants
        {"tenant": tenant, "session": session, "campaign": campaign},
    )
    return [Budget(*row) for row in cursor]
