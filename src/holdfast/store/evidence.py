"""Evidence: what events say for or against memories. It is added and taken away, never changed."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from holdfast.remembering.memory import Evidence, Finding, Kind, OwnerKind
from holdfast.store.log import Cursor

__all__ = ["Said", "Subject", "add", "dismiss", "dismissed", "lock_owners", "of_memories", "of_subjects", "take_out"]

COLUMNS = """
    e.owner_kind, e.kind, e.name, e.value, e.text, e.source, e.event_id, e.seq, e.said_at, e.strength, e.stance,
    e.single, e.temporary, s.id, e.run_id::text
"""


class Subject(NamedTuple):
    """What pieces of evidence speak of together: a key of one kind and owner."""

    owner_kind: OwnerKind
    owner: str
    kind: Kind
    name: str


class Said(NamedTuple):
    """A piece of evidence, of whom it is, and which memory it is about."""

    memory: str
    owner: str
    evidence: Evidence

    @property
    def subject(self) -> Subject:
        """What it speaks of."""
        finding = self.evidence.finding
        return Subject(finding.owner_kind, self.owner, finding.kind, finding.key)


def lock_owners(cursor: Cursor, tenant: str, subjects: Iterable[Subject]) -> None:
    """Let nobody else change what is remembered of these owners until the transaction ends.

    Always in the same order, so that two that need the same owners take turns.
    """
    owners = {(subject.owner_kind, subject.owner) for subject in subjects}
    cursor.execute(
        f"""
        SELECT pg_advisory_xact_lock(hash) FROM (
            SELECT DISTINCT {OWNER.format(tenant="%s::text")} AS hash
            FROM unnest(%s::text[], %s::text[]) AS o (owner_kind, owner) ORDER BY hash
        ) AS owners
        """,  # noqa: S608  # constants
        (tenant, [kind for kind, _ in owners], [owner for _, owner in owners]),
    )


OWNER = "hashtextextended(concat_ws(E'\\x1f', 'remember', {tenant}, owner_kind, owner), 5)"
"""The number of the lock on what is remembered of an owner."""


def add(cursor: Cursor, tenant: str, key: int, said: Sequence[Said]) -> None:
    """Add pieces of evidence of one session; those that are there stay as they are."""
    rows = [
        (
            UUID(each.memory),
            finding.event_id,
            finding.stance,
            UUID(each.evidence.run_id),
            *each.subject,
            orjson.dumps(finding.value).decode(),
            finding.seq,
            finding.source,
            finding.strength,
            finding.said_at,
            finding.text,
            finding.single,
            finding.temporary,
        )
        for each in said
        for finding in (each.evidence.finding,)
    ]
    if not rows:
        return
    cursor.execute(
        """
        INSERT INTO evidence (tenant, session_key, memory, event_id, stance, run_id, owner_kind, owner, kind, name,
                              value, seq, source, strength, said_at, text, single, temporary)
        SELECT %s, %s, n.* FROM unnest(
            %s::uuid[], %s::uuid[], %s::text[], %s::uuid[], %s::text[], %s::text[], %s::text[], %s::text[], %s::json[],
            %s::bigint[], %s::text[], %s::float8[], %s::timestamptz[], %s::text[], %s::boolean[], %s::boolean[]
        ) AS n
        ON CONFLICT DO NOTHING
        """,
        (tenant, key, *(list(column) for column in zip(*rows, strict=True))),
    )


def of_subjects(cursor: Cursor, tenant: str, subjects: Sequence[Subject]) -> dict[Subject, list[Evidence]]:
    """All evidence of these subjects."""
    cursor.execute(
        f"""
        SELECT e.owner, {COLUMNS}
        FROM unnest(%s::text[], %s::text[], %s::text[], %s::text[]) AS asked (owner_kind, owner, kind, name)
        JOIN evidence e USING (owner_kind, owner, kind, name)
        JOIN sessions s ON s.key = e.session_key
        WHERE e.tenant = %s
        """,  # noqa: S608  # constants
        (*(list(column) for column in zip(*subjects, strict=True)), tenant),
    )
    found: dict[Subject, list[Evidence]] = {subject: [] for subject in subjects}
    for owner, *fields in cursor:
        piece = _piece(fields)
        found[Subject(piece.finding.owner_kind, owner, piece.finding.kind, piece.finding.key)].append(piece)
    return found


def of_memories(cursor: Cursor, tenant: str, ids: Sequence[str]) -> dict[str, list[Evidence]]:
    """The evidence that names these memories, the oldest first. A denial of whatever there is names none."""
    cursor.execute(
        f"""
        SELECT e.memory::text, {COLUMNS} FROM evidence e JOIN sessions s ON s.key = e.session_key
        WHERE e.memory = ANY(%s::uuid[]) AND e.tenant = %s
        ORDER BY e.said_at, s.id, e.seq, e.stance, e.run_id
        """,  # noqa: S608  # constants
        (list(ids), tenant),
    )
    found: dict[str, list[Evidence]] = {}
    for memory, *fields in cursor:
        found.setdefault(memory, []).append(_piece(fields))
    return found


def take_out(
    cursor: Cursor, tenant: str, *, run_id: str | None = None, memory: str | None = None, session_key: int | None = None
) -> list[Subject]:
    """Delete the evidence of a run, of a memory or of a session; returns what it spoke of.

    The owners are locked first: who has them must not have to wait for a row that is being deleted here.
    """
    name, value = next(
        (name, value)
        for name, value in (("run_id", run_id), ("memory", memory), ("session_key", session_key))
        if value is not None
    )
    cursor.execute(
        f"SELECT DISTINCT owner_kind, owner, kind, name FROM evidence WHERE {name} = %s AND tenant = %s",  # noqa: S608  # constants
        (value, tenant),
    )
    lock_owners(cursor, tenant, [Subject(*row) for row in cursor])
    cursor.execute(
        f"""
        WITH gone AS (DELETE FROM evidence WHERE {name} = %s AND tenant = %s RETURNING owner_kind, owner, kind, name)
        SELECT DISTINCT * FROM gone
        """,  # noqa: S608  # constants
        (value, tenant),
    )
    return [Subject(*row) for row in cursor]


def dismiss(cursor: Cursor, tenant: str, memory: str) -> None:
    """Let nothing that was said of this memory up to now be learned (again)."""
    cursor.execute(
        """
        INSERT INTO dismissals AS d (memory, tenant, owner_kind, owner, upto)
        SELECT id, tenant, owner_kind, owner,
               greatest(clock_timestamp(), (SELECT max(said_at) FROM evidence WHERE memory = m.id))
        FROM memories m WHERE id = %s::uuid AND tenant = %s
        ON CONFLICT (memory) DO UPDATE SET upto = greatest(d.upto, EXCLUDED.upto)
        """,
        (memory, tenant),
    )


def dismissed(cursor: Cursor, memories: Sequence[str]) -> dict[str, datetime]:
    """Which of these were dismissed, and up to when."""
    cursor.execute("SELECT memory::text, upto FROM dismissals WHERE memory = ANY(%s::uuid[])", (list(memories),))
    return dict(cursor.fetchall())


def unsupported(cursor: Cursor, tenant: str, memories: Sequence[str]) -> set[str]:
    """Which of these memories nothing speaks for, or something that is not in the log.

    Of an archived session it is enough that its log is so long: its events lie in segments.
    """
    cursor.execute(
        """
        SELECT m.id::text FROM unnest(%s::uuid[]) AS m (id)
        WHERE NOT EXISTS (SELECT FROM evidence e WHERE e.memory = m.id AND e.stance = 'for' AND e.tenant = %s)
           OR EXISTS (
               SELECT FROM evidence e JOIN sessions s ON s.key = e.session_key
               WHERE e.memory = m.id AND CASE
                   WHEN s.archived_at IS NOT NULL THEN e.seq > s.seq
                   ELSE NOT EXISTS (
                       SELECT FROM events v WHERE (v.session_key, v.event_id, v.seq) = (s.key, e.event_id, e.seq)
                   )
               END
           )
        """,
        (list(memories), tenant),
    )
    return {row[0] for row in cursor}


def _piece(fields: Sequence[Any]) -> Evidence:
    *finding, session_id, run_id = fields
    return Evidence(Finding(*finding), session_id, run_id)
