"""Saves, copies, collects, rotates or archives as a worker does, has sessions come back, or forgets somebody, and dies
by SIGKILL right before the step that it is told.

A step is whatever can be seen from outside: a statement or a commit that is sent to Postgres, a command to Redis, and
every call that changes something in a directory. So there is no place to die at that differs from all of these.
"""

import itertools
import json
import os
import signal
import subprocess
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from redis import Redis

from holdfast import bootstrap
from holdfast.client import Holdfast
from holdfast.config import Settings
from holdfast.pipeline.archive import Archiver
from holdfast.pipeline.backup import back_up
from holdfast.pipeline.collect import collect
from holdfast.pipeline.making import Order
from holdfast.pipeline.revive import revive
from holdfast.pipeline.rotate import rotate
from holdfast.pipeline.tick import tick
from holdfast.portable.restore import restore
from holdfast.store.transaction import transaction
from processes import environment

STEPS = [
    (psycopg.Cursor, "execute"),
    (psycopg.Connection, "commit"),
    (Redis, "execute_command"),
    *((os, name) for name in ("open", "fsync", "mkdir", "replace", "unlink", "rmdir")),
]


class Doomed:
    """Starts this file as a program, which starts a process for each thing that is to be killed."""

    def __init__(self, settings: Settings, program: str = __file__) -> None:
        self._program = subprocess.Popen(
            [sys.executable, program],
            env=environment(settings) | {"PYTHONPATH": os.pathsep.join(sys.path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def dies(self, step: int, what: str, *arguments: str, **given: str) -> bool:
        """Have it done, with settings that are given besides. False where it was done before it came to that step."""
        assert self._program.stdin
        assert self._program.stdout
        self._program.stdin.write(json.dumps([step, what, arguments, given]) + "\n")
        self._program.stdin.flush()
        status = json.loads(self._program.stdout.readline())
        assert status in {0, signal.SIGKILL}, f"{what} failed, step {step}"
        return bool(status)

    def end(self) -> None:
        self._program.kill()
        self._program.communicate()


@contextmanager
def doomed(settings: Settings, file: str = __file__) -> Iterator[Doomed]:
    program = Doomed(settings, file)
    try:
        yield program
    finally:
        program.end()


def main(do: Callable[..., None]) -> None:
    """Read what is to be done, and before which step whoever does it dies; do it in processes of their own."""
    for line in sys.stdin:
        step, what, arguments, given = json.loads(line)
        child = os.fork()
        if child == 0:
            status = 1
            try:
                os.environ.update({f"HOLDFAST_{name.upper()}": value for name, value in given.items()})
                die_before(step)
                do(what, *arguments)
                status = 0
            except Exception:  # noqa: BLE001  # told by the exit code
                traceback.print_exc()
            finally:
                os._exit(status)
        _, status = os.waitpid(child, 0)
        print(os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status), flush=True)  # noqa: T201


def die_before(last: int) -> None:
    steps = itertools.count(1)

    def counted(function: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> Any:
            if next(steps) == last:
                os.kill(os.getpid(), signal.SIGKILL)
            return function(*args, **kwargs)

        return call

    for owner, name in STEPS:
        setattr(owner, name, counted(getattr(owner, name)))


def do(what: str, *arguments: str) -> None:
    settings = Settings.load()
    if what == "forget":
        with Holdfast(settings) as hf:
            hf.forget(*arguments)
        return
    engine = bootstrap.engine(settings)
    vault, backup = bootstrap.vault(settings, engine), bootstrap.backup(settings, engine)
    if what == "save":
        with transaction(engine) as connection:
            follow_ups = tick(connection)
        saver = bootstrap.saver(settings, engine, lambda: vault)
        for each in follow_ups:
            if each.task == "holdfast.capture":
                saver.save([Order(key, tiers) for key, tiers in each.arguments["saves"]])
    elif what == "back_up":
        assert backup
        back_up(engine, vault, backup, bootstrap.policy(settings), settings.tenant, *arguments)
    elif what == "collect":
        collect(engine, [vault.place, *([backup] if backup else [])], grace=0)
    elif what == "archive":
        saver, rules = bootstrap.saver(settings, engine, lambda: vault), bootstrap.rules(settings)
        Archiver(engine, saver, lambda: vault, lambda: backup, rules).archive([int(key) for key in arguments])
    elif what == "revive":
        revive(engine, lambda: vault, settings.tenant, *arguments, rules=bootstrap.rules(settings))
    elif what == "rotate":
        rotate(engine, vault, backup)
    else:
        list(restore(engine, bootstrap.unclaimed_vault(settings), bootstrap.rules(settings)))


if __name__ == "__main__":
    main(do)
