"""Effect: begin something that cannot be undone, unless it was done before or nobody knows whether it was.

What became of it before is read from the log while the session is locked, so of two that begin the same effect at once
only one does.
"""

from sqlalchemy import Connection

from holdfast.errors import EffectDone, EffectRefused, EffectUncertain, HoldfastError
from holdfast.events import Draft, EffectIntended
from holdfast.outcome import Receipt
from holdfast.pipeline.apply import Item, apply
from holdfast.pipeline.rules import Rules
from holdfast.recovering.summary import shortened
from holdfast.session import State, advance
from holdfast.store import log

__all__ = ["intend"]


def intend(connection: Connection, tenant: str, event: Draft, *, rules: Rules) -> Receipt:
    """Commit the `effect.intended`. Raises `EffectRefused`, and what the log refuses an event with."""
    head = log.lock(log.cursor(connection), [(tenant, event.session_id)]).get((tenant, event.session_id))
    # A stale writer is told that it is one, and not what became of an effect that is no longer its own.
    if head is not None and not head.has_run_out and (event.fence == head.fence or head.holder is None):
        _refuse(advance(State(), log.effects(connection, head.key, event.session_id)), event)
    (outcome,) = apply(connection, [Item(tenant, event)], rules=rules)
    if isinstance(outcome, HoldfastError):
        raise outcome
    return outcome


def _refuse(state: State, event: Draft) -> None:
    said = event.payload
    before = state.effects.get(said.effect_id or "") if isinstance(said, EffectIntended) else None
    if before is None:
        return
    if before.status == "done":
        raise EffectDone(before.id, "was done before, and is not done again", before.result)
    if before.status == "abandoned":
        why = f" ({shortened(before.error)})" if before.error else ""
        raise EffectRefused(
            before.id,
            f"was abandoned{why}, and is not to be done; to begin it after all, say with settle_effect that it failed",
        )
    if before.status == "intended" and not before.repeatable:
        raise EffectUncertain(
            before.id,
            f"was begun at {before.intended_at:%Y-%m-%d %H:%M:%S} UTC, and nobody knows whether it was done: find out, "
            "and say so with settle_effect",
        )
