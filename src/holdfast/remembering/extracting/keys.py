"""Keys and values of typed events, in the form in which records name them."""

import re
from collections.abc import Iterator
from typing import Any

from holdfast.remembering.extracting.topics import TOPICS
from holdfast.remembering.extracting.vocabulary.channels import channel
from holdfast.remembering.record import LISTS

__all__ = ["IMPLIED", "KEY_CHARACTERS", "OF_THE_WORK", "OPPOSITES", "key_of", "shown", "slug", "titled", "values_of"]

KEY_CHARACTERS = 60

_ALIASES = {
    "channel": "preferred_channels",
    "channels": "preferred_channels",
    "preferred_channel": "preferred_channels",
    "channel_mix": "preferred_channels",
    "excluded_channel": "excluded_channels",
    "exclude_channels": "excluded_channels",
    "blocked_channels": "excluded_channels",
    "vertical": "default_vertical",
    "communication": "communication_style",
    "style": "communication_style",
    "verbosity": "communication_style",
    "response_style": "communication_style",
    "default_budget": "budget",
    "preferred_language": "language",
    "seat_preference": "seat",
    "cabin_class": "cabin",
    "payment": "payment_method",
}

OPPOSITES = {
    "avoids": "likes",
    "excluded_channels": "preferred_channels",
    "likes": "avoids",
    "preferred_channels": "excluded_channels",
}
"""What is put on one of these lists is off the other."""

IMPLIED = frozenset(
    {
        "budget",
        "preferred_channels",
        "default_vertical",
        "measurement",
        "kpi",
        "objective",
        "audience",
        *(topic.key for topic in TOPICS),
    }
)
"""Of what was chosen under these keys, a preference may be seen."""

OF_THE_WORK = re.compile(
    r"(?:^|_)(?:date|dates|days|deadline|origin|destination|reservation|reservation_id|order|order_id|booking"
    r"|booking_id|ticket|trip|flight|task|today|current|status|issue|problem|start|end|from|to|due|budget"
    r"|objectives?|"
    r"user_id|session|session_id|request|question|amount|quantity|reason|confirmation|passengers?)(?:_|$)"
)
"""Keys of what is about the work at hand, and means little once it is done."""


def key_of(key: str) -> str:
    """A key in lower case with underscores, and of those that mean the same the one that records use."""
    plain = slug(re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key))
    return _ALIASES.get(plain, plain)


def slug(text: str, *, words: int = 8) -> str:
    """The first words of a text as a key; empty when it has none."""
    return "_".join(re.findall(r"\w+", text.casefold().replace("_", " "))[:words])[:KEY_CHARACTERS].strip("_")


def values_of(key: str, value: Any) -> Iterator[tuple[Any, bool]]:
    """The values that a key is given, and whether only one can hold: of a list of channels, each one by itself."""
    if key in LISTS:
        for each in value if isinstance(value, list) else [value]:
            yield (channel(each) if isinstance(each, str) and key.endswith("channels") else each), False
        return
    yield (_known(key, value.strip()) if isinstance(value, str) else value), True


def _known(key: str, value: str) -> str:
    """The value as it is known, where it differs from that in case alone; otherwise as it was given."""
    return next(
        (
            each.value
            for topic in TOPICS
            if topic.key == key
            for each in topic.values
            if each.value.casefold() == value.casefold()
        ),
        value,
    )


def titled(key: str) -> str:
    """A key for people."""
    plain = key.replace("_", " ")
    return plain[:1].upper() + plain[1:]


def shown(value: Any) -> str:
    """A value for people, on one line and not long."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dict):
        return ", ".join(f"{key}: {shown(each)}" for key, each in list(value.items())[:6])[:160]
    if isinstance(value, list):
        return ", ".join(shown(each) for each in value[:8])[:160]
    if isinstance(value, int) and abs(value) >= 10_000 and value.bit_length() < 128:
        return f"{value:,}"
    return (
        " ".join(str(value)[:400].split())[:160]
        if not isinstance(value, int) or value.bit_length() < 128
        else "a large number"
    )
