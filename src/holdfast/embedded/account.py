"""Postgres refuses to run as root; then it runs as an account that owns nothing else."""

import fcntl
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from holdfast.errors import NotConfigured

__all__ = ["Account", "unprivileged"]

NAMES = ("holdfast", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """A user of this machine, as the kernel knows him."""

    uid: int
    gid: int

    def own(self, path: Path) -> None:
        """Make this account the owner of a file or of a whole tree."""
        for directory, _, files in os.walk(path):
            for name in ("", *files):
                os.chown(Path(directory) / name, self.uid, self.gid, follow_symlinks=False)
        os.chown(path, self.uid, self.gid)


def unprivileged(cluster: Path) -> Account | None:
    """Whom Postgres runs as: None for the current user, who then is not root.

    For root it is the owner of the `cluster`, if it exists, else the system account `holdfast`, which is created; and
    `nobody` where that cannot be done.
    """
    if os.geteuid() != 0:
        return None
    try:
        owner = pwd.getpwuid(cluster.stat().st_uid)
    except (FileNotFoundError, KeyError):  # no cluster, or one of an account that this machine does not have
        owner = None
    if owner is None or owner.pw_uid == 0:
        owner = _existing_or_new()
    return Account(owner.pw_uid, owner.pw_gid)


def _existing_or_new() -> pwd.struct_passwd:
    with Path("/etc/passwd").open("rb") as accounts:
        fcntl.flock(accounts, fcntl.LOCK_EX)  # so that two of us do not both create it
        if not _find(NAMES[0]) and (useradd := shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")):
            command = [useradd, "--system", "--user-group", "--no-create-home", "--shell", "/bin/false", NAMES[0]]
            subprocess.run(command, capture_output=True, check=False)  # noqa: S603  # else there is `nobody`
    found = _find(NAMES[0]) or _find(NAMES[1])
    if found is None:
        raise NotConfigured("Postgres does not run as root, and this machine has no account `nobody` to run it as.")
    return found


def _find(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None
