"""A bundle: an export as one file, a compressed tar. The same export gives the same bundle."""

import gzip
import os
import tarfile
import zlib
from pathlib import Path
from typing import IO, cast

from holdfast.errors import InvalidInput, SnapshotDamaged
from holdfast.portable.manifest import NAME, PATH, load

__all__ = ["pack", "unpack"]

STEP = 1 << 20
ROOM, TIMES = 64 * STEP, 100
"""What a bundle may unpack to: so many bytes, and so many times its size. The logs in it are compressed already."""


def pack(root: Path, bundle: Path) -> None:
    """Make a bundle of the export at `root`. It takes its place when it is whole."""
    if not bundle.name:
        raise InvalidInput("bundle", f"{bundle} is a directory; give the name of a file")
    files = load(root).files
    fresh = bundle.with_name(f".{bundle.name}.new")
    try:
        with fresh.open("wb") as file:
            with (
                gzip.GzipFile("", "wb", 6, file, mtime=0) as packed,
                tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
            ):
                for path in [root / NAME, *sorted((root / "tracking").rglob("*"))]:
                    name = path.relative_to(root).as_posix()
                    if name == NAME or name in files or path.is_dir():
                        _add(tar, path, name)
            os.fsync(file.fileno())
        fresh.replace(bundle)
    except OSError as error:
        raise InvalidInput("bundle", f"{bundle} cannot be written: {error.strerror}") from error
    finally:
        fresh.unlink(missing_ok=True)


def unpack(bundle: Path, root: Path) -> None:
    """Unpack a bundle's files below `root`. Whatever an export does not have (links, other names) is refused.

    Raises `SnapshotDamaged` naming the bundle, or the entry in it.
    """
    try:
        with gzip.open(bundle) as packed:
            forward = _Forward(packed, ROOM + TIMES * bundle.stat().st_size)
            with tarfile.open(fileobj=cast("IO[bytes]", forward), mode="r:") as tar:
                for member in tar:
                    if not member.isdir():
                        _take(tar, member, root, bundle.name)
            while forward.read(STEP):
                pass  # only at its end is it certain that the file is whole
    except (EOFError, tarfile.TarError, zlib.error, gzip.BadGzipFile, ValueError) as error:
        raise SnapshotDamaged(bundle.name, f"cannot be read: {error}") from error
    except OSError as error:
        raise SnapshotDamaged(bundle.name, f"cannot be unpacked: {error.strerror or error}") from error


def _take(tar: tarfile.TarFile, member: tarfile.TarInfo, root: Path, what: str) -> None:
    source = tar.extractfile(member) if member.isreg() and not member.issparse() else None
    if source is None or not (member.name == NAME or PATH.fullmatch(member.name)):
        raise SnapshotDamaged(what, f"has an entry that no export has: {member.name[:200]!r}")
    target = root / member.name
    if target.exists():
        raise SnapshotDamaged(what, f"has two entries named {member.name!r}")
    target.parent.mkdir(parents=True, exist_ok=True)
    with source, target.open("xb") as file:
        while chunk := source.read(STEP):
            file.write(chunk)


class _Forward:
    """What `tarfile` reads from: only onwards, in small steps, and not for ever, whatever the headers say.

    A header may be of any size, and one with a negative size leads `tarfile` in circles.
    """

    def __init__(self, packed: gzip.GzipFile, room: int) -> None:
        self._packed = packed
        self._room = room
        self.tell = packed.tell

    def read(self, size: int) -> bytes:
        """At most a step."""
        if not 0 <= size <= STEP:
            raise tarfile.ReadError("a header is too large")
        if self.tell() > self._room:
            raise tarfile.ReadError("it unpacks to far more than an export does")
        return self._packed.read(size)

    def seek(self, place: int) -> int:
        """Onwards."""
        if not self.tell() <= place <= self._room:
            raise tarfile.ReadError("a header leads to a place outside of it")
        return self._packed.seek(place)


def _add(tar: tarfile.TarFile, path: Path, name: str) -> None:
    info = tarfile.TarInfo(name)
    info.mode = 0o700 if path.is_dir() else 0o600
    if path.is_dir():
        info.type = tarfile.DIRTYPE
        tar.addfile(info)
        return
    with path.open("rb") as file:
        info.size = os.fstat(file.fileno()).st_size
        tar.addfile(info, file)
