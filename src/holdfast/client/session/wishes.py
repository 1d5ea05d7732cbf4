"""How the user wants things: what was stated, what is taken for granted from memory, and what of that is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from holdfast.client.session.log import Log
from holdfast.errors import InvalidInput
from holdfast.remembering.record import LISTS

if TYPE_CHECKING:
    from holdfast.session.parts import Default

__all__ = ["Wishes"]


class Wishes(Log):
    """How the user wants things."""

    def preferences(self) -> dict[str, Any]:
        """By key: as the user stated it in this session, otherwise as is taken for granted."""
        return self.state().wishes

    def defaults(self) -> dict[str, Default]:
        """What is taken for granted from memory and not refused, by key; with its confidence, for the user to see.

        What the user stated in this session stands above it.
        """
        return {key: each for key, each in self.state().defaults.items() if not each.refused}

    def refuse_default(self, key: str, *, value: Any = None, reason: str | None = None) -> None:
        """The user does not want it so: it no longer holds here, and its memory is believed less from now on.

        `value` is what of a list is refused; without it, all of the default is. Raises `InvalidInput` for a key that
        has no default, and what `append` raises.
        """
        default = self.defaults().get(key)
        if default is None:
            raise InvalidInput("key", f"{key!r} has no default in session {self.id!r}")
        whole = default.value if key in LISTS else [default.value]
        refused = whole if value is None else [value]
        self.append(
            *({"type": "preference.refused", "data": {"key": key, "value": each, "reason": reason}} for each in refused)
        )
