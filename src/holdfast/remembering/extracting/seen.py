"""An event as the extractor sees it: with the few before it, and with what it must know to say whose a finding is."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from holdfast.events import Event, MessageAdded
from holdfast.remembering.extracting.recalled import Recalled
from holdfast.remembering.extracting.secrets import secret
from holdfast.remembering.memory import Finding, Kind, Source
from holdfast.remembering.memory.finding import TEXT_CHARACTERS, Stance

__all__ = ["CONTEXT", "Seen", "shortened"]

CONTEXT = 8
"""Events before the one that is read which may be looked at, as for the question that a short answer belongs to."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One event, and what surrounds it."""

    event: Event
    before: tuple[Event, ...]
    """The events before it, the oldest first; at most `CONTEXT`."""
    user_id: str
    campaign: str | None
    recalled: Recalled

    def finding(  # noqa: PLR0913  # the fields of a finding that differ
        self,
        kind: Kind,
        key: str,
        value: Any,
        text: str,
        *,
        source: Source,
        strength: float,
        campaign: bool = False,
        stance: Stance = "for",
        single: bool = True,
        temporary: bool = False,
    ) -> Iterator[Finding]:
        """A finding of this event, unless it is a secret or came from memory; `campaign`: of the campaign, if any."""
        if not key or (value is None and stance == "for") or value in ("", [], {}) or secret(key, value, text):
            return
        if self.recalled.holds(text) or (isinstance(value, str) and self.recalled.holds(value)):
            return
        if source != "user" and stance == "for" and self.recalled.gave(kind, key, value):
            return  # an agent does what it was told of the user, which is no news of the user
        yield Finding(
            owner_kind="campaign" if campaign and self.campaign is not None else "user",
            kind=kind,
            key=key,
            value=value,
            text=shortened(text),
            source=source,
            event_id=self.event.id,
            seq=self.event.seq,
            said_at=self.event.occurred_at,
            strength=round(strength, 3),
            stance=stance,
            single=single,
            temporary=temporary,
        )

    def by_a_person(self, name: str | None) -> bool:
        """Whether that name, or else whoever published the event, is a person rather than an agent."""
        by = (name or self.event.actor).strip()
        return by == self.user_id or by.startswith("@") or by.casefold() in _PEOPLE

    def answered(self) -> str | None:
        """What the agent said last in the same conversation, when nothing but tools has spoken since."""
        for earlier in reversed(self.before):
            if earlier.type != MessageAdded.TYPE or earlier.conversation != self.event.conversation:
                continue
            content = earlier.data.get("content")
            if earlier.data.get("role") == "assistant" and isinstance(content, str) and content.strip():
                return content
            if earlier.data.get("role") == "user":
                return None
        return None


_PEOPLE = frozenset({"user", "owner", "campaign owner", "campaign_owner", "customer", "client", "human"})


def shortened(text: str) -> str:
    """The text on one line, of at most as many characters as a memory may have."""
    line = " ".join(text.split())
    return line if len(line) <= TEXT_CHARACTERS else f"{line[: TEXT_CHARACTERS - 1].rstrip()}…"
