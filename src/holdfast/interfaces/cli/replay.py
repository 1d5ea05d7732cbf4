"""`holdfast replay`: recorded conversations in, and the log checked against them."""

from pathlib import Path
from typing import Annotated

import typer

from holdfast.errors import InvalidInput
from holdfast.interfaces.cli import output
from holdfast.interfaces.cli.exits import CHECK_FAILED
from holdfast.interfaces.cli.options import examples, opened
from holdfast.replay.replay import check, replay
from holdfast.replay.report import Report

__all__ = ["add_to"]

SHOWN = 20


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(
        "replay",
        epilog=examples(
            "holdfast replay conversations.jsonl.gz",
            "holdfast replay conversations.jsonl --speed 60 --prefix monday-",
            "holdfast replay conversations.jsonl --check-only --json",
        ),
    )(replay_files)


def replay_files(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="JSON lines, gzipped or not.", show_default=False)
    ],
    *,
    publishers: Annotated[int, typer.Option(min=1, max=64, help="Processes that publish at once.")] = 4,
    batch: Annotated[int, typer.Option(min=1, max=1000, help="Events in one call of publish.")] = 1,
    speed: Annotated[
        float | None,
        typer.Option(metavar="X", help="Pace by recorded time, X times as fast: 1 is real time. Implies --batch 1."),
    ] = None,
    prefix: Annotated[
        str, typer.Option(metavar="TEXT", help="Goes before each session's id: a new run of the same.")
    ] = "",
    check_only: Annotated[
        bool, typer.Option("--check-only", help="Publish nothing; check what was replayed before.")
    ] = False,
    timeout: Annotated[
        float, typer.Option(metavar="SECONDS", min=1, help="Give up when nothing moves for so long.")
    ] = 300,
    as_json: Annotated[bool, typer.Option("--json", help="The report as one JSON object on stdout.")] = False,
) -> None:
    """Publish recordings, and check the log against them.

    Each line of a FILE is one conversation: session_id, user_id, and messages (role, content; where present tool_calls
    with id, name and arguments, tool_call_id, name, timestamp). docs/replay.md describes the format. All lines are
    checked before anything is published.

    Then the log is compared with the files, message by message and in order, and its hash chains are verified.
    Replaying the same files twice commits nothing twice; a replay that was interrupted is taken up where it was.
    """
    if speed is not None and not 0 < speed <= 1e6:
        raise InvalidInput("--speed", f"must be above 0 and at most 1,000,000, not {speed:g}")
    with opened() as holdfast, output.Bars() as bars:
        if check_only:
            report = check(holdfast, files, watch=bars, prefix=prefix, timeout=timeout)
        else:
            report = replay(
                holdfast,
                files,
                watch=bars,
                publishers=publishers,
                batch=batch,
                speed=speed,
                prefix=prefix,
                timeout=timeout,
            )
    if as_json:
        output.json_line(report.as_json())
    else:
        _show(report)
    if not report.ok:
        raise typer.Exit(CHECK_FAILED)


def _show(report: Report) -> None:
    output.table(
        ("", "recorded", "in the log"),
        [
            ("sessions", f"{report.recorded_sessions:,}", f"{report.sessions:,}"),
            ("messages", f"{report.recorded_messages:,}", f"{report.messages:,}"),
            ("tool calls", f"{report.recorded_tool_calls:,}", f"{report.tool_calls:,}"),
        ],
    )
    output.line()
    events = report.recorded_messages + report.recorded_sessions
    if report.committed_seconds:
        output.line(
            f"{events:,} events published in {report.published_seconds:.1f} s, and in the log after "
            f"{report.committed_seconds:.1f} s ({events / report.committed_seconds:,.0f} a second)."
        )
    if report.resumed:
        output.line(f"{report.resumed:,} of the sessions had been begun by a replay before.")
    if report.ok:
        output.line(f"Every message is there, unaltered and in order; {report.verified:,} hash chains verify.")
        return
    for name in ("missing", "extra", "altered", "out_of_order", "damaged"):
        if count := getattr(report, name):
            output.line(f"{count:,} {name.replace('_', ' ')}", bold=True)
    output.table(
        ("what", "session", "recorded in", "message", "event", "detail"),
        [
            (one.kind.replace("_", " "), one.session_id, one.place, one.message, one.seq, one.detail)
            for one in report.differences[:SHOWN]
        ],
    )
    total = report.missing + report.extra + report.altered + report.out_of_order + report.damaged
    if total > SHOWN:
        output.line(f"… and {total - SHOWN:,} more; --json lists up to 1,000.")
    if report.missing:
        output.note("What was refused is among the dead letters: holdfast dead-letters list")
