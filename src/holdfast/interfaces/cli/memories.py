"""`holdfast memories`: what is remembered of users and campaigns, on what it rests, and how it goes again."""

from dataclasses import fields
from typing import Annotated, Any

import typer

from holdfast.client.memories import HOLDING
from holdfast.errors import InvalidInput
from holdfast.interfaces.cli import output, patterns
from holdfast.interfaces.cli.exits import CHECK_FAILED
from holdfast.interfaces.cli.options import AsJson, Limit, examples, moment, opened
from holdfast.pipeline.learn import Learned
from holdfast.remembering.memory import Evidence, Memory
from holdfast.remembering.memory.change import Change

__all__ = ["commands"]

commands = typer.Typer(help="What is remembered, and on what evidence.", no_args_is_help=True)

MemoryId = Annotated[str, typer.Argument(metavar="MEMORY", help="Its id, which `list` shows.", show_default=False)]
RunId = Annotated[str, typer.Argument(metavar="RUN", help="Its id, which `runs` shows.", show_default=False)]
User = Annotated[str | None, typer.Option(metavar="ID", help="Only what is remembered of this user.")]
Campaign = Annotated[str | None, typer.Option(metavar="ID", help="Only what is remembered of this campaign.")]
KindOption = Annotated[
    str | None, typer.Option("--kind", metavar="KIND", help="Only preference, fact, decision or learning.")
]
Key = Annotated[str | None, typer.Option(metavar="KEY", help="Only what is about this, as communication_style.")]
Everything = Annotated[bool, typer.Option("--all", help="Also what no longer holds.")]
Cursor = Annotated[str | None, typer.Option(metavar="CURSOR", help="Where the page before ended.")]


@commands.command(
    "list",
    epilog=examples("holdfast memories list --user ada", "holdfast memories list --campaign YIELD-XYZ-001 --json"),
)
def list_memories(
    *,
    user: User = None,
    campaign: Campaign = None,
    kind: KindOption = None,
    key: Key = None,
    everything: Everything = False,
    limit: Limit = 50,
    cursor: Cursor = None,
    as_json: AsJson = False,
) -> None:
    """List what is remembered, what was seen last first."""
    with opened() as holdfast:
        found = holdfast.memories(user, campaign=campaign).list(
            kind=kind,  # type: ignore[arg-type]  # checked there
            key=key,
            status=None if everything else HOLDING,
            limit=limit,
            cursor=cursor,
        )
    _rows(found, as_json=as_json)
    if found.next:
        output.note(f"There are more: --cursor {found.next}")


@commands.command(
    "search",
    epilog=examples(
        "holdfast memories search 'short answers' --user ada",
        "holdfast memories search 'thread or tuesday' --campaign YIELD-XYZ-001 --sure 0.5",
    ),
)
def search_memories(  # noqa: PLR0913  # one argument an option
    text: Annotated[
        str, typer.Argument(metavar="TEXT", help='Words; "in order", or, -without count.', show_default=False)
    ],
    *,
    user: User = None,
    campaign: Campaign = None,
    kind: KindOption = None,
    key: Key = None,
    sure: Annotated[float, typer.Option(metavar="SHARE", help="Only what is at least so sure, from 0 to 1.")] = 0.0,
    since: Annotated[str | None, typer.Option(metavar="TIME", help="Only what was seen since then.")] = None,
    everything: Everything = False,
    limit: Limit = 10,
    as_json: AsJson = False,
) -> None:
    """Search what is remembered; the best first.

    Fit, confidence and recency count. Each hit says how much each of them made.
    """
    with opened() as holdfast:
        hits = holdfast.memories(user, campaign=campaign).search(
            text,
            kind=kind,  # type: ignore[arg-type]  # checked there
            key=key,
            min_confidence=sure,
            since=moment("--since", since),
            status=None if everything else HOLDING,
            limit=limit,
        )
    if as_json:
        for hit in hits:
            scores = {"score": hit.score, "relevance": hit.relevance, "recency": hit.recency}
            output.json_line({**_plain(hit.memory), **scores})
    elif not hits:
        output.note("Nothing like that is remembered.")
    else:
        names = ("memory", "score", "fit", "sure", "recent", "of", "text")
        output.table(names, [
            (
                hit.memory.id,
                f"{hit.score:.3f}",
                f"{hit.relevance:.2f}",
                f"{hit.memory.confidence:.2f}",
                f"{hit.recency:.2f}",
                hit.memory.owner,
                hit.memory.text,
            )
            for hit in hits
        ])  # fmt: skip


