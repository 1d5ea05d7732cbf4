"""Ingest: drain a shard's stream into the log, round by round.

A round reads the oldest entries of the stream and then, in one transaction, takes the shard's turn, applies the events,
buries what was refused, and moves the position; after the commit it trims the stream and tells those who wait. Killed
anywhere, it is simply done again: what was committed is recognised by its event ids.

The stream is read from its beginning, not from the position: it holds what is not committed, and a stream that lost its
tail (Redis restarted or failed over) may give new entries lower ids than the position. The position tells whose turn it
is: a round that finds it elsewhere than before its read has read old news, and throws itself away.
"""

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass

import orjson
import psycopg
from sqlalchemy import Engine

from holdfast.errors import HoldfastError, InvalidEvent, SchemaOutdated, StoreUnavailable, StreamUnavailable
from holdfast.logs import get_logger
from holdfast.outcome import Outcome, packed
from holdfast.pipeline.apply import Item, apply
from holdfast.pipeline.rules import Rules
from holdfast.store import dead_letters, log, shards
from holdfast.store.dead_letters import Refusal
from holdfast.store.forgetting import forgotten
from holdfast.store.log import Cursor
from holdfast.store.transaction import transaction
from holdfast.stream.entry import Entry, decode, named
from holdfast.stream.keys import BELL_SECONDS
from holdfast.stream.reader import Raw, Reader

__all__ = ["Ingest", "Round"]

logger = get_logger(__name__)

SMALL_ROUND = 100
LINGER_SECONDS = 0.01
"""After two small rounds in a row a drain waits this long before the next: a flood of single events would otherwise be
committed a handful at a time, and the commits would take the processor that the publisher needs."""

HOLD_SECONDS = 10.0

GRACE_SECONDS = 0.5
"""A drain's last round may end this much after its time."""

