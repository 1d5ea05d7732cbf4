"""What is read of an archived session: the same as of any other, at the cost of reading all of it."""

from itertools import islice

from holdfast.events import Event
from holdfast.pipeline.restored import Restored
from holdfast.session import MAIN, Message, message

__all__ = ["count", "events", "messages"]


def events(whole: Restored, *, after: int, limit: int | None) -> list[Event]:
    """Those above `after`, at most `limit`."""
    return list(islice((event for event in whole.events() if event.seq > after), limit))


def messages(
    whole: Restored, *, conversation: str | None, after: int, before: int | None, limit: int | None
) -> list[Message]:
    """The newest `limit` between the two, in order; of one conversation, or of all."""
    names = {conversation, None} if conversation == MAIN else {conversation}
    read = [
        message(event)
        for event in whole.events()
        if event.type == "message.added"
        and event.seq > after
        and (before is None or event.seq < before)
        and (conversation is None or event.conversation in names)
    ]
    return read if limit is None else read[-limit:]


def count(whole: Restored) -> int:
    """How many there are, each followed along the chain."""
    return sum(1 for _ in whole.lines())
