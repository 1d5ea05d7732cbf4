"""How things are shown: data on stdout, as JSON lines or for eyes; messages and progress on stderr."""

import shutil
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

import orjson
import typer
from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

__all__ = ["Bars", "clean", "flat", "json_line", "line", "note", "shortened", "table", "value", "when"]


def json_line(value: object) -> None:
    """One JSON object as one line. Times become RFC 3339 in UTC, ids text, bytes hexadecimal text."""
    typer.echo(orjson.dumps(value, default=_plain, option=orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC))


def value(of_json: dict[str, Any]) -> None:
    """A value of JSON, spread out for eyes."""
    line(clean(orjson.dumps(of_json, option=orjson.OPT_INDENT_2).decode()))


def line(text: str = "", *, bold: bool = False) -> None:
    """A line for eyes. What came from a session must have gone through `clean`."""
    typer.echo(typer.style(text, bold=True) if bold else text)


def note(text: str) -> None:
    """A message beside the data."""
    typer.echo(text, err=True)


def clean(text: object) -> str:
    """Text of unknown origin, without what could command a terminal: control characters become visible."""
    return "".join(
        character if character.isprintable() or character in "\n\t" else f"\\x{ord(character):02x}"
        for character in str(text)
    )


def flat(text: str) -> str:
    """The same on one line."""
    return " ".join(clean(text).split())


def when(at: datetime | None) -> str:
    """A time, to the second, in UTC."""
    return "" if at is None else at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")


def shortened(text: str, taken: int = 0) -> str:
    """`text` on one line that fits the terminal beside `taken` columns. Whole where stdout is no terminal."""
    one = flat(text)
    room = max(20, shutil.get_terminal_size().columns - taken)
    if not sys.stdout.isatty() or cell_len(one) <= room:
        return one
    return set_cell_size(one, room - 1).rstrip() + "…"


def table(names: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Aligned columns under their names; the last one is cut where the terminal ends."""
    cells = [[" ".join(clean("" if cell is None else cell).split()) for cell in row] for row in rows]
    widths = [max(map(cell_len, column)) for column in zip(names, *cells, strict=True)][:-1]
    for number, row in enumerate([list(names), *cells]):
        start = "".join(set_cell_size(cell, width) + "  " for cell, width in zip(row, widths, strict=False))
        line((start + shortened(row[-1], cell_len(start))).rstrip(), bold=number == 0)


class Bars:
    """Progress bars on stderr, one a stage, where stderr is a terminal; notices there in any case."""

    def __init__(self, unit: str = "events") -> None:
        self._bars = Progress(
            TextColumn("{task.description:>10}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn(unit),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        self._tasks: dict[str, TaskID] = {}
        self._noticed = ""

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def progress(self, stage: str, done: int, total: int) -> None:
        """Move the bar of a stage."""
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(stage, total=total)
        self._bars.update(self._tasks[stage], completed=done, total=total)

    def notice(self, text: str) -> None:
        """Say something above the bars; several publishers that say the same are heard once."""
        if text != self._noticed:
            self._noticed = text
            if self._bars.disable:
                note(text)
            else:
                self._bars.console.print(text, markup=False, highlight=False, soft_wrap=True)


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.hex()
    return str(value)
