"""Users with habits, and users without: their sessions as events, and the traces of these."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any
from uuid import NAMESPACE_OID, uuid5

from holdfast.events import Event
from holdfast.remembering.patterns import Trace, traced

__all__ = [
    "FROM",
    "STEPS",
    "Habits",
    "Work",
    "happens",
    "log",
    "shuffled",
    "some",
    "trace_of",
    "traces",
    "wanders",
    "works",
]

STEPS = ["audience", "budget", "channels", "creative", "projections", "review", "schedule"]
TOOLS = ["search", "forecast", "render", "fetch"]
CHANNELS = ["CTV", "Paid Search", "Social", "Display", "Radio", "Print"]
KPIS = ["reach", "ROAS", "CPA", "brand lift", "clicks"]
QUESTIONS = [
    "Who approves it?",
    "Which agency?",
    "What is the deadline?",
    "Which region?",
    "May we use last year's data?",
]
ARTIFACTS = ["table", "chart", "note", "document", "sheet"]
FROM = datetime(2026, 1, 5, tzinfo=UTC)
"""A Monday."""


@dataclass
class Work:
    """What happens in a session."""

    at: datetime
    steps: list[str] = field(default_factory=list)
    tools: list[str] = field(default_factory=list)
    choices: dict[str, Any] = field(default_factory=dict)
    questions: list[str] = field(default_factory=list)
    artifacts: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


def log(session_id: str, happened: Sequence[tuple[str, dict[str, Any]]], at: datetime | None = None) -> list[Event]:
    """Events as the log has them, a minute apart."""
    start = at or FROM
    return [
        Event(
            session_id=session_id,
            seq=seq,
            id=uuid5(NAMESPACE_OID, f"{session_id} {seq}"),
            type=event_type,
            version=1,
            actor="agent",
            occurred_at=start + timedelta(minutes=seq - 1),
            recorded_at=start,
            data=data,
            digest=b"",
        )
        for seq, (event_type, data) in enumerate(happened, 1)
    ]


def happens(work: Work) -> list[tuple[str, dict[str, Any]]]:
    """The session's events, from its start to its close."""
    happened: list[tuple[str, dict[str, Any]]] = [
        ("session.started", {"user_id": "ada"}),
        ("task.assigned", {"description": "A plan", "type": "campaign_plan"}),
        ("message.added", {"role": "user", "content": "hello"}),
    ]
    # As often in one order as in any other, so that the order is no habit.
    told = _dealt(Random(f"{work.at} {work.steps}"), list(work.choices.items()))
    happened += [("information.provided", {"key": key, "value": value}) for key, value in told]
    happened += [("decision.escalated", {"question": each}) for each in work.questions]
    happened += [("message.added", {"role": "assistant", "tool_calls": [{"id": "a", "name": n}]}) for n in work.tools]
    happened += [("task.progressed", {"current_step": step}) for step in work.steps]
    happened += [("artifact.produced", {"path": f"out/{each}", "type": each}) for each in work.artifacts]
    happened += [("preference.refused", {"key": key}) for key in work.refused]
    return [*happened, ("task.completed", {}), ("session.closed", {})]


def trace_of(session_id: str, work: Work) -> Trace:
    """Its trace, once it is closed."""
    return traced(None, log(session_id, happens(work), work.at), session_id=session_id, user_id="ada")


def traces(user: str, works: Sequence[Work]) -> list[Trace]:
    """The traces of a user's sessions."""
    return [trace_of(f"{user}-{number}", work) for number, work in enumerate(works, 1)]


