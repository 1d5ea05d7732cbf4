"""A bundle: an export as one file, a compressed tar. The same export gives the same bundle."""

import gzip
import os
import tarfile
import zlib
from pathlib import Path

from holdfast.errors import InvalidInput, SnapshotDamaged
from holdfast.portable.manifest import NAME, PATH

__all__ = ["pack", "unpack"]

MAX_BYTES = 1 << 40
"""What a bundle may unpack to. A disk that is full ends it earlier, with nothing put back."""


def pack(root: Path, bundle: Path) -> None:
    """Make a bundle of the export at `root`. It takes its place when it is whole."""
    fresh = bundle.with_name(f".{bundle.name}.new")
    try:
        with fresh.open("wb") as file:
            with (
                gzip.GzipFile("", "wb", 6, file, mtime=0) as packed,
                tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
            ):
                for path in [root / NAME, *sorted((root / "tracking").rglob("*"))]:
                    _add(tar, path, str(path.relative_to(root)))
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
    room = MAX_BYTES
    try:
        with tarfile.open(bundle, "r:gz") as tar:
            for member in tar:
                if member.isdir():
                    continue
                if (
                    not member.isreg()
                    or not (member.name == NAME or PATH.fullmatch(member.name))
                    or ".." in member.name
                ):
                    raise SnapshotDamaged(bundle.name, f"has an entry that no export has: {member.name[:200]!r}")
                room -= member.size
                source = tar.extractfile(member)
                if room < 0 or source is None:
                    raise SnapshotDamaged(bundle.name, f"is too large at {member.name!r}")
                target = root / member.name
                target.parent.mkdir(parents=True, exist_ok=True)
                with source, target.open("wb") as file:
                    while chunk := source.read(1 << 20):
                        file.write(chunk)
    except (EOFError, tarfile.TarError, zlib.error, gzip.BadGzipFile) as error:
        raise SnapshotDamaged(bundle.name, f"cannot be read: {error}") from error
    except OSError as error:
        raise SnapshotDamaged(bundle.name, f"cannot be unpacked: {error.strerror or error}") from error


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
