"""The second agent as a process: `python -m holdfast.demo.writer FOLDER NUMBER PACE`.

It finds the trip in its inbox, accepts it, and writes a leaflet for each day, out of the package and without asking
anybody for what is known; what it rests on it writes to `FOLDER/known-NUMBER.json`. Before each leaflet it asks whether
that is within the task's scope, and sets aside what it may take of the task's budget. Where too little is left the user
is asked, and it waits for the answer.
"""

import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self

import orjson

from holdfast.client import Session, connect
from holdfast.client.budgets import Reservation
from holdfast.demo.journal import Journal, acknowledged
from holdfast.demo.leaflets import (
    CALLS_ESTIMATED,
    IDEA,
    NEEDED,
    TASK,
    TOKENS_ESTIMATED,
    WRITER,
    Leaflet,
    order,
)
from holdfast.demo.trip import PARTS, TRIP
from holdfast.errors import BudgetExceeded
from holdfast.events import FileModified

__all__ = ["Rested", "main", "rested"]

ANSWER_SECONDS = 60.0
"""How long it waits for the user."""


def rested(folder: Path, number: int) -> Path:
    """Where the writer NUMBER writes what it rests on."""
    return folder / f"known-{number}.json"


@dataclass(frozen=True, slots=True)
class Rested:
    """Something that the writer needed, and did not ask for."""

    key: str
    value: Any
    seq: int | None
    """The event that says so, by its place in the log."""

    @classmethod
    def write(cls, several: Sequence[Self], place: Path) -> None:
        """Whole or not at all, for somebody waits for it."""
        unfinished = place.with_suffix(".part")
        unfinished.write_bytes(orjson.dumps([asdict(each) for each in several]))
        unfinished.rename(place)

    @classmethod
    def read(cls, place: Path) -> list[Self]:
        """What was written there."""
        return [cls(**each) for each in orjson.loads(place.read_bytes())]


def main(folder: Path, number: int, pace: float) -> int:
    """Accept what was handed over, write the leaflets, and say what came of it; returns the exit status."""
    with connect() as holdfast:
        (handoff,) = holdfast.handoffs(WRITER)
        with handoff.accept() as accepted, Journal(accepted.session, acknowledged(folder, number)) as journal:
            session = accepted.session
            known = [_rest_on(session, key) for key in NEEDED]
            Rested.write(known, rested(folder, number))
            if session.check(IDEA).allowed:
                raise LookupError(f"nothing in the scope keeps {WRITER} from this: {IDEA}")
            writer = _Writer(session, journal, folder, handoff.package, {each.key: each.value for each in known})
            written: list[Leaflet] = []
            for day in TRIP.days:
                written.extend(writer.written(day))
                time.sleep(pace)
            accepted.complete(_result(written))
    return 0


def _rest_on(session: Session, key: str) -> Rested:
    found = session.known(key)
    if found is None:
        raise LookupError(f"{key} is not known, and would have to be asked for")
    return Rested(key, found.value, found.seq)


class _Writer:
    def __init__(
        self, session: Session, journal: Journal, folder: Path, package: Mapping[str, Any], known: Mapping[str, Any]
    ) -> None:
        self.session = session
        self.journal = journal
        self.folder = folder
        self.known = known
        self.chosen = {each["type"]: each["value"] for each in package["decisions_made"]}

    def written(self, day: str) -> Iterator[Leaflet]:
        """The leaflet for a day; none where it is out of scope, or the user would rather do without it."""
        if not self.session.check(order(day)).allowed:
            return
        reservation = self._set_aside(day)
        if reservation is None:
            return
        with reservation:
            leaflet = Leaflet.of(day, [self.chosen[f"{day} {part}"] for part, _ in PARTS], self.known)
            (self.folder / leaflet.path).write_text(leaflet.text, "utf-8")
            size = len(leaflet.text.encode())
            self.journal.publish(
                FileModified(path=leaflet.path, change="created", digest=leaflet.digest, size=size),
            )
            reservation.settle(calls=leaflet.calls, tokens=leaflet.tokens)
        yield leaflet

    def _set_aside(self, day: str) -> Reservation | None:
        try:
            return self._reserve(day)
        except BudgetExceeded as error:
            answer = self.session.decision(str(error.decision_id), wait=ANSWER_SECONDS)
            if answer.decision != answer.options[0]:
                return None
            self._raise_budget(error, answer.id)
            return self._reserve(day)

    def _reserve(self, day: str) -> Reservation:
        return self.session.reserve(TASK, CALLS_ESTIMATED, TOKENS_ESTIMATED, request=order(day), escalate_to=TRIP.user)

    def _raise_budget(self, error: BudgetExceeded, decision_id: str) -> None:
        """By what was short, as the user said."""
        now = self.session.budget().level("task", TASK)
        if now is None or now.max_skill_calls is None or error.asked is None or error.remaining is None:
            raise error
        self.session.set_budget(
            "task",
            max_skill_calls=now.max_skill_calls + error.asked - error.remaining,
            max_tokens=now.max_tokens,
            reason=decision_id,
        )


def _result(leaflets: Sequence[Leaflet]) -> dict[str, Any]:
    """In the protocol's form."""
    made = [{"type": "leaflet", "path": each.path, "status": "final", "digest": each.digest} for each in leaflets]
    summary = f"{len(leaflets)} leaflets for {len(TRIP.days)} days"
    return {
        "skill_result": {
            "skill": WRITER,
            "status": "success",
            "outputs": {"artifacts": made},
            "context_updates": {
                "knowledge": {"leaflets": {each.day: {"euros": each.euros} for each in leaflets}},
                "active_task": {"task_id": TASK, "outcome": "success", "summary": summary},
            },
        }
    }


if __name__ == "__main__":
    folder, number, pace = sys.argv[1:]
    sys.exit(main(Path(folder), int(number), float(pace)))