def wanders(random: Random, sessions: int) -> list[Work]:
    """Whoever has no habit: anything at any hour of any day."""
    return [
        Work(
            at=FROM + timedelta(minutes=random.randrange(sessions * 3 * 24 * 60)),
            steps=[random.choice(STEPS) for _ in range(random.randint(3, 7))],
            tools=random.choices(TOOLS, weights=[8, 3, 2, 1], k=random.randint(2, 12)),
            choices={
                "budget": round(10 ** random.uniform(4, 6)),
                "channels": random.sample(CHANNELS, random.randint(1, 3)),
                "measure": random.choice(KPIS),
                "urgent": random.choice([True, False]),
            },
            questions=random.sample(QUESTIONS, random.randint(0, 3)),
            artifacts=[random.choice(ARTIFACTS) for _ in range(random.randint(1, 3))],
        )
        for _ in range(sessions)
    ]


@dataclass(frozen=True)
class Habits:
    """What one user does, in this share of cases."""

    day: int = 0
    hour: int = 7
    first: str = "audience"
    before: str = "projections"
    budget: int = 500_000
    channels: tuple[str, ...] = ("CTV", "Paid Search")
    measure: str = "ROAS"
    question: str = "Who signs?"
    end: str = "document"
    share: float = 0.9


def some(random: Random, share: float = 0.9) -> Habits:
    """Any user's habits."""
    first, before = random.sample(STEPS, 2)
    return Habits(
        day=random.randrange(5),
        hour=random.choice([1, 7, 13, 19]),
        first=first,
        before=before,
        budget=random.choice([20_000, 60_000, 180_000, 540_000]),
        channels=tuple(random.sample(CHANNELS, random.randint(1, 3))),
        measure=random.choice(KPIS),
        question=random.choice(QUESTIONS),
        end=random.choice(ARTIFACTS),
        share=share,
    )


def works(random: Random, sessions: int, habits: Habits) -> list[Work]:
    """Whoever has these habits, comes once a week, and does as everybody might in the rest of the cases."""

    def usually(usual: Any, otherwise: Any) -> Any:
        return usual if random.random() < habits.share else otherwise

    rest = [step for step in STEPS if step not in (habits.first, habits.before)]
    others = [each for each in QUESTIONS if each != habits.question]
    made = []
    for week, free in enumerate(wanders(random, sessions)):
        day = usually(habits.day, random.randrange(5))
        hour = usually(habits.hour + random.randrange(4), random.randrange(24))
        middle = random.sample(rest, random.randint(2, 4))
        questions = random.sample(others, random.randint(0, 2))
        made.append(
            Work(
                at=FROM + timedelta(days=7 * week + day, hours=hour, minutes=random.randrange(60)),
                steps=[*usually([habits.first], []), *middle, *usually([habits.before], [])],
                tools=free.tools,
                choices={
                    "budget": usually(round(habits.budget * random.uniform(0.93, 1.07)), free.choices["budget"]),
                    "channels": usually(list(habits.channels), free.choices["channels"]),
                    "measure": usually(habits.measure, free.choices["measure"]),
                    "urgent": free.choices["urgent"],
                },
                questions=[*questions, *usually([habits.question], [])],
                artifacts=["draft", "sketch", usually(habits.end, "note")],
            )
        )
    return made


def shuffled(random: Random, users: Sequence[Sequence[Work]]) -> list[list[Work]]:
    """The same times, steps and choices, dealt out anew: whose it was and in which order is lost."""
    everything = [work for of_user in users for work in of_user]
    times = _dealt(random, [work.at for work in everything])
    keys = sorted({key for work in everything for key in work.choices})
    values = {key: _dealt(random, [work.choices[key] for work in everything]) for key in keys}
    questions = _dealt(random, [work.questions for work in everything])
    dealt = [
        Work(
            at=times[place],
            steps=_dealt(random, work.steps),
            tools=_dealt(random, work.tools),
            choices={key: values[key][place] for key in keys},
            questions=questions[place],
            artifacts=_dealt(random, work.artifacts),
        )
        for place, work in enumerate(everything)
    ]
    sizes = [len(of_user) for of_user in users]
    return [dealt[sum(sizes[:place]) : sum(sizes[: place + 1])] for place in range(len(sizes))]


def _dealt(random: Random, items: Sequence[Any]) -> list[Any]:
    return random.sample(list(items), len(items))
