"""Extraction: each event of a range, read by whoever knows its type."""

from collections.abc import Callable, Collection, Iterator, Sequence

from holdfast.events import (
    DecisionAnswered,
    DecisionMade,
    Event,
    InformationProvided,
    KnowledgeLearned,
    MessageAdded,
    PreferenceRefused,
    PreferenceStated,
    SessionClosed,
    TaskCompleted,
)
from holdfast.remembering.extracting.decided import answered, decided
from holdfast.remembering.extracting.lessons import closed, completed, known
from holdfast.remembering.extracting.recalled import Given, Recalled
from holdfast.remembering.extracting.seen import CONTEXT, Seen
from holdfast.remembering.extracting.spoken import spoken
from holdfast.remembering.extracting.stated import refused, stated
from holdfast.remembering.extracting.told import told
from holdfast.remembering.memory import Finding

__all__ = ["RECIPE", "extract"]

RECIPE = "builtin/1"
"""Raised when the same events would say something else, so that a run tells by which rules it read."""

READERS: dict[str, Callable[[Seen], Iterator[Finding]]] = {
    PreferenceStated.TYPE: stated,
    PreferenceRefused.TYPE: refused,
    InformationProvided.TYPE: told,
    DecisionMade.TYPE: decided,
    DecisionAnswered.TYPE: answered,
    KnowledgeLearned.TYPE: known,
    SessionClosed.TYPE: closed,
    TaskCompleted.TYPE: completed,
    MessageAdded.TYPE: spoken,
}
"""By type of event. Of all others nothing is learned, `memory.recalled` foremost."""


def extract(
    events: Sequence[Event],
    *,
    before: Sequence[Event] = (),
    user_id: str,
    campaign: str | None = None,
    recalled: Collection[str] = (),
    given: Collection[Given] = (),
) -> list[Finding]:
    """What a range of a session's log says that is worth keeping, in the order of the log.

    `before` are the events before the range, of which the last `CONTEXT` are looked at but not learned from: with them,
    a log that is read in pieces says what it says at once. `campaign` names the campaign that the session serves.
    `recalled` are texts that were given back from memory in this session; they say nothing new. `given` are the
    memories that they tell: an agent that goes by them says nothing new either.
    """
    known_before = list(before[-CONTEXT:]) if before else []
    all_events, texts = [*known_before, *events], Recalled(recalled, given)
    found: list[Finding] = []
    for place, event in enumerate(events, len(known_before)):
        if reader := READERS.get(event.type):
            near = tuple(all_events[max(0, place - CONTEXT) : place])
            found += _each_once(reader(Seen(event, near, user_id, campaign, texts)))
    return found


def _each_once(findings: Iterator[Finding]) -> Iterator[Finding]:
    """The findings of one event, without those that say the same of the same."""
    said = set()
    for each in findings:
        same = (each.owner_kind, each.kind, each.key, repr(each.value), each.stance)
        if same not in said:
            said.add(same)
            yield each
