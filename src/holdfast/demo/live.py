"""What is shown while it happens."""

from collections.abc import Mapping
from pathlib import Path
from textwrap import wrap
from typing import Any

from holdfast.demo.agent import Account
from holdfast.demo.crew import Member
from holdfast.demo.flower import Flower
from holdfast.demo.screen import Screen
from holdfast.demo.strike import Struck
from holdfast.events import DecisionMade, Event
from holdfast.recovering.summary import shortened
from holdfast.session.parts import Effect

__all__ = ["Live"]

BAD, GOOD = "red", "green"
WIDTH = 100


class Live:
    """Tells on a screen what was just seen."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen

    def begun(self, seconds: float, folder: Path, flower: Flower, seen: set[str]) -> None:
        """Where the stack is, and that Flower sees the workers."""
        self._screen.line(f"Redis, Postgres, two workers, beat and Flower are up, after {seconds:.1f} s:")
        self._screen.line(f"  Data    {folder}")
        self._screen.line(f"  Flower  {flower.url}  (user holdfast, password {flower.password})")
        self._screen.line(f"          until the demo ends; it sees {' and '.join(sorted(seen))}")

    def asked(self, session_id: str, user: str, request: str, agent: Member) -> None:
        """Who wants what of whom."""
        self._screen.title(f"{user}: {request}")
        self._screen.line(f"{agent.name} (process {agent.pid}) takes {session_id} and publishes. What it decides:")

    def decision(self, event: Event) -> None:
        """A decision that was just read from the log."""
        said = event.payload
        if isinstance(said, DecisionMade):
            text = f"{said.question or '':<19} {said.decision!s:<21}  {said.rationale}"
            self._screen.line(f"{event.seq:>5}  {text}")

    def struck(self, struck: Struck) -> None:
        """What was counted when the worker was killed."""
        self._mark(
            f"SIGKILL for {struck.worker.name} (process {struck.worker.pid}) in the middle of a drain, its transaction"
        )
        self._more(f"open: {struck.committed} events committed, {struck.waiting} only in Redis")
        if struck.bell_seconds:
            self._more(f"the bell that called it holds off other drains for {struck.bell_seconds:.1f} s more")

    def drained(self, other: str, seconds: float, published: int) -> None:
        """That the other worker went on."""
        self._good(f"{seconds:.1f} s later {other} had committed them; the agent had published {published} more")

    def killed(self, agent: Member, booking: Mapping[str, Any]) -> None:
        """That the agent is dead, and what the other side has of it."""
        self._mark(f"SIGKILL for {agent.name} (process {agent.pid}) in the middle of its call to book a table:")
        self._more(f"the restaurant has it in its book ({_table(booking)}) and has not answered")

    def recovered(self, agent: Member, owner: str, account: Account, points: Mapping[str, int], seconds: float) -> None:
        """Who took over, and the essentials of its report."""
        report = account.report
        point = report["recovery_point"]
        start = point or "the log alone"
        if point in points:
            start += f" (events 1 to {points[point]})"
        self._good(f"{seconds:.1f} s later {agent.name} (process {agent.pid}, {owner}) has fence {account.fence}")
        self._good(f"and has recovered all up to event {report['last_good_seq']}: {report['status']}, from {start}")
        for warning in report["warnings"]:
            self._more(warning)
        following = report["next_steps"][:1]
        if following and not any(warning in following[0] for warning in report["warnings"]):
            self._good(f"Next: {shortened(following[0], WIDTH)}")

    def found_out(self, agent: Member, effect: Effect) -> None:
        """What became of what was uncertain."""
        found = _table(effect.result) if effect.status == "done" else "nothing"
        self._good(f"{agent.name} found in the restaurant's book: {found}; the effect is settled as {effect.status}")

    def hung(self, agent: Member, fence: int) -> None:
        """That an agent hangs."""
        self._mark(f"SIGSTOP for {agent.name} (process {agent.pid}): it hangs, and has the session under fence {fence}")

    def refused(self, agent: Member, told: str, letters: int, before: int) -> None:
        """What the one that hung was told when it went on. `before`: of its events, committed before the takeover."""
        self._mark(f"SIGCONT for {agent.name}, which goes on where it hung, and is told:")
        for text in wrap(told, WIDTH):
            self._more(text)
        early = f"; {before} had been committed before the takeover" if before else ""
        self._good(f"Of what was acknowledged to it since, {letters} events are among the dead letters{early}")

    def _mark(self, text: str) -> None:
        self._screen.line(f"    !  {text}", BAD)

    def _more(self, text: str) -> None:
        self._screen.line(f"       {text}", BAD)

    def _good(self, text: str) -> None:
        self._screen.line(f"       {text}", GOOD)


def _table(booking: Mapping[str, Any]) -> str:
    return f"{booking['place']}, {booking['day']} {booking['part']}, for {booking['name']}"
