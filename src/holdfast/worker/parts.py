"""What a worker's process works with. Built when it is first used, so after the process was forked."""

import gc
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Engine

from holdfast import bootstrap
from holdfast.blobs.place import Place
from holdfast.blobs.vault import Vault
from holdfast.config import Settings
from holdfast.pipeline.capture import Saver
from holdfast.pipeline.forget import Forgetter
from holdfast.pipeline.ingest import Ingest
from holdfast.pipeline.model import Writer
from holdfast.pipeline.rules import Rules
from holdfast.stream.publisher import Publisher

__all__ = ["Parts", "parts"]


@dataclass(frozen=True)
class Parts:
    """The settings, and what was built from them."""

    settings: Settings
    engine: Engine
    rules: Rules
    publisher: Publisher
    ingest: Ingest
    saver: Saver
    writer: Writer | None
    """The model that writes summaries; None where none is configured."""
    open_vault: Callable[[], Vault]
    open_backup: Callable[[], Place | None]
    """The locations of the blobs, opened when they are first needed."""
    forgetter: Forgetter


@cache
def parts() -> Parts:
    """This process's own; connections must not be shared across a fork."""
    from holdfast.worker.app import app  # noqa: PLC0415  # the app includes the tasks, which need this module

    # What the process has by now it keeps. Going through all of that for garbage, again and again while rounds make and
    # drop their thousands of objects, took a quarter of a drain's time.
    gc.collect()
    gc.freeze()
    settings = Settings.load()
    engine = bootstrap.engine(settings)
    open_vault = cache(lambda: bootstrap.vault(settings, engine))
    ingest = bootstrap.ingest(settings, engine)
    open_backup = cache(lambda: bootstrap.backup(settings, engine))
    return Parts(
        settings,
        engine,
        bootstrap.rules(settings),
        bootstrap.publisher(settings, app),
        ingest,
        bootstrap.saver(settings, engine, open_vault),
        bootstrap.writer(settings),
        open_vault,
        open_backup,
        bootstrap.forgetter(settings, engine, ingest, open_vault, open_backup),
    )
