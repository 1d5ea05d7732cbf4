"""Tick: claim the timers that are due and say what is to be done about each."""

from typing import NamedTuple

from sqlalchemy import Connection

from holdfast.store import timers

__all__ = ["FollowUp", "tick"]

BATCH = 500

CLAIM_SECONDS = 60.0
"""How long a claimed timer stays put off. A follow-up that is lost costs its session this delay."""

TASKS = {timers.IDLE: "holdfast.pause_if_idle"}
"""The task that handles each kind of timer."""


class FollowUp(NamedTuple):
    """A task to send once the transaction is committed. Sending it is a hint: what is due stays visible in Postgres."""

    task: str
    arguments: dict[str, str]


def tick(connection: Connection) -> list[FollowUp]:
    """Claim up to `BATCH` timers that are due. Two ticks at once never claim the same one."""
    due = timers.claim(connection, BATCH, CLAIM_SECONDS)
    return [FollowUp(TASKS[timer.kind], {"tenant": timer.tenant, "session_id": timer.session_id}) for timer in due]
