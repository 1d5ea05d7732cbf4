"""`holdfast dead-letters`: what the log did not accept, why, and what to do with it."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Annotated, Any

import typer

from holdfast.errors import InvalidInput
from holdfast.interfaces.cli import output
from holdfast.interfaces.cli.exits import OTHER
from holdfast.interfaces.cli.options import AsJson, Limit, examples, opened
from holdfast.service import Service
from holdfast.store.dead_letters import DeadLetter

__all__ = ["commands"]

PAGE = 1000

commands = typer.Typer(
    help="What the log did not accept, why, and what to do with it.",
    no_args_is_help=True,
)

Keys = Annotated[
    list[int] | None, typer.Argument(metavar="KEY", help="Their keys, which `list` shows.", show_default=False)
]
All = Annotated[bool, typer.Option("--all", help="All there are, instead of keys.")]


@commands.command("list", epilog=examples("holdfast dead-letters list --session SESSION-260129-001"))
def list_letters(
    *,
    session: Annotated[str | None, typer.Option(metavar="ID", help="Only those of this session.")] = None,
    after: Annotated[int, typer.Option(metavar="KEY", min=0, help="Only those after this key.")] = 0,
    limit: Limit = 50,
    as_json: AsJson = False,
) -> None:
    """List dead letters in the order of their arrival."""
    with opened() as holdfast:
        letters = holdfast.service.dead_letters(session_id=session, after=after, limit=limit)
    if as_json:
        for letter in letters:
            output.json_line({name: value for name, value in asdict(letter).items() if name != "entry"})
    elif not letters:
        output.note("No dead letters.")
    else:
        output.table(
            ("key", "arrived", "session", "reason", "detail"),
            [(one.key, output.when(one.created_at), one.session_id, one.reason, one.detail) for one in letters],
        )
    if len(letters) == limit:
        output.note(f"There may be more: --after {letters[-1].key}")


@commands.command("show", epilog=examples("holdfast dead-letters show 12"))
def show_letter(
    key: Annotated[int, typer.Argument(metavar="KEY", help="Its key, which `list` shows.")], *, as_json: AsJson = False
) -> None:
    """Show one dead letter, with every field as it lay in the stream."""
    with opened() as holdfast:
        letter = _public(holdfast.service.dead_letter(key))
    if as_json:
        output.json_line(letter)
        return
    entry = letter.pop("entry")
    for name, value in letter.items():
        shown = output.when(value) if name == "created_at" else value
        output.line(f"{name:<12} {output.clean('' if shown is None else shown)}".rstrip())
    output.line("entry", bold=True)
    for name, value in entry.items():
        output.line(f"  {output.clean(name):<12} {output.clean(value)}")


@commands.command("retry", epilog=examples("holdfast dead-letters retry 12 13", "holdfast dead-letters retry --all"))
def retry_letters(keys: Keys = None, *, everything: All = False, as_json: AsJson = False) -> None:
    """Publish dead letters once more, exactly as they were: after what refused them was put right.

    One that is refused again comes back, with a new key.
    """
    with opened() as holdfast:
        chosen = _chosen(holdfast.service, keys, everything=everything)
        _each(chosen, holdfast.service.retry_dead_letter, "retried", as_json=as_json)


@commands.command("drop", epilog=examples("holdfast dead-letters drop 12", "holdfast dead-letters drop --all --yes"))
def drop_letters(
    keys: Keys = None,
    *,
    everything: All = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Throw dead letters away for good."""
    with opened() as holdfast:
        chosen = _chosen(holdfast.service, keys, everything=everything)
        if chosen and not yes and not typer.confirm(f"Throw {_counted(len(chosen))} away for good?", err=True):
            output.note("Nothing was dropped.")
            raise typer.Exit(OTHER)
        _each(chosen, holdfast.service.drop_dead_letter, "dropped", as_json=as_json)


def _public(letter: DeadLetter) -> dict[str, Any]:
    """As text: what is no UTF-8 in the entry becomes visible, byte by byte."""
    entry = {_text(name): _text(value) for name, value in letter.entry.items()}
    return {**asdict(letter), "entry": entry}


def _text(raw: bytes) -> str:
    return raw.decode(errors="backslashreplace")


def _chosen(service: Service, keys: list[int] | None, *, everything: bool) -> list[int]:
    if bool(keys) == everything:
        raise InvalidInput("KEY...", "give the keys of dead letters, or --all, not both and not neither")
    # Read to the end before anything is done: one that is refused again would be met again, for ever.
    return list(_every_key(service)) if everything else list(dict.fromkeys(keys or ()))


def _every_key(service: Service) -> Iterator[int]:
    after = 0
    while letters := service.dead_letters(after=after, limit=PAGE):
        yield from (letter.key for letter in letters)
        after = letters[-1].key


def _each(keys: list[int], do: Callable[[int], None], done: str, *, as_json: bool) -> None:
    with output.Bars("dead letters") as bars:
        for number, key in enumerate(keys, 1):
            do(key)
            if as_json:
                output.json_line({"key": key, done: True})
            bars.progress(done, number, len(keys))
    if not as_json:
        output.note(f"{_counted(len(keys))} {done}.")


def _counted(number: int) -> str:
    return f"{number:,} dead letter{'' if number == 1 else 's'}"
