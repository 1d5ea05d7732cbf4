"""Segments: what was put in comes out, and what was altered does not."""

import gzip
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.errors import SnapshotDamaged
from holdfast.saving.segment import Line, decode, encode, size
from strategies import identifiers, instants, json_objects, names, patient

AT = datetime(2026, 1, 29, 10, tzinfo=UTC)

# As any program may write JSON: blanks and line breaks between the tokens, escapes, keys twice, what looks like ours.
HAND_WRITTEN = [
    b"{}",
    b' { "b" : 1 ,\n"a":  [ ] }  ',
    b"{\n\n}\n",
    b'{"a":\r\n1}',
    rb'{"escaped":"\u00e9\ud83d\ude42\u0000\/\n"}',
    '{"plain":"é🙂\u202e\u2028"}'.encode(),
    b'{"twice":1,"twice":2}',
    b'{"data":{"data":1},"text":",\\"data\\":"}',
    b'{"a":1,"data":2,\n"text":3}',
    b'{"n":[-0.0,1e-7,1E5,18446744073709551615,-9223372036854775808,5e-324]}',
]

data = st.sampled_from(HAND_WRITTEN) | st.builds(
    lambda value, how: orjson.dumps(value, option=how), json_objects, st.sampled_from([0, orjson.OPT_INDENT_2])
)
types = st.sampled_from(["message.added", "custom.mood"]) | identifiers.map(lambda text: f"custom.{text}"[:128])


@st.composite
def ranges(draw: st.DrawFn) -> list[Line]:
    """Events that follow each other, with anything in them that the log can hold."""
    first = draw(st.sampled_from([1, 2, 129, 2**62]))
    return [
        Line(
            first + place,
            draw(st.uuids()),
            draw(types),
            draw(st.integers(1, 32_767)),
            draw(names | identifiers),
            draw(st.none() | identifiers),
            draw(st.none() | st.uuids()),
            draw(st.none() | st.integers(0, 2**63 - 1)),
            draw(instants),
            draw(instants),
            draw(data),
        )
        for place in range(draw(st.integers(1, 6)))
    ]


@settings(patient, max_examples=200)
@given(ranges())
def test_what_was_put_in_comes_out(lines: list[Line]) -> None:
    content = encode(lines)
    assert decode("s", content, lines[0].seq, lines[-1].seq) == lines
    assert encode(lines) == content, "the same events are the same file, whenever it is made"
    assert size(lines) == sum(len(line.data) for line in lines)


@settings(patient)
@given(ranges())
def test_gunzip_shows_json_lines(lines: list[Line]) -> None:
    head, *rest = gzip.decompress(encode(lines)).decode().removesuffix("\n").split("\n")
    assert orjson.loads(head) == {
        "format": "holdfast.segment/1", "first": lines[0].seq, "last": lines[-1].seq,
    }  # fmt: skip
    assert len(rest) == len(lines)
    for text, line in zip(rest, lines, strict=True):
        said = orjson.loads(text)
        assert (said["id"], said["type"], said["actor"]) == (str(line.id), line.type, line.actor)
        assert (orjson.loads(said["text"]) if "text" in said else said["data"]) == orjson.loads(line.data)


@settings(patient, max_examples=300)
@given(ranges(), st.data())
def test_an_altered_byte_is_an_error_or_changes_nothing(lines: list[Line], drawn: st.DataObject) -> None:
    content = bytearray(encode(lines))
    place = drawn.draw(st.integers(0, len(content) - 1), label="place")
    content[place] ^= drawn.draw(st.integers(1, 255), label="bits")
    assert not believed(bytes(content), lines)


@settings(patient, max_examples=100)
@given(ranges(), st.data())
def test_a_cut_or_missing_byte_is_an_error_or_changes_nothing(lines: list[Line], drawn: st.DataObject) -> None:
    content = encode(lines)
    place = drawn.draw(st.integers(0, len(content) - 1))
    assert not believed(content[:place], lines)
    assert not believed(content[:place] + content[place + 1 :], lines)


def believed(content: bytes, lines: list[Line]) -> bool:
    """Whether something is read out of it that is not what was put in."""
    try:
        return decode("s", content, lines[0].seq, lines[-1].seq) != lines
    except SnapshotDamaged:
        return False


def line(seq: int = 1, **given: Any) -> Line:
    made = Line(seq, UUID(int=seq), "custom.x", 1, "a", None, None, None, AT, AT + timedelta(seconds=seq), b"{}")
    return made._replace(**given)


def packed(*rows: object) -> bytes:
    content = b"".join((row if isinstance(row, bytes) else orjson.dumps(row)) + b"\n" for row in rows)
    return gzip.compress(content, mtime=0)


HEAD = {"format": "holdfast.segment/1", "first": 1, "last": 1}
WHOLE = gzip.decompress(encode([line()])).split(b"\n")[1]


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"", "cannot be read"),
        (b"no gzip", "is not whole"),
        (gzip.compress(b"", mtime=0), "cannot be read"),
        (packed({**HEAD, "format": "holdfast.segment/2"}, WHOLE), "should hold events 1 to 1"),
        (packed({**HEAD, "last": 2}, WHOLE), "should hold events 1 to 1"),
        (packed(HEAD), "does not hold all of the events 1 to 1"),
        (packed(HEAD, WHOLE, WHOLE), "does not hold all of the events 1 to 1"),
        (packed(HEAD, b"{}"), "cannot be read"),
        (packed(HEAD, b"[]"), "cannot be read"),
        (packed(HEAD, b'{"data":{}}'), "cannot be read"),
        (packed(HEAD, WHOLE.replace(b'"actor"', b'"author"')), "cannot be read"),
        (packed(HEAD, WHOLE.replace(b"00000000-", b"zzzzzzzz-")), "cannot be read"),
        (packed(HEAD, WHOLE.replace(b"2026-", b"never-")), "cannot be read"),
        (packed(HEAD, WHOLE.replace(b'"data":{}', b'"text":{}')), "cannot be read"),
        (packed(HEAD, b'1,"data":{}}'), "cannot be read"),
        (packed(HEAD, WHOLE.replace(b'"id":"00000000-0000-0000-0000-000000000001"', b'"id":1')), "cannot be read"),
        (packed(HEAD, WHOLE.replace(b'"recorded_at"', b'"written_at"')), "cannot be read"),
        (packed([], WHOLE), "should hold"),
    ],
)
def test_what_is_no_segment_is_named(content: bytes, problem: str) -> None:
    with pytest.raises(SnapshotDamaged, match=problem) as damaged:
        decode("the segment", content, 1, 1)
    assert damaged.value.what == "the segment"


def test_a_segment_of_other_events_is_not_taken_for_these() -> None:
    with pytest.raises(SnapshotDamaged, match="should hold events 2 to 3"):
        decode("s", encode([line(1), line(2)]), 2, 3)
