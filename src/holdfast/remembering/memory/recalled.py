"""Recalled text: what comes from memory stands between marks, so that it is never learned a second time.

    <recalled-memory id="2f1c…">Prefers concise answers.</recalled-memory>

Agents put what they recall into prompts, and prompts into the log. Whatever stands between the marks there says
nothing new: an agent that reads of a preference has not heard it again.
"""

import re
from collections.abc import Iterable
from html import escape
from typing import Protocol

__all__ = ["Tellable", "told", "without_recalled"]

EMPTY = re.compile(r"<\s*recalled-memory\b[^<>]*/\s*>", re.IGNORECASE)
MARK = re.compile(r"<(?P<closing>[\s/]*)recalled-memory\b[^<>]*>?", re.IGNORECASE)


class Tellable(Protocol):
    """What can be told: a memory, or one as an event has it."""

    @property
    def id(self) -> str:
        """Names it."""
        ...

    @property
    def text(self) -> str | None:
        """A sentence; where there is none, nothing is told."""
        ...


def told(memories: Iterable[Tellable]) -> str:
    """The memories, one a line between marks, to be put before an agent. No text can close its own mark."""
    return "\n".join(
        f'<recalled-memory id="{escape(each.id)}">{escape(each.text, quote=False)}</recalled-memory>'
        for each in memories
        if each.text
    )


def without_recalled(text: str) -> str:
    """`text` without what stands between marks, however broken they are.

    What follows an opening mark up to the next one, and what precedes a closing mark back to the one before, was
    recalled: so a mark whose other half was cut off takes what is left of its text with it.
    """
    text = EMPTY.sub("", text)
    kept, start, opened = [], 0, False
    for mark in MARK.finditer(text):
        closes = "/" in mark["closing"]
        if not opened and not closes:
            kept.append(text[start : mark.start()])
        start, opened = mark.end(), not closes
    if not opened:
        kept.append(text[start:])
    return "".join(kept)
