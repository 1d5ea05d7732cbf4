"""Remains: whatever the tables still hold of a person, looked for anew, by ids, by digests, and by content.

Nothing of it asks what a forgetting has written down that it removed.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Text

from holdfast.store.forgetting import DIGEST, NOBODY, starts_for
from holdfast.store.log import Cursor
from holdfast.store.tables import Base

__all__ = ["begun_since", "in_tables", "letters", "mentioned", "named_columns", "of_forgettings", "unregistered"]

PAGE = 500
"""Sessions whose events are gone through in one statement."""

OWN = frozenset(
    {
        ("sessions", "user_id"),
        ("traces", "user_id"),
        ("memories", "owner"),
        ("evidence", "owner"),
        ("dismissals", "owner"),
    }
)
"""Columns that say whose a row is."""


def begun_since(cursor: Cursor, tenant: str, user_id: str, since: datetime) -> list[int]:
    """The keys of a person's sessions that were begun after that."""
    cursor.execute(
        "SELECT key FROM sessions WHERE tenant = %s AND user_id = %s AND created_at > %s", (tenant, user_id, since)
    )
    return [key for (key,) in cursor]


def in_tables(cursor: Cursor, tenant: str, user_id: str, new: Sequence[int]) -> Iterator[tuple[str, str, int]]:
    """The rows that are the person's by the person's id, but for those of `new` sessions: where, what, count."""
    asked = {"tenant": tenant, "user": user_id, "new": list(new)}
    owned = "owner_kind = 'user' AND owner = %(user)s"
    elsewhere = "NOT EXISTS (SELECT FROM evidence e WHERE e.memory = memories.id AND e.session_key = ANY(%(new)s))"
    for table, condition in (
        ("sessions", "user_id = %(user)s AND key <> ALL(%(new)s)"),
        ("traces", "user_id = %(user)s AND session_key <> ALL(%(new)s)"),
        ("dismissals", f"{owned} AND cardinality(%(new)s::bigint[]) = 0"),
        ("evidence", f"{owned} AND session_key <> ALL(%(new)s)"),
        ("memories", f"{owned} AND {elsewhere}"),
    ):
        yield table, "of the person", _count(cursor, f"{table} WHERE tenant = %(tenant)s AND {condition}", asked)


def of_forgettings(cursor: Cursor, tenant: str, forgettings: Sequence[UUID]) -> Iterator[tuple[str, str, int]]:
    """What is left of the sessions that these have removed, by digests, and of their blobs: where, what, count."""
    asked = {"tenant": tenant, "nobody": NOBODY, "ids": list(forgettings)}
    mine = "tenant = %(tenant)s"
    of_theirs = f"""
        EXISTS (SELECT FROM forgotten f WHERE f.forgetting = ANY(%(ids)s)
                AND f.session = {DIGEST.format(tenant="%(tenant)s", id="{column}")})
    """
    marked = "EXISTS (SELECT FROM unnest(%(ids)s::uuid[]) AS forgetting WHERE starts_with(id, forgetting || '/'))"
    addresses = "SELECT unnest(blobs) FROM forgettings WHERE id = ANY(%(ids)s)"
    for table, what, condition in (
        ("sessions", "that were forgotten", f"{mine} AND {of_theirs.format(column='id')}"),
        ("inspections", "of sessions that were forgotten", f"{mine} AND {of_theirs.format(column='session_id')}"),
        (
            "dead_letters",
            "of sessions that were forgotten",
            f"({mine} OR tenant IS NULL) AND {of_theirs.format(column='session_id')}",
        ),
        ("sessions", "that are still being removed", f"tenant = %(nobody)s AND {marked}"),
        ("forgettings", "that are not done", "id = ANY(%(ids)s) AND done_at IS NULL"),
        ("blobs", "that were removed, and are registered again", f"address IN ({addresses})"),
        ("blobs", "of sessions that are not there", "written_for NOT IN (SELECT key FROM sessions)"),
    ):
        yield table, what, _count(cursor, f"{table} WHERE {condition}", asked)


