"""Becomes another program that ends when its parent does, and that runs as another user if asked.

    python -I -S tether.py SIGNAL PARENT UID GID PROGRAM [ARGUMENT...]

Run by path, and on the standard library alone: a `preexec_fn` would do the same inside a copy of a process with
threads, where it may wait forever for a lock that nobody holds any more. SIGNAL is what PROGRAM gets when the thread
that started it ends; only Linux can promise that. UID is -1 to stay who we are.
"""

import os
import signal
import sys
from collections.abc import Callable

__all__ = ["die_with_parent", "main"]

PR_SET_PDEATHSIG = 1


def die_with_parent(death: int) -> None:
    """From now on this process gets the signal `death` when the thread that started it ends. Linux only."""
    _prctl()(PR_SET_PDEATHSIG, death)


def main(arguments: list[str]) -> None:
    """Does not return: this process is PROGRAM afterwards, or ends."""
    death, parent, uid, gid = (int(argument) for argument in arguments[:4])
    program = arguments[4:]
    prctl = _prctl()  # loaded first: the other user may have no way to Python's own files
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    prctl(PR_SET_PDEATHSIG, death)  # called last: a change of user takes it back
    if os.getppid() != parent:  # the parent died before we asked to be told
        return
    for name in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_DFL)  # Python or our parent ignores these, and PROGRAM would inherit that
    os.execv(program[0], program)  # noqa: S606  # that is what it is for


def _prctl() -> Callable[[int, int], object]:
    if sys.platform != "linux":
        return lambda option, value: None  # noqa: ARG005  # the same shape
    import ctypes  # noqa: PLC0415  # not every Python on other systems has it

    function: Callable[[int, int], object] = ctypes.CDLL(None).prctl
    return function


if __name__ == "__main__":
    main(sys.argv[1:])
