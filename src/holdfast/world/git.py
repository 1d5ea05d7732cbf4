"""The probe of a git repository."""

import os
import re
import signal
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from holdfast.events.payload import Json
from holdfast.recovering.changes import short
from holdfast.recovering.observation import Change
from holdfast.recovering.probe import Probe
from holdfast.world.porcelain import Status, status

__all__ = ["Git"]

LISTED = 200
"""Uncommitted changes, and files in commits, that are named one by one; of the rest only the number is told."""

_OPERATIONS = {
    "rebase-merge": "rebase",
    "rebase-apply": "rebase",
    "MERGE_HEAD": "merge",
    "CHERRY_PICK_HEAD": "cherry-pick",
    "REVERT_HEAD": "revert",
    "BISECT_LOG": "bisect",
}

# It must neither wait for anybody, nor run what a repository brings along, nor take locks from who works in it.
_COMMAND = ["git", "--no-pager", "--no-optional-locks", "-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null"]
_QUIET = {"GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "GIT_ASKPASS": "", "LC_ALL": "C"}

# A git hook that runs an agent has these set, and they would lead to its repository instead.
_ELSEWHERE = {"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_COMMON_DIR", "GIT_PREFIX"}

_CREATED, _DELETED, _MODIFIED = "file_created", "file_deleted", "file_modified"


class Git(Probe):
    """The repository that `path` lies in: branch, head, what is under way, uncommitted changes.

    That there is no repository, or no git, is an answer. Raises `OSError` where git fails, `TimeoutError` where
    it takes more than `patience` seconds.
    """

    def __init__(self, path: str | os.PathLike[str] = ".", *, name: str = "git", patience: float = 5.0) -> None:
        self.name = name
        self._path = Path(path)
        self._patience = patience

    def look(self) -> dict[str, Json]:
        """The repository now. `repository` is null where there is no git that could tell."""
        path = self._path.resolve()
        seen: dict[str, Json] = {"kind": "git", "path": _text(os.fsencode(path))}
        if not path.is_dir():
            return seen | {"repository": False, "why": "there is no such directory"}
        try:
            return seen | self._repository(path)
        except FileNotFoundError:
            return seen | {"repository": None, "why": "git is not installed"}

    def changes(self, before: dict[str, Json], now: dict[str, Json]) -> list[Change]:
        """As of any look; and each file that commits since have changed, where the former commit is known here."""
        found = super().changes(before, now)
        moved = next((change for change in found if change.kind == "head"), None)
        if moved is None or not all(_is_commit(side) for side in (moved.before, moved.after)):
            return found
        return [*found, *self._committed(moved.before, moved.after)]

    def _repository(self, path: Path) -> dict[str, Json]:
        code, out, error = self._git(path, "rev-parse", "--is-inside-work-tree", "--absolute-git-dir")
        if code != 0 and "not a git repository" in error:
            return {"repository": False, "why": "it is not a git repository"}
        self._expect(code, error)
        inside, _, git_dir = out.rstrip(b"\n").partition(b"\n")
        seen: dict[str, Json] = {"repository": True, "operation": _operation(git_dir)}
        if inside != b"true":
            return seen | {"root": _text(git_dir), "bare": True, **self._bare(path)}
        code, root, error = self._git(path, "rev-parse", "--show-toplevel")
        self._expect(code, error)
        root = root.rstrip(b"\n")
        code, out, error = self._git(path, "status", "--porcelain=v2", "--branch", "-z", "--untracked-files=all")
        self._expect(code, error)
        return seen | {"root": _text(root), **_tree(root, status(out))}

    def _bare(self, path: Path) -> dict[str, Json]:
        _, branch, _ = self._git(path, "symbolic-ref", "--quiet", "--short", "HEAD")
        code, head, _ = self._git(path, "rev-parse", "--quiet", "--verify", "HEAD")
        return {"branch": _text(branch.strip()) or None, "head": _text(head.strip()) if code == 0 else None}

    def _committed(self, before: str, now: str) -> Iterator[Change]:
        options = ("--name-status", "--no-renames", "--no-ext-diff", "--no-textconv", "-z")
        try:
            code, out, _ = self._git(self._path, "diff", *options, before, now, "--")
        except OSError:
            return  # that the head moved is told; which files that changed is then not known
        fields = out.split(b"\0") if code == 0 else []
        pairs = list(zip(fields[0::2], fields[1::2], strict=False))
        for letter, name in pairs[:LISTED]:
            kind = {b"A": _CREATED, b"D": _DELETED}.get(letter, _MODIFIED)
            path = _text(name)
            sentence = f"{path} was {kind.removeprefix('file_')} by commits after {short(before)}"
            yield Change(self.name, kind, path, before, now, sentence)
        if len(pairs) > LISTED:
            sentence = f"and {len(pairs) - LISTED:,} more files were changed by commits after {short(before)}"
            yield Change(self.name, _MODIFIED, None, before, now, sentence)

    def _expect(self, code: int, error: str) -> None:
        if code != 0:
            raise OSError(f"git said: {error.strip()[:300] or f'nothing, and ended with {code}'}")

    def _git(self, path: Path, *arguments: str) -> tuple[int, bytes, str]:
        environment = {key: value for key, value in os.environ.items() if key not in _ELSEWHERE} | _QUIET
        with subprocess.Popen(  # noqa: S603  # no shell, and no word that is not ours but two checked commits
            [*_COMMAND, *arguments],
            cwd=path,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        ) as process:
            try:
                out, error = process.communicate(timeout=self._patience)
            except subprocess.TimeoutExpired:
                # With all that it started, such as a filter, which would keep the pipe open.
                os.killpg(process.pid, signal.SIGKILL)
                raise TimeoutError(f"git {arguments[0]} took longer than {self._patience:g} s") from None
        return process.returncode, out, error.decode("utf-8", "replace")


def _tree(root: bytes, told: Status) -> dict[str, Json]:
    dirty = {_text(path): {"status": word, **_size(root, path)} for path, word in told.dirty[:LISTED]}
    return {"branch": told.branch, "head": told.head, "dirty": dirty, "dirty_count": len(told.dirty)}


def _size(root: bytes, path: bytes) -> dict[str, Any]:
    """Size and time tell that a file which was dirty before was changed once more."""
    try:
        about = Path(os.fsdecode(root), os.fsdecode(path)).lstat()
    except OSError:
        return {}
    return {"size": about.st_size, "modified": about.st_mtime_ns} if not stat.S_ISDIR(about.st_mode) else {}


def _operation(git_dir: bytes) -> str | None:
    for name, operation in _OPERATIONS.items():
        if Path(os.fsdecode(git_dir), name).exists():
            return operation
    return None


def _is_commit(name: object) -> bool:
    return isinstance(name, str) and re.fullmatch("[0-9a-f]{40,64}", name) is not None


def _text(path: bytes) -> str:
    """Bytes that are not UTF-8 are written as `\\xff`."""
    return path.decode("utf-8", "backslashreplace")
