"""What `git status --porcelain=v2 --branch -z` says."""

from dataclasses import dataclass, field

__all__ = ["Status", "status"]

_WORDS = {
    "M": "modified",
    "A": "added",
    "D": "deleted",
    "R": "renamed",
    "C": "copied",
    "T": "of another type",
}

# How many fields, separated by spaces, a line has before its path.
_FIELDS = {"1": 8, "2": 9, "u": 10, "?": 1}


@dataclass(slots=True)
class Status:
    """The branch (None: detached), the commit (None: none yet), and each path with uncommitted changes, with a word."""

    branch: str | None = None
    head: str | None = None
    dirty: list[tuple[bytes, str]] = field(default_factory=list)


def status(text: bytes) -> Status:
    """The text, read. Lines of a kind that is not known are passed over, as git's manual asks."""
    told = Status()
    lines = iter(text.split(b"\0"))
    for line in lines:
        kind = line[:1].decode("ascii", "replace")
        if kind == "#":
            _header(told, line)
        elif kind in _FIELDS:
            fields = line.split(b" ", _FIELDS[kind])
            told.dirty.append((fields[-1], _word(kind, fields[1][:2].decode("ascii", "replace"))))
        if kind == "2":
            next(lines, None)  # the former path has a place of its own
    return told


def _header(told: Status, line: bytes) -> None:
    _, _, rest = line.partition(b" ")
    key, _, value = rest.partition(b" ")
    if key == b"branch.oid" and value != b"(initial)":
        told.head = value.decode("ascii", "replace")
    elif key == b"branch.head" and value != b"(detached)":
        told.branch = value.decode("utf-8", "backslashreplace")


def _word(kind: str, letters: str) -> str:
    """What happened to the file itself; whether that is staged does not matter here."""
    if kind == "?":
        return "untracked"
    if kind == "u":
        return "unmerged"
    return _WORDS.get(letters[1:]) or _WORDS.get(letters[:1]) or "changed"
