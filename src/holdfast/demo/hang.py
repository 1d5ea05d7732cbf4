"""An agent hangs while another takes over, on purpose; it wakes when all is done, goes on, and is refused."""

import time
from dataclasses import dataclass

from holdfast.demo.agent import REFUSED, refused
from holdfast.demo.crew import Member
from holdfast.demo.stage import Stage, ended, must_be_well, wait
from holdfast.demo.trip import UNDERSTUDY

__all__ = ["Hung", "hang"]

HANGS_AFTER = 16
"""Events that are acknowledged to the agent when it hangs: a decision, and a part of the next."""


@dataclass(frozen=True, slots=True)
class Hung:
    """What was counted of the agent that hung."""

    before: int
    """Events that had been acknowledged to it when it stood still."""
    told: str
    """Why it was refused, in the words that it was told."""


def hang(stage: Stage, agent: Member, fence: int, pace: float) -> Hung:
    """Hold the agent still, let another finish its work, and let it go on."""
    stage.follow(lambda: len(stage.acknowledged(2)) >= HANGS_AFTER, "more of the plan", [agent])
    agent.hold()
    wait(lambda: agent.stands_still, f"the standstill of {agent.name}", [agent])
    held_at, before = time.monotonic(), len(stage.acknowledged(2))
    stage.follow(stage.drained, "the log of what was published")
    stage.live.hung(agent, fence)
    following = stage.crew.agent(stage.session.id, 3, UNDERSTUDY, pace)
    account = stage.account(3, following)
    points = {each.id: each.seq for each in stage.session.snapshots()}
    stage.live.recovered(following, UNDERSTUDY, account, points, time.monotonic() - held_at)
    stage.follow(lambda: following.status is not None, "the end of the plan")
    must_be_well(following)
    agent.go_on()
    wait(lambda: agent.status is not None, f"the end of {agent.name}")
    if agent.status != REFUSED:
        raise ended(agent, "and was not refused")
    stage.follow(stage.drained, "the log of what was published")
    told = refused(stage.folder, 2).read_text("utf-8")
    since = set(stage.acknowledged(2)[before:])
    letters = {letter.event_id for letter in stage.holdfast.service.refused(stage.session.id, fence)}
    logged = since.intersection(event.id for event in stage.session.events(limit=None))
    stage.live.refused(agent, told, len(letters), len(logged))
    return Hung(before, told)
