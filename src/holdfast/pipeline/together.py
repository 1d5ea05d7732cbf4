"""Together: events that are one change, committed all or none, as far as their guards allow it."""

from collections.abc import Sequence

from sqlalchemy import Connection

from holdfast.errors import HoldfastError
from holdfast.events import Draft
from holdfast.outcome import Receipt
from holdfast.pipeline.apply import Item, apply
from holdfast.pipeline.rules import Rules

__all__ = ["together"]


def together(
    connection: Connection, tenant: str, events: Sequence[Draft], *, rules: Rules, look_first: bool = False
) -> list[Receipt]:
    """Commit all of them, in order. Raises what the log or a guard refuses one of them with, and none is committed."""
    items = [Item(tenant, event, strict=True) for event in events]
    receipts = []
    for outcome in apply(connection, items, rules=rules, look_first=look_first):
        if isinstance(outcome, HoldfastError):
            raise outcome
        receipts.append(outcome)
    return receipts
