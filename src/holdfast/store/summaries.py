"""Summaries: rows beside the log, each of a range of it. None takes the place of another."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from holdfast.events import Event
from holdfast.remembering.summary import RECIPE, RECIPE_MODEL, StandsIn, Summary
from holdfast.store.log import COLUMNS, Cursor

__all__ = [
    "Begun",
    "Material",
    "add",
    "add_model",
    "add_problem",
    "asked",
    "begun",
    "events_before",
    "forgo",
    "held",
    "last_before",
    "listed",
    "material",
    "move",
    "numbers",
    "pass_over",
    "used_today",
    "wait_no_more",
    "waiting",
]

OF_NOW = "s.key, s.id, s.seq, s.status, s.untold, s.summarised, s.archived_at IS NOT NULL"


class Begun(NamedTuple):
    """A session that is to be summarised, and what its last summary left to build on."""

    key: int
    id: str
    seq: int
    status: str
    untold: int
    summarised: int
    archived: bool
    carry: bytes | None
    """None: there is none, or it is of another recipe."""
    now: datetime


def begun(cursor: Cursor, keys: Sequence[int]) -> list[Begun]:
    """Those of these sessions that are there."""
    cursor.execute(
        f"""
        SELECT {OF_NOW}, last.carry, now()
        FROM sessions s
        LEFT JOIN summaries last ON (last.session_key, last.upto, last.recipe) = (s.key, s.summarised, %s)
        WHERE s.key = ANY(%s) AND s.seq > 0 ORDER BY s.key
        """,  # noqa: S608  # constants
        (RECIPE, list(keys)),
        binary=True,
    )
    return [Begun(*row) for row in cursor]


def held(cursor: Cursor, key: int, summarised: int, upto: int, digest: bytes | None) -> bool:
    """Lock the session; whether it is still summarised up to there, and its log what was read.

    It is not where somebody else was faster, or a person was forgotten meanwhile, whose words must not come back.
    """
    cursor.execute(
        """
        SELECT s.summarised, s.archived_at IS NULL
        FROM sessions s WHERE s.key = %s FOR NO KEY UPDATE
        """,
        (key,),
    )
    row = cursor.fetchone()
    if row != (summarised, True):
        return False
    cursor.execute("SELECT digest FROM events WHERE session_key = %s AND seq = %s", (key, upto), binary=True)
    return digest is None or cursor.fetchone() == (digest,)


def add(cursor: Cursor, key: int, summary: Summary, carry: bytes | None, *, asks: bool) -> bool:
    """Add a summary, unless there is one of this range and recipe; `asks` says that a model is to better it."""
    cursor.execute(
        """
        INSERT INTO summaries (session_key, upto, recipe, first, base, reason, made_by, content, carry, model, made_at)
        VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
        ON CONFLICT DO NOTHING
        """,
        (
            key, summary.upto, summary.recipe, summary.first, summary.base, summary.reason, summary.made_by,
            summary.model_dump_json(exclude={"stands_in"}), carry, "waiting" if asks else "none", summary.made_at,
        ),
    )  # fmt: skip
    return cursor.rowcount == 1


def move(cursor: Cursor, key: int, upto: int) -> int:
    """Let the session be summarised up to there; returns how many messages came after. The session is locked."""
    cursor.execute(
        """
        UPDATE sessions SET summarised = %s, untold = (
            SELECT count(*) FROM events WHERE session_key = %s AND seq > %s AND type || '' = 'message.added'
        )
        WHERE key = %s RETURNING untold
        """,
        (upto, key, upto, key),
    )
    (untold,) = cursor.fetchone() or (0,)
    return int(untold)


def pass_over(cursor: Cursor, key: int, upto: int) -> None:
    """Let no older summary wait for a model: what it would say is in the range of this one.

    How often the model was asked in vain goes over to this one: a new summary is no sign that the model is back.
    """
    cursor.execute(
        """
        WITH older AS (
            UPDATE summaries SET model = 'passed', asking_until = NULL
            WHERE session_key = %s AND model = 'waiting' AND upto < %s RETURNING attempts, problem
        )
        UPDATE summaries n SET attempts = older.attempts, problem = older.problem
        FROM older WHERE (n.session_key, n.upto, n.recipe) = (%s, %s, %s)
        """,
        (key, upto, key, upto, RECIPE),
    )


def wait_no_more(cursor: Cursor, key: int) -> None:
    """There is no model to wait for."""
    cursor.execute(
        "UPDATE summaries SET model = 'none', asking_until = NULL WHERE session_key = %s AND model = 'waiting'", (key,)
    )


def forgo(cursor: Cursor, limit: int) -> int:
    """There is no model at all: let up to `limit` sessions wait for it no more; returns how many did."""
    cursor.execute("SELECT session_key FROM timers WHERE kind = 'model' ORDER BY session_key LIMIT %s", (limit,))
    keys = [key for (key,) in cursor]
    cursor.execute(
        "UPDATE summaries SET model = 'none', asking_until = NULL WHERE session_key = ANY(%s) AND model = 'waiting'",
        (keys,),
    )
    cursor.execute("DELETE FROM timers WHERE session_key = ANY(%s) AND kind = 'model'", (keys,))
    return len(keys)


SHOWN = """
    SELECT b.content::text, b.recipe, b.model, b.attempts, b.problem, t.due_at, b.asking_until
    FROM summaries b
    LEFT JOIN timers t ON t.session_key = b.session_key AND t.kind = 'model'
    WHERE b.session_key = %s
    ORDER BY b.upto DESC, b.recipe = %s DESC LIMIT %s
