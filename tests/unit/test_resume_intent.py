"""Resume intent: told well on phrases that it was not tuned on, and by rules that can be relied upon."""

import re
import string
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.greeting.intent import THRESHOLD, Intent, resume_intent
from holdfast.greeting.measure import measure
from holdfast.greeting.parts import compiled
from holdfast.greeting.signs import SIGNS
from holdfast.greeting.vocabulary import FALSE_FRIENDS, LONG
from holdfast.greeting.words import read

PHRASES = Path(__file__).parent.parent / "resume_phrases"
FILES = {name: (PHRASES / f"{name}.txt").read_text().splitlines() for name in (
    "tuned-resume", "tuned-other", "tested-resume", "tested-other", "strangers-resume", "strangers-other",
)}  # fmt: skip
EVERY = [phrase for phrases in FILES.values() for phrase in phrases]

OF_THE_SEED = [
    "Continue where we left off",
    "What were we working on",
    "Resume my session",
    "Pick up from last time",
    "Continue our conversation",
    "Where did we stop",
]
NOT_MEANT = ["continue with the second option", "resume the campaign on Monday", "where did we stop serving?"]


def plain(phrase: str) -> str:
    bare = unicodedata.normalize("NFKD", phrase).casefold().replace("'", "")
    return " ".join(re.findall(r"[^\W_]+", bare))


def found(intent: Intent) -> list[tuple[str, float]]:
    return [(one.says, one.weight) for one in intent.evidence]


def test_the_phrases_are_many_and_the_halves_share_none() -> None:
    for name, phrases in FILES.items():
        assert len({plain(phrase) for phrase in phrases}) == len(phrases) >= 180, name
    assert len({plain(phrase) for phrase in EVERY}) == len(EVERY)


def test_the_untouched_half_is_told_well() -> None:
    precision, recall = measure(FILES["tested-resume"], FILES["tested-other"])
    assert precision >= 0.98
    assert recall >= 0.95


def test_what_strangers_say_is_told_less_well() -> None:
    """Phrases as nobody had in mind who wrote the signs: half of lists that were written before they were looked at."""
    precision, recall = measure(FILES["strangers-resume"], FILES["strangers-other"])
    assert precision >= 0.97
    assert recall >= 0.79


def test_the_tuned_half_is_told_well() -> None:
    precision, recall = measure(FILES["tuned-resume"], FILES["tuned-other"])
    assert precision >= 0.98
    assert recall >= 0.95


def test_nothing_taken_for_a_wish_is_nothing_wrong() -> None:
    assert measure(["hello"], ["hello"]) == (1.0, 0.0)
    assert measure(OF_THE_SEED, ["Resume my session", *NOT_MEANT]) == (6 / 7, 1.0)


@pytest.mark.parametrize("phrase", OF_THE_SEED)
def test_the_phrases_of_the_protocol(phrase: str) -> None:
    assert resume_intent(phrase).wanted
    assert resume_intent(f"Hi there, {phrase.lower()} please").wanted


@pytest.mark.parametrize("phrase", NOT_MEANT)
def test_what_only_looks_like_it(phrase: str) -> None:
    assert not resume_intent(phrase).wanted


@pytest.mark.parametrize(
    "phrase",
    [
        "dont continue where we left off",
        "Please do not resume my session",
        "start fresh, not from last time",
        "let's not go back to our last conversation",
    ],
)
def test_who_says_no_wants_a_new_one(phrase: str) -> None:
    intent = resume_intent(phrase)
    assert not intent.wanted
    assert any(one.weight < 0 for one in intent.evidence)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("contineu wher we left off", "continue where we left off"),
        ("Resumee my sesion", "resume my session"),
        ("pikc up from last tiem", "pick up from last time"),
        ("lets carry on from yesterdya", "let's carry on from yesterday"),
        ("continue our converstaion", "continue our conversation"),
    ],
)
def test_misspelled_it_is_the_same(written: str, meant: str) -> None:
    assert found(resume_intent(written)) == found(resume_intent(meant))
    assert resume_intent(written).wanted


def test_words_in_their_own_right_are_not_misspellings() -> None:
    for word in (*FALSE_FRIENDS, *LONG, "form", "item", "cent", "mission", "there", "résumé"):
        assert [each.read for each in read(word)] == ["summarise" if word == "summarize" else word]
    assert not resume_intent("update my résumé").wanted


def test_an_apostrophe_tells_two_words_from_one() -> None:
    assert [each.read for each in read("we're were it\u2019s its")] == ["we are", "were", "it is", "its"]


