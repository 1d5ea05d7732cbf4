"""In which order the user works: the first step, the last, what precedes finalising, and what follows what.

Had a session's steps come in any order, each as often as it came, a step would be the first, or the last, or the one at
any other place with the share that it has of all: that is what chance explains. Steps of different kinds are not
mixed, for that the tools come after the task is nobody's habit.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from holdfast.remembering.patterns.chance import MIN_SUPPORT, Guess, surely
from holdfast.remembering.patterns.pattern import Pattern
from holdfast.remembering.patterns.steps import STEP_KINDS, Step, StepKind, Way
from holdfast.remembering.patterns.trace import Trace
from holdfast.remembering.patterns.tracing import DOCUMENTS

__all__ = ["workflow"]

SEEN: frozenset[StepKind] = frozenset({"step", "task", "workflow", "agent", "artifact", "validation", "tool"})
"""Kinds of step that a user may want to see the result of."""

NAMES = 20
"""Steps of a kind that are looked at: the ones that most sessions have."""

Went = list[tuple[Trace, Way]]
"""The sessions that took steps of a kind."""


def workflow(traces: Sequence[Trace]) -> Iterator[Guess]:
    """What could be a habit in the steps of these sessions, the oldest first."""
    for kind in STEP_KINDS:
        went = [(trace, trace.ways[kind]) for trace in traces if kind in trace.ways]
        yield from _starts(kind, went)
        yield from _ends(kind, [(trace, way) for trace, way in went if trace.over])
        if kind in SEEN:
            yield from _finals(kind, went)
        yield from _follows(kind, went)
    yield from _asks([(trace, trace.questions) for trace in traces if trace.questions.total])


def _starts(kind: StepKind, went: Went) -> Iterator[Guess]:
    firsts = [(trace, way.first[0]) for trace, way in went]
    for name in _often(way for _, way in went):
        shown = [(trace, step) for trace, step in firsts if step.name == name]
        how = "always" if len(shown) == len(went) else "typically"
        text = f"{_who(kind)} {how} starts with {name}"
        yield _guess("starts_with", kind, name, text, shown, [_share(way, name) for _, way in went])


def _ends(kind: StepKind, went: Went) -> Iterator[Guess]:
    lasts = [(trace, step) for trace, way in went if (step := way.newest) is not None]
    for name in _often(way for _, way in went):
        shown = [(trace, step) for trace, step in lasts if step.name == name]
        asked = f"requests {name} at the end" if kind == "artifact" else f"ends with {name}"
        text = f"{_who(kind)} typically {asked}"
        yield _guess("ends_with", kind, name, text, shown, [_share(way, name) for _, way in went])


def _finals(kind: StepKind, went: Went) -> Iterator[Guess]:
    """The step right before something is made final. Documents, which make it so, are none of the steps."""
    finished = [(trace, way) for trace, way in went if trace.final is not None and kind in trace.final.before]
    for name in _often(way for _, way in finished):
        if name in DOCUMENTS:
            continue
        shown = [
            (trace, step)
            for trace, _ in finished
            if trace.final is not None and (step := trace.final.before[kind]).name == name
        ]
        text = f"User prefers to see {name} before finalising"
        chances = [_share(way, name, but=DOCUMENTS) for _, way in finished]
        yield _guess("before_finalising", kind, name, text, shown, chances)


def _follows(kind: StepKind, went: Went) -> Iterator[Guess]:
    """What comes next after the first time of a step."""
    names = _often(way for _, way in went)
    for before in names:
        having = [(trace, way) for trace, way in went if before in way.counts]
        after = [(trace, _next(way, before)) for trace, way in having]
        for name in names:
            if name == before:
                continue
            shown = [(trace, step) for trace, step in after if step is not None and step.name == name]
            text = f"{_who(kind)} typically goes on with {name} after {before}"
            chances = [_share(way, name, but=frozenset({before})) for _, way in having]
            yield _guess("goes_on_with", kind, [before, name], text, shown, chances)


def _asks(went: Went) -> Iterator[Guess]:
    """What is asked in most sessions. By chance, at most half of what is ever asked is asked in one of them."""
    questions = _often((way for _, way in went))
    ever = len({name for _, way in went for name in way.counts})
    for name in questions:
        shown = [(trace, step) for trace, way in went for step in _named(way, name)]
        text = f"It typically comes to the question: {name}"
        chances = [min(0.5, len(way.counts) / ever) for _, way in went]
        yield _guess("asks", "question", name, text, shown, chances)


def _guess(
    name: str, kind: str, value: Any, text: str, shown: list[tuple[Trace, Step]], chances: Sequence[float]
) -> Guess:
    of = len(chances)
    evidence = tuple((trace.session_id, step.event_id) for trace, step in shown)
    what = (
        {"kind": kind, "after": value[0], "name": value[1]}
        if isinstance(value, list)
        else {"kind": kind, "name": value}
    )
    said = f"{text} ({len(shown)} of {of} sessions)"
    pattern = Pattern("workflow", name, said, len(shown), of, surely(len(shown), of), what, evidence)
    return Guess(pattern, tuple(chances))


def _often(ways: Iterable[Way]) -> list[str]:
    """The names that enough sessions have for a pattern; of many, those that most have."""
    sessions: dict[str, int] = defaultdict(int)
    for way in ways:
        for name in way.counts:
            sessions[name] += 1
    often = sorted((-count, name) for name, count in sessions.items() if count >= MIN_SUPPORT)
    return [name for _, name in often[:NAMES]]


def _share(way: Way, name: str, but: frozenset[str] = frozenset()) -> float:
    """The step's share of all mentions, some aside."""
    rest = way.total - sum(way.mentions(each) for each in but)
    return min(1.0, way.mentions(name) / rest) if rest else 0.0


def _next(way: Way, before: str) -> Step | None:
    places = [place for place, step in enumerate(way.chain) if step.name == before]
    return way.chain[places[0] + 1] if places and places[0] + 1 < len(way.chain) else None


def _named(way: Way, name: str) -> list[Step]:
    return [step for step in way.first + way.last if step.name == name][:1]


def _who(kind: StepKind) -> str:
    """Whose habit it is to take such steps: tools are the agent's choice, though for this user."""
    return "The agent" if kind in {"tool", "agent", "workflow", "validation"} else "User"
