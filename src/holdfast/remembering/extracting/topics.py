"""Wishes for what the vocabulary knows: which topics a clause speaks of, and for or against which of their values."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from holdfast.remembering.extracting.manners import Manner
from holdfast.remembering.extracting.sentences import Clause
from holdfast.remembering.extracting.strength import ASKED, CHOSEN, LEANING
from holdfast.remembering.extracting.vocabulary import cues
from holdfast.remembering.extracting.vocabulary.channels import CHANNELS
from holdfast.remembering.extracting.vocabulary.manner import MANNER
from holdfast.remembering.extracting.vocabulary.things import THINGS
from holdfast.remembering.extracting.vocabulary.topic import Topic, Value
from holdfast.remembering.extracting.wish import Wish

__all__ = ["TOPICS", "channels", "mentioned", "topics"]

TOPICS = (*MANNER, *THINGS)


class Mention(NamedTuple):
    """A value's words in a clause."""

    value: str
    start: int
    end: int


def mentioned(line: str, values: Iterable[Value]) -> list[Mention]:
    """The values that a line speaks of, each once, in places of its own, in the order of the line."""
    found: list[Mention] = []
    for value in values:
        for match in value.pattern.finditer(line):
            if not any(match.start() < other.end and other.start < match.end() for other in found):
                found.append(Mention(value.value, match.start(), match.end()))
                break
    return sorted(found, key=lambda each: each.start)


def topics(clause: Clause, manner: Manner) -> Iterator[Wish]:
    """The wishes of a clause; none where it speaks for two values of one topic in one breath."""
    for topic in TOPICS:
        found = [(each, wish) for each in mentioned(clause.line, topic.values) if (wish := _wish(topic, each, clause, manner))]
        wanted = [(each, wish) for each, wish in found if wish.stance == "for"]
        if len({wish.value for _, wish in wanted}) > 1:
            (earlier, _), (last, _) = wanted[-2:]
            if " , " not in clause.line[earlier.end : last.start] or " or " in clause.line:
                continue
            found = [(each, wish) for each, wish in found if wish.stance == "against"] + [wanted[-1]]
        yield from dict.fromkeys(wish for _, wish in found)


def _wish(topic: Topic, mention: Mention, clause: Clause, manner: Manner) -> Wish | None:
    before, after = clause.line[: mention.start], clause.line[mention.end :]
    if cues.DISCARDED.search(before.rsplit(" , ", 1)[-1] and f" {before.rsplit(' , ', 1)[-1].lstrip()}"):
        return None
    against = _against(before, after)
    value, stance = mention.value, "for"
    if against and value in topic.opposites:
        value = topic.opposites[value]
    elif against:
        stance = "against"
    if topic.standing:
        if cues.OF_A_TEXT.search(clause.line) and not (manner.durable or manner.preferred):
            return None
        return Wish(topic.key, value, manner.strength, stance=stance, temporary=manner.temporary)  # type: ignore[arg-type]
    return _of_thing(topic, value, stance, clause, manner)


def _of_thing(topic: Topic, value: str, stance: str, clause: Clause, manner: Manner) -> Wish | None:
    """A thing is chosen anew each time, so that only what is said as a habit or a liking is a preference."""
    if manner.temporary:
        return None
    if manner.preferred and not manner.specific or (manner.durable and cues.HABITUAL.search(clause.line)):
        strength = (
            min(manner.strength, LEANING) if not manner.durable and manner.strength == LEANING else manner.strength
        )
        return Wish(topic.key, value, strength, stance=stance)  # type: ignore[arg-type]
    if (
        stance == "against"
        or _NEVER_CHOSEN.get(topic.key, _NOTHING).search(clause.line)
        or _NOT_CHOSEN.search(clause.line)
    ):
        return None
    return Wish(topic.key, value, CHOSEN, "inferred")


def _against(before: str, after: str) -> bool:
    near = f" {before.rsplit(' , ', 1)[-1].strip()} "
    return (cues.AGAINST.search(near) is not None and not _NO_DENIAL.search(near)) or cues.OUT.match(after) is not None


def channels(clause: Clause, manner: Manner) -> Iterator[Wish]:
    """The channels that shall be used, and those that shall not."""
    found = mentioned(clause.line, CHANNELS)
    for index, mention in enumerate(found):
        before, after = clause.line[: mention.start], clause.line[mention.end :]
        if _ANOTHER_THING.match(after):
            continue
        first = found[0]
        listed = index > 0 and _LISTED.match(clause.line[found[index - 1].end : mention.start]) is not None
        against = _against(before, after) or (listed and _against(clause.line[: first.start], after))
        if cues.DISCARDED.search(f" {before.rsplit(' , ', 1)[-1].strip()} ") and not _NOT_ON.search(before):
            continue
        if cues.BACK.search(f" {after.strip()} ") or cues.BACK.search(f"{before.rstrip()} "):
            yield Wish(
                "excluded_channels", mention.value, ASKED, stance="against", single=False, temporary=manner.temporary
            )
        elif against:
            yield Wish("excluded_channels", mention.value, manner.strength, single=False, temporary=manner.temporary)
            yield Wish(
                "preferred_channels",
                mention.value,
                manner.strength,
                stance="against",
                single=False,
                temporary=manner.temporary,
            )
        elif _PREFERRED.search(clause.line[: found[0].start]) or (manner.preferred and not manner.specific):
            yield Wish("preferred_channels", mention.value, manner.strength, single=False, temporary=manner.temporary)


import re  # noqa: E402

_NO_DENIAL = re.compile(r" (?:not only|no matter|do not (?:forget|hesitate)|no problem|never (?:mind|forget)|why not) ")
_NOT_CHOSEN = re.compile(
    r" (?:cancel\w*|refund\w*|compensat\w*|remov\w*|currently|was|were|had|have|booked|bought|paid|because|check|know|balances?|how|what|whether|if|which|available|any|"
    r"is|are|did|does|do not|not|no|without|lost|expired|details|question|about|information|issue|problem)(?= )"
)
_NOTHING = re.compile(r"(?!)")
_NEVER_CHOSEN = {
    "cabin": re.compile(r" (?:up|down)grad\w*| (?:chang\w+|switch\w*|reschedul\w+|mov\w+) "),
    "luggage": re.compile(r" check(?:ed)? "),
}
"""What changes a booking is owed to what came in between."""
_ANOTHER_THING = re.compile(
    r"^ (?:link|page|post|icon|login|button|account|group|pixel|api|profile|integration|app|message|comment|handle|url|video|channel name|stock)s? "
)
_LISTED = re.compile(r"^ (?:(?:,|and|or|nor|,? ?(?:and|or)|plus|/|&) )*(?:any |the )?$")
_NOT_ON = re.compile(r" (?:do|never|please) (?:\w+ ){0,5}$")
_PREFERRED = re.compile(
    r" (?:prefer|favour|always|stick (?:to|with)|default to|focus on|love|only|go with|lead with|start with|prioriti[sz]e|lean on|rely on|best with) "
)
