"""Savings: reading what of a batch of sessions is not saved, and writing what was made of it.

Statements for many sessions at once: at a few thousand saves a second each statement a session would cost more than
all that is computed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from holdfast.saving.cover import Piece
from holdfast.saving.snapshot import SnapshotRow
from holdfast.saving.tiers import BITS, Tier
from holdfast.store.log import Cursor

__all__ = [
    "Covering",
    "Fold",
    "Made",
    "Range",
    "Saving",
    "arm",
    "cover",
    "current",
    "existing",
    "lines",
    "load",
    "lock",
    "points",
    "put_off",
    "reach",
    "settle",
    "write",
]


@dataclass(slots=True)
class Saving:
    """A session and how far it is saved. The last three are its newest fold's, where it has one."""

    key: int
    tenant: str
    session_id: str
    seq: int
    digest: bytes
    autosave: str | None
    now: datetime
    autosaves: int
    captured_at: datetime | None
    fold_seq: int
    fold_bytes: int
    covered: int
    cover: int
    tail_bytes: int
    recipe: int | None
    fold: bytes | None
    fold_digest: bytes | None

    @property
    def version(self) -> tuple[object, ...]:
        """What changes whenever a save of the session, or a round of one, is committed."""
        return self.autosaves, self.captured_at, self.fold_seq, self.cover


class Range(NamedTuple):
    """Events of one session, the first excluded."""

    key: int
    after: int
    upto: int


class Covering(NamedTuple):
    """A segment that is part of a session's cover."""

    piece: Piece
    added: int
    blob: int
    address: bytes


class Fold(NamedTuple):
    """A state to be kept. `size` is that of its JSON."""

    seq: int
    recipe: int
    body: bytes
    digest: bytes
    size: int


@dataclass(slots=True)
class Made:
    """What a save of one session adds, and what it replaces."""

    saving: Saving
    seq: int
    keep: int
    fold: Fold | None
    rows: list[tuple[SnapshotRow, bytes, str | None]]
    """Snapshots with the digest of their row and the name of their body's blob."""
    pieces: list[tuple[Piece, str]] = field(default_factory=list)
    """Segments that join the cover, with the names of their blobs."""
    replaced: list[Covering] = field(default_factory=list)
    tail_bytes: int = 0
    numbered: int = 0
    """How many of the snapshots are auto-saves."""
    points: list[str] = field(default_factory=list)
    """The ids of the others."""
    intervals: Mapping[Tier, float] = field(default_factory=dict)
    """Of the tiers that are saved."""


def load(cursor: Cursor, keys: Sequence[int], *, archived: bool = True) -> list[Saving]:
    """The sessions of these keys, as far as they exist; those whose events are in segments alone if `archived`."""
    cursor.execute(
        """
        SELECT s.key, s.tenant, s.id, s.seq, s.digest, s.autosave, clock_timestamp(), coalesce(v.autosaves, 0),
               v.captured_at, coalesce(v.fold_seq, 0), coalesce(v.fold_bytes, 0), coalesce(v.covered, 0),
               coalesce(v.cover, 0), coalesce(v.tail_bytes, 0), f.recipe, f.body, f.digest
        FROM sessions s
        LEFT JOIN savings v ON v.session_key = s.key
        LEFT JOIN folds f ON f.session_key = s.key AND f.seq = v.fold_seq
        WHERE s.key = ANY(%s) AND s.seq > 0 AND (%s OR s.archived_at IS NULL)
        """,
        (list(keys), archived),
        binary=True,
    )
    return [Saving(*row) for row in cursor]


def lines(cursor: Cursor, ranges: Sequence[Range]) -> dict[int, list[tuple[Any, ...]]]:
    """The events of these ranges by session, in order: the fields of a `Line`, and the digest."""
    cursor.execute(
        """
        SELECT e.session_key, e.seq, e.event_id, e.type, e.version, e.actor, e.conversation, e.causation_id, e.fence,
               e.occurred_at, e.recorded_at, convert_to(e.data::text, 'UTF8'), e.digest
        FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[]) AS r (key, after, upto)
        JOIN events e ON e.session_key = r.key AND e.seq > r.after AND e.seq <= r.upto
        ORDER BY e.session_key, e.seq
        """,
        [list(column) for column in zip(*ranges, strict=True)],
        binary=True,
    )
    found: dict[int, list[tuple[Any, ...]]] = {each.key: [] for each in ranges}
    for row in cursor.fetchall():  # in one go, which is a third faster than row by row
        found[row[0]].append(row[1:])
    return found


