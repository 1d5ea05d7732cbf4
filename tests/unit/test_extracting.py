"""What extraction promises for every session, and what it takes from each type of event."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from holdfast.events import Event
from holdfast.remembering.extracting import CONTEXT, extract
from holdfast.remembering.memory import Finding
from holdfast.remembering.memory.finding import TEXT_CHARACTERS
from strategies import events, patient

USER = "mara"
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def event(seq: int, event_type: str, data: dict[str, Any], actor: str = "agent") -> Event:
    at = AT + timedelta(minutes=seq)
    return Event("S-1", seq, UUID(int=seq), event_type, 1, actor, at, at, data, b"")


def log(*items: tuple[str, dict[str, Any]]) -> list[Event]:
    return [event(seq, kind, data) for seq, (kind, data) in enumerate(items, 1)]


def talk(*said: str) -> list[Event]:
    """Messages of the user; of the agent, where they begin with "A: "."""
    return log(
        *(
            (
                "message.added",
                {"role": "assistant" if text.startswith("A: ") else "user", "content": text.removeprefix("A: ")},
            )
            for text in said
        )
    )


def learned(found: Sequence[Finding]) -> list[tuple[str, str, Any]]:
    return [(each.kind, each.key, each.value) for each in found if each.stance == "for"]


def said(*texts: str) -> list[tuple[str, str, Any]]:
    return learned(extract(talk(*texts), user_id=USER))


WISHES = (
    "I prefer short answers.",
    "Never use Facebook.",
    "I always take an aisle seat.",
    "Yes please.",
    "Aisle, please.",
    "A: Do you prefer an aisle or a window seat?",
    "A: Shall I leave out radio by default?",
    "I'm vegetarian and I live in Berlin.",
    "For this one, keep it short.",
    "Thanks!",
)

logs = events() | st.lists(st.sampled_from(WISHES), max_size=14).map(lambda texts: talk(*texts))


@patient
@given(logs, st.integers(0, 14), st.none() | st.just("YIELD-1"))
def test_a_log_that_is_read_in_pieces_says_what_it_says_at_once(
    log: list[Event], cut: int, campaign: str | None
) -> None:
    first, second = log[:cut], log[cut:]
    at_once = extract(log, user_id=USER, campaign=campaign)
    in_pieces = extract(first, user_id=USER, campaign=campaign) + extract(
        second, before=first[-CONTEXT:], user_id=USER, campaign=campaign
    )

    assert in_pieces == at_once


@patient
@given(logs, st.lists(st.text(max_size=20), max_size=3))
def test_any_log_can_be_read_and_every_finding_names_its_event(log: list[Event], recalled: list[str]) -> None:
    found = extract(log, user_id=USER, recalled=recalled)

    assert found == extract(log, user_id=USER, recalled=recalled)
    by_id = {each.id: each for each in log}
    for each in found:
        assert by_id[each.event_id].seq == each.seq or len(by_id) < len(log)
        assert 0 < len(each.text) <= TEXT_CHARACTERS
        assert 0 <= each.strength <= 1
        assert each.key


@patient
@given(st.text(max_size=200))
def test_any_text_can_be_read(text: str) -> None:
    extract(talk(text, f"A: {text}?", text), user_id=USER, recalled=[text])


@patient
@given(st.lists(st.sampled_from([each for each in WISHES if not each.startswith("A: ")]), min_size=1, max_size=4))
def test_recalled_text_says_nothing_marked_or_not(wishes: list[str]) -> None:
    text = " ".join(wishes)

    assert extract(talk(f'<recalled-memory id="m">{text}</recalled-memory>'), user_id=USER) == []
    assert extract(talk(text.upper()), user_id=USER, recalled=[text]) == []
    assert extract(talk(*wishes), user_id=USER, recalled=wishes) == []
