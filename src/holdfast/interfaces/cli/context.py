"""`holdfast context`: the document that a session's agents share, to show, keep and bring in."""

import os
import re
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated, Any

import typer

from holdfast.errors import InvalidInput
from holdfast.events.values import shown
from holdfast.interfaces.cli import output
from holdfast.interfaces.cli.options import AsJson, SessionId, examples, opened
from holdfast.sharing.document import to_yaml
from holdfast.sharing.document.layout import ROOT
from holdfast.sharing.document.read import MAX_BYTES

__all__ = ["commands"]

FOLDER = ".gtm"
FILE = "session_context.yaml"

commands = typer.Typer(help="The document that a session's agents share.", no_args_is_help=True)


@commands.callback()
def _context() -> None:
    """The document that a session's agents share."""


@commands.command("show", epilog=examples("holdfast context show SESSION-260129-001"))
def show(session_id: SessionId, *, as_json: AsJson = False) -> None:
    """Show a session's context, as YAML."""
    with opened() as holdfast:
        document = holdfast.session(session_id).context()
    if as_json:
        output.json_line(document)
    else:
        output.line(to_yaml(document).removesuffix("\n"))


@commands.command(
    "export",
    epilog=examples("holdfast context export SESSION-260129-001", "holdfast context export ID projects/launch"),
)
def export(
    session_id: SessionId,
    directory: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="The folder of the campaigns.", show_default="this one")
    ] = Path(),
    *,
    as_json: AsJson = False,
) -> None:
    """Write a session's context to .gtm/CAMPAIGN/session_context.yaml below a folder.

    What was there is replaced, and never by half a file.
    """
    with opened() as holdfast:
        document = holdfast.session(session_id).context()
    path = directory / FOLDER / _campaign(document) / FILE
    _write(path, to_yaml(document))
    if as_json:
        output.json_line({"session_id": session_id, "path": str(path)})
    else:
        output.line(output.clean(path))


@commands.command(
    "import", epilog=examples("holdfast context import .gtm/YIELD-XYZ-001/session_context.yaml --user user-1")
)
def import_(
    path: Annotated[Path, typer.Argument(metavar="FILE", help="A context as YAML.", show_default=False)],
    *,
    user: Annotated[
        str | None, typer.Option(metavar="ID", help="Whose session it is. Default: the campaign's owner.")
    ] = None,
    new_id: Annotated[
        str | None, typer.Option("--as", metavar="ID", help="The session's id. Default: its own.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Begin a session with a context that was written to a file.

    What the file holds beyond the protocol is kept, and comes out again at its place.
    """
    given = _read(path)
    with opened() as holdfast:
        session = holdfast.import_context(given, session_id=new_id, user_id=user, source=str(path))
        events = holdfast.service.find(session.id).events
    if as_json:
        output.json_line({"session_id": session.id, "events": events})
    else:
        output.line(f"{output.clean(session.id)}: {events:,} events")


def _campaign(document: dict[str, Any]) -> str:
    """The campaign's id, when it can name a folder. Else `InvalidInput`."""
    gtm_id = document[ROOT].get("campaign", {}).get("gtm_id")
    if gtm_id is None:
        raise InvalidInput("campaign.gtm_id", "is not known; the file lies in a folder of that name, so say it first")
    if not isinstance(gtm_id, str) or len(gtm_id) > 128 or re.fullmatch(r"\w[\w.-]*", gtm_id) is None:
        raise InvalidInput(
            "campaign.gtm_id", f"must be letters, digits, '.', '_' and '-' to name a folder, not {shown(gtm_id)}"
        )
    return gtm_id


def _write(path: Path, text: str) -> None:
    part: str | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile("w", dir=path.parent, prefix=f"{FILE}.", delete=False, encoding="utf-8") as file:
            part = file.name
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(part).chmod(0o644)
        Path(part).replace(path)
    except OSError as error:
        if part is not None:
            Path(part).unlink(missing_ok=True)
        raise InvalidInput(str(path), f"cannot be written: {error.strerror}") from error


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InvalidInput(str(path), f"cannot be read: {error.strerror}") from error
