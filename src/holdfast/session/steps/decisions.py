"""Steps of the decisions family."""

from holdfast.events import DecisionAnswered, DecisionEscalated, DecisionLapsed, DecisionMade, DecisionWithdrawn, Event
from holdfast.session.parts import Decision, LapsedDecision, PendingDecision
from holdfast.session.state import State
from holdfast.session.steps.context import contest
from holdfast.session.steps.knowledge import settle
from holdfast.session.table import folds


@folds(DecisionMade)
def decision_made(state: State, event: Event, said: DecisionMade) -> None:
    """Decided; if it was pending under this id, it no longer is. What was settled under it stays as it is."""
    decision_id = said.decision_id or str(event.id)
    pending = state.pending_decisions.pop(decision_id, None)
    if pending is None and said.decision_id is not None and _is_settled(state, decision_id):
        contest(state, event, decision_id)
        return
    state.decisions_made.append(
        Decision(
            id=decision_id,
            type=said.type,
            question=said.question or (pending.question if pending else None),
            decision=said.decision,
            value=said.value,
            rationale=said.rationale,
            confidence=said.confidence,
            decided_by=said.decided_by or event.actor,
            timestamp=event.occurred_at,
            event_id=str(event.id),
        )
    )
    settle(state, event, said.type, said.decision if said.value is None else said.value, said.decided_by)


@folds(DecisionEscalated)
def decision_escalated(state: State, event: Event, said: DecisionEscalated) -> None:
    """Pending."""
    decision_id = said.decision_id or str(event.id)
    state.pending_decisions[decision_id] = PendingDecision(
        id=decision_id,
        question=said.question,
        context=said.context,
        options=said.options,
        escalated_to=said.escalated_to,
        escalated_by=said.escalated_by or event.actor,
        escalated_at=event.occurred_at,
        deadline=said.deadline,
        default=said.default,
        escalation_path=said.escalation_path,
        event_id=str(event.id),
    )


@folds(DecisionAnswered)
def decision_answered(state: State, event: Event, said: DecisionAnswered) -> None:
    """Decided, with the question that was pending. The second answer to a question changes nothing."""
    pending = state.pending_decisions.pop(said.decision_id, None)
    if pending is None and _is_settled(state, said.decision_id):
        contest(state, event, said.decision_id)
        return
    state.decisions_made.append(
        Decision(
            id=said.decision_id,
            type=None,
            question=pending.question if pending else None,
            decision=said.decision,
            value=None,
            rationale=said.rationale,
            confidence=said.confidence,
            decided_by=said.decided_by or event.actor,
            timestamp=event.occurred_at,
            event_id=str(event.id),
        )
    )
    settle(state, event, said.decision_id, said.decision, said.decided_by)


@folds(DecisionLapsed)
def decision_lapsed(state: State, event: Event, said: DecisionLapsed) -> None:
    """No longer pending, and not decided; what holds instead is the event's word, or the question's default."""
    pending = state.pending_decisions.pop(said.decision_id, None)
    if pending is None and _is_settled(state, said.decision_id):
        contest(state, event, said.decision_id)
        return
    default = pending.default if pending else None
    state.decisions_lapsed.append(
        LapsedDecision(
            id=said.decision_id,
            question=pending.question if pending else None,
            reason=said.reason,
            decision=default if said.decision is None else said.decision,
            lapsed_at=event.occurred_at,
        )
    )


@folds(DecisionWithdrawn)
def decision_withdrawn(state: State, event: Event, said: DecisionWithdrawn) -> None:
    """No longer pending, and nothing holds instead."""
    pending = state.pending_decisions.pop(said.decision_id, None)
    if pending is None and _is_settled(state, said.decision_id):
        contest(state, event, said.decision_id)
        return
    state.decisions_lapsed.append(
        LapsedDecision(
            id=said.decision_id,
            question=pending.question if pending else None,
            reason=said.reason,
            decision=None,
            lapsed_at=event.occurred_at,
            withdrawn=True,
        )
    )


def _is_settled(state: State, decision_id: str) -> bool:
    made = any(each.id == decision_id for each in state.decisions_made)
    return made or any(each.id == decision_id for each in state.decisions_lapsed)
