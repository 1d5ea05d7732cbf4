"""Effects as a recovery sees them: done, safe to repeat, or uncertain."""

from typing import Any, Literal, NamedTuple

from holdfast.session import State
from holdfast.session.parts import Effect

__all__ = ["Standing", "standings"]

ORDER = ("uncertain", "safe_to_repeat", "done")


class Standing(NamedTuple):
    """How it stands with an effect."""

    effect: Effect
    standing: Literal["done", "safe_to_repeat", "uncertain"]

    @property
    def text(self) -> str:
        """The effect in a few words, as `send_mail trip-1 to ada`."""
        effect = self.effect
        key = effect.idempotency_key or effect.id
        return " ".join(filter(None, (effect.action, key, effect.target and f"to {effect.target}")))

    @property
    def doubt(self) -> str:
        """What is said of one that is uncertain."""
        return f"Nobody knows whether this was done: {self.text}"

    def as_json(self) -> dict[str, Any]:
        """As a value of JSON."""
        return {"standing": self.standing, **self.effect.model_dump(mode="json")}


def standings(state: State) -> list[Standing]:
    """Every effect of the session, the uncertain first, otherwise in the order in which they were intended."""
    found = [Standing(effect, _standing(effect)) for effect in state.effects.values()]
    return sorted(found, key=lambda each: ORDER.index(each.standing))


def _standing(effect: Effect) -> Literal["done", "safe_to_repeat", "uncertain"]:
    if effect.status == "intended":
        return "safe_to_repeat" if effect.repeatable else "uncertain"
    # What was abandoned is settled too, and nothing is to be done about it; what failed is known not to have happened.
    return "safe_to_repeat" if effect.status == "failed" else "done"
