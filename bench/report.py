"""What was found: the aims, the table, and the file."""

import os
import platform
from dataclasses import dataclass
from pathlib import Path

import orjson
from rich.console import Console
from rich.table import Table

__all__ = ["Aim", "show", "write"]

Figures = dict[str, float]


@dataclass(frozen=True)
class Aim:
    """A ratio of two figures, and what it should be."""

    name: str
    over: str
    under: str
    least: float | None = None
    most: float | None = None

    def reached(self, figures: Figures) -> float:
        return figures[self.over] / figures[self.under]

    def met(self, figures: Figures) -> bool:
        reached = self.reached(figures)
        return (self.least is None or reached >= self.least) and (self.most is None or reached <= self.most)

    @property
    def wanted(self) -> str:
        return f"at least {self.least:g}" if self.least is not None else f"at most {self.most:g}"


def write(path: Path, figures: Figures, aims: list[Aim]) -> None:
    """One flat JSON object: the figures, and each aim's ratio, bound and verdict."""
    found: dict[str, float | bool | str] = dict(figures)
    for aim in aims:
        found[f"ratio_{aim.name}"] = round(aim.reached(figures), 3)
        found[f"aim_{aim.name}"] = aim.wanted
        found[f"met_{aim.name}"] = aim.met(figures)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def show(title: str, figures: Figures, aims: list[Aim]) -> None:
    console = Console()
    table = Table(title=title, caption=f"{os.cpu_count()} processors, Python {platform.python_version()}")
    table.add_column("figure")
    table.add_column("median", justify="right")
    for name, value in figures.items():
        table.add_row(name, f"{value:,.0f}" if value >= 100 else f"{value:,.3f}")
    console.print(table)
    verdicts = Table(title="Aims")
    for column in ("ratio", "aim", "reached", ""):
        verdicts.add_column(column, justify="right" if column == "reached" else "left")
    for aim in aims:
        verdict = "met" if aim.met(figures) else "missed"
        verdicts.add_row(f"{aim.over} / {aim.under}", aim.wanted, f"{aim.reached(figures):.2f}", verdict)
    console.print(verdicts)
