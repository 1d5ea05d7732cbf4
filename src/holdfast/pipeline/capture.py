"""Capture: save sessions, many at once.

    load ──> plan ──> read what is new ──> make ──> announce ──> write blobs ──> commit: rows, prune, timers
    └──────────── one transaction ───────────┘     └─ a second ┘  (none)        └────── a third ───────┘

Killed anywhere, a save is simply made again: blobs that were announced and never referred to are collected, and the
timers come due again, because they are only put off until the transaction that commits the save. Saves of one session
beside each other do no harm either: the one that commits later sees that what it was made of is old, and starts over.
"""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

from sqlalchemy import Connection, Engine

from holdfast.blobs.vault import Vault
from holdfast.errors import (
    BlobDamaged,
    BlobsUnavailable,
    HoldfastError,
    InvalidInput,
    NotCommittedYet,
    NotConfigured,
)
from holdfast.logs import get_logger
from holdfast.pipeline.making import WITH_SEGMENTS, Making, Order, Plan, make, plan
from holdfast.saving.policy import Policy, policy_of
from holdfast.saving.recovery_point import recovery_point
from holdfast.store import blobs, log, pruning, savings, timers
from holdfast.store.blobs import Announced, Blob
from holdfast.store.savings import Saving
from holdfast.store.transaction import transaction

__all__ = ["Saver"]

logger = get_logger(__name__)

EVENTS = 10_000
"""Events that are in memory at once, as long as a single session has not more."""

MANY, MAX_BYTES = 100, 32 * 1024 * 1024
"""Where one session has so many events that are new, only so many bytes of them are read at once."""

ROUNDS = 1000
"""Far more than a session of millions of events needs."""

APART_SECONDS = 1.0
"""Between two saves of one session, unless somebody asks: bursts of triggers become one save."""

AWAY_SECONDS = 15.0
"""Until the blobs are reached for again, when they were out of reach."""

GOING_SECONDS = 0.1
"""Between two looks whether a blob that is being deleted is gone."""

WRITERS = 8
"""Blobs that are written at once."""

OUT_OF_REACH = (BlobsUnavailable, BlobDamaged, InvalidInput, NotConfigured)
"""What opening the location of the blobs, and writing to it, raises: for every session the same."""

FAILED_SECONDS = 600.0
"""Until a save is tried again that failed for what lies in the session itself."""

BROKEN = (HoldfastError, ArithmeticError, LookupError, RecursionError, TypeError, ValueError)
"""Errors that come from one session's events or saves. Those beside it must be saved all the same."""


class _Going(Exception):  # never leaves this file
    """One of the blobs is being deleted at this very moment, or its collector died and the next one deletes it."""


