"""Which files a pattern names. The library's own `glob` will not do: what it may not read, it takes for empty."""

import os
import stat
from collections.abc import Iterator
from fnmatch import fnmatchcase
from glob import has_magic
from pathlib import Path

from holdfast.recovering.patterns import parts_of

__all__ = ["is_pattern", "matching"]


def is_pattern(path: str) -> bool:
    """The path has wildcards: `*`, `?`, `[…]`, and `**` for folders of any depth."""
    return has_magic(path)


def matching(root: Path, pattern: str, not_followed: set[Path]) -> Iterator[Path]:
    """The files and links below `root` that the pattern names, in no order, some twice; folders are not among them.

    `**` does not follow links, which are added to `not_followed`; and nothing is looked for in `.git`. Raises `OSError`
    for a folder that cannot be read: what is in it is unknown, and not nothing.
    """
    for path in _below(Path("/") if pattern.startswith("/") else root, parts_of(pattern.lstrip("/")), not_followed):
        mode = _mode(path)
        if mode is not None and not stat.S_ISDIR(mode):
            yield path


def _below(folder: Path, parts: list[str], not_followed: set[Path]) -> Iterator[Path]:
    if not parts:
        yield folder
        return
    part, rest = parts[0], parts[1:]
    if part == "**":
        yield from _below(folder, rest, not_followed)
        for entry in _entries(folder):
            if entry.is_dir(follow_symlinks=False):
                yield from _below(Path(entry.path), parts, not_followed)
            elif entry.is_symlink():
                not_followed.add(Path(entry.path))
    elif not has_magic(part):
        yield from _below(folder / part, rest, not_followed)
    else:
        for entry in _entries(folder):
            if fnmatchcase(entry.name, part):
                yield from _below(Path(entry.path), rest, not_followed)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return [entry for entry in entries if entry.name != ".git"]
    except (FileNotFoundError, NotADirectoryError):  # a file of that name, or it went while we looked
        return []


def _mode(path: Path) -> int | None:
    """Of the path itself, not of what it leads to. `Path.exists` would take what may not be looked at for absent."""
    try:
        return path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return None
