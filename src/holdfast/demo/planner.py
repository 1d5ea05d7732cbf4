"""What the agent does: it plans a trip part by part, asks its tools, decides, and says why. No model, no chance."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from holdfast.demo.places import PLACES, Kind, Visit, look_up
from holdfast.demo.weather import Weather, weather
from holdfast.events import (
    ArtifactProduced,
    Budget,
    DecisionMade,
    DelegationRecorded,
    EffectIntended,
    EffectSettled,
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

__all__ = ["AGENT", "TRIP", "Planner", "Trip"]

AGENT = "itinerary-worker"
WORKFLOW = "trip-to-paris"
PARTS: tuple[tuple[str, Kind], ...] = (
    ("morning", "culture"),
    ("lunch", "food"),
    ("afternoon", "culture"),
    ("dinner", "food"),
)
CANDIDATES = 4
"""Places that are looked up for each part of a day."""
WET = 50
"""Percent of rain from which one stays indoors."""


@dataclass(frozen=True, slots=True)
class Trip:
    """What is asked of the agent."""

    user: str
    request: str
    destination: str
    days: tuple[str, ...]
    interests: tuple[Kind, ...]
    budget: int
    """Euros for one person."""


TRIP = Trip(
    user="ada",
    request="Plan 3 days in Paris: culture and food, 200 euros, no meat, no queues.",
    destination="Paris",
    days=("Saturday", "Sunday", "Monday"),
    interests=("culture", "food"),
    budget=200,
)


class Planner:
    """One planning of one trip. `work` may be iterated once; files go to `folder`."""

    def __init__(self, trip: Trip, folder: Path) -> None:
        self.trip = trip
        self.folder = folder
        self.left = trip.budget
        self.chosen: dict[tuple[str, str], Visit] = {}
        self._calls = 0

    def work(self) -> Iterator[Payload]:
        """Every event of the planning, each when what it says has happened."""
        yield from self._understand()
        for day in self.trip.days:
            for part, kind in PARTS:
                yield from self._plan(day, part, kind)
            yield MessageAdded(role="assistant", content=f"{day}: {self._line(day)}.")
        yield from self._deliver()

    def _understand(self) -> Iterator[Payload]:
        trip = self.trip
        yield MessageAdded(role="system", content="You plan trips. Ask the tools, decide, and say why.")
        yield WorkflowTracked(orchestrator_name="trip-orchestrator", workflow_id=WORKFLOW, status="active")
        yield DelegationRecorded(chain=["trip-orchestrator", AGENT], workflow_id=WORKFLOW, task="plan the days")
        yield InformationProvided(key="destination", value=trip.destination, provided_by=trip.user)
        yield InformationProvided(key="days", value=list(trip.days), provided_by=trip.user)
        yield InformationProvided(key="interests", value=list(trip.interests), provided_by=trip.user)
        yield PreferenceStated(key="diet", value="vegetarian", confidence="HIGH", note="no meat")
        yield PreferenceStated(key="queues", value="avoid", confidence="HIGH", note="no queues")
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
            current_step=f"{trip.days[0]} morning",
            next_steps=[*trip.days, "the itinerary", "the mail"],
        )
        yield MessageAdded(role="assistant", content="I look at the weather first, then at what is open, day by day.")

    def _plan(self, day: str, part: str, kind: Kind) -> Iterator[Payload]:
        sky = weather(self.trip.destination, day, part)
        yield from self._asked("weather", {"location": self.trip.destination, "day": day, "part": part}, sky)
        if sky["rain_percent"] >= WET:
            yield KnowledgeLearned(area="weather", facts={f"{day} {part}": sky["condition"]}, source="weather")
        visits = []
        for name in islice(self._unvisited(kind), CANDIDATES):
            visit = look_up(name, day)
            visits.append(visit)
            yield from self._asked("guide", {"place": name, "day": day}, visit)
        fit = sorted((visit for visit in visits if self._fits(visit, sky)), key=_worth, reverse=True)
        best = self.chosen[day, part] = fit[0]
        self.left -= best["price"]
        yield DecisionMade(
            decision_id=f"{day.lower()}-{part}",
            type="itinerary",
            question=f"{day} {part}?",
            decision=best["place"],
            options=[visit["place"] for visit in visits],
            rationale=_reasons(best, sky, fit),
            confidence=_confidence(fit),
        )
        yield StateSet(key=f"{day} {part}", value=best["place"])
        done = len(self.chosen)
        yield TaskProgressed(
            completed_steps=[f"{day} {part}"],
            progress=round(100.0 * done / (len(self.trip.days) * len(PARTS) + 1), 1),
            last_action=f"chose {best['place']}; {self.left} euros left",
        )

    def _asked(self, tool: str, arguments: dict[str, Any], answer: Weather | Visit) -> Iterator[Payload]:
        """A call of a tool, in the form in which models and their tools write it."""
        self._calls += 1
        call = ToolCall(id=f"call-{self._calls}", name=tool, arguments=arguments)
        yield MessageAdded(role="assistant", tool_calls=[call])
        yield MessageAdded(role="tool", tool_call_id=call.id, name=tool, content=orjson.dumps(answer).decode())

    def _unvisited(self, kind: Kind) -> Iterator[str]:
        taken = {visit["place"] for visit in self.chosen.values()}
        return (place.name for place in PLACES.values() if place.kind == kind and place.name not in taken)

    def _fits(self, visit: Visit, sky: Weather) -> bool:
        dry = visit["indoors"] or sky["rain_percent"] < WET
        return visit["open"] and visit["vegetarian"] and dry and visit["price"] <= self.left

    def _line(self, day: str) -> str:
        return ", ".join(self.chosen[day, part]["place"] for part, _ in PARTS)

    def _deliver(self) -> Iterator[Payload]:
        yield ServiceUsed(service="weather", invocations=len(self.chosen), status="ok", workflow_id=WORKFLOW)
        yield ServiceUsed(service="guide", invocations=self._calls - len(self.chosen), workflow_id=WORKFLOW)
        spent = self.trip.budget - self.left
        text = f"# {self.trip.destination} ({spent} of {self.trip.budget} euros)\n\n"
        text += "".join(f"- {day}: {self._line(day)}\n" for day in self.trip.days)
        digest = _written(self.folder / "itinerary.md", text)
        yield FileModified(path="itinerary.md", change="created", digest=digest, size=len(text.encode()))
        yield ArtifactProduced(path="itinerary.md", type="itinerary", produced_by=AGENT, status="final", digest=digest)
        yield ValidationReported(
            validator="budget",
            status="pass" if self.left >= 0 else "fail",
            notes=f"{spent} of {self.trip.budget} euros",
        )
        yield EffectIntended(
            effect_id="mail-1", action="send_mail", target=self.trip.user, idempotency_key=f"{WORKFLOW}-{digest[:8]}"
        )
        # No mail leaves the machine: what would be sent lies in the folder.
        digest = _written(self.folder / "mail.txt", f"To: {self.trip.user}\nSubject: {self.trip.destination}\n\n{text}")
        yield EffectSettled(effect_id="mail-1", outcome="done", result={"file": "mail.txt", "digest": digest})
        yield MessageAdded(role="assistant", content=f"Your itinerary is ready, for {spent} euros.\n\n{text}")
        yield TaskProgressed(completed_steps=["the itinerary", "the mail"], next_steps=[], progress=100.0)
        yield TaskCompleted(summary=f"{len(self.chosen)} places in {len(self.trip.days)} days", result={"euros": spent})
        yield WorkflowTracked(orchestrator_name="trip-orchestrator", workflow_id=WORKFLOW, status="completed")


def _worth(visit: Visit) -> float:
    return visit["rating"] - visit["queue_minutes"] / 60


def _confidence(fit: list[Visit]) -> float:
    """Higher, the further the best is ahead of the next."""
    ahead = _worth(fit[0]) - _worth(fit[1]) if len(fit) > 1 else 1.0
    return round(min(0.95, 0.6 + ahead), 2)


def _reasons(best: Visit, sky: Weather, fit: list[Visit]) -> str:
    where = "indoors" if best["indoors"] else "in the open"
    price = f"{best['price']} euros" if best["price"] else "free"
    return f"{sky['condition']}, {sky['temperature']} degrees: {where}, {price}, best of {len(fit)} that fit"


def _written(path: Path, text: str) -> str:
    path.write_text(text, "utf-8")
    return hashlib.sha256(text.encode()).hexdigest()