@commands.command("show", epilog=examples("holdfast memories show 0b1c7f0e-6d1f-5f7e-9a53-0e9f1f6a2b11"))
def show_memory(memory_id: MemoryId, *, as_json: AsJson = False) -> None:
    """Show a memory with its evidence: which event of which session says so."""
    with opened() as holdfast:
        memory = holdfast.memories().show(memory_id)
    if as_json:
        output.json_line(_plain(memory))
        return
    for name, value in _plain(memory).items():
        if name == "evidence" or value in (None, []):
            continue
        shown = output.when(value) if name in {"first_seen", "last_seen", "expires_at"} else value
        shown = f"{shown:.3f}" if name == "confidence" else shown
        output.line(f"{name:<12} {output.flat(str(shown))}")
    output.line()
    rows = [
        (output.when(piece.finding.said_at), piece.session_id, piece.finding.seq, piece.finding.source,
         piece.finding.stance, f"{piece.finding.strength:.2f}", piece.run_id, piece.finding.text)
        for piece in memory.evidence
    ]  # fmt: skip
    output.table(("said", "session", "event", "by", "stance", "strength", "run", "text"), rows)


@commands.command("audit", epilog=examples("holdfast memories audit", "holdfast memories audit --user ada --json"))
def audit_memories(*, user: User = None, campaign: Campaign = None, as_json: AsJson = False) -> None:
    """Look memories over: what is double, contested, stale, unsupported or over.

    Nothing is changed. Exit code 6 where something has no evidence in the log.
    """
    with opened() as holdfast:
        found = holdfast.memories(user, campaign=campaign).audit()
    for problem in found.problems:
        if as_json:
            output.json_line(problem._asdict())
        else:
            whose = f"{problem.owner_kind} {problem.owner}"
            output.line(output.flat(f"{problem.kind}: {whose}: {problem.text}"))
            for memory_id in problem.memories:
                output.line(f"    {memory_id}")
    counted = ", ".join(f"{count} {kind}" for kind, count in found.counts.items()) or "nothing is wrong"
    output.note(f"{found.memories} memories looked at: {counted}")
    if "unsupported" in found.counts:
        raise typer.Exit(CHECK_FAILED)


@commands.command("forget", epilog=examples("holdfast memories forget 0b1c7f0e-6d1f-5f7e-9a53-0e9f1f6a2b11"))
def forget_memory(memory_id: MemoryId, *, as_json: AsJson = False) -> None:
    """Delete a memory for good, because its owner wants so.

    Its evidence goes too, and it is not learned again from what was said up to now. The log keeps its events; see
    `holdfast forget` for erasing a person.
    """
    with opened() as holdfast:
        _changed(holdfast.memories().forget(memory_id), as_json=as_json)


@commands.command("undo", epilog=examples("holdfast memories undo 5f0f0b9e-1c38-5c4b-9f0e-0b7a7f3f9d10"))
def undo_run(run_id: RunId, *, as_json: AsJson = False) -> None:
    """Take out what a run learned, as if it had never been.

    Its range is not learned from again. Undone twice is undone once.
    """
    with opened() as holdfast:
        _changed(holdfast.memories().undo(run_id), as_json=as_json)


