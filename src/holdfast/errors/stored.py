"""What was stored is not what it should be."""

from holdfast.errors.base import HoldfastError

__all__ = ["BlobDamaged", "BlobMissing", "LogDamaged", "SnapshotDamaged", "SnapshotNotFound", "WrongKey"]


class SnapshotNotFound(HoldfastError, LookupError):
    """There is no recovery point of that name, or none that goes back so far; `holdfast snapshots list` shows them."""

    code = "snapshot_not_found"


class SnapshotDamaged(HoldfastError):
    """A snapshot, or a part of one, is not what was saved. `what` names the part."""

    code = "snapshot_damaged"

    def __init__(self, what: str, problem: str) -> None:
        super().__init__(f"{what}: {problem}")
        self.what = what
        self.problem = problem

    def __reduce__(self) -> tuple[type["SnapshotDamaged"], tuple[str, str]]:
        return type(self), (self.what, self.problem)


class BlobDamaged(HoldfastError):
    """A blob is not what was stored under its name. `problem` says whether it is cut, altered or missing, and where."""

    code = "blob_damaged"

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"blob {name} {problem}")
        self.name = name
        self.problem = problem

    def __reduce__(self) -> tuple[type["BlobDamaged"], tuple[str, str]]:
        return type(self), (self.name, self.problem)


class BlobMissing(BlobDamaged, LookupError):
    """A blob is not there, although the place where it should lie can be read."""

    code = "blob_missing"


class WrongKey(HoldfastError):
    """A blob is encrypted, and no key was given, or none of those given opens it. `name` says which blob."""

    code = "wrong_key"

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"blob {name} {problem}")
        self.name = name
        self.problem = problem

    def __reduce__(self) -> tuple[type["WrongKey"], tuple[str, str]]:
        return type(self), (self.name, self.problem)


class LogDamaged(HoldfastError):
    """A session's chain of digests does not verify: its log was changed behind Holdfast's back."""

    code = "log_damaged"

    def __init__(self, session_id: str, seq: int, problem: str) -> None:
        super().__init__(f"session {session_id}, event {seq}: {problem}")
        self.session_id = session_id
        self.seq = seq
        self.problem = problem

    def __reduce__(self) -> tuple[type["LogDamaged"], tuple[str, int, str]]:
        return type(self), (self.session_id, self.seq, self.problem)
