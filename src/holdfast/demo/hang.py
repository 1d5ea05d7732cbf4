"""An agent hangs while another takes over, on purpose; it wakes when all is done, goes on, and is refused."""

import time

from holdfast.demo.agent import REFUSED, refused
from holdfast.demo.crew import Member
from holdfast.demo.stage import Stage, ended, must_be_well, wait
from holdfast.demo.trip import UNDERSTUDY

__all__ = ["hang"]

HANGS_AFTER = 16
"""Events that are acknowledged to the agent when it hangs: a decision, and a part of the next."""


def hang(stage: Stage, agent: Member, fence: int, pace: float) -> int:
    """Hold the agent still, let another finish its work, and let it go on.

    Returns how many events had been acknowledged to it when it stood still: what came later, came too late.
    """
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
    # The last may have reached Redis when it stood still: the takeover commits first what waits.
    until = account.report["last_good_seq"]
    before_that = since.intersection(event.id for event in stage.session.events(limit=None) if event.seq <= until)
    stage.live.refused(agent, told, len(letters), len(before_that))
    return before
