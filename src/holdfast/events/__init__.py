"""The events: everything that can happen to a session, what each one says, and the one check of both ends.

    session        started resumed paused recovered forked closed expired failed       lifecycle.py autosave.py
    conversation   message.added  conversation.context_updated                         conversation.py
    orchestration  workflow.tracked  service.used  delegation.recorded  agent.consulted   orchestration.py
    work           task.assigned .progressed .completed  state.set .expired            work.py
                   artifact.produced  validation.reported
    knowledge      knowledge.learned  information.provided  preference.stated .refused  knowledge.py
                   campaign.updated  memory.recalled
    context        slice.declared  history.noted  context.imported                     context.py
    decisions      decision.made .escalated .answered .lapsed .withdrawn               decisions.py
    guards         lease.taken .released  request.allowed .blocked                     guards.py
                   budget.set  compute.reserved .settled .released                     compute.py
                   handoff.offered .accepted .refused .completed .expired              handoffs.py
    effects        effect.intended .settled                                            effects.py
    world          file.modified  world.observed  error.raised  save.requested         world.py
    your own       custom.anything                                                     custom.py

    typed payload ─┐                    ┌─ stream ─ parse ─┐
    mapping ───────┼─ draft ── Draft ───┤                  ├── Draft ── the log ── Event ── .payload
    JSON text ─────┘     └── validate   └──────────────────┘ └── validate                    └── upcast

A new type is a class in its family's file, an entry in `catalog.py` and a step of the fold.
"""

from holdfast.events.autosave import Autosave, Intervals, Persistence, autosave_of, seconds
from holdfast.events.catalog import KNOWN
from holdfast.events.compute import BudgetSet, ComputeReleased, ComputeReserved, ComputeSettled, Level
from holdfast.events.context import ContextImported, HistoryNoted, SliceDeclared
from holdfast.events.conversation import ConversationContextUpdated, MessageAdded, ToolCall
from holdfast.events.custom import Custom
from holdfast.events.decisions import (
    DecisionAnswered,
    DecisionEscalated,
    DecisionLapsed,
    DecisionMade,
    DecisionWithdrawn,
)
from holdfast.events.effects import EffectIntended, EffectSettled
from holdfast.events.encoding import MAX_DEPTH, MAX_EVENT_BYTES
from holdfast.events.envelope import Draft, Event, draft, parse
from holdfast.events.guards import (
    OF_LEASES,
    RESERVED,
    LeaseReleased,
    LeaseTaken,
    RequestAllowed,
    RequestBlocked,
    reserved,
)
from holdfast.events.handoffs import (
    HandoffAccepted,
    HandoffCompleted,
    HandoffExpired,
    HandoffOffered,
    HandoffPackage,
    HandoffRefused,
)
from holdfast.events.knowledge import (
    CampaignStatus,
    CampaignUpdated,
    InformationProvided,
    KnowledgeLearned,
    MemoryRecalled,
    PreferenceRefused,
    PreferenceStated,
    Recalled,
)
from holdfast.events.lifecycle import (
    AgentState,
    SessionClosed,
    SessionExpired,
    SessionFailed,
    SessionForked,
    SessionPaused,
    SessionRecovered,
    SessionResumed,
    SessionStarted,
)
from holdfast.events.orchestration import ENDED, AgentConsulted, DelegationRecorded, ServiceUsed, WorkflowTracked
from holdfast.events.payload import Confidence, Part, Payload
from holdfast.events.registry import Registry
from holdfast.events.values import MAX_LENGTH, Identifier, Instant, Name, identifier, instant, name, reference, whole
from holdfast.events.work import (
    ArtifactProduced,
    Budget,
    Scope,
    StateExpired,
    StateSet,
    TaskAssigned,
    TaskCompleted,
    TaskProgressed,
    ValidationReported,
)
from holdfast.events.world import ErrorRaised, FileModified, SaveRequested, WorldObserved

__all__ = [
    "ENDED",
    "KNOWN",
    "MAX_DEPTH",
    "MAX_EVENT_BYTES",
    "MAX_LENGTH",
    "OF_LEASES",
    "RESERVED",
    "AgentConsulted",
    "AgentState",
    "ArtifactProduced",
    "Autosave",
    "Budget",
    "BudgetSet",
    "CampaignStatus",
    "CampaignUpdated",
    "ComputeReleased",
    "ComputeReserved",
    "ComputeSettled",
    "Confidence",
    "ContextImported",
    "ConversationContextUpdated",
    "Custom",
    "DecisionAnswered",
    "DecisionEscalated",
    "DecisionLapsed",
    "DecisionMade",
    "DecisionWithdrawn",
    "DelegationRecorded",
    "Draft",
    "EffectIntended",
    "EffectSettled",
    "ErrorRaised",
    "Event",
    "FileModified",
    "HandoffAccepted",
    "HandoffCompleted",
    "HandoffExpired",
    "HandoffOffered",
    "HandoffPackage",
    "HandoffRefused",
    "HistoryNoted",
    "Identifier",
    "InformationProvided",
    "Instant",
    "Intervals",
    "KnowledgeLearned",
    "LeaseReleased",
    "LeaseTaken",
    "Level",
    "MemoryRecalled",
    "MessageAdded",
    "Name",
    "Part",
    "Payload",
    "Persistence",
    "PreferenceRefused",
    "PreferenceStated",
    "Recalled",
    "Registry",
    "RequestAllowed",
    "RequestBlocked",
    "SaveRequested",
    "Scope",
    "ServiceUsed",
    "SessionClosed",
    "SessionExpired",
    "SessionFailed",
    "SessionForked",
    "SessionPaused",
    "SessionRecovered",
    "SessionResumed",
    "SessionStarted",
    "SliceDeclared",
    "StateExpired",
    "StateSet",
    "TaskAssigned",
    "TaskCompleted",
    "TaskProgressed",
    "ToolCall",
    "ValidationReported",
    "WorkflowTracked",
    "WorldObserved",
    "autosave_of",
    "draft",
    "identifier",
    "instant",
    "name",
    "parse",
    "reference",
    "reserved",
    "seconds",
    "upcast",
    "validate",
    "whole",
]

validate = KNOWN.validate
upcast = KNOWN.upcast
