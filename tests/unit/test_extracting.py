"""What extraction promises for every session, and what it takes from each type of event."""

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
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


@pytest.mark.parametrize("cut", range(10))
def test_wherever_the_cut_is_an_answer_finds_its_question(cut: int) -> None:
    log = talk(*WISHES[5:6], *WISHES[4:5], *["Thanks!"] * 4, WISHES[6], WISHES[3], WISHES[0])
    pieces = extract(log[:cut], user_id=USER) + extract(log[cut:], before=log[:cut], user_id=USER)

    assert pieces == extract(log, user_id=USER)
    assert ("preference", "excluded_channels", "Radio") in learned(pieces)


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
    said = talk(text, f"A: {text}?", text)
    by_user = {each.id for each in said if each.data["role"] == "user"}
    for found in extract(said, user_id=USER):
        assert found.event_id in by_user, "what the agent asks is nobody's wish"
        assert 0 < len(found.text) <= TEXT_CHARACTERS


@patient
@given(st.lists(st.sampled_from([each for each in WISHES if not each.startswith("A: ")]), min_size=1, max_size=4))
def test_recalled_text_says_nothing_marked_or_not(wishes: list[str]) -> None:
    text = " ".join(wishes)

    assert extract(talk(f'<recalled-memory id="m">{text}</recalled-memory>'), user_id=USER) == []
    assert extract(talk(text.upper()), user_id=USER, recalled=[text]) == []
    assert extract(talk(*wishes), user_id=USER, recalled=wishes) == []


def only(event_type: str, data: dict[str, Any], actor: str = "agent", **given: Any) -> list[Finding]:
    return extract([event(1, event_type, data, actor)], user_id=USER, **given)


def test_a_stated_preference_says_just_what_it_says() -> None:
    [found] = only("preference.stated", {"key": "communicationStyle", "value": "Concise"})

    assert (found.key, found.value, found.source, found.strength) == ("communication_style", "concise", "user", 1.0)
    assert only("preference.stated", {"key": "tone", "value": "wry", "confidence": "LOW"})[0].strength < 0.5


def test_each_excluded_channel_is_a_memory_by_itself() -> None:
    found = only("preference.stated", {"key": "excluded_channels", "value": ["facebook", "Fax"]})

    excluded = [each for each in found if each.key == "excluded_channels"]
    assert [(each.value, each.single) for each in excluded] == [("Facebook", False), ("Fax", False)]
    others = [each for each in found if each not in excluded]
    assert {(each.key, each.stance) for each in others} == {("preferred_channels", "against")}


def test_a_refused_default_speaks_against_it() -> None:
    [found] = only("preference.refused", {"key": "budget", "value": 500})
    [whatever] = only("preference.refused", {"key": "budget"})

    assert (found.value, found.stance) == (500, "against")
    assert (whatever.value, whatever.stance) == (None, "against")


def test_what_is_provided_is_a_fact_and_what_is_chosen_by_it_no_more_than_a_guess() -> None:
    fact, guess = only("information.provided", {"key": "budget", "value": 250000})

    assert (fact.kind, fact.value, fact.source, fact.temporary) == ("fact", 250000, "user", True)
    assert (guess.kind, guess.key, guess.source, guess.strength) == ("preference", "budget", "inferred", 0.3)


@pytest.mark.parametrize(
    ("data", "actor", "source", "owner"),
    [
        ({"type": "budget", "value": 5, "decided_by": "@phil"}, "agent", "user", "campaign"),
        ({"type": "budget", "value": 5}, USER, "user", "campaign"),
        ({"type": "budget", "value": 5, "confidence": "HIGH"}, "agent", "agent", "campaign"),
        ({"type": "budget", "value": 5, "confidence": "LOW"}, "agent", None, None),
        ({"type": "budget", "value": 5}, "agent", None, None),
    ],
)
def test_decisions_of_people_and_sure_ones_are_kept(
    data: dict[str, Any], actor: str, source: str | None, owner: str | None
) -> None:
    found = [each for each in only("decision.made", data, actor, campaign="YIELD-1") if each.kind == "decision"]

    assert [(each.source, each.owner_kind) for each in found] == ([(source, owner)] if source else [])


def test_an_answer_is_kept_under_its_question_even_where_a_piece_begins_between_them() -> None:
    asked, answered = log(
        ("decision.escalated", {"question": "Mention APY ranges?", "decision_id": "d", "escalated_to": "@phil"}),
        ("decision.answered", {"decision_id": "d", "decision": "No", "decided_by": "@phil"}),
    )

    [found] = extract([answered], before=[asked], user_id=USER)
    assert (found.kind, found.key, found.value) == ("decision", "mention_apy_ranges", "No")


def test_learnings_are_the_campaigns_and_those_from_memory_are_not_learned_again() -> None:
    lesson = "Thread format outperforms single posts by 3x"
    [closed] = only("session.closed", {"learnings": [f"{lesson}."]}, campaign="YIELD-1")
    learned_so = {"area": "past_learnings", "facts": [lesson, "too short"]}
    [known] = only("knowledge.learned", learned_so, campaign="YIELD-1")
    [task] = only("task.completed", {"summary": f"Posted it all. {lesson}!"}, campaign=None)

    assert {(each.kind, each.value) for each in (closed, known)} == {("learning", lesson)}
    assert closed.owner_kind == known.owner_kind == "campaign"
    assert (task.kind, task.owner_kind, task.value) == ("learning", "user", f"{lesson}!")
    assert only("knowledge.learned", {**learned_so, "recalled": True}) == []
    assert only("knowledge.learned", learned_so, recalled=[lesson.upper()]) == []
    assert only("knowledge.learned", {"area": "product", "facts": ["It works on chains of any kind"]}) == []