"""


def listed(cursor: Cursor, key: int, limit: int) -> list[Summary]:
    """A session's summaries, the newest first; of one range a model's before the built-in one.

    A built-in one says whether it stands in for a model's, and what became of that so far.
    """
    cursor.execute(SHOWN, (key, RECIPE_MODEL, limit))
    return [_summary(*row) for row in cursor]


def _summary(
    content: str,
    recipe: str,
    model: str,
    attempts: int,
    problem: str | None,
    next_try: datetime | None,
    asking_until: datetime | None,
) -> Summary:
    summary = Summary.model_validate_json(content)
    if recipe == RECIPE_MODEL or model != "waiting":
        return summary
    stands_in = StandsIn(attempts=attempts, problem=problem, next_try=next_try, asking=asking_until is not None)
    return summary.model_copy(update={"stands_in": stands_in})


class Material(NamedTuple):
    """A built-in summary for which a model is to be asked."""

    key: int
    session_id: str
    summary: Summary
    attempts: int
    busy: bool
    """Somebody asks just now."""
    made_at: datetime
    archived: bool
    now: datetime


def material(cursor: Cursor, tenant: str, session_id: str) -> Material | None:
    """The session's newest built-in summary, locked, if it waits for a model."""
    cursor.execute(
        """
        SELECT s.key, s.id, b.content::text, b.attempts, coalesce(b.asking_until > now(), false), b.made_at,
               s.archived_at IS NOT NULL, now()
        FROM sessions s
        JOIN summaries b ON (b.session_key, b.upto, b.recipe) = (s.key, s.summarised, %s)
        WHERE s.tenant = %s AND s.id = %s AND b.model = 'waiting'
        FOR UPDATE OF b
        """,
        (RECIPE, tenant, session_id),
    )
    row = cursor.fetchone()
    return None if row is None else Material(row[0], row[1], Summary.model_validate_json(row[2]), *row[3:])


def last_before(cursor: Cursor, key: int, before: int) -> Summary | None:
    """The newest summary of a model that covers less than that; where there is none, the newest built-in one."""
    cursor.execute(
        """
        SELECT content::text FROM summaries
        WHERE session_key = %s AND upto < %s AND recipe IN (%s, %s)
        ORDER BY recipe = %s DESC, upto DESC LIMIT 1
        """,
        (key, before, RECIPE, RECIPE_MODEL, RECIPE_MODEL),
    )
    row = cursor.fetchone()
    return None if row is None else Summary.model_validate_json(row[0])


