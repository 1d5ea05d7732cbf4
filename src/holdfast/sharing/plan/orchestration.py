"""Orchestration in the plan's form: what runs, which services it uses, and where each orchestrator stands."""

from collections.abc import Iterable
from typing import Any

from holdfast.session.parts import Orchestration, Workflow
from holdfast.sharing.plan.times import written

__all__ = ["initial_states", "orchestration_entry", "orchestrator_state", "orchestrator_states", "workflow_entry"]

NOT_STARTED = "not_started"
"""The status of an orchestrator that has no workflow yet."""


def orchestration_entry(context: Orchestration) -> dict[str, Any]:
    """The `orchestrator_context` of the session document. The delegation chain is the one recorded last."""
    chains = context.workflow_delegation_chain
    return {
        "active_orchestrators": [workflow_entry(each) for each in context.active_orchestrators.values()],
        "enabling_services": {
            name: {"invocations": service.invocations, "last_used": written(service.last_used)}
            for name, service in context.enabling_services.items()
        },
        "workflow_delegation_chain": list(chains[-1].chain) if chains else [],
    }


def workflow_entry(workflow: Workflow) -> dict[str, Any]:
    """A workflow, with the orchestrator that it is of."""
    return {
        "orchestrator_name": workflow.orchestrator_name,
        "workflow_id": workflow.workflow_id,
        "status": workflow.status,
        "started_at": written(workflow.started_at),
        "enabling_services": list(workflow.enabling_services),
    }


def orchestrator_state(context: Orchestration, name: str) -> dict[str, Any]:
    """Where an orchestrator stands: its workflows, and the status of the one that moved last, of the active if any."""
    active = [each for each in context.active_orchestrators.values() if each.orchestrator_name == name]
    ended = [each for each in context.ended_workflows.values() if each.orchestrator_name == name]
    # A workflow that is tracked moves to the end of its table.
    newest = (active or ended)[-1:]
    return {
        "orchestrator_name": name,
        "status": newest[0].status if newest else NOT_STARTED,
        "active_workflows": [workflow_entry(each) for each in active],
        "ended_workflows": [workflow_entry(each) for each in ended],
        "updated_at": written(max((each.updated_at for each in active + ended), default=None)),
    }


def orchestrator_states(context: Orchestration) -> dict[str, dict[str, Any]]:
    """Where every orchestrator stands that was heard of, by name."""
    workflows = [*context.active_orchestrators.values(), *context.ended_workflows.values()]
    names = dict.fromkeys(each.orchestrator_name for each in workflows)
    return {name: orchestrator_state(context, name) for name in names}


def initial_states(names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """Where orchestrators stand before anything has happened, by name."""
    return {name: orchestrator_state(Orchestration(), name) for name in names}
