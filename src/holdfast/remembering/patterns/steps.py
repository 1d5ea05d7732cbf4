"""Steps of the work of one kind, in their order: what is kept of them, whatever their number."""

import re
from typing import Literal

from pydantic import Field

from holdfast.session.parts.base import Mutable

__all__ = ["KEPT", "NAMES", "STEP_KINDS", "Step", "StepKind", "Way", "named"]

StepKind = Literal["step", "task", "workflow", "agent", "artifact", "validation", "decision", "information", "tool"]
STEP_KINDS: tuple[StepKind, ...] = (
    "step", "task", "workflow", "agent", "artifact", "validation", "decision", "information", "tool"
)  # fmt: skip
"""From the kind that says most plainly which step of the work it is."""

KEPT = 12
"""Steps that are kept in their order from the beginning, and as many up to the end."""

NAMES = 60
"""Different steps of a kind that are counted one by one."""

LENGTH = 60
"""Characters of a name."""

_APART = re.compile(r"[\W_]+")
_NUMBER = re.compile(r"^(?:(?:step|phase|stage|part) )?\d+ (?=\S)")


def named(text: str | None) -> str:
    """The name of a step, however it was written: `Step 2: Set_Budget` is `set budget`. Empty where nothing is left."""
    # Cut first: a text may be a megabyte.
    plain = _APART.sub(" ", (text or "")[: 4 * LENGTH].casefold()).strip()
    return _NUMBER.sub("", plain)[:LENGTH].strip()


class Step(Mutable):
    """A step, and the event that first bears it. The same step again and again without another is one."""

    name: str
    event_id: str


class Way(Mutable):
    """The steps of one kind that a session took."""

    first: list[Step] = Field(default_factory=list)
    last: list[Step] = Field(default_factory=list)
    """The last ones of those that are not among the first."""
    counts: dict[str, int] = Field(default_factory=dict)
    """How often each is mentioned, the same step again and again counted each time."""
    total: int = 0
    left_out: int = 0
    """Steps between the first and the last ones."""

    def go(self, name: str, event_id: str) -> None:
        """One more mention."""
        self.total += 1
        if name in self.counts or len(self.counts) < NAMES:
            self.counts[name] = self.counts.get(name, 0) + 1
        newest = self.newest
        if newest is not None and newest.name == name:
            return
        step = Step(name=name, event_id=event_id)
        if len(self.first) < KEPT:
            self.first.append(step)
            return
        self.last.append(step)
        if len(self.last) > KEPT:
            del self.last[0]
            self.left_out += 1

    @property
    def newest(self) -> Step | None:
        """Where it has come to."""
        kept = self.last or self.first
        return kept[-1] if kept else None

    @property
    def chain(self) -> list[Step]:
        """The longest part of it that is known without a gap, from the beginning."""
        return self.first if self.left_out else self.first + self.last

    def mentions(self, name: str) -> int:
        """How often; more rather than less where there were too many names to count."""
        return self.counts.get(name) or self.total - sum(self.counts.values())
