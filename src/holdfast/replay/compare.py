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

    `logged` are the session's messages in the order of the log. As many messages as possible are found in their order
    by what they say; of the rest, those are out of order whose content is elsewhere, and those altered whose id is.
    """
    recorded = [orjson.loads(message.data) for message in conversation.messages]
    contents, found = [_content(message) for message in recorded], [_content(event.data) for event in logged]
    kept = _in_order(contents, found)
    moved = _elsewhere(contents, found, kept)
    altered = _under_their_ids(conversation, logged, kept + moved)
    pairs = kept + moved + altered
    for here, there in sorted(pairs):
        if fields := _differing(recorded[here], conversation.times[here], logged[there]):
            yield _difference(conversation, "altered", here, logged[there], f"differs in {', '.join(fields)}")
    for here in sorted(set(range(len(contents))) - {here for here, _ in pairs}):
        yield _difference(conversation, "missing", here, None, _excerpt(recorded[here]))
    for there in sorted(set(range(len(found))) - {there for _, there in pairs}):
        yield _difference(conversation, "extra", None, logged[there], _excerpt(logged[there].data))
    for here, there in sorted(moved) or _swapped_alike(conversation, logged):
        yield _difference(conversation, "out_of_order", here, logged[there], _excerpt(recorded[here]))


def _in_order(recorded: Sequence[bytes], logged: Sequence[bytes]) -> list[Pair]:
    """The most messages that both have in the same order (a longest common subsequence, after Hunt and Szymanski)."""
    same, ends = 0, 0
    shorter = min(len(recorded), len(logged))
    while same < shorter and recorded[same] == logged[same]:
        same += 1
    while ends < shorter - same and recorded[-1 - ends] == logged[-1 - ends]:
        ends += 1
    places: dict[bytes, list[int]] = defaultdict(list)
    for there in reversed(range(same, len(logged) - ends)):
        places[logged[there]].append(there)
    # The places of one message come from the last to the first, so that no rise can use two of them.
    matches = [(here, there) for here in range(same, len(recorded) - ends) for there in places[recorded[here]]]
    pairs = [matches[index] for index in _longest_rise([there for _, there in matches])]
    pairs += [(place, place) for place in range(same)]
    return pairs + [(len(recorded) - 1 - back, len(logged) - 1 - back) for back in range(ends)]


def _elsewhere(recorded: Sequence[bytes], logged: Sequence[bytes], kept: Sequence[Pair]) -> list[Pair]:
    """Messages that the log has in another place."""
    here_kept, there_kept = {here for here, _ in kept}, {there for _, there in kept}
    places: dict[bytes, deque[int]] = defaultdict(deque)
    for there, content in enumerate(logged):
        if there not in there_kept:
            places[content].append(there)
    return [
        (here, places[content].popleft())
        for here, content in enumerate(recorded)
        if here not in here_kept and places[content]
    ]


def _under_their_ids(conversation: Conversation, logged: Sequence[Event], found: Sequence[Pair]) -> list[Pair]:
    """Messages whose content the log does not have, and whose events it has all the same."""
    here_found, there_found = {here for here, _ in found}, {there for _, there in found}
    places = {event.id: there for there, event in enumerate(logged) if there not in there_found}
    return [
        (here, places[draft.id])
        for here, draft in enumerate(conversation.messages)
        if here not in here_found and draft.id in places
    ]


def _swapped_alike(conversation: Conversation, logged: Sequence[Event]) -> list[Pair]:
    """Events out of their publisher's order, though what they say cannot tell: they say the same."""
    places = {draft.id: here for here, draft in enumerate(conversation.messages)}
    pairs = [(places[event.id], there) for there, event in enumerate(logged) if event.id in places]
    kept = _longest_rise([here for here, _ in pairs])
    return [pair for index, pair in enumerate(pairs) if index not in kept]


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
