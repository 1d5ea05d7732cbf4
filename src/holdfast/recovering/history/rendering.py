"""From messages of the log to what a model's API takes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any, Literal

from holdfast.errors import InvalidInput
from holdfast.recovering.history import anthropic, openai
from holdfast.recovering.history.formats import Format
from holdfast.recovering.history.repair import repaired
from holdfast.recovering.history.tokens import cost, estimate
from holdfast.recovering.history.turn import Repair
from holdfast.recovering.history.window import TooSmall, newest
from holdfast.session import Message

__all__ = ["History", "rendered"]

FORMATS: dict[str, Format] = {"openai": openai, "anthropic": anthropic}


@dataclass(frozen=True, slots=True)
class History:
    """A history that a model accepts."""

    messages: list[dict[str, Any]]
    """Ready for the API. It may end with the assistant's words; whoever goes on adds the user's next."""
    system: str | None
    """For Anthropic the text of the leading system messages, if any; for OpenAI None: there they are messages."""
    repairs: list[Repair]
    """In the order of the log: those of the whole history, and those that the format made necessary in the window."""
    left_out: int
    """Messages of the log that are older than the window."""
    tokens: int
    """An estimate for the whole: system, summary and messages."""


def rendered(
    messages: Sequence[Message],
    format: Literal["openai", "anthropic"],  # noqa: A002 - the word that the callers know
    *,
    max_tokens: int | None = None,
    summary: str | None = None,
    count: Callable[[str], int] | None = None,
) -> History:
    """The messages of one conversation, repaired, in a provider's format. The same arguments give the same history.

    With `max_tokens` it is the newest part that fits, no call without its result; the leading system messages are in
    any case. What is left out is summed up, in the `summary` given or in a text of counts and names, and this is
    counted too. `count` gives the tokens of a text; without it they are estimated, rather too high than too low.

    Blocks of text become text. Images, and what else is not text, are passed where this format takes them as they are;
    otherwise their JSON is told as text.

    Raises `InvalidInput` for another format, and where `max_tokens` is too small for the leading system messages, the
    newest message (with its results, if it made calls) and the summary; it says how many would be enough.
    """
    form = FORMATS.get(format)
    if form is None:
        raise InvalidInput("format", f'must be "openai" or "anthropic", not {format!r}')
    if max_tokens is not None and (type(max_tokens) is not int or max_tokens < 1):
        raise InvalidInput("max_tokens", f"must be a whole number above 0, not {max_tokens!r}")
    counted = count or estimate
    turns, repairs = repaired(messages)
    first = sum(1 for _ in takewhile(lambda turn: turn.role == "system", turns))
    leading = [form.leading(turn) for turn in turns[:first]]
    fixed = sum(cost(message, counted) for message in leading)
    try:
        window = newest(turns[first:], form, counted, None if max_tokens is None else max_tokens - fixed, summary)
    except TooSmall as small:
        raise _too_small(fixed + small.enough) from None
    if max_tokens is not None and fixed > max_tokens:
        raise _too_small(fixed)
    if window.turns and not window.left_out and form.opening(window.turns[0]):
        what = "The history does not begin with the user, as it must; words that say nothing stand before it."
        repairs.append(Repair(window.turns[0].seq, "role_order", what))
    for turn in window.turns:
        repairs += form.repairs(turn)
    system, said = form.whole(leading, window.messages)
    repairs.sort(key=lambda repair: repair.seq)
    return History(said, system, repairs, window.left_out, fixed + window.tokens)


def _too_small(enough: int) -> InvalidInput:
    problem = "is too small for the leading system messages, the newest message and what stands for the rest"
    return InvalidInput("max_tokens", f"{problem}; {enough} would be enough")
