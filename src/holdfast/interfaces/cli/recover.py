"""`holdfast recover` and `holdfast command`: a session as whoever comes next needs it, and the truth about it."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from holdfast.errors import InvalidInput, SessionNotFound
from holdfast.interfaces.cli import output
from holdfast.interfaces.cli.exits import CHECK_FAILED, NOT_FOUND
from holdfast.interfaces.cli.options import AsJson, SessionId, examples, opened
from holdfast.recovering.report import Format, Mode, RecoveryReport
from holdfast.world import Files, Git, Probe

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command(
        epilog=examples(
            "holdfast recover SESSION-260129-001",
            "holdfast recover SESSION-260129-001 --mode full --git . --files 'src/**/*.py'",
            "holdfast recover SESSION-260129-001 --prompt --no-record",
            "holdfast recover ID --messages openai --max-tokens 8000 | jq .messages",
        )
    )(recover)
    app.command(
        "command",
        epilog=examples(
            "holdfast command 'Resume TASK-6-004 from last checkpoint in SESSION-240124-001'",
            "holdfast command 'Emergency recovery - load critical project context only' --user user-1",
        ),
    )(command)


def recover(  # noqa: PLR0913  # one argument an option
    session_id: SessionId,
    *,
    mode: Annotated[Mode, typer.Option(help="How. One that fails becomes the next.")] = "quick",
    git: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Look at the repository there.", show_default=False)
    ] = None,
    files: Annotated[
        list[str] | None,
        typer.Option(metavar="PATTERN", help="Look at these files, below DIR or here.", show_default=False),
    ] = None,
    record: Annotated[bool, typer.Option("--record/--no-record", help="Tell the session's log of it.")] = True,
    prompt: Annotated[bool, typer.Option("--prompt", help="Only the prompt for the model that goes on.")] = False,
    messages: Annotated[
        Format | None, typer.Option(help="Only the history, as this API takes it.", show_default=False)
    ] = None,
    max_tokens: Annotated[
        int | None, typer.Option(metavar="N", min=1, help="So much of the history as fits.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Recover a session, and tell the truth about it.

    What came back, what did not, what is uncertain, what to do next.

    Without Postgres it is an emergency recovery, from the blobs and Redis alone. Exit code 0 where all of the session
    is there, 6 where not all of it is, or something outside is not as it should be; 3 where there is no such session.
    """
    if prompt and messages:
        raise InvalidInput("--prompt", "and --messages are two outputs; give one of them")
    if max_tokens is not None and messages is None:
        raise InvalidInput("--max-tokens", "needs --messages")
    with opened() as holdfast:
        report = holdfast.recover(session_id, mode=mode, world=_probes(git, files), record=record)
        # The history is read when it is asked for, so this must happen while the connections are open.
        if messages:
            _show_history(report, messages, max_tokens)
        elif prompt and as_json:
            output.json_line({"session_id": report.session_id, "status": report.status, "prompt": report.prompt()})
        elif prompt:
            output.line(output.clean(report.prompt()))
        elif as_json:
            output.json_line(report.as_json())
        else:
            _show(report)
    _end(report, aside=prompt or messages is not None)


def command(
    text: Annotated[
        list[str], typer.Argument(metavar="TEXT", help="The command, in words or as JSON.", show_default=False)
    ],
    *,
    user: Annotated[
        str | None, typer.Option(metavar="ID", help="Whose sessions, where the command names none.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Carry out a command: to recover, resume, summarise.

    The commands in words are those of the guide to persistence; the structured ones are JSON with "command" and
    "parameters". Exit code 6 where not all of the session is there.
    """
    with opened() as holdfast:
        response = holdfast.command(" ".join(text), user_id=user)
    if as_json:
        output.json_line(response)
    else:
        output.value(response)
    if response["status"] != "success":
        raise typer.Exit(CHECK_FAILED)


def _probes(git: Path | None, files: list[str] | None) -> list[Probe]:
    probes: list[Probe] = [] if git is None else [Git(git)]
    return [*probes, Files(files, git or Path())] if files else probes


def _show_history(report: RecoveryReport, form: Format, max_tokens: int | None) -> None:
    """One object of JSON: what the API takes, and what is to be known of it. Nothing where nothing was recovered."""
    if report.problem is not None:
        return
    history = report.history(form, max_tokens=max_tokens)
    repairs = [asdict(each) for each in history.repairs]
    system = {} if history.system is None else {"system": history.system}
    more = {"left_out": history.left_out, "tokens": history.tokens, "repairs": repairs}
    output.json_line({**system, "messages": history.messages, **more})


def _end(report: RecoveryReport, *, aside: bool) -> None:
    """The exit code; with the reason on stderr where stdout has something else."""
    if report.ok:
        return
    if aside:
        output.note(output.clean(f"{report.status}: {'; '.join(report.warnings)}"))
    raise typer.Exit(NOT_FOUND if isinstance(report.problem, SessionNotFound) else CHECK_FAILED)


def _show(report: RecoveryReport) -> None:
    marks = {"success": "✅", "partial": "⚠️", "failed": "❌"}
    output.line(output.flat(f"{marks[report.status]} {report.session_id}: {report.status}"), bold=True)
    for name, value in _facts(report):
        output.line(f"{name:<15} {output.flat(str(value))}")
    _section("Context", report.context_summary.splitlines())
    _section("Next steps", [f"{number}. {step}" for number, step in enumerate(report.next_steps, 1)])
    _section("Warnings", report.warnings)
    _section("Refused", [f"{each.point}: {each.reason}: {each.detail}" for each in report.refused])
    _section("Effects", [f"{each.standing:<15} {each.text}" for each in report.effects])
    checks = [f"{each.outcome:<12} {each.name}: {'; '.join(each.evidence)}" for each in report.checks]
    _section("Checks", checks)
    _section("Steps", [f"{each.seconds * 1000:>9,.1f} ms  {each.name} → {each.output}" for each in report.steps])


def _facts(report: RecoveryReport) -> Iterator[tuple[str, Any]]:
    asked = "" if report.asked == report.mode else f" (asked for: {report.asked})"
    yield "mode", f"{report.mode}{asked}"
    for each in report.escalations:
        yield "", f"{each.from_mode} became {each.to_mode}: {each.why}"
    yield "recovery point", report.recovery_point or "none"
    yield "last good event", f"{report.last_good_seq:,}"
    if report.pending:
        yield "from Redis", f"{report.pending:,} events that are not committed yet"
    yield "continuation", report.continuation_id
    yield "recorded", "no" if report.recorded is None else f"as event {report.recorded}"


def _section(heading: str, lines: list[str]) -> None:
    if not lines:
        return
    output.line()
    output.line(heading, bold=True)
    for line in lines:
        output.line(f"  {' '.join(output.clean(line).split(chr(10)))}")
