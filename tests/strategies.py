"""Hypothesis strategies for the words of the domain: every event that the models allow, derived from the models."""

from collections.abc import Callable
from datetime import UTC, datetime
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin
from uuid import UUID

from annotated_types import Ge, Le, Lt, MinLen
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from pydantic import AfterValidator

from holdfast.clock import EARLIEST, LATEST
from holdfast.events import KNOWN, Draft, Event, Part, draft

__all__ = [
    "SESSION",
    "custom_types",
    "drafts",
    "event_data",
    "events",
    "identifiers",
    "instants",
    "json_objects",
    "json_values",
    "names",
    "patient",
]

SESSION = "SESSION-260129-001"

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""For every property: that a machine is busy is no failure."""

# Few, so that events meet each other: a decision is answered, a task completed, a file modified twice.
_MEETING = st.sampled_from(["a", "b", "c"])

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=5,
)
json_objects = st.dictionaries(st.text(max_size=8), json_values, max_size=4)
identifiers = st.text(st.characters(codec="utf-8"), min_size=1, max_size=128).filter(
    lambda text: text.isprintable() and " " not in text
)
names = st.sampled_from(["agent", "content-worker", "Bot Manager", "проводник", "代理"])
instants = st.datetimes(EARLIEST.replace(tzinfo=None), LATEST.replace(tzinfo=None), timezones=st.just(UTC)).filter(
    lambda at: at < LATEST
)
custom_types = identifiers.map(lambda text: f"custom.{text}"[:128])


def event_data(event_type: str) -> st.SearchStrategy[dict[str, Any]]:
    """Valid data of that type, as JSON holds it: any of its optional fields, and now and then one of tomorrow's."""
    if event_type.startswith("custom."):
        return json_objects
    made = _part(KNOWN.types[event_type])
    if event_type == "decision.made":
        return made.filter(lambda data: data.get("decision") is not None or data.get("value") is not None)
    return made


@st.composite
def events(draw: st.DrawFn, max_size: int = 12) -> list[Event]:
    """A session's events, of any types in any order, numbered without a gap."""
    types = draw(st.lists(st.sampled_from(sorted(KNOWN.types)) | st.just("custom.mood"), max_size=max_size))
    return [
        Event(
            session_id=SESSION,
            seq=seq,
            id=draw(st.uuids()),
            type=event_type,
            version=1,
            actor=draw(names),
            occurred_at=draw(instants),
            recorded_at=draw(instants),
            data=draw(event_data(event_type)),
            digest=b"",
            conversation=draw(st.none() | _MEETING),
        )
        for seq, event_type in enumerate(types, 1)
    ]


@st.composite
def drafts(draw: st.DrawFn) -> Draft:
    """An event on its way in."""
    event_type = draw(st.sampled_from(sorted(KNOWN.types)) | custom_types)
    envelope = {
        "id": draw(st.uuids()),
        "type": event_type,
        "occurred_at": draw(instants),
        "data": draw(event_data(event_type)),
        "conversation": draw(st.none() | identifiers),
        "causation_id": draw(st.none() | st.uuids()),
        "fence": draw(st.none() | st.integers(0, 2**63 - 1)),
    }
    return draft(envelope, session_id=draw(identifiers), actor=draw(names))


def _part(model: type[Part]) -> st.SearchStrategy[dict[str, Any]]:
    required = {name: _field(name, field) for name, field in model.model_fields.items() if field.is_required()}
    optional = {name: _field(name, field) for name, field in model.model_fields.items() if not field.is_required()}
    future = st.dictionaries(st.sampled_from(["of_tomorrow", "self", "model_config"]), json_values, max_size=1)
    known = st.fixed_dictionaries(required, optional=optional)
    return st.builds(lambda known, future: known | future, known, st.just({}) | future)


def _field(name: str, field: Any) -> st.SearchStrategy[Any]:
    if name.endswith("_id") or name in {"key", "area", "path", "validator", "service", "renamed_from"}:
        return _MEETING if field.is_required() else _MEETING | st.none()
    return _value(field.annotation, tuple(field.metadata))


def _value(annotation: Any, limits: tuple[Any, ...] = ()) -> st.SearchStrategy[Any]:
    """Values of an annotation, with the limits that pydantic found beside it."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _value(inner[0], (*limits, *_flat(inner[1:])))
    if origin in {Union, UnionType}:
        return st.one_of([_value(each, limits) for each in inner])
    made: dict[Any, Callable[[], st.SearchStrategy[Any]]] = {
        Literal: lambda: st.sampled_from(inner),
        list: lambda: st.lists(_value(inner[0]), min_size=_limit(limits, MinLen, "min_length", 0), max_size=3),
        dict: lambda: st.dictionaries(st.text(max_size=4) | _MEETING, _value(inner[1]), max_size=3),
    }
    return made[origin]() if origin in made else _plain(annotation, limits)


def _plain(annotation: Any, limits: tuple[Any, ...]) -> st.SearchStrategy[Any]:
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return _part(annotation)
    if annotation is str:
        if any(isinstance(limit, AfterValidator) for limit in limits):
            return _MEETING
        return st.text(min_size=_limit(limits, MinLen, "min_length", 0), max_size=8)
    if annotation is int:
        most = min(_limit(limits, Lt, "lt", 2**63) - 1, _limit(limits, Le, "le", 2**63 - 1))
        return st.integers(_limit(limits, Ge, "ge", -(2**63)), most)
    if annotation is float:
        return st.floats(_limit(limits, Ge, "ge", None), _limit(limits, Le, "le", None), allow_nan=False)
    return {
        Any: json_values,
        bool: st.booleans(),
        NoneType: st.none(),
        datetime: instants.map(datetime.isoformat),
        UUID: st.uuids().map(str),
    }[annotation]


def _flat(metadata: tuple[Any, ...]) -> tuple[Any, ...]:
    """pydantic's `Field(ge=0)` keeps its limits in a list of its own."""
    return tuple(limit for each in metadata for limit in getattr(each, "metadata", [each]))


def _limit(limits: tuple[Any, ...], kind: type, attribute: str, default: Any) -> Any:
    return next((getattr(limit, attribute) for limit in limits if isinstance(limit, kind)), default)
