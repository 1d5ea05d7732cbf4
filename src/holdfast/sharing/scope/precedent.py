"""What somebody decided of a request before: it is not asked twice."""

from dataclasses import replace
from hashlib import sha256
from typing import Any

from holdfast.session import State
from holdfast.session.parts import Decision
from holdfast.sharing.scope.verdict import Verdict

__all__ = ["asked_before", "recorded", "with_precedent"]

LONGEST = 4000
"""Characters of a request that are recorded as they are."""


def recorded(text: str) -> str:
    """A request or a task as events tell it: what is very long by its beginning, and by the digest of all of it."""
    if len(text) <= LONGEST:
        return text
    digest = sha256(text.encode(errors="backslashreplace")).hexdigest()
    return f"{text[:LONGEST]}… ({len(text):,} characters, SHA-256 {digest})"


def with_precedent(verdict: Verdict, state: State) -> Verdict:
    """The verdict, as far as it is open, by what was decided when the same was asked for in the same task.

    One that still waits for an answer stays open, and has its question's id. One that lapsed is asked anew.
    """
    if verdict.result != "NEEDS_DECISION":
        return verdict
    asked = _questions(verdict, state)
    decided = next((made for made in reversed(state.decisions_made) if made.id in asked), None)
    if decided is not None:
        return _decided(verdict, decided)
    waiting = next((each for each in reversed(asked) if each in state.pending_decisions), None)
    return replace(verdict, decision_id=waiting)


def asked_before(verdict: Verdict, state: State) -> int:
    """How many questions the same request in the same task has become."""
    return len(set(_questions(verdict, state)))


def _questions(verdict: Verdict, state: State) -> list[str]:
    same = recorded(verdict.request), recorded(verdict.task or "")
    return [
        blocked.decision_id
        for blocked in state.blocked_requests
        if blocked.decision_id and (blocked.request, blocked.task or "") == same
    ]


def _decided(verdict: Verdict, decided: Decision) -> Verdict:
    answer = decided.value if decided.decision is None else decided.decision
    yes = _is_yes(answer)
    return replace(
        verdict,
        result="ALLOWED" if yes else "BLOCKED",
        reason=f"{decided.decided_by} decided: {answer}",
        action="Go on, as decided." if yes else "Request denied. Create separate task if needed.",
        question=None,
        options=(),
        context=None,
        decided_by="decision",
        decision_id=decided.id,
    )


def _is_yes(answer: Any) -> bool:
    """Only what begins with a yes is one."""
    if isinstance(answer, str):
        return answer.casefold().split(maxsplit=1)[:1] in (["yes"], ["yes,"], ["yes:"], ["yes."])
    return answer is True
