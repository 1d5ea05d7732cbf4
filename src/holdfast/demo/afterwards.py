"""What comes after: the session is closed, the user comes back and is known, and is forgotten in the end."""

from textwrap import wrap

from holdfast.client import Holdfast, Session
from holdfast.demo.screen import Screen
from holdfast.demo.trip import TRIP

__all__ = ["afterwards"]

WIDTH = 116
BACK = "Continue where we left off."


def afterwards(screen: Screen, holdfast: Holdfast, session: Session) -> bool:
    """Close it, greet the user, begin anew, forget; whether each step did what it should have."""
    done = session.close(outcome="the trip is planned")
    screen.title("The end, and after")
    if done.summary is not None:
        named = {event for line in done.summary.lines for event in line.events}
        screen.line(
            f"Closed, and summarised: {len(done.summary.lines)} lines about events {done.summary.first} to "
            f"{done.summary.upto}, resting on {len(named)} of them. {TRIP.user} is told:"
        )
    _said(screen, done.offer)
    greeting = holdfast.greet(TRIP.user, BACK)
    screen.line(f"A week later. {TRIP.user}: {BACK}")
    _said(screen, greeting.answer)
    again = greeting.fresh()
    granted = {key: default.value for key, default in again.defaults().items()}
    wishes = ", ".join(f"{key}: {value}" for key, value in granted.items())
    screen.line(f"In the new session {again.id} this is taken for granted, and may be refused: {wishes}")
    receipt = holdfast.forget(TRIP.user)
    left = holdfast.service.forgetting.verify(TRIP.user)
    screen.line(
        f"{TRIP.user} asks to be forgotten: {sum(each.events for each in receipt.sessions)} events in "
        f"{len(receipt.sessions)} sessions and {len(receipt.blobs)} blobs are gone, {len(receipt.removed)} places were "
        f"seen to; looking again finds {'nothing' if left.clean else 'something'}."
    )
    remembered = {each.memory.key for each in done.remembered if each.memory.kind == "preference"}
    kept = greeting.resumable == session.id and bool(granted) and set(granted) <= remembered
    if not kept:
        screen.line("What was promised at the end was NOT kept.", "bold red")
    return kept and done.summary is not None and not done.problems and receipt.done and left.clean


def _said(screen: Screen, text: str) -> None:
    for line in wrap(text, WIDTH):
        screen.line(f"  {line}")
