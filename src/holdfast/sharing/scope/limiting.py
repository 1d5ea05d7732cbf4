"""What the lines of the form "Only …" say to a part of a request: where, in which language, with which files."""

import posixpath
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase

from holdfast.sharing.scope.asked import Asked
from holdfast.sharing.scope.finding import Finding
from holdfast.sharing.scope.lines import Line
from holdfast.sharing.scope.vocabulary import DISPLAY, ENVIRONMENTS, INQUIRY, LANGUAGES, MEDIA
from holdfast.sharing.scope.words import Word

__all__ = ["allows", "covers", "limited"]


def limited(part: Asked, line: Line) -> Iterator[Finding]:
    """What an "Only …" says to the part; nothing, where the part stays within it or names nothing of the kind."""
    if line.dimension == "channel":
        yield from _channels(part, line)
    elif line.dimension == "path":
        yield from _paths(part, line)
    elif line.dimension in {"language", "environment"}:
        yield from _places(part, line)
    elif part.exact:
        return


def allows(line: Line) -> frozenset[str]:
    """All that the line's list names."""
    return frozenset().union(*line.values)


def covers(patterns: frozenset[str], path: str) -> bool:
    """Whether the path is one of those, lies under one, or fits one that has a star."""
    return any(_covers(pattern.removeprefix("path:"), path) for pattern in patterns if pattern.startswith("path:"))


def _covers(pattern: str, path: str) -> bool:
    root = pattern.removesuffix("/**").removesuffix("/*").rstrip("/")
    inside = path == root or path.startswith(f"{root}/")
    return inside or ("*" in pattern and fnmatchcase(path, posixpath.normpath(pattern)))


def _channels(part: Asked, line: Line) -> Iterator[Finding]:
    known = allows(line)
    for at, word in enumerate(part.content):
        name = word.of("channel")
        if name is None or f"channel:{name}" in known:
            continue
        subject = _subject(part, at, name)
        if at < len(part.direct):
            reason = f"{subject} {'are' if _plural(subject) else 'is'} out of scope for this task"
            yield Finding("BLOCKED", "is not among the channels", reason, part.text, line, (word.text,))
        else:
            yield _beside(part, line, word, f"It speaks of {subject}, which is not among the channels: {line.text}")


def _subject(part: Asked, at: int, name: str) -> str:
    """The channel by its name, with the kind of thing that it carries: "YouTube video"."""
    display = DISPLAY.get(name, name[:1].upper() + name[1:])
    following = part.content[at + 1] if at + 1 < len(part.content) else None
    word = part.content[at]
    if following and following.text in MEDIA and part.plain[word.end : following.start].strip(" -") == "":
        return f"{display} {following.text}"
    return display


def _plural(subject: str) -> bool:
    kind = subject.rpartition(" ")[2] if " " in subject else ""
    return kind.endswith("s")


def _paths(part: Asked, line: Line) -> Iterator[Finding]:
    for at, word in enumerate(part.content):
        path = word.of("path")
        if path is None or covers(allows(line), path):
            continue
        # To read a file is not to change it, and a name without a folder may lie anywhere.
        if at < len(part.direct) and "/" in path and (part.exact or (part.head and not part.head <= INQUIRY)):
            yield Finding("BLOCKED", "is outside", f"{word.text} is outside what this task may change: {line.text}",
                          part.text, line, (word.text,))  # fmt: skip
        else:
            yield _beside(part, line, word, f"{word.text} is not among what this task may change: {line.text}")


def _places(part: Asked, line: Line) -> Iterator[Finding]:
    known = LANGUAGES if line.dimension == "language" else ENVIRONMENTS
    said = r"in|into|to" if line.dimension == "language" else r"in|into|to|on|onto|against"
    for word in part.content:
        if word.text not in known or word.text in allows(line):
            continue
        if re.search(rf"\b(?:{said}) (?:the )?$", part.plain[: word.start]):
            reason = f"{word.text.capitalize()} is out of scope for this task"
            yield Finding("BLOCKED", f"is another {line.dimension}", reason, part.text, line, (word.text,))


def _beside(part: Asked, line: Line, word: Word, reason: str) -> Finding:
    return Finding(
        "NEEDS_DECISION", "names what is not listed", reason, part.text, line, (word.text,), 0.5,
        "Ask whoever set the scope.", options=("Yes", "No, make a separate task of it"), kind="touch",
    )  # fmt: skip
