"""Decisions worth keeping: those of people, and those that an agent was sure of."""

from collections.abc import Iterator
from typing import Any

from holdfast.events import DecisionAnswered, DecisionEscalated, DecisionMade
from holdfast.remembering.extracting.keys import shown, slug, titled
from holdfast.remembering.extracting.seen import Seen
from holdfast.remembering.extracting.strength import TOLD_BY_AGENT, sureness
from holdfast.remembering.extracting.told import implied
from holdfast.remembering.memory import Finding

__all__ = ["answered", "decided", "decision"]

OF_A_BUDGET = "exceeds remaining budget"
"""In a question that a budget raised: its answer lets work go on, and says nothing of anybody."""

SURE = 0.7
"""How sure an agent must be of a decision of its own for it to be kept."""


def decided(seen: Seen) -> Iterator[Finding]:
    """What was decided, of the campaign where there is one; and what the user seems to prefer by it."""
    said = seen.event.payload
    if not isinstance(said, DecisionMade):
        return
    by_person = seen.by_a_person(said.decided_by)
    sure = sureness(said.confidence) if said.confidence is not None else (1.0 if by_person else 0.5)
    value = said.value if said.value is not None else said.decision
    about = said.type or said.question or ""
    if by_person or sure >= SURE:
        yield from decision(seen, about, value, said.rationale, sure, by_person=by_person)
    of_the_user = said.decided_by in {None, seen.user_id} or (said.decided_by or "").casefold() == "user"
    if said.type and of_the_user and sure >= SURE and said.value is not None:
        yield from implied(seen, said.type, said.value)


def answered(seen: Seen) -> Iterator[Finding]:
    """The answer to a question that was put to somebody."""
    said = seen.event.payload
    if not isinstance(said, DecisionAnswered):
        return
    by_person = seen.by_a_person(said.decided_by)
    question = _question(seen, said.decision_id)
    if OF_A_BUDGET in question:
        return
    yield from decision(seen, question, said.decision, said.rationale, sureness(said.confidence), by_person=by_person)


def decision(
    seen: Seen, about: str, value: Any, rationale: str | None, sure: float, *, by_person: bool
) -> Iterator[Finding]:
    """A finding of a decision. Decisions about one thing, by its name or its question, speak of the same."""
    key = slug(about) if about else "decisions"
    why = f" ({rationale})" if rationale else ""
    question = titled(about) if about else "Decided"
    yield from seen.finding(
        "decision",
        key,
        value,
        f"{shown(question).rstrip(':')}{'' if question.endswith('?') else ':'} {shown(value)}{why}",
        source="user" if by_person else "agent",
        strength=sure if by_person else sure * TOLD_BY_AGENT,
        campaign=True,
        single=bool(about),
        # Of a campaign its successors want to know; of one piece of work only whoever takes it up soon.
        temporary=seen.campaign is None,
    )


def _question(seen: Seen, decision_id: str) -> str:
    """The question, where it was asked shortly before."""
    for earlier in reversed(seen.before):
        if earlier.type == DecisionEscalated.TYPE and decision_id in {earlier.data.get("decision_id"), str(earlier.id)}:
            question = earlier.data.get("question")
            return question if isinstance(question, str) else ""
    return ""
