"""Wishes for what the vocabulary knows: which topics a clause speaks of, and for or against which of their values."""

import re
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
from holdfast.remembering.memory.finding import Stance

__all__ = ["TOPICS", "channels", "mentioned", "topics"]

TOPICS = (*MANNER, *THINGS)


_NO_DENIAL = re.compile(r" (?:not only|no matter|do not (?:forget|hesitate)|no problem|never (?:mind|forget)|why not) ")
_NOT_CHOSEN = re.compile(
    r" (?:cancel\w*|refund\w*|compensat\w*|remov\w*|currently|was|were|had|have|booked|bought|paid|because"
    r"|check|know|balances?|how|what|whether|if|which|available|any|"
    r"is|are|did|does|lost|expired|details|question|about|amounts?|information|issue|problem)(?= )"
)
_NOTHING = re.compile(r"(?!)")
_NEVER_CHOSEN = {
    "cabin": re.compile(r" (?:up|down)grad\w*| (?:chang\w+|switch\w*|reschedul\w+|mov\w+) "),
    "luggage": re.compile(r" (?:add|adding|include|with|plus) (?:\w+ ){0,3}check(?:ed)? "),
}
"""What changes a booking is owed to what came in between."""
_ANOTHER_THING = re.compile(
    r"^ (?:link|page|post|icon|login|button|account|group|pixel|api|profile|integration|app|message|comment"
    r"|handle|url|video|channel name|stock)s? "
)
_LISTED = re.compile(r"^ (?:(?:,|and|or|nor|plus|/|&) )*(?:any |the )?$")
_NOT_ON = re.compile(r" (?:do|never|please) (?:\w+ ){0,5}$")
_PREFERRED = re.compile(
    r"(?:^| ,|(?<! when)(?<! if) i|(?<! when)(?<! if) we| please| to| you)(?: (?!it |this |that |he |she "
    r"|they )\w+)? (?:prefer|favour|always (?:use|put|include|run|lead|start|go)|stick (?:to|with)|default to"
    r"|focus on|love|only (?:use|run|do)|go with|lead with|start with"
    r"|prioriti[sz]e|lean on|rely on|best with)(?= )"
)
_PREFERRED_AFTER = re.compile(
    r"^ (?:ads? |marketing )?(?:(?:is|are|has|have|comes?|always|still|usually|become|been|my|our"
    r"|the) )*(?:first|strongest|best|go to|favourite|worked best|works? best|preferred|does best)(?= )"
)


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
        found = [
            (each, wish)
            for each in mentioned(clause.line, topic.values)
            if (wish := _wish(topic, each, clause, manner))
        ]
        wanted = [(each, wish) for each, wish in found if wish.stance == "for"]
        if len({wish.value for _, wish in wanted}) > 1:
            (earlier, _), (last, _) = wanted[-2:]
            if " , " not in clause.line[earlier.end : last.start] or " or " in clause.line:
                continue
            found = [(each, wish) for each, wish in found if wish.stance == "against"] + [wanted[-1]]
        yield from dict.fromkeys(wish for _, wish in found)


def _wish(topic: Topic, mention: Mention, clause: Clause, manner: Manner) -> Wish | None:
    before, after = clause.line[: mention.start], clause.line[mention.end :]
    lost = cues.DISCARDED.search(_near(before))
    if lost and not (topic.standing and lost[0].startswith(" from ")):
        return None
    against = not topic.says_it_all and _against(before, after)
    value = mention.value
    stance: Stance = "for"
    if against and value in topic.opposites:
        value = topic.opposites[value]
    elif against:
        stance = "against"
    if topic.standing:
        if cues.OF_A_TEXT.search(clause.line) and not (manner.durable or manner.preferred):
            return None
        return Wish(topic.key, value, manner.strength, stance=stance, temporary=manner.temporary)
    return _of_thing(topic, value, stance, clause, manner)


def _favoured(before: str, after: str, manner: Manner) -> bool:
    return bool(
        _PREFERRED.search(before) or _PREFERRED_AFTER.search(after) or (manner.preferred and not manner.specific)
    )


def _of_thing(topic: Topic, value: str, stance: Stance, clause: Clause, manner: Manner) -> Wish | None:
    """A thing is chosen anew each time, so that only what is said as a habit or a liking is a preference."""
    if manner.temporary or _NEVER_CHOSEN.get(topic.key, _NOTHING).search(clause.line):
        return None
    if (manner.preferred and not manner.specific) or (manner.durable and cues.HABITUAL.search(clause.line)):
        strength = (
            min(manner.strength, LEANING) if not manner.durable and manner.strength == LEANING else manner.strength
        )
        return Wish(topic.key, value, strength, stance=stance)
    if (
        stance == "against"
        or _NEVER_CHOSEN.get(topic.key, _NOTHING).search(clause.line)
        or _NOT_CHOSEN.search(clause.line)
    ):
        return None
    return Wish(topic.key, value, CHOSEN, "inferred")


def _against(before: str, after: str) -> bool:
    near = _near(before)
    denied = cues.AGAINST.search(near) is not None and not _NO_DENIAL.search(near)
    return denied or cues.OUT.match(after) is not None


def _near(before: str) -> str:
    """The words since the last comma."""
    return f" {before.rsplit(' , ', 1)[-1].strip()} "


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
        if cues.DISCARDED.search(_near(before)) and not _NOT_ON.search(before):
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
        elif _favoured(clause.line[: found[0].start], after, manner):
            yield Wish("preferred_channels", mention.value, manner.strength, single=False, temporary=manner.temporary)
            yield Wish(
                "excluded_channels",
                mention.value,
                manner.strength,
                stance="against",
                single=False,
                temporary=manner.temporary,
            )
