"""The parts of a session's state. They are filled by the steps, and by nothing else."""

from holdfast.session.parts.base import Mutable
from holdfast.session.parts.context import Contested, Imported, Note, View
from holdfast.session.parts.conversation import Conversation
from holdfast.session.parts.decisions import Decision, LapsedDecision, PendingDecision
from holdfast.session.parts.effects import Effect
from holdfast.session.parts.guards import BlockedRequest, Compute, Handoff, Invocation, LeaseHeld, Limit, Reservation
from holdfast.session.parts.knowledge import Area, Campaign, Claim, Default, Information, Preference, Source
from holdfast.session.parts.life import Agent, Fork, History, Recovery, Saving
from holdfast.session.parts.orchestration import Consultation, Delegation, Orchestration, Service, Workflow
from holdfast.session.parts.work import Artifact, CompletedTask, Contribution, Task, Validation, Value
from holdfast.session.parts.world import Fault, File, Look, World

__all__ = [
    "Agent",
    "Area",
    "Artifact",
    "BlockedRequest",
    "Campaign",
    "Claim",
    "CompletedTask",
    "Compute",
    "Consultation",
    "Contested",
    "Contribution",
    "Conversation",
    "Decision",
    "Default",
    "Delegation",
    "Effect",
    "Fault",
    "File",
    "Fork",
    "Handoff",
    "History",
    "Imported",
    "Information",
    "Invocation",
    "LapsedDecision",
    "LeaseHeld",
    "Limit",
    "Look",
    "Mutable",
    "Note",
    "Orchestration",
    "PendingDecision",
    "Preference",
    "Recovery",
    "Reservation",
    "Saving",
    "Service",
    "Source",
    "Task",
    "Validation",
    "Value",
    "View",
    "Workflow",
    "World",
]
