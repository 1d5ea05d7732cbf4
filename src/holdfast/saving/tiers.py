"""The tiers: how much of a session a save holds."""

from typing import Literal

__all__ = ["BITS", "TIERS", "Tier"]

Tier = Literal["context", "conversation", "project_state", "full"]

TIERS: tuple[Tier, ...] = ("context", "conversation", "project_state", "full")
"""From the lightest, which is saved most often, to the one that is enough by itself."""

BITS: dict[Tier, int] = {tier: 1 << place for place, tier in enumerate(TIERS)}
"""A set of tiers as a number: the sum of these."""
