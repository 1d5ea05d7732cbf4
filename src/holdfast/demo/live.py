"""What is shown while it happens."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from textwrap import wrap
from typing import Any

from holdfast.demo.agent import Account
from holdfast.demo.crew import Member
from holdfast.demo.flower import Flower
from holdfast.demo.leaflets import CALLS_ESTIMATED, TASK
from holdfast.demo.screen import Screen
from holdfast.demo.strike import Struck
from holdfast.demo.writer import Rested
from holdfast.errors import DecisionSettled
from holdfast.events import Budget, DecisionMade, Event, Scope
from holdfast.recovering.summary import shortened
from holdfast.service.decisions import Decision
from holdfast.session import State
from holdfast.session.parts import Effect
from holdfast.sharing.packages import skill_result

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
        self._said(told, BAD)
        early = f"; {before} had been committed before the takeover" if before else ""
        self._good(f"Of what was acknowledged to it since, {letters} events are among the dead letters{early}")

    def offered(self, event: Event, state: State) -> None:
        """Who hands over to whom, and what."""
        task = state.tasks[TASK]
        budget, scope = task.budget or Budget(), task.scope or Scope()
        self._screen.line(
            f"{event.seq:>5}  {event.actor} hands the trip over to {event.data['to']}: {task.description}"
        )
        self._screen.line(
            f"       with {budget.max_skill_calls} calls and {budget.max_tokens:,} tokens, and without "
            f"{' and '.join(scope.out_of_scope)}"
        )

    def accepted(self, writer: Member, taken: Event, accepted: Event, seconds: float) -> None:
        """Who has it now."""
        self._good(f"{seconds:.1f} s later {writer.name} (process {writer.pid}, {accepted.actor}) has accepted it,")
        self._good(
            f"and the session with it, under fence {taken.data['fence']} (events {taken.seq} and {accepted.seq})"
        )

    def rests_on(self, known: Sequence[Rested], decisions: int) -> None:
        """What need not be asked, and why."""
        said = ", ".join(f"{each.key} {_plain(each.value)} (event {each.seq})" for each in known)
        self._said(f"It asks nothing that is in the package: {said}, and {decisions} decisions", GOOD)

    def out_of_scope(self, event: Event) -> None:
        """What the agent would have done besides."""
        self._mark(f"{event.actor} would do more: {event.data['request']}")
        self._blocked(event, f"; the line of its scope: {event.data['line']}")

    def leaflet(self, made: Event, settled: Event, state: State) -> None:
        """A leaflet, and what it took of the budget."""
        budget = state.tasks[TASK].budget or Budget()
        took = f"{CALLS_ESTIMATED} calls set aside, {settled.data['calls']} used"
        left = f"{state.calls_remaining} of {budget.max_skill_calls} left"
        self._screen.line(f"{settled.seq:>5}  {made.data['path']:<19} {took}; {left}")

    def over_budget(self, event: Event) -> None:
        """What the budget did not allow."""
        self._mark(f"{event.actor} wants to go on: {event.data['request']}")
        self._blocked(event)

    def answered(self, question: Decision, answer: str, seq: int) -> None:
        """Who was asked, and the answer."""
        self._good(f"{question.escalated_to} is asked, and may say: {'; '.join(map(str, question.options))}")
        self._good(f"{question.escalated_to} says: {answer} (event {seq})")

    def denied(self, answer: str, told: DecisionSettled) -> None:
        """That a second answer was refused."""
        self._said(f"A second answer, {answer}, is refused: {told.message}", GOOD)

    def budget(self, event: Event) -> None:
        """The budget from now on."""
        self._good(
            f"{event.actor} has the answer, and goes on with {event.data['max_skill_calls']} calls (event {event.seq})"
        )

    def completed(self, completed: Event, released: Event) -> None:
        """That it is done."""
        made = skill_result(completed.data["result"]).artifacts
        self._good(
            f"The handoff is completed (event {completed.seq}): {len(made)} leaflets are in the session's context;"
        )
        self._good(f"{completed.actor} has given the lease back (event {released.seq})")

    def _blocked(self, event: Event, why: str = "") -> None:
        self._said(f"BLOCKED: {event.data['reason']}{why}", BAD)
        self._more(event.data["action"])

    def _said(self, text: str, style: str) -> None:
        for line in wrap(text, WIDTH):
            self._screen.line(f"       {line}", style)

    def _mark(self, text: str) -> None:
        self._screen.line(f"    !  {text}", BAD)

    def _more(self, text: str) -> None:
        self._screen.line(f"       {text}", BAD)

    def _good(self, text: str) -> None:
        self._screen.line(f"       {text}", GOOD)


def _table(booking: Mapping[str, Any]) -> str:
    return f"{booking['place']}, {booking['day']} {booking['part']}, for {booking['name']}"


def _plain(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
