"""Says in plain words what pydantic found wrong with a payload."""

from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from holdfast.errors import InvalidEvent, InvalidInput
from holdfast.events.values import shown

__all__ = ["invalid"]

_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "list_type": "a list",
    "dict_type": "an object",
    "model_type": "an object",
    "literal_error": "{expected}",
    "string_too_short": "text of at least {min_length} character",
    "too_short": "a list of at least {min_length} item",
    "greater_than_equal": "at least {ge:g}",
    "less_than_equal": "at most {le:g}",
    "less_than": "less than {lt}",
}


def invalid(error: ValidationError, data: Any) -> InvalidEvent:
    """The first thing that is wrong with `data`: where it is, what it should have been, and what it is."""
    found = [(_path(each, data), each) for each in error.errors(include_url=False)]
    # A field that may be one of several things has an error for each; the deepest tells which of them was meant.
    first = found[0][0][:1]
    path = max((path for path, _ in found if path[:1] == first), key=len)
    problem = _problem([each for its_path, each in found if its_path == path])
    return InvalidEvent(".".join(("data", *path)), problem)


def _path(error: ErrorDetails, data: Any) -> tuple[str, ...]:
    """Where the error is in the data: pydantic's location, without the parts that name branches of its schema."""
    path = []
    for part in error["loc"]:
        inside = isinstance(data, dict) and part in data
        if inside or (isinstance(data, list) and isinstance(part, int) and part < len(data)):
            data = data[part]
            path.append(str(part))
    if error["type"] == "missing":
        path.append(str(error["loc"][-1]))
    return tuple(path)


def _problem(errors: list[ErrorDetails]) -> str:
    first = errors[0]
    if first["type"] == "missing":
        return "is required"
    if first["type"] == "value_error" and isinstance(first["ctx"]["error"], InvalidInput):
        return first["ctx"]["error"].problem
    if first["type"] not in _EXPECTED:
        return first["msg"]
    expected = (_EXPECTED[each["type"]].format(**each.get("ctx", {})) for each in errors if each["type"] in _EXPECTED)
    return f"must be {' or '.join(dict.fromkeys(expected))}, not {shown(first['input'])}"
