"""What the lines that forbid say to a part of a request: boundaries of the form "No …", and what is out of scope.

A line is found by its words: each weighs something, and what weighs at least `STRONG` of the whole decides.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from holdfast.sharing.scope.asked import Asked
from holdfast.sharing.scope.finding import DENIED, KEEP, Finding
from holdfast.sharing.scope.lines import Line, weight
from holdfast.sharing.scope.vocabulary import ACTIONS, INQUIRY
from holdfast.sharing.scope.words import Word, light

__all__ = ["STRONG", "TOUCHED", "forbidden"]

STRONG = 0.75
"""The share of a line from which it is what was asked for."""
TOUCHED = 0.4
"""The share from which it may be, so that somebody is asked."""


@dataclass(frozen=True, slots=True)
class _Match:
    asked: float
    """The share of the line in what is asked for …"""
    said: float
    """… and in all that is said."""
    words: tuple[str, ...]


def forbidden(part: Asked, line: Line, usual: frozenset[str]) -> Iterator[Finding]:
    """What a line that forbids says to the part; nothing, where it has little to do with it.

    `usual` is what the objectives ask to be done: where they ask to explain, to explain what is excluded is excluded.
    """
    if not line.words:
        return
    match = _match(part, line)
    if match.said < TOUCHED:
        if line.rule == "unless" and _evades(part, line):
            yield _evading(part, line)
        return
    if line.rule == "unless":
        yield _conditional(part, line, match)
    elif match.asked >= STRONG and _does_it(part, line, usual):
        yield _blocked(part, line, match)
    else:
        yield _touched(part, line, match)


def _match(part: Asked, line: Line) -> _Match:
    whole = sum(weight(word) for word in line.words)
    said = [word for word in line.words if not word.senses.isdisjoint(part.says)]
    asked = said if line.about_speech else [word for word in said if not word.senses.isdisjoint(part.asks)]
    found = tuple(dict.fromkeys(word.text for word in part.content if _is_one_of(word, said)))
    return _Match(sum(map(weight, asked)) / whole, sum(map(weight, said)) / whole, found)


def _is_one_of(word: Word, others: list[Word]) -> bool:
    return any(not word.senses.isdisjoint(other.senses) for other in others)


def _does_it(part: Asked, line: Line, usual: frozenset[str]) -> bool:
    """Whether the part does what the line forbids, rather than look at it or do something else with it."""
    does = next((word.senses & ACTIONS for word in line.words[:1]), frozenset())
    if does and weight(line.words[0]) >= 1 and does.isdisjoint(part.asks):
        return False
    if line.elsewhere and "other" not in part.asks:
        return False
    looks = bool(part.head) and part.head <= INQUIRY and part.head.isdisjoint(does | usual)
    return line.about_speech or part.exact or not looks


def _blocked(part: Asked, line: Line, match: _Match) -> Finding:
    if line.rule == "never":
        reason = f"The boundaries of this task forbid it: {line.text}"
        return Finding("BLOCKED", "is forbidden", reason, part.text, line, match.words, match.asked, KEEP)
    subject = _named(line)
    verb = "are" if line.subject.split()[-1].endswith("s") and not line.subject.endswith("ss") else "is"
    reason = f"{subject} {verb} out of scope for this task"
    return Finding("BLOCKED", "is out of scope", reason, part.text, line, match.words, match.asked, _denied(line))


def _named(line: Line) -> str:
    """The line without its remark, as it is written there."""
    return line.text[: line.text.rindex("(")].strip() if line.remark and "(" in line.text else line.text.strip(" .")


def _denied(line: Line) -> str:
    if not line.remark or "separate" in line.remark:
        return DENIED
    return f"Request denied ({line.remark}). Create separate task if needed."


def _conditional(part: Asked, line: Line, match: _Match) -> Finding:
    needs = line.condition_text or "an exception"
    denied = frozenset().union(*(word.senses for word in line.condition)) & part.denies
    if denied and match.asked >= TOUCHED:
        reason = f"It is asked for expressly without {needs}, against the boundary: {line.text}"
        return Finding("BLOCKED", "breaks the condition", reason, part.text, line, match.words, match.asked, KEEP)
    sure = match.said >= 0.6
    given = not frozenset().union(*(word.senses for word in line.condition)).isdisjoint(part.says)
    reason = (
        f"It claims what the boundary asks for, and a claim is no proof: {line.text}"
        if given
        else f"A boundary makes it depend on {needs}: {line.text}"
    )
    return Finding(
        "NEEDS_DECISION",
        "depends on a condition",
        reason,
        part.text,
        line,
        match.words,
        match.said,
        f"Ask whoever can give {needs}.",
        binding=sure,
        options=(f"Yes: {needs} is given", "No, leave that out"),
        kind="rule" if sure else "touch",
    )


def _evades(part: Asked, line: Line) -> bool:
    """Whether it is to be done without what the line asks for, of whom it speaks: "without the partner's approval"."""
    evaded = [word for word in line.words if not light(word) and not word.senses.isdisjoint(part.denies)]
    return bool(evaded) and any(not word.senses.isdisjoint(part.denies) for word in line.condition)


def _evading(part: Asked, line: Line) -> Finding:
    reason = f"It is asked for expressly without what a boundary asks for: {line.text}"
    found = tuple(word.text for word in part.left_out)
    return Finding("NEEDS_DECISION", "leaves out a condition", reason, part.text, line, found, 0.5,
                   f"Ask whoever can give {line.condition_text}.", binding=True,
                   options=("Yes, it is not needed here", "No"))  # fmt: skip


def _touched(part: Asked, line: Line, match: _Match) -> Finding:
    where = "what is out of scope" if line.rule == "excluded" else "a boundary"
    # What is asked for in so many words, but only to look at it, is nearer to the line than a word in common.
    reason = f"It touches {where}: {line.text}"
    return Finding(
        "NEEDS_DECISION",
        "touches what is out of scope" if line.rule == "excluded" else "touches a boundary",
        reason,
        part.text,
        line,
        match.words,
        match.said,
        "Ask whoever set the scope.",
        options=("Yes, it is not what the line means", "No, make a separate task of it"),
        kind="touch",
    )
