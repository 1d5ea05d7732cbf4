"""`holdfast export`, `import` and `restore`: sessions leave an installation and come back."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from sqlalchemy import Engine

from holdfast import bootstrap
from holdfast.config import Settings
from holdfast.errors import InvalidInput, SessionNotFound
from holdfast.interfaces.cli import output
from holdfast.interfaces.cli.exits import CHECK_FAILED
from holdfast.interfaces.cli.options import AsJson, examples, opened
from holdfast.portable import arrive, bundle
from holdfast.portable.export import Exporter
from holdfast.portable.restore import Returned, restore
from holdfast.store import migrations

__all__ = ["add_to"]


def add_to(app: typer.Typer) -> None:
    """Add these commands."""
    app.command(
        "export",
        epilog=examples(
            "holdfast export SESSION-260129-001 --to projectDocs", "holdfast export --all --bundle sessions.tar.gz"
        ),
    )(export)
    app.command("import", epilog=examples("holdfast import sessions.tar.gz", "holdfast import projectDocs"))(import_)
    app.command("restore", epilog=examples("holdfast restore --from s3://bucket/holdfast"))(restore_)


def export(
    session_ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="The sessions' ids.", show_default=False)
    ] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Every session.")] = False,
    to: Annotated[Path | None, typer.Option(metavar="DIR", help="Into this directory, as the tracking tree.")] = None,
    bundle_file: Annotated[
        Path | None, typer.Option("--bundle", metavar="FILE", help="Into this file, a compressed tar of the same tree.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Export sessions with their whole logs.

    To look at, to keep, or for `holdfast import` elsewhere.
    In a directory, what was exported before stays; a session that is exported again replaces what was there of it.
    """
    if everything == bool(session_ids):
        raise InvalidInput("id", "give ids of sessions, or --all")
    if (to is None) == (bundle_file is None):
        raise InvalidInput("to", "give either --to DIR or --bundle FILE")
    with _installation() as (settings, engine), TemporaryDirectory(prefix="holdfast-export-") as directory:
        exporter = Exporter(
            engine,
            settings.tenant,
            bootstrap.policy(settings),
            to or Path(directory),
            lambda: bootstrap.vault(settings, engine),
        )
        count = exporter.export(_all() if everything else dict.fromkeys(session_ids or []))
        if bundle_file is not None:
            bundle.pack(exporter.root, bundle_file)
    place = str(to or bundle_file)
    if as_json:
        output.json_line({"sessions": count, "to": place})
    else:
        output.line(f"{count:,} sessions are in {place}")


def import_(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="An export: a directory or a bundle.")],
    *,
    session_ids: Annotated[
        list[str] | None, typer.Option("--session", metavar="ID", help="Only this session; may be given again.")
    ] = None,
    new_id: Annotated[str | None, typer.Option("--as", metavar="ID", help="The id that a single session gets.")] = None,
    as_json: AsJson = False,
) -> None:
    """Put exported sessions back, equal event by event.

    Everything is checked before anything is put back. What is there already, the same, is passed over, so an import
    that was interrupted can be repeated.
    """
    with _installation() as (settings, engine), arrive.opened(path) as (root, manifest):
        chosen = dict.fromkeys(session_ids or manifest.sessions)
        for session_id in chosen:
            if session_id not in manifest.sessions:
                raise SessionNotFound(session_id, f"there is no session {session_id!r} in {path}")
        if new_id is not None and len(chosen) != 1:
            raise InvalidInput("--as", f"is for a single session; {len(chosen)} are chosen")
        ids = {session_id: new_id or session_id for session_id in chosen}
        if not ids:
            output.note(f"There are no sessions in {path}.")
        rules = bootstrap.rules(settings)
        for session_id, new in arrive.arrive(engine, settings.tenant, rules, root, manifest, ids):
            if as_json:
                output.json_line({"session_id": session_id, "imported": new})
            else:
                output.line(f"{output.clean(session_id)}: {'imported' if new else 'is here already, the same'}")


def restore_(
    *,
    url: Annotated[str, typer.Option("--from", metavar="URL", help="Where the copies are: a directory, or s3://…")],
    session_id: Annotated[str | None, typer.Option("--session", metavar="ID", help="Only this session.")] = None,
    as_json: AsJson = False,
) -> None:
    """Rebuild an empty database out of blobs alone.

    Where it has no schema yet, that is made. The blobs are those of the second location
    (HOLDFAST_BACKUP_URL), or of any other.
    Of every session the newest full snapshot that is good is put back, and it is said how far behind that is. The
    location is only read. Interrupted, it can be repeated. Exit code 6 where something could not be put back.
    """
    with _installation() as (settings, engine):
        vault = bootstrap.unclaimed_vault(settings.model_copy(update={"blob_url": url}))
        if migrations.revision(engine) is None:
            migrations.upgrade(settings.database_url or "")
        returned = []
        for each in restore(engine, vault, bootstrap.rules(settings), session_id=session_id):
            returned.append(each)
            _show(each, as_json=as_json)
    if session_id is not None and not returned:
        raise SessionNotFound(session_id, f"there is no session {session_id!r} in {vault.place.url}")
    if not returned:
        raise InvalidInput("--from", f"there is no full snapshot of any session in {vault.place.url}")
    _sum_up(returned)
    if any(each.session_id is None or each.conflict for each in returned):
        raise typer.Exit(CHECK_FAILED)


@contextmanager
def _installation() -> Iterator[tuple[Settings, Engine]]:
    settings = Settings.load()
    engine = bootstrap.engine(settings)
    try:
        yield settings, engine
    finally:
        engine.dispose()


def _all() -> Iterator[str]:
    with opened() as holdfast:
        cursor: str | None = None
        while True:
            page = holdfast.sessions(limit=1000, cursor=cursor)
            yield from (session.id for session in page.items)
            cursor = page.next
            if cursor is None:
                return


def _show(returned: Returned, *, as_json: bool) -> None:
    if as_json:
        output.json_line(returned._asdict())
        return
    for refused in returned.refused:
        output.line(f"refused: {output.clean(refused)}")
    if returned.conflict:
        output.line(output.clean(returned.conflict))
    elif returned.session_id is None:
        output.line(f"{output.clean(returned.folder)}: no snapshot of it is good; nothing was put back")
    else:
        what = f"restored up to event {returned.seq:,}" if returned.new else "is here already, the same"
        output.line(f"{output.clean(returned.session_id)}: {what}, as of {output.when(returned.saved_at)}")


def _sum_up(returned: list[Returned]) -> None:
    times = [each.saved_at for each in returned if each.saved_at is not None]
    if not times:
        return
    output.note(
        f"{len(times):,} sessions, as they were between {output.when(min(times))} and {output.when(max(times))}; "
        "what was committed to a session after its time is not in this location"
    )
