"""`holdfast keys`: the keys that blobs are encrypted with. They are the installation's, whatever the tenant."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from sqlalchemy import Engine

from holdfast import bootstrap
from holdfast.blobs.cipher import Cipher, new_key
from holdfast.config import Settings
from holdfast.interfaces.cli import output
from holdfast.interfaces.cli.options import AsJson, examples
from holdfast.pipeline.rotate import rotate as rotate_blobs
from holdfast.store import blobs, log
from holdfast.store.transaction import transaction

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


@commands.command("rotate", epilog=examples("holdfast keys rotate"))
def rotate(*, as_json: AsJson = False) -> None:
    """Encrypt every blob anew that is not encrypted with the first key, while everything goes on.

    Put the new key in front of the others in HOLDFAST_BLOB_KEYS everywhere, restart the workers, and then run this.
    Interrupted, it goes on where it was. `holdfast keys status` shows when an old key is needed no longer.
    """
    with _engine() as (settings, engine), output.Bars("blobs") as bars:
        vault = bootstrap.vault(settings, engine)
        with transaction(engine) as connection:
            total = sum(
                count for key_id, count, _ in blobs.by_key(log.cursor(connection)) if key_id != vault.cipher.key_id
            )
        done = rotate_blobs(
            engine,
            vault,
            bootstrap.backup(settings, engine),
            progress=lambda done: bars.progress("rotate", done, total),
        )
    if as_json:
        output.json_line({"rotated": done, "key_id": vault.cipher.key_id})
    else:
        output.line(f"{done:,} blobs were encrypted anew, with {_named(vault.cipher.key_id)}")


@commands.command("status", epilog=examples("holdfast keys status"))
def status(*, as_json: AsJson = False) -> None:
    """Show how many blobs are encrypted with which key."""
    with _engine() as (settings, engine), transaction(engine) as connection:
        found = blobs.by_key(log.cursor(connection))
    known = bootstrap.unclaimed_vault(settings).cipher.key_ids
    rows = [(key_id, key_id in known, count, size) for key_id, count, size in found]
    if as_json:
        for key_id, is_set, count, size in rows:
            output.json_line({"key_id": key_id, "set": is_set, "blobs": count, "bytes": size})
    elif not rows:
        output.note("No blobs.")
    else:
        output.table(
            ("key", "blobs", "bytes", "in HOLDFAST_BLOB_KEYS"),
            [
                (key_id or "none", f"{count:,}", f"{size:,}", "" if key_id is None else "yes" if is_set else "no")
                for key_id, is_set, count, size in rows
            ],
        )


@contextmanager
def _engine() -> Iterator[tuple[Settings, Engine]]:
    settings = Settings.load()
    engine = bootstrap.engine(settings)
    try:
        yield settings, engine
    finally:
        engine.dispose()


def _named(key_id: str | None) -> str:
    return f"the key {key_id}" if key_id else "no key: they are stored as they are"
