"""A view: which part of the context an agent sees. What it does not include is not seen."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from holdfast.errors import InvalidInput
from holdfast.events.values import shown, whole
from holdfast.sharing.slices.paths import path_of, pattern
from holdfast.sharing.slices.secrets import SECRETS

__all__ = ["EVERY_PART", "LEAST_TOKENS", "View"]

EVERY_PART = "*"
"""The key of `max_bytes` that stands for each part that is not named itself."""

LEAST_TOKENS = 1


@dataclass(frozen=True, slots=True)
class View:
    """Patterns of paths of the `session_context` document, and limits. `InvalidInput` names the field that is wrong.

    A path names all that is below it. `exclude` goes before `redact`, and both before `include`.
    """

    include: tuple[str, ...] = ()
    """What is seen. Nothing, when empty."""
    exclude: tuple[str, ...] = ()
    """What is not seen, although it is included."""
    redact: tuple[str, ...] = ()
    """What is seen to be there, and not what it is: its value is `[redacted]`."""
    secrets: tuple[str, ...] = SECRETS
    """Names of keys that are redacted wherever they are, with those that end in one of them. Empty: none is."""
    max_tokens: int | None = None
    """What the whole slice may take, by estimate. What is least relevant is left out."""
    max_bytes: Mapping[str, int] = field(default_factory=dict, hash=False)
    """What a part may take as JSON text: by its path, as `history` or `knowledge.product`, or `*` for each part."""

    def __post_init__(self) -> None:
        for name in ("include", "exclude", "redact"):
            given = _texts(name, getattr(self, name))
            for at, each in enumerate(given):
                pattern(f"{name}[{at}]", each)
            object.__setattr__(self, name, given)
        object.__setattr__(self, "secrets", _texts("secrets", self.secrets))
        if self.max_tokens is not None:
            whole("max_tokens", self.max_tokens, LEAST_TOKENS)
        object.__setattr__(self, "max_bytes", _sizes(self.max_bytes))

    @classmethod
    def from_mapping(cls, given: Mapping[str, Any], base: "View | None" = None) -> "View":
        """A view as it is declared in JSON or YAML. What is not given, or null, is as in `base`.

        `max_bytes` may be one number for every part. Raises `InvalidInput`.
        """
        if not isinstance(given, Mapping):
            raise InvalidInput("view", f"must be an object, not {shown(given)}")
        names = [each.name for each in fields(cls)]
        for name in given:
            if name not in names:
                raise InvalidInput("view", f"{shown(name)} is no field; they are {', '.join(names)}")
        told = {name: value for name, value in given.items() if value is not None}
        if type(told.get("max_bytes")) is int:
            told["max_bytes"] = {EVERY_PART: told["max_bytes"]}
        before = base or cls()
        return cls(**{name: told.get(name, getattr(before, name)) for name in names})

    def to_mapping(self) -> dict[str, Any]:
        """For JSON and YAML; `from_mapping` makes an equal view of it."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()} | {
            "max_bytes": dict(self.max_bytes)
        }


def _texts(name: str, given: object) -> tuple[str, ...]:
    if not isinstance(given, list | tuple):
        raise InvalidInput(name, f"must be a list of texts, not {shown(given)}")
    for at, each in enumerate(given):
        if not isinstance(each, str) or not each:
            raise InvalidInput(f"{name}[{at}]", f"must be text of at least 1 character, not {shown(each)}")
    return tuple(given)


def _sizes(given: object) -> dict[str, int]:
    if not isinstance(given, Mapping):
        raise InvalidInput("max_bytes", f"must be an object, with bytes by part, not {shown(given)}")
    for part, size in given.items():
        if not isinstance(part, str) or not part:
            raise InvalidInput("max_bytes", f"must name parts, as history or *, not {shown(part)}")
        if part != EVERY_PART:
            path_of("max_bytes", part)
        whole(f"max_bytes.{part}", size, 2)
    return dict(given)
