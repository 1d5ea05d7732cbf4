"""Handing the session over to another agent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from holdfast.client import handing
from holdfast.client.session.leases import Leases

if TYPE_CHECKING:
    from holdfast.client.handing import Handoff

__all__ = ["Handoffs"]


class Handoffs(Leases):
    """Handing the session over to another agent."""

    def hand_off(  # noqa: PLR0913  # one argument a field
        self,
        to: str,
        *,
        capability: str | None = None,
        task: str | None = None,
        reason: str | None = None,
        seconds: float | None = None,
        expires_at: datetime | str | None = None,
        current_step: int | None = None,
        context: Mapping[str, Any] | None = None,
        constraints: Sequence[str] = (),
        details: str | None = None,
        handoff_id: str | None = None,
    ) -> Handoff:
        """Offer the session to another agent, with what it needs so that it asks for nothing again.

        The package is what the user told and wants, and what was decided; given a `task`, there is a `skill_invocation`
        too, sliced for the receiver. `context` adds to the first, `constraints` to the second. Nothing changes for this
        agent until it is accepted. Not accepted within `seconds`, or by `expires_at`, it expires. With a `handoff_id`
        it is offered once: offered again, as after a crash, this returns what became of it.

        Raises `InvalidInput`, `EventTooLarge`, `StaleWriter` where somebody else has the lease; and as the log refuses
        an event.
        """
        return handing.handed_off(
            self,
            to,
            capability=capability,
            task=task,
            reason=reason,
            seconds=seconds,
            expires_at=expires_at,
            current_step=current_step,
            context=context,
            constraints=constraints,
            details=details,
            handoff_id=handoff_id,
        )

    def handoff(self, handoff_id: str) -> Handoff:
        """An offer of this session, and what became of it. Raises `HandoffNotFound`."""
        return handing.Handoff.of(self._holdfast, self._holdfast.service.handoffs.find(self.id, handoff_id))
