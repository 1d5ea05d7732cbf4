"""A place in a directory: what is there is whole, and stays there through a power cut."""

import errno
import os
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from holdfast.blobs.place import MARKER, allowed, checked
from holdfast.errors import BlobMissing, BlobsUnavailable

__all__ = ["Directory"]

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
NOT_THERE = (FileNotFoundError, NotADirectoryError, IsADirectoryError)
ATTEMPTS = 20
REMEMBERED = 4096


class Directory:
    """A `Place` below `root`, readable by its owner only. A folder goes with its last blob."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()
        self._lasting: set[Path] = set()

    @property
    def url(self) -> str:
        """The directory."""
        return str(self.root)

    def prepare(self) -> None:
        """Make the directory, unless it is there."""
        with self._translated("making it"):
            self._make(self.root)

    def write(self, name: str, content: bytes) -> None:
        """Write a file beside the place where it belongs, sync it to the disk, and move it there."""
        path = self.root / checked(name)
        with self._reached(f"writing {name}"):
            for last in (*[False] * ATTEMPTS, True):
                try:
                    self._replace(path, content)
                except FileNotFoundError:
                    # Whoever deletes the last blob of a folder removes the folder, under our hands if need be.
                    if last:
                        raise
                else:
                    break

    def read(self, name: str) -> bytes:
        """The file."""
        path = self.root / checked(name)
        with self._reached(f"reading {name}"):
            try:
                return path.read_bytes()
            except NOT_THERE as error:
                raise BlobMissing(name, f"is missing in {self.url}") from error

    def delete(self, names: Sequence[str]) -> None:
        """Unlink the files, and sync their folders, so that none comes back after a power cut."""
        paths = [self.root / checked(name) for name in names]
        with self._reached("deleting"):
            for path in paths:
                with suppress(*NOT_THERE):
                    path.unlink()
            for folder in sorted({path.parent for path in paths}):
                with suppress(*NOT_THERE):
                    _sync(folder)
                self._remove_empty(folder)

    def names(self, prefix: str) -> Iterator[str]:
        """The files, folder by folder."""
        with self._reached("listing"):
            for name in self._below(checked(prefix) if prefix else ""):
                if name != MARKER:
                    yield name

    def folders(self, prefix: str) -> list[str]:
        """The directories."""
        with self._reached("listing"):
            found = _listed(self.root / checked(prefix) if prefix else self.root)
        return sorted(entry.name for entry in found if allowed(entry.name) and entry.is_dir())

    def tidy(self, *, seconds: float) -> int:
        """Remove the files that a writer which was killed did not move to their place."""
        removed = 0
        with self._reached("tidying"):
            for folder, _, files in os.walk(self.root):
                for path in (Path(folder) / file for file in files if _is_unfinished(file)):
                    with suppress(FileNotFoundError):
                        if path.stat().st_mtime < time.time() - seconds:
                            path.unlink()
                            removed += 1
                            self._remove_empty(path.parent)
        return removed

    def _replace(self, path: Path, content: bytes) -> None:
        self._make(path.parent)
        fresh = path.with_name(f".{secrets.token_hex(8)}.new")
        try:
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(path)
        except BaseException:
            with suppress(OSError):
                fresh.unlink()
            raise
        _sync(path.parent)

    def _make(self, folder: Path) -> None:
        """Make a directory and those above it, and have the disk know all of them that belong to the place."""
        if folder in self._lasting and folder.is_dir():
            return
        missing = [folder, *folder.parents]
        while missing and missing[-1].is_dir():
            missing.pop()
        for each in reversed(missing):
            with suppress(FileExistsError):
                each.mkdir(mode=0o700)
        # Also where another process made them: it may not have come to its own sync yet.
        inside = {each for each in (folder, *folder.parents) if self.root in each.parents}
        for each in inside.union(missing):
            _sync(each.parent)
        if len(self._lasting) >= REMEMBERED:
            self._lasting.clear()
        self._lasting |= inside

    def _remove_empty(self, folder: Path) -> None:
        """A folder may be named after a person; with nothing left in it, it must not stay."""
        while folder != self.root:
            try:
                folder.rmdir()
            except OSError:
                return
            folder = folder.parent

    def _below(self, prefix: str) -> Iterator[str]:
        entries = _listed(self.root / prefix)
        # By the text of the full names, in which a folder goes on with a slash.
        for entry in sorted(entries, key=lambda entry: entry.name + "/" * entry.is_dir()):
            name = f"{prefix}/{entry.name}" if prefix else entry.name
            if not allowed(name):
                continue
            if entry.is_dir():
                yield from self._below(name)
            elif entry.is_file():
                yield name

    @contextmanager
    def _reached(self, doing: str) -> Iterator[None]:
        """What fails in the block is translated. A disk that is not mounted must not pass for an empty one."""
        with self._translated(doing):
            if not self.root.is_dir():
                raise FileNotFoundError(errno.ENOENT, "there is no such directory; is it mounted?")
            yield

    @contextmanager
    def _translated(self, doing: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise BlobsUnavailable(self._complaint(doing, error)) from error

    def _complaint(self, doing: str, error: OSError) -> str:
        if error.errno in FULL:
            return f"{self.url} is full: make room; nothing was lost, saving goes on by itself ({doing})"
        return f"the blobs in {self.url} are out of reach while {doing}: {error.strerror or error}"


def _listed(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except NOT_THERE:
        return []


def _is_unfinished(file: str) -> bool:
    return file.startswith(".") and file.endswith(".new") and len(file) == len(".0123456789abcdef.new")


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
