"""Steps of the orchestration family."""

from holdfast.events import ENDED, AgentConsulted, DelegationRecorded, Event, ServiceUsed, WorkflowTracked
from holdfast.session.parts import Consultation, Contribution, Delegation, Service, Workflow
from holdfast.session.state import State
from holdfast.session.table import folds


@folds(WorkflowTracked)
def workflow_tracked(state: State, event: Event, said: WorkflowTracked) -> None:
    """Among the active ones until its status says that it ended; a later word can bring it back."""
    context = state.orchestrator_context
    before = context.active_orchestrators.pop(said.workflow_id, None) or context.ended_workflows.pop(
        said.workflow_id, None
    )
    status = said.status or (before.status if before else None)
    workflows = context.ended_workflows if status in ENDED else context.active_orchestrators
    services = said.enabling_services
    workflows[said.workflow_id] = Workflow(
        orchestrator_name=said.orchestrator_name,
        workflow_id=said.workflow_id,
        status=status,
        started_at=said.started_at or (before.started_at if before else event.occurred_at),
        updated_at=event.occurred_at,
        enabling_services=services if services is not None else before.enabling_services if before else [],
    )


@folds(ServiceUsed)
def service_used(state: State, event: Event, said: ServiceUsed) -> None:
    """Counted by service. What it gave to a value of the state is kept with that value too."""
    service = state.orchestrator_context.enabling_services.setdefault(said.service, Service())
    service.invocations += said.invocations
    if said.invocations:
        service.last_used = event.occurred_at
    service.status = said.status or service.status
    if said.contribution is not None:
        service.contributions.append(said.contribution)
        value = state.values.get(said.state_id) if said.state_id is not None else None
        if value is not None:
            value.contributions.append(
                Contribution(service=said.service, contribution=said.contribution, timestamp=event.occurred_at)
            )


@folds(DelegationRecorded)
def delegation_recorded(state: State, event: Event, said: DelegationRecorded) -> None:
    """Added to the chain."""
    state.orchestrator_context.workflow_delegation_chain.append(
        Delegation(chain=said.chain, workflow_id=said.workflow_id, task=said.task, recorded_at=event.occurred_at)
    )


@folds(AgentConsulted)
def agent_consulted(state: State, event: Event, said: AgentConsulted) -> None:
    """Kept, so that other agents can build on what it said."""
    state.agents_consulted.append(
        Consultation(
            agent=said.agent,
            question=said.question,
            output=said.output,
            capability=said.capability,
            confidence=said.confidence,
            consulted_at=event.occurred_at,
            event_id=str(event.id),
        )
    )
