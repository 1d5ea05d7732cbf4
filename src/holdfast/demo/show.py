"""The screen. Everything on it was measured or read back; nothing is written in advance."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.text import Text

from holdfast.demo.check import Verdict
from holdfast.demo.flower import Flower
from holdfast.demo.strike import Struck
from holdfast.events import DecisionMade, Event, MessageAdded
from holdfast.session import State

__all__ = ["Screen"]

HEAD, AROUND, TAIL = 2, 2, 2
"""Events of the log that are shown at its beginning, on either side of the kill, and at its end."""
SAID = 60
"""Characters of what an event says."""


class Screen:
    """Writes lines: cut where a terminal ends, whole where nobody's terminal is."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def line(self, text: str = "", style: str = "") -> None:
        """One line."""
        overflow = "ellipsis" if self._console.is_terminal else "ignore"
        crop = self._console.is_terminal
        self._console.print(Text(text, style), no_wrap=True, overflow=overflow, crop=crop)  # type: ignore[arg-type]  # a literal

    def title(self, text: str) -> None:
        """A line that begins a part."""
        self.line()
        self.line(text, "bold")

    def begun(self, seconds: float, folder: Path, flower: Flower, seen: set[str]) -> None:
        """Where the stack is, and that Flower sees the workers."""
        self.line(f"Redis, Postgres, two workers, beat and Flower are up, after {seconds:.1f} s:")
        self.line(f"  Data    {folder}")
        self.line(f"  Flower  {flower.url}  (user holdfast, password {flower.password})")
        self.line(f"          until the demo ends; it sees {' and '.join(sorted(seen))}")

    def asked(self, session_id: str, user: str, request: str, pid: int) -> None:
        """Who wants what of whom."""
        self.title(f"{user}: {request}")
        self.line(f"The agent (process {pid}) publishes to {session_id}. What it decides:")

    def decision(self, event: Event) -> None:
        """A decision that was just read from the log."""
        said = event.payload
        if isinstance(said, DecisionMade):
            self.line(f"{event.seq:>5}  {said.question or '':<19} {said.decision!s:<21}  {said.rationale}")

    def struck(self, struck: Struck) -> None:
        """What was counted when the worker was killed."""
        name, pid = struck.worker.name, struck.worker.pid
        self.line(f"    !  SIGKILL for {name} (process {pid}) in the middle of a drain, its", "red")
        self.line(
            f"       transaction open: {struck.committed} events committed, {struck.waiting} only in Redis", "red"
        )
        if struck.bell_seconds:
            self.line(f"       the bell that called it holds off other drains for {struck.bell_seconds:.1f} s more")

    def drained(self, other: str, seconds: float, published: int) -> None:
        """That the other worker went on."""
        text = f"{seconds:.1f} s later {other} had committed them; the agent had published {published} more"
        self.line(f"       {text}", "green")

    def log(self, session_id: str, events: Sequence[Event], struck: Struck, other: str) -> None:
        """The log, abridged: its ends, and where the worker was killed."""
        self.title(f"The log of {session_id}: {len(events)} events, in their order")
        before = 0
        for event in events:
            if not _shown(event.seq, len(events), struck.committed):
                continue
            if event.seq > before + 1:
                self.line(f"    …  {event.seq - before - 1} more")
            if event.seq == struck.committed + 1:
                self.line(f"    !  here {struck.worker.name} was killed; from here on {other} committed", "red")
            self.line(f"{event.seq:>5}  {event.type:<17} {event.actor:<16}  {_said(event)}")
            before = event.seq

    def state(self, state: State, itinerary: str) -> None:
        """What the events add up to."""
        self.title("What it adds up to")
        wishes = ", ".join(f"{key}: {one.value}" for key, one in state.preferences.items())
        self.line(f"  wishes     {wishes}")
        for task in state.tasks_completed:
            self.line(f"  task       {task.description}: {task.outcome}, {task.summary}")
        sure = [one.confidence for one in state.decisions_made if isinstance(one.confidence, float)]
        between = f", with a confidence of {min(sure):.2f} to {max(sure):.2f}" if sure else ""
        self.line(f"  decisions  {len(state.decisions_made)} made{between}; {len(state.pending_decisions)} pending")
        for effect in state.effects.values():
            self.line(f"  effect     {effect.action} to {effect.target}: intended, then {effect.status}")
        for artifact in state.artifacts.values():
            self.line(f"  artifact   {artifact.path}, {artifact.status}, sha256 {(artifact.digest or '')[:12]}…")
        for text in itinerary.splitlines():
            if text.startswith("- "):
                self.line(f"  {text[2:]}")

    def verdict(self, verdict: Verdict, drains: Mapping[str, int], killed: str) -> None:
        """What the check found, good or bad."""
        self.title("The check")
        self.line(f"  {verdict.acknowledged} events were acknowledged to those who published them. In the log")
        lost = f"{verdict.missing} of these are missing, {verdict.repeated} are doubled"
        self.line(f"  {lost}, {verdict.unknown} others were found;")
        self.line(f"  the order is {'' if verdict.ordered else 'NOT '}that in which they were published.")
        chain = "does NOT verify" if verdict.verified is None else f"verifies over {verdict.verified} events"
        same = "is" if verdict.artifact else "is NOT"
        self.line(f"  The chain of digests {chain}; itinerary.md {same} what the log says.")
        if drains:
            each = ", ".join(f"{name} {drains[name]}{' (killed)' * (name == killed)}" for name in sorted(drains))
            self.line(f"  Flower saw {sum(drains.values())} drains end: {each}.")
        if verdict.ok:
            self.line("  Nothing that was acknowledged is lost, doubled or out of place.", "bold green")
        else:
            self.line("  This is NOT what Holdfast promises.", "bold red")

    def ended(self, seconds: float, folder: Path, *, kept: bool) -> None:
        """That all is over. Only when it is."""
        self.title("Where to look next")
        if kept:
            self.line(f"  HOLDFAST_DATA_DIR={folder} holdfast up")
            self.line("                              this very log once more, to look at as below")
        self.line("  holdfast up                 a stack that stays; it says where its Flower is")
        self.line("  holdfast sessions list      in another terminal: which sessions there are")
        self.line("  holdfast events SESSION     what happened in one; also: messages, state, tail")
        self.line()
        data = f"the data is in {folder}" if kept else "the data is deleted"
        self.line(f"It took {seconds:.1f} s. All processes of the demo have ended; {data}.")


def _shown(seq: int, last: int, killed: int) -> bool:
    return seq <= HEAD or killed - AROUND < seq <= killed + AROUND or seq > last - TAIL


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