UNSTORABLE = (
    psycopg.DataError,
    psycopg.IntegrityError,
    ArithmeticError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""Errors that come from an entry, not from a server. Entries are checked long before, so each is a fault of ours, or
somebody changed the tables; the entry is put aside all the same, because those behind it must go on."""


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did: how many entries it took out of the stream, and what became of each well-formed one."""

    entries: int
    outcomes: list[tuple[Entry, Outcome]]


class Ingest:
    """Drains streams into the log. Remembers where each shard stood when it last looked. Threads may share one."""

    def __init__(self, engine: Engine, reader: Reader, *, rules: Rules) -> None:
        self._engine = engine
        self.reader = reader
        self._rules = rules
        self._positions: dict[int, str] = {}
        self._turns = [threading.Lock() for _ in range(reader.keys.shards)]

    def drain(self, shard: int, *, seconds: float) -> bool:
        """Run rounds until the stream is empty or the time is over. True where the last look found it empty.

        The bell stays while the drain is at work, and little longer should it die, so that publishers send no second
        one; it is taken away before the last look, and whoever publishes after that rings again.

        Raises `StoreUnavailable` or `SchemaOutdated`, with nothing lost. The bell is then held for a while, so that
        publishers do not call for drains that cannot succeed.
        """
        self._hold(shard, min(seconds + GRACE_SECONDS, BELL_SECONDS))
        with self._turns[shard]:
            # Another process may have drained it since, and a round from the wrong place reads for nothing.
            self._positions.pop(shard, None)
        try:
            return self._drain(shard, time.monotonic() + seconds)
        except (StoreUnavailable, SchemaOutdated):
            self._hold(shard, HOLD_SECONDS)
            raise

    def _drain(self, shard: int, until: float) -> bool:
        silent, small = False, 0
        while time.monotonic() < until:
            done = self.round(shard)
            if done is None:
                continue
            if done.entries == 0 and silent:
                return True
            if done.entries == 0:
                self._silence(shard)
                silent = True
                continue
            small = small + 1 if done.entries < SMALL_ROUND else 0
            if small > 1:
                time.sleep(LINGER_SECONDS)
        self._silence(shard)
        return False

    def _hold(self, shard: int, seconds: float) -> None:
        """Keep publishers from ringing: a courtesy. A Redis that is full refuses it, and must be drained even so."""
        with self._turns[shard]:
            try:
                self.reader.hold(shard, seconds)
            except StreamUnavailable as error:
                logger.warning("bell.refused", shard=shard, error=error.message)

    def _silence(self, shard: int) -> None:
        with self._turns[shard]:
            self.reader.silence(shard)

    def settle(self, shard: int, *, seconds: float) -> bool:
        """Commit what waits in the shard's stream now, and not what comes meanwhile. False where the time was over."""
        until = time.monotonic() + seconds
        with self._turns[shard]:
            waiting = self.reader.backlog(shard)
        while waiting > 0:
            done = self.round(shard)
            if done is not None:
                waiting = waiting - done.entries if done.entries else 0
            if waiting > 0 and time.monotonic() > until:
                return False
        return True

    def round(self, shard: int) -> Round | None:
        """One round. None where it was thrown away because another drain had its turn in between."""
        with self._turns[shard]:
            if shard not in self._positions:
                with transaction(self._engine) as connection:
                    self._positions[shard] = shards.position(log.cursor(connection), shard)
            raws = self.reader.read(shard)
            if not raws:
                return Round(0, [])
            done = self._commit(shard, raws)
            if done is not None:
                self._after_commit(shard, raws[done.entries - 1].id, done)
            return done

    def _commit(self, shard: int, raws: list[Raw]) -> Round | None:
        """Apply the entries in one transaction; where one cannot be stored, half of them, and so on down to it."""
        look_first = False
        while True:
            try:
                return self._attempt(shard, raws, look_first=look_first)
            except UNSTORABLE as error:
                if isinstance(error, psycopg.errors.UniqueViolation) and not look_first:
                    look_first = True
                    continue
                if len(raws) == 1:
                    logger.exception("entry.unstorable", shard=shard, entry=raws[0].id)
                    return self._put_aside(shard, raws[0], error)
                raws = raws[: len(raws) // 2]

    def _attempt(self, shard: int, raws: list[Raw], *, look_first: bool) -> Round | None:
        with transaction(self._engine) as connection:
            cursor = log.cursor(connection)
            if not self._take_turn(cursor, shard, raws[-1]):
                return None
            entries = raws
            if shards.is_behind(raws[0].id, self._positions[shard]):
                # Read before, and not trimmed. What was refused then stays refused, whatever has changed since.
                look_first = True
                buried = dead_letters.buried(cursor, shard, raws)
                entries = [raw for raw in raws if raw.id not in buried]
            accepted, refusals = _decoded(shard, entries)
            items = [Item(entry.tenant, entry.draft, queued=True) for _, entry in accepted]
            outcomes = apply(connection, items, rules=self._rules, look_first=look_first) if items else []
            refusals += [
                Refusal(shard, raw.id, raw.fields, outcome)
                for (raw, _), outcome in zip(accepted, outcomes, strict=True)
                if isinstance(outcome, HoldfastError)
            ]
            self._bury(cursor, refusals)
        self._positions[shard] = raws[-1].id
        return Round(len(raws), [(entry, outcome) for (_, entry), outcome in zip(accepted, outcomes, strict=True)])

    def _put_aside(self, shard: int, raw: Raw, cause: Exception) -> Round | None:
        error = InvalidEvent("entry", f"could not be stored: {type(cause).__name__}: {cause}")
        with transaction(self._engine) as connection:
            cursor = log.cursor(connection)
            if not self._take_turn(cursor, shard, raw):
                return None
            self._bury(cursor, [Refusal(shard, raw.id, raw.fields, error)])
        self._positions[shard] = raw.id
        return Round(1, [])

    def _take_turn(self, cursor: Cursor, shard: int, last: Raw) -> bool:
        """Take the turn of a round that ends with the entry `last`, if nobody had one since this process looked."""
        taken = shards.take_turn(cursor, shard, self._positions[shard], last.id)
        if not taken:
            self._positions[shard] = shards.position(cursor, shard)
        return taken

    def _bury(self, cursor: Cursor, refusals: Sequence[Refusal]) -> None:
        kept = _without_forgotten(cursor, refusals) if refusals else []
        if kept:
            dead_letters.bury(cursor, kept)
        for refusal in kept:
            logger.warning(
                "event.refused",
                session_id=refusal.fields.get(b"session", b"").decode(errors="replace"),
                event_id=refusal.fields.get(b"id", b"").decode(errors="replace"),
                reason=refusal.error.code,
                detail=refusal.error.message,
            )

    def _after_commit(self, shard: int, last: str, done: Round) -> None:
        """A failure here loses nothing: what is not trimmed is read again, and who is not told asks again.

        It ends the drain, though, which would otherwise read the same entries for ever. Raises `StreamUnavailable`.
        """
        logger.debug("round.committed", shard=shard, entries=done.entries)
        try:
            for token, outcomes in _waiting(done).items():
                self.reader.notify(shard, token, orjson.dumps(outcomes))
            self.reader.trim(shard, last)
        except StreamUnavailable as error:
            logger.warning("round.untrimmed", shard=shard, error=error.message)
            raise


def _decoded(shard: int, raws: Sequence[Raw]) -> tuple[list[tuple[Raw, Entry]], list[Refusal]]:
    entries, refusals = [], []
    for raw in raws:
        try:
            entries.append((raw, decode(raw.fields)))
        except HoldfastError as error:
            refusals.append(Refusal(shard, raw.id, raw.fields, error))
    return entries, refusals


def _without_forgotten(cursor: Cursor, refusals: Sequence[Refusal]) -> list[Refusal]:
    """The refusals but for those of sessions that were forgotten: nothing of these is kept."""
    names = [named(refusal.fields) for refusal in refusals]
    gone = forgotten(cursor, asked) if (asked := {name for name in names if name is not None}) else set()
    kept = [refusal for refusal, name in zip(refusals, names, strict=True) if name not in gone]
    if len(kept) < len(refusals):
        logger.info("events.forgotten", events=len(refusals) - len(kept))
    return kept


def _waiting(done: Round) -> dict[str, list[dict[str, object]]]:
    """The outcomes that somebody waits for, by their token, in the form in which they travel."""
    waiting: dict[str, list[dict[str, object]]] = {}
    for entry, outcome in done.outcomes:
        if entry.reply is not None:
            waiting.setdefault(entry.reply, []).append(packed(entry.draft.id, outcome))
    return waiting
