"""The verdict on a forgetting: what of a person is there after all, and what is there that may be."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from holdfast.remembering.receipt import Receipt

__all__ = ["Trace", "Verdict"]


@dataclass(frozen=True, slots=True)
class Trace:
    """Something that was found, and where."""

    where: str
    """A table, `stream`, `notices`, or the location of the blobs."""
    what: str
    count: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is there of a person. `found` must be empty; the others are told so that nobody has to guess."""

    person: str
    """The digest of the tenant and the user's id."""
    found: tuple[Trace, ...]
    """What should be gone."""
    since: tuple[Trace, ...]
    """What the person has begun since they were last forgotten."""
    mentions: tuple[Trace, ...]
    """Where sessions of others name the person's id: these are theirs, and were not changed."""
    receipts: tuple[Receipt, ...]
    """The newest first."""

    @property
    def clean(self) -> bool:
        """Whether nothing was found that should be gone."""
        return not self.found

    def to_json(self) -> dict[str, Any]:
        """The verdict as JSON has it. Of the receipts it has the ids."""
        return {
            "person": self.person,
            "clean": self.clean,
            "found": _listed(self.found),
            "since": _listed(self.since),
            "mentions": _listed(self.mentions),
            "receipts": [each.id for each in self.receipts],
        }


def _listed(traces: Iterable[Trace]) -> list[dict[str, Any]]:
    return [{"where": each.where, "what": each.what, "count": each.count} for each in traces]
