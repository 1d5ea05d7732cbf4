"""Pausing and closing: the session rests, and whoever ends it learns what was saved and what will be remembered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from holdfast.client.session.log import Log
from holdfast.errors import InvalidInput

if TYPE_CHECKING:
    from holdfast.remembering.completion import Completion

__all__ = ["Ending"]


class Ending(Log):
    """Pausing and closing."""

    def pause(
        self, *, reason: str | None = None, summary: str | None = None, next_steps: Sequence[str] = ()
    ) -> Completion:
        """Let the session rest, by the four steps of the protocol: summarise, learn, store, offer to resume.

        What is told of it (`Completion.offer`) `Holdfast.greet` keeps later. `summary` is the agent's own, and stands
        beside the one that is made. What cannot be done at once, a worker makes up for: `Completion.problems`. Any
        further event wakes the session.

        Needs Postgres; a process without it can append a `session.paused` instead. Raises as `append` does.
        """
        if isinstance(next_steps, str):
            raise InvalidInput("next_steps", "must be a list of texts, not one text")
        said = {"reason": reason, "summary": summary, "next_steps": list(next_steps) or None}
        return self._ended("session.paused", said)

    def close(
        self,
        *,
        reason: str | None = None,
        summary: str | None = None,
        outcome: str | None = None,
        learnings: Sequence[str] = (),
    ) -> Completion:
        """End the session, whose work is done, in the same steps as `pause`. It takes no more events.

        `learnings` are what the work taught; where the session serves a campaign they are its own, and its next
        session begins with them.
        """
        if isinstance(learnings, str):
            raise InvalidInput("learnings", "must be a list of texts, not one text")
        said = {"reason": reason, "summary": summary, "outcome": outcome, "learnings": list(learnings) or None}
        return self._ended("session.closed", said)

    def _ended(self, event_type: str, said: dict[str, Any]) -> Completion:
        service = self._holdfast.service
        data = {key: value for key, value in said.items() if value is not None}
        self.append({"type": event_type, "data": data})
        return service.completions.complete(self.id)
