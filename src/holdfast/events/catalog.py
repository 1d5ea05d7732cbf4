"""Every type of event that this release knows."""

from holdfast.events import (
    conversation,
    decisions,
    effects,
    guards,
    knowledge,
    lifecycle,
    orchestration,
    work,
    world,
)
from holdfast.events.registry import Registry

__all__ = ["KNOWN"]

KNOWN = Registry(
    [
        lifecycle.SessionStarted,
        lifecycle.SessionResumed,
        lifecycle.SessionPaused,
        lifecycle.SessionRecovered,
        lifecycle.SessionForked,
        lifecycle.SessionClosed,
        lifecycle.SessionExpired,
        lifecycle.SessionFailed,
        conversation.MessageAdded,
        conversation.ConversationContextUpdated,
        orchestration.WorkflowTracked,
        orchestration.ServiceUsed,
        orchestration.DelegationRecorded,
        orchestration.AgentConsulted,
        work.TaskAssigned,
        work.TaskProgressed,
        work.TaskCompleted,
        work.StateSet,
        work.ArtifactProduced,
        work.ValidationReported,
        knowledge.KnowledgeLearned,
        knowledge.InformationProvided,
        knowledge.PreferenceStated,
        knowledge.CampaignUpdated,
        decisions.DecisionMade,
        decisions.DecisionEscalated,
        decisions.DecisionAnswered,
        decisions.DecisionLapsed,
        guards.ComputeReserved,
        guards.ComputeSettled,
        guards.RequestBlocked,
        guards.LeaseTaken,
        guards.LeaseReleased,
        guards.HandoffOffered,
        guards.HandoffAccepted,
        guards.HandoffRefused,
        guards.HandoffCompleted,
        effects.EffectIntended,
        effects.EffectSettled,
        world.FileModified,
        world.WorldObserved,
        world.ErrorRaised,
        world.SaveRequested,
    ]
)
"""The types of section 6 of the design. An old version's upcaster goes into a second argument, by type and version."""
