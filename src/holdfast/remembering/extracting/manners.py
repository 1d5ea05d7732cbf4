"""How a sentence is meant: whether it may be learned from at all, for how long it holds, and how plainly it is said."""

import re
from dataclasses import dataclass

from holdfast.remembering.extracting.sentences import Clause, Sentence
from holdfast.remembering.extracting.strength import ASKED, LEANING, PLAIN
from holdfast.remembering.extracting.vocabulary import cues

__all__ = ["Manner", "manner_of", "meant"]


_OWN = re.compile(r" (?:i|my|we|our|me) ")


@dataclass(frozen=True, slots=True)
class Manner:
    """How a clause says what it says."""

    strength: float
    durable: bool
    """It says so itself: always, never, from now on."""
    temporary: bool
    """It is about this piece of work alone."""
    specific: bool
    """It names what belongs to the work at hand: a date, an option, a booking."""
    preferred: bool
    """It says what is liked, not only what shall be done."""

    @property
    def standing(self) -> bool:
        """Whether it holds for what comes too, also of things that are chosen anew each time."""
        return self.durable or (self.preferred and not self.specific)


def meant(sentence: Sentence) -> bool:
    """Whether the sentence is about how things are or shall be: no play of thought, and no question but a request."""
    if cues.UNREAL.search(sentence.line):
        return False
    return not sentence.question or cues.REQUEST_QUESTION.search(sentence.line) is not None


def manner_of(clause: Clause, sentence: Sentence) -> Manner | None:
    """None for what says nothing of the user's wishes: of others, of the past, or a mere report."""
    line = clause.line
    if cues.NOT_MEANT.search(line) or cues.OF_OTHERS.search(line):
        return None
    # A mark at the beginning of a sentence is about all of it; further on, about its own clause.
    durable = cues.DURABLE.search(line) is not None or (
        sentence.clauses[0] is not clause and cues.DURABLE.search(sentence.clauses[0].line[:40]) is not None
    )
    temporary = cues.TEMPORARY.search(sentence.line) is not None and not cues.FOR_GOOD.search(line)
    prefers, leans = cues.PREFERS.search(line), cues.LEANS.search(line)
    asks = cues.REQUESTS.search(line) or sentence.question
    wants = cues.WANTS.search(line)
    habit = cues.SIMPLE_HABIT.search(line)
    if not (durable or prefers or leans or asks or wants or habit):
        return None
    said = durable and (prefers or leans or asks or wants or habit or _OWN.search(line))
    if said or prefers:
        strength = PLAIN
    elif leans or habit:
        strength = LEANING
    else:
        strength = ASKED
    specific = cues.SPECIFIC.search(line) is not None
    return Manner(strength, durable, temporary, specific, bool(prefers or leans or habit))
