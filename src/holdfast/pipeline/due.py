"""Due: which saves new events make due, and when."""

from collections.abc import Sequence

import orjson

from holdfast.saving.policy import TAIL, Policy, policy_of
from holdfast.saving.tiers import BITS, Tier
from holdfast.store.log import Head, Row
from holdfast.store.timers import SaveTimer

__all__ = ["saves_due"]


def saves_due(heads: Sequence[Head], rows: Sequence[Row], autosave: Policy) -> list[SaveTimer]:
    """The timers to be set after these rows: for each tier that has none, and at once for what an event triggers.

    The heads remember which timers are set, and are brought up to date here, so that an event of a session that is to
    be saved anyway costs no statement.
    """
    policies = {head.key: policy_of(autosave, head.autosave) for head in heads}
    due: dict[tuple[int, Tier], SaveTimer] = {}
    for head in heads:
        _by_interval(head, policies[head.key], due)
    for row in rows:
        trigger = policies[row[0]].trigger(row[3])
        if trigger is not None:
            tier = trigger.tier or orjson.loads(row[11]).get("tier") or "full"
            due[row[0], tier] = SaveTimer(row[0], tier, 0.0, trigger.reason)
    for head in heads:
        head.timed |= sum(bit for tier, bit in BITS.items() if (head.key, tier) in due and not head.timed & bit)
    return list(due.values())


def _by_interval(head: Head, policy: Policy, due: dict[tuple[int, Tier], SaveTimer]) -> None:
    if not policy.enabled:
        return
    for tier, bit in BITS.items():
        if not head.timed & bit:
            due[head.key, tier] = SaveTimer(head.key, tier, policy.intervals[tier], None)
    if head.seq - head.saved >= policy.tail and TAIL.reason in policy.triggers:
        due[head.key, "context"] = SaveTimer(head.key, "context", 0.0, TAIL.reason)
