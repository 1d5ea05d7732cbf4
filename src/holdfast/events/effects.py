"""The effects family: what an agent does to the outside, announced before and settled after."""

from typing import Literal

from holdfast.events.payload import Json, Payload, Text

__all__ = ["EffectIntended", "EffectSettled"]


class EffectIntended(Payload):
    """An agent is about to do something that cannot be undone. Without `effect_id`, the event's own id is used."""

    TYPE = "effect.intended"

    action: Text
    """As `send_mail`, `charge_card`."""
    effect_id: Text | None = None
    target: str | None = None
    arguments: dict[str, Json] = {}
    idempotency_key: str | None = None
    """What the other side knows the effect by, so that it can be asked whether it happened."""
    repeatable: bool = False
    """Doing it twice does no harm: the other side tells by the key, or it changes nothing."""


class EffectSettled(Payload):
    """It is known what became of an effect."""

    TYPE = "effect.settled"

    effect_id: Text
    outcome: Literal["done", "failed", "abandoned"]
    result: Json = None
    error: str | None = None
