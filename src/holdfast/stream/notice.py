"""Waiting for a commit without a way to Postgres: whoever drains leaves the outcome under the waiter's token."""

import time
from collections.abc import Sequence
from uuid import UUID, uuid4

import orjson

from holdfast.errors import NotCommittedYet
from holdfast.events import Draft
from holdfast.outcome import Outcome, Receipt, unpacked
from holdfast.stream.failures import translated
from holdfast.stream.publisher import Publisher

__all__ = ["publish_and_wait"]

LOOK_SECONDS = 0.5
REPEAT_SECONDS = 5.0
"""A drain that dies between its commit and its notice tells nobody. Publishing again costs only another notice."""


def publish_and_wait(
    publisher: Publisher, tenant: str, drafts: Sequence[Draft], seconds: float, *, timeout: float
) -> dict[UUID, Outcome]:
    """Publish events of one session and wait until each is decided. `timeout` is what one call to Redis may take.

    Raises `StreamUnavailable`, and `NotCommittedYet` at the time limit.
    """
    token = uuid4().hex
    session_id = drafts[0].session_id
    until = time.monotonic() + seconds
    outcomes: dict[UUID, Outcome] = {}
    repeat_at = 0.0
    look = min(LOOK_SECONDS, timeout / 4)
    while len(outcomes) < len({draft.id for draft in drafts}):
        now = time.monotonic()
        if now >= until:
            raise NotCommittedYet(
                f"{len(drafts)} event(s) of session {session_id!r} were not committed within {seconds:g} s; they are "
                "in Redis and will be, once a worker drains them"
            )
        if now >= repeat_at:
            publisher.publish(tenant, drafts, reply=token)
            repeat_at = now + REPEAT_SECONDS
        with translated("waiting for a commit"):
            found = publisher.redis.blpop([publisher.keys.notice(token)], timeout=look)
        if found:
            for told in orjson.loads(found[1]):
                event_id, outcome = unpacked(told, session_id)
                # An event may lie in the stream more than once: its first receipt says most.
                if not isinstance(outcomes.get(event_id), Receipt):
                    outcomes[event_id] = outcome
    return outcomes
