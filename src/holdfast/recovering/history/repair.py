"""Repairs that no format can do without: each call has one result, right after it, and an id of its own."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from holdfast.errors import InvalidInput
from holdfast.events.encoding import decode
from holdfast.recovering.history.spoken import Answer, Asked, Spoken, json_text, spoken
from holdfast.recovering.history.turn import Call, Piece, Problem, Repair, Result, Turn
from holdfast.session import Message

__all__ = ["repaired"]

LONGEST_ID = 40
"""Characters of a call's id: OpenAI takes no more. Letters, digits, `_` and `-` are what Anthropic takes."""
STEM = 30
"""Characters of an id that are kept before the number that makes it unique."""

ASKING = {"user": "The user's side", "system": "The system", "tool": "A tool"}
UNANSWERED = "[No result of the call of {name} is in the log: it is not known whether the call took effect.]"


def repaired(messages: Sequence[Message]) -> tuple[list[Turn], list[Repair]]:
    """The messages as turns, and what had to be put right, by the messages' place in the log.

    A result belongs to the nearest call before it that has its id and no result yet, and is moved up to it. A result
    that belongs to none, and what a tool answers to a call that the assistant did not make, is kept as a turn of its
    own that says what it is. Only a message that says nothing is left out.
    """
    desk = _Desk()
    for message in messages:
        desk.take(message)
    desk.close()
    return desk.turns, sorted(desk.repairs, key=lambda repair: repair.seq)


class _Open(NamedTuple):
    """A call that has no result yet."""

    seq: int
    name: str
    call: Call | None
    """None when it was not the assistant who called."""
    turn: Turn | None
    said: list[Piece]
    """The content that tells of the call, when it was not the assistant's."""