def reach(cursor: Cursor, events: Range, size: int) -> int:
    """How far one can read so that the events' data are at most `size` bytes, the first in any case."""
    cursor.execute(
        """
        SELECT coalesce(max(seq) FILTER (WHERE total <= %s), min(seq)) FROM (
            SELECT seq, sum(octet_length(data::text)) OVER (ORDER BY seq) AS total
            FROM events WHERE session_key = %s AND seq > %s AND seq <= %s
        ) AS sized
        """,
        (size, *events),
    )
    found = cursor.fetchone()
    return events.upto if found is None or found[0] is None else int(found[0])


def cover(cursor: Cursor, keys: Sequence[int]) -> dict[int, list[Covering]]:
    """The segments that cover these sessions now, in order."""
    cursor.execute(
        """
        SELECT g.session_key, g.first, g.last, g.bytes, g.added, g.blob, b.address
        FROM segments g JOIN blobs b ON b.key = g.blob
        WHERE g.session_key = ANY(%s) AND g.removed IS NULL
        ORDER BY g.session_key, g.first
        """,
        (list(keys),),
        binary=True,
    )
    found: dict[int, list[Covering]] = {key: [] for key in keys}
    for key, first, last, size, added, blob, address in cursor:
        found[key].append(Covering(Piece(first, last, size), added, blob, address))
    return found


def existing(cursor: Cursor, places: Sequence[tuple[int, int]]) -> dict[int, frozenset[Tier]]:
    """Of which tiers sessions, by key, have a snapshot at this very event."""
    cursor.execute(
        """
        SELECT n.session_key, array_agg(n.tier)
        FROM unnest(%b::bigint[], %b::bigint[]) AS at (key, seq)
        JOIN snapshots n ON n.session_key = at.key AND n.seq = at.seq GROUP BY n.session_key
        """,
        _columns(places),
    )
    return {key: frozenset(tiers) for key, tiers in cursor}


def points(cursor: Cursor, key: int, beginning: str) -> frozenset[str]:
    """The recovery points that begin so, and which the session gave to saves that somebody asked for, kept or not."""
    cursor.execute("SELECT id FROM recovery_points WHERE session_key = %s AND starts_with(id, %s)", (key, beginning))
    return frozenset(point for (point,) in cursor)


def lock(cursor: Cursor, key: int) -> str | None:
    """Take a session's turn; returns its own rules for saving, as JSON."""
    cursor.execute(
        "SELECT s.autosave FROM savings v JOIN sessions s ON s.key = v.session_key WHERE v.session_key = %s "
        "FOR UPDATE OF v",
        (key,),
    )
    found = cursor.fetchone()
    return None if found is None else found[0]


def current(cursor: Cursor, made: Sequence[Made]) -> list[Made]:
    """Take the sessions' turns; returns what did not come too late, in the order of the keys.

    A session of which another save was committed since it was loaded is left out: what was made of it is old; and so is
    one that was forgotten since.
    """
    keys = sorted(each.saving.key for each in made)
    cursor.execute(
        """
        INSERT INTO savings (session_key)
        SELECT key FROM unnest(%b::bigint[]) AS key WHERE EXISTS (SELECT FROM sessions s WHERE s.key = key.key)
        ORDER BY key
        ON CONFLICT DO NOTHING
        """,
        (keys,),
    )
    cursor.execute(
        "SELECT session_key, autosaves, captured_at, fold_seq, cover FROM savings WHERE session_key = ANY(%s) "
        "ORDER BY session_key FOR UPDATE",
        (keys,),
    )
    versions = {key: tuple(version) for key, *version in cursor}
    still = [each for each in made if versions.get(each.saving.key) == each.saving.version]
    return sorted(still, key=lambda each: each.saving.key)


