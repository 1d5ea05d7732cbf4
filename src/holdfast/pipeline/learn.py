"""Learn: what a session's new events say that is worth keeping becomes evidence, and the evidence memories.

    events behind sessions.learned ──> extract ──> evidence ──> recompute ──> memories

Everything happens in one transaction, which no append waits for until it is about to be committed. A range is learned
from once, by the session's lock and `runs`; whatever is committed twice, or in another order, comes to the same: an
event says the same in whichever range it is read, and memories are a function of the set of their evidence.
"""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from typing import NamedTuple
from uuid import UUID, uuid5

from sqlalchemy import Connection, Engine

from holdfast.errors import InvalidEvent
from holdfast.events import Event
from holdfast.logs import get_logger
from holdfast.pipeline.batches import BROKEN, FAILED_SECONDS
from holdfast.pipeline.guards.fact import guarded
from holdfast.pipeline.recompute import forget, recompute, undo
from holdfast.pipeline.tracing import trace
from holdfast.remembering.extracting import CONTEXT, FOLDED, RECIPE, Given, extract, given_by
from holdfast.remembering.memory import Evidence, Finding
from holdfast.remembering.memory.canonical import memory_id
from holdfast.remembering.memory.change import Change
from holdfast.remembering.memory.finding import TEXT_CHARACTERS
from holdfast.store import evidence, log, runs, timers
from holdfast.store.evidence import Said
from holdfast.store.log import Cursor
from holdfast.store.runs import Source
from holdfast.store.transaction import transaction

__all__ = ["Learned", "forget", "learn", "learn_all", "learn_sessions", "recompute", "undo"]

logger = get_logger(__name__)

PAGE = 1000
"""Events that one transaction learns from: what fits well into memory and a task's time limit."""

NAMESPACE = UUID("8b1f6f0e-3c57-5d0e-8f6e-2f1f0c9d4e11")


class Learned(NamedTuple):
    """What was learned from a session."""

    run_id: str | None
    """What `undo` takes; None where there was nothing new."""
    upto: int
    """Up to where the session was learned from by now."""
    findings: int
    changes: tuple[Change, ...]
    """What became of memories."""
    behind: bool
    """Whether there is more: another call goes on."""


class _Piece(NamedTuple):
    """Events during which the session served one campaign, and knew the same of memory."""

    events: Sequence[Event]
    before: Sequence[Event]
    campaign: str | None
    given: frozenset[Given]


def learn(connection: Connection, tenant: str, session_id: str, *, most: int = PAGE) -> Learned:
    """Learn from the session's next events, at most so many; nothing where there are none, or no such session."""
    cursor = log.cursor(connection)
    runs.lock_session(cursor, tenant, session_id)
    session = runs.source(cursor, tenant, session_id)
    if session is None:
        return Learned(None, 0, 0, (), behind=False)
    after = max(0, session.learned - CONTEXT)
    events = list(log.events(connection, session.key, session_id, after=after, limit=most + session.learned - after))
    before = [event for event in events if event.seq <= session.learned]
    new = events[len(before) :]
    if not new:
        runs.learned(cursor, session.key, session.learned)
        return Learned(None, session.learned, 0, (), behind=False)
    pieces = list(_pieces(cursor, session, before, new))
    run_id = uuid5(NAMESPACE, f"{tenant}\n{session_id}\n{RECIPE}\n{new[0].seq}")
    said = [each for piece in pieces for each in _said(piece, tenant, session, str(run_id))]
    upto = new[-1].seq
    run = runs.New(run_id, new[0].seq, upto, RECIPE, pieces[-1].campaign, len(said))
    changed: tuple[Change, ...] = ()
    if not runs.add(cursor, tenant, session.key, run):
        # Learned from before, and nobody wrote down how far: as after a restored `sessions` row.
        upto = runs.reached(cursor, session.key, run)
    elif said:
        subjects = [each.subject for each in said]
        evidence.lock_owners(cursor, tenant, subjects)
        evidence.add(cursor, tenant, session.key, _wanted(cursor, said))
        changed = recompute(cursor, tenant, subjects)
    trace(connection, tenant, session.key, session_id, session.user_id, upto, new)
    behind = upto < session.events
    runs.learned(cursor, session.key, upto, behind=behind)
    logger.info("session.learned", session_id=session_id, first=new[0].seq, upto=upto, findings=len(said))
    return Learned(str(run_id), upto, len(said), changed, behind)


