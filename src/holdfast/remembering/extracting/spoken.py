"""What the user says in messages. What agents, tools and prompts say is not the user's."""

import re
from collections.abc import Iterator
from typing import Any

from holdfast.events import MessageAdded
from holdfast.remembering.extracting.amounts import amounts, verticals
from holdfast.remembering.extracting.answers import answers
from holdfast.remembering.extracting.facts import facts
from holdfast.remembering.extracting.keys import shown, titled
from holdfast.remembering.extracting.likings import likings
from holdfast.remembering.extracting.manners import manner_of, meant
from holdfast.remembering.extracting.secrets import secret
from holdfast.remembering.extracting.seen import Seen
from holdfast.remembering.extracting.sentences import Clause, Sentence, sentences
from holdfast.remembering.extracting.strength import PLAIN
from holdfast.remembering.extracting.topics import channels, topics
from holdfast.remembering.extracting.wish import Wish
from holdfast.remembering.memory import Finding
from holdfast.remembering.memory.finding import Stance

__all__ = ["spoken"]


def spoken(seen: Seen) -> Iterator[Finding]:
    """The preferences and facts that a message of the user states; the last word counts where it says two things."""
    said = seen.event.payload
    if not isinstance(said, MessageAdded) or said.role != "user":
        return
    asked = seen.answered()
    wishes: dict[tuple[str, Any, str], tuple[Wish, Sentence]] = {}
    for sentence in sentences(seen.recalled.without(_text(said.content))):
        if secret(sentence.text) or seen.recalled.holds(sentence.text):
            continue
        for wish in _wishes(sentence, asked):
            _put(wishes, wish, sentence)
        for fact in facts(sentence):
            stance: Stance = "against" if fact.denied else "for"
            text = f'{titled(fact.key)}: {shown(fact.value)}. Said: "{_quoted(sentence)}"'
            yield from seen.finding(
                "fact", fact.key, fact.value, text, source="user", strength=PLAIN, stance=stance, single=fact.single
            )
    for wish, sentence in wishes.values():
        yield from _finding(seen, wish, sentence)


def _wishes(sentence: Sentence, asked: str | None) -> Iterator[Wish]:
    found = list(answers(sentence, asked))
    if not found and meant(sentence):
        for clause in sentence.clauses:
            found += _of_clause(clause, sentence)
    known = {wish.key for wish in found}
    if known - {"likes", "avoids"}:
        found = [wish for wish in found if wish.key not in {"likes", "avoids"}]
    yield from found


def _of_clause(clause: Clause, sentence: Sentence) -> list[Wish]:
    manner = manner_of(clause, sentence)
    if manner is None:
        return []
    found = [*topics(clause, manner), *channels(clause, manner), *amounts(clause, manner), *verticals(clause, manner)]
    return found or list(likings(clause, manner, sentence))


def _put(wishes: dict[tuple[str, Any, str], tuple[Wish, Sentence]], wish: Wish, sentence: Sentence) -> None:
    """What is said later in a message takes the place of what it contradicts."""
    for place, (earlier, _) in list(wishes.items()):
        same_value = earlier.value == wish.value
        both_for = wish.stance == earlier.stance == "for"
        if (
            earlier.key == wish.key
            and earlier.temporary == wish.temporary
            and (same_value or (wish.single and both_for))
        ):
            if earlier.strength > wish.strength and wish.source == "inferred":
                return
            del wishes[place]
    wishes[wish.key, str(wish.value), f"{wish.stance}{wish.temporary}"] = wish, sentence


def _finding(seen: Seen, wish: Wish, sentence: Sentence) -> Iterator[Finding]:
    how = "Chose" if wish.source == "inferred" else "Said"
    what = f"not {shown(wish.value)}" if wish.stance == "against" else shown(wish.value)
    yield from seen.finding(
        "preference",
        wish.key,
        wish.value,
        f'{titled(wish.key)}: {what}. {how}: "{_quoted(sentence)}"',
        source=wish.source,
        strength=wish.strength,
        stance=wish.stance,
        single=wish.single,
        temporary=wish.temporary,
    )


def _quoted(sentence: Sentence) -> str:
    """The sentence, without the numbers in it that reach a person."""
    return _NUMBER.sub("…", sentence.text)


_NUMBER = re.compile(r"(?<![\w-])(?!\d{4}-\d\d-\d\d(?!\d))\+?\(?\d(?:[ ().-]{0,2}\d){6,14}(?!\w)")


def _text(content: str | list[dict[str, Any]] | None) -> str:
    if isinstance(content, list):
        texts = (part.get("text") for part in content if part.get("type") in {"text", "input_text"})
        return "\n".join(text for text in texts if isinstance(text, str))
    return content or ""
