"""Apply: the one way into the log.

Within a transaction that the caller opened: lock the sessions, decide on each event in the order given, number and
chain those that are accepted, insert them in bulk, move the heads, set and clear timers. Whoever appends (a drain, a
lease, the idle timer) comes through here, so sequence numbers have no gaps and fences no loopholes.
"""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import Connection

from holdfast.errors import (
    CampaignStepRefused,
    HoldfastError,
    SessionArchived,
    SessionClosed,
    SessionExists,
    SessionNotFound,
    StaleWriter,
)
from holdfast.events import RESERVED, Draft, SessionResumed, draft, reserved
from holdfast.outcome import Outcome, Receipt
from holdfast.pipeline import resting
from holdfast.pipeline.due import saves_due
from holdfast.pipeline.follow import WENT_ON, follow
from holdfast.pipeline.guards.behind import catch_up
from holdfast.pipeline.guards.move import move
from holdfast.pipeline.lapse import ACTOR, lapsed, ran_out
from holdfast.pipeline.resting import Before
from holdfast.pipeline.rules import Rules
from holdfast.saving.segment import Line
from holdfast.session.campaign import following, legal
from holdfast.session.status import ENDED
from holdfast.store import log, sessions, timers
from holdfast.store.log import Head, Row

__all__ = ["Item", "apply"]


LATE_SECONDS = 60.0
"""What was published while the session expired is committed within this time, or its worker is away."""


class Item(NamedTuple):
    """An event for the log. `system` marks Holdfast's own: it may move guards, and no fence holds it back.

    `queued` marks what came through the stream. It may have waited there since its writer's lease was good, so it is
    let in as long as nobody else has written: whoever ends a lease that ran out commits first what waits.
    """

    tenant: str
    draft: Draft
    system: bool = False
    queued: bool = False
    strict: bool = False
    """Whether a guard may refuse it: the error is raised, and the caller's transaction must be rolled back."""


Heads = dict[tuple[str, str], Head]
Known = dict[tuple[int, UUID], int]


def apply(connection: Connection, items: Sequence[Item], *, rules: Rules, look_first: bool = False) -> list[Outcome]:
    """Append the events; one outcome each, in order.

    Repeats are told from new events by the schema: where one slips in, `UniqueViolation` ends the transaction, and the
    caller comes back with `look_first=True`, which asks the log beforehand. Repeats are rare, and asking costs as much
    as inserting. Nothing is refused without asking, though: a repeat of an accepted event is not a refusal, even if
    its session has closed since. Raises `GuardRefused` and the like where a guard refuses a strict one.
    """
    cursor = log.cursor(connection)
    started = [(item.tenant, item.draft) for item in items if item.draft.type == "session.started"]
    if started:
        sessions.create(cursor, started)
    heads = log.lock(cursor, {(item.tenant, item.draft.session_id) for item in items})
    catch_up(cursor, heads.values())
    before = resting.before(heads.values())
    served = {head.key: head.campaign for head in heads.values()}
    outcomes, rows = _decide(heads, items, _recorded(cursor, heads, items) if look_first else {})
    if not look_first and any(isinstance(outcome, HoldfastError) for outcome in outcomes):
        return apply(connection, items, rules=rules, look_first=True)
    if rows:
        moved = {row[0] for row in rows}
        heads_moved = [head for head in heads.values() if head.key in moved]
        saves = saves_due(heads_moved, rows, rules.autosave)
        log.append(cursor, rows, heads_moved)
        lifted = [head.key for head in heads_moved if head.expires_at != before[head.key].expires_at]
        if lifted:
            sessions.lift_ends(cursor, lifted)
        if saves:
            timers.set_saves(cursor, saves)
        _set_idle(cursor, heads_moved, before, rules)
        resting.set_timers(cursor, heads_moved, before, rules)
        move(cursor, heads_moved, rows, {item.draft.id for item in items if item.strict}, served=served)
    return outcomes


def _recorded(cursor: log.Cursor, heads: Heads, items: Sequence[Item]) -> Known:
    pairs = [(head.key, item.draft.id) for item in items if (head := heads.get((item.tenant, item.draft.session_id)))]
    return log.recorded(cursor, pairs) if pairs else {}


