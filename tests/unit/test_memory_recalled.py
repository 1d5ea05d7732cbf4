"""Recalled text is marked, and taken out again whatever became of the marks."""

from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.remembering.memory import told, without_recalled


class Said(NamedTuple):
    id: str
    text: str


SECRET = "mauve-42"

plain = st.text(st.characters(exclude_characters="<", exclude_categories=["Cs"]))
hostile = st.lists(
    st.sampled_from(
        ["<recalled-memory", "</recalled-memory>", "< / recalled-memory >", "/>", ">", '"', "&lt;", "<", " ", SECRET]
    )
).map("".join)


@given(plain, st.lists(st.builds(Said, plain | hostile, plain | hostile)), plain)
def test_what_stands_around_is_left_as_it_is(before: str, memories: list[Said], after: str) -> None:
    text = before + told(memories) + after
    assert without_recalled(text).replace("\n", "") == (before + after).replace("\n", "")


@pytest.mark.promise(5)
@given(st.text(), hostile | plain, st.text())
def test_no_text_gets_out_of_its_marks(before: str, text: str, after: str) -> None:
    kept = without_recalled(f"{before}{told([Said('1', f'{text}{SECRET}{text}')])}{after}")
    assert SECRET not in kept


@given(hostile, hostile)
def test_what_was_cut_takes_its_rest_with_it(one: str, other: str) -> None:
    marked = told([Said("1", SECRET)])
    place = marked.index(SECRET)
    assert SECRET not in without_recalled("Well. " + marked[: place + len(SECRET)])
    assert SECRET not in without_recalled(marked[place:] + " Well.")
    assert SECRET not in without_recalled(one.replace(SECRET, "") + marked + other.replace(SECRET, ""))


def test_what_was_said_between_two_memories_counts() -> None:
    text = '<recalled-memory id="1">Tea.</recalled-memory>I like coffee.<RECALLED-MEMORY>Old.</Recalled-Memory > So!'
    assert without_recalled(text) == "I like coffee. So!"
    assert without_recalled('As <recalled-memory id="1"/> says, no.') == "As  says, no."
    assert without_recalled("a < b, and <recalled-memory id=") == "a < b, and "


def test_a_long_row_of_openings_costs_no_more_than_its_length() -> None:
    assert without_recalled("< / " * 200_000) == "< / " * 200_000
    assert without_recalled("<recalled-memory" * 100_000) == ""
