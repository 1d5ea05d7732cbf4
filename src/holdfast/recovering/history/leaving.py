"""What stands for the messages that a window leaves out: nothing that they do not say."""

from collections import Counter

from holdfast.recovering.history.turn import Turn

__all__ = ["LeftOut"]

SHORT = 300
"""Characters of the first request, and of a tool's name, that a summary shows."""
TOOLS = 12
"""Tools that a summary names."""


class LeftOut:
    """The turns before a window, as they are added in their order."""

    def __init__(self) -> None:
        self.messages = 0
        self._requests = 0
        self._first: str | None = None
        self._tools: Counter[str] = Counter()
        self._interrupted: Counter[str] = Counter()

    def add(self, turn: Turn) -> None:
        """The next turn is left out too."""
        self.messages += turn.messages
        for call in turn.calls:
            self._tools[call.name] += 1
            self._interrupted[call.name] += call.result is None
        if turn.role == "user":
            self._requests += 1
            words = next((piece for piece in turn.content if isinstance(piece, str)), None)
            self._first = self._first or words

    def text(self, summary: str | None) -> str:
        """The summary given, or one of our own; whichever it is, with what is uncertain."""
        given = summary if summary is not None and summary.strip() else None
        parts = [f"[Summary of what came before and is left out here: {_number(self.messages, 'message')}]"]
        parts += [given] if given else self._own()
        if interrupted := +self._interrupted:
            calls = _named(interrupted)
            parts.append(f"Calls whose result is not known, nor whether they took effect: {calls}.")
        return "\n".join(parts)

    def _own(self) -> list[str]:
        parts = []
        if self._first is not None:
            said = _number(self._requests, "message")
            parts.append(f"The user sent {said}; the first began: {_short(self._first)}")
        if self._tools:
            parts.append(f"Tools called: {_named(self._tools)}.")
        return parts


def _named(tools: Counter[str]) -> str:
    """By how often each was called; of those called equally often, the first called first."""
    shown = [f"{_short(name)} ({times})" for name, times in tools.most_common(TOOLS)]
    more = len(tools) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _short(text: str) -> str:
    line = " ".join(text[: 4 * SHORT].split())
    return line if len(line) <= SHORT and len(text) <= 4 * SHORT else line[: SHORT - 1] + "…"


def _number(many: int, what: str) -> str:
    return f"{many} {what}" if many == 1 else f"{many} {what}s"
