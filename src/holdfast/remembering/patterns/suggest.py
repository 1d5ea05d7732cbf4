"""What the patterns let one expect of the session that is under way: a next step, choices, and what will be asked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from holdfast.remembering.patterns.chosen import chosen
from holdfast.remembering.patterns.pattern import Pattern
from holdfast.remembering.patterns.steps import StepKind, named
from holdfast.remembering.patterns.trace import Trace

__all__ = ["Known", "Suggestion", "Suggestions", "suggestions"]

EXCLUDED = "excluded "
"""A preference `excluded_channels` keeps what it names out of `channels` and `channel`."""


class Known(NamedTuple):
    """What is remembered that the user prefers."""

    value: Any
    confidence: float
    text: str = ""
    evidence: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Something that may be offered to the user, or got ready; never done on its own."""

    text: str
    """Why, in a sentence."""
    about: str
    """The kind of step, the key of the choice, or `question`."""
    value: Any
    """The step, the choice, or the question."""
    confidence: float
    pattern: Pattern | None
    """The habit that it rests on; None: a preference that is remembered."""
    evidence: tuple[tuple[str, str], ...] = field(repr=False)
    """The sessions and events that show it."""


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Empty when nothing is known."""

    next_step: Suggestion | None = None
    prefilled: tuple[Suggestion, ...] = ()
    """The likely choices of what is not chosen yet, the surest first; one for each key."""
    questions: tuple[Suggestion, ...] = ()
    """What the user is likely to ask for or to be asked, the surest first."""


def suggestions(
    traces: Sequence[Trace], patterns: Sequence[Pattern], now: Trace | None, preferences: Mapping[str, Known]
) -> Suggestions:
    """What fits the session that `now` is the trace of; None: one that has not begun.

    `patterns` are those of `traces`; one that rests on the present session alone suggests nothing to it. A session that
    has come to its end needs nothing.
    """
    if now is not None and now.status in {"closed", "expired"}:
        return Suggestions()
    known = {trace.session_id for trace in traces} - ({now.session_id} if now else set())
    usable = [each for each in patterns if any(session in known for session, _ in each.evidence)]
    step = _next_step(usable, now)
    return Suggestions(step, tuple(_prefilled(usable, now, preferences)), tuple(_questions(usable, now, step)))


def _next_step(patterns: Sequence[Pattern], now: Trace | None) -> Suggestion | None:
    """What follows where the work has come to; else the first step, the one before the end, or the end."""
    for name in ("goes_on_with", "starts_with", "before_finalising", "ends_with"):
        fitting = [each for each in patterns if each.name == name and _fits(each, now)]
        if fitting:
            best = max(fitting, key=lambda each: each.confidence)
            return _suggested(best, best.value["kind"], best.value["name"])
    return None


def _fits(pattern: Pattern, now: Trace | None) -> bool:
    kind: StepKind = pattern.value["kind"]
    way = now.ways.get(kind) if now else None
    if way is None:
        return pattern.name == "starts_with"
    if pattern.value["name"] in way.counts or pattern.name == "starts_with":
        return False
    if pattern.name == "goes_on_with":
        return way.newest is not None and way.newest.name == pattern.value["after"]
    return True


def _prefilled(
    patterns: Sequence[Pattern], now: Trace | None, preferences: Mapping[str, Known]
) -> Iterator[Suggestion]:
    """A preference goes before a habit: the user said it, or it was learned with all that speaks against it."""
    settled = set(now.choices) if now else set()
    likely: dict[str, Suggestion] = {}
    for key, known in preferences.items():
        likely[named(key)] = Suggestion(known.text, key, known.value, known.confidence, None, known.evidence)
    for pattern in patterns:
        if pattern.kind == "preference" and "value" in pattern.value:
            key = pattern.value["key"]
            likely.setdefault(named(key), _suggested(pattern, key, pattern.value["value"]))
    for name, items in _items(patterns).items():
        best = min(items, key=lambda each: each.confidence)
        key = best.value["key"]
        whole = Suggestion(best.text, key, [each.value["item"] for each in items], best.confidence, best, best.evidence)
        likely.setdefault(name, whole)
    allowed = (_without(name, each, preferences) for name, each in likely.items() if name not in settled)
    wanted = [each for each in allowed if each is not None and not _refused(each, now)]
    yield from sorted(wanted, key=lambda each: (-each.confidence, each.about))


def _items(patterns: Sequence[Pattern]) -> dict[str, list[Pattern]]:
    """Items that a list of the user's usually has, by the list's name."""
    items: dict[str, list[Pattern]] = {}
    for pattern in patterns:
        if pattern.kind == "preference" and "item" in pattern.value:
            items.setdefault(named(pattern.value["key"]), []).append(pattern)
    return items


def _without(name: str, likely: Suggestion, preferences: Mapping[str, Known]) -> Suggestion | None:
    """The same without what the user excluded; None where nothing is left."""
    excluded = {
        _word(item)
        for key, known in preferences.items()
        if named(key) in {EXCLUDED + name, f"{EXCLUDED}{name}s"}
        for item in (known.value if isinstance(known.value, list) else [known.value])
    }
    if isinstance(likely.value, list):
        left = [item for item in likely.value if _word(item) not in excluded]
        same = len(left) == len(likely.value)
        whole = likely if same else Suggestion(
            likely.text, likely.about, left, likely.confidence, likely.pattern, likely.evidence
        )  # fmt: skip
        return whole if left or not likely.value else None
    return None if _word(likely.value) in excluded else likely


def _refused(likely: Suggestion, now: Trace | None) -> bool:
    refusal = now.refused.get(named(likely.about)) if now else None
    return refusal is not None and refusal.value in (None, chosen(likely.value))


def _questions(patterns: Sequence[Pattern], now: Trace | None, step: Suggestion | None) -> Iterator[Suggestion]:
    """Questions that usually come and have not come yet, and what is usually asked for before the end and at it."""
    asked = now.questions.counts if now else {}
    taken = step.pattern if step else None
    for pattern in sorted(patterns, key=lambda each: -each.confidence):
        if pattern.name == "asks" and pattern.value["name"] not in asked:
            yield _suggested(pattern, "question", pattern.value["name"])
        elif pattern.name in {"before_finalising", "ends_with"} and pattern is not taken:
            way = now.ways.get(pattern.value["kind"]) if now else None
            if way is None or pattern.value["name"] not in way.counts:
                yield _suggested(pattern, pattern.value["kind"], pattern.value["name"])


def _suggested(pattern: Pattern, about: str, value: Any) -> Suggestion:
    return Suggestion(pattern.text, about, value, pattern.confidence, pattern, pattern.evidence)


def _word(value: object) -> str:
    return str(value).casefold()
