"""The orchestration family: which workflows run, which services and agents take part."""

from typing import Annotated

from pydantic import Field

from holdfast.events.payload import Confidence, Count, Json, Payload, Text
from holdfast.events.values import Instant

__all__ = ["ENDED", "AgentConsulted", "DelegationRecorded", "ServiceUsed", "WorkflowTracked"]

ENDED = frozenset({"completed", "failed", "cancelled"})
"""The statuses of a workflow that is over. Any other word means that it is active."""


class WorkflowTracked(Payload):
    """An orchestrator's workflow started, moved on, or is over: see `ENDED`."""

    TYPE = "workflow.tracked"

    orchestrator_name: Text
    workflow_id: Text
    status: str | None = None
    started_at: Instant | None = None
    enabling_services: list[str] | None = None


class ServiceUsed(Payload):
    """A service did something for a workflow. With 0 `invocations` only its status changed."""

    TYPE = "service.used"

    service: Text
    invocations: Count = 1
    status: str | None = None
    contribution: str | None = None
    """What came of it, as `parsed_file_data`."""
    workflow_id: str | None = None
    state_id: str | None = None
    """The key of the value, set by `state.set`, to which it contributed."""


class DelegationRecorded(Payload):
    """Work was passed on. `chain` names everyone from the orchestrator down to who does it."""

    TYPE = "delegation.recorded"

    chain: Annotated[list[Text], Field(min_length=1)]
    workflow_id: str | None = None
    task: str | None = None


class AgentConsulted(Payload):
    """Another agent was asked."""

    TYPE = "agent.consulted"

    agent: Text
    question: str | None = None
    output: Json = None
    """What it said that matters to the others."""
    capability: str | None = None
    confidence: Confidence | None = None
