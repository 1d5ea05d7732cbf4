"""Forgetting: the rows of a person, found, marked, and taken away.

A session that is to be forgotten is marked in one stroke: its row gets a name that nothing can ask for, and a length of
0, as if it had never begun. From then on nobody finds it, nothing is accepted for it, and no save or summary of it is
begun or committed. What is left of it hangs on its key, and is taken away bit by bit.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from holdfast.remembering.receipt import WHY_KEPT, Forgotten, Kept, Receipt
from holdfast.store.evidence import Subject, lock_owners
from holdfast.store.log import Cursor
from holdfast.store.tables import Base

__all__ = [
    "DIGEST",
    "NOBODY",
    "Tally",
    "UnderWay",
    "adopt",
    "begin",
    "bury",
    "done",
    "drop_letters",
    "drop_person",
    "end",
    "events",
    "forgotten",
    "free",
    "held",
    "left",
    "lock",
    "mark",
    "name_mentions",
    "receipts",
    "remembered",
    "starts_for",
    "strip",
    "take_turn",
    "under_way",
    "write",
]

NOBODY = ""
"""The tenant of a session that is being forgotten. No tenant has an empty name."""

DIGEST = "sha256(convert_to('session' || chr(10) || {tenant} || chr(10) || {id}, 'UTF8'))"
"""As `session_digest` computes it."""

EVENTS = 5000
"""Events that are deleted at once."""


def _of_sessions() -> list[str]:
    """Every table whose rows belong to a session, those that refer to another of them first."""
    return [
        str(table.name)
        for table in reversed(Base.metadata.sorted_tables)
        if any(key.column.table.name == "sessions" for key in table.foreign_keys)
    ]


LATE = ("events", "savings")
"""The log is deleted bit by bit, and a session's turn of being saved is its `savings` row, which goes last."""

OF_SESSIONS = [name for name in _of_sessions() if name not in LATE]

RETURNING = {
    "snapshots": "body",
    "segments": "blob",
    "evidence": "owner_kind, owner, kind, name, memory",
}
"""What has to be known of a row that goes."""


class UnderWay(NamedTuple):
    """A forgetting that is not done."""

    id: UUID
    tenant: str


@dataclass(slots=True)
class Tally:
    """How much was removed, by place, and kept, by kind."""

    removed: dict[str, int]
    kept: dict[str, int]

    def took(self, place: str, count: int) -> None:
        """So much more was removed there."""
        if count:
            self.removed[place] = self.removed.get(place, 0) + count

    def left(self, what: str, count: int) -> None:
        """So much more was kept."""
        if count:
            self.kept[what] = self.kept.get(what, 0) + count


class Stripped(NamedTuple):
    """What went with a session's rows: how many by table, the blobs that lost a reference, what evidence was about."""

    rows: dict[str, int]
    blobs: list[int]
    subjects: set[Subject]
    memories: set[UUID]


def lock(cursor: Cursor, tenant: str, user_id: str) -> list[int]:
    """Lock all sessions of a person, those included that are begun or forked until the last one is locked.

    The same way round as a save and an append lock them, so that none waits for the other for ever.
    """
    keys: list[int] = []
    while True:
        cursor.execute(
            "SELECT key FROM sessions WHERE tenant = %s AND user_id = %s AND key <> ALL(%s) ORDER BY key",
            (tenant, user_id, keys),
        )
        found = [key for (key,) in cursor]
        if not found:
            return keys
        keys += found
        cursor.execute("INSERT INTO savings (session_key) SELECT unnest(%s::bigint[]) ON CONFLICT DO NOTHING", (found,))
        cursor.execute("SELECT FROM savings WHERE session_key = ANY(%s) ORDER BY session_key FOR UPDATE", (found,))
        cursor.execute("SELECT FROM sessions WHERE key = ANY(%s) ORDER BY key FOR UPDATE", (found,))


def held(cursor: Cursor, keys: Sequence[int]) -> list[tuple[str, str | None]]:
    """The ids of those sessions that a legal hold is on, and its note."""
    cursor.execute(
        """
        SELECT s.id, p.note FROM pins p JOIN sessions s ON s.key = p.session_key
        WHERE p.snapshot_id = '' AND p.session_key = ANY(%s) ORDER BY s.key
        """,
        (list(keys),),
    )
    return list(cursor)


