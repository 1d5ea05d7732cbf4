"""`holdfast keys`: the keys that blobs are encrypted with."""

import typer

from holdfast.blobs.cipher import Cipher, new_key
from holdfast.interfaces.cli import output
from holdfast.interfaces.cli.options import AsJson, examples

__all__ = ["commands"]

commands = typer.Typer(help="The keys that blobs are encrypted with.", no_args_is_help=True)


@commands.callback()
def _keys() -> None:
    """The keys that blobs are encrypted with."""


@commands.command("new", epilog=examples('export HOLDFAST_BLOB_KEYS="$(holdfast keys new),$HOLDFAST_BLOB_KEYS"'))
def new(*, as_json: AsJson = False) -> None:
    """Make a new key. It is kept nowhere: put it in front of the others in HOLDFAST_BLOB_KEYS, everywhere."""
    key = new_key()
    if as_json:
        output.json_line({"key": key, "key_id": Cipher([key]).key_id})
    else:
        output.line(key)
