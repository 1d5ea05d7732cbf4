"""Finding memories by words. What it costs does not grow with how many there are, nor with how common a word is.

The newest memories of each owner are looked at one by one; words that are common are found there. Only for those that
are rare there the index of words is asked, which holds each owner's apart.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from holdfast.store.log import Cursor
from holdfast.store.memories import Wanted, where

__all__ = ["Found", "by_words"]

NEWEST = 1000
"""Memories of an owner that are looked at one by one."""

ENOUGH = 2
"""How many times as many as are asked for are enough: then older ones are left alone."""

MOST = 2000
"""Rows that the index of words may lead to in one search."""

EVERY = "websearch_to_tsquery('english', %(text)s::text)"
EITHER = "replace(plainto_tsquery('english', %(wanted)s::text)::text, ' & ', ' | ')::tsquery"
UNLESS = "!! replace(plainto_tsquery('english', %(unwanted)s::text)::text, ' & ', ' | ')::tsquery"
# What excludes a word excludes it in any case; of the others one may do. Nothing is found where only words are
# excluded.
SOME = f"CASE WHEN numnode({EITHER}) > 0 THEN {EITHER} && {UNLESS} ELSE ''::tsquery END"
ALL = f"CASE WHEN numnode({EITHER}) > 0 THEN {EVERY} ELSE ''::tsquery END"

RANK = "ts_rank(search, several) * CASE WHEN search @@ every THEN 1.0 ELSE 0.5 END"

UNWANTED = re.compile(r'(?:^|\s)-(?:"([^"]*)"|(\S+))')


class Found(NamedTuple):
    """A memory, and how well it fits the words."""

    id: str
    rank: float
    every: bool
    """Whether all the words are in it, and not only some."""


def by_words(cursor: Cursor, tenant: str, wanted: Wanted, text: str, limit: int, *, least: int) -> list[Found]:
    """At most `limit` memories in which these words are, the best first.

    The words are those of a web search: all must be there, "several words" in this order, `or` between them, -without.
    Where fewer than `least` have them all, those come behind that have some.
    """
    asked, enough = _asked(text), least * ENOUGH
    found, complete = _newest(cursor, tenant, wanted, asked, limit)
    every = sum(each.every for each in found)
    if not complete and every < enough:
        found = _merged(found, _indexed(cursor, tenant, wanted, asked, limit, ALL))
        every = sum(each.every for each in found)
        if every < least and len(found) < enough:
            found = _merged(found, _indexed(cursor, tenant, wanted, asked, limit, SOME))
    if every >= least:
        found = [each for each in found if each.every]
    return found[:limit]


def _asked(text: str) -> dict[str, object]:
    unwanted = " ".join(first or second for first, second in UNWANTED.findall(text))
    return {"text": text, "wanted": UNWANTED.sub(" ", text), "unwanted": unwanted}


def _newest(
    cursor: Cursor, tenant: str, wanted: Wanted, asked: dict[str, object], limit: int
) -> tuple[list[Found], bool]:
    """Among the newest of each owner; and whether these are all that there are."""
    condition, values = where(tenant, wanted)
    newest, owners = "SELECT * FROM memories WHERE tenant = %(tenant)s", wanted.owners
    order = f"ORDER BY last_seen DESC, id DESC LIMIT {NEWEST}"
    count = "SELECT count(*) AS looked_at FROM newest"
    if owners is None:
        newest = f"{newest} {order}"
    else:
        newest = f"""
            SELECT m.* FROM unnest(%(kinds)s::text[], %(owners)s::text[]) AS o (kind, id) CROSS JOIN LATERAL (
                {newest} AND owner_kind = o.kind AND owner = o.id {order}
            ) AS m
        """  # noqa: S608  # constants
        count = f"SELECT max(looked_at) FROM ({count} GROUP BY owner_kind, owner) AS counts"  # noqa: S608  # constants
    cursor.execute(
        f"""
        WITH asked AS MATERIALIZED (
            SELECT {ALL} AS every, {SOME} AS several
        ), newest AS MATERIALIZED ({newest}), found AS (
            SELECT id::text, {RANK} AS rank, search @@ every AS has_every FROM newest, asked
            WHERE search @@ (every || several) AND {condition} ORDER BY 3 DESC, 2 DESC LIMIT %(limit)s
        )
        SELECT ({count}), found.* FROM (SELECT) AS one LEFT JOIN found ON true
        """,  # noqa: S608  # constants
        {**asked, **values, "limit": limit},
    )
    rows = cursor.fetchall()
    return [Found(*found) for _, *found in rows if found[0] is not None], (rows[0][0] or 0) < NEWEST


def _indexed(
    cursor: Cursor, tenant: str, wanted: Wanted, asked: dict[str, object], limit: int, query: str
) -> list[Found]:
    """By the index of words, which bears the owners' marks. The newest of what it leads to."""
    condition, values = where(tenant, wanted)
    marks = ""
    if wanted.owners is not None:
        values["marks"] = [f"{tenant}\x1f{kind}\x1f{owner}" for kind, owner in wanted.owners]
        marks = """ && (
            SELECT string_agg(quote_literal(hashtextextended(mark, 5)::text), ' | ')::tsquery
            FROM unnest(%(marks)s::text[]) AS mark
        )"""
    # Planned for these very words (`prepare`), and through the index of words alone: that of the owners would give all
    # that they have. A limit without an order ends the work where there are more than anybody could look at.
    cursor.execute(
        f"""
        WITH led_to AS MATERIALIZED (
            SELECT * FROM memories WHERE search @@ CASE WHEN numnode({query}) > 0 THEN ({query}){marks} END LIMIT {MOST}
        )
        SELECT id::text, {RANK} AS rank, search @@ every
        FROM led_to, (SELECT {ALL} AS every, {SOME} AS several) AS asked
        WHERE {condition} ORDER BY 2 DESC LIMIT %(limit)s
        """,  # noqa: S608  # constants
        {**asked, **values, "limit": limit},
        prepare=False,
    )
    return [Found(*row) for row in cursor]


def _merged(one: Sequence[Found], other: Sequence[Found]) -> list[Found]:
    """Those of both, the best first."""
    found = {each.id: each for each in (*one, *other)}
    return sorted(found.values(), key=lambda each: (not each.every, -each.rank, each.id))
