"""What is shown when it is over: the log, what it adds up to, and the verdict."""

import json
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from textwrap import wrap

from holdfast.demo.check import Verdict
from holdfast.demo.handed import Handed
from holdfast.demo.screen import Screen
from holdfast.demo.strike import Struck
from holdfast.events import Event, MessageAdded
from holdfast.session import State

__all__ = ["ended", "log", "state", "verdict"]

SAID = 60
"""Characters of what an event says."""
WIDTH = 118


def log(screen: Screen, session_id: str, events: Sequence[Event], struck: Struck) -> None:
    """The log, abridged: its ends, where the worker was killed, where somebody took over, and the handoff."""
    screen.title(f"The log of {session_id}: {len(events)} events, in their order")
    shown = _shown(events, struck.committed)
    handed = {event.seq for event in events if event.type == "handoff.accepted"}
    before = 0
    for event in events:
        if event.seq not in shown:
            continue
        if event.seq > before + 1:
            screen.line(f"    …  {event.seq - before - 1} more")
        if event.seq == struck.committed + 1:
            screen.line(f"    !  here {struck.worker.name} was killed", "red")
        if _takes_over(event):
            how = "the session was handed over" if event.seq + 1 in handed else "another process took over"
            screen.line(f"    !  here {how}", "red")
        screen.line(f"{event.seq:>5}  {event.type:<17} {event.actor:<16}  {_said(event)}")
        before = event.seq


def state(screen: Screen, state: State) -> None:
    """What the events add up to."""
    screen.title("What it adds up to")
    wishes = ", ".join(f"{key}: {one.value}" for key, one in state.preferences.items())
    screen.line(f"  wishes     {wishes}")
    for task in state.tasks_completed:
        screen.line(f"  task       {task.description}: {task.outcome}, {task.summary}")
    sure = [one.confidence for one in state.decisions_made if isinstance(one.confidence, float)]
    between = f", with a confidence of {min(sure):.2f} to {max(sure):.2f}" if sure else ""
    screen.line(f"  decisions  {len(state.decisions_made)} made{between}; {len(state.pending_decisions)} pending")
    effects = "; ".join(f"{each.action} to {each.target}, {each.status}" for each in state.effects.values())
    screen.line(f"  effects    {effects}")
    for artifact in state.artifacts.values():
        screen.line(f"  artifact   {artifact.path}, {artifact.status}, sha256 {(artifact.digest or '')[:12]}…")


def verdict(screen: Screen, verdict: Verdict, drains: Mapping[str, int], killed: str) -> None:
    """What the check found, good or bad."""
    events = verdict.events
    screen.title("The check")
    late = f"{events.refused} of these came too late, from the agent that hung: refused"
    screen.line(f"  {events.acknowledged} events were acknowledged to those who published them; {late}.")
    lost = f"{events.missing} are missing, {events.repeated} are doubled, {events.unknown} unknown ones were found"
    screen.line(f"  Of the others in the log {lost};")
    screen.line(f"  the order is {'' if events.ordered else 'NOT '}that in which they were published.")
    own = ", ".join(f"{count}\N{NO-BREAK SPACE}{kind}" for kind, count in sorted(events.own.items()))
    for line in wrap(f"Besides there are {own}.", WIDTH):
        screen.line(f"  {line}".replace("\N{NO-BREAK SPACE}", " "))
    if verdict.fences is None:
        screen.line("  A fence did NOT grow, or an event does NOT have that of its lease.")
    else:
        given = ", ".join(map(str, verdict.fences))
        screen.line(f"  The fences given out were {given}; each event has that of its lease.")
    chain = "does NOT verify" if verdict.verified is None else f"verifies over {verdict.verified} events"
    screen.line(
        f"  The chain of digests {chain}; itinerary.md {'is' if verdict.itinerary else 'is NOT'} what the log says."
    )
    done = f"tables booked {verdict.bookings}, mails sent {verdict.mails}"
    screen.line(
        f"  Outside: {done}; effects left open {verdict.open_effects}, decisions made twice {verdict.decided_twice}."
    )
    _handed(screen, verdict.handed)
    if drains:
        each = ", ".join(f"{name} {drains[name]}{' (killed)' * (name == killed)}" for name in sorted(drains))
        screen.line(f"  Flower saw {sum(drains.values())} drains end: {each}.")
    if verdict.ok:
        screen.line(
            "  Nothing that was acknowledged is lost, doubled or out of place; nothing was done twice, or asked again.",
            "bold green",
        )
    else:
        screen.line("  This is NOT what Holdfast promises.", "bold red")


def _handed(screen: Screen, handed: Handed) -> None:
    """What the check found of the second agent."""
    usage = handed.usage
    offered, accepted, completed = handed.life
    screen.line(
        f"  Handed over: offered {offered}, accepted {accepted}, completed {completed} times; "
        f"{handed.merged} of {handed.reported} leaflets of the result are in the state as they are on disk."
    )
    founded = f"{handed.rested - handed.unfounded} of {handed.rested}"
    screen.line(
        f"  Rested on what was told: {founded} are in the package, with their events; "
        f"questions beside the budget's: {handed.asked - handed.over_budget}."
    )
    screen.line(
        f"  Calls: {usage.used} used of {usage.limit}, {usage.open} still set aside; the limit was "
        f"{'kept at every event' if usage.kept else 'NOT kept'}, and the ledger "
        f"{'says the same' if handed.ledger == usage.used else 'does NOT say the same'}."
    )
    screen.line(
        f"  Blocked: {handed.out_of_scope} by the scope, {handed.over_budget} by the budget; "
        f"answered {handed.answered} of {handed.asked}, second answers refused {handed.refused}."
    )


def ended(screen: Screen, seconds: float, folder: Path, *, kept: bool) -> None:
    """That all is over. Only when it is."""
    screen.title("Where to look next")
    if kept:
        screen.line(f"  HOLDFAST_DATA_DIR={folder} holdfast up")
        screen.line("                              this very log once more, to look at as below")
    screen.line("  holdfast up                 a stack that stays; it says where its Flower is")
    screen.line("  holdfast sessions list      in another terminal: which sessions there are")
    screen.line("  holdfast events SESSION     what happened in one; also: messages, state, tail")
    screen.line()
    data = f"the data is in {folder}" if kept else "the data is deleted"
    screen.line(f"It took {seconds:.1f} s. All processes of the demo have ended; {data}.")


def _shown(events: Sequence[Event], killed: int) -> Collection[int]:
    shown = {1, killed, killed + 1, len(events), *(event.seq for event in events if event.type.startswith("handoff."))}
    for place, event in enumerate(events):
        if _takes_over(event):  # what was last before it, and what was done first: all up to the first word
            first = next((each.seq for each in events[place:] if each.type == "message.added"), event.seq)
            shown.update(range(event.seq - 1, first + 1))
    return shown


def _takes_over(event: Event) -> bool:
    return event.type == "lease.taken" and event.data["fence"] > 1


def _said(event: Event) -> str:
    """What an event says, on a line."""
    said = event.payload
    if not isinstance(said, MessageAdded):
        text = ", ".join(f"{name}: {_plain(value)}" for name, value in event.data.items())
    elif said.tool_calls:
        text = "calls " + ", ".join(f"{call.name} {_plain(call.arguments)}" for call in said.tool_calls)
    else:
        text = f"{said.role}: {said.content}"
    flat = " ".join(text.split())
    return flat if len(flat) <= SAID else f"{flat[: SAID - 1]}…"


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
