"""`holdfast doctor`: which part is ill, and what to do."""

import typer

from holdfast.config import Settings
from holdfast.doctor import Finding, examine
from holdfast.interfaces.cli import output
from holdfast.interfaces.cli.exits import UNAVAILABLE
from holdfast.interfaces.cli.options import AsJson, examples

__all__ = ["add_to"]

COLOURS = {"ok": typer.colors.GREEN, "warning": typer.colors.YELLOW, "ill": typer.colors.RED, "unknown": None}


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        epilog=examples("holdfast doctor", "holdfast doctor --json | jq 'select(.verdict == \"ill\")'"),
    )(doctor)


def doctor(*, as_json: AsJson = False) -> None:
    """Say which part is ill, and what to do.

    Looks at the settings, Redis, Postgres, the backlog, the workers, beat, timers, dead letters and clocks; takes a few
    seconds and changes nothing. Exit code 5 where something is ill.
    """
    findings = examine(Settings.load())
    for finding in findings:
        if as_json:
            output.json_line(finding)
        else:
            _show(finding)
    ill = [finding.name for finding in findings if finding.verdict == "ill"]
    if ill:
        output.note(f"Ill: {', '.join(ill)}")
        raise typer.Exit(UNAVAILABLE)


def _show(finding: Finding) -> None:
    verdict = typer.style(f"{finding.verdict:<8}", fg=COLOURS[finding.verdict], bold=finding.verdict == "ill")
    output.line(f"{verdict} {finding.name:<22} {output.clean(finding.found)}")
    if finding.advice:
        output.line(f"{'':<31} → {output.clean(finding.advice)}")