def adopt(cursor: Cursor, tenant: str, person: bytes) -> UUID | None:
    """The forgetting of this person that is under way. Whoever asks for the same at once waits for its turn."""
    cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", (person.hex(),))
    cursor.execute(
        "SELECT id FROM forgettings WHERE tenant = %s AND person = %s AND done_at IS NULL ORDER BY begun_at LIMIT 1",
        (tenant, person),
    )
    found = cursor.fetchone()
    return None if found is None else found[0]


def begin(cursor: Cursor, forgetting: UUID, tenant: str, person: bytes, asked_by: str | None) -> None:
    """Write down that a person is to be forgotten."""
    cursor.execute(
        "INSERT INTO forgettings (id, tenant, person, asked_by, removed, kept) VALUES (%s, %s, %s, %s, '{}', '{}')",
        (forgetting, tenant, person, asked_by),
    )


def bury(cursor: Cursor, forgetting: UUID, keys: Sequence[int]) -> None:
    """Write down of sessions that they are forgotten, as digests."""
    cursor.execute(
        f"""
        INSERT INTO forgotten (session, forgetting, head, events)
        SELECT {DIGEST.format(tenant="tenant", id="id")}, %s, digest, seq FROM sessions WHERE key = ANY(%s)
        ON CONFLICT (session) DO NOTHING
        """,  # noqa: S608  # constants
        (forgetting, list(keys)),
    )


def mark(cursor: Cursor, forgetting: UUID, keys: Sequence[int]) -> int:
    """Let nobody find these sessions any more, and no save of them be committed that was begun before.

    They must be locked. Returns how many campaigns they served.
    """
    cursor.execute("DELETE FROM timers WHERE session_key = ANY(%s)", (list(keys),))
    cursor.execute("SELECT count(DISTINCT campaign) FROM sessions WHERE key = ANY(%s)", (list(keys),))
    (campaigns,) = cursor.fetchone() or (0,)
    cursor.execute(
        """
        UPDATE sessions
        SET tenant = %s, id = %s || '/' || key, user_id = '', kind = '', agent = '', title = NULL, status = 'closed',
            seq = 0, moved = 0, saved = 0, timed = 0, untold = 0, summarised = 0, learned = 0, holder = NULL,
            held_until = NULL, autosave = NULL, campaign = NULL, campaign_status = NULL, expires_at = NULL,
            expires_after = NULL, archived_at = NULL
        WHERE key = ANY(%s)
        """,
        (NOBODY, str(forgetting), list(keys)),
    )
    cursor.execute("UPDATE savings SET captured_at = clock_timestamp() WHERE session_key = ANY(%s)", (list(keys),))
    return int(campaigns)


def drop_person(cursor: Cursor, tenant: str, user_id: str, tally: Tally) -> None:
    """Delete what is the person's own and no session's: memories, their evidence, what was dismissed of them.

    The owner is locked first, as by all who change what is remembered: else two could wait for each other.
    """
    owner = (tenant, user_id)
    lock_owners(cursor, tenant, [Subject("user", user_id, "fact", "")])
    for table in ("dismissals", "evidence", "memories"):
        cursor.execute(f"DELETE FROM {table} WHERE tenant = %s AND owner_kind = 'user' AND owner = %s", owner)  # noqa: S608  # constants
        tally.took(table, cursor.rowcount)
    cursor.execute(
        """
        SELECT key, entry FROM dead_letters
        WHERE (tenant = %s OR tenant IS NULL)
          AND EXISTS (SELECT FROM unnest(entry) AS part WHERE part = 'session.started'::bytea)
        """,
        (tenant,),
        binary=True,
    )
    begun = [key for key, entry in cursor.fetchall() if starts_for(entry, user_id)]
    cursor.execute("DELETE FROM dead_letters WHERE key = ANY(%s)", (begun,))
    tally.took("dead_letters", cursor.rowcount)


