"""Preferences that an event states as such: `preference.stated`, and `preference.refused` against one."""

from collections.abc import Iterator

from holdfast.events import PreferenceRefused, PreferenceStated
from holdfast.remembering.extracting.keys import OPPOSITES, key_of, shown, titled, values_of
from holdfast.remembering.extracting.seen import Seen
from holdfast.remembering.extracting.strength import SAID_SO, sureness
from holdfast.remembering.memory import Finding

__all__ = ["refused", "stated"]


def stated(seen: Seen) -> Iterator[Finding]:
    """The user said how things should be."""
    said = seen.event.payload
    if not isinstance(said, PreferenceStated):
        return
    key, note = key_of(said.key), f" ({said.note})" if said.note else ""
    strength = SAID_SO * sureness(said.confidence)
    if said.value in (None, [], ""):
        none = f"{titled(key)}: none{note}"
        yield from seen.finding("preference", key, None, none, source="user", strength=strength, stance="against")
        return
    for value, single in values_of(key, said.value):
        if key in OPPOSITES:
            yield from seen.finding(
                "preference",
                OPPOSITES[key],
                value,
                f"{titled(OPPOSITES[key])}: not {shown(value)}{note}",
                source="user",
                strength=strength,
                stance="against",
                single=single,
            )
        yield from seen.finding(
            "preference",
            key,
            value,
            f"{titled(key)}: {shown(value)}{note}",
            source="user",
            strength=strength,
            single=single,
        )


def refused(seen: Seen) -> Iterator[Finding]:
    """The user did not want what was taken for a preference. A null is whatever it was."""
    said = seen.event.payload
    if not isinstance(said, PreferenceRefused):
        return
    key, reason = key_of(said.key), f" ({said.reason})" if said.reason else ""
    for value, single in values_of(key, said.value):
        yield from seen.finding(
            "preference",
            key,
            value,
            f"{titled(key)}: not {'what was taken for it' if value is None else shown(value)}{reason}",
            source="user",
            strength=SAID_SO,
            stance="against",
            single=single,
        )
