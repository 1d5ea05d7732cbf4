"""What several commands share: arguments, options, and how they get to a client."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Annotated

import typer

from holdfast.client import Holdfast, connect
from holdfast.errors import InvalidInput
from holdfast.events import instant

__all__ = ["After", "AsJson", "Limit", "SessionId", "examples", "moment", "opened", "place"]

SessionId = Annotated[str, typer.Argument(metavar="ID", help="The session's id.", show_default=False)]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object a line on stdout, and nothing else there.")]
After = Annotated[int, typer.Option(metavar="SEQ", min=0, help="Only what comes after this sequence number.")]
Limit = Annotated[int, typer.Option(min=1, max=10_000, help="How many at most.")]


def examples(*lines: str) -> str:
    """The end of a command's help. The mark keeps the lines as they are."""
    return "\b\n" + "\n".join(("Example:" if len(lines) == 1 else "Examples:", *(f"  {line}" for line in lines)))


@contextmanager
def opened() -> Iterator[Holdfast]:
    """A client with the settings that a command finds. Raises `InvalidInput` naming the setting."""
    with connect() as holdfast:
        yield holdfast


def place(text: str) -> int | str:
    """A place in a session's log: the number of an event, or text that the service tells: recovery point or time."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 19 else text


def moment(option: str, text: str | None) -> datetime | None:
    """The time that an option names. Raises `InvalidInput`."""
    if text is None:
        return None
    try:
        return instant(option, text)
    except InvalidInput as error:
        raise InvalidInput(option, f"{error.problem} (a date alone will do; without a zone it is UTC)") from error