def starts_for(entry: Sequence[bytes], user_id: str) -> bool:
    """Whether a dead letter, field, value, field, value …, was to begin a session of that user."""
    try:
        data = orjson.loads(dict(zip(entry[::2], entry[1::2], strict=True))[b"data"])
    except (KeyError, ValueError):
        return False
    return isinstance(data, dict) and data.get("user_id") == user_id


def drop_letters(cursor: Cursor, forgetting: UUID, tenant: str, tally: Tally) -> None:
    """Delete what is kept by a session's id: dead letters, and marks for inspection."""
    for table, mine in (("dead_letters", "(t.tenant = %s OR t.tenant IS NULL)"), ("inspections", "t.tenant = %s")):
        cursor.execute(
            f"""
            DELETE FROM {table} t USING forgotten f
            WHERE f.forgetting = %s AND {mine} AND f.session = {DIGEST.format(tenant="%s", id="t.session_id")}
            """,  # noqa: S608  # constants
            (forgetting, tenant, tenant),
        )
        tally.took(table, cursor.rowcount)


def under_way(cursor: Cursor, *, limit: int = 100) -> list[UnderWay]:
    """What is not done, of all tenants, the oldest first."""
    cursor.execute("SELECT id, tenant FROM forgettings WHERE done_at IS NULL ORDER BY begun_at LIMIT %s", (limit,))
    return [UnderWay(*row) for row in cursor]


def take_turn(cursor: Cursor, forgetting: UUID) -> Tally | None:
    """Hold the forgetting until the transaction ends; None where it is done."""
    cursor.execute(
        "SELECT removed, kept FROM forgettings WHERE id = %s AND done_at IS NULL FOR NO KEY UPDATE", (forgetting,)
    )
    found = cursor.fetchone()
    return None if found is None else Tally(*found)


def write(cursor: Cursor, forgetting: UUID, tally: Tally) -> None:
    """Write down what was done, in the transaction that did it."""
    cursor.execute(
        "UPDATE forgettings SET removed = %s, kept = %s WHERE id = %s",
        (orjson.dumps(tally.removed).decode(), orjson.dumps(tally.kept).decode(), forgetting),
    )


def left(cursor: Cursor, forgetting: UUID) -> list[int]:
    """The keys of the sessions that are marked and not gone yet."""
    cursor.execute(
        "SELECT key FROM sessions WHERE tenant = %s AND starts_with(id, %s) ORDER BY key", (NOBODY, f"{forgetting}/")
    )
    return [key for (key,) in cursor]


def strip(cursor: Cursor, tenant: str, key: int) -> Stripped:
    """Delete all rows of a session but its log, its turn and its own.

    Its runs and the owners of what it bears witness to are locked first, in the order of those who undo a run.
    """
    cursor.execute("SELECT FROM runs WHERE session_key = %s ORDER BY id FOR UPDATE", (key,))
    cursor.execute("SELECT DISTINCT owner_kind, owner, kind, name FROM evidence WHERE session_key = %s", (key,))
    lock_owners(cursor, tenant, [Subject(*row) for row in cursor])
    rows: dict[str, int] = {}
    blobs: list[int] = []
    subjects: set[Subject] = set()
    memories: set[UUID] = set()
    for table in OF_SESSIONS:
        returning = RETURNING.get(table)
        suffix = f" RETURNING {returning}" if returning else ""
        cursor.execute(f"DELETE FROM {table} WHERE session_key = %s{suffix}", (key,))  # noqa: S608  # constants
        rows[table] = cursor.rowcount
        if table == "evidence":
            for *subject, memory in cursor:
                subjects.add(Subject(*subject))
                memories.add(memory)
        elif returning:
            blobs += [blob for (blob,) in cursor if blob is not None]
    return Stripped(rows, blobs, subjects, memories)


def events(cursor: Cursor, key: int) -> int:
    """Delete the next events of a session's log; returns how many."""
    cursor.execute(
        """
        DELETE FROM events WHERE session_key = %(key)s AND seq < %(most)s + (
            SELECT seq FROM events WHERE session_key = %(key)s ORDER BY seq LIMIT 1
        )
        """,
        {"key": key, "most": EVENTS},
    )
    return cursor.rowcount