@pytest.mark.parametrize(
    ("wish", "subject"),
    [
        ("let's get back to", "the parser"),
        ("can we push forward with", "our newsletter"),
        ("reload", "the thing you were building"),
        ("jog my memory about", "our wedding speech"),
    ],
)
def test_a_wish_and_what_it_is_about_count_only_together(wish: str, subject: str) -> None:
    assert resume_intent(f"{wish} {subject}").wanted
    assert not resume_intent(f"{wish} the kettle").wanted
    assert not resume_intent(f"what do you think of {subject}").wanted


def test_evidence_is_in_the_words_of_the_text_and_adds_up() -> None:
    intent = resume_intent("Sorry, I got DISCONNECTED - where were we?")
    assert [one.found for one in intent.evidence] == ["got DISCONNECTED", "where were we"]
    assert [one.says for one in intent.evidence] == [
        "speaks of work left unfinished",
        "asks where the work stopped",
    ]
    assert intent.score > resume_intent("where were we?").score > resume_intent("hello").score


def test_a_session_that_is_named_is_strong_evidence() -> None:
    intent = resume_intent("so, session-240124-001 then")
    assert (intent.wanted, intent.session_id) == (True, "SESSION-240124-001")
    assert not resume_intent("How do I delete SESSION-240124-001?").wanted
    for text in ("SESSION-24-1", "XSESSION-240124-001", "SESSION-240124-0011234567", "session 240124 001"):
        assert resume_intent(text).session_id is None


def test_of_a_long_text_its_beginning_and_its_end_are_read() -> None:
    filler = "The hotel has forty rooms and a garden. " * 500
    for text in (f"Let's continue where we left off. {filler}", f"{filler} Let's continue where we left off."):
        intent = resume_intent(text)
        assert intent.wanted
        assert all(one.found in text for one in intent.evidence)
    assert not resume_intent(f"{filler} Let's continue where we left off. {filler}").wanted
    assert not resume_intent(f"{'a ' * 594}continue our {'b' * 9000} session").wanted


def test_no_sign_is_there_without_a_phrase_that_it_was_made_for() -> None:
    tuned = FILES["tuned-resume"] + FILES["tuned-other"]
    lines = [f" {' '.join(word.read for word in read(phrase))} " for phrase in tuned]
    assert [sign.pattern for sign in SIGNS if not any(map(compiled(sign.pattern).search, lines))] == []


def test_it_takes_less_than_a_millisecond() -> None:
    resume_intent("so that the patterns are compiled")
    began = time.perf_counter()
    for phrase in EVERY:
        resume_intent(phrase)
    assert (time.perf_counter() - began) / len(EVERY) < 0.001


@pytest.mark.parametrize(
    "word", ["now ", "back to ", "and ", "not the ", "go on with from ", "let us ", "last a week "]
)
def test_no_text_takes_long(word: str) -> None:
    began = time.perf_counter()
    resume_intent(word * 5000)
    assert time.perf_counter() - began < 0.5


@given(st.text())
def test_it_never_raises_and_scores_from_0_to_1(text: str) -> None:
    intent = resume_intent(text)
    assert 0 <= intent.score <= 1
    assert intent == resume_intent(text)
    assert intent.wanted == (intent.score >= THRESHOLD)


@given(st.lists(st.sampled_from([*" ".join(EVERY).split(), "…", "\n", "'", "SESSION-240124-001"]), max_size=40))
def test_it_never_raises_for_words_that_matter(words: list[str]) -> None:
    intent = resume_intent(" ".join(words))
    assert 0 <= intent.score <= 1
    assert all(one.found for one in intent.evidence)


@given(st.sampled_from(EVERY), st.data())
def test_case_and_punctuation_do_not_matter(phrase: str, data: st.DataObject) -> None:
    between = st.sampled_from([" ", "  ", ", ", "... ", " - ", "! ", " 🙂 ", "\n", '" '])
    kept = "".join(one for one in phrase if one not in string.punctuation or one in "'-")
    changed = "".join(data.draw(between) if one == " " else one for one in kept)
    changed = data.draw(st.sampled_from([str.upper, str.lower, str.title]))(changed) + data.draw(between)
    assert found(resume_intent(changed)) == found(resume_intent(phrase))


@given(st.sampled_from(EVERY), st.floats(0, 1), st.floats(0, 1))
def test_a_higher_threshold_never_wants_more(phrase: str, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert resume_intent(phrase, threshold=low).wanted >= resume_intent(phrase, threshold=high).wanted
