"""What becomes of an event: a receipt, or the error that says why it was refused; and how either travels."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple
from uuid import UUID

from holdfast.errors import HoldfastError, InvalidInput, Refused

__all__ = ["Outcome", "Receipt", "error", "packed", "unpacked"]


class Receipt(NamedTuple):
    """An event is in the log. `duplicate` where it was seen to be there before."""

    event_id: UUID
    seq: int
    duplicate: bool = False


Outcome = Receipt | HoldfastError


def packed(event_id: UUID, outcome: Outcome) -> dict[str, Any]:
    """An outcome as JSON holds it."""
    if isinstance(outcome, Receipt):
        return {"id": str(event_id), "seq": outcome.seq, "duplicate": outcome.duplicate}
    return {"id": str(event_id), "code": outcome.code, "message": outcome.message}


def unpacked(told: Mapping[str, Any], session_id: str) -> tuple[UUID, Outcome]:
    """The other way round."""
    event_id = UUID(told["id"])
    if "seq" in told:
        return event_id, Receipt(event_id, told["seq"], told["duplicate"])
    return event_id, error(session_id, told["code"], told["message"])


def error(session_id: str, code: str, message: str) -> HoldfastError:
    """The error of that code, for a refusal that was written down."""
    kind = next((kind for kind in _below(HoldfastError) if kind.code == code), HoldfastError)
    if issubclass(kind, InvalidInput):
        field, _, problem = message.partition(": ")
        return kind(field, problem)
    return kind(session_id, message) if issubclass(kind, Refused) else kind(message)


def _below(root: type[HoldfastError]) -> Iterator[type[HoldfastError]]:
    for kind in root.__subclasses__():
        yield kind
        yield from _below(kind)
