"""The demo, from its servers to its verdict."""

import secrets
import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar
from uuid import UUID

from rich.console import Console

from holdfast import bootstrap
from holdfast.client import Holdfast, Session
from holdfast.config import Settings
from holdfast.demo.agent import ACKNOWLEDGED
from holdfast.demo.check import check
from holdfast.demo.crew import Crew, Member
from holdfast.demo.flower import Flower
from holdfast.demo.interrupts import Interrupts
from holdfast.demo.planner import AGENT, TRIP
from holdfast.demo.show import Screen
from holdfast.demo.strike import Struck, strike
from holdfast.embedded.stack import Stack
from holdfast.errors import Unavailable
from holdfast.events import Event
from holdfast.store.migrations import upgrade
from holdfast.stream.reader import Reader

__all__ = ["demo"]

T = TypeVar("T")

PACE_SECONDS = 0.05
STRIKE_AFTER = 3
"""Decisions that the log has when a worker is killed."""
LOOK_SECONDS = 0.05
READY_SECONDS = 60.0
DRAIN_SECONDS = 30.0


def demo(*, keep: bool = False) -> bool:
    """Run it; True where all that was promised was found to be so. Nothing of it is left running.

    The data is in a folder of its own, which is deleted unless it is to be kept, or something failed. Raises
    `HoldfastError` where a part does not start or does not go on, and `KeyboardInterrupt` for Ctrl-C and SIGTERM.
    """
    begun = time.monotonic()
    screen = Screen(Console(highlight=False))
    screen.line("An agent plans a trip, and a worker is killed while it saves. Is anything lost?", "bold")
    with Interrupts() as interrupts:
        folder = Path(tempfile.mkdtemp(prefix="holdfast-demo-"))
        try:
            ok = _on_a_stack(folder, screen, begun, interrupts)
        except Exception as error:
            error.add_note(f"What the processes of the demo wrote is in {folder}")
            raise
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        if ok and not keep:
            with interrupts.shielded():
                shutil.rmtree(folder)
        screen.ended(time.monotonic() - begun, folder, kept=keep or not ok)
    return ok


def _on_a_stack(folder: Path, screen: Screen, begun: float, interrupts: Interrupts) -> bool:
    # What is given here and nothing else: no variable and no file, for the user's own installation is left alone.
    settings = Settings.model_construct(data_dir=folder, flower_password=secrets.token_hex(6))
    with Stack(settings) as stack:
        upgrade(str(stack.settings.database_url))
        flower = Flower(str(settings.flower_password))
        with Crew(stack, folder, interrupts) as crew, Holdfast(stack.settings) as holdfast:
            workers = [crew.worker("worker-1"), crew.worker("worker-2")]
            everyone = [*workers, crew.beat(), crew.flower(flower.port)]
            names = {worker.name for worker in workers}
            _wait(lambda: names <= flower.workers(), everyone, READY_SECONDS, "Flower's sight of both workers")
            screen.begun(time.monotonic() - begun, folder, flower, flower.workers())
            return _Story(folder, screen, holdfast, crew, workers, flower).tell()


class _Story:
    def __init__(
        self,
        folder: Path,
        screen: Screen,
        holdfast: Holdfast,
        crew: Crew,
        workers: list[Member],
        flower: Flower,
    ) -> None:
        self.folder = folder
        self.screen = screen
        self.holdfast = holdfast
        self.crew = crew
        self.workers = workers
        self.flower = flower
        self.decisions = 0
        self._read = 0

    def tell(self) -> bool:
        """Everything from the user's wish to the verdict."""
        reader = bootstrap.reader(self.holdfast.settings)
        session = self.holdfast.start(TRIP.user, kind="trip-planning", agent=AGENT, title=TRIP.request)
        (wish,) = session.append(
            {"type": "message.added", "data": {"role": "user", "content": TRIP.request}}, actor=TRIP.user
        )
        agent = self.crew.agent(session.id, PACE_SECONDS)
        self.screen.asked(session.id, TRIP.user, TRIP.request, agent.pid)
        try:
            struck = self._kill_in_the_middle(session, agent, reader)
            self._follow(session, lambda: agent.status is not None)
            _must_be_well(agent)
            shard = reader.keys.shard(session.id)
            self._follow(session, lambda: not reader.backlog(shard), DRAIN_SECONDS)
        finally:
            reader.close()
        return self._judge(session, [wish.event_id, *self._acknowledged()], struck)

    def _kill_in_the_middle(self, session: Session, agent: Member, reader: Reader) -> Struck:
        self._follow(session, lambda: self.decisions >= STRIKE_AFTER or agent.status is not None)
        struck = strike(self.holdfast, reader, self.workers, session.id, lambda: agent.status is not None)
        if struck is None:
            _must_be_well(agent)
            raise Unavailable("no worker was seen in the middle of a drain before the agent had finished; try again")
        published = len(self._acknowledged())
        self._show([event for event in session.events(after=self._read) if event.seq <= struck.committed])
        self.screen.struck(struck)
        everything = struck.committed + struck.waiting
        service = self.holdfast.service
        _wait(lambda: service.find(session.id).events >= everything, [], DRAIN_SECONDS, "the other worker's drain")
        seconds = time.monotonic() - struck.killed_at
        self.screen.drained(self._other(struck), seconds, len(self._acknowledged()) - published)
        return struck

    def _other(self, struck: Struck) -> str:
        return next(worker.name for worker in self.workers if worker is not struck.worker)

    def _follow(self, session: Session, over: Callable[[], bool], seconds: float = READY_SECONDS) -> None:
        """Show what reaches the log until it is over, and what had reached it by then."""
        until = time.monotonic() + seconds
        ended = False
        while not ended:
            ended = over()
            self._show(session.events(after=self._read))
            if not ended and time.monotonic() > until:
                raise Unavailable(f"the log stood at event {self._read} when {seconds:.0f} s were over")
            time.sleep(LOOK_SECONDS)

    def _show(self, events: list[Event]) -> None:
        for event in events:
            self._read = event.seq
            if event.type == "decision.made":
                self.decisions += 1
                self.screen.decision(event)

    def _acknowledged(self) -> list[UUID]:
        return [UUID(line) for line in (self.folder / ACKNOWLEDGED).read_text().splitlines()]

    def _judge(self, session: Session, acknowledged: list[UUID], struck: Struck) -> bool:
        itinerary = self.folder / "itinerary.md"
        verdict, events, state = check(session, acknowledged, itinerary)
        self.screen.log(session.id, events, struck, self._other(struck))
        self.screen.state(state, itinerary.read_text("utf-8"))
        self.screen.verdict(verdict, self.flower.drains(), struck.worker.name)
        return verdict.ok


def _wait(fact: Callable[[], T], on: list[Member], seconds: float, what: str) -> T:
    """What `fact()` returned when it was true. Raises `Unavailable` at the time limit, or when one of these ends."""
    until = time.monotonic() + seconds
    while not (found := fact()):
        for member in on:
            if member.status is not None:
                raise _ended(member)
        if time.monotonic() > until:
            raise Unavailable(f"{what} did not come within {seconds:.0f} s")
        time.sleep(LOOK_SECONDS)
    return found


def _must_be_well(agent: Member) -> None:
    """It runs, or it has finished its work."""
    if agent.status:
        raise _ended(agent)


def _ended(member: Member) -> Unavailable:
    return Unavailable(f"{member.name} ended with status {member.status}; it wrote:\n{member.last_words()}".rstrip())
