"""What somebody has to decide: whether a request belongs to the task, and what was escalated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from holdfast.client import deciding
from holdfast.client.checking import checked
from holdfast.client.session.log import Log
from holdfast.outcome import Receipt
from holdfast.sharing.scope import Request, Verdict
from holdfast.sharing.scope.judge import Judge

if TYPE_CHECKING:
    from holdfast.service.decisions import Decision

__all__ = ["Decisions"]


class Decisions(Log):
    """What somebody has to decide: whether a request belongs to the task, and what was escalated."""

    def check(
        self,
        request: Request | str | Mapping[str, Any],
        *,
        task_id: str | None = None,
        escalate_to: str | None = None,
        judge: Judge | None = None,
        record: bool = True,
    ) -> Verdict:
        """Whether a request belongs to the active task, or another that is open; the scope's line that says so.

        `ALLOWED`, `BLOCKED`, or `NEEDS_DECISION`: then the question is escalated, to the campaign's owner unless said
        otherwise, once; what is answered to it decides the same request from then on. What was found is recorded as an
        event unless `record` is false. A `judge` is asked about text that the rules leave open.

        Raises `InvalidInput` for a request that is none and for a task that is not open, and as `append`.
        """
        return checked(self, request, task_id=task_id, escalate_to=escalate_to, judge=judge, record=record)

    def escalate(  # noqa: PLR0913  # one argument a field
        self,
        question: str,
        to: str | None = None,
        *,
        options: Sequence[Any] = (),
        context: str | None = None,
        deadline: datetime | str | float | None = None,
        default: Any = None,
        escalation_path: Sequence[str] = (),
        decision_id: str | None = None,
        details: str | None = None,
    ) -> Decision:
        """Ask somebody to decide, by default the campaign's owner. It waits, and the work can go on without.

        At the `deadline`, a time or so many seconds from now, those of the `escalation_path` are asked in turn, each
        for as long; then the `default` holds. The `options` are suggestions. With a `decision_id` the same question is
        asked once: asked again, as after a crash, this returns what became of it.

        Raises `InvalidInput` where there is nobody to ask, or the id is that of another question; `StaleWriter` where
        somebody else has the lease; and as the log refuses an event.
        """
        return deciding.escalated(
            self,
            question,
            to,
            options=options,
            context=context,
            deadline=deadline,
            default=default,
            escalation_path=escalation_path,
            decision_id=decision_id,
            details=details,
        )

    def answer(
        self,
        decision_id: str,
        decision: Any,
        *,
        by: str | None = None,
        rationale: str | None = None,
        confidence: Any = None,
        details: str | None = None,
        answer_id: UUID | str | None = None,
    ) -> Receipt:
        """Answer a question that waits, once: who comes later is told what holds, by `DecisionSettled`.

        `by` is who decides, by default this agent; whoever has the session's lease, it keeps no answer out. Given an
        `answer_id`, a UUID, a second try with it is the same answer. After the deadline an answer still counts, until a
        worker has put the default in its place. Raises besides `DecisionNotFound`, and as the log refuses an event.
        """
        return deciding.answered(
            self,
            decision_id,
            decision,
            by=by,
            rationale=rationale,
            confidence=confidence,
            details=details,
            answer_id=answer_id,
        )

    def withdraw(self, decision_id: str, reason: str | None = None) -> Receipt:
        """Take a question back that waits. Raises `DecisionSettled`, `DecisionNotFound`, and as `escalate`."""
        return deciding.withdrawn(self, decision_id, reason)

    def decision(self, decision_id: str, *, wait: float = 0.0) -> Decision:
        """A question that was asked, and what became of it; waits up to so many seconds for that, looking seldomer.

        Raises `DecisionNotFound`, and `InvalidInput` for a time that is none.
        """
        return self._holdfast.service.decisions.wait(self.id, decision_id, deciding.wait_of(wait))
