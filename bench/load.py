"""Messages like those that agents exchange, the same ones on every machine.

Their sizes follow recordings of customer-service agents: half of them are below 250 bytes of JSON, the mean is about
500, tool results are the large ones, and now and then there is a system prompt of some kilobytes.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

__all__ = ["WORDS", "Message", "event", "messages"]

Message = dict[str, Any]

TEXT = """
    the a to of and in for is on that with your you it we can be this have are not from our was will as please at
    would like my flight booking reservation account order payment refund card number date name change cancel
    policy ticket seat baggage insurance member confirm details available option price total passenger departure
    arrival airport before after hours within because however provide request update status system transfer help
    device network data plan customer support agent already another first last next check found issue resolved
"""
WORDS = TEXT.split()
TOOLS = ("get_user_details", "get_reservation", "search_flights", "update_booking", "calculate", "list_orders")
FIELDS = ("id", "status", "origin", "destination", "amount", "currency", "created", "cabin", "notes", "method")
EPOCH = datetime(2026, 1, 29, 10, tzinfo=UTC)


def messages(count: int, seed: int = 1) -> list[Message]:
    """The first `count` messages of an endless series of conversations."""
    return list(islice(_conversations(random.Random(seed)), count))


def event(message: Message) -> dict[str, Any]:
    """What a client publishes for it."""
    return {"type": "message.added", "conversation": "main", "data": message}


def _conversations(rng: random.Random) -> Iterator[Message]:
    at = EPOCH
    while True:
        for said in _conversation(rng):
            at += timedelta(milliseconds=rng.randrange(300, 9000))
            yield {**said, "timestamp": at.isoformat()}


def _conversation(rng: random.Random) -> Iterator[Message]:
    if rng.random() < 0.4:
        yield {"role": "system", "content": _prose(rng, rng.randrange(4000, 7000))}
    for _ in range(rng.randrange(5, 12)):
        yield {"role": "user", "content": _prose(rng, int(rng.lognormvariate(4.7, 0.6)))}
        for _ in range(rng.choice((0, 1, 1, 2))):
            yield from _tool_call(rng)
        yield {"role": "assistant", "content": _prose(rng, int(rng.lognormvariate(5.5, 0.7)))}


def _tool_call(rng: random.Random) -> Iterator[Message]:
    call = f"call_{rng.getrandbits(64):016x}"
    name = rng.choice(TOOLS)
    arguments = {rng.choice(FIELDS): rng.choice(WORDS), "id": f"{rng.getrandbits(32):08X}"}
    yield {"role": "assistant", "content": None, "tool_calls": [{"id": call, "name": name, "arguments": arguments}]}
    yield {"role": "tool", "tool_call_id": call, "name": name, "content": _record(rng, rng.lognormvariate(6.2, 0.9))}


def _prose(rng: random.Random, size: int) -> str:
    text = " ".join(rng.choices(WORDS, k=size // 5 + 1))
    return text[:size].strip().capitalize() or "Yes."


def _record(rng: random.Random, size: float) -> str:
    """A tool's answer: JSON, written into text as tools do."""
    parts = [
        f'"{rng.choice(FIELDS)}": "{rng.choice(WORDS)} {rng.getrandbits(28):07x}"' for _ in range(int(size) // 28 + 1)
    ]
    return "{" + ", ".join(parts) + "}"
