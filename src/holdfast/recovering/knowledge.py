"""The fourth step's output: what is known, and what of it is new since the recovery point."""

from collections.abc import Sequence
from typing import Any

from holdfast.recovering.observation import Change
from holdfast.saving.diff import Difference
from holdfast.session import State

__all__ = ["knowledge"]

OF_KNOWLEDGE = frozenset({"knowledge", "information", "preferences", "decisions_made", "pending_decisions"})


def knowledge(state: State, since: Sequence[Difference], changes: Sequence[Change]) -> dict[str, Any]:
    """The updated knowledge base in short: how much is known of each kind, what was learned since, what changed."""
    return {
        "decisions": len(state.decisions_made),
        "pending_decisions": len(state.pending_decisions),
        "information": sorted(state.information),
        "preferences": sorted(state.preferences),
        "areas": sorted(state.knowledge),
        "learned_since": sorted({each.where for each in since if each.path[0] in OF_KNOWLEDGE}),
        "changed_in_the_world": [each.sentence for each in changes],
    }
