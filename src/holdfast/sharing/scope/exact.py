"""What is decided exactly: a channel, an action and a type of artifact, against the lists of the scope."""

from collections.abc import Iterator, Mapping

from holdfast.sharing.scope.asked import Asked
from holdfast.sharing.scope.finding import Finding
from holdfast.sharing.scope.lines import Dimension, Line
from holdfast.sharing.scope.vocabulary import CHANNELS, DISPLAY
from holdfast.sharing.scope.words import Word, channel, plain, words

__all__ = ["exact_findings", "exactly"]

KINDS: dict[str, Dimension] = {"channel": "channel", "action": "action", "artifact_type": "artifact"}


def exact_findings(given: Mapping[str, str], rules: list[Line]) -> Iterator[Finding]:
    """What the lists of the scope say to each field that is given: one finding for each list of its kind."""
    for name, value in given.items():
        for line in rules:
            if line.rule == "only" and line.dimension == KINDS[name]:
                yield _listed(name, value, line)


def exactly(given: Mapping[str, str]) -> Asked:
    """The fields as a part of a request, for the lines that are no lists."""
    found: list[Word] = []
    for name, value in given.items():
        found += [_channel(value)] if name == "channel" else _words(value)
    said = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in given.items())
    return Asked(said, tuple(found), (), (), plain(said), exact=True)


def _words(value: str) -> list[Word]:
    said = plain(value).replace("_", " ")
    return [word for word in words(said) if not word.stop] or [_word(said)]


def _word(said: str) -> Word:
    return Word(said, 0, len(said), frozenset({said}))


def _channel(value: str) -> Word:
    name = channel(value)
    known = words(name)[0].senses if name in CHANNELS and words(name) else frozenset({name})
    return Word(plain(value), 0, 0, known | {f"channel:{name}"})


def _listed(name: str, value: str, line: Line) -> Finding:
    what = name.replace("_", " ")
    if any(_is(name, value, item) for item in line.values):
        reason = f"The {what} {value!r} is one of those that the scope lists: {line.text}"
        return Finding(
            "ALLOWED", "is listed", reason, f"{what} {value}", line, (plain(value),), action="Go on."
        )  # fmt: skip
    subject = (
        DISPLAY.get(channel(value), value[:1].upper() + value[1:]) if name == "channel" else f"The {what} {value!r}"
    )
    reason = f"{subject} is out of scope for this task"
    return Finding("BLOCKED", "is not listed", reason, f"{what} {value}", line, (plain(value),))


def _is(name: str, value: str, item: frozenset[str]) -> bool:
    if name == "channel":
        return f"channel:{channel(value)}" in item
    found = _words(value)
    return all(not word.senses.isdisjoint(item) for word in found)
