"""The newest part of a history that fits a model's window."""

from typing import NamedTuple

from holdfast.recovering.history.formats import Format, Json
from holdfast.recovering.history.leaving import LeftOut
from holdfast.recovering.history.tokens import Count, cost
from holdfast.recovering.history.turn import Turn

__all__ = ["TooSmall", "Window", "newest"]


class Window(NamedTuple):
    """What fits."""

    turns: list[Turn]
    messages: list[Json]
    """Of these turns, with what stands for those left out before them."""
    left_out: int
    """Messages of the log that are not in it."""
    tokens: int


class TooSmall(Exception):
    """Not even the newest turn fits. It never leaves this package."""

    def __init__(self, enough: int) -> None:
        super().__init__(enough)
        self.enough = enough


def newest(turns: list[Turn], form: Format, count: Count, room: int | None, summary: str | None) -> Window:
    """The newest turns that fit the room, and the summary of those that do not; all of them where the room is None.

    What is older than the window is not rendered. Raises `TooSmall`.
    """
    if not turns:
        return Window([], [], 0, 0)
    walk = _Walk(form, count, room)
    walk.back(turns)
    if len(walk.kept) == len(turns):
        opening = form.opening(turns[0])
        tokens = walk.tokens + sum(cost(message, count) for message in opening)
        if room is None or tokens <= room:
            return Window(turns, [*opening, *walk.messages()], 0, tokens)
        if len(turns) == 1:
            raise TooSmall(tokens)
        walk.drop_oldest()
    return _summarised(turns, walk, summary)


class _Walk:
    """The turns kept so far, the newest first, each as its messages and what these take."""

    def __init__(self, form: Format, count: Count, room: int | None) -> None:
        self.form, self.count, self.room = form, count, room
        self.kept: list[tuple[list[Json], int]] = []
        self.tokens = 0

    def back(self, turns: list[Turn]) -> None:
        """From the end as far as there is room; the newest turn in any case."""
        for turn in reversed(turns):
            messages = self.form.messages(turn)
            tokens = sum(cost(message, self.count) for message in messages)
            if self.kept and self.room is not None and self.tokens + tokens > self.room:
                break
            self.kept.append((messages, tokens))
            self.tokens += tokens

    def drop_oldest(self) -> None:
        """One turn less."""
        self.tokens -= self.kept.pop()[1]

    def messages(self) -> list[Json]:
        """Those of the turns kept, in order."""
        return [message for messages, _ in reversed(self.kept) for message in messages]


def _summarised(turns: list[Turn], walk: _Walk, summary: str | None) -> Window:
    """Give up the oldest turns until there is room for the summary of what was given up."""
    left = LeftOut()
    first = 0
    while True:
        for turn in turns[first : len(turns) - len(walk.kept)]:
            left.add(turn)
        first = len(turns) - len(walk.kept)
        note = walk.form.summary(left.text(summary))
        taken = cost(note, walk.count)
        if walk.room is None or walk.tokens + taken <= walk.room:
            return Window(turns[first:], [note, *walk.messages()], left.messages, walk.tokens + taken)
        if len(walk.kept) == 1:
            raise TooSmall(walk.tokens + taken)
        # As many at once as this summary asks for: the next is hardly longer, and counting a long one takes its time.
        while len(walk.kept) > 1 and walk.tokens + taken > walk.room:
            walk.drop_oldest()
