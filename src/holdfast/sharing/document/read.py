"""A document out of YAML, which anyone may have written: strictly, and never more than a document can be.

Only what JSON has is taken: objects with keys of text, lists, texts, numbers as JSON writes them, true, false, null.
Times stay the text that they are, and so does whatever else is not quoted.
"""

import re
from collections.abc import Iterator
from typing import Any, Final, NoReturn

from holdfast.errors import InvalidInput, NotConfigured
from holdfast.events.values import shown
from holdfast.sharing.document.layout import ROOT

__all__ = ["MAX_BYTES", "MAX_DEPTH", "from_yaml"]

MAX_BYTES: Final = 8 * 1024 * 1024
MAX_DEPTH: Final = 128
"""Levels of objects and lists: what an event bears, 100, is wrapped by a document in some."""

FIELD: Final = "document"

_WORDS: Final[dict[str, Any]] = {"": None, "~": None, "null": None, "true": True, "false": False}
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?P<fraction>\.[0-9]+)?(?P<exponent>[eE][-+]?[0-9]+)?")


def from_yaml(text: str | bytes) -> dict[str, Any]:
    """The document that `to_yaml` wrote, or that somebody wrote by hand.

    Raises `InvalidInput`, naming the line, for text that is no YAML, for a key that comes twice, for anchors and
    aliases, tags, more than one document, more than 8 MiB or 128 levels, and where there is no `session_context`; and
    `NotConfigured` where the package lacks the extra [server].
    """
    try:
        import yaml  # noqa: PLC0415  # the base install has none
    except ModuleNotFoundError as error:
        raise NotConfigured("reading YAML needs the server part: pip install 'holdfast[server]'") from error
    text = _decoded(text)
    try:
        value = _Reader(yaml.parse(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = " ".join(filter(None, [error.context, error.problem])) or "cannot be read"
        raise InvalidInput(_at(mark), f"is no YAML: {what}; correct that line") from error
    except yaml.YAMLError as error:
        raise InvalidInput(FIELD, f"is no YAML: {' '.join(str(error).split())[:200]}") from error
    if not isinstance(value, dict) or not isinstance(value.get(ROOT), dict):
        raise InvalidInput(FIELD, f"must be an object with the key {ROOT}, below which the context is")
    return value


def _decoded(text: str | bytes) -> str:
    if len(text) > MAX_BYTES:
        raise InvalidInput(FIELD, f"has {len(text):,} bytes; the limit is {MAX_BYTES:,}")
    try:
        text = text.decode() if isinstance(text, bytes) else text
        size = len(text.encode())
    except UnicodeError as error:
        raise InvalidInput(FIELD, f"must be UTF-8: {error}") from error
    if size > MAX_BYTES:
        raise InvalidInput(FIELD, f"has {size:,} bytes; the limit is {MAX_BYTES:,}")
    return text


class _Reader:
    """Builds the value of one document out of the parser's events."""

    def __init__(self, events: Iterator[Any]) -> None:
        self._events = events

    def document(self) -> Any:
        next(self._events)  # the stream begins
        first = self._next()
        if _kind(first) == "StreamEnd":
            return None
        value = self._value(self._next(), 0)
        self._next()  # the document ends
        further = self._next()
        if _kind(further) != "StreamEnd":
            _refuse(further, "begins a second document; give one at a time")
        return value

    def _next(self) -> Any:
        return next(self._events)

    def _value(self, event: Any, depth: int) -> Any:
        kind = _kind(event)
        if getattr(event, "anchor", None) is not None:
            _refuse(event, f"has an anchor or an alias, {shown(event.anchor)}; write out what it stands for")
        if event.tag is not None:
            _refuse(event, f"has the tag {shown(event.tag)}; give the plain value")
        if kind == "Scalar":
            return _scalar(event)
        if depth == MAX_DEPTH:
            _refuse(event, f"is nested more than {MAX_DEPTH} levels deep")
        return self._list(depth) if kind == "SequenceStart" else self._object(depth)

    def _list(self, depth: int) -> list[Any]:
        made = []
        while _kind(event := self._next()) != "SequenceEnd":
            made.append(self._value(event, depth + 1))
        return made

    def _object(self, depth: int) -> dict[str, Any]:
        made: dict[str, Any] = {}
        while _kind(event := self._next()) != "MappingEnd":
            if _kind(event) != "Scalar":
                _refuse(event, "is a key that is no text")
            self._value(event, depth)  # so that an anchor or a tag is refused here too
            key = event.value
            if key in made:
                _refuse(event, f"has the key {shown(key)} once more; an object has each key once")
            made[key] = self._value(self._next(), depth + 1)
        return made


def _kind(event: Any) -> str:
    return type(event).__name__.removesuffix("Event")


def _scalar(event: Any) -> Any:
    text: str = event.value
    if event.style:  # none, or an empty one: depends on the parser
        return text
    if text in _WORDS:
        return _WORDS[text]
    number = _NUMBER.fullmatch(text)
    if number is None:
        return text
    if number["fraction"] or number["exponent"]:
        value = float(text)
        if value in (float("inf"), float("-inf")):
            _refuse(event, f"is a number that is too large, {shown(text)}; quote it")
        return value
    if len(text) > 20 or not -(2**63) <= int(text) < 2**64:
        _refuse(event, f"is a whole number of more than 64 bits, {shown(text)}; quote it")
    return int(text)


def _at(mark: Any) -> str:
    return FIELD if mark is None else f"{FIELD}, line {mark.line + 1}"


def _refuse(event: Any, problem: str) -> NoReturn:
    raise InvalidInput(_at(event.start_mark), problem)
