"""Short answers: what "aisle, please" says depends on what was asked."""

import re
from collections.abc import Iterator

from holdfast.remembering.extracting.manners import Manner
from holdfast.remembering.extracting.sentences import Clause, Sentence, clauses
from holdfast.remembering.extracting.strength import ASKED, CHOSEN
from holdfast.remembering.extracting.topics import TOPICS, channels, mentioned, topics
from holdfast.remembering.extracting.vocabulary import cues
from holdfast.remembering.extracting.wish import Wish

__all__ = ["answers"]

SHORT = 7
"""Words. Whoever says more says it in a sentence that can be read by itself."""

_ASKED = re.compile(r"[^.!?\n]*\?")
_NUMBERED = re.compile(r"^\s*(?:\d{1,2}[.):]|[-*])\s*(.+)$", re.MULTILINE)
_STANDING = re.compile(
    r" (?:do you (?:usually |normally |generally |always )?(?:prefer|like|want me to always)"
    r"|what is your preferred|your preference|always|by default|in general|usually|from now on"
    r"|in (?:the )?future|going forward|(?:every|each) (?:time|rule|answer|reply|question|topic)|whenever"
    r"|as a rule|generally|remember) "
)
_SHALL = re.compile(
    r"^ (?:(?:so|ok|and|great|,) )*(?:shall|should|can|may|do you want me to|would you like me to"
    r"|would you want me to|do you want|would you like)(?: i| we| me to| to)? "
)
_YES = re.compile(
    r"^ (?:yes|yeah|yep|yup|sure|please do|exactly|right|correct|ok|definitely|absolutely|of course|sounds good"
    r"|perfect|please)(?= )"
)
_FILLER = re.compile(
    r" (?:please|thanks|thank you|the|a|an|i|would|like|want|will|take|have|go|with|for me|one"
    r"|class|just|yes|no|would be|great|fine|preferably|prefer|rather|best|in|by|my|and|to|use|of course|always"
    r"|usually|definitely|ideally|,)(?= )"
)


def answers(sentence: Sentence, asked: str | None) -> Iterator[Wish]:
    """What a short sentence says in answer to a question of the agent."""
    if asked is None or sentence.question or len(sentence.line.split()) > SHORT or cues.TEMPORARY.search(sentence.line):
        return
    question = _question(asked, sentence)
    if question is None or cues.UNREAL.search(question) or cues.NOT_MEANT.search(sentence.line):
        return
    standing = (_STANDING.search(question) or cues.DURABLE.search(sentence.line)) is not None
    if standing and _YES.match(sentence.line) and " or " not in question:
        yield from _agreed(question)
    yield from _named(sentence, question, standing=standing)


def _question(asked: str, sentence: Sentence) -> str | None:
    """The question that was answered, as words: the last one, or any one of a list when a list answers it."""
    questions = _ASKED.findall(asked)
    if sentence.item:
        questions = [*_NUMBERED.findall(asked), *questions]
        return " ".join(_line(each) for each in questions) if questions else None
    return _line(questions[-1]) if questions else None


def _line(text: str) -> str:
    return " , ".join(clause.line.strip() for clause in clauses(text.strip())).join((" ", " "))


def _agreed(question: str) -> Iterator[Wish]:
    """What was proposed as a rule, and agreed to."""
    proposal = _SHALL.sub(" ", question)
    if proposal == question and " you " not in question:
        return
    clause = Clause(f" {proposal.strip()} ", tuple(proposal.split()))
    manner = Manner(
        ASKED, durable=True, temporary=bool(cues.TEMPORARY.search(question)), specific=False, preferred=True
    )
    yield from topics(clause, manner)
    yield from channels(clause, manner)


def _named(sentence: Sentence, question: str, *, standing: bool) -> Iterator[Wish]:
    """What was chosen of what was asked for; said as a rule where it was asked for as one."""
    line = sentence.line
    for topic in TOPICS:
        if topic.named is None or not topic.named.search(question):
            continue
        found = mentioned(line, topic.values) or mentioned(f"{line.rstrip()} {_UNIT.get(topic.key, '')} ", topic.values)
        if len(found) != 1 or not _bare(line, found[0].start, found[0].end):
            continue
        denied = cues.AGAINST.search(line[: found[0].start])
        value = topic.opposites.get(found[0].value) if denied else found[0].value
        if value and (topic.standing or not denied) and (standing or not topic.standing):
            yield Wish(topic.key, value, ASKED if standing else CHOSEN, "user" if standing else "inferred")


_UNIT = {
    "communication_style": "answers",
    "cabin": "class",
    "format": "please",
    "seat": "seat",
    "language": "please",
    "currency": "please",
}
"""What is left out in an answer: "short, please" is said of answers."""


def _bare(line: str, start: int, end: int) -> bool:
    """Whether little more is said than the value itself."""
    rest = f"{line[:start].rstrip()} {line[end:].lstrip()}"
    previous = None
    while previous != rest:
        previous, rest = rest, _FILLER.sub("", f" {rest.strip()} ")
    return len(rest.split()) <= 1
