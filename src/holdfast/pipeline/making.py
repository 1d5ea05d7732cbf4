"""Making: what a save of one session consists of. Reads through what it is given; writes nothing.

A light state is folded at every save. A heavy one is only folded anew when as many bytes of events have come since as
it weighs itself: until then a save names the earlier fold, and segments hold the events after it. So what a save costs
follows what is new, on the average, whatever the session weighs.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any

import orjson

from holdfast.errors import LogDamaged
from holdfast.events import Event
from holdfast.logs import get_logger
from holdfast.saving import body, segment
from holdfast.saving.cover import Piece, cut, merge, rewrite_from
from holdfast.saving.names import body_name, segment_name
from holdfast.saving.packing import packed, unpacked
from holdfast.saving.policy import TIMED, Policy
from holdfast.saving.recovery_point import auto_save_point, recovery_point
from holdfast.saving.segment import Line
from holdfast.saving.snapshot import SnapshotRow, fold_digest, row_digest
from holdfast.saving.tiers import Tier
from holdfast.session import State
from holdfast.session.fold import RECIPE, advance
from holdfast.store.chain import genesis, link
from holdfast.store.savings import Covering, Fold, Made, Range, Saving

__all__ = ["CHUNK", "Order", "Plan", "make", "plan"]

logger = get_logger(__name__)

HEAVY = 32 * 1024
"""Bytes of a state's JSON. One of this size takes about a millisecond to read, and to write again."""

CHUNK = 5000
"""Events that one round takes of a session. Of one that has more, the rest is left to the next round."""

WITH_SEGMENTS: frozenset[Tier] = frozenset({"conversation", "full"})

Row = tuple[Any, ...]
"""The fields of a `Line`, and the event's digest."""

Read = Callable[[int, int], list[Row]]
"""The events of the session after the first number, up to the second."""


@dataclass(frozen=True)
class Order:
    """A session that is to be saved, the tiers, and why; None where its interval is over."""

    key: int
    tiers: Mapping[Tier, str | None]
    asked: bool = False
    """Somebody asked for it and waits."""


@dataclass(frozen=True)
class Plan:
    """How far a session is saved in this round, and from where its events are needed."""

    saving: Saving
    order: Order
    policy: Policy
    upto: int
    folds_from: int | None
    """The event after which the fold goes on; None where it is left as it is."""
    covers: bool

    @property
    def reads_after(self) -> int:
        """The event after which events are needed."""
        starts = [
            start for start in (self.folds_from, self.saving.covered if self.covers else None) if start is not None
        ]
        return min(starts, default=self.upto)

    @property
    def range(self) -> Range:
        """What to read: one event more, for its digest, which the chain goes on from."""
        return Range(self.saving.key, max(self.reads_after - 1, 0) if self.covers else self.reads_after, self.upto)


@dataclass
class Making:
    """What was made of a session, with the content of the blobs that have to be written first, by name."""

    plan: Plan
    made: Made
    blobs: dict[str, tuple[bytes, bytes]] = field(default_factory=dict)
    """Address and content."""


def plan(saving: Saving, order: Order, policy: Policy) -> Plan:
    """How to save a session."""
    believed = _believed(saving)
    heavy = believed and saving.fold_bytes > HEAVY and _is_soon(saving)
    covers = heavy or not WITH_SEGMENTS.isdisjoint(order.tiers)
    folds_from = None if heavy else saving.fold_seq if believed else 0
    start = min(saving.seq if folds_from is None else folds_from, saving.covered if covers else saving.seq)
    return Plan(saving, order, policy, min(saving.seq, start + CHUNK), folds_from, covers)


