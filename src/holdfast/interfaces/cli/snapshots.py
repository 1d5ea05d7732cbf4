"""`holdfast snapshots`: the saves of a session, what they hold, how they differ, whether they are whole."""

from collections.abc import Iterator
from typing import Annotated, Any

import orjson
import typer

from holdfast.errors import BlobDamaged, HoldfastError, InvalidInput, SnapshotDamaged, SnapshotNotFound, WrongKey
from holdfast.interfaces.cli import output
from holdfast.interfaces.cli.exits import code_of
from holdfast.interfaces.cli.options import AsJson, SessionId, examples, opened, place
from holdfast.saving.diff import MISSING, Difference, differences
from holdfast.saving.snapshot import Snapshot
from holdfast.saving.tiers import Tier
from holdfast.service import Service

__all__ = ["commands"]

commands = typer.Typer(help="The saves of a session: what is in them, and is it whole?", no_args_is_help=True)

Point = Annotated[
    str, typer.Argument(metavar="POINT", help="A recovery point, which `list` shows.", show_default=False)
]
MaybePoint = Annotated[
    str | None,
    typer.Argument(metavar="[POINT]", help="A recovery point; without: all of the session's.", show_default=False),
]


@commands.command("list", epilog=examples("holdfast snapshots list SESSION-260129-001 --tier full"))
def list_snapshots(
    session_id: SessionId,
    *,
    tier: Annotated[Tier | None, typer.Option(help="Only those of this tier.")] = None,
    as_json: AsJson = False,
) -> None:
    """List a session's snapshots, the newest first."""
    with opened() as holdfast:
        found = [one for one in holdfast.service.saves.snapshots(session_id) if tier in {None, one.tier}]
    if as_json:
        for one in found:
            output.json_line(one._asdict())
    elif not found:
        output.note("No snapshots.")
    else:
        names = ("recovery point", "tier", "event", "taken", "pinned", "backed up", "reason")
        output.table(names, [_row(one) for one in found])


