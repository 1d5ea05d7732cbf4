"""Budget: reserve, settle, release and set, each only where its budgets allow it; and what is said where they do not.

What becomes of the budgets' rows, `guards.budgets` says, in the transaction of the event.
"""

from dataclasses import replace
from uuid import NAMESPACE_OID, uuid5

import orjson
from sqlalchemy import Connection

from holdfast.errors import BudgetExceeded, HoldfastError
from holdfast.events import DecisionEscalated, Draft, RequestBlocked, draft
from holdfast.outcome import Receipt
from holdfast.pipeline.apply import Item, apply
from holdfast.pipeline.rules import Rules

__all__ = ["blocked", "move"]

OF_ONE_TRY = frozenset({"reservation_id", "expires_at", "ttl"})
"""What differs between two tries of the same request."""


def move(connection: Connection, tenant: str, event: Draft, *, rules: Rules, look_first: bool = False) -> Receipt:
    """Commit the event where the budgets allow it, once, however often it is tried.

    Raises `BudgetExceeded` and what else guards say, and what the log refuses an event with; `UniqueViolation` where
    it may be there already, and the caller is to `look_first`.
    """
    (outcome,) = apply(connection, [Item(tenant, event, strict=True)], rules=rules, look_first=look_first)
    if isinstance(outcome, HoldfastError):
        raise outcome
    return outcome


def blocked(
    connection: Connection,
    tenant: str,
    event: Draft,
    error: BudgetExceeded,
    *,
    task: str | None,
    escalate_to: str | None,
    rules: Rules,
) -> None:
    """Record that the request was blocked, and with `escalate_to` ask that person; the question's id is in the error.

    The same request of the same agent, with the same figures, is recorded and asked about once. So agents that try
    again and again fill no log, and nobody is asked again what was answered, until a limit is set anew.
    """
    asked = {name: value for name, value in orjson.loads(event.data).items() if name not in OF_ONE_TRY}
    told = [event.session_id, event.actor, asked, escalate_to, error.level, error.owner, error.limit]
    this = uuid5(NAMESPACE_OID, orjson.dumps([*told, error.budget_check()]).decode())
    if escalate_to is not None:
        error.decision_id = f"budget-{this.hex[:12]}"
    said = RequestBlocked(
        request=error.request or "",
        reason=error.status,
        action=error.action,
        task=task,
        estimated_cost=error.asked,
        budget_remaining=error.remaining,
        decision_id=error.decision_id,
    )
    items = [said, *([] if escalate_to is None else [_question(error, escalate_to, event.actor)])]
    drafts = [draft(each, session_id=event.session_id, actor=event.actor, fence=event.fence) for each in items]
    drafts = [replace(each, id=uuid5(this, each.type)) for each in drafts]
    outcomes = apply(connection, [Item(tenant, each) for each in drafts], rules=rules, look_first=True)
    for outcome in outcomes:
        if isinstance(outcome, HoldfastError):
            raise outcome


def _question(error: BudgetExceeded, escalate_to: str, agent: str) -> DecisionEscalated:
    of = f"the {error.level} {error.owner!r}" if error.owner else f"the {error.level}"
    if error.asked is None or error.remaining is None:
        way = "Set a later deadline"
    else:
        short = error.asked - error.remaining
        unit = "token" if error.what == "tokens" else "call"
        way = f"Raise the budget by {short:,} {unit}{'' if short == 1 else 's'}"
    return DecisionEscalated(
        question=f"{error.request}: {error.status}. What is to be done?",
        decision_id=error.decision_id,
        context=f"{agent} asked; it is the budget of {of} that does not allow it",
        options=[way, "Do without it"],
        escalated_to=escalate_to,
    )
