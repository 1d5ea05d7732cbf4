"""The window of a history: the newest part that fits, never a call without its result, and words for the rest."""

import time
from typing import Any

import pytest

from histories import FORMATS, answers, asks, numbered, says
from holdfast.errors import InvalidInput
from holdfast.recovering.history import History, rendered
from holdfast.recovering.history.tokens import estimate
from models import refused

SYSTEM = says("system", "Be kind.")


def talk(rounds: int) -> list[dict[str, Any]]:
    """Of each round a question, a call, its result and an answer."""
    return [
        message
        for n in range(rounds)
        for message in (
            says("user", f"question {n}"),
            asks(f"c{n}"),
            answers(f"c{n}", "22"),
            says("assistant", f"answer {n}"),
        )
    ]


def window(format_: Any, messages: list[dict[str, Any]], max_tokens: int, **options: Any) -> History:
    history = rendered(numbered(*messages), format_, max_tokens=max_tokens, **options)
    assert refused(format_, history.messages, history.system) == []
    assert history.tokens <= max_tokens
    return history


@pytest.mark.parametrize("format_", FORMATS)
def test_what_fits_needs_no_summary(format_: Any) -> None:
    whole = rendered(numbered(SYSTEM, *talk(5)), format_)
    assert window(format_, [SYSTEM, *talk(5)], whole.tokens, summary="unused") == whole
    assert window(format_, [SYSTEM, *talk(5)], whole.tokens - 1).left_out > 0


@pytest.mark.promise(6)
def test_the_newest_part_is_kept_with_the_system_and_a_summary() -> None:
    history = window("openai", [SYSTEM, *talk(50)], 300)
    system, summary, *rest = history.messages
    assert system == {"role": "system", "content": "Be kind."}
    assert summary["role"] == "system"
    assert f"left out here: {history.left_out} messages" in summary["content"]
    assert "question 0" in summary["content"]
    assert "Tools called: weather (" in summary["content"]
    assert rest[-1] == {"role": "assistant", "content": "answer 49"}
    assert 1 + history.left_out + len(rest) == 201


@pytest.mark.promise(6)
def test_anthropics_summary_is_the_first_thing_that_the_user_says() -> None:
    for tokens in range(150, 300, 5):
        history = window("anthropic", [SYSTEM, *talk(50)], tokens, summary="They spoke of the weather.")
        assert history.system == "Be kind."
        first = history.messages[0]
        assert first["role"] == "user"
        assert first["content"][0]["text"].endswith(
            "left out here: " + f"{history.left_out} messages]\nThey spoke of the weather."
        )


@pytest.mark.promise(6)
@pytest.mark.parametrize("summary", [None, "All went well."])
def test_a_summary_says_which_calls_are_uncertain(summary: str | None) -> None:
    begun = [says("user", "Send it"), asks("c1", name="send_mail"), says("user", "Sent?"), *talk(20)]
    told = window("openai", begun, 300, summary=summary).messages[0]["content"]
    assert "Calls whose result is not known, nor whether they took effect: send_mail (1)." in told
    assert summary is None or summary in told


def test_a_summary_is_short_whatever_it_sums_up() -> None:
    many = [says("user", "x" * 10_000)]
    many += [message for n in range(30) for message in (asks(f"c{n}", name=f"tool{n}"), answers(f"c{n}"))]
    told = window("openai", [*many, says("user", "done?")], 500, count=lambda text: len(text) // 4).messages[0][
        "content"
    ]
    assert "x" * 299 + "…" in told
    assert "tool11 (1) and " in told
    assert len(told) < 1000


@pytest.mark.promise(6)
@pytest.mark.parametrize("format_", FORMATS)
def test_what_cannot_fit_is_said_with_what_would(format_: Any) -> None:
    messages = numbered(SYSTEM, *talk(3), asks("last"), answers("last", "y" * 1000))
    with pytest.raises(InvalidInput, match=r"^max_tokens: is too small .* \d+ would be enough$") as refusal:
        rendered(messages, format_, max_tokens=100)
    enough = int(refusal.value.problem.split()[-4])
    history = rendered(messages, format_, max_tokens=enough)
    assert history.tokens == enough
    assert history.left_out == 12
    with pytest.raises(InvalidInput, match=f" {enough} would be enough"):
        rendered(messages, format_, max_tokens=enough - 1)


@pytest.mark.parametrize("format_", FORMATS)
def test_a_system_alone_must_fit_too(format_: Any) -> None:
    only = rendered(numbered(SYSTEM), format_)
    assert rendered(numbered(SYSTEM), format_, max_tokens=only.tokens) == only
    with pytest.raises(InvalidInput, match=f" {only.tokens} would be enough"):
        rendered(numbered(SYSTEM), format_, max_tokens=only.tokens - 1)


@pytest.mark.parametrize("format_", FORMATS)
def test_what_is_left_out_is_not_counted_one_by_one(format_: Any) -> None:
    counted: list[str] = []

    def count(text: str) -> int:
        counted.append(text)
        return estimate(text)

    history = window(format_, [SYSTEM, *talk(500)], 400, count=count)
    assert history.left_out > 1900
    assert len(counted) < 150
    assert not any(text.startswith(("question 1", "answer 1")) for text in counted)


def test_tokens_are_estimated_from_bytes() -> None:
    assert [estimate(text) for text in ("", "a", "ab", "abc", "abcde", "é", "日本")] == [0, 1, 1, 2, 2, 1, 3]
    english = "Nothing that was said may silently vanish, and nothing may be claimed that was not said."
    assert len(english) / 4 < estimate(english) < len(english) / 2


def test_an_image_costs_the_same_however_many_bytes_it_has() -> None:
    source = {"type": "base64", "media_type": "image/png", "data": "iVBORw0KGgoA" * 10_000}
    history = rendered(numbered(says("user", [{"type": "image", "source": source}])), "anthropic")
    assert 1000 < history.tokens < 3000


HARD = {
    "an ordinary talk": talk(2500),
    "one id for every call": [message for _ in range(5000) for message in (asks("c"), answers("c"))],
    "calls without results": [asks(f"call.{n}") for n in range(10_000)],
    "ids that are cut to the same": [asks(f"{'x' * 38}{n:06}") for n in range(10_000)],
    "results without calls": [answers(f"c{n}") for n in range(10_000)],
    "all the results at the end": [*(asks("c") for _ in range(5000)), *(answers("c") for _ in range(5000))],
    "as many tools as calls": [m for n in range(5000) for m in (asks(f"c{n}", name=f"tool{n}"), answers(f"c{n}"))],
}


@pytest.mark.parametrize("format_", FORMATS)
@pytest.mark.parametrize("hard", HARD)
def test_ten_thousand_messages_take_no_time(hard: str, format_: Any) -> None:
    messages = numbered(*HARD[hard])
    for limit, summary in ((None, None), (5000, None), (40_000, "a word " * 10_000)):
        began = time.process_time()
        history = rendered(messages, format_, max_tokens=limit, summary=summary)
        assert time.process_time() - began < 3, "a tenth is usual; what is not linear takes many times more"
        assert refused(format_, history.messages, history.system) == []