def free(cursor: Cursor, key: int) -> bool:
    """Lock a session, and say whether nothing of it is left but its turn and its row."""
    cursor.execute("SELECT FROM savings WHERE session_key = %s FOR UPDATE", (key,))
    cursor.execute("SELECT FROM sessions WHERE key = %s FOR UPDATE", (key,))
    tables = [*OF_SESSIONS, "events"]
    any_left = " OR ".join(f"EXISTS (SELECT FROM {table} WHERE session_key = %(key)s)" for table in tables)
    any_left += " OR EXISTS (SELECT FROM blobs WHERE written_for = %(key)s)"
    cursor.execute(f"SELECT {any_left}", {"key": key})
    (some,) = cursor.fetchone() or (False,)
    return not some


def end(cursor: Cursor, key: int) -> int:
    """Delete a session of which nothing else is left; returns 0 where somebody else did."""
    cursor.execute("DELETE FROM savings WHERE session_key = %s", (key,))
    cursor.execute("DELETE FROM sessions WHERE key = %s", (key,))
    return cursor.rowcount


def done(cursor: Cursor, forgetting: UUID) -> bool:
    """Write down that all is done. False where it is written already."""
    cursor.execute("UPDATE forgettings SET done_at = now() WHERE id = %s AND done_at IS NULL", (forgetting,))
    return cursor.rowcount > 0


def remembered(cursor: Cursor, memories: Iterable[UUID]) -> int:
    """How many of these are still remembered, for what others said, and rest on no session that is being forgotten."""
    cursor.execute(
        """
        SELECT count(*) FROM memories m WHERE id = ANY(%s) AND NOT EXISTS (
            SELECT FROM evidence e JOIN sessions s ON s.key = e.session_key WHERE e.memory = m.id AND s.tenant = %s
        )
        """,
        (list(memories), NOBODY),
    )
    (count,) = cursor.fetchone() or (0,)
    return int(count)


def name_mentions(cursor: Cursor, forgetting: UUID, count: int) -> None:
    """Write down how many events of others name the person."""
    if count:
        cursor.execute(
            "UPDATE forgettings SET kept = (kept::jsonb || jsonb_build_object('mentions', %s::bigint))::json "
            "WHERE id = %s",
            (count, forgetting),
        )


def forgotten(cursor: Cursor, names: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which of these (tenant, session id) were forgotten."""
    tenants, ids = zip(*names, strict=True)
    cursor.execute(
        f"""
        SELECT tenant, id FROM unnest(%s::text[], %s::text[]) AS n (tenant, id)
        WHERE EXISTS (SELECT FROM forgotten f WHERE f.session = {DIGEST.format(tenant="n.tenant", id="n.id")})
        """,  # noqa: S608  # constants
        (list(tenants), list(ids)),
    )
    return set(cursor)


def receipts(cursor: Cursor, tenant: str, person: bytes) -> list[Receipt]:
    """The receipts of a person, the newest first."""
    cursor.execute(
        """
        SELECT id, asked_by, begun_at, done_at, removed, kept, blobs FROM forgettings
        WHERE tenant = %s AND person = %s ORDER BY begun_at DESC, id
        """,
        (tenant, person),
    )
    return [_receipt(cursor, person, row) for row in cursor.fetchall()]


def _receipt(cursor: Cursor, person: bytes, row: Sequence[Any]) -> Receipt:
    forgetting, asked_by, begun_at, done_at, removed, kept, blobs = row
    cursor.execute("SELECT session, head, events FROM forgotten WHERE forgetting = %s ORDER BY session", (forgetting,))
    return Receipt(
        id=str(forgetting),
        person=person.hex(),
        asked_by=asked_by,
        asked_at=begun_at,
        done_at=done_at,
        removed=dict(sorted(removed.items())),
        sessions=tuple(Forgotten(session.hex(), head.hex(), count) for session, head, count in cursor),
        blobs=tuple(sorted(address.hex() for address in blobs)),
        kept=tuple(Kept(what, count, WHY_KEPT[what]) for what, count in sorted(kept.items())),
    )
