"""The demo's plan without its processes, and what its check says where all is well."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from holdfast.demo.handed import Handed, Usage
from holdfast.demo.outside import Deed, Outside
from holdfast.demo.planner import Planner
from holdfast.events import EffectIntended, EffectSettled, Payload

__all__ = ["HANDED", "Batch", "flat", "outside", "steps"]

Batch = tuple[Payload, ...]

HANDED = Handed(
    life=(1, 1, 1),
    rested=4,
    unfounded=0,
    usage=Usage(limit=14, used=13, open=0, kept=True),
    ledger=13,
    out_of_scope=1,
    over_budget=1,
    asked=1,
    answered=1,
    refused=1,
    merged=3,
    reported=3,
)


def steps(planner: Planner) -> Iterator[Batch]:
    """What is committed together, each when it is: as an agent would, which is broken off between any two."""
    for step in planner.work():
        if isinstance(step, Deed):
            yield (EffectIntended(action=step.kind, effect_id=step.key, idempotency_key=step.key, target=step.target),)
            step.result = step.do()
            yield (EffectSettled(effect_id=step.key, outcome="done", result=step.result),)
        else:
            yield step


def flat(batches: Sequence[Batch]) -> list[Payload]:
    return [event for batch in batches for event in batch]


def outside(folder: Path) -> Outside:
    folder.mkdir(exist_ok=True)
    return Outside(folder, answer_seconds=0)