def _decide(heads: Heads, items: Sequence[Item], known: Known) -> tuple[list[Outcome], list[Row]]:
    """Pure but for the heads, which move with each event that is accepted."""
    outcomes: list[Outcome] = []
    rows: list[Row] = []
    for item in items:
        tenant, draft = item.tenant, item.draft
        head = heads.get((tenant, draft.session_id))
        if head is None and draft.type == "session.started":
            outcomes.append(sessions.gone(draft.session_id))
        elif head is None or (head.seq == 0 and draft.type != "session.started"):
            outcomes.append(
                SessionNotFound(draft.session_id, f"there is no session {draft.session_id!r}; start it first")
            )
        elif (seq := known.get((head.key, draft.id))) is not None:
            outcomes.append(Receipt(draft.id, seq, duplicate=True))
        elif (refusal := _settle(head, item, rows) or _refusal(head, item)) is not None:
            outcomes.append(refusal)
        else:
            rows.append(_accept(head, draft))
            known[head.key, draft.id] = head.seq
            outcomes.append(Receipt(draft.id, head.seq))
    return outcomes, rows


def _settle(head: Head, item: Item, rows: list[Row]) -> StaleWriter | None:
    """Write down what came of the session before this event. The error where the event is too late for that."""
    _wake(head, item, rows)
    return _lapse(head, item, rows)


def _lapse(head: Head, item: Item, rows: list[Row]) -> StaleWriter | None:
    """End a lease that ran out before this event, in the log too. The error where the event is its holder's."""
    mine = item.draft.fence == head.fence
    if not head.has_run_out or (item.queued and mine) or item.draft.type == "lease.released":
        return None
    fence, error = head.fence, ran_out(head)
    rows.append(_accept(head, lapsed(head)))
    return error if item.draft.fence == fence and not item.system else None


def _wake(head: Head, item: Item, rows: list[Row]) -> None:
    """Let a session go on that expired while this event, which is let in otherwise, was on its way."""
    if head.status != "expired" or not item.queued or head.closed_at is None or head.archived_at is not None:
        return
    late = (head.now - head.closed_at).total_seconds() < LATE_SECONDS
    if late and item.draft.type not in RESERVED and item.draft.fence in {None, head.fence}:
        rows.append(_accept(head, draft(SessionResumed(reason=WENT_ON), session_id=head.id, actor=ACTOR)))


def _refusal(head: Head, item: Item) -> HoldfastError | None:
    draft = item.draft
    if draft.type == "session.started" and head.seq:
        return SessionExists(f"session {head.id!r} was started before; fetch it instead of starting it again")
    if draft.type in RESERVED and not item.system:
        return reserved(draft.type)
    if head.status in ENDED and draft.type != "session.forked" and not _revives(head, item):
        return _over(head)
    if item.system or draft.fence == head.fence or (draft.fence is None and head.holder is None):
        return _illegal_step(head, draft) if item.strict and draft.type == "campaign.updated" else None
    if head.holder is None:
        return StaleWriter(
            head.id, f"fence {draft.fence} is not the one of now: session {head.id!r} is at {head.fence}"
        )
    shown = "no fence" if draft.fence is None else f"fence {draft.fence}"
    return StaleWriter(
        head.id,
        f"session {head.id!r} is leased exclusively by {head.holder!r} at fence {head.fence}, and this event carries "
        f"{shown}; take the lease before writing",
    )


def _over(head: Head) -> SessionClosed:
    if head.archived_at is not None:
        return SessionArchived.of(head.id, head.archived_at)
    return SessionClosed(head.id, f"session {head.id!r} is {head.status}; start a new one to go on")


def _revives(head: Head, item: Item) -> bool:
    return head.status == "expired" and item.system and item.draft.type == "session.resumed"


def _illegal_step(head: Head, draft: Draft) -> CampaignStepRefused | None:
    step = orjson.loads(draft.data).get("status")
    if step is None or legal(head.campaign_status, step):
        return None
    return CampaignStepRefused(step, str(head.campaign_status), following(head.campaign_status))


def _accept(head: Head, draft: Draft) -> Row:
    line = Line(
        head.seq + 1,
        draft.id,
        draft.type,
        draft.version,
        draft.actor,
        draft.conversation,
        draft.causation_id,
        draft.fence,
        draft.occurred_at,
        head.now,
        draft.data,
    )
    return follow(head, line)


def _set_idle(cursor: log.Cursor, heads: Sequence[Head], before: dict[int, Before], rules: Rules) -> None:
    """Only a session that is active can fall idle. Events do not move the timer: it looks again when it fires."""
    woken: dict[float, list[int]] = {}
    for head in heads:
        if head.status == "active" != before[head.key].status:
            woken.setdefault(resting.idle_after(head, rules), []).append(head.key)
    stilled = [head.key for head in heads if head.status != "active" == before[head.key].status]
    for seconds, keys in woken.items():
        timers.set_after(cursor, keys, timers.IDLE, seconds)
    if stilled:
        timers.clear(cursor, stilled, timers.IDLE)
