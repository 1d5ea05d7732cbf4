"""An update of the shared context, by an agent: everything in one append, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from holdfast.errors import CampaignStepRefused
from holdfast.outcome import Receipt
from holdfast.session import State
from holdfast.session.campaign import following
from holdfast.sharing.document import updates_of

if TYPE_CHECKING:
    from holdfast.client.session import Session

__all__ = ["updated"]


def updated(session: Session, update: Mapping[str, Any], base: int | None, known: State) -> list[Receipt]:
    """As `Session.update_context` says; `known` is the session's state."""
    events = updates_of(update, actor=session.agent, known=known, base=base)
    receipts = session.append(*events)
    step = next((event["data"].get("status") for event in events if event["type"] == "campaign.updated"), None)
    if step is not None:
        _check(session.state(), step, {str(receipt.event_id) for receipt in receipts})
    return receipts


def _check(state: State, step: str, events: set[str]) -> None:
    """Somebody else may have taken the campaign elsewhere between the look and the append."""
    if any(each.event_id in events and each.type == "campaign.updated" for each in state.contested):
        status = state.campaign.status if state.campaign else None
        error = CampaignStepRefused(step, str(status), following(status))
        error.add_note("somebody else moved the campaign meanwhile; the rest of the update is committed")
        raise error
