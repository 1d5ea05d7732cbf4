"""The probe of files: what is in them, by digest."""

import errno
import hashlib
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from holdfast.errors import InvalidInput
from holdfast.events import whole
from holdfast.events.payload import Json
from holdfast.events.values import shown
from holdfast.recovering.probe import Probe
from holdfast.world.matching import is_pattern, matching

__all__ = ["Files"]

StrPath = str | os.PathLike[str]

_TRIES = 3


class Files(Probe):
    """Files by path or pattern (`src/**/*.py`), below `root`: SHA-256, size, time of the last change.

    What is seen of each, by its path from the root on: null for one that is not there; `unreadable` with the reason;
    what it is otherwise. A link is seen with where it leads and what is there; a folder as such, without its content.
    """

    def __init__(
        self, paths: StrPath | Iterable[StrPath], root: StrPath = ".", *, name: str = "files", limit: int = 500
    ) -> None:
        self.name = name
        given = [paths] if isinstance(paths, str | os.PathLike) else list(paths)
        self._paths = [_checked(path) for path in given]
        if not self._paths:
            raise InvalidInput("paths", "must name at least one file or pattern")
        self._root = Path(root)
        self._limit = whole("limit", limit, 1)

    def look(self) -> dict[str, Json]:
        """What is there now. Raises `InvalidInput` for more than `limit` files, `OSError` for an unreadable folder."""
        root = self._root.resolve()
        os.scandir(root).close()  # a root that is away says nothing of the files in it
        links: set[Path] = set()
        found = {path: _entry(root / path) for path in self._found(root, links)}
        seen: dict[str, Json] = {
            "kind": "files",
            "root": _text(str(root)),
            "paths": [_text(_asked(root, path)) for path in self._paths],
            "files": {_text(path): found[path] for path in sorted(found)},
        }
        folders = sorted(_from(root, path) for path in links if path.is_dir())
        return seen | ({"not_followed": [_text(path) for path in folders]} if folders else {})

    def _found(self, root: Path, links: set[Path]) -> set[str]:
        found: set[str] = set()
        for path in self._each(root, links):
            found.add(path)
            if len(found) > self._limit:
                raise InvalidInput("paths", f"are more than {self._limit:,} files; name fewer, or raise `limit`")
        return found

    def _each(self, root: Path, links: set[Path]) -> Iterator[str]:
        for path in self._paths:
            if not is_pattern(path) or os.path.lexists(root / path):
                yield _from(root, root / path)
            else:
                yield from (_from(root, each) for each in matching(root, path, links))


def _checked(path: object) -> str:
    text = os.fspath(path) if isinstance(path, str | os.PathLike) else None
    if not isinstance(text, str) or not text or "\0" in text:
        raise InvalidInput("paths", f"must be text without NUL, not {shown(path)}")
    return text


def _asked(root: Path, path: str) -> str:
    """A path or pattern as it names the files of the look: from the root on."""
    return _from(root, root / path)


def _from(root: Path, path: Path) -> str:
    """The path from the root on; one that is not below it stays whole."""
    plain = Path(os.path.normpath(path))
    return str(plain.relative_to(root) if plain.is_relative_to(root) else plain)


def _text(path: str) -> str:
    """A path as text: bytes that are not UTF-8 are written as `\\xff`."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _entry(path: Path) -> dict[str, Json] | None:
    try:
        if not stat.S_ISLNK(path.lstat().st_mode):
            return _content(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        return {"unreadable": error.strerror}
    return _link(path)


def _link(path: Path) -> dict[str, Json]:
    link: dict[str, Json] = {"type": "link"}
    try:
        link["link"] = _text(str(path.readlink()))
        return {**_content(path), **link}
    except FileNotFoundError:
        return {**link, "broken": True}
    except OSError as error:
        return {**link, "unreadable": error.strerror}


def _content(path: Path) -> dict[str, Json]:
    mode = path.stat().st_mode
    if stat.S_ISDIR(mode):
        return {"type": "directory"}
    if not stat.S_ISREG(mode):
        return {"type": "other"}  # opening a pipe could wait for ever
    for _ in range(_TRIES):
        read = _read(path)
        if read is not None:
            return read
    return {"unreadable": "it changes while it is being read"}


def _read(path: Path) -> dict[str, Json] | None:
    """Digest, size and time of the file; None where it changed meanwhile."""
    # Not to wait for a pipe that has just taken the file's place.
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
        before = os.fstat(file.fileno())
        if not stat.S_ISREG(before.st_mode):
            raise OSError(errno.EINVAL, "it is no longer a file")
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        after = os.fstat(file.fileno())
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        return None
    return {"type": "file", "sha256": digest, "size": after.st_size, "modified": _time(after.st_mtime)}


def _time(seconds: float) -> str | None:
    with suppress(OverflowError, OSError, ValueError):  # file systems hold times that calendars do not
        return datetime.fromtimestamp(seconds, UTC).isoformat()
    return None
