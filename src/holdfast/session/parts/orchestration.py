"""Workflows, services, delegations, and the agents that were asked."""

from datetime import datetime
from typing import Any

from pydantic import Field

from holdfast.events import Confidence
from holdfast.session.parts.base import Mutable

__all__ = ["Consultation", "Delegation", "Orchestration", "Service", "Workflow"]


class Workflow(Mutable):
    """A workflow of an orchestrator."""

    orchestrator_name: str
    workflow_id: str
    status: str | None = None
    started_at: datetime
    updated_at: datetime
    enabling_services: list[str] = Field(default_factory=list)


class Service(Mutable):
    """How much a service was used."""

    invocations: int = 0
    last_used: datetime | None = None
    status: str | None = None
    contributions: list[str] = Field(default_factory=list)


class Delegation(Mutable):
    """Who passed work on to whom, from the orchestrator down."""

    chain: list[str]
    workflow_id: str | None
    task: str | None
    recorded_at: datetime


class Orchestration(Mutable):
    """The orchestrator context: what runs, what it uses, how it was passed on."""

    active_orchestrators: dict[str, Workflow] = Field(default_factory=dict)
    """Workflows that run, by workflow id."""
    ended_workflows: dict[str, Workflow] = Field(default_factory=dict)
    enabling_services: dict[str, Service] = Field(default_factory=dict)
    workflow_delegation_chain: list[Delegation] = Field(default_factory=list)


class Consultation(Mutable):
    """What another agent was asked and said."""

    agent: str
    question: str | None
    output: Any
    capability: str | None
    confidence: Confidence | None
    consulted_at: datetime
    event_id: str