def write(cursor: Cursor, made: Sequence[Made], blobs: Mapping[str, int]) -> None:
    """Write what was made and is `current`. `blobs` are the keys of its blobs by name, which were confirmed before."""
    folds = [(each.saving.key, *each.fold[:-1]) for each in made if each.fold]
    if folds:
        cursor.execute(
            """
            INSERT INTO folds (session_key, seq, recipe, body, digest)
            SELECT * FROM unnest(%b::bigint[], %b::bigint[], %b::smallint[], %b::bytea[], %b::bytea[])
            ON CONFLICT (session_key, seq) DO UPDATE
            SET recipe = EXCLUDED.recipe, body = EXCLUDED.body, digest = EXCLUDED.digest
            """,  # what is there was found damaged, or made by another recipe
            _columns(folds),
        )
    segments = [
        (each.saving.key, piece.first, piece.last, each.saving.cover + 1, piece.bytes, blobs[name])
        for each in made
        for piece, name in each.pieces
    ]
    if segments:
        _write_segments(cursor, made, segments)
    rows = [
        (
            *(each.saving.key, row.tier, row.seq, row.id, row.reason, row.log_digest, row.fold_seq, row.cover),
            *(None if body is None else blobs[body], row.created_at, digest),
        )
        for each in made
        for row, digest, body in each.rows
    ]
    if rows:
        cursor.execute(
            """
            INSERT INTO snapshots
                (session_key, tier, seq, id, reason, log_digest, fold_seq, cover, body, created_at, digest)
            SELECT * FROM unnest(%b::bigint[], %b::text[], %b::bigint[], %b::text[], %b::text[], %b::bytea[],
                                 %b::bigint[], %b::bigint[], %b::bigint[], %b::timestamptz[], %b::bytea[])
            """,
            _columns(rows),
        )
    asked = [(each.saving.key, point) for each in made for point in each.points]
    if asked:
        cursor.execute(
            "INSERT INTO recovery_points (session_key, id) SELECT * FROM unnest(%b::bigint[], %b::text[])",
            _columns(asked),
        )
    _advance(cursor, made)


def settle(cursor: Cursor, made: Sequence[Made]) -> None:
    """Take away the timers of what is saved, and set those anew of sessions that went on meanwhile.

    A timer that an event has brought forward since the save was made stays: the event may not be in it.
    """
    cursor.execute(
        "SELECT key, seq FROM sessions WHERE key = ANY(%s) ORDER BY key FOR NO KEY UPDATE",
        ([each.saving.key for each in made],),
    )
    heads: dict[int, int] = dict(cursor.fetchall())
    values = [
        (
            each.saving.key,
            each.seq,
            sum(BITS[tier] for tier in each.intervals) if each.seq == heads[each.saving.key] else 0,
        )
        for each in made
    ]
    cursor.execute(
        """
        UPDATE sessions s SET timed = s.timed & ~n.bits, saved = greatest(s.saved, n.seq)
        FROM unnest(%b::bigint[], %b::bigint[], %b::smallint[]) AS n (key, seq, bits) WHERE s.key = n.key
        """,
        _columns(values),
    )
    done = [(each.saving.key, tier) for each in made for tier in each.intervals if each.seq == heads[each.saving.key]]
    if done:
        cursor.execute(
            """
            WITH mine AS (
                SELECT t.session_key, t.kind FROM unnest(%b::bigint[], %b::text[]) AS n (key, kind)
                JOIN timers t ON t.session_key = n.key AND t.kind = n.kind
                ORDER BY t.session_key, t.kind FOR UPDATE OF t
            )
            DELETE FROM timers t USING mine WHERE t.session_key = mine.session_key AND t.kind = mine.kind
            """,
            _columns(done),
        )
    again = [
        (each.saving.key, tier, seconds)
        for each in made
        for tier, seconds in each.intervals.items()
        if each.seq != heads[each.saving.key]
    ]
    if again:
        cursor.execute(
            """
            UPDATE timers t SET due_at = now() + n.seconds * (0.5 + random() / 2) * interval '1 second'
            FROM unnest(%b::bigint[], %b::text[], %b::float8[]) AS n (key, kind, seconds)
            WHERE t.session_key = n.key AND t.kind = n.kind AND t.reason IS NULL
            """,
            _columns(again),
        )


