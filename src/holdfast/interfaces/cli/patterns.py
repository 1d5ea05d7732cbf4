"""`holdfast memories patterns`: the habits that a user's sessions show."""

from dataclasses import asdict
from typing import Annotated

import typer

from holdfast.interfaces.cli import output
from holdfast.interfaces.cli.options import AsJson, opened

__all__ = ["EXAMPLES", "patterns"]

EXAMPLES = ("holdfast memories patterns ada", "holdfast memories patterns ada --zone Europe/Berlin")


def patterns(
    user_id: Annotated[str, typer.Argument(metavar="USER", help="The user's id.", show_default=False)],
    *,
    zone: Annotated[str, typer.Option(help="The time zone whose clock the user goes by.")] = "UTC",
    as_json: AsJson = False,
) -> None:
    """Show when the user works, in which order, and what they choose again and again.

    Each with how many sessions show it, of how many, and the least share that these figures bear.
    """
    with opened() as holdfast:
        found = holdfast.patterns(user_id, zone=zone)
    if as_json:
        for each in found:
            output.json_line(asdict(each))
    elif not found:
        output.note("No patterns.")
    else:
        rows = [(each.kind, each.name, f"{each.confidence:.2f}", each.text) for each in found]
        output.table(("kind", "pattern", "confidence", "what it says"), rows)
