"""Memories as rows: what their evidence comes to, to be found and listed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from holdfast.remembering.memory import Memory
from holdfast.remembering.memory.lasting import HALF_LIVES, TEMPORARY_HALF_LIFE
from holdfast.store.evidence import OWNER, Subject
from holdfast.store.log import Cursor

__all__ = [
    "CONFIDENCE",
    "STATUS",
    "Owner",
    "Place",
    "Wanted",
    "end",
    "find",
    "listed",
    "of_session",
    "of_subjects",
    "owners",
    "put",
    "remove",
    "where",
]

Place = tuple[datetime, int, str]
"""Where a memory stands in listings: when it was last seen, zero, its id."""

COLUMNS = """
    id::text, owner_kind, owner, kind, name, value, text, {confidence}, source, {status}, temporary, first_seen,
    last_seen, expires_at, replaces::text[], contradicts::text[]
"""

CONFIDENCE = f"""
    confidence * 0.5 ^ (greatest(0, extract(epoch FROM now() - last_seen)::float8) / CASE
        WHEN temporary THEN {TEMPORARY_HALF_LIFE.total_seconds()}
        {" ".join(f"WHEN kind = '{kind}' THEN {half.total_seconds()}" for kind, half in HALF_LIVES.items())}
    END)
"""
"""What is left of it now: `remembering.memory.lasting.faded`."""

STATUS = "CASE WHEN expires_at <= now() THEN 'expired' ELSE status END"

AS_STORED = COLUMNS.format(confidence="confidence", status="status")
NOW = COLUMNS.format(confidence=CONFIDENCE, status=STATUS)


class Owner(NamedTuple):
    """A user or a campaign."""

    kind: str
    id: str


class Wanted(NamedTuple):
    """Which memories are asked for. What is None lets all through."""

    owners: tuple[Owner, ...] | None = None
    kind: str | None = None
    key: str | None = None
    statuses: tuple[str, ...] | None = None
    since: datetime | None = None
    """Last seen then, or later."""
    min_confidence: float = 0.0
    """As of now."""


ANY = Wanted()


def where(tenant: str, wanted: Wanted) -> tuple[str, dict[str, object]]:
    """The condition that these are, and its values by name."""
    chosen = ["tenant = %(tenant)s"]
    values: dict[str, object] = {"tenant": tenant}
    owners = wanted.owners
    if owners is not None:
        values |= {"kinds": [owner.kind for owner in owners], "owners": [owner.id for owner in owners]}
        # One owner is found by the index's order, which a list of them would lose.
        one = "owner_kind = (%(kinds)s::text[])[1] AND owner = (%(owners)s::text[])[1]"
        several = "(owner_kind, owner) IN (SELECT * FROM unnest(%(kinds)s::text[], %(owners)s::text[]))"
        chosen.append(one if len(owners) == 1 else several)
    for name, condition, value in (
        ("kind", "kind = %(kind)s", wanted.kind),
        ("key", "name = %(key)s", wanted.key),
        ("statuses", f"{STATUS} = ANY(%(statuses)s)", None if wanted.statuses is None else list(wanted.statuses)),
        ("since", "last_seen >= %(since)s", wanted.since),
        ("sure", f"{CONFIDENCE} >= %(sure)s", wanted.min_confidence or None),
    ):
        if value is not None:
            chosen.append(condition)
            values[name] = value
    return " AND ".join(chosen), values


def find(cursor: Cursor, tenant: str, ids: Sequence[str], wanted: Wanted = ANY) -> list[Memory]:
    """Those of these ids that are there, as of now, without their evidence; in no order."""
    condition, values = where(tenant, wanted)
    # Apart, or Postgres would also ask another index, for all that an owner has.
    cursor.execute(
        f"""
        WITH these AS MATERIALIZED (SELECT * FROM memories WHERE id = ANY(%(ids)s::uuid[]))
        SELECT {NOW} FROM these WHERE {condition}
        """,  # noqa: S608  # constants
        {**values, "ids": list(ids)},
    )
    return [_memory(row) for row in cursor]


def listed(cursor: Cursor, tenant: str, wanted: Wanted, *, before: Place | None, limit: int) -> list[Memory]:
    """As of now, what was seen last first, without their evidence."""
    condition, values = where(tenant, wanted)
    if before is not None:
        condition += " AND (last_seen, id) < (%(at)s, %(id)s::uuid)"
        values |= {"at": before[0], "id": before[2]}
    cursor.execute(
        f"SELECT {NOW} FROM memories WHERE {condition} ORDER BY last_seen DESC, id DESC LIMIT %(limit)s",  # noqa: S608  # constants
        {**values, "limit": limit},
    )
    return [_memory(row) for row in cursor]


def of_subjects(cursor: Cursor, tenant: str, subjects: Sequence[Subject]) -> dict[Subject, list[Memory]]:
    """The memories of these subjects as they are stored, with their confidence as of when they were last seen."""
    cursor.execute(
        f"""
        SELECT {AS_STORED}
        FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[]) AS asked (owner_kind, owner, kind, name)
        JOIN memories USING (owner_kind, owner, kind, name)
        WHERE tenant = %s
        """,  # noqa: S608  # constants
        (*(list(column) for column in zip(*subjects, strict=True)), tenant),
    )
    found: dict[Subject, list[Memory]] = {subject: [] for subject in subjects}
    for row in cursor:
        memory = _memory(row)
        found[Subject(memory.owner_kind, memory.owner, memory.kind, memory.key)].append(memory)
    return found


def of_session(cursor: Cursor, tenant: str, key: int) -> list[tuple[Memory, bool]]:
    """What a session speaks for, as of now, the surest first; and whether no other session does."""
    cursor.execute(
        f"""
        SELECT {NOW}, NOT EXISTS (
            SELECT FROM evidence e WHERE e.memory = m.id AND e.stance = 'for' AND e.session_key <> %(key)s
        )
        FROM memories m
        WHERE tenant = %(tenant)s AND id IN (
            SELECT memory FROM evidence WHERE session_key = %(key)s AND stance = 'for'
        )
        """,  # noqa: S608  # constants
        {"tenant": tenant, "key": key},
    )
    found = [(_memory(row[:-1]), row[-1]) for row in cursor]
    return sorted(found, key=lambda each: (-each[0].confidence, each[0].id))


def put(cursor: Cursor, tenant: str, memories: Sequence[Memory]) -> None:
    """Write these down, each in the place of what was there of its id."""
    cursor.executemany(
        """
        INSERT INTO memories AS m (tenant, id, owner_kind, owner, kind, name, value, text, confidence, source, status,
                                   temporary, first_seen, last_seen, expires_at, replaces, contradicts)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::uuid[], %s::uuid[])
        ON CONFLICT (id) DO UPDATE SET
            value = EXCLUDED.value, text = EXCLUDED.text, confidence = EXCLUDED.confidence, source = EXCLUDED.source,
            status = EXCLUDED.status, temporary = EXCLUDED.temporary, first_seen = EXCLUDED.first_seen,
            last_seen = EXCLUDED.last_seen, expires_at = EXCLUDED.expires_at, replaces = EXCLUDED.replaces,
            contradicts = EXCLUDED.contradicts
        """,
        [
            (
                tenant,
                each.id,
                each.owner_kind,
                each.owner,
                each.kind,
                each.key,
                orjson.dumps(each.value).decode(),
                each.text,
                each.confidence,
                each.source,
                each.status,
                each.temporary,
                each.first_seen,
                each.last_seen,
                each.expires_at,
                list(each.replaces),
                list(each.contradicts),
            )
            for each in memories
        ],
    )


def owners(cursor: Cursor, tenant: str, *, after: Owner, limit: int) -> list[Owner]:
    """Who has memories, in order, behind that one."""
    cursor.execute(
        """
        SELECT DISTINCT owner_kind, owner FROM memories
        WHERE tenant = %s AND (owner_kind, owner) > (%s, %s) ORDER BY 1, 2 LIMIT %s
        """,
        (tenant, *after, limit),
    )
    return [Owner(*row) for row in cursor]


def campaign_of(cursor: Cursor, key: int) -> str | None:
    """The id of the campaign that a session serves now."""
    cursor.execute("SELECT campaign FROM sessions WHERE key = %s", (key,))
    row = cursor.fetchone()
    return None if row is None else row[0]


def remove(cursor: Cursor, tenant: str, ids: Sequence[str]) -> None:
    """Delete the rows of these."""
    cursor.execute("DELETE FROM memories WHERE id = ANY(%s::uuid[]) AND tenant = %s", (list(ids), tenant))


def end(cursor: Cursor, limit: int) -> tuple[int, dict[str, list[Subject]]]:
    """Delete memories whose time is over, the first first, with their evidence; how many there were, and of what.

    Owners whose memories are just being changed are left for the next time.
    """
    cursor.execute(
        f"""
        WITH due AS MATERIALIZED (
            SELECT id, tenant, owner_kind, owner FROM memories WHERE expires_at <= now() ORDER BY expires_at LIMIT %s
        ), owners AS MATERIALIZED (
            SELECT DISTINCT tenant, owner_kind, owner FROM due
        ), free AS MATERIALIZED (
            SELECT * FROM owners WHERE pg_try_advisory_xact_lock({OWNER.format(tenant="tenant")})
        ), gone AS (
            DELETE FROM memories m USING due JOIN free USING (tenant, owner_kind, owner)
            WHERE m.id = due.id AND m.expires_at <= now()
            RETURNING m.id, m.tenant, m.owner_kind, m.owner, m.kind, m.name
        ), lost AS (
            DELETE FROM evidence e USING gone WHERE e.memory = gone.id
        )
        SELECT tenant, owner_kind, owner, kind, name, count(*) FROM gone GROUP BY tenant, owner_kind, owner, kind, name
        """,  # noqa: S608  # constants
        (limit,),
    )
    subjects: dict[str, list[Subject]] = {}
    count = 0
    for tenant, *subject, ended in cursor:
        subjects.setdefault(tenant, []).append(Subject(*subject))
        count += ended
    return count, subjects


def _memory(row: Sequence[Any]) -> Memory:
    *fields, replaces, contradicts = row
    return Memory(*(*fields, tuple(replaces), tuple(contradicts)))
