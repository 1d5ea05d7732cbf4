"""An agent is killed in the middle of a tool call, and one of the same name takes up what it left.

It is known to be the middle: the restaurant has the table in its book, and keeps the agent waiting for an answer. So
what the agent meant to do is in the log, it was done, and nothing in the log says so.
"""

import time

from holdfast.demo.crew import Member
from holdfast.demo.stage import Stage
from holdfast.demo.trip import AGENT
from holdfast.errors import Unavailable
from holdfast.session.parts import Effect

__all__ = ["crash"]


def crash(stage: Stage, agent: Member, pace: float) -> tuple[Member, int]:
    """Kill the agent while it waits. Returns the next, which knows by then what became of the table, and its fence."""
    booking = stage.follow(stage.outside.bookings.entries, "the restaurant's booking", [agent])[0]
    # Any save will do: deciding is what caused it. Without one it would be recovered from the log alone.
    stage.follow(stage.session.snapshots, "a save of the session", [agent])
    agent.kill()
    killed_at = time.monotonic()
    if not stage.session.state().unsettled_effects:
        raise Unavailable("the restaurant had answered before the agent could be killed; try again")
    stage.live.killed(agent, booking)
    following = stage.crew.agent(stage.session.id, 2, AGENT, pace)
    account = stage.account(2, following)
    points = {each.id: each.seq for each in stage.session.snapshots()}
    stage.live.recovered(following, AGENT, account, points, time.monotonic() - killed_at)
    settled = stage.follow(lambda: _settled(stage, booking["key"]), "what became of the booking", [following])
    stage.live.found_out(following, settled)
    return following, account.fence


def _settled(stage: Stage, key: str) -> Effect | None:
    effects = (each for each in stage.session.state().effects.values() if each.idempotency_key == key)
    return next((each for each in effects if each.status != "intended"), None)
