"""Orchestration and state records on the agent's side: what is told becomes events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from holdfast import clock
from holdfast.errors import InvalidInput
from holdfast.events import instant
from holdfast.events.values import shown
from holdfast.session.parts import Value
from holdfast.sharing.packages.fields import object_at
from holdfast.sharing.plan import state_record

if TYPE_CHECKING:
    from holdfast.client.session.log import Log
    from holdfast.outcome import Receipt

__all__ = ["delegated", "service_used", "stored", "workflow_tracked"]

Time = datetime | str | None


def workflow_tracked(
    session: Log, orchestrator_name: str, workflow_data: Mapping[str, Any], timestamp: Time
) -> Receipt:
    """As `Session.track_orchestrator_workflow` says."""
    object_at("workflow_data", workflow_data)
    if workflow_data.get("orchestrator_name", orchestrator_name) != orchestrator_name:
        raise InvalidInput("workflow_data", f"is of another orchestrator than {orchestrator_name!r}")
    started_at = workflow_data.get("started_at")
    data = {
        **workflow_data,
        "orchestrator_name": orchestrator_name,
        "started_at": None if started_at is None else instant("workflow_data.started_at", started_at).isoformat(),
    }
    return _told(session, "workflow.tracked", data, timestamp)


def service_used(
    session: Log,
    service_name: str,
    status: str | None,
    *,
    invocations: int = 1,
    contribution: str | None = None,
    workflow_id: str | None = None,
    state_id: str | None = None,
    timestamp: Time,
) -> Receipt:
    """As `Session.update_enabling_service_status` and `Session.contribute` say."""
    data = {
        "service": service_name,
        "status": status,
        "invocations": invocations,
        "contribution": contribution,
        "workflow_id": workflow_id,
        "state_id": state_id,
    }
    return _told(session, "service.used", data, timestamp)


def delegated(
    session: Log, chain: Sequence[str], *, workflow_id: str | None, task: str | None, timestamp: Time
) -> Receipt:
    """As `Session.record_delegation` says."""
    if not isinstance(chain, list | tuple):
        raise InvalidInput("chain", f"must be a list of names, not {shown(chain)}")
    return _told(
        session, "delegation.recorded", {"chain": list(chain), "workflow_id": workflow_id, "task": task}, timestamp
    )


def stored(
    session: Log,
    state_id: str,
    state_data: Any,
    *,
    orchestrator_metadata: Mapping[str, Any] | None,
    metadata: Mapping[str, Any] | None,
    ttl: int | None,
    timestamp: Time,
) -> dict[str, Any]:
    """As `Session.store_state` says."""
    at = clock.now() if timestamp is None else instant("timestamp", timestamp)
    # Null is a value like any other; what else is absent is left out.
    data: dict[str, Any] = {"key": state_id, "value": state_data}
    more = {"orchestrator_metadata": orchestrator_metadata, "metadata": metadata, "ttl": ttl}
    data |= {name: value for name, value in more.items() if value is not None}
    receipt = session.append({"type": "state.set", "occurred_at": at, "data": data})[0]
    value = Value(
        value=state_data,
        set_at=at,
        set_by=session.agent,
        orchestrator_metadata=None if orchestrator_metadata is None else dict(orchestrator_metadata),
        metadata=None if metadata is None else dict(metadata),
        ttl=ttl,
        event_id=str(receipt.event_id),
    )
    return state_record(session.id, state_id, value)


def _told(session: Log, event_type: str, data: Mapping[str, Any], timestamp: Time) -> Receipt:
    event = {
        "type": event_type,
        "occurred_at": None if timestamp is None else instant("timestamp", timestamp),
        "data": {name: value for name, value in data.items() if value is not None},
    }
    return session.append(event)[0]
