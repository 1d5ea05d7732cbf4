"""`holdfast sessions inspect`: the sessions that somebody should look at, and one of them looked at now."""

from typing import Annotated

import typer

from holdfast.doctor import Finding, examine_session
from holdfast.errors import InvalidInput
from holdfast.interfaces.cli import output
from holdfast.interfaces.cli.exits import CHECK_FAILED
from holdfast.interfaces.cli.options import AsJson, examples, opened
from holdfast.store.inspections import Inspection

__all__ = ["add_to"]


def add_to(commands: typer.Typer) -> None:
    """Add the command."""
    commands.command(
        "inspect",
        epilog=examples(
            "holdfast sessions inspect",
            "holdfast sessions inspect SESSION-260129-001",
            "holdfast sessions inspect SESSION-260129-001 --done",
        ),
    )(inspect)


def inspect(
    session_id: Annotated[
        str | None,
        typer.Argument(metavar="[ID]", help="Examine this session; without: list those marked.", show_default=False),
    ] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Also the marks that were taken off.")] = False,
    done: Annotated[bool, typer.Option("--done", help="Take the session's marks off, instead.")] = False,
    as_json: AsJson = False,
) -> None:
    """List sessions that recoveries found damaged, or examine one.

    An examination shows the session's marks, and looks at its log, its snapshots, its dead letters and its lease now.
    Nothing of the session is changed. Exit code 6 where something is not what it should be. Damage that is met again
    after --done marks the session again.
    """
    if session_id is None:
        if done:
            raise InvalidInput("--done", "needs the id of the session")
        _list(everything=everything, as_json=as_json)
    elif done:
        _done(session_id, as_json=as_json)
    else:
        _examine(session_id, everything=everything, as_json=as_json)


def _list(*, everything: bool, as_json: bool) -> None:
    with opened() as holdfast:
        marks = holdfast.service.inspections.listed(everything=everything)
    if not marks and not as_json:
        output.note("No session is marked.")
    _show(marks, as_json=as_json)


def _done(session_id: str, *, as_json: bool) -> None:
    with opened() as holdfast:
        count = holdfast.service.inspections.done(session_id)
    if as_json:
        output.json_line({"session_id": session_id, "done": count})
    else:
        output.line(output.flat(f"{session_id}: {count:,} mark{'' if count == 1 else 's'} taken off"))


def _examine(session_id: str, *, everything: bool, as_json: bool) -> None:
    with opened() as holdfast:
        marks = holdfast.service.inspections.listed(session_id, everything=everything)
        _show(marks, as_json=as_json)
        if not marks:
            holdfast.service.find(session_id)  # one that is neither there nor marked was never there
        if not marks and not as_json:
            output.note("The session is not marked.")
        findings = examine_session(holdfast.service, session_id)
    for finding in findings:
        if as_json:
            output.json_line({"session_id": session_id, **_public(finding)})
        else:
            _say(finding)
    ill = [finding.name for finding in findings if finding.verdict == "ill"]
    if ill:
        output.note(f"error: not what it should be: {', '.join(ill)}")
        raise typer.Exit(CHECK_FAILED)


def _show(marks: list[Inspection], *, as_json: bool) -> None:
    if as_json:
        for mark in marks:
            output.json_line(mark._asdict())
    elif marks:
        names = ("session", "noted", "done", "code", "problem")
        rows = [(one.session_id, output.when(one.noted_at), output.when(one.done_at), *one[1:3]) for one in marks]
        output.table(names, rows)


def _public(finding: Finding) -> dict[str, object]:
    return {name: getattr(finding, name) for name in ("name", "verdict", "found", "advice", "facts")}


def _say(finding: Finding) -> None:
    output.line(f"{finding.verdict:<8} {output.clean(finding.name):<34} {output.clean(finding.found)}")
    if finding.advice:
        output.line(f"{'':<43} → {output.clean(finding.advice)}")
