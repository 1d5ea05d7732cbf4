"""The document as YAML: out and in again exactly; and what anybody's YAML may not do."""

from contextlib import suppress
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from documents import SEEDS, protocols_own
from holdfast.errors import InvalidInput
from holdfast.events import draft
from holdfast.events.encoding import MAX_DEPTH as MAX_EVENT_DEPTH
from holdfast.sharing.document import from_yaml, to_yaml
from holdfast.sharing.document.read import MAX_BYTES, MAX_DEPTH
from strategies import patient

texts = st.text(st.characters(codec="utf-8"), max_size=12) | st.sampled_from(
    [
        "yes",
        "No",
        "~",
        "null",
        "0x1F",
        "1_000",
        "12:30",
        "1e3",
        "-",
        "? x",
        "a: b",
        " #",
        "2026-01-29",
        "\x00\x85\u2028",
    ]
)
values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


def typed(value: Any) -> Any:
    """With the types, which Python's equality does not tell apart."""
    if isinstance(value, dict):
        return [(key, typed(each)) for key, each in value.items()]
    return [typed(each) for each in value] if isinstance(value, list) else (type(value), value)


@settings(patient, max_examples=500)
@given(st.dictionaries(texts, values, max_size=4))
def test_it_goes_through_text_and_comes_back_equal(content: dict[str, Any]) -> None:
    document = {"session_context": content}
    text = to_yaml(document)
    assert typed(from_yaml(text)) == typed(document)
    assert typed(from_yaml(text.encode())) == typed(document)


@settings(patient, max_examples=200)
@given(st.dictionaries(texts, values, max_size=4))
def test_any_other_reader_reads_the_same(content: dict[str, Any]) -> None:
    document = {"session_context": content}
    assert yaml.safe_load(to_yaml(document)) == document


def test_numbers_stay_numbers_for_any_reader() -> None:
    content = {"large": [1e16, 1e-7, 1.5e300, -0.0, 2**64 - 1], "plain": [0.1, -3]}
    assert yaml.safe_load(to_yaml({"session_context": content})) == {"session_context": content}


def test_long_keys_and_texts_come_back() -> None:
    content = {
        "k" * 3000: {"'" * 2000: "x " * 50_000, "multi\nline": ["a\nb\n", "\ttab"]},
        "list": [[["deep"]], [{}], []],
    }
    assert from_yaml(to_yaml({"session_context": content})) == {"session_context": content}


def test_it_is_laid_out_as_the_protocol_lays_it_out() -> None:
    text = to_yaml(protocols_own())
    assert text.startswith(
        'session_context:\n  # === Session Identity ===\n  id: "session-2026-01-29-001"\n  started_at: "2026-'
    )
    assert "\n\n  # === Campaign Reference ===\n  campaign:\n    gtm_id:" in text
    assert '\n  artifacts:\n    - type: "research_summary"\n      path: ".gtm/' in text
    assert "\n      issues: []\n" in text
    headings = [line for line in (SEEDS / "session_context.yaml").read_text().splitlines() if "# ===" in line]
    assert [line for line in text.splitlines() if "# ===" in line] == headings


def test_of_what_is_not_quoted_only_jsons_own_words_mean_more_than_their_text() -> None:
    text = """
session_context:
  at: 2026-01-29T10:00:00Z
  day: 2026-01-29
  answer: no
  time: 12:30
  code: 007
  hex: 0x1F
  none: ~
  nothing:
  yes: [true, false, null, 1, -2, 1.5, 2e3, 1_000, .5, "12", 'null']
  merge: <<
  2026: key
"""
    assert from_yaml(text)["session_context"] == {
        "at": "2026-01-29T10:00:00Z",
        "day": "2026-01-29",
        "answer": "no",
        "time": "12:30",
        "code": "007",
        "hex": "0x1F",
        "none": None,
        "nothing": None,
        "yes": [True, False, None, 1, -2, 1.5, 2000.0, "1_000", ".5", "12", "null"],
        "merge": "<<",
        "2026": "key",
    }


def bomb() -> str:
    further = [f"  a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 9)}]" for level in range(1, 9)]
    return "\n".join(["session_context:", "  a0: &a0 [x, x, x, x, x, x, x, x, x]", *further])


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "must be an object with the key session_context"),
        ("- a", "must be an object with the key session_context"),
        ("session_context: text", "must be an object with the key session_context"),
        ("context: {}", "must be an object with the key session_context"),
        ("session_context:\n  a: 1\n  b: [1", r"document, line \d: is no YAML: .*; correct that line"),
        ("session_context:\n  a: 1\n b: 2", "document, line 3: is no YAML"),
        ("session_context:\n\ta: 1", "document, line 2: is no YAML"),
        ('session_context:\n  a: "x', "is no YAML"),
        ("session_context:\n  a: 1\n  b: 2\n  a: 3", "document, line 4: has the key 'a' once more"),
        ("session_context: {a: {1: x, '1': y}}", "line 1: has the key '1' once more"),
        (bomb(), "document, line 2: has an anchor or an alias, 'a0'; write out what it stands for"),
        ("session_context:\n  a: *x", "document, line 2: has an anchor or an alias, 'x'"),
        ("session_context: &x\n  a: *x", "document, line 1: has an anchor"),
        ("session_context:\n  &k key: 1", "document, line 2: has an anchor"),
        ("session_context:\n  a: !!python/object/apply:os.system ['true']", "document, line 2: has the tag"),
        ("session_context:\n  a: !!str 5", "document, line 2: has the tag"),
        ("session_context:\n  ? [a]\n  : 1", "document, line 2: is a key that is no text"),
        ("session_context: {}\n---\na: 1", "line 2: begins a second document"),
        ("session_context:\n  a: 18446744073709551616", "line 2: is a whole number of more than 64 bits"),
        ("session_context:\n  a: 1e999", "line 2: is a number that is too large"),
        (f"session_context: {'[' * MAX_DEPTH}", f"is nested more than {MAX_DEPTH} levels deep"),
        ("session_context:\n  a: \x01", "is no YAML"),
        (b"session_context: \xff", "must be UTF-8"),
        ("session_context: \ud800", "must be UTF-8"),
        (" " * (MAX_BYTES + 1), "has 8,388,609 bytes; the limit is 8,388,608"),
        ("é" * (MAX_BYTES // 2 + 1), "has 8,388,610 bytes"),
    ],
)
def test_what_is_refused_is_named_with_its_line(text: str | bytes, problem: str) -> None:
    with pytest.raises(InvalidInput, match=problem):
        from_yaml(text)


@settings(patient, max_examples=300)
@given(st.text("ab:-[]{}&*!|>'\"#%@`,?\n \t0.~", max_size=40))
def test_whatever_comes_is_read_or_refused(text: str) -> None:
    with suppress(InvalidInput):
        assert list(from_yaml("session_context:\n  " + text)) == ["session_context"]


def test_what_is_as_deep_as_an_event_bears_comes_back() -> None:
    facts: Any = 1
    for _ in range(MAX_EVENT_DEPTH - 1):
        facts = {"k": facts}
    draft({"type": "knowledge.learned", "data": {"area": "a", "facts": facts}}, session_id="s", actor="a")
    shown = {"session_context": {"id": "a", "knowledge": {"a": facts}}}
    assert from_yaml(to_yaml(shown)) == shown
