"""The demo, from its servers to its verdict."""

import secrets
import shutil
import tempfile
import time
from pathlib import Path
from uuid import UUID

from rich.console import Console

from holdfast import bootstrap
from holdfast.client import Holdfast
from holdfast.config import Settings
from holdfast.demo import show
from holdfast.demo.afterwards import afterwards
from holdfast.demo.check import Published, check
from holdfast.demo.crash import crash
from holdfast.demo.crew import Crew, Member
from holdfast.demo.flower import Flower
from holdfast.demo.handover import NUMBER, handover
from holdfast.demo.hang import hang
from holdfast.demo.interrupts import Interrupts
from holdfast.demo.live import Live
from holdfast.demo.screen import Screen
from holdfast.demo.stage import Stage, must_be_well, wait
from holdfast.demo.strike import Struck, strike
from holdfast.demo.trip import AGENT, TRIP
from holdfast.embedded.stack import Stack
from holdfast.errors import Unavailable
from holdfast.store.migrations import upgrade

__all__ = ["demo"]

PACE_SECONDS = 0.03
STRIKE_AFTER = 2
"""Decisions that the log has when a worker is killed."""


def demo(*, keep: bool = False) -> bool:
    """Run it; True where all that was promised was found to be so. Nothing of it is left running.

    The data is in a folder of its own, which is deleted unless it is to be kept, or something failed. Raises
    `HoldfastError` where a part does not start or does not go on, and `KeyboardInterrupt` for Ctrl-C and SIGTERM.
    """
    begun = time.monotonic()
    screen = Screen(Console(highlight=False))
    screen.line(
        "An agent plans a trip, and hands it over. A worker is killed, then the agent, and another hangs. "
        "What is lost, done twice, or asked again?",
        "bold",
    )
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
        show.ended(screen, time.monotonic() - begun, folder, kept=keep or not ok)
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
            wait(lambda: names <= flower.workers(), "Flower's sight of both workers", everyone)
            live = Live(screen)
            live.begun(time.monotonic() - begun, folder, flower, flower.workers())
            session = holdfast.start(TRIP.user, kind="trip-planning", agent=AGENT, title=TRIP.request)
            reader = bootstrap.reader(stack.settings)
            try:
                stage = Stage(session, holdfast, reader, crew, folder, live)
                return _Story(stage, screen, workers, flower).tell()
            finally:
                reader.close()


class _Story:
    def __init__(self, stage: Stage, screen: Screen, workers: list[Member], flower: Flower) -> None:
        self.stage = stage
        self.screen = screen
        self.workers = workers
        self.flower = flower

    def tell(self) -> bool:
        """Everything from the user's wish to the verdict."""
        stage = self.stage
        said = {"type": "message.added", "data": {"role": "user", "content": TRIP.request}}
        (wish,) = stage.session.append(said, actor=TRIP.user)
        agent = stage.crew.agent(stage.session.id, 1, AGENT, PACE_SECONDS)
        stage.live.asked(stage.session.id, TRIP.user, TRIP.request, agent)
        struck = self._kill_a_worker(agent)
        following, fence = crash(stage, agent, PACE_SECONDS)
        in_time = hang(stage, following, fence, PACE_SECONDS)
        seen = handover(stage, PACE_SECONDS)
        first, second, third, fourth = (stage.acknowledged(number) for number in (1, 2, 3, NUMBER))
        letters = stage.holdfast.service.refused(stage.session.id, fence)
        published = Published(
            [wish.event_id, *first, *second, *third, *fourth],
            second[in_time:],
            [UUID(letter.event_id) for letter in letters if letter.event_id],
        )
        verdict, events, state = check(stage.session, published, stage.outside, seen)
        show.log(self.screen, stage.session.id, events, struck)
        show.state(self.screen, state)
        show.verdict(self.screen, verdict, self.flower.drains(), struck.worker.name)
        return afterwards(self.screen, stage.holdfast, stage.session) and verdict.ok

    def _kill_a_worker(self, agent: Member) -> Struck:
        """In the middle of a drain. Returns when the other has committed what it had not."""
        stage = self.stage
        stage.follow(lambda: stage.decisions >= STRIKE_AFTER, "the first decisions", [agent])
        session_id = stage.session.id
        struck = strike(stage.holdfast, stage.reader, self.workers, session_id, lambda: agent.status is not None)
        if struck is None:
            must_be_well(agent)
            raise Unavailable("no worker was seen in the middle of a drain; try again")
        published = len(stage.acknowledged(1))
        stage.show_up_to(struck.committed)
        stage.live.struck(struck)
        everything, find = struck.committed + struck.waiting, stage.holdfast.service.find
        wait(lambda: find(session_id).events >= everything, "the other worker's drain")
        seconds = time.monotonic() - struck.killed_at
        other = next(worker.name for worker in self.workers if worker is not struck.worker)
        stage.live.drained(other, seconds, len(stage.acknowledged(1)) - published)
        return struck