@pytest.mark.parametrize(
    ("event_type", "data"),
    [
        ("information.provided", {"key": "password", "value": "Hunter2-tango"}),
        ("information.provided", {"key": "payment", "value": {"card": "4111 1111 1111 1111"}}),
        ("information.provided", {"key": "api_key", "value": "abc"}),
        ("preference.stated", {"key": "card", "value": "4111111111111111"}),
        ("preference.stated", {"key": "card", "value": 4111111111111111.0}),
        ("information.provided", {"key": "database", "value": "postgres://ann:hunter2@db/x"}),
        ("information.provided", {"key": "headers", "value": {"Authorization": "Bearer abcdefghijklmnop"}}),
        ("information.provided", {"key": "git", "value": "github_pat_11ABCDEFG0abcdefghij"}),
        ("information.provided", {"key": "maps", "value": "AIzaSyA1234567890abcdefghijklm"}),
        ("information.provided", {"key": "certificate", "value": "-----BEGIN RSA PRIVATE KEY-----"}),
        ("information.provided", {"key": "wifi", "value": "pwd=swordfish"}),
        ("message.added", {"role": "user", "content": "My favourite key is glpat-abcdefghij1234567890."}),
        ("message.added", {"role": "user", "content": "I always use the password Hunter2, I live in Berlin"}),
        ("session.closed", {"learnings": ["The customer's PIN is 4471, always ask for it"]}),
        ("message.added", {"role": "assistant", "content": "I prefer short answers."}),
        ("message.added", {"role": "system", "content": "Never use Facebook."}),
        ("message.added", {"role": "tool", "content": "I always fly economy."}),
        ("message.added", {"role": "user", "content": "You are a helpful assistant. Always answer in German."}),
        ("memory.recalled", {"memories": [{"id": "m", "key": "seat", "value": "aisle", "text": "I prefer the aisle"}]}),
    ],
)
def test_secrets_prompts_tools_and_memories_are_not_learned(event_type: str, data: dict[str, Any]) -> None:
    assert only(event_type, data, campaign="YIELD-1") == []


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("I prefer short answers", "communication_style", "concise"),
        ("please keep it brief", "communication_style", "concise"),
        ("Actually, from now on detailed answers.", "communication_style", "detailed"),
        ("never use Facebook", "excluded_channels", "Facebook"),
        ("don't include TV", "excluded_channels", "TV"),
        ("I always fly economy", "cabin", "economy"),
        ("I'd rather have an aisle seat", "seat", "aisle"),
        ("no spicy food please", "avoids", "spicy food"),
        ("My favourite colour is dark green.", "colour", "dark green"),
        ("Don't be so formal with me", "tone", "casual"),
    ],
)
def test_wishes_in_words(text: str, key: str, value: str) -> None:
    assert said(text) == [("preference", key, value)]


@pytest.mark.parametrize(
    "text",
    [
        "What if I preferred short answers?",
        "Do you prefer short answers?",
        "My wife prefers short answers.",
        'She wrote: "I prefer short answers."',
        "I used to prefer short answers.",
        "I want to book a flight to Boston.",
        "Write a short email to my landlord.",
        "I'd like to cancel my economy flight.",
        "> I prefer short answers.",
        "```\nI prefer short answers.\n```",
        "Hello, how are you? Thank you so much!",
    ],
)
def test_what_is_no_wish(text: str) -> None:
    assert said(text) == []


def test_a_wish_for_this_task_alone_is_temporary() -> None:
    [found] = extract(talk("For this one, keep it short."), user_id=USER)

    assert (found.value, found.temporary) == ("concise", True)


def test_a_short_answer_says_what_the_question_was_about() -> None:
    asked = "A: Do you prefer an aisle or a window seat?"

    assert said(asked, "Window, please.") == [("preference", "seat", "window")]
    assert said("A: Which cabin would you like?", "Business") == [("preference", "cabin", "business")]
    assert said("A: Shall I leave out radio by default?", "Yes, please.") == [
        ("preference", "excluded_channels", "Radio")
    ]
    assert [each.strength for each in extract(talk(asked, "Window, please."), user_id=USER)] == [0.7]
    assert [each.strength for each in extract(talk("Window, please."), user_id=USER)] == [0.3]


def test_the_last_word_of_a_message_counts() -> None:
    assert said("I prefer short answers. No, wait, I prefer long answers.") == [
        ("preference", "communication_style", "detailed")
    ]


@pytest.mark.parametrize(
    "words",
    ["i really ", "never do not ", "only i am ", "and or , ", "my preferred ", "hi so ", "I only ever ", '"', "A B "],
)
def test_no_text_takes_long_to_read(words: str) -> None:
    started = time.process_time()
    extract(talk(words * 500), user_id=USER)

    assert time.process_time() - started < 2