def make(
    plan: Plan,
    rows: Sequence[Row],
    *,
    cover: Sequence[Covering],
    read: Read,
    existing: frozenset[Tier],
    points: frozenset[str],
) -> Making:
    """What a save adds. `existing` are tiers that have a snapshot at this very event, `points` the ids that are taken.

    Raises `LogDamaged` where the log is not what its chain says: what is wrong is not saved over what is right.
    """
    sound = _sound(plan, cover) if plan.covers else cover
    if sound is not cover:
        plan = _covering_anew(plan, _reach(sound))
        rows = read(plan.range.after, plan.upto)
    saving = plan.saving
    _check_whole(plan, rows)
    made = Made(saving, plan.upto, plan.policy.keep, None, [], tail_bytes=saving.tail_bytes)
    made.intervals = {tier: plan.policy.intervals[tier] for tier in plan.order.tiers}
    making = Making(plan, made)
    state = _fold(plan, made, rows)
    segments = _cover(making, rows, list(sound), read) if plan.covers else []
    made.replaced += [each for each in cover if each not in sound]
    if plan.upto == saving.seq:
        log_digest = rows[-1][-1] if rows else saving.digest
        if log_digest != saving.digest:
            raise LogDamaged(
                saving.session_id, saving.seq, "does not match the session's head: one of the two was altered"
            )
        for tier in plan.order.tiers:
            if tier not in existing:
                _add_row(making, tier, state, segments, points)
    return making


def _is_soon(saving: Saving) -> bool:
    """Whether it is too soon to fold a heavy state anew. Where nothing came since the last save, it is."""
    behind = saving.fold_seq < saving.seq
    return behind and (saving.tail_bytes < saving.fold_bytes or saving.covered == saving.seq)


def _believed(saving: Saving) -> bool:
    if saving.fold is None or saving.recipe != RECIPE:
        return False
    whole = fold_digest(saving.tenant, saving.session_id, saving.fold_seq, saving.recipe, saving.fold)
    if whole != saving.fold_digest:
        logger.error("fold.damaged", session_id=saving.session_id, seq=saving.fold_seq)
    return whole == saving.fold_digest


def _check_whole(plan: Plan, rows: Sequence[Row]) -> None:
    saving, expected = plan.saving, plan.range.after
    for row in rows:
        expected += 1
        if row[0] != expected:
            raise LogDamaged(saving.session_id, expected, "is missing")
    if expected != plan.upto:
        raise LogDamaged(saving.session_id, expected + 1, "is missing")


def _sound(plan: Plan, cover: Sequence[Covering]) -> Sequence[Covering]:
    """The cover, or where it is not whole, so much of it that what follows can be made anew in this round."""
    covered = plan.saving.covered
    whole: list[Covering] = []
    for each in cover:
        if each.piece.first == _reach(whole) + 1 and each.piece.last <= covered:
            whole.append(each)
    if len(whole) == len(cover) and _reach(whole) == covered:
        return cover
    # One less, so that there is something to make also where nothing is missing, but something too much.
    return whole[:-1] if _reach(whole[:-1]) < plan.upto else cover


def _reach(cover: Sequence[Covering]) -> int:
    """The last event that is covered."""
    return cover[-1].piece.last if cover else 0


def _covering_anew(plan: Plan, after: int) -> Plan:
    """The cover is not whole: from there on it is made anew, in as many rounds as that needs."""
    logger.error("cover.damaged", session_id=plan.saving.session_id, seq=after + 1)
    return replace(plan, saving=replace(plan.saving, covered=after), upto=min(plan.upto, after + CHUNK))


def _fold(plan: Plan, made: Made, rows: Sequence[Row]) -> bytes | None:
    """The state's JSON at the end, where it is known without folding a heavy one."""
    saving, start = plan.saving, plan.folds_from
    if start is None or start > plan.upto:
        return None
    if start == plan.upto and saving.fold_bytes > HEAVY:
        return None
    what = f"the fold of {saving.session_id} at {saving.fold_seq}"
    known = unpacked(what, saving.fold) if start and saving.fold else None
    if start == plan.upto:
        return known
    state = State() if known is None else State.model_validate_json(known)
    advance(state, (_event(saving.session_id, row) for row in rows if row[0] > start))
    text = state.model_dump_json(exclude_defaults=True).encode()
    content = packed(text)
    digest = fold_digest(saving.tenant, saving.session_id, plan.upto, RECIPE, content)
    made.fold, made.tail_bytes = Fold(plan.upto, RECIPE, content, digest, len(text)), 0
    return text