@commands.command(
    "show",
    epilog=examples(
        "holdfast snapshots show SESSION-260129-001 RECOVERY-260129-001-AUTO-SAVE-15",
        "holdfast snapshots show ID POINT --tier context --json | jq .content",
    ),
)
def show_snapshot(
    session_id: SessionId,
    point: Point,
    *,
    tier: Annotated[Tier | None, typer.Option(help="As a snapshot of this tier shows it, instead of its own.")] = None,
    state: Annotated[bool, typer.Option("--state", help="The whole state, instead of what the tier holds.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what a snapshot holds."""
    if state and tier:
        raise InvalidInput("--state", "shows all there is; no --tier goes with it")
    with opened() as holdfast:
        saves = holdfast.service.saves
        found = saves.snapshot(session_id, point)
        held = _state(holdfast.service, session_id, point) if state else saves.content(session_id, point, tier)
    if as_json:
        output.json_line({**found._asdict(), "state" if state else "content": held})
        return
    for name, value in found._asdict().items():
        shown = output.when(value) if name.endswith("_at") else value
        output.line(f"{name:<13} {output.clean('' if shown is None else shown)}".rstrip())
    output.value(held)


@commands.command(
    "diff",
    epilog=examples(
        "holdfast snapshots diff SESSION-260129-001 RECOVERY-260129-001-AUTO-SAVE-15",
        "holdfast snapshots diff SESSION-260129-001 RECOVERY-260129-001-AUTO-SAVE-15 RECOVERY-260129-001-103000",
    ),
)
def diff_snapshots(
    session_id: SessionId,
    before: Annotated[
        str, typer.Argument(metavar="POINT", help="A recovery point, a time or an event's number.", show_default=False)
    ],
    after: Annotated[str, typer.Argument(metavar="[POINT|now]", help="The same, for the other side.")] = "now",
    *,
    as_json: AsJson = False,
) -> None:
    """Show how a session's state differs between two saves, or since one of them."""
    with opened() as holdfast:
        left, right = (_state(holdfast.service, session_id, at) for at in (before, after))
    found = differences(left, right)
    for difference in found:
        if as_json:
            output.json_line(difference.as_json())
        else:
            output.line(_difference(difference))
    if not found:
        output.note("No differences.")


@commands.command(
    "verify",
    epilog=examples(
        "holdfast snapshots verify SESSION-260129-001",
        "holdfast snapshots verify SESSION-260129-001 RECOVERY-260129-001-103000",
        "holdfast snapshots verify --all --json",
    ),
)
def verify_snapshots(
    session_id: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="The session's id.", show_default=False)
    ] = None,
    point: MaybePoint = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="Those of every session, instead of one.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check snapshots: row, fold, segments and body, each event up to the log's own digest.

    One that is damaged is named, and the others are checked all the same. Exit code 6 where any is.
    """
    if (session_id is None) != everything:
        raise InvalidInput("ID", "give the id of a session, or --all, not both and not neither")
    checked: list[HoldfastError | None] = []
    with opened() as holdfast:
        saves = holdfast.service.saves
        for each in [session_id] if session_id else _every_session(holdfast.service):
            for one in [saves.snapshot(each, point)] if point else saves.snapshots(each):
                checked.append(_verify(holdfast.service, each, one, as_json=as_json))  # noqa: PERF401  # it prints
    failures = [error for error in checked if error]
    if failures:
        output.note(f"error: {len(failures):,} of {len(checked):,} snapshots are not what was saved")
        raise typer.Exit(max(map(code_of, failures)))
    if not checked:
        output.note("No snapshots.")


@commands.command(
    "save", epilog=examples("holdfast snapshots save SESSION-260129-001", "holdfast snapshots save ID --tier context")
)
def save(
    session_id: SessionId,
    *,
    tier: Annotated[Tier, typer.Option(help="How much of it.")] = "full",
    as_json: AsJson = False,
) -> None:
    """Save a session now. Ends when the snapshot was read back and is what it should be."""
    with opened() as holdfast:
        found = holdfast.session(session_id).save(tier)
    if as_json:
        output.json_line(found._asdict())
    else:
        output.line(output.clean(f"{found.id}: the {found.tier} up to event {found.seq:,}"))


@commands.command(
    "pin",
    epilog=examples(
        "holdfast snapshots pin SESSION-260129-001 RECOVERY-260129-001-103000 --note 'before the migration'",
        "holdfast snapshots pin SESSION-260129-001 --note 'legal hold, case 17'",
    ),
)
def pin(
    session_id: SessionId,
    point: MaybePoint = None,
    *,
    note: Annotated[str | None, typer.Option(metavar="TEXT", help="Why.")] = None,
    as_json: AsJson = False,
) -> None:
    """Keep a snapshot for ever, or all of a session's, those to come as well: a legal hold."""
    with opened() as holdfast:
        holdfast.service.saves.pin(session_id, point, note=note)
    _show_pinned(session_id, point, pinned=True, as_json=as_json)


@commands.command("unpin", epilog=examples("holdfast snapshots unpin SESSION-260129-001 RECOVERY-260129-001-103000"))
def unpin(session_id: SessionId, point: MaybePoint = None, *, as_json: AsJson = False) -> None:
    """Let go of what was pinned. Where it is old, the next save of its tier prunes it."""
    with opened() as holdfast:
        holdfast.service.saves.unpin(session_id, point)
    _show_pinned(session_id, point, pinned=False, as_json=as_json)


@commands.command("pins", epilog=examples("holdfast snapshots pins SESSION-260129-001"))
def list_pins(session_id: SessionId, *, as_json: AsJson = False) -> None:
    """List what is pinned of a session, and why."""
    with opened() as holdfast:
        found = holdfast.service.saves.pins(session_id)
    if as_json:
        for one in found:
            output.json_line(one._asdict())
    elif not found:
        output.note("Nothing is pinned.")
    else:
        output.table(
            ("recovery point", "since", "note"),
            [(one.point or "(the session)", output.when(one.created_at), one.note) for one in found],
        )


def _row(one: Snapshot) -> tuple[object, ...]:
    pinned = "yes" if one.pinned else ""
    return one.id, one.tier, one.seq, output.when(one.created_at), pinned, output.when(one.backed_up_at), one.reason


def _state(service: Service, session_id: str, at: str) -> dict[str, Any]:
    found = service.state(session_id) if at == "now" else service.saves.state(session_id, place(at))
    return found.model_dump(mode="json")


def _difference(difference: Difference) -> str:
    before, after = (
        str(side) if side is MISSING else orjson.dumps(side).decode() for side in (difference.before, difference.after)
    )
    return output.flat(f"{difference.where}: {before} -> {after}")


def _every_session(service: Service) -> Iterator[str]:
    cursor = None
    while True:
        page = service.sessions(limit=1000, cursor=cursor)
        yield from (one.id for one in page.items)
        cursor = page.next
        if cursor is None:
            return


def _verify(service: Service, session_id: str, one: Snapshot, *, as_json: bool) -> HoldfastError | None:
    """Check one and show what came of it; returns what is wrong."""
    told: dict[str, Any] = {"session_id": session_id, "id": one.id, "tier": one.tier, "seq": one.seq}
    try:
        parts = service.saves.verify(session_id, one.id)
    except SnapshotNotFound:  # pruned meanwhile
        return None
    except (SnapshotDamaged, BlobDamaged, WrongKey) as error:
        if as_json:
            output.json_line({**told, "ok": False, "code": error.code, "problem": error.message})
        else:
            output.line(output.flat(f"{one.id}: {error.code}: {error.message}"))
        return error
    if as_json:
        output.json_line({**told, "ok": True, "parts": parts})
    else:
        output.line(output.flat(f"{one.id}: {parts:,} parts, each of them what was saved"))
    return None


def _show_pinned(session_id: str, point: str | None, *, pinned: bool, as_json: bool) -> None:
    if as_json:
        output.json_line({"session_id": session_id, "point": point, "pinned": pinned})
    else:
        what = f"{point} is" if point else f"All snapshots of {session_id} are"
        output.line(output.flat(f"{what} {'kept for ever' if pinned else 'no longer pinned'}"))