class Saver:
    """Saves sessions of any tenant. `open_vault` is called when blobs are first needed."""

    def __init__(
        self, engine: Engine, open_vault: Callable[[], Vault], policy: Policy, *, backup: bool = False
    ) -> None:
        self._engine = engine
        self._open_vault = open_vault
        self.policy = policy
        self._backup = backup

    def save(self, orders: Sequence[Order]) -> int:
        """Save these sessions, as they are now; returns how many snapshots were added.

        What fails for one session is logged, and its timers put off; for an order that was `asked` it is raised. Where
        the blobs cannot be reached, or lie elsewhere, what needs none is saved, the rest waits for its timers, and one
        of `OUT_OF_REACH` is raised at the end.
        """
        added = 0
        failure: HoldfastError | None = None
        for _ in range(ROUNDS):
            orders, done, failed = self._round(orders)
            added, failure = added + done, failure or failed
            if not orders:
                break
        else:
            raise NotCommittedYet(f"{len(orders)} session(s) changed faster than they could be saved")
        if failure is not None:
            raise failure
        return added

    def _round(self, orders: Sequence[Order]) -> tuple[list[Order], int, HoldfastError | None]:
        """One round; returns what is left to do, how many snapshots were added, and whether blobs were out of reach."""
        with transaction(self._engine) as connection:
            log.steady(connection)
            log.by_index(log.cursor(connection))
            plans, later = self._plans(connection, orders)
            makings = list(self._made(connection, plans))
        failure: HoldfastError | None = None
        try:
            announced = self._write_blobs(makings)
        except _Going:
            return [*later, *self._wait(makings)], 0, None
        except OUT_OF_REACH as error:
            if any(each.plan.order.asked for each in makings):
                raise
            failure, announced = error, {}
            waiting = [each for each in makings if each.blobs]
            logger.warning("save.waits", reason=error.message, sessions=len(waiting))
            _put_off(self._engine, [each.plan.order for each in waiting], AWAY_SECONDS)
            later += [order for each in waiting if (order := _without_blobs(each.plan))]
            makings = [each for each in makings if not each.blobs]
        try:
            late, added = self._commit(makings, announced)
        except _Going:
            self._give_up(announced)
            return [*later, *self._wait(makings)], 0, failure
        unfinished = [each.plan.order for each in makings if each.plan.upto < each.plan.saving.seq]
        return [*later, *unfinished, *late], added, failure

    def _plans(self, connection: Connection, orders: Sequence[Order]) -> tuple[list[Plan], list[Order]]:
        """What to save in this round, and what in the next."""
        cursor = log.cursor(connection)
        keys = [order.key for order in orders]
        found = {saving.key: saving for saving in savings.load(cursor, keys, archived=False)}
        plans: list[Plan] = []
        later: list[Order] = []
        early: list[Order] = []
        events = 0
        for order in orders:
            saving = found.get(order.key)
            if saving is None:
                continue
            if not order.asked and _seconds_since(saving) < APART_SECONDS:
                early.append(order)
                continue
            planned = plan(saving, order, policy_of(self.policy, saving.autosave))
            if planned.upto - planned.reads_after > MANY:
                planned = replace(planned, upto=savings.reach(cursor, planned.range, MAX_BYTES))
            events += planned.upto - planned.reads_after
            if events > EVENTS and plans:
                later.append(order)
            else:
                plans.append(planned)
        if early:
            _put_off(self._engine, early, APART_SECONDS)
        return plans, later

    def _made(self, connection: Connection, plans: Sequence[Plan]) -> Iterable[Making]:
        cursor = log.cursor(connection)
        ranges = [each.range for each in plans if each.range.after < each.upto]
        rows = savings.lines(cursor, ranges) if ranges else {}
        covering = [each.saving.key for each in plans if each.covers]
        covers = savings.cover(cursor, covering) if covering else {}
        still = [
            (each.saving.key, each.upto) for each in plans if each.upto in {each.saving.fold_seq, each.saving.covered}
        ]
        existing = savings.existing(cursor, still) if still else {}
        for each in plans:
            key = each.saving.key
            try:
                yield make(
                    each,
                    rows.get(key, []),
                    cover=covers.get(key, []),
                    read=partial(_read, connection, key),
                    existing=existing.get(key, frozenset()),
                    points=savings.points(cursor, key, recovery_point(each.saving.session_id, each.saving.now))
                    if each.order.asked
                    else frozenset(),
                )
            except BROKEN as error:
                if each.order.asked:
                    raise
                logger.exception("save.failed", session_id=each.saving.session_id, error=str(error))
                _put_off(self._engine, [each.order], FAILED_SECONDS)

    def _write_blobs(self, makings: Sequence[Making]) -> dict[str, Announced]:
        """Announce and write; returns the blobs by name."""
        contents = {name: (making.plan.saving.key, *blob) for making in makings for name, blob in making.blobs.items()}
        if not contents:
            return {}
        vault = self._open_vault()
        with transaction(self._engine) as connection:
            announced = blobs.announce(
                log.cursor(connection),
                [
                    Blob(name, address, len(content), vault.cipher.key_id, key)
                    for name, (key, address, content) in contents.items()
                ],
            )
        if len(announced) < len(contents):
            self._give_up(announced)
            raise _Going
        fresh = [name for name, blob in announced.items() if not blob.there]
        # At once, because each waits for a disk or a network most of its time.
        with ThreadPoolExecutor(WRITERS) as pool:
            for _ in pool.map(lambda name: vault.put(name, contents[name][2]), fresh):
                pass
        return announced

    def _give_up(self, announced: Mapping[str, Announced]) -> None:
        with transaction(self._engine) as connection:
            blobs.give_up(log.cursor(connection), announced.values())

    def _wait(self, makings: Sequence[Making]) -> list[Order]:
        """What to do again at once, because somebody waits for it; the rest is put off."""
        orders = [each.plan.order for each in makings]
        _put_off(self._engine, [order for order in orders if not order.asked], AWAY_SECONDS)
        asked = [order for order in orders if order.asked]
        if asked:
            time.sleep(GOING_SECONDS)
        return asked

    def _commit(self, makings: Sequence[Making], announced: Mapping[str, Announced]) -> tuple[list[Order], int]:
        """Write the rows, prune, settle the timers; returns what came too late, and how many snapshots were added."""
        made = [making.made for making in makings if making.made.rows or making.made.pieces or making.made.fold]
        keys = {name: blob.key for name, blob in announced.items()}
        with transaction(self._engine) as connection:
            cursor = log.cursor(connection)
            log.by_index(cursor)
            written = savings.current(cursor, made) if made else []
            used = [keys[name] for each in written for name in _blobs_of(each)]
            # Before the rows that refer to them: those would lock them too, in another order.
            if used and not blobs.confirm(cursor, used):
                raise _Going
            if written:
                savings.write(cursor, written, keys)
            saved = [(each.saving.key, row.tier, each.keep) for each in written for row, _, _ in each.rows]
            loose = pruning.prune(cursor, saved) if saved else []
            if loose:
                blobs.loosen(cursor, loose)
            full = [each.saving.key for each in written if any(row.tier == "full" for row, _, _ in each.rows)]
            late = {each.saving.key for each in made} - {each.saving.key for each in written}
            if late:
                gone = {name for each in makings if each.plan.saving.key in late for name in each.blobs}
                blobs.give_up(cursor, [blob for name, blob in announced.items() if name in gone])
            # Of a session that is not saved to its end the timers wait: its next round settles them.
            settled = [
                making.made
                for making in makings
                if making.plan.upto == making.plan.saving.seq and making.made.saving.key not in late
            ]
            if settled:
                savings.settle(cursor, settled)
            if full and self._backup:
                timers.set_after(cursor, full, timers.BACKUP, 0)
        added = sum(len(each.rows) for each in written)
        return [making.plan.order for making in makings if making.made.saving.key in late], added


def _read(connection: Connection, key: int, after: int, upto: int) -> list[tuple[object, ...]]:
    return savings.lines(log.cursor(connection), [savings.Range(key, after, upto)])[key]


def _blobs_of(made: savings.Made) -> list[str]:
    return [*(name for _, name in made.pieces), *(body for _, _, body in made.rows if body)]


def _seconds_since(saving: Saving) -> float:
    return float("inf") if saving.captured_at is None else (saving.now - saving.captured_at).total_seconds()


def _without_blobs(planned: Plan) -> Order | None:
    """The order, for the tiers that can be saved while the blobs are out of reach."""
    tiers = {tier: why for tier, why in planned.order.tiers.items() if tier not in WITH_SEGMENTS}
    light = tiers and len(tiers) < len(planned.order.tiers)
    return Order(planned.order.key, tiers) if light else None


def _put_off(engine: Engine, orders: Sequence[Order], seconds: float) -> None:
    """In a transaction of its own: the one that reads is to be read-only, and may be thrown away."""
    if not orders:
        return
    with transaction(engine) as connection:
        savings.put_off(
            log.cursor(connection),
            [(order.key, tier, seconds, reason) for order in orders for tier, reason in order.tiers.items()],
        )
