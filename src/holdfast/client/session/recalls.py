"""What is remembered of the session's user and of its campaign."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdfast.client import memories
from holdfast.client.session.log import Log

if TYPE_CHECKING:
    from holdfast.remembering.memory import Kind
    from holdfast.service.searching import Hits

__all__ = ["Recalls"]


class Recalls(Log):
    """What is remembered of the session's user and of its campaign."""

    def recall(self, text: str, *, kind: Kind | None = None, min_confidence: float = 0.2, limit: int = 5) -> Hits:
        """Search what is remembered of the session's user and campaign; the best first, as `Memories.search`.

        What is found is recorded in the session as given back (`memory.recalled`), so that it is never learned again.
        `.told()` is its text for an agent's prompt, between marks that keep it from being learned wherever it turns
        up. Raises `InvalidInput`, `SessionNotFound`, and as `append`.
        """
        return memories.recall(self, text, kind=kind, min_confidence=min_confidence, limit=limit)
