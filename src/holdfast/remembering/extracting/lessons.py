"""Learnings: what a session or a campaign taught, as its end, an agent or a task says."""

import re
from collections.abc import Iterator
from typing import Any

from holdfast.events import KnowledgeLearned, SessionClosed, TaskCompleted
from holdfast.remembering.extracting.decided import decision
from holdfast.remembering.extracting.keys import key_of, shown, slug, titled, values_of
from holdfast.remembering.extracting.seen import Seen
from holdfast.remembering.extracting.strength import LESSON, SAID_SO, TOLD_BY_AGENT, sureness
from holdfast.remembering.memory import Finding, Source

__all__ = ["closed", "completed", "known"]

_LEARNED = frozenset({"past_learnings", "learnings", "learning", "insights", "lessons", "lessons_learned"})
_DECIDED = frozenset({"brand_decisions", "decisions", "decisions_made"})
_OF_USERS = frozenset({"user_preferences", "preferences", "mpa_user_preferences"})
_FACTS = frozenset({"user", "user_profile", "profile", "user_facts", "customer"})

_LESSON = re.compile(
    r"\b(?:learn(?:ed|t|ing)|lessons?|take ?aways?|insight|outperform\w*|under ?perform\w*|turned out|next time"
    r"|in (?:the )?future|(?:works?|worked|perform(?:s|ed)?|convert(?:s|ed)?)"
    r" (?:\w+ )?(?:best|better|worse|well|poorly)|should (?:have|always|never|not)|avoid|(?:twice|\d+ ?x|\d+ ?%"
    r"|times) (?:as|more|less|fewer|higher|lower|better|worse)|it pays to|root cause|because of)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")
_LABEL = re.compile(
    r"^(?:(?:key |the )?(?:lessons? learn(?:ed|t)|learnings?|lessons?|take ?aways?|insights?)\s*[:\u2013-]\s*)+",
    re.IGNORECASE,
)
SHORTEST = 3
"""Words: what is shorter teaches nothing."""


def closed(seen: Seen) -> Iterator[Finding]:
    """The learnings that whoever closed the session named."""
    said = seen.event.payload
    if isinstance(said, SessionClosed):
        for each in said.learnings:
            yield from _learning(seen, each, SAID_SO)


def known(seen: Seen) -> Iterator[Finding]:
    """What an agent found out, in the areas that outlive a session; never what it found in memory."""
    said = seen.event.payload
    if not isinstance(said, KnowledgeLearned) or said.recalled:
        return
    area = slug(said.area)
    strength = TOLD_BY_AGENT * sureness(said.confidence)
    if area in _LEARNED:
        for each in _items(said.facts):
            yield from _learning(seen, each, SAID_SO * sureness(said.confidence))
    elif area in _DECIDED:
        for each in _items(said.facts):
            yield from _decision(seen, each)
    elif area in (_OF_USERS | _FACTS) and isinstance(said.facts, dict):
        yield from _of_the_user(seen, said.facts, strength, preference=area in _OF_USERS)


def completed(seen: Seen) -> Iterator[Finding]:
    """The sentences of a task's summary that state a lesson; the others say what was done, which the log has."""
    said = seen.event.payload
    if isinstance(said, TaskCompleted) and said.summary:
        for sentence in _SENTENCE.split(seen.recalled.without(said.summary)[:4000]):
            if _LESSON.search(sentence) and not sentence.rstrip().endswith("?"):
                yield from _learning(seen, sentence, LESSON)


def _items(facts: dict[str, Any] | list[Any]) -> Iterator[Any]:
    if isinstance(facts, list):
        yield from facts
        return
    for key, value in facts.items():
        for each in value if isinstance(value, list) else [value]:
            yield (
                each
                if isinstance(each, dict) or (isinstance(each, str) and len(each.split()) > SHORTEST)
                else f"{titled(key)}: {shown(each)}"
            )


def _learning(seen: Seen, said: Any, strength: float) -> Iterator[Finding]:
    text = _LABEL.sub("", " ".join(seen.recalled.without(_words(said)).split())).rstrip(" .;")
    if len(text.split()) < SHORTEST:
        return
    value = text[:1].upper() + text[1:]
    source: Source = "user" if seen.by_a_person(None) else _source(said)
    yield from seen.finding(
        "learning", "learnings", value[:1000], value, source=source, strength=strength, campaign=True, single=False
    )


def _source(said: Any) -> Source:
    named = str(said.get("source", "")) if isinstance(said, dict) else ""
    return "tool" if "tool" in named.casefold() else "agent"


def _words(said: Any) -> str:
    if isinstance(said, dict):
        return next(
            (
                str(said[key])
                for key in ("learning", "lesson", "text", "insight", "summary", "description")
                if isinstance(said.get(key), str)
            ),
            "",
        )
    return said if isinstance(said, str) else ""


def _decision(seen: Seen, said: Any) -> Iterator[Finding]:
    if isinstance(said, dict) and said.get("decision") is not None:
        by = next((said[key] for key in ("approved_by", "decided_by") if isinstance(said.get(key), str)), None)
        about = said.get("question") if isinstance(said.get("question"), str) else ""
        yield from decision(
            seen, about or "", said["decision"], None, 1.0, by_person=by is not None and seen.by_a_person(by)
        )


def _of_the_user(seen: Seen, facts: dict[str, Any], strength: float, *, preference: bool) -> Iterator[Finding]:
    for given, value in facts.items():
        key = key_of(given) if preference else slug(given)
        for each, single in values_of(key, value):
            yield from seen.finding(
                "preference" if preference else "fact",
                key,
                each,
                f"{titled(key)}: {shown(each)}",
                source="agent",
                strength=strength,
                single=single,
            )
