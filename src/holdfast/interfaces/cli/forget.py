"""`holdfast forget` and `holdfast verify-forgotten`: a person is removed, and looked for."""

from collections.abc import Sequence
from typing import Annotated

import typer

from holdfast.interfaces.cli import output
from holdfast.interfaces.cli.exits import CHECK_FAILED, OTHER
from holdfast.interfaces.cli.options import AsJson, examples, opened
from holdfast.remembering.receipt import Receipt
from holdfast.remembering.verdict import Trace

__all__ = ["add_to"]

UserId = Annotated[str, typer.Argument(metavar="USER", help="The user's id.", show_default=False)]


def add_to(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("forget", epilog=examples("holdfast forget user-1", "holdfast forget user-1 --yes --json > receipt"))(
        forget
    )
    app.command("verify-forgotten", epilog=examples("holdfast verify-forgotten user-1"))(verify_forgotten)


def forget(
    user_id: UserId,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    by: Annotated[str | None, typer.Option(metavar="NAME", help="Who asks for it, for the receipt.")] = None,
    override: Annotated[
        bool,
        typer.Option(
            "--override", help="Also what a legal hold is on, and where the second location of the blobs is gone."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Remove a person for good, and show the receipt.

    From sessions, saves, memories, what waits in Redis, and all copies. Sessions of others stay whole. Killed in the
    middle, it goes on by itself, or when it is called again.
    """
    with opened() as holdfast:
        if not yes:
            count = len(holdfast.sessions(user_id=user_id, limit=10_000).items)
            shown = f"{count:,} session{'' if count == 1 else 's'} of {output.clean(user_id)}"
            if not typer.confirm(f"Remove {shown}, and all that is remembered, for good?", err=True):
                output.note("Nothing was removed.")
                raise typer.Exit(OTHER)
        receipt = holdfast.forget(user_id, asked_by=by, override=override)
    if as_json:
        output.json_line(receipt.to_json())
    else:
        _show(receipt)


def verify_forgotten(user_id: UserId, *, as_json: AsJson = False) -> None:
    """Look everywhere anew for what there is of a person.

    Exit code 6 where something is found. What others said of the person, and what the person has begun since, is told
    and counts as nothing found. Changes nothing.
    """
    with opened() as holdfast:
        verdict = holdfast.service.forgetting.verify(user_id)
    if as_json:
        output.json_line(verdict.to_json())
    else:
        _list("Found, and should be gone", verdict.found)
        _list("Begun since the person was last forgotten", verdict.since)
        _list("The id as others wrote it: theirs, and unchanged", verdict.mentions)
        if verdict.clean:
            output.line("Nothing was found that should be gone.")
        if not verdict.receipts:
            output.note("The person was never forgotten here.")
    if not verdict.clean:
        raise typer.Exit(CHECK_FAILED)


def _show(receipt: Receipt) -> None:
    output.line(f"receipt  {receipt.id}")
    output.line(f"person   {receipt.person}")
    output.line(
        f"asked    {output.when(receipt.asked_at)}"
        + (f" by {output.clean(receipt.asked_by)}" if receipt.asked_by else "")
    )
    output.line(f"done     {output.when(receipt.done_at)}")
    output.line("Removed" if receipt.removed else "Nothing was there to remove.", bold=True)
    for place, count in receipt.removed.items():
        output.line(f"  {count:>9,}  {place}")
    if receipt.kept:
        output.line("Kept", bold=True)
        for each in receipt.kept:
            output.line(f"  {each.count:>9,}  {each.what}: {each.why}")
    output.line("Out of reach", bold=True)
    for text in receipt.out_of_reach:
        output.line(f"  {text}")


def _list(title: str, traces: Sequence[Trace]) -> None:
    if traces:
        output.line(title, bold=True)
        for each in traces:
            output.line(f"  {each.count:>9,}  {output.clean(each.where)}: {each.what}")
