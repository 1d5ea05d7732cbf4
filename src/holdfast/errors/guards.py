"""What a guard did not allow, and what is not there."""

from collections.abc import Sequence
from typing import Any, ClassVar

from holdfast.errors.base import HoldfastError

__all__ = [
    "BudgetExceeded",
    "CampaignStepRefused",
    "ConversationTaken",
    "DecisionNotFound",
    "DecisionSettled",
    "ForgettingRefused",
    "GuardRefused",
    "HandoffNotFound",
    "HandoffSettled",
    "MemoryNotFound",
    "NotThere",
    "ReservationNotFound",
    "ReservationSettled",
    "RunNotFound",
    "TokenInvalid",
]


class GuardRefused(HoldfastError):
    """A guard did not allow it, and nothing was changed. `about` is the id of what it is about, `status` why not."""

    code = "guard_refused"
    problem: ClassVar[str] = "{about!r} is {status}"

    def __init__(self, about: str, status: str) -> None:
        super().__init__(self.problem.format(about=about, status=status))
        self.about = about
        self.status = status

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.about, self.status)


class BudgetExceeded(GuardRefused):
    """More was asked for than a budget has left, and nothing was set aside.

    `level` and `owner` (None: the session itself) say which budget, `what` is `calls`, `tokens` or `deadline`, and
    `asked` and `remaining` are the figures; of a deadline that has passed both are None. `decision_id` is the question
    that it became, where somebody was to be asked.
    """

    code = "budget_exceeded"
    action: ClassVar[str] = "Escalate to Campaign Owner for budget approval"
    """What to do next."""

    def __init__(
        self, level: str, owner: str | None, what: str, asked: int | None, remaining: int | None, *, limit: str = ""
    ) -> None:
        of = f"{level} {owner!r}" if owner else level
        if what == "deadline":
            status = f"Request comes after the deadline of the budget of the {of}"
        else:
            unit = " tokens" if what == "tokens" else ""
            status = f"Request exceeds remaining budget ({asked}{unit} > {remaining}{unit})"
        HoldfastError.__init__(self, status if what == "deadline" else f"{status} of the {of}")
        self.about, self.status = level, status
        self.level, self.owner, self.what, self.asked, self.remaining = level, owner, what, asked, remaining
        self.limit = limit
        self.request: str | None = None
        self.decision_id: str | None = None

    def budget_check(self) -> dict[str, Any]:
        """The refusal in the form of the context protocol's `budget_check`."""
        return {
            "budget_remaining": self.remaining,
            "request": self.request,
            "estimated_cost": self.asked,
            "result": "BLOCKED",
            "reason": self.status,
            "action": self.action,
        }

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.level, self.owner, self.what, self.asked, self.remaining), vars(self)


class ReservationSettled(GuardRefused):
    """What was reserved under that id is settled or given back already, or the id is in use."""

    code = "reservation_settled"
    problem = "reservation {about!r} is {status} already; reserve anew under an id of its own"


class DecisionSettled(GuardRefused):
    """The question is answered, lapsed or withdrawn already: nobody answers it twice.

    `decision` is what holds, and `decided_by` who said so; both None where nothing holds.
    """

    code = "decision_settled"

    def __init__(self, about: str, status: str, decision: object = None, decided_by: str | None = None) -> None:
        by = f" by {decided_by!r}" if decided_by else ""
        held = str(decision)
        held = f"what holds is: {held if len(held) <= 200 else held[:200] + '…'}"
        HoldfastError.__init__(
            self, f"question {about!r} is {status}{by} already; {'nothing holds' if decision is None else held}"
        )
        self.about, self.status, self.decision, self.decided_by = about, status, decision, decided_by

    def __reduce__(self) -> tuple[type["GuardRefused"], tuple[Any, ...]]:
        return type(self), (self.about, self.status, self.decision, self.decided_by)


class HandoffSettled(GuardRefused):
    """The handoff was accepted, refused or completed already, or has expired. `accepted_by` is who has it."""

    code = "handoff_settled"

    def __init__(self, about: str, status: str, accepted_by: str | None = None) -> None:
        by = f" by {accepted_by!r}" if accepted_by else ""
        HoldfastError.__init__(self, f"handoff {about!r} is {status}{by} already; look for another in the inbox")
        self.about, self.status, self.accepted_by = about, status, accepted_by

    def __reduce__(self) -> tuple[type["GuardRefused"], tuple[Any, ...]]:
        return type(self), (self.about, self.status, self.accepted_by)


class ConversationTaken(GuardRefused):
    """The conversation's id belongs to another session, or to another conversation of this one."""

    code = "conversation_taken"

    def __init__(self, about: str, status: str = "taken") -> None:
        HoldfastError.__init__(self, f"conversation id {about!r} belongs to another conversation; choose another id")
        self.about, self.status = about, status


class CampaignStepRefused(GuardRefused):
    """A campaign cannot go there from where it is. `about` is where it was to go, `status` where it is.

    `following` are the statuses that it can take instead.
    """

    code = "campaign_step_refused"

    def __init__(self, about: str, status: str, following: Sequence[str]) -> None:
        can = f"it can go to {' or '.join(following)}" if following else "nothing comes after that"
        HoldfastError.__init__(self, f"the campaign is {status}, and cannot go to {about} from there; {can}")
        self.about, self.status, self.following = about, status, tuple(following)

    def __reduce__(self) -> tuple[type["GuardRefused"], tuple[Any, ...]]:
        return type(self), (self.about, self.status, self.following)


class ForgettingRefused(GuardRefused):
    """A person was not forgotten, because something forbids it. `about` is the user's id, `status` says what.

    `held` are the ids of sessions that a legal hold is on.
    """

    code = "forgetting_refused"

    def __init__(self, about: str, status: str, held: Sequence[str] = ()) -> None:
        HoldfastError.__init__(self, f"user {about!r} was not forgotten, and nothing was changed: {status}")
        self.about, self.status, self.held = about, status, tuple(held)

    def __reduce__(self) -> tuple[type["GuardRefused"], tuple[Any, ...]]:
        return type(self), (self.about, self.status, self.held)


class NotThere(HoldfastError, LookupError):
    """There is nothing of that id. `about` is the id."""

    code = "not_there"

    def __init__(self, about: str, problem: str) -> None:
        super().__init__(problem)
        self.about = about
        self.problem = problem

    def __reduce__(self) -> tuple[type["NotThere"], tuple[str, str]]:
        return type(self), (self.about, self.problem)


class DecisionNotFound(NotThere):
    """No question of that id waits, or ever waited, for an answer."""

    code = "decision_not_found"


class ReservationNotFound(NotThere):
    """Nothing was ever reserved under that id."""

    code = "reservation_not_found"


class HandoffNotFound(NotThere):
    """There is no handoff of that id."""

    code = "handoff_not_found"


class MemoryNotFound(NotThere):
    """Nothing of that id is remembered, or not any more."""

    code = "memory_not_found"


class RunNotFound(NotThere):
    """There is no run of that id, which learned from a session."""

    code = "run_not_found"


class TokenInvalid(HoldfastError):
    """The session token opens nothing: it is unknown, or its time is over, or it was revoked or exchanged."""

    code = "token_invalid"

    # One message for every reason: who tries tokens learns nothing of what there is.
    def __init__(self, problem: str = "the session token opens nothing: ask for a new one") -> None:
        super().__init__(problem)
