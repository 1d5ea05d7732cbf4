"""Versions: what an older release wrote is brought up to date, what a newer one wrote is refused."""

from typing import Any, ClassVar

import pytest

from holdfast.errors import InvalidEvent, UnknownEventType
from holdfast.events import KNOWN, Payload, Registry, upcast, validate


class Note(Payload):
    """A type that has had three versions: `text`, then `body`, then `body` with an `author`."""

    TYPE: ClassVar[str] = "note.taken"
    VERSION: ClassVar[int] = 3

    body: str
    author: str


def to_body(data: dict[str, Any]) -> dict[str, Any]:
    data["body"] = data.pop("text")
    return data


def to_author(data: dict[str, Any]) -> dict[str, Any]:
    return {**data, "author": "unknown"}


NOTES = Registry([Note], {("note.taken", 1): to_body, ("note.taken", 2): to_author})


@pytest.mark.parametrize(
    ("version", "data", "author"),
    [
        (1, b'{"text": "hi"}', "unknown"),
        (2, b'{"body": "hi"}', "unknown"),
        (3, b'{"body": "hi", "author": "ann"}', "ann"),
    ],
)
def test_every_version_is_read_as_todays(version: int, data: bytes, author: str) -> None:
    assert NOTES.validate("note.taken", version, data) == Note(body="hi", author=author)


def test_upcasting_goes_step_by_step_and_leaves_its_input_alone() -> None:
    old = {"text": "hi"}
    assert NOTES.upcast("note.taken", 1, old) == {"body": "hi", "author": "unknown"}
    assert old == {"text": "hi"}
    today = {"body": "hi", "author": "ann"}
    assert NOTES.upcast("note.taken", 3, today) is today


def test_data_out_of_the_log_is_read_the_same_way() -> None:
    assert NOTES.load("note.taken", 1, {"text": "hi"}) == Note(body="hi", author="unknown")
    assert NOTES.load("note.taken", 3, {"body": "hi", "author": "ann"}) == Note(body="hi", author="ann")
    with pytest.raises(InvalidEvent, match=r"data\.author: is required"):
        NOTES.load("note.taken", 3, {"body": "hi"})


def test_a_broken_event_of_an_old_version_is_refused_by_name() -> None:
    with pytest.raises(InvalidEvent, match=r"data\.body: must be text, not 5"):
        NOTES.validate("note.taken", 1, b'{"text": 5}')
    with pytest.raises(InvalidEvent, match="data: must be an object, not a list"):
        NOTES.validate("note.taken", 1, b"[]")


def test_a_newer_version_asks_for_newer_workers() -> None:
    with pytest.raises(UnknownEventType, match=r"version: 4 of 'note\.taken' is newer .* upgrade the workers"):
        NOTES.validate("note.taken", 4, b"{}")
    with pytest.raises(UnknownEventType, match="upgrade the workers"):
        validate("message.added", 2, b'{"role": "user"}')


@pytest.mark.parametrize("version", [0, -1, 2**15, 2**70])
@pytest.mark.parametrize("event_type", ["message.added", "custom.x"])
def test_a_version_is_a_small_number_from_one_on(event_type: str, version: int) -> None:
    with pytest.raises(InvalidEvent, match="version: must be a whole number from 1 to 32767"):
        validate(event_type, version, b'{"role": "user"}')


def test_types_of_ones_own_have_versions_of_ones_own() -> None:
    assert validate("custom.x", 7, b'{"a": 1}').model_extra == {"a": 1}
    assert upcast("custom.x", 7, {"a": 1}) == {"a": 1}


@pytest.mark.parametrize(
    "upcasters",
    [
        {},
        {("note.taken", 1): to_body},
        {("note.taken", 1): to_body, ("note.taken", 2): to_author, ("note.taken", 3): to_author},
        {("note.taken", 1): to_body, ("note.taken", 2): to_author, ("note.lost", 1): to_author},
    ],
)
def test_a_registry_has_exactly_the_steps_that_it_needs(upcasters: dict[tuple[str, int], Any]) -> None:
    with pytest.raises(ValueError, match="upcasters too few or too many"):
        Registry([Note], upcasters)


def test_registries_know_nothing_of_each_other() -> None:
    with pytest.raises(UnknownEventType):
        KNOWN.validate("note.taken", 1, b"{}")
    with pytest.raises(UnknownEventType):
        NOTES.validate("message.added", 1, b"{}")
