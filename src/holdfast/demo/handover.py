"""The trip is handed over to an agent that comes later. It asks for nothing that is known, and keeps to what it may.

What it would do besides is blocked, and what its budget does not allow is asked of the user, for whom the demo answers.
"""

import time

from holdfast.demo.crew import Member
from holdfast.demo.handed import Seen
from holdfast.demo.stage import Stage, must_be_well, wait
from holdfast.demo.trip import TRIP
from holdfast.demo.writer import Rested, rested
from holdfast.errors import DecisionSettled, Unavailable
from holdfast.events import Event

__all__ = ["NUMBER", "handover"]

NUMBER = 4
"""Of the writer, among the agents."""


def handover(stage: Stage, pace: float) -> Seen:
    """Start the second agent, answer what it asks, and see it end."""
    live, offered = stage.live, stage.next("handoff.offered")
    live.offered(offered, stage.session.state(at=offered.seq))
    writer, begun = stage.crew.writer(NUMBER, pace), time.monotonic()
    taken, accepted = (stage.next(each, [writer]) for each in ("lease.taken", "handoff.accepted"))
    live.accepted(writer, taken, accepted, time.monotonic() - begun)
    place = rested(stage.folder, NUMBER)
    wait(place.exists, "what the writer rests on", [writer])
    known = Rested.read(place)
    live.rests_on(known, len(offered.data["package"]["decisions_made"]))
    live.out_of_scope(stage.next("request.blocked", [writer]))
    completed, refused = _until_completed(stage, writer)
    wait(lambda: writer.status is not None, "the end of the writer")
    must_be_well(writer)
    live.completed(completed, stage.next("lease.released"))
    return Seen(known, refused)


def _until_completed(stage: Stage, writer: Member) -> tuple[Event, int]:
    """Show what it writes and what stops it, and answer; the completion, and how many answers were refused."""
    refused = 0
    while True:
        event = stage.next(("file.modified", "request.blocked", "budget.set", "handoff.completed"), [writer])
        if event.type == "handoff.completed":
            return event, refused
        if event.type == "budget.set":
            stage.live.budget(event)
        elif event.type == "request.blocked":
            stage.live.over_budget(event)
            refused += _answer(stage, writer)
        else:
            settled = stage.next("compute.settled", [writer])
            stage.live.leaflet(event, settled, stage.session.state(at=settled.seq))


def _answer(stage: Stage, writer: Member) -> int:
    """Answer in the user's place, and once more otherwise, which is refused."""
    asked = stage.next("decision.escalated", [writer])
    (question,) = stage.holdfast.decisions(TRIP.user)
    if question.event_id != str(asked.id):
        raise Unavailable(f"{question.id} waits for {TRIP.user}, and is not what was asked last")
    yes, no = question.options
    receipt = stage.session.answer(question.id, yes, by=TRIP.user)
    stage.live.answered(question, yes, receipt.seq)
    try:
        stage.session.answer(question.id, no, by=TRIP.user)
    except DecisionSettled as told:
        stage.live.denied(no, told)
        return 1
    return 0
