"""What agents see by default, by their role."""

import re
from collections.abc import Mapping

from holdfast.sharing.slices.view import View

__all__ = ["ROLES", "role_of", "view_for"]

_BRIEF = (
    *("campaign.gtm_id", "campaign.tier", "active_task.description"),
    *("active_task.scope.channels", "active_task.scope.boundaries", "compute.budget_tokens_remaining"),
)

ROLES: Mapping[str, View] = {
    # What the protocol shows a content worker: its orders, what is known, and what it may spend.
    "worker": View(include=(*_BRIEF, "knowledge.*"), max_tokens=16_000),
    # What there is to check and against what, and what others found; not what was learned about campaigns before.
    "validator": View(
        include=(*_BRIEF, "active_task.scope.*", "knowledge.*", "artifacts", "decisions_made", "validations"),
        exclude=("knowledge.past_learnings",),
        max_tokens=16_000,
    ),
    # The whole task and what is known or made already, so that nothing is looked up twice.
    "researcher": View(
        include=(
            *(*_BRIEF, "campaign.title", "active_task.type", "active_task.scope.*", "knowledge.*"),
            *("artifacts", "pending_decisions[*].id", "pending_decisions[*].question", "compute.budget_remaining"),
        ),
        max_tokens=24_000,
    ),
    # Who decides: where the campaign stands, what waits, what it costs; not every call.
    "owner": View(include=("**",), exclude=("compute.invocation_log", "history"), max_tokens=32_000),
    # Who runs the session.
    "manager": View(include=("**",), max_tokens=32_000),
    # Who has to see all of it.
    "auditor": View(include=("**",)),
}
"""In every one the values of `SECRETS` are redacted; a declared view may say otherwise."""

_TOLD_BY_NAME = {
    **dict.fromkeys(("worker", "writer"), "worker"),
    **dict.fromkeys(("validator", "checker", "reviewer"), "validator"),
    **dict.fromkeys(("researcher", "research", "oracle", "analyzer", "analyst"), "researcher"),
}


def view_for(role: str | None) -> View:
    """The default view of a role; of one that is not known, the worker's."""
    return ROLES.get(role.lower() if role else "worker", ROLES["worker"])


def role_of(agent: str) -> str:
    """The role that an agent's name tells, as `validator` for `brand-validator`; else `worker`.

    Never one that sees everything: an agent does not become a manager by its name, that is declared.
    """
    words = [word.lower() for word in re.findall(r"[^\W_]+", agent)]
    return next((_TOLD_BY_NAME[word] for word in reversed(words) if word in _TOLD_BY_NAME), "worker")
