"""What `information.provided` tells of the user, and what they seem to prefer by it."""

from collections.abc import Iterator

from holdfast.events import InformationProvided
from holdfast.remembering.extracting.keys import IMPLIED, OF_THE_WORK, key_of, shown, slug, titled, values_of
from holdfast.remembering.extracting.seen import Seen
from holdfast.remembering.extracting.strength import CHOSEN, SAID_SO, TOLD_BY_AGENT
from holdfast.remembering.memory import Finding

__all__ = ["implied", "told"]

SHORT = 100
"""Characters of what an agent may tell of the user."""


def told(seen: Seen) -> Iterator[Finding]:
    """The fact, as the event gives it; of the work at hand, it is kept for a short time only."""
    said = seen.event.payload
    if not isinstance(said, InformationProvided):
        return
    key = slug(said.key)
    by_agent = said.provided_by is not None and not seen.by_a_person(said.provided_by)
    if by_agent and not _short(said.value):
        return  # what a tool returned is in the log; nobody said it of the user
    note = f" ({said.note})" if said.note else ""
    yield from seen.finding(
        "fact",
        key,
        said.value,
        f"{titled(key)}: {shown(said.value)}{note}",
        source="agent" if by_agent else "user",
        strength=TOLD_BY_AGENT if by_agent else SAID_SO,
        temporary=OF_THE_WORK.search(key) is not None,
    )
    if not by_agent:
        yield from implied(seen, said.key, said.value)


def _short(value: object) -> bool:
    return isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= SHORT)


def implied(seen: Seen, given_key: str, given: object) -> Iterator[Finding]:
    """What the user may prefer, going by what they chose here: little by itself, more when it comes again."""
    key = key_of(given_key)
    if key not in IMPLIED:
        return
    for value, single in values_of(key, given):
        text = f"{titled(key)}: {shown(value)}. Chose it"
        yield from seen.finding("preference", key, value, text, source="inferred", strength=CHOSEN, single=single)