def put_off(cursor: Cursor, timers: Iterable[tuple[int, Tier, float, str | None]]) -> None:
    """Let claimed timers, by session and tier, be due in so many seconds, for the reason that they had."""
    cursor.execute(
        """
        WITH mine AS (
            SELECT t.session_key, t.kind, n.seconds, n.reason
            FROM unnest(%b::bigint[], %b::text[], %b::float8[], %b::text[]) AS n (key, kind, seconds, reason)
            JOIN timers t ON t.session_key = n.key AND t.kind = n.kind AND t.reason IS NULL
            ORDER BY t.session_key, t.kind FOR UPDATE OF t
        )
        UPDATE timers t SET due_at = now() + mine.seconds * interval '1 second', reason = mine.reason
        FROM mine WHERE t.session_key = mine.session_key AND t.kind = mine.kind
        """,  # in the order in which events set timers: whoever waits for another must not be waited for
        _columns(list(timers)),
    )


def arm(cursor: Cursor, *, within: float, limit: int) -> int:
    """Let sessions that no timer is set for, and that have events in no save, be saved whole within so many seconds.

    Those with rules of their own are left out: their events set their timers. Returns how many sessions, at most
    `limit`; those that somebody is at work on are passed over, since their next event sets the timers.
    """
    cursor.execute(
        """
        WITH unsaved AS (
            SELECT key FROM sessions WHERE timed = 0 AND saved < seq AND autosave IS NULL
            ORDER BY key LIMIT %s FOR NO KEY UPDATE SKIP LOCKED
        ), marked AS (
            UPDATE sessions s SET timed = %s FROM unsaved WHERE s.key = unsaved.key RETURNING s.key
        )
        INSERT INTO timers (session_key, kind, due_at)
        SELECT key, 'full', now() + random() * %s * interval '1 second' FROM marked ORDER BY key ON CONFLICT DO NOTHING
        """,
        (limit, BITS["full"], within),
    )
    return cursor.rowcount


def _write_segments(cursor: Cursor, made: Sequence[Made], segments: Sequence[tuple[int, ...]]) -> None:
    cursor.execute(
        """
        INSERT INTO segments (session_key, first, last, added, bytes, blob)
        SELECT * FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[])
        """,
        _columns(segments),
    )
    replaced = [
        (each.saving.key, old.piece.first, old.piece.last, old.added, each.saving.cover + 1)
        for each in made
        for old in each.replaced
    ]
    if replaced:
        cursor.execute(
            """
            UPDATE segments g SET removed = n.removed
            FROM unnest(%b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[])
                AS n (key, first, last, added, removed)
            WHERE g.session_key = n.key AND g.first = n.first AND g.last = n.last AND g.added = n.added
            """,
            _columns(replaced),
        )


def _advance(cursor: Cursor, made: Sequence[Made]) -> None:
    values = []
    for each in made:
        saving = each.saving
        covered = max((piece.last for piece, _ in each.pieces), default=saving.covered)
        fold_seq, fold_bytes = (each.fold.seq, each.fold.size) if each.fold else (saving.fold_seq, saving.fold_bytes)
        values.append(
            (
                *(saving.key, saving.autosaves + each.numbered, saving.now if each.rows else saving.captured_at),
                *(fold_seq, fold_bytes, covered),
                *(saving.cover + bool(each.pieces), each.tail_bytes),
            )
        )
    cursor.execute(
        """
        UPDATE savings v
        SET autosaves = n.autosaves, captured_at = n.at, fold_seq = n.fold_seq, fold_bytes = n.fold_bytes,
            covered = n.covered, cover = n.cover, tail_bytes = n.tail_bytes
        FROM unnest(%b::bigint[], %b::bigint[], %b::timestamptz[], %b::bigint[], %b::bigint[], %b::bigint[],
                    %b::bigint[], %b::bigint[])
            AS n (key, autosaves, at, fold_seq, fold_bytes, covered, cover, tail_bytes)
        WHERE v.session_key = n.key
        """,
        _columns(values),
    )


def _columns(rows: Sequence[Sequence[Any]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]
