"""Which paths a look of files would have shown."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from holdfast.events.payload import Json

__all__ = ["parts_of", "shows"]


def shows(look: Mapping[str, Json], path: str) -> bool:
    """Whether that path is in the look, or is not because there is nothing: the look's paths or patterns name it."""
    files, given, links = (look.get(key) for key in ("files", "paths", "not_followed"))
    if isinstance(files, dict) and path in files:
        return True
    if any(path.startswith(f"{link}/") for link in _texts(links)) or ".git" in path.split("/"):
        return False
    return any(named_by(parts_of(pattern), path.split("/")) for pattern in _texts(given))


def parts_of(pattern: str) -> list[str]:
    """The parts of a pattern, the first empty where it begins with `/`; one that ends in `**` means what is below."""
    parts = [part for part in pattern.split("/") if part not in {"", "."}]
    return [*([""] if pattern.startswith("/") else []), *parts, *(["*"] if parts[-1:] == ["**"] else [])]


def named_by(pattern: Sequence[str], path: Sequence[str]) -> bool:
    """Whether a pattern names a path, both in parts. `**` stands for folders of any depth, none as well."""
    if not pattern:
        return not path
    if pattern[0] == "**":
        return any(named_by(pattern[1:], path[depth:]) for depth in range(len(path) + 1))
    return (
        bool(path) and (fnmatchcase(path[0], pattern[0]) or path[0] == pattern[0]) and named_by(pattern[1:], path[1:])
    )


def _texts(given: Any) -> list[str]:
    return [each for each in given if isinstance(each, str)] if isinstance(given, list) else []
