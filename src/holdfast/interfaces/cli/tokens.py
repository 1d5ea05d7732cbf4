"""`holdfast tokens`: how front ends reach sessions. A token is read from stdin: an argument is seen by others."""

import sys
from typing import Annotated

import typer

from holdfast import clock
from holdfast.errors import InvalidInput
from holdfast.interfaces.cli import output
from holdfast.interfaces.cli.options import AsJson, SessionId, examples, opened
from holdfast.service.tokens import ALL, Issued
from holdfast.store.tokens import Token

__all__ = ["commands"]

commands = typer.Typer(help="Tokens that open a session for a front end.", no_args_is_help=True)

TokenId = Annotated[str | None, typer.Argument(metavar="[TOKEN_ID]", help="As `list` shows it.", show_default=False)]


@commands.callback()
def _tokens() -> None:
    """Tokens that open a session for a front end."""


@commands.command("issue", epilog=examples("holdfast tokens issue SESSION-260129-001 --seconds 3600 --label web"))
def issue(
    session_id: SessionId,
    *,
    seconds: Annotated[float | None, typer.Option(help="How long it is good.", show_default="a week")] = None,
    label: Annotated[str | None, typer.Option(help="What it is for, to be told from others.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a token and show it, this once: only its hash is stored."""
    with opened() as holdfast:
        made = holdfast.service.tokens.issue(session_id, seconds=seconds, label=label)
    _show_made(session_id, made, as_json=as_json)


@commands.command("list", epilog=examples("holdfast tokens list SESSION-260129-001"))
def list_(session_id: SessionId, *, as_json: AsJson = False) -> None:
    """List a session's tokens, the newest first. The tokens themselves are not shown: they are stored nowhere."""
    with opened() as holdfast:
        found = holdfast.service.tokens.listed(session_id)
    if as_json:
        for token in found:
            output.json_line(_public(session_id, token))
    elif not found:
        output.note("No tokens.")
    else:
        rows = [
            (one.id, output.when(one.created_at), output.when(one.expires_at), _how(one), one.label or "")
            for one in found
        ]
        output.table(("token", "issued", "good until", "is", "label"), rows)


@commands.command(
    "revoke",
    epilog=examples(
        "holdfast tokens revoke SESSION-260129-001 token-5a0c91f3b2d4",
        "holdfast tokens revoke SESSION-260129-001 --all",
    ),
)
def revoke(
    session_id: SessionId,
    token_id: TokenId = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="All tokens of the session.")] = False,
    as_json: AsJson = False,
) -> None:
    """End a token, or all of a session's, at once."""
    if everything == (token_id is not None):
        raise InvalidInput("TOKEN_ID", "or --all must be given, and not both")
    with opened() as holdfast:
        ended = holdfast.service.tokens.revoke(session_id, ALL if token_id is None else token_id)
    if as_json:
        output.json_line({"session_id": session_id, "token_id": token_id, "revoked": ended})
    else:
        output.line(output.flat(f"{session_id}: {ended:,} token{'' if ended == 1 else 's'} revoked"))


@commands.command("rotate", epilog=examples("holdfast tokens rotate --grace 60 < old-token > new-token"))
def rotate(
    *,
    grace: Annotated[float, typer.Option(help="For so many seconds the old one still opens the session.")] = 0,
    as_json: AsJson = False,
) -> None:
    """Read a token from stdin, put another in its place, and show that one, this once."""
    text = _read()
    with opened() as holdfast:
        session_id = holdfast.service.tokens.opened(text).session_id
        made = holdfast.service.tokens.rotate(text, grace=grace)
    _show_made(session_id, made, as_json=as_json)


@commands.command("show", epilog=examples("holdfast tokens show < token"))
def show(*, as_json: AsJson = False) -> None:
    """Read a token from stdin, and tell which session it opens, and until when."""
    text = _read()
    with opened() as holdfast:
        session_id, token = holdfast.service.tokens.opened(text)
    if as_json:
        output.json_line(_public(session_id, token))
    else:
        until = min(token.expires_at, token.revoked_at or token.expires_at)
        output.line(output.flat(f"{token.id} opens {session_id} until {output.when(until)}"))


def _read() -> str:
    """The token: typed unseen at a terminal, otherwise the first line of stdin."""
    if sys.stdin.isatty():
        return str(typer.prompt("Token", hide_input=True, err=True)).strip()
    return sys.stdin.readline().strip()


def _show_made(session_id: str, made: Issued, *, as_json: bool) -> None:
    if as_json:
        output.json_line({"token": made.text, **_public(session_id, made.token)})
    else:
        output.line(made.text)
        output.note(f"{made.token.id}: good until {output.when(made.token.expires_at)}; it is not shown again")


def _public(session_id: str, token: Token) -> dict[str, object]:
    return {"session_id": session_id, **token._asdict()}


def _how(token: Token) -> str:
    # For eyes: by this machine's clock, which decides nothing.
    now = clock.now()
    if token.revoked_at is not None and token.revoked_at <= now:
        return "rotated" if token.rotated else "revoked"
    if token.expires_at <= now:
        return "expired"
    return "good, rotated" if token.rotated else "good"
