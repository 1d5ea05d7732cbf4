"""What the agent does: it plans a trip part by part, asks its tools, decides, and says why. No model, no chance.

It may be broken off anywhere. Whoever goes on is given what the log tells, and leaves out what is in it.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import orjson

from holdfast.demo.outside import Deed, Outside
from holdfast.demo.places import PLACES, Kind, Visit, look_up
from holdfast.demo.trip import AGENT, BOOKED, ITINERARY, PARTS, WORKFLOW, Trip
from holdfast.demo.weather import Weather, weather
from holdfast.demo.weighing import confidence, fitting, is_wet, reasons
from holdfast.events import (
    ArtifactProduced,
    Budget,
    DecisionMade,
    DelegationRecorded,
    FileModified,
    InformationProvided,
    KnowledgeLearned,
    MessageAdded,
    Payload,
    PreferenceStated,
    Scope,
    ServiceUsed,
    StateSet,
    TaskAssigned,
    TaskCompleted,
    TaskProgressed,
    ToolCall,
    ValidationReported,
    WorkflowTracked,
)
from holdfast.session import Message, State

__all__ = ["Planner", "Step"]

Step = tuple[Payload, ...] | Deed
"""Events that are published together, all or none; or something to be done outside."""

CANDIDATES = 4
"""Places that are looked up for each part of a day."""


class Planner:
    """One planning of one trip, or the rest of one: `state` and `history` are what was recovered of it.

    `work` may be iterated once.
    """

    def __init__(
        self, trip: Trip, outside: Outside, *, state: State | None = None, history: Sequence[Message] = ()
    ) -> None:
        self.trip = trip
        self.outside = outside
        self._before = state or State()
        self._history = history
        self.chosen: dict[tuple[str, str], Visit] = {
            (day, part): look_up(str(known.value), day)
            for day, part in trip.parts
            if (known := self._before.values.get(f"{day} {part}"))
        }
        self._calls = Counter(call.name for message in history for call in message.tool_calls)

    @property
    def left(self) -> int:
        """Euros that are not spent."""
        return self.trip.budget - sum(visit["price"] for visit in self.chosen.values())

    def work(self) -> Iterator[Step]:
        """What is still to do, each step when what it says has happened."""
        if self._before.tasks_completed:
            return
        if not self._before.tasks:
            yield tuple(self._understood())
        for day in self.trip.days:
            for part, kind in PARTS:
                if (day, part) not in self.chosen:
                    yield from self._plan(day, part, kind)
                if (day, part) == BOOKED:
                    yield from self._book(day, part)
            summary = f"{day}: {self._line(day)}."
            if not any(message.content == summary for message in self._history):
                yield (MessageAdded(role="assistant", content=summary),)
        yield from self._deliver()

    def _understood(self) -> Iterator[Payload]:
        trip = self.trip
        yield MessageAdded(role="system", content="You plan trips. Ask the tools, decide, and say why.")
        yield WorkflowTracked(orchestrator_name="trip-orchestrator", workflow_id=WORKFLOW, status="active")
        yield DelegationRecorded(chain=["trip-orchestrator", AGENT], workflow_id=WORKFLOW, task="plan the days")
        yield InformationProvided(key="destination", value=trip.destination, provided_by=trip.user)
        yield InformationProvided(key="days", value=list(trip.days), provided_by=trip.user)
        yield InformationProvided(key="interests", value=list(trip.interests), provided_by=trip.user)
        yield InformationProvided(key="budget", value=f"{trip.budget} euros", provided_by=trip.user)
        yield PreferenceStated(key="diet", value="vegetarian", confidence="HIGH", note="no meat")
        yield PreferenceStated(key="queues", value="avoid", confidence="HIGH", note="no queues")
        first, *further = self._ahead()
        yield TaskAssigned(
            task_id=WORKFLOW,
            description=f"Plan {len(trip.days)} days in {trip.destination}",
            type="itinerary",
            assigned_to=AGENT,
            scope=Scope(
                objectives=["something to see and to eat, twice a day"],
                boundaries=[f"{trip.budget} euros", "no meat", "short queues"],
                out_of_scope=["flights", "hotel"],
            ),
            budget=Budget(max_skill_calls=100),
            current_step=first,
            next_steps=further,
        )
        yield MessageAdded(role="assistant", content="I look at the weather first, then at what is open, day by day.")

    def _plan(self, day: str, part: str, kind: Kind) -> Iterator[Step]:
        sky = weather(self.trip.destination, day, part)
        call = self._call("weather", {"location": self.trip.destination, "day": day, "part": part})
        yield (_asking(call),)
        yield (_answer(call, sky),)
        visits = []
        for name in islice(self._unvisited(kind), CANDIDATES):
            call = self._call("guide", {"place": name, "day": day})
            yield (_asking(call),)
            visits.append(look_up(name, day))
            yield (_answer(call, visits[-1]),)
        yield tuple(self._decided(day, part, sky, visits))

    def _decided(self, day: str, part: str, sky: Weather, visits: list[Visit]) -> Iterator[Payload]:
        """What belongs together: without one of these the others would be wrong."""
        fit = fitting(visits, sky, self.left)
        best = self.chosen[day, part] = fit[0]
        if is_wet(sky):
            yield KnowledgeLearned(area="weather", facts={f"{day} {part}": sky["condition"]}, source="weather")
        yield DecisionMade(
            decision_id=f"{day.lower()}-{part}",
            type=f"{day} {part}",
            question=f"{day} {part}?",
            decision=best["place"],
            options=[visit["place"] for visit in visits],
            rationale=reasons(fit, sky),
            confidence=confidence(fit),
        )
        yield StateSet(key=f"{day} {part}", value=best["place"])
        ahead = [f"book a table for {day} {part}"] if (day, part) == BOOKED else []
        yield self._progress(
            f"{day} {part}", f"chose {best['place']}; {self.left} euros left", [*ahead, *self._ahead()]
        )

    def _book(self, day: str, part: str) -> Iterator[Step]:
        """Book a table, and say that it is booked; each unless it was done before."""
        place, key = self.chosen[day, part]["place"], f"{WORKFLOW}-{day.lower()}-{part}"
        table = {"place": place, "day": day, "part": part, "name": self.trip.user}
        booked, call = self._done(key), self._unanswered("book_table")
        if booked is None:
            call = self._call("book_table", table)
            yield (_asking(call),)
            yield (deed := Deed("book_table", key, place, table, lambda: self.outside.book_table(key, table)))
            booked = deed.result or {}
        if call is not None:
            said = self._progress(f"book a table for {day} {part}", f"booked a table at {place}", self._ahead())
            yield (_answer(call, booked), said)

    def _deliver(self) -> Iterator[Step]:
        trip, spent = self.trip, self.trip.budget - self.left
        text = f"# {trip.destination} ({spent} of {trip.budget} euros)\n\n"
        text += "".join(f"- {day}: {self._line(day)}\n" for day in trip.days)
        digest = hashlib.sha256(text.encode()).hexdigest()
        if ITINERARY not in self._before.artifacts:
            if self._done(key := f"{WORKFLOW}-file-{digest[:8]}") is None:
                yield Deed("write_file", key, ITINERARY, {}, lambda: self.outside.write_file(text), repeatable=True)
            yield (
                FileModified(path=ITINERARY, change="created", digest=digest, size=len(text.encode())),
                ArtifactProduced(path=ITINERARY, type="itinerary", status="final", digest=digest),
                ValidationReported(
                    validator="budget",
                    status="pass" if self.left >= 0 else "fail",
                    notes=f"{spent} of {trip.budget} euros",
                ),
            )
        if self._done(key := f"{WORKFLOW}-mail-{digest[:8]}") is None:
            mail = {"to": trip.user, "subject": trip.destination, "text": text}
            yield Deed(
                "send_mail", key, trip.user, {"subject": trip.destination}, lambda: self.outside.send_mail(key, mail)
            )
        yield (
            *(ServiceUsed(service=name, invocations=n, workflow_id=WORKFLOW) for name, n in self._calls.items()),
            MessageAdded(role="assistant", content=f"Your itinerary is ready, for {spent} euros.\n\n{text}"),
            TaskProgressed(completed_steps=["the itinerary", "the mail"], next_steps=[], progress=100.0),
            TaskCompleted(summary=f"{len(self.chosen)} places in {len(trip.days)} days", result={"euros": spent}),
            WorkflowTracked(orchestrator_name="trip-orchestrator", workflow_id=WORKFLOW, status="completed"),
        )

    def _call(self, tool: str, arguments: Mapping[str, Any]) -> ToolCall:
        """A call of a tool, in the form in which models write it."""
        self._calls[tool] += 1
        return ToolCall(id=f"call-{self._calls.total()}", name=tool, arguments=dict(arguments))

    def _unanswered(self, tool: str) -> ToolCall | None:
        """The call of a tool after which nothing was said any more."""
        last = self._history[-1].tool_calls if self._history else []
        return next((call for call in last if call.name == tool), None)

    def _done(self, key: str) -> dict[str, Any] | None:
        """What came of a deed that was done before."""
        effects = (effect for effect in self._before.effects.values() if effect.idempotency_key == key)
        return next((effect.result or {} for effect in effects if effect.status == "done"), None)

    def _ahead(self) -> list[str]:
        days = [f"{day} {part}" for day, part in self.trip.parts if (day, part) not in self.chosen]
        return [*days, "the itinerary", "the mail"]

    def _progress(self, done: str, action: str, ahead: list[str]) -> TaskProgressed:
        return TaskProgressed(
            completed_steps=[done],
            current_step=ahead[0],
            next_steps=ahead[1:],
            progress=round(100.0 * len(self.chosen) / (len(self.trip.parts) + 1), 1),
            last_action=action,
        )

    def _unvisited(self, kind: Kind) -> Iterator[str]:
        taken = {visit["place"] for visit in self.chosen.values()}
        return (place.name for place in PLACES.values() if place.kind == kind and place.name not in taken)

    def _line(self, day: str) -> str:
        return ", ".join(self.chosen[day, part]["place"] for part, _ in PARTS)


def _asking(call: ToolCall) -> MessageAdded:
    return MessageAdded(role="assistant", tool_calls=[call])


def _answer(call: ToolCall, answer: Mapping[str, Any]) -> MessageAdded:
    return MessageAdded(role="tool", tool_call_id=call.id, name=call.name, content=orjson.dumps(answer).decode())
