"""A state record in the plan's form: a value of the general state, who made it, and what services gave to it."""

from datetime import datetime
from typing import Any

from holdfast.session import State
from holdfast.session.parts import Value
from holdfast.sharing.plan.times import written

__all__ = ["lasting", "state_record"]

CONTRIBUTIONS = "enabling_service_contributions"


def lasting(state: State, now: datetime) -> dict[str, Value]:
    """The values of the general state whose time is not over; `now` is the database's."""
    return {key: value for key, value in state.values.items() if value.expires_at is None or value.expires_at > now}


def state_record(session_id: str, state_id: str, value: Value) -> dict[str, Any]:
    """The record. Every key of the plan is there; what else the metadata holds is kept."""
    return {
        "state_id": state_id,
        "session_id": session_id,
        "state_data": value.value,
        "orchestrator_metadata": _orchestrator_metadata(value),
        "metadata": value.metadata or {},
        "ttl": value.ttl,
        "stored_at": written(value.set_at),
    }


def _orchestrator_metadata(value: Value) -> dict[str, Any]:
    given = value.orchestrator_metadata or {}
    first = given.get(CONTRIBUTIONS)
    added = [
        {"service": each.service, "contribution": each.contribution, "timestamp": written(each.timestamp)}
        for each in value.contributions
    ]
    return {
        "created_by_orchestrator": None,
        "workflow_id": None,
        **given,
        CONTRIBUTIONS: [*(first if isinstance(first, list) else []), *added],
        "delegation_chain": given.get("delegation_chain") or [],
    }