def letters(cursor: Cursor, tenant: str, user_id: str) -> tuple[int, int]:
    """How many dead letters were to begin a session of the person, and how many others name the person's id."""
    cursor.execute("SELECT entry FROM dead_letters WHERE tenant = %s OR tenant IS NULL", (tenant,), binary=True)
    needles = [needle.encode() for needle in _needles(user_id)]
    own = others = 0
    for (entry,) in cursor:
        if b"session.started" in entry and starts_for(entry, user_id):
            own += 1
        elif any(needle in part for part in entry for needle in needles):
            others += 1
    return own, others


def mentioned(cursor: Cursor, tenant: str, user_id: str, *, after: int) -> tuple[int, int] | None:
    """How many events of the next sessions of others name the person's id, and the key of the last of these sessions.

    The id counts where it stands alone, not as a part of a longer word. None where there are no more sessions.
    """
    cursor.execute(
        "SELECT key FROM sessions WHERE tenant = %s AND user_id <> %s AND key > %s ORDER BY key LIMIT %s",
        (tenant, user_id, after, PAGE),
    )
    keys = [key for (key,) in cursor]
    if not keys:
        return None
    needles = _needles(user_id)
    cursor.execute(
        """
        SELECT count(*) FROM events e, LATERAL (
            SELECT concat_ws(' ', e.actor, e.conversation, e.data::text) AS text
        ) AS said
        WHERE e.session_key = ANY(%s)
          AND EXISTS (SELECT FROM unnest(%s::text[]) AS needle WHERE position(needle IN said.text) > 0)
          AND said.text ~ %s
        """,
        (keys, needles, f"(^|[^[:alnum:]_-])({'|'.join(map(_literal, needles))})($|[^[:alnum:]_-])"),
    )
    (count,) = cursor.fetchone() or (0,)
    return int(count), keys[-1]


def named_columns(cursor: Cursor, tenant: str, user_id: str) -> Iterator[tuple[str, str, int]]:
    """Every other column of the tenant's rows that is the person's id: where, what, count."""
    asked = {"tenant": tenant, "user": user_id}
    for table in Base.metadata.sorted_tables:
        names = table.columns.keys()
        if "tenant" in names:
            mine = "t.tenant = %(tenant)s"
        elif "session_key" in names and table.name != "events":  # `mentioned` reads those, in pages
            mine = "EXISTS (SELECT FROM sessions s WHERE s.key = t.session_key AND s.tenant = %(tenant)s)"
        else:
            continue
        for column in table.columns:
            if type(column.type) is Text and (table.name, column.name) not in OWN and column.name != "tenant":
                rows = f"{table.name} t WHERE {mine} AND t.{column.name} = %(user)s"
                yield table.name, f"rows whose {column.name} it is", _count(cursor, rows, asked)


def unregistered(cursor: Cursor, names: Sequence[str]) -> set[str]:
    """Which of these blobs the registry does not know."""
    cursor.execute(
        "SELECT name FROM unnest(%s::text[]) AS name WHERE NOT EXISTS (SELECT FROM blobs b WHERE b.name = name.name)",
        (list(names),),
    )
    return {name for (name,) in cursor}


def _count(cursor: Cursor, rows: str, asked: Mapping[str, object]) -> int:
    cursor.execute(f"SELECT count(*) FROM {rows}", asked)  # noqa: S608  # constants
    (count,) = cursor.fetchone() or (0,)
    return int(count)


def _needles(user_id: str) -> list[str]:
    """How an id may be written in JSON."""
    return sorted({user_id, json.dumps(user_id)[1:-1], json.dumps(user_id, ensure_ascii=False)[1:-1]})


def _literal(text: str) -> str:
    """Text for Postgres' regular expressions, in which a letter that is escaped means something else."""
    return re.sub(r"([^\w])", r"\\\1", text)