def learn_all(engine: Engine, tenant: str, session_id: str) -> list[Learned]:
    """Learn from all the session's new events, a transaction for each `PAGE`; each part that brought something."""
    found: list[Learned] = []
    while True:
        with transaction(engine) as connection:
            done = learn(connection, tenant, session_id)
        if done.run_id is not None:
            found.append(done)
        if not done.behind:
            return found


def learn_sessions(engine: Engine, keys: Sequence[int]) -> int:
    """Learn from all that is new in these sessions; returns from how many that could be done.

    What fails for one is logged, and its timer put off.
    """
    with transaction(engine) as connection:
        found = runs.named(log.cursor(connection), keys)
    done = 0
    for key, tenant, session_id in found:
        try:
            learn_all(engine, tenant, session_id)
        except BROKEN as error:
            logger.exception("learning.failed", session_id=session_id, error=str(error))
            with transaction(engine) as connection:
                timers.put_off(log.cursor(connection), [key], timers.LEARN, FAILED_SECONDS)
        else:
            done += 1
    return done


def _pieces(cursor: Cursor, session: Source, before: Sequence[Event], new: Sequence[Event]) -> Iterator[_Piece]:
    """The events, cut where the campaign changes and where something is recalled, or taken back.

    So what an event says does not depend on what came after it, and neither on how far a run goes.
    """
    campaign = runs.campaign(cursor, session.key, session.learned)
    given: frozenset[Given] = frozenset()
    for event in runs.recalls(cursor, session.key, session.id, session.learned, FOLDED):
        given = given_by(given, event)
    events = [*before, *new]
    start = len(before)
    for place in range(start, len(events)):
        event = events[place]
        served, known = _campaign_of(event) or campaign, given_by(given, event)
        if (served, known) != (campaign, given):
            if place > start:
                yield _Piece(events[start:place], events[max(0, start - CONTEXT) : start], campaign, given)
            start, campaign, given = place, served, known
    yield _Piece(events[start:], events[max(0, start - CONTEXT) : start], campaign, given)


def _campaign_of(event: Event) -> str | None:
    return guarded(event.data.get("gtm_id")) if event.type == "campaign.updated" else None


def _said(piece: _Piece, tenant: str, session: Source, run_id: str) -> Iterator[Said]:
    recorded = {event.id: event.recorded_at for event in piece.events}
    for found in _findings(piece, session):
        owner = session.user_id if found.owner_kind == "user" else piece.campaign
        if owner is None:
            continue
        finding = _storable(found)
        # An agent's clock may be ahead by years; nothing is said after it was committed.
        finding = finding._replace(said_at=min(finding.said_at, recorded[finding.event_id]))
        memory = memory_id(tenant, finding.owner_kind, owner, finding.kind, finding.key, finding.value)
        yield Said(memory, owner, Evidence(finding, session.id, run_id))


def _findings(piece: _Piece, session: Source) -> list[Finding]:
    """What the piece says. An event that cannot be read says nothing, and keeps no other from being learned from."""
    read = partial(
        extract,
        user_id=session.user_id,
        campaign=piece.campaign,
        recalled=frozenset(each.text for each in piece.given),
        given=piece.given,
    )
    with suppress(InvalidEvent):
        return read(piece.events, before=piece.before)
    events = [*piece.before, *piece.events]
    found: list[Finding] = []
    for place in range(len(piece.before), len(events)):
        try:
            found += read([events[place]], before=events[max(0, place - CONTEXT) : place])
        except InvalidEvent as error:
            logger.warning("event.unreadable", session_id=session.id, seq=events[place].seq, error=error.message)
    return found


def _storable(finding: Finding) -> Finding:
    """Without what a column of text cannot hold."""
    return finding._replace(
        key=finding.key.replace("\0", "\N{SYMBOL FOR NULL}"),
        text=finding.text.replace("\0", "\N{SYMBOL FOR NULL}")[:TEXT_CHARACTERS],
    )


def _wanted(cursor: Cursor, said: Sequence[Said]) -> list[Said]:
    """Without what the owners of these memories wanted gone."""
    gone = evidence.dismissed(cursor, [each.memory for each in said])
    return [each for each in said if each.memory not in gone or each.evidence.finding.said_at > gone[each.memory]]