@commands.command(
    "runs", epilog=examples("holdfast memories runs", "holdfast memories runs --session SESSION-260129-001")
)
def list_runs(
    *,
    user: User = None,
    campaign: Campaign = None,
    session: Annotated[str | None, typer.Option(metavar="ID", help="Only those over this session.")] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
    as_json: AsJson = False,
) -> None:
    """List what was learned from, the newest first: which range of which session."""
    with opened() as holdfast:
        found = holdfast.memories(user, campaign=campaign).runs(session_id=session, limit=limit, cursor=cursor)
    if as_json:
        for run in found:
            output.json_line(run._asdict())
    elif not found:
        output.note("Nothing was learned yet.")
    else:
        names = ("run", "made", "events", "recipe", "findings", "undone", "session")
        output.table(names, [
            (
                run.id,
                output.when(run.made_at),
                f"{run.first}-{run.upto}",
                run.recipe,
                run.findings,
                output.when(run.undone_at),
                run.session_id,
            )
            for run in found
        ])  # fmt: skip
    if found.next:
        output.note(f"There are more: --cursor {found.next}")


@commands.command(
    "learn", epilog=examples("holdfast memories learn SESSION-260129-001", "holdfast memories learn --all")
)
def learn_sessions(
    session_ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="The sessions' ids.", show_default=False)
    ] = None,
    *,
    everything: Annotated[bool, typer.Option("--all", help="All that rest and were never learned from.")] = False,
    as_json: AsJson = False,
) -> None:
    """Learn from sessions now, as from those of before an upgrade.

    Sessions that pause or end are learned from by themselves. Learned twice is learned once.
    """
    if bool(session_ids) == everything:
        raise InvalidInput("ID", "must be given, or --all")
    with opened() as holdfast:
        for session_id in holdfast.service.memories.unlearned() if everything else session_ids or ():
            _learned(session_id, holdfast.service.memories.learn(session_id), as_json=as_json)


commands.command("patterns", epilog=examples(*patterns.EXAMPLES))(patterns.patterns)


def _learned(session_id: str, found: list[Learned], *, as_json: bool) -> None:
    changes = [change for each in found for change in each.changes]
    if as_json:
        output.json_line(
            {
                "session_id": session_id,
                "upto": found[-1].upto if found else None,
                "runs": [each.run_id for each in found],
                "findings": sum(each.findings for each in found),
                "changes": [_change(change) for change in changes],
            }
        )
        return
    count = sum(each.findings for each in found)
    output.line(f"{output.clean(session_id)}: {f'{count} findings' if found else 'nothing new'}")
    for change in changes:
        output.line(_told(change))


def _changed(changes: tuple[Change, ...], *, as_json: bool) -> None:
    for change in changes:
        if as_json:
            output.json_line(_change(change))
        else:
            output.line(_told(change))
    if not changes and not as_json:
        output.note("Nothing changed.")


def _change(change: Change) -> dict[str, Any]:
    return {"change": change.how, "before": change.before, **_plain(change.memory)}


def _told(change: Change) -> str:
    memory = change.memory
    return output.flat(f"    {change.how}: {memory.text} ({memory.owner_kind} {memory.owner}, {memory.confidence:.2f})")


def _rows(found: list[Memory], *, as_json: bool) -> None:
    if as_json:
        for memory in found:
            output.json_line(_plain(memory))
    elif not found:
        output.note("Nothing is remembered.")
    else:
        names = ("memory", "kind", "sure", "status", "seen", "of", "key", "text")
        rows = [
            (each.id, each.kind, f"{each.confidence:.2f}", each.status, seen, each.owner, each.key, each.text)
            for each in found
            for seen in (output.when(each.last_seen),)
        ]
        output.table(names, rows)


def _plain(memory: Memory) -> dict[str, Any]:
    """For JSON: all of it; evidence where it was asked for."""
    plain = {field.name: getattr(memory, field.name) for field in fields(memory)}
    return plain | {
        "replaces": list(memory.replaces),
        "contradicts": list(memory.contradicts),
        "evidence": [_piece(each) for each in memory.evidence],
    }


def _piece(piece: Evidence) -> dict[str, Any]:
    finding = piece.finding
    return {
        "session_id": piece.session_id,
        "event_id": finding.event_id,
        "seq": finding.seq,
        "said_at": finding.said_at,
        "source": finding.source,
        "stance": finding.stance,
        "strength": finding.strength,
        "text": finding.text,
        "run_id": piece.run_id,
    }