def events_before(cursor: Cursor, key: int, session_id: str, *, after: int, upto: int, limit: int) -> list[Event]:
    """The newest so many events after the one and up to the other, in order."""
    cursor.execute(
        f"SELECT {COLUMNS} FROM events WHERE session_key = %s AND seq > %s AND seq <= %s ORDER BY seq DESC LIMIT %s",  # noqa: S608  # constants
        (key, after, upto, limit),
        binary=True,
    )
    return [Event(session_id, *row) for row in cursor][::-1]


def numbers(cursor: Cursor, key: int, ids: Sequence[str]) -> dict[str, int]:
    """The sequence numbers of those of these events that the session has."""
    cursor.execute(
        "SELECT event_id::text, seq FROM events WHERE session_key = %s AND event_id = ANY(%s)",
        (key, [UUID(each) for each in ids]),
    )
    return dict(cursor.fetchall())


def used_today(cursor: Cursor, tenant: str) -> tuple[int, float]:
    """How many tokens models used today (UTC) for this tenant, with what is set aside; and the seconds that are left.

    Whoever asks holds the tenant's lock until the transaction ends, so that two at once do not both find room.
    """
    cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('model' || %s::text, 6))", (tenant,))
    cursor.execute(
        """
        SELECT coalesce(sum(b.tokens) FILTER (WHERE s.tenant = %s), 0)::bigint,
               extract(epoch FROM date_trunc('day', now(), 'UTC') + interval '1 day' - now())::float8
        FROM summaries b JOIN sessions s ON s.key = b.session_key
        WHERE b.asked_at >= date_trunc('day', now(), 'UTC')
        """,
        (tenant,),
    )
    row: tuple[int, float] | None = cursor.fetchone()
    return row or (0, 0.0)


def asked(cursor: Cursor, key: int, upto: int, *, tokens: int, seconds: float) -> None:
    """Write down that a model is asked, for so many seconds and at the cost of so many tokens at most.

    What it cost on another day (UTC) is no part of today's.
    """
    cursor.execute(
        """
        UPDATE summaries
        SET attempts = attempts + 1, asked_at = now(),
            tokens = %s + CASE WHEN asked_at >= date_trunc('day', now(), 'UTC') THEN tokens ELSE 0 END,
            asking_until = now() + %s * interval '1 second'
        WHERE (session_key, upto, recipe) = (%s, %s, %s)
        """,
        (tokens, seconds, key, upto, RECIPE),
    )


def add_problem(cursor: Cursor, material: Material, problem: str, *, tokens: int = 0) -> bool:
    """Write down why there is no model's summary yet; `tokens` corrects what was set aside. False: it is gone."""
    return _answered(cursor, material, "model", problem, tokens)


def add_model(cursor: Cursor, material: Material, summary: Summary, *, tokens: int) -> bool:
    """Add the model's summary beside the built-in one. False: that is gone, and with it what the model was told."""
    if not _answered(cursor, material, "'made'", None, tokens):
        return False
    return add(cursor, material.key, summary, None, asks=False)


def _answered(cursor: Cursor, material: Material, model: str, problem: str | None, tokens: int) -> bool:
    cursor.execute(
        f"""
        UPDATE summaries
        SET model = {model}, problem = %s, tokens = greatest(0, tokens + %s), asking_until = NULL
        WHERE (session_key, upto, recipe) = (%s, %s, %s) AND made_at = %s AND model <> 'made'
        """,  # noqa: S608  # constants
        (problem, tokens, material.key, material.summary.upto, RECIPE, material.made_at),
    )
    return cursor.rowcount == 1


def waiting(cursor: Cursor, tenant: str, session_id: str) -> tuple[int, bool] | None:
    """Lock the session; its key, and whether a summary of it waits for a model. None: it is not there."""
    cursor.execute(
        "SELECT key FROM sessions WHERE tenant = %s AND id = %s FOR NO KEY UPDATE",
        (tenant, session_id),
    )
    row: tuple[Any, ...] | None = cursor.fetchone()
    if row is None:
        return None
    cursor.execute("SELECT EXISTS (SELECT FROM summaries WHERE session_key = %s AND model = 'waiting')", row)
    return row[0], cursor.fetchone() == (True,)
