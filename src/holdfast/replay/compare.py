"""One recorded conversation against the messages that the log has of it."""

from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

import orjson

from holdfast.errors import InvalidInput
from holdfast.events import Event, instant
from holdfast.replay.recording import Conversation
from holdfast.replay.report import Difference, Kind

__all__ = ["compare"]

Pair = tuple[int, int]
"""A message's place in the recording, and its place in the log."""


def compare(conversation: Conversation, logged: Sequence[Event]) -> Iterator[Difference]:
    """What is missing, altered, out of order or there besides; nothing where both say the same in the same order.

    `logged` are the session's messages in the order of the log. A message is first sought under its own id with its own
    content, then anywhere by its content, then under its id with another content: so one that changed places is not
    taken for two that changed their words.
    """
    recorded = [orjson.loads(message.data) for message in conversation.messages]
    pairs, lost, besides = _paired(conversation, recorded, logged)
    by_id = {logged[there].id: there for there in besides}
    altered = [(here, by_id[draft.id]) for here in lost if (draft := conversation.messages[here]).id in by_id]
    for here, there in sorted(pairs + altered):
        if fields := _differing(recorded[here], conversation.times[here], logged[there]):
            yield _difference(conversation, "altered", here, logged[there], f"differs in {', '.join(fields)}")
    for here in sorted(set(lost) - {here for here, _ in altered}):
        yield _difference(conversation, "missing", here, None, _excerpt(recorded[here]))
    for there in sorted(set(besides) - {there for _, there in altered}):
        yield _difference(conversation, "extra", None, logged[there], _excerpt(logged[there].data))
    for here, there in _displaced(sorted(pairs + altered)):
        yield _difference(conversation, "out_of_order", here, logged[there], _excerpt(recorded[here]))


def _paired(
    conversation: Conversation, recorded: Sequence[dict[str, Any]], logged: Sequence[Event]
) -> tuple[list[Pair], list[int], list[int]]:
    """Messages whose content is found; those recorded and not found; those in the log that nobody sought."""
    contents = [_content(message) for message in recorded]
    places = {event.id: place for place, event in enumerate(logged)}
    pairs: list[Pair] = []
    for here, draft in enumerate(conversation.messages):
        there = places.get(draft.id)
        if there is not None and _content(logged[there].data) == contents[here]:
            pairs.append((here, there))
    found = {there for _, there in pairs}
    elsewhere: dict[bytes, deque[int]] = defaultdict(deque)
    for there, event in enumerate(logged):
        if there not in found:
            elsewhere[_content(event.data)].append(there)
    sought = {here for here, _ in pairs}
    lost = []
    for here, content in enumerate(contents):
        if here not in sought:
            if elsewhere[content]:
                pairs.append((here, elsewhere[content].popleft()))
            else:
                lost.append(here)
    return pairs, lost, [there for places in elsewhere.values() for there in places]


def _content(message: dict[str, Any]) -> bytes:
    """Everything that a message says but its time. A null and an empty list of calls say as much as an absent field."""
    said = {key: value for key, value in message.items() if value not in (None, []) and key != "timestamp"}
    return orjson.dumps(said, option=orjson.OPT_SORT_KEYS)


def _differing(recorded: dict[str, Any], at: datetime | None, event: Event) -> list[str]:
    fields = sorted((recorded.keys() | event.data.keys()) - {"timestamp"})
    differing = [
        field for field in fields if _content({field: recorded.get(field)}) != _content({field: event.data.get(field)})
    ]
    if at is not None and {event.occurred_at, _said_at(event)} != {at}:
        differing.append("timestamp")
    return differing


def _said_at(event: Event) -> datetime | None:
    try:
        return instant("timestamp", event.data.get("timestamp", event.occurred_at))
    except InvalidInput:
        return None


def _displaced(pairs: Sequence[Pair]) -> list[Pair]:
    """The fewest messages that would have to move for the log to have the recording's order."""
    kept = _longest_rise([there for _, there in pairs])
    return [pair for index, pair in enumerate(pairs) if index not in kept]


def _longest_rise(numbers: Sequence[int]) -> set[int]:
    """The indexes of a longest rising subsequence."""
    ends: list[int] = []  # the smallest number in which a rise of that length can end
    at: list[int] = []  # its index
    before: list[int] = []
    for index, number in enumerate(numbers):
        length = bisect_left(ends, number)
        before.append(at[length - 1] if length else -1)
        ends[length : length + 1] = [number]
        at[length : length + 1] = [index]
    kept = set()
    index = at[-1] if at else -1
    while index >= 0:
        kept.add(index)
        index = before[index]
    return kept


def _difference(
    conversation: Conversation, kind: Kind, here: int | None, event: Event | None, detail: str
) -> Difference:
    return Difference(
        kind,
        conversation.session_id,
        conversation.place,
        message=None if here is None else here + 1,
        seq=None if event is None else event.seq,
        detail=detail,
    )


def _excerpt(message: dict[str, Any]) -> str:
    calls = message.get("tool_calls")
    said = message.get("content") or (f"calls {', '.join(str(call['name']) for call in calls)}" if calls else "")
    text = " ".join(str(said).split())
    return f"{message.get('role')}: {text[:60]}{'…' if len(text) > 60 else ''}"
