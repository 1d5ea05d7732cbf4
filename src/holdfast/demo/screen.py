"""The screen: lines, cut where a terminal ends, whole where nobody's terminal is."""

from rich.console import Console
from rich.text import Text

__all__ = ["Screen"]


class Screen:
    """Everything that is written on it was measured or read back; nothing is written in advance."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def line(self, text: str = "", style: str = "") -> None:
        """One line."""
        overflow = "ellipsis" if self._console.is_terminal else "ignore"
        crop = self._console.is_terminal
        self._console.print(Text(text, style), no_wrap=True, overflow=overflow, crop=crop)  # type: ignore[arg-type]  # a literal

    def title(self, text: str) -> None:
        """A line that begins a part."""
        self.line()
        self.line(text, "bold")
