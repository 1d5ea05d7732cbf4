"""`holdfast up`: the servers, the schema, and the processes of the Procfile, until Ctrl-C."""

import os
import secrets
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from types import FrameType

from honcho.environ import parse_procfile
from rich.console import Console
from rich.table import Table

from holdfast import bootstrap
from holdfast.config import Settings, masked
from holdfast.embedded.processes import Processes
from holdfast.embedded.server import HOST, free_port, write_private
from holdfast.embedded.stack import Stack
from holdfast.pipeline.guards.behind import catch_all_up
from holdfast.store.migrations import upgrade

__all__ = ["up"]


def up(settings: Settings) -> int:
    """Run everything on this machine until Ctrl-C or SIGTERM; returns the exit code, 0 for a stop that was asked for.

    Workers are stopped before the servers are. Raises what `Stack` and the migration raise.
    """
    console = Console(soft_wrap=True, highlight=False)
    with _interruptible():
        try:
            with Stack(settings) as stack:
                upgrade(str(stack.settings.database_url))
                _catch_up(stack.settings)
                code = _run(stack, console)
        except KeyboardInterrupt:
            code = 0
        console.print("Stopped. The data stays, and the next start finds it.")
    return code


def _catch_up(settings: Settings) -> None:
    engine = bootstrap.engine(settings)
    try:
        catch_all_up(engine)
    finally:
        engine.dispose()


def _run(stack: Stack, console: Console) -> int:
    flower = _Flower(stack.settings)
    processes = Processes(lambda: _fault(stack))
    environment = os.environ | stack.environment() | flower.environment()
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', os.defpath)}"
    environment["PYTHONUNBUFFERED"] = "1"
    for name, command in parse_procfile((files("holdfast") / "Procfile").read_text("utf-8")).processes.items():
        if name != "insight" or stack.settings.model is not None:
            processes.add(name, command, environment)
    _show(stack, flower, console)
    processes.loop()
    if processes.fault:
        console.print(processes.fault, style="bold red")
        return 1
    if processes.asked:
        return 0
    console.print("A process kept ending right after its start; what it printed above says why.", style="bold red")
    return 1


class _Flower:
    """Flower's port, and its password: the one that is set, else one of our own, kept for the next time."""

    def __init__(self, settings: Settings) -> None:
        self.port = free_port()
        kept = settings.data_dir / "flower-password"
        if settings.flower_password is None and not kept.exists():
            write_private(kept, secrets.token_urlsafe(12))
        self.password = settings.flower_password or kept.read_text("utf-8").strip()

    def environment(self) -> dict[str, str]:
        return {"HOLDFAST_FLOWER_PORT": str(self.port), "HOLDFAST_FLOWER_PASSWORD": self.password}


def _fault(stack: Stack) -> str | None:
    for server in stack.servers:
        if not server.running:
            return f"{server.name} ended by itself, so everything was stopped. Its log: {server.log_path}"
    return None


def _show(stack: Stack, flower: _Flower, console: Console) -> None:
    table = Table.grid(padding=(0, 2))
    table.add_row("  Redis", masked(stack.settings.redis_url))
    table.add_row("  Postgres", masked(str(stack.settings.database_url)))
    table.add_row("  Flower", f"http://{HOST}:{flower.port}  (user holdfast, password {flower.password})")
    table.add_row("  Data", str(stack.data_dir))
    console.print("Holdfast is up.\n", style="bold")
    console.print(table)
    console.print(
        f"\nCommands in this folder find it; other programs need the variables in {stack.data_dir / 'environment'}."
        "\nTry, in another terminal:"
        "\n  holdfast doctor            is everything well?"
        "\n  holdfast replay FILE       publish recorded conversations, and check the log against them"
        "\n  holdfast sessions list     what is in the log"
        "\nCtrl-C stops everything.\n"
    )


@contextmanager
def _interruptible() -> Iterator[None]:
    """SIGTERM is a Ctrl-C, before and after honcho's own handlers are in place; then all is as it was."""

    def interrupt(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {name: signal.getsignal(name) for name in (signal.SIGINT, signal.SIGTERM)}
    for name in before:
        signal.signal(name, interrupt)
    try:
        yield
    finally:
        for name, handler in before.items():
            signal.signal(name, handler)
