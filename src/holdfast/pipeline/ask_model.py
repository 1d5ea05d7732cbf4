"""Ask a model for a better summary than the built-in one, which stands in for it until there is one, or for ever.

    read what it needs, set tokens aside, put the timer off ──> ask ──> add its summary, or why there is none
    └──────────────── a transaction ──────────────────────┘  (none)   └──────── another ───────────────────┘

Killed anywhere, or never answered, the timer comes again: later and later, up to an hour, and never not at all. What a
model was asked for is over only when there is a newer built-in summary, whose range has all of it.
"""

from sqlalchemy import Engine

from holdfast.logs import get_logger
from holdfast.pipeline.model import Answer, NoAnswer, Writer, tokens_of
from holdfast.remembering.summary import ModelSummary, Prompt, Summary, checked, prompt
from holdfast.store import log, summaries, timers
from holdfast.store.log import Cursor
from holdfast.store.summaries import Material
from holdfast.store.transaction import transaction

__all__ = ["ask_model"]

logger = get_logger(__name__)

FIRST_SECONDS, MOST_SECONDS = 60.0, 3600.0
"""Until a model that did not answer is asked again: twice as long each time."""

NONSENSE = 10
"""How many times as long it is for one that answered with nonsense: it is there, and asking it costs."""

GRACE_SECONDS = 30.0
"""Beyond the model's time limit, until an answer that is not there is not waited for any more."""

EVENTS = 400
"""New events that a model is told of; where there are more, it gets the built-in summary of all of them besides."""


def ask_model(engine: Engine, writer: Writer | None, tenant: str, session_id: str, *, budget: int) -> bool:
    """Ask for a summary of what the session's newest one covers; returns whether there is one now that was not there.

    Nothing is done where nothing waits for a model, where somebody asks just now, and where today's tokens (UTC) are
    used up, which is written down. No transaction is open while the model is at work.
    """
    asking = _begin(engine, writer, tenant, session_id, budget)
    if asking is None or writer is None:
        return False
    material, told = asking

    def check(said: ModelSummary) -> Summary:
        return checked(said, told.known, of=material.summary, made_by=writer.name, made_at=material.now)

    try:
        answer = writer.write(told, check)
    except NoAnswer as error:
        _end(engine, material, tenant, session_id, told, error)
        return False
    return _end(engine, material, tenant, session_id, told, answer)


def _begin(
    engine: Engine, writer: Writer | None, tenant: str, session_id: str, budget: int
) -> tuple[Material, Prompt] | None:
    """What to ask for, and how. The timer is put off before: whoever dies while asking is followed by another."""
    with transaction(engine) as connection:
        cursor = log.cursor(connection)
        material = None if writer is None else summaries.material(cursor, tenant, session_id)
        if writer is None or material is None or material.archived:
            _nothing_to_do(cursor, tenant, session_id, for_ever=writer is None)
            return None
        if material.busy:
            return None
        told = _told(cursor, material)
        tokens = tokens_of(told)
        used, seconds_left = summaries.used_today(cursor, tenant)
        if used + tokens > budget:
            summaries.add_problem(cursor, material, f"today's {budget:,} tokens are used up")
            _again(cursor, material, seconds_left)
            return None
        seconds = writer.seconds + GRACE_SECONDS
        summaries.asked(cursor, material.key, material.summary.upto, tokens=tokens, seconds=seconds)
        _again(cursor, material, max(_pause(material.attempts), seconds))
    return material, told


def _again(cursor: Cursor, material: Material, seconds: float) -> None:
    timers.clear(cursor, [material.key], timers.MODEL)
    timers.set_after(cursor, [material.key], timers.MODEL, seconds)


def _nothing_to_do(cursor: Cursor, tenant: str, session_id: str, *, for_ever: bool) -> None:
    """Take the timer away, unless a summary begins to wait this moment. For ever: there is no model any more."""
    found = summaries.waiting(cursor, tenant, session_id)
    if found is None:
        return
    key, waits = found
    if for_ever:
        summaries.wait_no_more(cursor, key)
    if for_ever or not waits:
        timers.clear(cursor, [key], timers.MODEL)


def _told(cursor: Cursor, material: Material) -> Prompt:
    """The prompt: the last summary of a model, or else the built-in one before, and what came since."""
    of = material.summary
    base = summaries.last_before(cursor, material.key, of.upto)
    events = summaries.events_before(
        cursor, material.key, material.session_id, after=base.upto if base else 0, upto=of.upto, limit=EVENTS
    )
    if events and events[0].seq > (base.upto if base else 0) + 1:
        base = of  # it is told as a whole, with the newest events
    ids = [each for line in base.lines for each in line.events] if base else []
    return prompt(of, base, events, summaries.numbers(cursor, material.key, ids) if ids else {})


def _pause(attempts: int, times: int = 1) -> float:
    """Seconds until the next attempt, after so many before this one."""
    return float(min(times * FIRST_SECONDS * 2 ** min(attempts, 20), times * MOST_SECONDS))


def _end(
    engine: Engine, material: Material, tenant: str, session_id: str, told: Prompt, came: Answer | NoAnswer
) -> bool:
    """Write down what came of it, if there is still something to write it to."""
    correction = came.tokens - tokens_of(told)
    with transaction(engine) as connection:
        cursor = log.cursor(connection)
        waiting = summaries.waiting(cursor, tenant, session_id)
        if waiting is None:
            return False
        if isinstance(came, NoAnswer):
            summaries.add_problem(cursor, material, str(came), tokens=correction)
            if came.nonsense:
                _again(cursor, material, _pause(material.attempts, NONSENSE))
            logger.warning("summary.model_failed", session_id=session_id, problem=str(came))
            return False
        added = summaries.add_model(cursor, material, came.summary, tokens=correction)
        _, still = summaries.waiting(cursor, tenant, session_id) or (0, False)
        timers.clear(cursor, [material.key], timers.MODEL)
        if still:
            timers.set_after(cursor, [material.key], timers.MODEL, 0)
    return added
