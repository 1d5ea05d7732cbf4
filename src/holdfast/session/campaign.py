"""A campaign's life: which status may follow which."""

from typing import Final

from holdfast.events import CampaignStatus

__all__ = ["FOLLOWING", "following", "legal"]

FOLLOWING: Final[dict[CampaignStatus, frozenset[CampaignStatus]]] = {
    "kickoff": frozenset({"in_progress", "closed"}),
    "in_progress": frozenset({"review", "closed"}),
    "review": frozenset({"in_progress", "published", "closed"}),
    "published": frozenset({"closed"}),
    "closed": frozenset(),
}
"""What may come next. A review may send the work back; whatever a campaign is, it may be closed; then nothing comes."""


def legal(before: str | None, after: str) -> bool:
    """Whether a campaign may go there. The first status that is known may be any, and to stay is no step."""
    # A status that is not in the table was written by a newer release, which knows better what may follow it.
    return before is None or before == after or before not in FOLLOWING or after in FOLLOWING[before]


def following(before: str | None) -> list[CampaignStatus]:
    """Where it may go, in the order of a campaign's life."""
    return [each for each in FOLLOWING if each != before and legal(before, each)]