class _Desk:
    """Where the messages are laid out, one after the other."""

    def __init__(self) -> None:
        self.turns: list[Turn] = []
        self.repairs: list[Repair] = []
        self._open: defaultdict[str, list[_Open]] = defaultdict(list)
        self._called: set[str] = set()
        self._ids = _Ids()

    def take(self, message: Message) -> None:
        """Put what the message says where it belongs."""
        said = spoken(message)
        if message.role != "assistant":
            self._tell_of_calls(message, said)
        turns = [self._answered(message, answer) for answer in said.answers]
        if said.content or said.calls:
            turns.append(self._placed(message, said))
        if not turns:
            self._note(message, "empty_message", f"The {message.role}'s message says nothing; it is left out.")
        for further in turns[1:]:
            further.messages -= 1  # a message counts once, in the first turn that it has a part in

    def close(self) -> None:
        """Say of each call that has no result that it has none."""
        for turn in self.turns:
            for call in turn.calls:
                if call.result is None:
                    what = f"The call {call.id} of {call.name} has no result: whether it took effect is not known."
                    self.repairs.append(Repair(turn.seq, "interrupted_call", what))
        for stack in self._open.values():
            for left in stack:
                if left.call is None:
                    left.said.append(UNANSWERED.format(name=left.name))
                    what = f"A call of {left.name} has no result: whether it took effect is not known."
                    self.repairs.append(Repair(left.seq, "interrupted_call", what))

    def _placed(self, message: Message, said: Spoken) -> Turn:
        turn = Turn(message.seq, message.role, said.content, name=message.name)
        for asked in said.calls:
            turn.calls.append(Call(self._id(message, asked), asked.name, self._arguments(message, asked)))
        # The last opened is the first found: pushed in reverse, so that calls of one id are answered in order.
        for asked, call in reversed(list(zip(said.calls, turn.calls, strict=True))):
            self._open[asked.id].append(_Open(message.seq, call.name, call, turn, said.content))
        self.turns.append(turn)
        return turn

    def _id(self, message: Message, asked: Asked) -> str:
        given, taken = self._ids.for_call(asked.id)
        self._called.add(asked.id)
        if taken:
            self._note(message, "duplicate_call_id", f"The id {asked.id} of a call was taken; here it is {given}.")
        elif given != asked.id:
            self._note(message, "bad_call_id", f"Not every model takes the call's id {asked.id}; here it is {given}.")
        return given

    def _arguments(self, message: Message, asked: Asked) -> dict[str, Any] | str:
        if isinstance(asked.arguments, dict):
            return asked.arguments
        if not asked.arguments.strip():
            return {}
        if _is_object(asked.arguments):
            return asked.arguments
        what = f"The arguments of the call of {asked.name} are no JSON object; their text is put into one."
        self._note(message, "bad_arguments", what)
        return {"arguments": asked.arguments}

    def _tell_of_calls(self, message: Message, said: Spoken) -> None:
        """Calls that formats allow to the assistant alone become words of whoever made them."""
        content = said.answers[0].content if message.role == "tool" else said.content
        who = ASKING[message.role]
        for asked in said.calls:
            arguments = asked.arguments if isinstance(asked.arguments, str) else json_text(asked.arguments)
            content.append(f"[{who} called the tool {asked.name} with {arguments or '{}'}]")
            self._note(message, "users_call", f"{who} called {asked.name}, not the assistant; it is told as text.")
        for asked in reversed(said.calls):
            self._called.add(asked.id)
            self._open[asked.id].append(_Open(message.seq, asked.name, None, None, content))
        said.calls.clear()

    def _answered(self, message: Message, answer: Answer) -> Turn:
        """Put the result to its call, or where it can stand without one; returns the turn that it is in now."""
        stack = self._open.get(answer.call_id) if answer.call_id is not None else None
        if not stack:
            return self._loose(message, answer)
        found = stack.pop()
        if found.call is None or found.turn is None:
            what = f"The result of a call of {found.name} that the assistant did not make is told as text."
            return self._told(
                message,
                answer,
                "users_call",
                f"Result of the tool {found.name}, which the assistant did not call",
                what,
            )
        found.call.result = Result(message.seq, answer.content)
        found.turn.messages += 1
        if found.turn is not self.turns[-1]:
            what = f"The result of the call {found.call.id} of {found.name} came late; it is moved up to its call."
            self._note(message, "late_result", what)
        return found.turn

    def _loose(self, message: Message, answer: Answer) -> Turn:
        result = " ".join(["a tool's result", *(each for each in (answer.name, answer.call_id) if each)])
        if answer.call_id in self._called:
            what = f"It is {result}, whose call has a result already; it is told as text."
            return self._told(
                message, answer, "second_result", f"Another result of a call that has one: {result}", what
            )
        what = f"It is {result}, whose call is not in this history; it is told as text."
        return self._told(message, answer, "orphan_result", f"The call is not in this history: {result}", what)

    def _told(self, message: Message, answer: Answer, problem: Problem, title: str, what: str) -> Turn:
        self._note(message, problem, what)
        answer.content.insert(0, f"[{title}]" if answer.content else f"[{title}; it is empty]")
        turn = Turn(message.seq, "tool", answer.content)
        self.turns.append(turn)
        return turn

    def _note(self, message: Message, problem: Problem, what: str) -> None:
        self.repairs.append(Repair(message.seq, problem, what))


class _Ids:
    """Ids for calls: each given once, and the same ones for the same calls."""

    def __init__(self) -> None:
        self._given: set[str] = set()
        self._numbers: defaultdict[str, int] = defaultdict(lambda: 1)

    def for_call(self, wanted: str) -> tuple[str, bool]:
        """An id like the wanted one, and whether that one was taken."""
        first = re.sub(r"[^a-zA-Z0-9_-]", "_", wanted)[:LONGEST_ID]
        given = (
            first
            if first not in self._given
            else next(each for each in self._further(first) if each not in self._given)
        )
        self._given.add(given)
        return given, given != first

    def _further(self, taken: str) -> Iterator[str]:
        """Numbered by the stem that is left when it is cut, so that no number is ever tried twice."""
        stem = taken[:STEM]
        while True:
            self._numbers[stem] += 1
            yield f"{stem}-{self._numbers[stem]}"


def _is_object(text: str) -> bool:
    """Strictly, as an event's data must be: a model may write what not every reader of JSON takes."""
    try:
        return isinstance(decode(text.encode()), dict)
    except InvalidInput:
        return False
