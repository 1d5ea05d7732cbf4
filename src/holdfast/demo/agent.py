"""The agent as a process: `python -m holdfast.demo.agent SESSION FOLDER NUMBER NAME PACE`.

It works under a lease. Each step is published by itself, as it happens, and the ids of its events are written to
`FOLDER/acknowledged-NUMBER` when Redis has taken them and not before: that is what the log is checked against. What it
does outside it does as an effect. PACE is the seconds between two steps, so that a person can follow.

Number 1 begins. Any other takes up what the one before it left: it recovers the session, writes the report to
`recovered-NUMBER.json`, finds out about what is uncertain, and goes on. One whose name is not the first one's takes the
lease over on purpose. Who is told that the lease is lost writes why to `refused-NUMBER`, and ends with status REFUSED.
"""

import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self, cast

import orjson

from holdfast.client import Session, connect
from holdfast.demo.journal import Journal, acknowledged
from holdfast.demo.leaflets import TASK, WRITER, task
from holdfast.demo.outside import Deed, Outside
from holdfast.demo.planner import Planner
from holdfast.demo.trip import AGENT, TRIP
from holdfast.errors import EffectDone, StaleWriter
from holdfast.session.parts import Effect

__all__ = ["REFUSED", "Account", "main", "recovered", "refused"]

REFUSED = 3
"""The exit status of an agent that was refused. Python's own for what goes wrong is 1."""


def recovered(folder: Path, number: int) -> Path:
    """Where it writes its `Account`."""
    return folder / f"recovered-{number}.json"


def refused(folder: Path, number: int) -> Path:
    """Where it writes why it was refused."""
    return folder / f"refused-{number}"


@dataclass(frozen=True, slots=True)
class Account:
    """What an agent that took the session over has to say of it."""

    fence: int
    report: dict[str, Any]
    """As `RecoveryReport.as_json` has it."""

    def write(self, place: Path) -> None:
        """Whole or not at all, for somebody waits for it."""
        unfinished = place.with_suffix(".part")
        unfinished.write_bytes(orjson.dumps(asdict(self)))
        unfinished.rename(place)

    @classmethod
    def read(cls, place: Path) -> Self:
        """What was written there."""
        return cls(**orjson.loads(place.read_bytes()))


def main(session_id: str, folder: Path, number: int, name: str, pace: float) -> int:
    """Plan the trip, or what is left of it, and publish what happens; returns the exit status."""
    with connect() as holdfast:
        session = holdfast.session(session_id, agent=name)
        try:
            with session.lease(name, takeover=name != AGENT) as lease:
                agent = _Agent(session, folder, number, pace)
                agent.work(agent.planner() if number == 1 else agent.taken_up(lease.fence))
        except StaleWriter as error:
            refused(folder, number).write_text(error.message, "utf-8")
            return REFUSED
    return 0


class _Agent:
    def __init__(self, session: Session, folder: Path, number: int, pace: float) -> None:
        self.session = session
        self.folder = folder
        self.number = number
        self.pace = pace
        self.outside = Outside(folder)

    def planner(self) -> Planner:
        """Of a trip of which nothing is planned."""
        return Planner(TRIP, self.outside)

    def taken_up(self, fence: int) -> Planner:
        """Of the rest of a trip, when it is certain what was done."""
        report = self.session.recover()
        if report.problem is not None:  # what could not be read is not to be planned anew
            raise report.problem
        Account(fence, report.as_json()).write(recovered(self.folder, self.number))
        for each in report.uncertain:
            self._find_out(each.effect)
        state = self.session.state() if report.uncertain else report.state
        return Planner(TRIP, self.outside, state=state, history=report.recovered)

    def work(self, planner: Planner) -> None:
        """Every step, in its order; and then the trip is handed over, to whoever writes of it."""
        with Journal(self.session, acknowledged(self.folder, self.number)) as journal:
            for step in planner.work():
                if isinstance(step, Deed):
                    self._do(step)
                else:
                    journal.publish(*step)
                time.sleep(self.pace)
            self._hand_over(journal)

    def _hand_over(self, journal: Journal) -> None:
        said = task(TRIP)
        journal.publish(said)
        self.session.hand_off(WRITER, capability=TASK, task=said.description)

    def _do(self, deed: Deed) -> None:
        try:
            with self.session.effect(
                deed.kind, deed.key, target=deed.target, arguments=deed.arguments, repeatable=deed.repeatable
            ) as effect:
                deed.result = deed.do()
                effect.settle(deed.result)
        except EffectDone as done:  # by whoever took over, while this one hung
            deed.result = cast("dict[str, Any]", done.result)

    def _find_out(self, effect: Effect) -> None:
        """What the first of the next steps says: ask the other side by the key, and settle it."""
        kind, key = effect.action or "", effect.idempotency_key or ""
        found = self.outside.look(kind, key)
        if found is None:
            self.session.settle_effect(kind, key, "failed", error="the other side knows nothing of it")
        else:
            self.session.settle_effect(kind, key, "done", result=found)


if __name__ == "__main__":
    session_id, folder, number, name, pace = sys.argv[1:]
    sys.exit(main(session_id, Path(folder), int(number), name, float(pace)))
