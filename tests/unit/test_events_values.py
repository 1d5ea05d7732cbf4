"""What an identifier, a name and a time may be."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from holdfast.clock import EARLIEST, LATEST
from holdfast.errors import InvalidInput
from holdfast.events import MAX_LENGTH, identifier, instant, name
from holdfast.events.values import shown


@pytest.mark.parametrize(
    "value", ["a", "SESSION-260129-001", "550e8400-e29b-41d4-a716-446655440000", "会话", "é" * 128]
)
def test_an_identifier_is_printable_text_without_whitespace(value: str) -> None:
    assert identifier("session_id", value) == value
    assert name("actor", value) == value


@pytest.mark.parametrize(
    "value", ["", "a b", " a", "a\n", "a\tb", "a\u00a0b", "a\u200bb", "a\x00", "\ud800", "x" * 129, None, 5, b"a"]
)
def test_anything_else_is_no_identifier_and_the_error_says_which_field_and_what_limit(value: object) -> None:
    with pytest.raises(InvalidInput, match=f"session_id: must be 1 to {MAX_LENGTH} printable characters") as raised:
        identifier("session_id", value)
    assert raised.value.field == "session_id"
    str(raised.value).encode()  # it can be written to a terminal, whatever the value was


def test_a_name_may_have_spaces_between_its_words_only() -> None:
    assert name("actor", "Bot Manager") == "Bot Manager"
    for value in (" a", "a ", "a\u2003b", "a\nb", "", "x" * 129, 7):
        with pytest.raises(InvalidInput, match=r"actor: .*spaces only between words"):
            name("actor", value)


def test_a_long_value_is_shown_short() -> None:
    with pytest.raises(InvalidInput) as raised:
        identifier("user_id", "x" * 500)
    assert "(500 characters)" in str(raised.value)
    assert len(str(raised.value)) < 200


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-01-29T10:00:00Z", datetime(2026, 1, 29, 10, tzinfo=UTC)),
        ("2026-01-29T10:00:00", datetime(2026, 1, 29, 10, tzinfo=UTC)),
        ("2026-01-29T10:00:00+02:00", datetime(2026, 1, 29, 8, tzinfo=UTC)),
        ("2026-01-29", datetime(2026, 1, 29, tzinfo=UTC)),
        (datetime(2026, 1, 29, 10), datetime(2026, 1, 29, 10, tzinfo=UTC)),  # noqa: DTZ001  # what is tested
        (datetime(2026, 1, 29, 10, tzinfo=timezone(timedelta(hours=2))), datetime(2026, 1, 29, 8, tzinfo=UTC)),
        (EARLIEST, EARLIEST),
        (LATEST - timedelta(microseconds=1), LATEST - timedelta(microseconds=1)),
    ],
)
def test_a_time_becomes_utc(value: object, expected: datetime) -> None:
    at = instant("at", value)
    assert at == expected
    assert at.tzinfo is UTC


@pytest.mark.parametrize(
    "value",
    [
        LATEST,
        EARLIEST - timedelta(microseconds=1),
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        datetime.max,  # noqa: DTZ901  # what is tested
        "2200-01-01T00:00:00Z",
    ],
)
def test_a_time_out_of_range_is_refused_with_the_range(value: object) -> None:
    with pytest.raises(InvalidInput, match="at: must be from 1970-01-01 to before 2200-01-01"):
        instant("at", value)


@pytest.mark.parametrize("value", ["", "yesterday", "1700000000", 1700000000, 1.5, True, None, "\ud800", ["2026"]])
def test_what_is_no_time_is_refused(value: object) -> None:
    with pytest.raises(InvalidInput, match="at: must be a time such as"):
        instant("at", value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"a": 1}, "an object"),
        ([1], "a list"),
        (None, "null"),
        (True, "true"),
        (5, "5"),
        (10**4000, "a number of 13288 bits"),
        (b"x" * 41, f"{b'x' * 40!r}… (41 characters)"),
        ({1}, "a set"),
    ],
)
def test_a_value_is_shown_in_few_words(value: object, text: str) -> None:
    assert shown(value) == text