def _cover(making: Making, rows: Sequence[Row], cover: list[Covering], read: Read) -> list[Covering]:
    """Let segments cover the new events too; returns the new cover."""
    plan, made, saving = making.plan, making.made, making.plan.saving
    new = [row for row in rows if row[0] > saving.covered]
    if not new:
        return cover
    size = sum(len(row[-2]) for row in new)
    if made.fold is None:
        made.tail_bytes += size
    begin = rewrite_from(
        [each.piece for each in cover], Piece(new[0][0], new[-1][0], size), seal="full" in plan.order.tiers
    )
    # The chain is checked from the event before the first that is written.
    rows = [row for row in rows if row[0] >= begin - 1]
    if rows[0][0] > max(begin - 1, 1):
        rows = read(max(begin - 2, 0), rows[0][0] - 1) + rows
    pieces = cut(begin, [len(row[-2]) for row in rows if row[0] >= begin], plan.upto)
    kept = [each for each in cover if each.piece.first < begin]
    merged = merge([*(each.piece for each in kept), *pieces], plan.upto)
    if merged is not None:
        pieces = [piece for piece in pieces if not merged.first <= piece.first <= merged.last]
        kept = [each for each in kept if not merged.first <= each.piece.first <= merged.last]
        _write(making, [merged], rows if merged.first >= begin else read(max(merged.first - 2, 0), merged.last))
    made.replaced = [each for each in cover if each not in kept]
    _write(making, pieces, rows)
    fresh = [Covering(piece, saving.cover + 1, 0, making.blobs[name][0]) for piece, name in made.pieces]
    return sorted(kept + fresh, key=lambda each: each.piece.first)


def _write(making: Making, pieces: Sequence[Piece], rows: Sequence[Row]) -> None:
    """Make segments of these rows, which begin with the event before, unless it is the first."""
    _check_chain(making.plan.saving, rows)
    for piece in pieces:
        offset = piece.first - rows[0][0]
        content = segment.encode([Line(*row[:-1]) for row in rows[offset : offset + piece.events]])
        address = sha256(content).digest()
        name = segment_name(making.plan.saving.tenant, address)
        making.blobs[name] = address, content
        making.made.pieces.append((piece, name))


def _check_chain(saving: Saving, rows: Sequence[Row]) -> None:
    """The first of the rows, unless it begins the log, is there for its digest only."""
    digest = genesis(saving.tenant, saving.session_id)
    if rows[0][0] > 1:
        digest, rows = rows[0][-1], rows[1:]
    for *fields, data, stored in rows:
        digest = link(digest, fields, data)
        if digest != stored:
            raise LogDamaged(saving.session_id, fields[0], "was altered after it was committed, or one before it was")


def _add_row(
    making: Making, tier: Tier, state: bytes | None, cover: Sequence[Covering], points: frozenset[str]
) -> None:
    plan, made, saving = making.plan, making.made, making.plan.saving
    reason = plan.order.tiers[tier] or TIMED
    if plan.order.asked:
        point = recovery_point(saving.session_id, saving.now, points | set(made.points))
        made.points.append(point)
    else:
        made.numbered += 1
        point = auto_save_point(saving.session_id, saving.autosaves + made.numbered)
    # Only a full one is read without the database, and holds on to the segments that its body names. The others are
    # read through the cover of the day, up to their event.
    version = saving.cover + bool(made.pieces) if tier == "full" else None
    fold_seq = made.fold.seq if made.fold else saving.fold_seq
    address = name = None
    if tier == "full":
        content = body.encode(
            body.Body(
                saving.tenant,
                saving.session_id,
                point,
                plan.upto,
                reason,
                saving.now,
                saving.digest,
                None if state is None else RECIPE,
                state,
                [body.Part(each.piece.first, each.piece.last, each.address) for each in cover],
            )
        )
        address = sha256(content).digest()
        name = body_name(saving.tenant, saving.session_id, plan.upto, address)
        making.blobs[name] = address, content
    row = SnapshotRow(tier, plan.upto, point, reason, saving.digest, fold_seq, version, address, saving.now)
    made.rows.append((row, row_digest(saving.tenant, saving.session_id, row), name))


def _event(session_id: str, row: Row) -> Event:
    seq, event_id, type_, version, actor, conversation, causation_id, fence, occurred_at, recorded_at, data, digest = (
        row
    )
    return Event(
        session_id, seq, event_id, type_, version, actor, occurred_at, recorded_at, orjson.loads(data), digest,
        conversation, causation_id, fence,
    )  # fmt: skip
