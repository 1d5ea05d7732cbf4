"""Steps of the effects family."""

from holdfast.events import EffectIntended, EffectSettled, Event
from holdfast.session.parts import Effect
from holdfast.session.state import State
from holdfast.session.table import folds


@folds(EffectIntended)
def effect_intended(state: State, event: Event, said: EffectIntended) -> None:
    """Uncertain until it is settled; intended once more, it is uncertain once more."""
    effect_id = said.effect_id or str(event.id)
    state.effects[effect_id] = Effect(
        id=effect_id,
        status="intended",
        action=said.action,
        target=said.target,
        arguments=said.arguments,
        idempotency_key=said.idempotency_key,
        repeatable=said.repeatable,
        intended_at=event.occurred_at,
    )


@folds(EffectSettled)
def effect_settled(state: State, event: Event, said: EffectSettled) -> None:
    """Known, even if nobody announced it."""
    effect = state.effects.setdefault(said.effect_id, Effect(id=said.effect_id, status=said.outcome))
    effect.status, effect.settled_at = said.outcome, event.occurred_at
    effect.result, effect.error = said.result, said.error
