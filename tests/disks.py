"""Disks that are full, or that nobody may write to."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

__all__ = ["read_only", "small_disk"]


@contextmanager
def small_disk(where: Path, size: str = "64k") -> Iterator[Path]:
    """A file system of that size, mounted in a directory. Skips the test where that needs rights which nobody has."""
    where.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", where], capture_output=True, text=True, check=False
    )
    if mounted.returncode != 0:
        pytest.skip(f"mounting a small disk needs root: {mounted.stderr.strip()}")
    try:
        yield where
    finally:
        subprocess.run(["umount", "--lazy", where], check=True)


@contextmanager
def read_only(where: Path) -> Iterator[None]:
    """For this block nobody can write in the directory, which exists: by its mode, or for root by a mount."""
    if os.geteuid() != 0:
        where.chmod(0o500)
        try:
            yield
        finally:
            where.chmod(0o700)
        return
    bound = subprocess.run(["mount", "--bind", where, where], capture_output=True, text=True, check=False)
    if bound.returncode != 0:
        pytest.skip(f"root may write everywhere, and may not mount here: {bound.stderr.strip()}")
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", where], check=True)
        yield
    finally:
        subprocess.run(["umount", "--lazy", where], check=True)
